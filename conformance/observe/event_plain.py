"""The fast ways through an event stream: whole blocks at once, in which nothing needs care.

A block is plain when it has only data, id and event fields, the latter two at most once, each with
its colon. Everything else is left to whoever reads line by line, and comes to the same there.

Of a large piece all blocks are looked at together. That costs as much as some blocks of their own,
so that the few blocks of a small piece are read one by one; a piece that is one block is read where
it comes in (`event_stream`).
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from conformance.observe.event_flaws import CONTROLS
from conformance.observe.event_record import DEFAULT_TYPE, Event
from conformance.words.json_value import ABSENT, Absent

_LF: Final = b"\n"
_CR_LF: Final = b"\r\n"
_new: Final = tuple.__new__  # a class's own one takes twice as long
_PLAIN_FIELDS: Final = frozenset({"data", "id", "event"})
# What most servers write; other orders take a little longer. Nothing is tried twice.
_USUAL: Final = re.compile(
    r"(?:id: (.*+)\n)?+(?:event: (.*+)\n)?+data: (.*+(?:\ndata: .*+)*+)",
)
_NEXT_DATA: Final = "\ndata: "
SMALL_BYTES: Final = 2048  # measured: up to here blocks one by one are the faster way
# The usual order again, of printable ASCII only: nothing of it needs another look.
_BLOCKS: Final = {
    kind: re.compile(
        rb"(?:id: ([ -~]*+)%b)?+(?:event: ([ -~]*+)%b)?+data: ([ -~]*+(?:%bdata: [ -~]*+)*+)%b%b"
        % ((end,) * 5)
    )
    for kind, end in (("lf", _LF), ("crlf", _CR_LF))
}
ONE_BLOCK: Final = _BLOCKS["lf"]


# Tuples, as events are: one of each is made for a piece of one event.
class Run(NamedTuple):
    """Whole blocks of valid UTF-8 without control characters, their lines all ending alike.

    `text` has LF for every line end, `size` counts the bytes as they came.
    """

    text: str
    line_end: bytes
    size: int

    @property
    def first_end(self) -> int:
        """The place of the first line end in the bytes."""
        return len(self.text[: self.text.index("\n")].encode())

    @property
    def bytes_beyond_lf(self) -> int:
        """What a line end takes more than in `text`."""
        return len(self.line_end) - 1

    def wire(self, lines: str) -> bytes:
        """Return lines of `text` as they came."""
        return lines.encode().replace(_LF, self.line_end)


class PlainEvents(NamedTuple):
    """The events of plain blocks that follow one another, and what to count of them.

    `end` is the place behind the last blank line, `kept_bytes` what keeping them takes.
    `odd` is the block behind them if it is not plain, its last line without an end; None when
    there are no more, or nobody looked.
    """

    events: list[Event]
    end: int
    kept_bytes: int
    line_count: int
    id_count: int
    type_count: int
    odd: str | None = None


def find_run(data: bytes, at: int) -> Run | None:
    """Return the whole blocks from `at` on, where a block begins; None if any needs care."""
    end = max(data.rfind(b"\n\n") + 2, data.rfind(b"\r\n\r\n") + 4)
    if end <= max(at, 3):  # what was not found comes to 3 at most
        return None
    wire = data[at:end]
    line_end = _LF
    if b"\r" in wire:
        line_end = _CR_LF
        if not wire.count(b"\r") == wire.count(_LF) == wire.count(_CR_LF):
            return None
    if len(wire.translate(None, CONTROLS)) != len(wire):
        return None
    try:
        text = wire.decode()
    except UnicodeDecodeError:
        return None
    if line_end is _CR_LF:
        text = text.replace("\r\n", "\n")
    return Run(text=text, line_end=line_end, size=len(wire))


def read_blocks(  # noqa: PLR0913 - where a reader stands; made into a value it costs a third more
    data: bytes,
    at: int,
    stop: int,
    *,
    kind: str,
    last_event_id: str,
    times_ms: tuple[float, float],
    arrivals: int,
    place: int,
    largest_bytes: int,
) -> PlainEvents:
    """Take blocks from `at` on, one by one, while they are plain and in the usual order.

    Args:
        data: where they are; a block begins at `at`.
        at: a place in it.
        stop: what stands from there on is left alone.
        kind: how lines end, `lf` or `crlf`.
        last_event_id: the last event ID buffer.
        times_ms: when the first byte came that stands at `at`, and when all others did.
        arrivals: in how many pieces the first block came.
        place: of `at` in the stream.
        largest_bytes: what one block may have.
    """
    first_byte_at_ms, at_ms = times_ms
    match = _BLOCKS[kind].match
    end_bytes, next_data = (2, "\r\ndata: ") if kind == "crlf" else (1, _NEXT_DATA)
    events: list[Event] = []
    kept_bytes = line_count = id_count = type_count = 0
    make, keep = _new, events.append
    while (found := match(data, at, stop)) is not None:
        own_id, own_type, value = found.groups()
        end = found.end()
        size = end - at - end_bytes
        if size > largest_bytes:
            break
        lines = 1
        text = value.decode()
        if "\n" in text:
            lines += text.count("\n")
            text = text.replace(next_data, "\n")
        event_type: str = DEFAULT_TYPE
        wire_id: str | Absent = ABSENT
        if own_id is not None:
            last_event_id = wire_id = own_id.decode()
            lines += 1
            id_count += 1
        if own_type is not None:
            event_type = own_type.decode() or DEFAULT_TYPE
            lines += 1
            type_count += 1
        line_count += lines
        kept_bytes += size + len(last_event_id)
        came = (at_ms, first_byte_at_ms, place, size, lines, arrivals, False)
        keep(make(Event, (event_type, text, last_event_id, wire_id, *came)))
        place += end - at
        at = end
        first_byte_at_ms, arrivals = at_ms, 1
    return make(PlainEvents, (events, place, kept_bytes, line_count, id_count, type_count, None))


def read_plain(
    blocks: Iterator[str],
    run: Run,
    *,
    at: int,
    last_event_id: str,
    at_ms: float,
    largest_bytes: int,
) -> PlainEvents:
    """Take blocks of a run while they are plain and no larger than `largest_bytes`.

    Args:
        blocks: the run's, their blank lines taken off; one more is taken when it is not plain.
        run: where they are from.
        at: the place of the first one in the stream.
        last_event_id: the last event ID buffer.
        at_ms: when they came.
        largest_bytes: what one block may have.
    """
    is_ascii = run.text.isascii()
    beyond_lf = run.bytes_beyond_lf
    events: list[Event] = []
    kept_bytes = line_count = id_count = type_count = 0
    odd: str | None = None
    make, keep = _new, events.append
    # All in one loop with names of its own: it is where the time of an ordinary stream goes.
    for block in blocks:
        size = (len(block) if is_ascii else len(block.encode())) + 1
        if size > largest_bytes:
            odd = block
            break
        event_type: str = DEFAULT_TYPE
        wire_id: str | Absent = ABSENT
        lines = 1
        if block.startswith("data: ") and "\n" not in block:
            data = block[6:]
        else:
            found = _plain_fields(block)
            if found is None:
                odd = block
                break
            lines, data, own_type, own_id = found
            if own_id is not None:
                last_event_id = wire_id = own_id
                id_count += 1
            if own_type is not None:
                event_type = own_type or DEFAULT_TYPE
                type_count += 1
        size += lines * beyond_lf
        line_count += lines
        kept_bytes += size + len(last_event_id)
        place = (at_ms, at_ms, at, size, lines, 1, False)
        keep(make(Event, (event_type, data, last_event_id, wire_id, *place)))
        at += size + beyond_lf + 1
    return PlainEvents(
        events=events,
        end=at,
        kept_bytes=kept_bytes,
        line_count=line_count,
        id_count=id_count,
        type_count=type_count,
        odd=odd,
    )


def _plain_fields(block: str) -> tuple[int, str, str | None, str | None] | None:
    """Return the number of lines, data, event type and id; None if the block is not plain."""
    if (usual := _USUAL.fullmatch(block)) is not None:
        own_id, event_type, data = usual.groups()
        return block.count("\n") + 1, data.replace(_NEXT_DATA, "\n"), event_type, own_id
    lines = block.split("\n")
    values: list[str] = []
    own_id = event_type = None
    for line in lines:
        name, colon, value = line.partition(": ")
        if not colon or name not in _PLAIN_FIELDS:
            name, colon, value = line.partition(":")
            if not colon or value.startswith(" "):
                return None
        if name == "data":
            values.append(value)
        elif name == "id" and own_id is None:
            own_id = value
        elif name == "event" and event_type is None:
            event_type = value
        else:
            return None
    return (len(lines), "\n".join(values), event_type, own_id) if values else None
