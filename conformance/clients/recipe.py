"""What the lab answers, taken from a scenario's `serve`; values only, no socket."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from conformance.drivers.request import pieces_to_bytes
from conformance.words.json_value import Json, is_array, is_object

EVENT_STREAM: Final = "text/event-stream"
#: Between two pieces, so that they arrive as two: less than any client notices.
GAP_MS: Final = 2.0
_STATUS_OK: Final = 200
_NO_BODY: Final = frozenset({204, 205, 304})
_GZIP_WINDOW: Final = 31  # 15 bits, and the gzip header
_REASONS: Final = {200: "OK", 204: "No Content", 301: "Moved Permanently", 302: "Found",
                   404: "Not Found", 500: "Internal Server Error"}  # fmt: skip


class Then(StrEnum):
    """What becomes of a connection when all pieces are sent."""

    KEEP = "keep"  # it stays open
    END = "end"  # the body is ended as its framing says
    CUT = "cut"  # closed in the middle of the body
    RESET = "reset"  # RST


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Bytes that are sent at once, `after_ms` the piece before."""

    data: bytes
    after_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One response: its head, the pieces of its body, and how it ends.

    `refuses` means no head at all: the connection is reset or closed when the request has come.
    `head` lacks the fields of the framing. `is_raw` pieces hold the head too.
    """

    head: Sequence[tuple[str, str]] = ()
    status: int = _STATUS_OK
    framing: str = "chunked"
    coding: str = ""
    wait_ms: float = 0.0
    pieces: Sequence[Piece] = field(default_factory=tuple)
    then: Then = Then.KEEP
    refuses: bool = False
    is_raw: bool = False

    def head_bytes(self, *, coding: str = "") -> bytes:
        """Return the head on the wire."""
        fields = list(self.head)
        if coding:
            fields.append(("Content-Encoding", coding))
        if self.has_body:
            if self.framing == "chunked":
                fields.append(("Transfer-Encoding", "chunked"))
            elif self.framing == "length":
                length = sum(len(piece.data) for piece in self.pieces)
                fields.append(("Content-Length", str(length)))
        fields.append(("Connection", "close"))
        lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in fields]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")

    @property
    def has_body(self) -> bool:
        """Whether a response of this status may have a body at all."""
        return self.status not in _NO_BODY


#: What requests get that no `serve` foresees: a stream that stays open and brings nothing.
SILENT: Final = Recipe(head=(("Content-Type", EVENT_STREAM),))


class Framer:
    """Turns the pieces of a body into bytes on the wire."""

    def __init__(self, recipe: Recipe, *, coding: str = "") -> None:
        self._is_chunked = recipe.framing == "chunked" and not recipe.is_raw
        self._packer = zlib.compressobj(wbits=_GZIP_WINDOW) if coding == "gzip" else None

    def piece(self, data: bytes) -> bytes:
        """Return one piece; a coding is flushed, so that it can be read at once."""
        if self._packer is not None:
            data = self._packer.compress(data) + self._packer.flush(zlib.Z_SYNC_FLUSH)
        return self._chunk(data) if data else b""

    def end(self) -> bytes:
        """Return what ends the body."""
        rest = self._packer.flush() if self._packer is not None else b""
        last = self._chunk(rest) if rest else b""
        return last + (b"0\r\n\r\n" if self._is_chunked else b"")

    def _chunk(self, data: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(data), data) if self._is_chunked else data


def read_serve(serve: Json, *, places: Mapping[str, str]) -> list[Recipe]:
    """Return the responses in the order of the requests that get them.

    `times` repeats one. `places` are what `{name}` in field values stands for.

    Raises:
        InputError: bytes that can't be made.
    """
    recipes: list[Recipe] = []
    for row in serve if is_array(serve) else [serve]:
        assert is_object(row)
        times = row.get("times", 1)
        assert isinstance(times, int)
        recipes += [_read_recipe(row, places)] * times
    return recipes


def _read_recipe(row: Mapping[str, Json], places: Mapping[str, str]) -> Recipe:
    wait_ms = _number(row.get("wait_ms", 0))
    then = Then(str(row.get("then", Then.KEEP)))
    if row.get("refuse") is True:
        return Recipe(refuses=True, wait_ms=wait_ms, then=then)
    if "raw" in row:
        pieces = tuple(_pieces(row, row["raw"]))
        return Recipe(is_raw=True, framing="close", pieces=pieces, wait_ms=wait_ms, then=then)
    status = row.get("status", _STATUS_OK)
    assert isinstance(status, int)
    return Recipe(
        head=tuple(_fields(row, places)),
        status=status,
        framing=str(row.get("framing", "chunked")),
        coding=str(row.get("coding", "")),
        wait_ms=wait_ms,
        pieces=tuple(_pieces(row, row.get("stream", []))),
        then=then,
    )


def _fields(row: Mapping[str, Json], places: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    media_type = row.get("type", EVENT_STREAM)
    if media_type is not None:
        yield str(row.get("type_field", "Content-Type")), str(media_type)
    headers = row.get("headers", {})
    assert is_object(headers)
    for name, value in headers.items():
        text = str(value)
        for place, meant in places.items():
            text = text.replace(f"{{{place}}}", meant)
        yield name, text


def _pieces(row: Mapping[str, Json], stream: Json) -> Iterator[Piece]:
    """Yield a stream's pieces: as they are listed, or all of them cut anew.

    `cut` is a length in bytes. `everywhere` sends the stream once for each place inside of it,
    cut there.
    """
    items: Sequence[Json] = stream if is_array(stream) else [stream]
    pause_ms = 0.0
    pending: list[Piece] = []
    for item in items:
        if is_object(item) and "pause_ms" in item:
            pause_ms += _number(item["pause_ms"])
        else:
            after_ms = pause_ms or (GAP_MS if pending else 0.0)
            pending.append(Piece(data=pieces_to_bytes(item), after_ms=after_ms))
            pause_ms = 0.0
    if row.get("everywhere") is True:
        whole = b"".join(piece.data for piece in pending)
        for at in range(1, len(whole)):
            yield Piece(data=whole[:at], after_ms=GAP_MS)
            yield Piece(data=whole[at:], after_ms=GAP_MS)
    elif isinstance(size := row.get("cut"), int):
        whole = b"".join(piece.data for piece in pending)
        for at in range(0, len(whole), size):
            yield Piece(data=whole[at : at + size], after_ms=GAP_MS if at else 0.0)
    else:
        yield from pending


def _number(value: Json) -> float:
    assert isinstance(value, int | float)
    return float(value)
