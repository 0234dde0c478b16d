"""A run put together: which target, which profile, and what is said when it can't be judged."""

import re
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from conformance.errors import InputError, TargetUnreachableError, WirecheckError
from conformance.session import (
    EMBEDDED_PROFILE,
    RunOptions,
    Session,
    embedded_target,
    open_session,
    read_profile,
)
from conformance.words.events import RunEvent, RunNote
from conformance.words.json_value import Json
from conformance.words.schema_files import load_checked
from tests.conformance.peers import (
    Serve,
    Talk,
    answering,
    closing,
    dripping,
    endless,
    read_json,
    resetting,
    response,
    server_context,
    serving,
    silent,
    speaking,
)

HTML = answering(response(b"<p>Welcome", media_type="text/html"))


def session_of(options: RunOptions) -> Session:
    return anyio.run(open_session, options)


def judged(options: RunOptions) -> tuple[Session, list[RunEvent]]:
    events: list[RunEvent] = []

    async def run() -> Session:
        session = await open_session(options)
        await session.run(events.append)
        return session

    return anyio.run(run), events


def write_profile(folder: Path, text: str) -> Path:
    path = folder / "profile.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_options_go_before_the_profile(tmp_path: Path) -> None:
    path = write_profile(tmp_path, "jsonrpc: {url: http://a/, methods: [m]}\nname: N\n")

    profile = read_profile(
        RunOptions(profile=path, jsonrpc="http://b/", sse="http://c/", allow_writes=True)
    )

    assert profile == {
        "name": "N",
        "jsonrpc": {"url": "http://b/", "methods": ["m"]},
        "sse": {"url": "http://c/"},
        "allow_writes": True,
    }


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("name: N\n", id="a profile without a URL"),
        pytest.param("name: N\njsonrpc: {url: 'http://127.0.0.1:1/'}\n", id="a profile with one"),
    ],
)
def test_the_url_that_the_user_names_is_the_one_that_is_judged(tmp_path: Path, text: str) -> None:
    with serving(speaking({})) as peer:
        session = session_of(RunOptions(url=peer.url, profile=write_profile(tmp_path, text)))

    assert session.target.urls == {"jsonrpc": peer.url}
    assert session.target.name == "N"


def test_two_urls_are_one_too_many() -> None:
    whole = "--jsonrpc: expected one URL, saw 'http://b/' (the target is http://a/)"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        read_profile(RunOptions(url="http://a/", jsonrpc="http://b/"))

    assert read_profile(RunOptions(url="http://a/", jsonrpc="http://a/")) == {
        "jsonrpc": {"url": "http://a/"}
    }


def test_without_a_target_the_reference_server_is_started() -> None:
    with embedded_target(RunOptions(seed=3)) as options:
        session = session_of(options)

    assert re.fullmatch(r"http://127\.0\.0\.1:[0-9]+/rpc", options.jsonrpc or "")
    assert (options.profile, options.allow_writes, options.seed) == (EMBEDDED_PROFILE, True, 3)
    assert session.target.offers["jsonrpc.effect"]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(RunOptions(url="http://a/"), id="a URL"),
        pytest.param(RunOptions(jsonrpc="http://a/"), id="an endpoint"),
        pytest.param(RunOptions(odata="http://a/"), id="another surface"),
    ],
)
def test_where_a_target_is_named_nothing_is_started(options: RunOptions) -> None:
    with embedded_target(options) as found:
        assert found is options


def test_where_the_profile_names_a_target_nothing_is_started(tmp_path: Path) -> None:
    options = RunOptions(profile=write_profile(tmp_path, "jsonrpc: {url: http://a/}\n"))

    with embedded_target(options) as found:
        assert found is options


def test_the_embedded_profile_is_one() -> None:
    assert load_checked(EMBEDDED_PROFILE, "profile")


