"""An event stream read as it arrives, as a conforming client reads it (HTML section 9.2.6).

Takes pieces of any size: where the bytes are cut changes nothing but times. It knows nothing of
HTTP; who feeds it takes content codings off and says how the stream ended. What is odd, or of no
use to a client, is a defect with its place; nothing is repaired.

Whole blocks in which nothing needs care go the fast way of `event_plain`, all others line by line.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from conformance.observe.defect import Defect
from conformance.observe.event_block import LONGEST_CHARACTER_BYTES, Block, as_text
from conformance.observe.event_flaws import (
    BOM,
    control_flaw,
    flaw,
    id_flaw,
    name_flaw,
    needs_care,
    read_retry,
    shown,
    text_flaws,
)
from conformance.observe.event_plain import Run, find_run, read_plain
from conformance.observe.event_record import (
    MAX_COMMENT_CHARACTERS,
    MAX_NAME_CHARACTERS,
    MAX_SHOWN_CHARACTERS,
    Comment,
    Silent,
    SilentBlock,
    StreamEnded,
    StreamLimits,
    StreamRecord,
    Unfinished,
)

MAX_FLAWS_OF_A_CODE: Final = 50
_LINE_END: Final = re.compile(rb"\r\n?|\n")
_KINDS: Final = {b"\n": "lf", b"\r": "cr", b"\r\n": "crlf"}


class EventStreamReader:
    """Reads one stream, from its first byte on.

    `record` is what came so far, or since `start_record`. `last_event_id` is what a client would
    send when it reconnects, `reconnection_ms` how long it would wait, None while nothing set it.

    Args:
        opened_at_ms: when the head of the response was in, since the request was sent.
        limits: how much is held.
    """

    def __init__(self, *, opened_at_ms: float = 0.0, limits: StreamLimits | None = None) -> None:
        self.limits = limits or StreamLimits()
        self.record = StreamRecord(opened_at_ms=opened_at_ms, limits=self.limits)
        self.last_event_id = ""
        self.reconnection_ms: int | None = None
        self.has_bom = False
        self.ended: StreamEnded | None = None
        self.ended_at_ms: float | None = None
        self._defects: list[Defect] = []
        self._flaws: Counter[str] = Counter()
        self._now_ms: float | None = None
        self._arrivals = 0
        self._at = 0  # offset of the next byte
        self._start: bytes | None = b""  # the first bytes, while they may be a byte order mark
        self._line = bytearray()  # the line whose end has not come
        self._line_at = 0
        self._line_is_cut = False
        self._cr_at: int | None = None  # a CR that LF may still follow
        self._first_line_end = ""  # its kind
        self._ends_are_mixed = False
        self._block: Block | None = None
        self._id_buffer = ""  # what `last_event_id` becomes with the next blank line

    @property
    def defects(self) -> list[Defect]:
        """All flaws of the stream so far by their places, of one code the first ones."""
        return sorted(self._defects, key=lambda defect: defect.at)

    @property
    def defect_count(self) -> int:
        """How many flaws were found, those of a code that were too many to keep included."""
        return self._flaws.total()

    @property
    def line_ends(self) -> Counter[str]:
        """Line ends of the record by kind, a CR that is the last byte so far included."""
        return self.record.line_ends + Counter(cr=int(self._cr_at is not None))

    @property
    def unfinished(self) -> Unfinished | None:
        """The block that is open; None between blocks."""
        block = self._block
        if block is None:
            return None
        return block.unfinished(line=self._line, end=self._at)

    def start_record(self, *, at_ms: float) -> None:
        """Begin a new record: what was read stays read, and an open block goes on."""
        self.record = StreamRecord(opened_at_ms=at_ms, limits=self.limits)
        self._now_ms = None

    def feed(self, data: bytes, *, at_ms: float) -> None:
        """Take the next bytes; those with the same time arrived together."""
        if not data:
            return
        assert self.ended is None or not self.ended.is_by_peer
        self.ended = self.ended_at_ms = None
        if at_ms != self._now_ms:
            self._now_ms = at_ms
            self._arrivals += 1
            self.record.note_arrival(at_ms)
        self.record.note_bytes(data)
        if self._start is not None:
            data = self._without_bom(self._start + data)
        at = 0
        if self._cr_at is not None:
            at = self._settle_cr(data)
        if self._block is not None:
            at = self._take_lines(data, at, one_block=True)
        if self._block is None:
            at = self._take_run(data, at)
        if at < len(data):
            self._take_lines(data, at)

    def end(self, how: StreamEnded, *, at_ms: float) -> None:
        """Take why reading stopped. Where that was our doing, more may be fed later.

        A block that is open when the peer closes the stream is a defect. A reset may have lost
        bytes that were sent, and what we cut short is no flaw of the peer's.
        """
        self.ended, self.ended_at_ms = how, at_ms
        if not how.is_by_peer:
            return
        if self._start:
            start, self._start = self._start, None
            self._take_lines(start, 0)
        if self._cr_at is not None:
            self._settle_cr(b"")
        if how is StreamEnded.CLOSED:
            self._note_unfinished()

    def _note(self, defect: Defect | None) -> None:
        if defect is None:
            return
        self._flaws[defect.code] += 1
        if self._flaws[defect.code] <= MAX_FLAWS_OF_A_CODE:
            self._defects.append(defect)

    def _without_bom(self, data: bytes) -> bytes:
        """Return the first bytes without a byte order mark, or none while they may become one."""
        if len(data) < len(BOM) and BOM.startswith(data):
            self._start = data
            return b""
        self._start = None
        if not data.startswith(BOM):
            return data
        self.has_bom = True
        self._at = len(BOM)
        return data[len(BOM) :]

    def _settle_cr(self, data: bytes) -> int:
        """Tell what the CR was that ended the last piece; return how many bytes belong to it."""
        assert self._cr_at is not None
        at, self._cr_at = self._cr_at, None
        has_lf = data.startswith(b"\n")
        self._at += has_lf
        self._note_line_end("crlf" if has_lf else "cr", at=at)
        return int(has_lf)

    def _note_line_end(self, kind: str, *, at: int, times: int = 1) -> None:
        self.record.line_ends[kind] += times
        if not self._first_line_end:
            self._first_line_end = kind
        elif kind != self._first_line_end and not self._ends_are_mixed:
            self._ends_are_mixed = True
            wanted = f"{self._first_line_end} as before"
            self._note(
                flaw("mixed-line-ends", at, f"expected lines to end in {wanted}, saw {kind}")
            )

    def _note_unfinished(self) -> None:
        if self._line:
            for defect in text_flaws(bytes(self._line), at=self._line_at, is_cut=self._line_is_cut):
                self._note(defect)
            seen = f"saw the end of the stream behind {shown(bytes(self._line))}"
            self._note(flaw("unfinished-line", self._line_at, f"expected a line end, {seen}"))
        if self._block is not None:
            lost = "an event is lost" if self._block.data else "no data is lost"
            seen = f"saw the end of the stream: {lost}"
            self._note(
                flaw("unfinished-block", self._block.offset, f"expected a blank line, {seen}")
            )

    def _take_run(self, data: bytes, at: int) -> int:
        """Take whole blocks from `at` on, if none needs care; return where they end, or `at`."""
        run = find_run(data, at)
        if run is None:
            return at
        kind = _KINDS[run.line_end]
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
        record, limits, at_ms = self.record, self.limits, self._now_ms
        assert at_ms is not None  # something was fed
        plain = read_plain(
            blocks,
            run,
            at=self._at,
            last_event_id=self._id_buffer,
            at_ms=at_ms,
            largest_bytes=min(limits.max_line_bytes, limits.max_data_bytes),
        )
        count = len(plain.events)
        if count:
            self._at = plain.end
            self._id_buffer = self.last_event_id = plain.events[-1].last_event_id
            record.keep_all(plain.events, kept_bytes=plain.kept_bytes)
            record.note_events(count, at_ms=at_ms, arrivals=1)
            record.lines += plain.line_count + count
            record.line_ends[kind] += plain.line_count + count
            record.note_client_fields(
                data=plain.line_count - plain.id_count - plain.type_count,
                event=plain.type_count,
                id=plain.id_count,
            )
        return plain.odd

    def _take_lines(self, data: bytes, at: int, *, one_block: bool = False) -> int:
        """Take lines from `at` on, with `one_block` to a blank one; return where they end."""
        while found := _LINE_END.search(data, at):
            start, end = found.span()
            self._hold(data, at, start)
            line, self._line = bytes(self._line), bytearray()
            self._take_line(line)
            self._line_is_cut = False
            self._at += end - start
            kind = _KINDS[found.group()]
            if kind == "cr" and end == len(data):
                self._cr_at = self._at - 1
            else:
                self._note_line_end(kind, at=self._at - (end - start))
            at = end
            if one_block and self._block is None:
                return at
        if at < len(data):
            self._hold(data, at, len(data))
        return len(data)

    def _hold(self, data: bytes, start: int, end: int) -> None:
        """Take bytes of a line, as many as a line may have."""
        if not self._line:
            self._line_at = self._at
            if self._block is None:
                self._block = Block(
                    offset=self._at,
                    first_byte_at_ms=self._now_ms or 0.0,
                    first_arrival=self._arrivals,
                )
        self._at += end - start
        room = self.limits.max_line_bytes - len(self._line)
        if end - start > room and not self._line_is_cut:
            self._line_is_cut = True
            detail = f"expected a line of {self.limits.max_line_bytes} bytes at most, saw more"
            self._note(flaw("huge-line", self._line_at, detail))
        self._line += data[start : min(end, start + room)]

    def _take_line(self, line: bytes) -> None:
        """Take one line, its end taken off."""
        block, record = self._block, self.record
        assert block is not None  # opened with the line's first byte, or with its end
        record.lines += 1
        if not line:
            self._block = None
            self._dispatch(block)
            return
        block.lines += 1
        block.is_cut |= self._line_is_cut
        needs_look = needs_care(line)
        if needs_look:
            for defect in text_flaws(line, at=self._line_at, is_cut=self._line_is_cut):
                self._note(defect)
        name, colon, value = line.partition(b":")
        if not name:
            self._take_comment(block, value)
            return
        record.colonless_lines += not colon
        record.note_field(as_text(name[:MAX_NAME_CHARACTERS]))
        value_at = self._line_at + len(name) + len(colon)
        if value.startswith(b" "):
            value, value_at = value[1:], value_at + 1
        if self._take_field(block, name, value, at=value_at):
            if needs_look:
                self._note(control_flaw(value, at=value_at))
        elif name not in (b"id", b"retry"):
            block.saw.add(Silent.UNKNOWN)
            self._note(name_flaw(name, at=self._line_at, has_colon=bool(colon)))

    def _take_comment(self, block: Block, value: bytes) -> None:
        block.saw.add(Silent.COMMENT)
        text = as_text(value[: MAX_COMMENT_CHARACTERS * LONGEST_CHARACTER_BYTES])[
            :MAX_COMMENT_CHARACTERS
        ]
        at_ms = self._now_ms or 0.0
        self.record.note_comment(Comment(text=text, at_ms=at_ms, offset=self._line_at))

    def _take_field(self, block: Block, name: bytes, value: bytes, *, at: int) -> bool:
        """Take one field; tell whether a client makes use of it. `at` is the value's place."""
        if name == b"data":
            if block.append(value, max_bytes=self.limits.max_data_bytes):
                most = f"{self.limits.max_data_bytes} bytes at most"
                detail = f"expected an event of {most}, saw more"
                self._note(flaw("huge-event", self._line_at, detail))
        elif name == b"event":
            block.saw.add(Silent.EVENT)
            block.type = as_text(value)
        elif name == b"id":
            block.saw.add(Silent.ID)
            if (defect := id_flaw(value, at=at)) is not None:
                self._note(defect)
                return False
            self._id_buffer = block.wire_id = as_text(value)
        elif name == b"retry":
            block.saw.add(Silent.RETRY)
            return self._take_retry(value, at=at)
        else:
            return False
        return True

    def _take_retry(self, value: bytes, *, at: int) -> bool:
        if self._line_is_cut:
            return False  # what is left of its digits is another number
        read = read_retry(value, at=at)
        if isinstance(read, Defect):
            self._note(read)
            self.record.note_bad_retry(as_text(value[:MAX_SHOWN_CHARACTERS]))
            return False
        self.reconnection_ms = read
        self.record.note_retry(read)
        return True

    def _dispatch(self, block: Block) -> None:
        """Take a blank line: dispatch the event, or nothing where there is no data."""
        self.last_event_id = self._id_buffer
        at_ms = self._now_ms or 0.0
        arrivals = self._arrivals - block.first_arrival + 1
        came = block.dispatched(
            last_event_id=self.last_event_id, end=self._line_at, at_ms=at_ms, arrivals=arrivals
        )
        if isinstance(came, SilentBlock):
            self.record.note_silent(came)
        else:
            self.record.note_events(1, at_ms=at_ms, arrivals=arrivals)
            self.record.keep(came)
