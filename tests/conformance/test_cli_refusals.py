"""What can't be judged, and what is asked for wrongly: one clear line, and the status for it."""

from pathlib import Path

import pytest

from tests.conformance.command import Done, wirecheck
from tests.conformance.peers import (
    Serve,
    Talk,
    answering,
    closing,
    dripping,
    endless,
    resetting,
    response,
    server_context,
    serving,
    silent,
    speaking,
)

UNREACHABLE = "the target can't be reached"
HINT = "(if it is one all the same, say --jsonrpc, --odata or --sse URL)"


def told(peer_url: str, done: Done) -> str:
    """Return the one line, without the target's own URL."""
    return done.line.replace(peer_url, "URL/").replace(peer_url[:-1], "URL")


@pytest.mark.parametrize(
    ("serve", "status", "line"),
    [
        pytest.param(None, 3, f"URL: {UNREACHABLE}: the connection was refused", id="not there"),
        pytest.param(
            answering(response(b"<p>Hi", media_type="text/html")),
            2,
            "URL/: expected a JSON-RPC endpoint, an OData service or an event stream, saw"
            f" \"status 200, text/html, 5 bytes: '<p>Hi'\""
            f" {HINT}",
            id="HTML",
        ),
        pytest.param(
            answering(response(b"", "Location: https://other.example/", status="308 Moved")),
            2,
            "URL/: expected a JSON-RPC endpoint, an OData service or an event stream, saw"
            " 'status 308, application/json, redirected to"
            f" https://other.example/, an empty body' {HINT}",
            id="redirecting",
        ),
        pytest.param(
            endless,
            2,
            "URL/: expected a JSON-RPC endpoint, an OData service or an event stream, saw"
            " 'status 200, text/plain, cut short after"
            f" 16777216 bytes (too-large)' {HINT}",
            id="endless",
        ),
        pytest.param(
            dripping, 3, f"URL/: {UNREACHABLE}: no HTTP response (incomplete)", id="dripping"
        ),
        pytest.param(silent, 3, f"URL/: {UNREACHABLE}: no HTTP response (silence)", id="silent"),
        pytest.param(
            resetting, 3, f"URL/: {UNREACHABLE}: no HTTP response (reset)", id="resetting"
        ),
        pytest.param(closing, 3, f"URL/: {UNREACHABLE}: no HTTP response (closed)", id="closing"),
    ],
)
def test_a_target_that_can_t_be_judged_is_told_in_one_line(
    tmp_path: Path, serve: Serve | None, status: int, line: str
) -> None:
    with serving(serve or silent) as peer:
        if serve is None:
            peer.die()
        timeout = "0.5" if serve in (dripping, silent) else "30"
        done = wirecheck(tmp_path, "run", peer.url, "--timeout", timeout)

    assert (told(peer.url, done), done.status) == (f"wirecheck: {line}", status)
    assert not (tmp_path / "reports").exists()


def test_a_name_that_is_unknown_is_told_in_one_line(tmp_path: Path) -> None:
    name = "a" * 64  # no label is longer than 63: known without asking any server

    done = wirecheck(tmp_path, "run", f"http://{name}.example/")

    assert done.status == 3
    start = f"wirecheck: http://{name}.example: {UNREACHABLE}: the name is unknown ("
    assert done.line.startswith(start)


