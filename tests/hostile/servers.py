"""Servers that no client can work with, a function or a row of bytes each.

All answer whatever is asked, on every path. None speaks JSON-RPC, OData or event streams rightly.
"""

import zlib
from collections.abc import Callable, Mapping
from itertools import repeat
from typing import Final

from tests.conformance.peers import (
    OK,
    Serve,
    Talk,
    closing,
    dripping,
    endless,
    resetting,
    response,
    silent,
)

HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
EVENTS: Final = "text/event-stream"
CHUNKED: Final = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PIECE: Final = b"x" * 65_536
TEN_GB_PIECES: Final = 10 * 1024**3 // len(PIECE)
DRIP_S: Final = 0.05


def sends(data: bytes) -> Serve:
    """Send these bytes for each request, then close."""

    def serve(talk: Talk) -> None:
        if talk.request():
            talk.send(data)

    return serve


def stops(data: bytes) -> Serve:
    """Send these bytes for the first request, then nothing, with the connection open."""

    def serve(talk: Talk) -> None:
        if talk.request():
            talk.send(data)
            talk.until_closed()

    return serve


def breaks(data: bytes) -> Serve:
    """Send these bytes for the first request, then reset."""

    def serve(talk: Talk) -> None:
        if talk.request():
            talk.send(data)
            talk.reset()

    return serve


def floods(start: bytes, piece: bytes, count: int | None = None) -> Serve:
    """Send a start, then a piece so often, or for ever."""

    def serve(talk: Talk) -> None:
        if talk.request():
            talk.send(start)
            for one in repeat(piece) if count is None else repeat(piece, count):
                talk.send(one)

    return serve


def drips(start: bytes, piece: bytes) -> Serve:
    """Send a start, then a piece every 50 ms for ever."""

    def serve(talk: Talk) -> None:
        if talk.request():
            talk.send(start)
            while not talk.peer.closing.wait(DRIP_S):
                talk.send(piece)

    return serve


def deaf(talk: Talk) -> None:
    """Read nothing and say nothing."""
    talk.peer.closing.wait()


def hangs_up(_talk: Talk) -> None:
    """Close each connection at once."""


def hangs_up_hard(talk: Talk) -> None:
    """Reset each connection at once."""
    talk.reset()


def answers_before_the_request(talk: Talk) -> None:
    """Answer what nobody asked, and close."""
    talk.send(response(b"{}", status="408 Request Timeout"))


def answers_before_the_body(talk: Talk) -> None:
    """Answer when the head is in, and reset with the body unread."""
    if talk.head():
        talk.send(response(b"{}", status="413 Content Too Large"))
        talk.reset()


def dies(talk: Talk) -> None:
    """End with all connections at the first request."""
    talk.request()
    talk.peer.die()


def stops_reading(talk: Talk) -> None:
    """Take the head of a request and nothing more."""
    talk.head()
    talk.peer.closing.wait()


def bomb(coding: str, *, megabytes: int = 512) -> Callable[[], Serve]:
    """Write a body of some 100 kB that unpacks to so many megabytes of spaces."""

    def make() -> Serve:
        packer = zlib.compressobj(9, wbits=31 if coding == "gzip" else 15)
        packed = b"".join(packer.compress(b" " * 1024**2) for _ in range(megabytes))
        return sends(response(packed + packer.flush(), f"Content-Encoding: {coding}"))

    return make


def length(text: str, body: bytes = OK) -> bytes:
    """Write a response with this Content-Length, whatever its body."""
    return HEAD + b"Content-Length: " + text.encode() + b"\r\n\r\n" + body


def redirect(to: str) -> bytes:
    """Write a redirection."""
    return response(b"", f"Location: {to}", status="307 Temporary Redirect")