def test_what_was_discovered_fills_the_gaps_of_the_profile(tmp_path: Path) -> None:
    methods = {"get_data": lambda _: ["hello", 5], "system.listMethods": lambda _: ["a", "b"]}

    with serving(speaking(methods)) as peer:
        text = f"jsonrpc: {{url: '{peer.url}', methods: [mine]}}\n"
        session = session_of(RunOptions(profile=write_profile(tmp_path, text)))

    section = session.target.document["jsonrpc"]
    assert isinstance(section, dict)
    assert section["methods"] == ["mine"]
    assert isinstance(section["no_params"], dict)
    assert section["no_params"]["method"] == "system.listMethods"
    assert session.target.offers["jsonrpc.discover"] is False


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        pytest.param("", {}, {"jobs": 4, "timeout_s": 5.0}, id="neither"),
        pytest.param(
            "jobs: 2\ntimeout_s: 9\n", {}, {"jobs": 2, "timeout_s": 9.0}, id="the profile"
        ),
        pytest.param(
            "jobs: 2\ntimeout_s: 9\n",
            {"jobs": 3, "timeout_s": 0.5},
            {"jobs": 3, "timeout_s": 0.5},
            id="the options over it",
        ),
    ],
)
def test_what_held_for_a_run_stands_in_its_report(
    tmp_path: Path, text: str, options: dict[str, float], expected: dict[str, Json]
) -> None:
    with serving(speaking({})) as peer:
        path = write_profile(tmp_path, f"jsonrpc: {{url: '{peer.url}'}}\n{text}")
        session = session_of(RunOptions(profile=path, **options))  # type: ignore[arg-type]  # by their names

    told = read_json(session.report.text())["run"]["options"]
    assert {name: told[name] for name in ("jobs", "timeout_s")} == expected
    assert session.jobs == expected["jobs"]
    assert told["profile"] == str(path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(
            RunOptions(url="ftp://a"),
            "URL: expected an http:// or https:// URL, saw 'ftp://a'",
            id="URL",
        ),
        pytest.param(
            RunOptions(jsonrpc="a"),
            "--jsonrpc: expected an http:// or https:// URL, saw 'a' (try http://a)",
            id="endpoint",
        ),
        pytest.param(
            RunOptions(url="http://a/", headers=("X",)),
            "--header: expected 'Name: value', saw 'no colon'",
            id="header",
        ),
        pytest.param(
            RunOptions(url="http://a/", timeout_s=-1.0),
            "--timeout: expected more than 0 s, saw -1.0",
            id="timeout",
        ),
        pytest.param(
            RunOptions(url="http://a/", timeout_s=float("nan")),
            "--timeout: expected more than 0 s, saw nan",
            id="no number",
        ),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_sent(options: RunOptions, message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        session_of(options)


def test_a_wrong_url_of_a_profile_is_told_with_its_line(tmp_path: Path) -> None:
    path = write_profile(tmp_path, "name: N\njsonrpc:\n  url: nowhere\n")

    whole = f"{path}:3: expected an http:// or https:// URL, saw 'nowhere' (try http://nowhere)"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        session_of(RunOptions(profile=path))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"seed": -1}, "--seed: expected a number from 0, saw -1", id="seed"),
        pytest.param({"classes": ("nope",)}, "--class: expected one of jsonrpc.", id="class"),
        pytest.param({"only": ("nope",)}, "--only: expected a pattern that", id="only"),
        pytest.param({"skip": ("*",)}, "selection: expected at least one case", id="nothing left"),
    ],
)
def test_a_wrong_selection_is_told(options: dict[str, object], message: str) -> None:
    with serving(speaking({})) as peer, pytest.raises(InputError, match=f"^{re.escape(message)}"):
        session_of(RunOptions(url=peer.url, **options))  # type: ignore[arg-type]  # by their names


def test_the_seed_is_the_user_s_or_drawn() -> None:
    with serving(speaking({})) as peer:
        given = session_of(RunOptions(url=peer.url, seed=0))
        drawn = {session_of(RunOptions(url=peer.url)).seed for _ in range(3)}

    assert given.seed == 0
    assert len(drawn) == 3


HINT = "(if it is one all the same, say --jsonrpc, --odata or --sse URL)"


