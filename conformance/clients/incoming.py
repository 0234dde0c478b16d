"""HTTP/1.1 requests as the lab reads them: head, body, and no opinion.

Clients under test may send anything, so every part has a bound. Bodies come by Content-Length or
chunked (RFC 9112 section 6.3).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

MAX_HEAD_BYTES: Final = 4 * 1024 * 1024  # a Last-Event-ID of 1 MiB has to be seen to be judged
MAX_BODY_BYTES: Final = 64 * 1024 * 1024  # 1 MiB of data, each byte escaped, and much to spare
_HEAD_END: Final = b"\r\n\r\n"
_LINE_END: Final = b"\r\n"
_REQUEST_LINE: Final = re.compile(rb"([A-Za-z]+) (\S+) HTTP/1\.[01]")
_HEX: Final = 16


class BadRequestError(Exception):
    """What came is no request that the lab can read; the text says why."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Source(Protocol):
    """Where bytes come from."""

    async def receive(self, max_bytes: int = 65536) -> bytes:
        """Return what has come; empty at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One request; `fields` are name and value as bytes, in order, `raw` is all of it."""

    method: str
    target: str
    fields: Sequence[tuple[bytes, bytes]]
    body: bytes
    raw: bytes

    def values(self, name: str) -> list[bytes]:
        """Return the values of a field; names are compared without regard to case."""
        wanted = name.lower().encode()
        return [value for one, value in self.fields if one.lower() == wanted]

    @property
    def path(self) -> str:
        """The request-target up to the query."""
        return self.target.partition("?")[0]


class RequestReader:
    """Reads requests from one connection, one after another."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._buffer = bytearray()

    async def read(self) -> Incoming | None:
        """Return the next request; None when the peer closed before one began.

        Raises:
            BadRequestError: no request, or beyond a bound.
        """
        end = await self._find(_HEAD_END, most=MAX_HEAD_BYTES)
        if end < 0:
            return None
        head = bytes(self._buffer[:end])
        del self._buffer[: end + len(_HEAD_END)]
        request_line, *lines = head.split(_LINE_END)
        match = _REQUEST_LINE.fullmatch(request_line)
        if match is None:
            raise BadRequestError("no request line")
        fields = [_field(line) for line in lines]
        framed = await self._body(fields)
        return Incoming(
            method=match[1].decode("ascii"),
            target=match[2].decode("latin-1"),
            fields=fields,
            body=framed,
            raw=head + _HEAD_END + framed,
        )

    async def _find(self, mark: bytes, *, most: int) -> int:
        """Return where a mark stands, reading on until it comes; -1 when the peer has closed.

        Raises:
            BadRequestError: the peer closed in the middle, or the bound was reached.
        """
        searched = 0
        while (found := self._buffer.find(mark, searched)) < 0:
            if len(self._buffer) > most:
                raise BadRequestError("too large")
            searched = max(0, len(self._buffer) - len(mark))
            if not await self._more():
                if not self._buffer:
                    return -1
                raise BadRequestError("closed in the middle of a request")
        return found

    async def _more(self) -> bool:
        piece = await self._source.receive()
        self._buffer += piece
        return bool(piece)

    async def _take(self, size: int) -> bytes:
        if size > MAX_BODY_BYTES:
            raise BadRequestError("too large")
        while len(self._buffer) < size:
            if not await self._more():
                raise BadRequestError("closed in the middle of a body")
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    async def _body(self, fields: Sequence[tuple[bytes, bytes]]) -> bytes:
        by_name = {name.lower(): value for name, value in fields}
        if by_name.get(b"transfer-encoding", b"").lower() == b"chunked":
            return await self._chunks()
        length = by_name.get(b"content-length", b"0")
        if not length.isdigit():
            raise BadRequestError("a Content-Length that is no number")
        return await self._take(int(length))

    async def _chunks(self) -> bytes:
        body = bytearray()
        while True:
            end = await self._find(_LINE_END, most=MAX_HEAD_BYTES)
            if end < 0:
                raise BadRequestError("closed in the middle of a body")
            line = await self._take(end + len(_LINE_END))
            try:
                size = int(line.partition(b";")[0], _HEX)
            except ValueError as error:
                raise BadRequestError("a chunk without size") from error
            body += await self._take(size)
            await self._take(len(_LINE_END))
            if not size:
                return bytes(body)
            if len(body) > MAX_BODY_BYTES:
                raise BadRequestError("too large")


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon:
        raise BadRequestError("a field line without colon")
    return name, value.strip(b" \t")
