"""OData services that are right in all but one place: there they answer what nobody can read.

A front hands requests on to the reference server, and its answers back, but for those that it
spoils.
"""

import http.client
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from tests.conformance.peers import Serve, Talk, response
from tests.hostile.ways import MEGABYTE, bomb

BATCH: Final = "$batch"
METADATA: Final = "$metadata"
#: Discovery tries a batch in each format, and one that may be answered later.
BATCHES_OF_DISCOVERY: Final = 3
_MULTIPART: Final = "multipart/mixed"
_NOT_HANDED_ON: Final = frozenset({"transfer-encoding", "content-length", "connection"})
_PART: Final = (
    b"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n"
    b"Content-Type: text/plain\r\n\r\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the real service answered; `fields` are whole header lines."""

    status: str
    fields: tuple[str, ...]
    media_type: str
    body: bytes

    @property
    def is_multipart(self) -> bool:
        """Whether it is a batch in parts; else it is one in JSON."""
        return self.media_type.startswith(_MULTIPART)

    def with_body(self, body: bytes, *more: str, media_type: str = "") -> bytes:
        """Write a response like it with another body."""
        fields = (*self.fields, *more)
        kind = media_type or self.media_type
        return response(body, *fields, status=self.status, media_type=kind)


Spoil = Callable[[Talk, Answer], None]


def ask(origin: str, request: bytes) -> Answer:
    """Hand a request on, on a connection of its own."""
    verb = request.partition(b" ")[0].decode()
    connection = http.client.HTTPConnection(urlsplit(origin).netloc)
    connection.connect()
    connection.sock.sendall(request)
    reply = http.client.HTTPResponse(connection.sock, method=verb)
    reply.begin()
    body = reply.read()
    fields = [(name.lower(), value) for name, value in reply.getheaders()]
    connection.close()
    return Answer(
        status=f"{reply.status} {reply.reason}",
        fields=tuple(
            f"{name}: {value}"
            for name, value in fields
            if name not in _NOT_HANDED_ON | {"content-type"}
        ),
        media_type=dict(fields).get("content-type", "text/plain"),
        body=body,
    )


def spoiling(origin: str, part: str, spoil: Spoil, *, rightly: int = 0) -> Serve:
    """Serve what a real service does, but for the answers of one part of it.

    Args:
        origin: of the real service.
        part: what the targets of these requests hold.
        spoil: answers them instead.
        rightly: how many of them are left as they are, the first ones.
    """
    asked: list[bytes] = []

    def serve(talk: Talk) -> None:
        while request := talk.request():
            answer = ask(origin, request)
            target = request.split(b" ", 2)[1]
            if part.encode() in target:
                asked.append(target)
            if part.encode() in target and len(asked) > rightly:
                spoil(talk, answer)
                return
            talk.send(answer.with_body(answer.body))

    return serve


def sending(change: Callable[[Answer], bytes]) -> Spoil:
    """Send what is made of an answer, and close."""
    return lambda talk, answer: talk.send(change(answer))


def of_both(in_parts: bytes, in_json: bytes) -> Spoil:
    """Send one body to a batch in parts, whose boundary is `b`, and another to one in JSON."""

    def change(answer: Answer) -> bytes:
        if answer.is_multipart:
            return answer.with_body(in_parts, media_type=f"{_MULTIPART}; boundary=b")
        return answer.with_body(in_json)

    return sending(change)


def hang(talk: Talk, answer: Answer) -> None:
    """Send half of an answer, and wait."""
    whole = answer.with_body(answer.body)
    talk.send(whole[: -len(answer.body) // 2])
    talk.until_closed()


def endless_part(talk: Talk, answer: Answer) -> None:
    """Begin an answer, and never end its first part."""
    head, _, body = answer.with_body(answer.body).partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    talk.send(b"\r\n".join([*lines, b"", body[: len(body) // 2]]))
    while True:
        talk.send(b"x" * 65_536)


def bombed(answer: Answer) -> bytes:
    """Pack an answer with very much in front of it."""
    packed = bomb("gzip", end=answer.body, megabytes=32)
    return answer.with_body(packed, "Content-Encoding: gzip")


def nested(depth: int) -> bytes:
    """Write parts in parts."""
    start = b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (at, at + 1)
        for at in range(depth)
    )
    return start.replace(b"--b0\r\n", b"--b\r\n", 1)


#: What is sent for a batch, whichever format it is in.
BATCHES: Final[Mapping[str, Spoil]] = {
    "half of it": sending(lambda it: it.with_body(it.body[: len(it.body) // 2])),
    "cut in the middle": sending(lambda it: it.with_body(it.body)[: -len(it.body) // 2]),
    "hangs in the middle": hang,
    "without its last line": sending(lambda it: it.with_body(it.body.rstrip()[:-4])),
    "another boundary": sending(
        lambda it: it.with_body(it.body, media_type=f"{_MULTIPART}; boundary=other")
    ),
    "no boundary": sending(lambda it: it.with_body(it.body, media_type=_MULTIPART)),
    "a page": sending(lambda it: it.with_body(b"<html>Login</html>", media_type="text/html")),
    "a page under its own type": sending(lambda it: it.with_body(b"<html>Login</html>")),
    "nothing": sending(lambda it: it.with_body(b"")),
    "an endless part": endless_part,
    "gzip bomb": sending(bombed),
    "binary garbage": sending(lambda it: it.with_body(bytes(range(256)) * 64)),
    "very many responses": of_both(
        (_PART + b"\r\n") * 100_000 + b"--b--",
        b'{"responses":[' + b'{"id":"1","status":200},' * 20_000 + b"{}]}",
    ),
    "deep ones": of_both(nested(1000), b'{"responses":[{"id":"1","body":' + b"[" * 30_000),
    "a status of a million digits": of_both(
        b"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 " + b"9" * MEGABYTE + b"\r\n--b--",
        b'{"responses":[{"id":"1","status":' + b"9" * MEGABYTE + b"}]}",
    ),
    "a header of 1 MiB": of_both(
        _PART[:-2] + b"X: " + b"\r\n ".join([b"x" * 70] * 14_000) + b"\r\n\r\n\r\n--b--",
        b'{"responses":[{"id":"1","status":200,"headers":{"x":"' + b"x" * MEGABYTE + b'"}}]}',
    ),
    "script and escapes": of_both(
        _PART + b"\x1b]0;owned\x07<script>alert(1)</script>\r\n--b--",
        b'{"responses":[{"id":"<img src=x onerror=alert(1)>\\u001b[2J","status":200}]}',
    ),
}

_LAUGHS: Final = "".join(
    f'<!ENTITY l{at} "{f"&l{at - 1};" * 10 if at else "ha"}">' for at in range(12)
)
_DOCUMENT: Final = (
    b'<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">'
    b'<edmx:DataServices><Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="a">'
)
_IN_A_RING: Final = b"".join(
    b'<EntityType Name="T%d" BaseType="a.T%d"/>' % (at, (at + 1) % 1_000) for at in range(1_000)
)

#: What is sent for the metadata document.
DOCUMENTS: Final[Mapping[str, bytes]] = {
    "a billion laughs": f"<!DOCTYPE x [{_LAUGHS}]><x>&l11;</x>".encode(),
    "a file of the reader's": b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>',
    "deep XML": b"<x>" * 100_000 + b"</x>" * 100_000,
    "half of it": _DOCUMENT,
    "types in a ring": _DOCUMENT + _IN_A_RING + b"</Schema></edmx:DataServices></edmx:Edmx>",
    "binary garbage": bytes(range(256)) * 64,
    "a page": b"<html><script>alert(1)</script>",
}
