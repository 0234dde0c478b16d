"""Tiny servers of event streams: whole ones, odd ones, and what is none at all."""

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tests.conformance.peers import Serve, Talk, response

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
#: The same without chunks: the connection's end is the stream's.
PLAIN_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
    b"Connection: close\r\n\r\n"
)
LAST_CHUNK = b"0\r\n\r\n"
After = Callable[[Talk], None]


def chunk(data: bytes) -> bytes:
    """Write one chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def hold(talk: Talk) -> None:
    """Leave the stream open until the client is gone."""
    talk.until_closed()


def end(talk: Talk) -> None:
    """End a chunked body, and the connection."""
    talk.send(LAST_CHUNK)


def cut(_talk: Talk) -> None:
    """Close the connection as it is."""


def reset(talk: Talk) -> None:
    """Reset the connection."""
    talk.reset()


def sending(*pieces: bytes, then: After = hold) -> Serve:
    """Answer every request with these bytes, a write each."""

    def serve(talk: Talk) -> None:
        if talk.request():
            for piece in pieces:
                talk.send(piece)
            then(talk)

    return serve


def streaming(*blocks: bytes, then: After = hold, head: bytes = HEAD) -> Serve:
    """Answer every request with a stream of these blocks, a chunk each."""
    return sending(head, *map(chunk, blocks), then=then)


def by_bytes(data: bytes, *, then: After = hold) -> Serve:
    """Answer every request with these bytes, one at a time."""
    return sending(*(bytes([byte]) for byte in data), then=then)


def compressed(*blocks: bytes) -> Serve:
    """Stream blocks that are compressed, each flushed for itself."""
    head = HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
    packer = zlib.compressobj(wbits=31)
    packed = [packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH) for block in blocks]
    return sending(head, *map(chunk, packed))


def broken_coding() -> Serve:
    """Say gzip, and send something else."""
    head = HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
    return sending(head, chunk(b"data: a\n\n"))


def endless_events(talk: Talk) -> None:
    """Send events without end."""
    if talk.request():
        talk.send(HEAD)
        block = chunk(b"data: x\n\n" * 1000)
        while True:
            talk.send(block)


def endless_line(talk: Talk) -> None:
    """Send one line without end."""
    if talk.request():
        talk.send(HEAD)
        while True:
            talk.send(chunk(b"x" * 65_536))


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a request asked for."""

    method: str
    target: str
    version: str
    head: bytes
    body: bytes

    def field(self, name: str) -> str | None:
        """Return the value of a header field."""
        for line in self.head.decode("latin-1").split("\r\n")[1:]:
            found, _, value = line.partition(":")
            if found.lower() == name.lower():
                return value.strip(" ")
        return None


def asked(request: bytes) -> Asked:
    """Take a request apart."""
    head, _, body = request.partition(b"\r\n\r\n")
    method, target, version = head.split(b"\r\n")[0].decode("latin-1").split(" ")
    return Asked(method=method, target=target, version=version, head=head, body=body)


def small_server(blocks: Iterable[bytes] = (), *, then: After = hold) -> Serve:
    """Serve one stream rightly: GET, HEAD, 405 for the rest, HTTP/1.0 without chunks."""
    sent = tuple(blocks)

    def serve(talk: Talk) -> None:
        while request := talk.request():
            ask = asked(request)
            if ask.method == "HEAD":
                talk.send(PLAIN_HEAD)
                return
            if ask.method != "GET":
                talk.send(response(b"{}", "Allow: GET, HEAD", status="405 Method Not Allowed"))
                if ask.field("connection") == "close":
                    return
                continue
            is_old = ask.version == "HTTP/1.0"
            talk.send(PLAIN_HEAD if is_old else HEAD)
            for block in sent:
                talk.send(block if is_old else chunk(block))
            if then is end and is_old:
                return
            then(talk)
            return

    return serve