def test_tls_that_is_broken_is_told_in_one_line(
    tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    def plain(talk: Talk) -> None:
        talk.send(response())
        talk.until_closed()

    with serving(plain) as no_tls, serving(silent, tls=server_context(*certificate)) as own:
        plain_told = wirecheck(tmp_path, "run", no_tls.url.replace("http:", "https:"))
        own_told = wirecheck(tmp_path, "run", own.url)

    assert (plain_told.status, own_told.status) == (3, 3)
    assert plain_told.line.endswith(f": {UNREACHABLE}: TLS: WRONG_VERSION_NUMBER")
    assert own_told.line.endswith(
        f": {UNREACHABLE}: TLS: self-signed certificate (tls: in the profile takes ca_file or"
        " verify)"
    )


@pytest.mark.parametrize(
    ("files", "arguments", "line"),
    [
        pytest.param(
            {"p.yaml": "jsonrpc: {url: [\n"},
            ["--profile", "p.yaml"],
            "p.yaml:2: expected YAML, saw",
            id="broken YAML",
        ),
        pytest.param(
            {"p.yaml": "jsonrpc:\n  url: http://127.0.0.1:1/\n  methds: []\n"},
            ["--profile", "p.yaml"],
            "p.yaml:2: expected only",
            id="unknown member",
        ),
        pytest.param(
            {"p.yaml": "jsonrpc: {url: '${env/WIRECHECK_NOT_SET}'}\n"},
            ["--profile", "p.yaml"],
            "p.yaml: expected a variable that is set, saw '${env/WIRECHECK_NOT_SET}' (set the"
            " environment variable, or write the value here)",
            id="variable",
        ),
        pytest.param(
            {},
            ["--profile", "nowhere.yaml"],
            "nowhere.yaml: expected a readable file, saw 'No such file or directory'",
            id="missing profile",
        ),
        pytest.param(
            {"p.yaml": "jsonrpc: {url: 'https://127.0.0.1:1/'}\ntls: {ca_file: nowhere.pem}\n"},
            ["--profile", "p.yaml"],
            "nowhere.pem: expected a file of certificates (tls: ca_file), saw"
            " 'No such file or directory'",
            id="missing authorities",
        ),
        pytest.param(
            {"b.yaml": "format: wirecheck-baseline\nversion: 1\nknown:\n  - {why: x}\n"},
            ["http://127.0.0.1:1/", "--baseline", "b.yaml"],
            "b.yaml:4: expected the member 'requirement', saw ['why']",
            id="baseline",
        ),
        pytest.param(
            {},
            ["http://127.0.0.1:1/", "--baseline", "nowhere.yaml"],
            "nowhere.yaml: expected a readable file, saw 'No such file or directory'",
            id="missing baseline",
        ),
        pytest.param(
            {},
            ["http://127.0.0.1:1/", "--header", "s3cret-token"],
            "--header: expected 'Name: value', saw 'no colon'",
            id="header",
        ),
        pytest.param(
            {},
            ["http://127.0.0.1:1/", "--format", "json,pdf"],
            "--format: expected some of json, junit, html, ctrf, earl, sarif,"
            " markdown, badge, shields, saw 'pdf'",
            id="format",
        ),
        pytest.param(
            {},
            ["http://127.0.0.1:1/", "--format", ","],
            "--format: expected some of json, junit, html, ctrf, earl, sarif,"
            " markdown, badge, shields, saw ','",
            id="no format",
        ),
        pytest.param(
            {},
            ["http://127.0.0.1:1/", "--target", "http://127.0.0.1:2/"],
            "--target: expected one URL, saw 'http://127.0.0.1:2/'"
            " (the argument says http://127.0.0.1:1/)",
            id="two targets",
        ),
        pytest.param(
            {},
            ["http://127.0.0.1:1/", "--jsonrpc", "http://127.0.0.1:2/"],
            "--jsonrpc: expected one URL, saw 'http://127.0.0.1:2/'"
            " (the target is http://127.0.0.1:1/)",
            id="two endpoints",
        ),
        pytest.param(
            {},
            ["127.0.0.1:1"],
            "URL: expected an http:// or https:// URL, saw '127.0.0.1:1' (try http://127.0.0.1:1)",
            id="URL",
        ),
        pytest.param(
            {"file": ""},
            ["http://127.0.0.1:1/", "--report-dir", "file/below"],
            "file/below: expected a place to write to, saw 'the file ",
            id="report folder",
        ),
    ],
)
def test_a_wrong_file_or_option_is_told_in_one_line(
    tmp_path: Path, files: dict[str, str], arguments: list[str], line: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    done = wirecheck(tmp_path, "run", *arguments)

    assert done.status == 2
    assert done.line.startswith(f"wirecheck: {line}")
    assert "s3cret" not in done.line
    assert not (tmp_path / "reports").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param(
            ["--class", "jsonrpc.nope"],
            "--class: expected one of jsonrpc.batch, jsonrpc.core,",
            id="class",
        ),
        pytest.param(
            ["--only", "nope-*"],
            "--only: expected a pattern that matches something, saw 'nope-*' (patterns match",
            id="only",
        ),
        pytest.param(["--seed", "-1"], "--seed: expected a number from 0, saw -1", id="seed"),
    ],
)
def test_a_wrong_selection_is_told_in_one_line(
    tmp_path: Path, arguments: list[str], line: str
) -> None:
    with serving(speaking({})) as peer:
        done = wirecheck(tmp_path, "run", peer.url, *arguments)

    assert done.status == 2
    assert done.line.startswith(f"wirecheck: {line}")
