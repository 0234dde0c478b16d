"""Command lines that send a recorded request again, run through bash and curl."""

import os
import queue
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.reporting.curl import command_for
from conformance.reporting.wire_text import as_json

TIMEOUT_S = 10
needs_curl = pytest.mark.skipif(
    shutil.which("curl") is None or shutil.which("bash") is None, reason="needs bash and curl"
)


class Recorder:
    """A server on loopback that keeps each request and answers 204."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.requests: queue.Queue[bytes] = queue.Queue()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        # An open accept() notices no close; a last connection without a request ends it.
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join(TIMEOUT_S)
        self._listener.close()

    def _serve(self) -> None:
        while request := self._one():
            self.requests.put(request)

    def _one(self) -> bytes:
        peer, _ = self._listener.accept()
        with peer:
            peer.settimeout(TIMEOUT_S)
            data = b""
            continued = False
            while not is_whole(data):
                if b"\r\nExpect: 100-continue\r\n" in data and not continued:
                    peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                    continued = True
                piece = peer.recv(65_536)
                if not piece:
                    return b""
                data += piece
            peer.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        return data


def is_whole(data: bytes) -> bool:
    """Tell whether a request of curl's, which frames rightly, has come to its end."""
    head, separator, body = data.partition(b"\r\n\r\n")
    if not separator:
        return False
    if re.search(rb"(?im)^transfer-encoding: *chunked", head):
        return body.endswith(b"0\r\n\r\n")
    length = re.search(rb"(?im)^content-length: *([0-9]+)", head)
    return len(body) == (int(length.group(1)) if length else 0)


