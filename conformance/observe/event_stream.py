"""An event stream read as it arrives, as a conforming client reads it (HTML section 9.2.6).

Takes pieces of any size: where the bytes are cut changes nothing but times. It knows nothing of
HTTP; who feeds it takes content codings off and says how the stream ended. What is odd, or of no
use to a client, is a defect with its place; nothing is repaired.

Whole blocks in which nothing needs care go the fast ways of `event_plain`, all others line by line.
The beginning of a block is held back for a while: most often the next piece makes it whole.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from conformance.observe.defect import Defect
from conformance.observe.event_lines import LINE_END_KINDS, EventLines
from conformance.observe.event_plain import (
    ONE_BLOCK,
    SMALL_BYTES,
    PlainEvents,
    Run,
    find_run,
    read_blocks,
    read_plain,
)
from conformance.observe.event_record import (
    DEFAULT_TYPE,
    MAX_START_BYTES,
    Event,
    StreamEnded,
    StreamLimits,
    StreamRecord,
    Unfinished,
)
from conformance.words.json_value import ABSENT, Absent

# Two line ends of any kind, the two of CR LF being one.
_BLOCK_END: Final = re.compile(rb"(?:\r\n?+|\n)(?:\r|\n)")
_HELD_BEGINNINGS: Final = (b"data:", b"id:", b"event:")
# A block in more pieces, or a larger one, is read as it comes: joining it anew for each would take
# quadratic time.
MAX_HELD_PIECES: Final = 4
MAX_HELD_BYTES: Final = 8_192


_new: Final = tuple.__new__  # a class's own one takes twice as long


class _Held(NamedTuple):
    """A piece of a block that was not read yet, and what was true when it came."""

    data: bytes
    at_ms: float
    arrivals: int


class EventStreamReader(EventLines):
    """Reads one stream, from its first byte on.

    `last_event_id` is what a client would send when it reconnects.

    Args:
        opened_at_ms: when the head of the response was in, since the request was sent.
        limits: how much is held.
    """

    def __init__(self, *, opened_at_ms: float = 0.0, limits: StreamLimits | None = None) -> None:
        super().__init__(opened_at_ms=opened_at_ms, limits=limits or StreamLimits())
        # Of a plain block; any larger one is read line by line, where the bounds are kept.
        self._largest_bytes = min(self.limits.max_line_bytes, self.limits.max_data_bytes)
        self._held: list[_Held] = []  # the beginning of a block, while `_block` is None

    @property
    def record(self) -> StreamRecord:
        """What came so far, or since `start_record`."""
        self._read_held()
        return self._record

    @property
    def reconnection_ms(self) -> int | None:
        """How long a client would wait before it reconnects; None while nothing set it."""
        self._read_held()
        return self._reconnection_ms

    @property
    def defects(self) -> list[Defect]:
        """All flaws of the stream so far by their places, of one code the first ones."""
        self._read_held()
        return sorted(self._defects, key=lambda defect: defect.at)

    @property
    def defect_count(self) -> int:
        """How many flaws were found, those of a code that were too many to keep included."""
        self._read_held()
        return self._flaws.total()

    @property
    def line_ends(self) -> Counter[str]:
        """Line ends of the record by kind, a CR that is the last byte so far included."""
        return self.record.line_ends + Counter(cr=int(self._cr_at is not None))

    @property
    def unfinished(self) -> Unfinished | None:
        """The block that is open; None between blocks."""
        self._read_held()
        block = self._block
        if block is None:
            return None
        return block.unfinished(line=self._line, end=self._at)

    def start_record(self, *, at_ms: float) -> None:
        """Begin a new record: what was read stays read, and an open block goes on."""
        self._read_held()
        self._record = StreamRecord(opened_at_ms=at_ms, limits=self.limits)
        self._now_ms = None

    def feed(self, data: bytes, *, at_ms: float) -> None:
        """Take the next bytes; those with the same time arrived together."""
        if not data:
            return
        assert self.ended is None or not self.ended.is_by_peer
        self.ended = self.ended_at_ms = None
        record = self._record
        if at_ms != self._now_ms:
            self._now_ms = at_ms
            self._arrivals += 1
            record.note_arrival(at_ms)
        record.size += len(data)
        if len(record.start) < MAX_START_BYTES:
            record.note_start(data)
        if self._start is not None:
            data = self._without_bom(self._start + data)
        is_one = data.endswith(b"\n\n") and self._first_line_end == "lf" and self._take_one(data)
        if not is_one:
            self._take(data)

    def end(self, how: StreamEnded, *, at_ms: float) -> None:
        """Take why reading stopped. Where that was our doing, more may be fed later.

        A block that is open when the peer closes the stream is a defect. A reset may have lost
        bytes that were sent, and what we cut short is no flaw of the peer's.
        """
        self.ended, self.ended_at_ms = how, at_ms
        if not how.is_by_peer:
            return
        self._read_held()
        if self._start:
            start, self._start = self._start, None
            self._take_lines(start, 0)
        if self._cr_at is not None:
            self._settle_cr(b"")
        if how is StreamEnded.CLOSED:
            self._note_unfinished()

    def _take(self, data: bytes) -> None:
        """Take bytes in the fastest way that there is for each of them."""
        at = 0
        if self._cr_at is not None:
            at = self._settle_cr(data)
        if is_tried := bool(self._held):
            at = self._take_behind_held(data)
        if self._block is not None:
            at = self._take_lines(data, at, one_block=True)
            is_tried = False
        if self._block is None and at < len(data):
            at = self._take_blocks(data, at, is_tried=is_tried)
        if at < len(data):
            self._take_lines(data, at)

    def _take_one(self, data: bytes) -> bool:
        """Take a piece if it is one plain block, as most are of a stream that brings tokens."""
        if self._block is not None or self._held or self._cr_at is not None:
            return False
        found = ONE_BLOCK.fullmatch(data)
        if found is None or len(data) > self._largest_bytes:
            return False
        at_ms = self._now_ms
        assert at_ms is not None  # something was fed
        own_id, own_type, value = found.groups()
        lines, ids, types = 1, 0, 0
        text = value.decode()
        if "\n" in text:
            lines += text.count("\n")
            text = text.replace("\ndata: ", "\n")
        event_type: str = DEFAULT_TYPE
        wire_id: str | Absent = ABSENT
        if own_id is not None:
            self._id_buffer = wire_id = own_id.decode()
            lines, ids = lines + 1, 1
        if own_type is not None:
            event_type = own_type.decode() or DEFAULT_TYPE
            lines, types = lines + 1, 1
        last_id = self.last_event_id = self._id_buffer
        size = len(data) - 1
        came = (at_ms, at_ms, self._at, size, lines, 1, False)
        event = _new(Event, (event_type, text, last_id, wire_id, *came))
        self._at += size + 1
        kept_bytes = size + len(last_id)
        self._record.note_one(event, kept_bytes=kept_bytes, ids=ids, types=types)
        return True

    def _take_blocks(self, data: bytes, at: int, *, is_tried: bool) -> int:
        """Take whole blocks from `at` on while none needs care, and perhaps hold the rest back.

        Returns where those end that were taken, the whole when the rest is held. `is_tried` says
        that no more can be taken one by one.
        """
        if not is_tried and len(data) - at <= SMALL_BYTES:
            at = self._take_small(data, at, len(data))
            if at == len(data):
                return at
        at = self._take_run(data, at)
        rest = data[at:]
        if (
            not rest.startswith(_HELD_BEGINNINGS)
            or self._cr_at is not None
            or len(rest) > MAX_HELD_BYTES
            or b"\n\n" in rest
            or (b"\r" in rest and _BLOCK_END.search(rest))
        ):
            return at
        assert self._now_ms is not None  # something was fed
        self._held.append(_Held(rest, self._now_ms, self._arrivals))
        return len(data)

    def _take_behind_held(self, data: bytes) -> int:
        """Take the block that is held together with the next bytes; return where it ends in them.

        Of a small piece those behind it are taken too. If it stays open, it is held with the bytes,
        or it is the open block from now on.
        """
        held = b"".join([piece.data for piece in self._held])
        joined = held + data
        is_small = len(joined) <= SMALL_BYTES
        end = None if is_small else _BLOCK_END.search(joined, max(0, len(held) - 2))
        if is_small or end is not None:
            # Of CR LF CR LF three were seen.
            stop = len(joined) if end is None else min(end.end() + 1, len(joined))
            if taken := self._take_small(joined, 0, stop, self._held[0]):
                self._held.clear()
                return taken - len(held)
        if is_small:
            end = _BLOCK_END.search(joined, max(0, len(held) - 2))
        if end is None and len(self._held) < MAX_HELD_PIECES and len(joined) <= MAX_HELD_BYTES:
            assert self._now_ms is not None  # something was fed
            self._held.append(_Held(data, self._now_ms, self._arrivals))
            return len(data)
        self._read_held()
        return self._settle_cr(data) if self._cr_at is not None else 0

    def _read_held(self) -> None:
        """Read what is held line by line, as of when it came."""
        if not self._held:
            return
        held, self._held = self._held, []
        now = self._now_ms, self._arrivals
        for data, self._now_ms, self._arrivals in held:
            at = self._settle_cr(data) if self._cr_at is not None else 0
            self._take_lines(data, at)
        self._now_ms, self._arrivals = now

    def _take_small(self, data: bytes, at: int, stop: int, held: _Held | None = None) -> int:
        """Take blocks from `at` on, but not behind `stop`; return where they end.

        `held` is where the first one began, if that was in an earlier piece.
        """
        kind = self._first_line_end or "lf"
        if kind == "cr":
            return at
        at_ms = self._now_ms
        assert at_ms is not None  # something was fed
        arrivals = 1 if held is None else self._arrivals - held.arrivals + 1
        begun = self._at
        plain = read_blocks(
            data,
            at,
            stop,
            kind=kind,
            last_event_id=self._id_buffer,
            times_ms=(at_ms if held is None else held.at_ms, at_ms),
            arrivals=arrivals,
            place=begun,
            largest_bytes=self._largest_bytes,
        )
        if not plain.events:
            return at
        self._first_line_end = kind
        self._note_plain(plain, kind)
        return at + plain.end - begun

    def _take_run(self, data: bytes, at: int) -> int:
        """Take whole blocks from `at` on, if none needs care; return where they end, or `at`."""
        run = find_run(data, at)
        if run is None:
            return at
        kind = LINE_END_KINDS[run.line_end]
        if kind != self._first_line_end:
            # Noted at once, so that the defect of another kind has its place.
            self._note_line_end(kind, at=self._at + run.first_end, times=0)
        *blocks, rest = run.text.split("\n\n")
        left = iter(blocks)
        while (odd := self._take_plain(left, run, kind)) is not None:
            self._take_lines(run.wire(f"{odd}\n\n"), 0)
        if rest:  # the last of three line ends
            self._take_lines(run.wire(rest), 0)
        return at + run.size

    def _take_plain(self, blocks: Iterator[str], run: Run, kind: str) -> str | None:
        """Take the plain blocks that come next; return the one behind them, if there is one."""
        at_ms = self._now_ms
        assert at_ms is not None  # something was fed
        plain = read_plain(
            blocks,
            run,
            at=self._at,
            last_event_id=self._id_buffer,
            at_ms=at_ms,
            largest_bytes=self._largest_bytes,
        )
        if plain.events:
            self._note_plain(plain, kind)
        return plain.odd

    def _note_plain(self, plain: PlainEvents, kind: str) -> None:
        events, end, kept_bytes, lines, ids, types, _ = plain
        self._at = end
        self._id_buffer = self.last_event_id = events[-1].last_event_id
        self._record.note_plain(
            events, kept_bytes=kept_bytes, kind=kind, lines=lines, ids=ids, types=types
        )