@pytest.mark.parametrize(
    ("serve", "timeout_s", "kind", "message"),
    [
        pytest.param(
            HTML,
            20.0,
            InputError,
            "expected a JSON-RPC endpoint, an OData service or an event stream, saw"
            f" \"status 200, text/html, 10 bytes: '<p>Welcome'\""
            f" {HINT}",
            id="HTML",
        ),
        pytest.param(
            answering(response(b"", "Location: /rpc/", status="301 Moved Permanently")),
            20.0,
            InputError,
            "expected a JSON-RPC endpoint, an OData service or an event stream, saw"
            " 'status 301, application/json, redirected to /rpc/,"
            f" an empty body' {HINT}",
            id="a redirect",
        ),
        pytest.param(
            endless,
            20.0,
            InputError,
            "expected a JSON-RPC endpoint, an OData service or an event stream, saw"
            " 'status 200, text/plain, cut short after",
            id="endless",
        ),
        pytest.param(
            silent,
            0.2,
            TargetUnreachableError,
            "the target can't be reached: no HTTP response (silence)",
            id="silence",
        ),
        pytest.param(
            dripping,
            0.5,
            TargetUnreachableError,
            "the target can't be reached: no HTTP response (incomplete)",
            id="dripping",
        ),
        pytest.param(
            closing,
            20.0,
            TargetUnreachableError,
            "the target can't be reached: no HTTP response (closed)",
            id="closing",
        ),
        pytest.param(
            resetting,
            20.0,
            TargetUnreachableError,
            "the target can't be reached: no HTTP response (reset)",
            id="resetting",
        ),
    ],
)
def test_what_is_no_json_rpc_endpoint_is_told(
    serve: Serve, timeout_s: float, kind: type[WirecheckError], message: str
) -> None:
    with serving(serve) as peer, pytest.raises(kind) as caught:
        session_of(RunOptions(url=peer.url, timeout_s=timeout_s))

    assert str(caught.value).startswith(f"{peer.url}: {message}")


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(lambda url, _: RunOptions(jsonrpc=url, only=("call-*",)), id="an endpoint"),
        pytest.param(
            lambda url, folder: RunOptions(
                url=url, profile=write_profile(folder, "name: N"), only=("call-*",)
            ),
            id="a profile",
        ),
    ],
)
def test_what_is_said_to_be_json_rpc_is_judged_as_such_with_a_note(
    tmp_path: Path, options: Callable[[str, Path], RunOptions]
) -> None:
    with serving(HTML) as peer:
        session, events = judged(options(peer.url, tmp_path))

    note = "the first request got no JSON-RPC answer: status 200, text/html, 10 bytes: '<p>Welcome'"
    assert events[0] == RunNote(text=note)
    assert session.report.notes[-1] == note


def test_who_is_not_there_is_told_at_once() -> None:
    with serving(silent) as peer:
        peer.die()

        whole = f"{peer.url[:-1]}: the target can't be reached: the connection was refused"
        with pytest.raises(TargetUnreachableError, match=f"^{re.escape(whole)}$"):
            session_of(RunOptions(url=peer.url))

    assert peer.requests == []


@pytest.mark.parametrize(
    "tls",
    [
        pytest.param("verify: false", id="not verified"),
        pytest.param("ca_file: '{}'", id="verified by a file"),
    ],
)
def test_a_certificate_is_taken_as_the_profile_says(
    tmp_path: Path, certificate: tuple[Path, Path], tls: str
) -> None:
    with serving(speaking({}), tls=server_context(*certificate)) as peer:
        text = f"jsonrpc: {{url: '{peer.url}'}}\ntls: {{{tls.format(certificate[0])}}}\n"
        session = session_of(RunOptions(profile=write_profile(tmp_path, text)))

    assert session.target.urls == {"jsonrpc": peer.url}


def test_what_the_profile_says_of_headers_and_rate_holds_for_every_request(
    tmp_path: Path,
) -> None:
    with serving(speaking({})) as peer:
        text = f"""\
rate_per_s: 1000
jsonrpc:
  url: '{peer.url}'
  headers: {{X-One: one-value}}
"""
        path = write_profile(tmp_path, text)
        judged(RunOptions(profile=path, headers=("X-Two: two-value",), only=("call-*",)))

    assert len(peer.requests) > 5
    for request in peer.requests:
        assert b"\r\nX-One: one-value\r\nX-Two: two-value\r\n" in request


def test_no_credential_is_told_though_the_target_echoes_it() -> None:
    def telling(talk: Talk) -> None:
        while talk.request():
            talk.send(response(b"you said s3cret-token", media_type="text/html"))

    headers = ("Authorization: Bearer s3cret-token",)
    with serving(telling) as peer:
        with pytest.raises(InputError) as caught:
            session_of(RunOptions(url=peer.url, headers=headers))
        session, events = judged(RunOptions(jsonrpc=peer.url, headers=headers, only=("call-*",)))

    assert "you said ***" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in str([one for one in events if isinstance(one, RunNote)])
    assert "s3cret" not in session.report.text()


def test_the_same_seed_gives_the_same_report_but_for_times() -> None:
    methods = {"get_data": lambda _: ["hello", 5], "subtract": lambda _: 19}

    def report(url: str) -> dict[str, object]:
        session, _ = judged(
            RunOptions(url=url, seed=11, only=("*id*", "every-*", "batch-*"), timeout_s=20.0)
        )
        document: dict[str, object] = read_json(session.report.text())
        return document

    def timeless(document: dict[str, object]) -> str:
        text = re.sub(r"'(total_ms|duration_s)': [0-9.]+", "", str(document))
        return re.sub(r"'started_at': '[^']+'", "", text)

    with serving(speaking(methods)) as peer:
        first, second = report(peer.url), report(peer.url)

    assert len(str(first["checks"])) > 10_000
    assert timeless(first) == timeless(second)