def meant_by(request: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Return what matters of a request: its first line, its fields, its body without chunks."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    fields = [re.sub(rb":[ \t]*", b": ", line.rstrip(b" \t"), count=1) for line in lines]
    kept = sorted(line for line in fields if not line.lower().startswith(b"user-agent:"))
    if b"Transfer-Encoding: chunked" in kept:
        body = plain_of(body)
    return first, kept, body


def plain_of(chunks: bytes) -> bytes:
    """Return what a chunked body holds."""
    plain = b""
    while chunks != b"0\r\n\r\n":
        size, _, rest = chunks.partition(b"\r\n")
        count = int(size, 16)
        plain += rest[:count]
        chunks = rest[count + 2 :]
    return plain


def run(command: str, folder: Path) -> bytes:
    """Run a command line through bash, away from the user's own settings; return its output."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("curl")
    # A body that begins with @ must not name a file.
    (folder / "a").write_text("not this", encoding="utf-8")
    return folder


def command_of(request: bytes, url: str = "http://127.0.0.1:80/rpc") -> str:
    return command_for({"id": "x1", "url": url, "request": as_json(request)})


def post(*lines: bytes, body: bytes = b"", first: bytes = b"POST /rpc HTTP/1.1") -> bytes:
    """Return a request to the recorder; PORT stands for its port."""
    return b"\r\n".join([first, b"Host: 127.0.0.1:PORT", *lines, b"", body])


CHUNKS = b"7\r\n0\r\n\r\nab\r\n1\r\nc\r\n0\r\n\r\n"


@needs_curl
@pytest.mark.parametrize(
    "request_of",
    [
        pytest.param(
            post(b"Content-Type: application/json", b"Content-Length: 2", body=b"{}"), id="usual"
        ),
        pytest.param(post(first=b"GET /rpc?a=b%20c&d='e' HTTP/1.1"), id="a query"),
        pytest.param(post(b"Content-Length: 0"), id="an empty body"),
        pytest.param(post(), id="no body"),
        pytest.param(post(b"Transfer-Encoding: chunked", body=CHUNKS), id="chunks"),
        pytest.param(post(b"Transfer-Encoding: chunked", body=b"0\r\n\r\n"), id="no chunk"),
        pytest.param(
            post(b"Transfer-Encoding: chunked", body=b"1A\r\n" + b"a" * 26 + b"\r\n0\r\n\r\n"),
            id="a chunk of two digits",
        ),
        pytest.param(post(b"Content-Length: 2", body=b"@a"), id="a body that looks like a file"),
        pytest.param(post(b"Content-Length: 4", body=b"'\\\n\xff"), id="quotes and bytes"),
        pytest.param(post(b"Content-Length: 6", body="é😀".encode()), id="characters"),
        pytest.param(post(b"Content-Length: 6", body=b"$(a)`!"), id="what a shell would run"),
        pytest.param(post(b"X: a", b"X: b", b"Accept: c", b"Accept: d"), id="repeated fields"),
        pytest.param(
            post(b"Content-Type: a", b"Content-Type: b", b"Content-Length: 1", body=b"x"),
            id="two types",
        ),
        pytest.param(post(b"X:", b"Accept:  ", b"Content-Type:"), id="empty fields"),
        pytest.param(post(b"X: '\xe9\t\xff\" $y"), id="a field of any bytes"),
        pytest.param(post(b"Authorization: Bearer ***"), id="a masked field"),
        pytest.param(post(b"Connection: close", b"Cookie: a", b"Cookie: b"), id="cookies"),
        pytest.param(
            post(b"Content-Length: 1", b"Expect: 100-continue", body=b"x"), id="expecting"
        ),
        pytest.param(post(first=b"HEAD /rpc HTTP/1.1"), id="HEAD"),
        pytest.param(post(first=b"post /rpc HTTP/1.1"), id="a method in lower case"),
        pytest.param(post(first=b"A'`$|&*!^~#% / HTTP/1.1"), id="a method of any token"),
        pytest.param(post(first=b"OPTIONS * HTTP/1.1"), id="an asterisk"),
        pytest.param(post(first=b"GET http://x/y HTTP/1.1"), id="an absolute target"),
        pytest.param(post(first=b"GET /a/../b/./c HTTP/1.1"), id="dots"),
        pytest.param(post(first=b"GET /{a,b}[1-3]?[x]{y}#z HTTP/1.1"), id="globs and a fragment"),
        pytest.param(post(first=b'GET //a\\b?|^`"<> HTTP/1.1'), id="other characters"),
        pytest.param(b"GET /rpc HTTP/1.1\r\nHost: other\r\n\r\n", id="another host"),
        pytest.param(b"GET /rpc HTTP/1.1\r\nX: y\r\n\r\n", id="no host"),
    ],
)
def test_curl_sends_what_was_sent(recorder: Recorder, folder: Path, request_of: bytes) -> None:
    sent = request_of.replace(b"PORT", b"%d" % recorder.port)

    command = command_of(sent, f"http://127.0.0.1:{recorder.port}/rpc")
    run(command, folder)

    assert command.startswith("curl ")
    assert command.isprintable()
    assert meant_by(recorder.requests.get(timeout=TIMEOUT_S)) == meant_by(sent)


@needs_curl
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n", id="half a head"),
        pytest.param(b"GET / HTTP/1.0\r\n\r\n", id="another version"),
        pytest.param(b"GET /\r\n\r\n", id="no version"),
        pytest.param(b"GET  / HTTP/1.1\r\n\r\n", id="two spaces"),
        pytest.param(b"GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", id="a target beyond ASCII"),
        pytest.param(b"G(T / HTTP/1.1\r\nHost: a\r\n\r\n", id="a method that is no token"),
        pytest.param(b"GET / HTTP/1.1\nHost: a\n\n", id="LF alone"),
        pytest.param(b"GET / HTTP/1.1\r\nHost a\r\n\r\n", id="a field without colon"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", id="a space in a name"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", id="a folded field"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX: \x1b[m\r\n\r\n", id="a control character"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", id="two hosts"),
        pytest.param(b"POST / HTTP/1.1\r\nHost: a\r\n\r\nab", id="a body without framing"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab", id="a wrong length"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 02\r\n\r\nab", id="an odd length"
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
            id="two lengths",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n"
            b"\r\n0\r\n\r\n",
            id="both framings",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
            id="another coding",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n",
            id="a chunk without size",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nab\r\n0\r\n\r\n",
            id="a chunk that is too short",
        ),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
            id="no last chunk",
        ),
        pytest.param(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na\x00b", id="a NUL"),
        pytest.param(
            b"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na", id="HEAD with a body"
        ),
        pytest.param(bytes(range(256)), id="every byte"),
    ],
)
def test_what_curl_can_t_send_is_piped_byte_by_byte(folder: Path, sent: bytes) -> None:
    command = command_of(sent)

    written, piped, _ = command.partition(" | nc -q 2 127.0.0.1 80")
    assert piped
    assert command.isprintable()
    assert run(written, folder) == sent


@pytest.mark.parametrize(
    ("url", "end"),
    [
        pytest.param("http://a/rpc", " | nc -q 2 a 80", id="http"),
        pytest.param("http://a:8000/rpc", " | nc -q 2 a 8000", id="a port"),
        pytest.param("http://[::1]:8000/rpc", " | nc -q 2 ::1 8000", id="IPv6"),
        pytest.param("https://a/rpc", " | openssl s_client -quiet -connect a:443", id="https"),
        pytest.param(
            "https://[::1]:8443/", " | openssl s_client -quiet -connect [::1]:8443", id="both"
        ),
    ],
)
def test_bytes_are_piped_to_where_the_url_says(url: str, end: str) -> None:
    assert command_of(b"x", url) == f"printf %b 'x'{end}"


def test_a_usual_call_is_short_enough_to_read() -> None:
    body = b'{"jsonrpc":"2.0","method":"sum","params":[1,2],"id":1}'

    command = command_of(
        b"POST /rpc HTTP/1.1\r\nHost: a:8000\r\nContent-Type: application/json\r\n"
        b"Accept: application/json\r\nUser-Agent: wirecheck\r\nContent-Length: 54\r\n\r\n" + body,
        "http://a:8000/rpc",
    )

    assert command == (
        "curl -sS -i --http1.1 -X POST 'http://a:8000/rpc' -H 'Content-Type: application/json' "
        "-H 'Accept: application/json' --data-raw "
        '\'{"jsonrpc":"2.0","method":"sum","params":[1,2],"id":1}\''
    )


def test_what_curl_adds_is_taken_away() -> None:
    command = command_of(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", "http://a/")

    assert command == (
        "curl -sS -i --http1.1 -X POST 'http://a/' -H 'Accept:' -H 'Content-Type:' --data-raw x"
    )


def test_a_request_of_4000_bytes_is_still_written_out() -> None:
    written = f"printf %b '{'a' * 4_000}' | nc -q 2 127.0.0.1 80"

    assert command_of(b"a" * 4_000) == written


@pytest.mark.parametrize(
    ("size", "told"),
    [
        pytest.param(4_001, "# 4001 bytes; see the exchange x1 in report.json", id="too long"),
        pytest.param(
            70_000, "# 70000 bytes; see the exchange x1 in report.json", id="no longer whole"
        ),
    ],
)
def test_a_long_request_is_left_to_the_report(size: int, told: str) -> None:
    assert command_of(b"a" * size) == told


TOKENS = st.text("abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=6)
FIELD_VALUES = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"])
    | st.just("\t"),
    max_size=9,
).map(lambda text: text.strip(" \t").encode("latin-1"))
FIELDS = st.lists(
    st.tuples(TOKENS, FIELD_VALUES).map(lambda pair: b"X%b: %b" % (pair[0].encode(), pair[1])),
    max_size=3,
)
TARGETS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=12)
BODIES = st.binary(min_size=1, max_size=20) | st.text(min_size=1, max_size=10).map(str.encode)


@needs_curl
@settings(deadline=None)
@given(method=TOKENS, target=TARGETS, fields=FIELDS, body=BODIES)
@example(method="POST", target="", fields=[], body=b"\\x41")
@example(method="GET", target="?#", fields=[b"X: '"], body=b"\xc3\xa9'")
def test_any_request_is_sent_again_by_curl_or_by_hand(
    recorder: Recorder, folder: Path, method: str, target: str, fields: list[bytes], body: bytes
) -> None:
    first = f"{method} /{target} HTTP/1.1".encode()
    sent = post(*fields, b"Content-Length: %d" % len(body), first=first, body=body)
    sent = sent.replace(b"PORT", b"%d" % recorder.port, 1)

    command = command_of(sent, f"http://127.0.0.1:{recorder.port}/rpc")
    written, piped, _ = command.partition(" | nc -q 2 127.0.0.1 ")

    if piped and not command.startswith("curl"):
        assert run(written, folder) == sent
    else:
        run(command, folder)
        assert meant_by(recorder.requests.get(timeout=TIMEOUT_S)) == meant_by(sent)