#: Hang, die, reset or close, stage by stage.
ABSENT_MINDED: Final[Mapping[str, Serve]] = {
    "deaf": deaf,
    "hangs up": hangs_up,
    "hangs up hard": hangs_up_hard,
    "silent": silent,
    "closes on a request": closing,
    "resets on a request": resetting,
    "dies on a request": dies,
    "stops reading": stops_reading,
    "answers before the request": answers_before_the_request,
    "answers before the body": answers_before_the_body,
    "hangs in the status line": stops(b"HTTP/1.1 2"),
    "hangs behind the status line": stops(b"HTTP/1.1 200 OK\r\n"),
    "hangs in a header": stops(b"HTTP/1.1 200 OK\r\nContent-"),
    "hangs behind the head": stops(length("38", b"")),
    "hangs in the body": stops(length("38", OK[:10])),
    "hangs in a chunk size": stops(CHUNKED + b"1"),
    "hangs in a chunk": stops(CHUNKED + b"ff\r\n{"),
    "hangs before the last chunk": stops(CHUNKED + b"26\r\n" + OK + b"\r\n"),
    "hangs in the trailers": stops(CHUNKED + b"26\r\n" + OK + b"\r\n0\r\nX: y"),
    "hangs behind a 100": stops(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "closes in the status line": sends(b"HTTP/1.1 2"),
    "closes in the head": sends(b"HTTP/1.1 200 OK\r\nContent-"),
    "closes in the body": sends(length("38", OK[:10])),
    "closes in a chunk": sends(CHUNKED + b"ff\r\n{"),
    "closes before the last chunk": sends(CHUNKED + b"26\r\n" + OK + b"\r\n"),
    "resets in the head": breaks(b"HTTP/1.1 200 OK\r\nContent-"),
    "resets in the body": breaks(length("38", OK[:10])),
    "drips a response": dripping,
    "drips headers": drips(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "drips a body": drips(HEAD + b"\r\n", b" "),
    "drips chunks": drips(CHUNKED, b"1\r\n \r\n"),
    "drips interim responses": drips(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
}

#: Lie about framing, or speak something else.
LIARS: Final[Mapping[str, Serve]] = {
    "length too large": sends(length("1000")),
    "length too small": sends(length("5")),
    "length beyond all": sends(length("9" * 5000)),
    "negative length": sends(length("-1")),
    "length in words": sends(length("many")),
    "two lengths": sends(length("5, 38")),
    "chunk too large": sends(CHUNKED + b"ffff\r\n" + OK + b"\r\n0\r\n\r\n"),
    "chunk too small": sends(CHUNKED + b"5\r\n" + OK + b"\r\n0\r\n\r\n"),
    "chunk beyond all": sends(CHUNKED + b"f" * 4000 + b"\r\n" + OK),
    "chunk size in words": sends(CHUNKED + b"many\r\n" + OK),
    "chunked said, plain sent": sends(CHUNKED + OK),
    "unknown coding": sends(response(OK, "Content-Encoding: zstd")),
    "gzip said, plain sent": sends(response(OK, "Content-Encoding: gzip")),
    "no HTTP": sends(b"220 mail.example ESMTP\r\n"),
    "binary garbage": sends(bytes(range(256)) * 64),
    "NULs": sends(b"\0" * 10_000),
    "TLS alert on plain HTTP": sends(b"\x15\x03\x03\x00\x02\x02\x46"),
    "HTTP/2 frames": sends(b"\0\0\0\x04\0\0\0\0\0" * 10),
    "HTTP/0.9": sends(OK),
    "status of six digits": sends(b"HTTP/1.1 200200 OK\r\n\r\n"),
    "header without a colon": sends(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n" + OK),
    "redirect to itself": sends(redirect("/")),
    "redirect to nowhere": sends(redirect("http://127.0.0.1:1/")),
    "protocol switch": stops(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
    "empty body": sends(response(b"")),
    "server error": sends(response(b"<h1>no</h1>", status="500 No", media_type="text/html")),
    "half a character": sends(response(b'{"jsonrpc":"2.0","result":"\xc3')),
    "UTF-16": sends(response(OK.decode().encode("utf-16"))),
    "deep JSON": sends(response(b"[" * 100_000)),
    "deep closed JSON": sends(response(b"[" * 100_000 + b"]" * 100_000)),
    "huge number": sends(response(b"9" * 1_000_000)),
    "huge exponent": sends(response(b"1e999999999")),
    "names used twice": sends(response(b"{" + b'"a":1,' * 50_000 + b'"a":1}')),
    "terminal escapes": sends(response(b"\x1b]0;owned\x07\x1b[2J\x1b[31mred\xc2\x9b2J")),
    "script": sends(response(b"</script><script>alert(1)</script>", media_type="text/html")),
    "script in a header": sends(response(b"", "Location: <img src=x onerror=alert(1)>")),
    "100,000 parts": sends(
        response(b"--b\r\n\r\n\r\n" * 100_000 + b"--b--", media_type="multipart/mixed; boundary=b")
    ),
}

#: Send more than anyone can keep. Bombs take a moment to make, so each is made when it is used.
FLOODS: Final[Mapping[str, Callable[[], Serve]]] = {
    "endless body": lambda: endless,
    "10 GB with a length": lambda: floods(length(str(10 * 1024**3), b""), PIECE, TEN_GB_PIECES),
    "endless chunks": lambda: floods(CHUNKED, b"10000\r\n" + PIECE + b"\r\n"),
    "endless chunk extension": lambda: floods(CHUNKED + b"1;x=", PIECE),
    "endless headers": lambda: floods(b"HTTP/1.1 200 OK\r\n", b"X-Field: y\r\n" * 1000),
    "endless header": lambda: floods(b"HTTP/1.1 200 OK\r\nX: ", PIECE),
    "endless trailers": lambda: floods(CHUNKED + b"0\r\n", b"X-Field: y\r\n" * 1000),
    "endless interim responses": lambda: floods(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000),
    "endless status line": lambda: floods(b"HTTP/1.1 200 ", PIECE),
    "10 MB on one line": lambda: sends(response(b"data: " + b"x" * 10_000_000, media_type=EVENTS)),
    "gzip bomb": bomb("gzip"),
    "deflate bomb": bomb("deflate"),
}
