"""Event streams judged from a URL or a profile alone, as `wirecheck run` does it."""

from collections.abc import Mapping
from pathlib import Path

import anyio
import pytest

from conformance.session import RunOptions, Session, open_session
from conformance.words.json_value import Json
from conformance.words.template import to_json_text
from conformance.words.verdict import RED, Check, Verdict
from tests.conformance.command import wirecheck
from tests.conformance.peers import Serve, answering, read_json, response, serving
from tests.conformance.streams import end, small_server

EVENT = b"data: a\n\n"
SECRET = "hush-hush-4711"


def judged(options: RunOptions) -> Session:
    async def run() -> Session:
        session = await open_session(options)
        with anyio.fail_after(120):
            await session.run(lambda event: None)  # noqa: ARG005 - nothing is shown
        return session

    return anyio.run(run)


def checks_of(serve: Serve, *, timeout_s: float = 2.0, only: tuple[str, ...] = ()) -> list[Check]:
    with serving(serve) as peer:
        return judged(RunOptions(sse=peer.url, timeout_s=timeout_s, only=only)).report.checks


@pytest.mark.parametrize(
    "serve",
    [
        pytest.param(small_server(), id="nothing for long"),
        pytest.param(small_server([b": here\n\n"]), id="comments only"),
        pytest.param(small_server([EVENT]), id="an event"),
        pytest.param(small_server([EVENT], then=end), id="closes after each event"),
        pytest.param(
            small_server([*[b'data: {"t":"x"}\n\n'] * 9, b"data: [DONE]\n\n"], then=end),
            id="an answer of a language model",
        ),
        pytest.param(small_server([b"\xef\xbb\xbfdata: a\n\n"]), id="byte order mark"),
        pytest.param(small_server([b"id: 1\r\nevent: e\r\ndata: a\r\n\r\n"]), id="CR LF"),
        pytest.param(small_server([b"retry: 10000\r\rdata: a\r\r"]), id="CR"),
        pytest.param(small_server([b"data: a\r\n\r\n", b"data: b\n\n"]), id="mixed line ends"),
        pytest.param(
            small_server([b"id: 1\n\n", b"event: e\n\n", b"data\n\n"]), id="silent blocks"
        ),
    ],
)
def test_a_right_server_is_not_blamed_for_what_it_does_not_do(serve: Serve) -> None:
    checks = checks_of(serve)

    assert {one.key: one.message for one in checks if one.verdict in RED} == {}
    assert Verdict.ERROR not in {one.verdict for one in checks}
    assert any(one.verdict is Verdict.PASS for one in checks)
    assert all(one.message for one in checks if one.verdict is Verdict.UNTESTED)


@pytest.mark.parametrize(
    ("blocks", "broken"),
    [
        pytest.param([b"data: \xe9t\xe9\n\n"], "SSE-9.2.5-02", id="Latin-1"),
        pytest.param([b"data: \xed\xa0\x80\n\n"], "SSE-9.2.5-14", id="surrogate"),
        pytest.param([b"retry: soon\n\n"], "SSE-9.2.6-70", id="retry"),
        pytest.param([b"id: a\0b\ndata: x\n\n"], "SSE-9.2.6-69", id="NUL in an id"),
        pytest.param([b"Data: x\n\n"], "SSE-9.2.6-67", id="capitals"),
        pytest.param([b"data : x\n\n"], "SSE-9.2.5-08", id="space in front of the colon"),
        pytest.param([b"data: x\n", b"data: y\n"], "SSE-9.2.5-05", id="no blank line"),
        pytest.param([b"data: x\xe2\x80\xa8\xe2\x80\xa8"], "SSE-9.2.5-03", id="U+2028 as line end"),
    ],
)
def test_wrong_bytes_are_blamed(blocks: list[bytes], broken: str) -> None:
    checks = checks_of(small_server(blocks), timeout_s=0.5, only=("sse/lines*", "sse/every-*"))

    assert broken in {one.requirement for one in checks if one.verdict in RED}


def test_what_is_missing_in_the_profile_is_said() -> None:
    checks = checks_of(small_server(), only=("SSE-9.2.5-10", "SSE-9.2.7-01"))

    payload = "sse: {trigger: {url: URL, json: ...}}, with {payload} where it goes"
    idle = "sse: {idle_s: SECONDS}, how long it may bring nothing"
    assert {one.message for one in checks} == {
        f"needs an event with a chosen payload; add to the profile: {payload}",
        f"needs a stream without events for a while; add to the profile: {idle}",
    }


def test_a_url_without_a_stream_is_judged_all_the_same() -> None:
    html = answering(response(b"<p>Hi", media_type="text/html"))

    checks = checks_of(html, only=("sse/stream-is-opened", "sse/head-has-no-body"))

    assert {one.requirement: one.verdict for one in checks} == {
        "SSE-9.2.5-01": Verdict.FAIL,
        "SSE-9.2.4-07": Verdict.FAIL,
        "SSE-HTTP-05": Verdict.UNTESTED,  # it relies on there being a stream
    }


def test_the_command_needs_nothing_but_the_url(tmp_path: Path) -> None:
    with serving(small_server([EVENT])) as peer:
        done = wirecheck(tmp_path, "run", "--sse", peer.url, "--timeout", "2")

    assert done.status == 0, done.err
    [report] = tmp_path.rglob("report.json")
    document = read_json(report.read_bytes())
    assert document["summary"]["fail"] == 0
    assert document["summary"]["pass"] > 0


def test_no_header_value_of_the_user_s_reaches_the_report(tmp_path: Path) -> None:
    profile: Mapping[str, Json] = {
        "sse": {
            "url": "",
            "headers": {"X-Own": SECRET},
            "trigger": {"headers": {"X-Trigger": f"{SECRET}-2"}, "json": "{payload}"},
        },
    }
    path = tmp_path / "profile.yaml"
    path.write_text(to_json_text(dict(profile)), encoding="utf-8")
    only = ("sse/stream-is-opened", "sse/triggered-event-is-flushed")
    with serving(small_server([b"data: your %b\n\n" % SECRET.encode()])) as peer:
        session = judged(RunOptions(profile=path, sse=peer.url, timeout_s=1.0, only=only))

    sent = b"".join(peer.requests)
    assert b"X-Own: hush-hush-4711\r\n" in sent
    assert b"X-Trigger: hush-hush-4711-2\r\n" in sent
    assert b"hush" not in session.report.text().encode()
