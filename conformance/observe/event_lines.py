"""An event stream line by line, as a conforming client reads it (HTML section 9.2.6).

Knows the lines, the block that is open, and what of them is odd, with its place. Refuses to know
pieces: who cuts the stream, and which blocks need not come here.
"""

import re
from collections import Counter
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
)

MAX_FLAWS_OF_A_CODE: Final = 50
_LINE_END: Final = re.compile(rb"\r\n?|\n")
LINE_END_KINDS: Final = {b"\n": "lf", b"\r": "cr", b"\r\n": "crlf"}


class EventLines:
    """The state of a stream that was read up to some byte, and the way of any line through it.

    Args:
        opened_at_ms: when the head of the response was in, since the request was sent.
        limits: how much is held.
    """

    def __init__(self, *, opened_at_ms: float, limits: StreamLimits) -> None:
        self.limits = limits
        self.last_event_id = ""
        self.has_bom = False
        self.ended: StreamEnded | None = None
        self.ended_at_ms: float | None = None
        self._record = StreamRecord(opened_at_ms=opened_at_ms, limits=self.limits)
        self._reconnection_ms: int | None = None
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
        self._record.line_ends[kind] += times
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

    def _take_lines(self, data: bytes, at: int, *, one_block: bool = False) -> int:
        """Take lines from `at` on, with `one_block` to a blank one; return where they end."""
        while found := _LINE_END.search(data, at):
            start, end = found.span()
            self._hold(data, at, start)
            line, self._line = bytes(self._line), bytearray()
            self._take_line(line)
            self._line_is_cut = False
            self._at += end - start
            kind = LINE_END_KINDS[found.group()]
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
        block, record = self._block, self._record
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
        self._record.note_comment(Comment(text=text, at_ms=at_ms, offset=self._line_at))

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
            self._record.note_bad_retry(as_text(value[:MAX_SHOWN_CHARACTERS]))
            return False
        self._reconnection_ms = read
        self._record.note_retry(read)
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
            self._record.note_silent(came)
        else:
            self._record.note_events(1, at_ms=at_ms, arrivals=arrivals)
            self._record.keep(came)
