"""The block of an event stream that is open: what its lines have come to so far."""

from dataclasses import dataclass, field
from typing import Final

from conformance.observe.event_record import (
    DEFAULT_TYPE,
    MAX_SHOWN_CHARACTERS,
    Event,
    Silent,
    SilentBlock,
    Unfinished,
)
from conformance.words.json_value import ABSENT, Absent

LONGEST_CHARACTER_BYTES: Final = 4
_TELLING: Final = (Silent.EVENT, Silent.ID, Silent.UNKNOWN, Silent.RETRY, Silent.COMMENT)


@dataclass(slots=True, kw_only=True)
class Block:
    """An open block: its buffers as HTML section 9.2.6 names them, and its place.

    `data` ends in LF where there is any, as the data buffer does; it is decoded at the end, for
    no character of UTF-8 holds the bytes of another. `saw` holds the kinds of its other lines.
    `is_cut` says that something was too large to be held whole, `is_full` that its data was.
    """

    offset: int
    first_byte_at_ms: float
    first_arrival: int
    lines: int = 0
    data: bytearray = field(default_factory=bytearray)
    type: str = ""
    wire_id: str | Absent = ABSENT
    saw: set[Silent] = field(default_factory=set)
    is_cut: bool = False
    is_full: bool = False

    def append(self, value: bytes, *, max_bytes: int) -> bool:
        """Append a data line; tell whether it was the first one that did not fit.

        Once a line does not fit, it and all later ones are left out.
        """
        if self.is_full:
            return False
        if len(self.data) + len(value) < max_bytes:
            self.data += value
            self.data += b"\n"
            return False
        self.is_full = self.is_cut = True
        return True

    def dispatched(
        self, *, last_event_id: str, end: int, at_ms: float, arrivals: int
    ) -> Event | SilentBlock:
        """Return what a blank line at `end` makes of it: an event, or nothing without data."""
        if self.data or self.is_full:
            return Event(
                type=self.type or DEFAULT_TYPE,
                data=as_text(self.data[:-1]),
                last_event_id=last_event_id,
                wire_id=self.wire_id,
                at_ms=at_ms,
                first_byte_at_ms=self.first_byte_at_ms,
                offset=self.offset,
                size=end - self.offset,
                lines=self.lines,
                arrivals=arrivals,
                is_cut=self.is_cut,
            )
        wire_id = self.wire_id
        if wire_id is not ABSENT:
            wire_id = wire_id[:MAX_SHOWN_CHARACTERS]
        return SilentBlock(
            why=next((kind for kind in _TELLING if kind in self.saw), Silent.BLANK),
            at_ms=at_ms,
            offset=self.offset,
            lines=self.lines,
            wire_id=wire_id,
        )

    def unfinished(self, *, line: bytes | bytearray, end: int) -> Unfinished:
        """Return what it is when nothing more comes; `line` is the one without an end."""
        shown = as_text(line[: MAX_SHOWN_CHARACTERS * LONGEST_CHARACTER_BYTES])
        return Unfinished(
            offset=self.offset,
            size=end - self.offset,
            lines=self.lines,
            type=self.type or DEFAULT_TYPE,
            wire_id=self.wire_id,
            data=as_text(self.data[:-1]) if self.data else ABSENT,
            line=shown[:MAX_SHOWN_CHARACTERS] if line else ABSENT,
        )


def as_text(data: bytes | bytearray) -> str:
    """Return bytes as a client decodes them: what is no UTF-8 becomes U+FFFD."""
    return data.decode("utf-8", "replace")
