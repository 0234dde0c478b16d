"""Servers that no client can work with, a function or a row of bytes each.

All answer whatever is asked, on every path. None speaks JSON-RPC, OData or event streams rightly.
"""

from collections.abc import Callable, Mapping
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
from tests.hostile.ways import (
    CHUNKED,
    HEAD,
    PIECE,
    bomb,
    breaks,
    drips,
    floods,
    length,
    redirect,
    sends,
    stops,
)

TEN_GB: Final = 10 * 1024**3


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


#: Hang, die, reset or close, stage by stage.
ABSENT_MINDED: Final[Mapping[str, Mapping[str, Serve]]] = {
    "no answer": {
        "deaf": deaf,
        "hangs up": hangs_up,
        "hangs up hard": hangs_up_hard,
        "silent": silent,
        "closes on a request": closing,
        "resets on a request": resetting,
        "dies on a request": dies,
        "stops reading": stops_reading,
    },
    "hangs in the head": {
        "in the status line": stops(b"HTTP/1.1 2"),
        "behind the status line": stops(b"HTTP/1.1 200 OK\r\n"),
        "in a header": stops(b"HTTP/1.1 200 OK\r\nContent-"),
        "behind a 100": stops(b"HTTP/1.1 100 Continue\r\n\r\n"),
        "behind a 101": stops(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
    },
    "hangs in the body": {
        "behind the head": stops(length("38", b"")),
        "in the body": stops(length("38", OK[:10])),
        "in a compressed body": stops(
            HEAD
            + b"Content-Encoding: gzip\r\nContent-Length: 900\r\n\r\n"
            + bomb("gzip", megabytes=1)[:500]
        ),
        "in a chunk size": stops(CHUNKED + b"1"),
        "in a chunk": stops(CHUNKED + b"ff\r\n{"),
        "before the last chunk": stops(CHUNKED + b"26\r\n" + OK + b"\r\n"),
        "in the trailers": stops(CHUNKED + b"26\r\n" + OK + b"\r\n0\r\nX: y"),
    },
    "ends too early": {
        "before the request": answers_before_the_request,
        "before the body": answers_before_the_body,
        "closes in the status line": sends(b"HTTP/1.1 2"),
        "closes in the head": sends(b"HTTP/1.1 200 OK\r\nContent-"),
        "closes in the body": sends(length("38", OK[:10])),
        "closes in a chunk": sends(CHUNKED + b"ff\r\n{"),
        "closes before the last chunk": sends(CHUNKED + b"26\r\n" + OK + b"\r\n"),
        "resets in the head": breaks(b"HTTP/1.1 200 OK\r\nContent-"),
        "resets in the body": breaks(length("38", OK[:10])),
    },
    "drips": {
        "a response": dripping,
        "headers": drips(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        "a body": drips(HEAD + b"\r\n", b" "),
        "chunks": drips(CHUNKED, b"1\r\n \r\n"),
        "interim responses": drips(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    },
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
    "a hundred codings": sends(response(OK, "Content-Encoding: " + ", ".join(["gzip"] * 100))),
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
    "redirect without a place": sends(response(b"", status="302 Found")),
    "empty body": sends(response(b"")),
    "server error": sends(response(b"<h1>no</h1>", status="500 No", media_type="text/html")),
    "half a character": sends(response(b'{"jsonrpc":"2.0","result":"\xc3')),
    "UTF-16": sends(response(OK.decode().encode("utf-16"))),
    "deep JSON": sends(response(b"[" * 30_000)),
    "deep closed JSON": sends(response(b'{"a":' * 15_000 + b"1" + b"}" * 15_000)),
    "huge number": sends(response(b"9" * 1_000_000)),
    "huge exponent": sends(response(b"1e999999999")),
    "names used twice": sends(response(b"{" + b'"a":1,' * 10_000 + b'"a":1}')),
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
    "10 GB with a length": lambda: floods(length(str(TEN_GB), b""), PIECE, TEN_GB // len(PIECE)),
    "endless chunks": lambda: floods(CHUNKED, b"10000\r\n" + PIECE + b"\r\n"),
    "endless chunk extension": lambda: floods(CHUNKED + b"1;x=", PIECE),
    "endless headers": lambda: floods(b"HTTP/1.1 200 OK\r\n", b"X-Field: y\r\n" * 1000),
    "endless header": lambda: floods(b"HTTP/1.1 200 OK\r\nX: ", PIECE),
    "endless trailers": lambda: floods(CHUNKED + b"0\r\n", b"X-Field: y\r\n" * 1000),
    "endless interim responses": lambda: floods(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000),
    "endless status line": lambda: floods(b"HTTP/1.1 200 ", PIECE),
    "10 MB on one line": lambda: sends(response(b"x" * 10_000_000, media_type="text/plain")),
}

#: Send what is small on the wire, or in itself, and large once it is read.
SWELLING: Final[Mapping[str, Callable[[], Serve]]] = {
    "millions of values": lambda: sends(response(b"[" + b"{}," * 5_000_000 + b"{}]")),
    "millions of strings": lambda: sends(response(b"[" + b'"aa",' * 3_000_000 + b"1]")),
    "gzip bomb": lambda: sends(response(bomb("gzip"), "Content-Encoding: gzip")),
    "millions of brackets": lambda: sends(response(b"[" * 3_000_000)),
    "deflate bomb": lambda: sends(response(bomb("deflate"), "Content-Encoding: deflate")),
    "chunks of one byte": lambda: sends(CHUNKED + b"1\r\n \r\n" * 200_000 + b"0\r\n\r\n"),
}
