"""Faults in the bytes of HTTP itself, where no framework lets a handler do wrong."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from reference_server.faults.fault import Marks, register

_HEAD_END: Final = b"\r\n\r\n"


class Untouched:
    """Bytes pass as they are; each fault changes one direction."""

    def received(self, data: bytes) -> bytes:
        """Return what the server shall see."""
        return data

    def sent(self, data: bytes) -> bytes:
        """Return what the peer shall see."""
        return data


def on_wire(name: str, *, breaks: Sequence[str]) -> Callable[[type[Untouched]], type[Untouched]]:
    """Put a class between each connection and the server."""

    def decorate(broken: type[Untouched]) -> type[Untouched]:
        register(Marks(name=name, breaks=breaks), broken.__doc__, wire=broken)
        return broken

    return decorate


@on_wire("no-content-has-a-length", breaks=["HTTP-28"])
class NoContentHasALength(Untouched):
    """A 204 response has a Content-Length of 0."""

    def sent(self, data: bytes) -> bytes:
        """Add the field."""
        if data.startswith(b"HTTP/1.1 204"):
            return data.replace(b"\r\n", b"\r\nContent-Length: 0\r\n", 1)
        return data


@on_wire("no-content-has-a-body", breaks=["HTTP-28"])
class NoContentHasABody(Untouched):
    """A 204 response is followed by a body."""

    def sent(self, data: bytes) -> bytes:
        """Add the body."""
        is_last = b"connection: close" in data.lower()
        return data + b"null" if data.startswith(b"HTTP/1.1 204") and is_last else data


@on_wire("head-gets-a-body", breaks=["HTTP-32"])
class HeadGetsABody(Untouched):
    """HEAD gets the body that GET would get."""

    def __init__(self) -> None:
        self._is_head = False

    def received(self, data: bytes) -> bytes:
        """See what was asked for."""
        self._is_head = data.startswith(b"HEAD ")
        return data

    def sent(self, data: bytes) -> bytes:
        """Add the body."""
        if self._is_head and _HEAD_END in data:
            self._is_head = False
            return data + b'{"title":"Method Not Allowed"}'
        return data


@on_wire("contradicting-lengths-are-taken", breaks=["HTTP-25"])
class ContradictingLengthsAreTaken(Untouched):
    """Of contradicting or broken lengths one is taken, or 5 in their place."""

    def received(self, data: bytes) -> bytes:
        """Mend the head."""
        data = data.replace(b"Content-Length: 5\r\nContent-Length: 6", b"Content-Length: 5")
        return re.sub(rb"Content-Length: (?:five|-5)", b"Content-Length: 5", data)


@on_wire("expect-is-not-answered", breaks=["HTTP-27"])
class ExpectIsNotAnswered(Untouched):
    """A request that expects 100 gets nothing until its body has come."""

    def sent(self, data: bytes) -> bytes:
        """Hold 100 back."""
        return re.sub(rb"HTTP/1\.1 100 [^\r]*\r\n\r\n", b"", data)


@on_wire(
    "length-counts-characters",
    breaks=["HTTP-29"],
)
class LengthCountsCharacters(Untouched):
    """Content-Length counts characters."""

    def __init__(self) -> None:
        self._body_is_wide = False
        self._held = b""

    def sent(self, data: bytes) -> bytes:
        """Make the length smaller by what characters have more than a byte."""
        if data.startswith(b"HTTP/1.1 2") and _HEAD_END in data:
            self._held = data
            head, _, body = data.partition(_HEAD_END)
            return self._shortened(head, body) if body else b""
        if self._held:
            head, held = self._held.partition(_HEAD_END)[0], b""
            self._held = held
            return self._shortened(head, data)
        return data

    def _shortened(self, head: bytes, body: bytes) -> bytes:
        self._held = b""
        size = len(body.decode("utf-8", "replace"))
        head = re.sub(rb"(?i)content-length: [0-9]+", b"content-length: %d" % size, head)
        return head + _HEAD_END + body


@on_wire("pipelined-answers-are-reversed", breaks=["HTTP-31"])
class PipelinedAnswersAreReversed(Untouched):
    """The second and third answer to pipelined requests change places."""

    def __init__(self) -> None:
        self._is_pipelined = False

    def received(self, data: bytes) -> bytes:
        """See whether several requests came at once."""
        self._is_pipelined = data.count(b"POST ") > 1
        return data

    def sent(self, data: bytes) -> bytes:
        """Change the ids."""
        if self._is_pipelined:
            swapped = {b'"id":2}': b'"id":3}', b'"id":3}': b'"id":2}'}
            return re.sub(rb'"id":[23]\}', lambda found: swapped[found.group()], data)
        return data


@on_wire("chunk-extensions-are-refused", breaks=["HTTP-24"])
class ChunkExtensionsAreRefused(Untouched):
    """A chunk with an extension, or a trailer behind the last one, breaks the framing."""

    def received(self, data: bytes) -> bytes:
        """Break the framing."""
        return data.replace(b";name=value", b";;;=\x00").replace(
            b"X-Trailer: yes", b"X Trailer\x00"
        )
