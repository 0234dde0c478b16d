"""Ways to misbehave on one connection: what the hostile servers are put together from."""

import zlib
from functools import cache
from itertools import repeat
from typing import Final

from tests.conformance.peers import OK, Serve, Talk, response

HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED: Final = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PIECE: Final = b"x" * 65_536
DRIP_S: Final = 0.05
MEGABYTE: Final = 1024**2


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


@cache
def bomb(coding: str, start: bytes = b"", end: bytes = b"", *, megabytes: int = 128) -> bytes:
    """Return a small body that unpacks to so many megabytes of spaces, between start and end."""
    packer = zlib.compressobj(9, wbits=31 if coding == "gzip" else 15)
    packed = [packer.compress(start)]
    packed += [packer.compress(b" " * MEGABYTE) for _ in range(megabytes)]
    return b"".join([*packed, packer.compress(end), packer.flush()])


def length(text: str, body: bytes = OK) -> bytes:
    """Write a response with this Content-Length, whatever its body."""
    return HEAD + b"Content-Length: " + text.encode() + b"\r\n\r\n" + body


def redirect(to: str) -> bytes:
    """Write a redirection."""
    return response(b"", f"Location: {to}", status="307 Temporary Redirect")
