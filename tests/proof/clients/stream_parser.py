"""An event stream parser that is right, and wrong in the ways that it is told to.

Written from HTML 9.2.6 and the encoding standard, and from nothing of ours: it shares no code with
the observers of the suite, since it is what the suite is tried on.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

BOM = "\ufeff"
_LINE_END = re.compile(r"\r\n?|\n")
_UNICODE_LINE_END = re.compile("\r\n?|\n|[\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_LEADING_DIGITS = re.compile(r"[0-9]+")


class StreamError(Exception):
    """The parser gives up: only faulty ones do."""


@dataclass(frozen=True)
class Event:
    type: str
    data: str
    id: str


class StreamParser:
    """Turns the bytes of one connection into events.

    `id` and `retry_ms` are what the client has to keep over connections; `set_retry` is called as
    soon as a valid retry line has come.
    """

    def __init__(
        self,
        faults: AbstractSet[str],
        *,
        last_event_id: str = "",
        charset: str = "utf-8",
        set_retry: Callable[[int], None],
    ) -> None:
        self.faults = faults
        self.last_event_id = last_event_id
        self.id_buffer = last_event_id
        self.data: list[str] = []
        self.event_type = ""
        self._set_retry = set_retry
        self._pending_retry: int | None = None
        self._decoder = codecs.getincrementaldecoder(self._encoding(charset))(
            "strict" if "decodes-strictly" in faults else "replace"
        )
        self._text = ""
        self._after_cr = False
        self._at_start = True
        self._chunks = 0
        self._line_end = ""
        self._only_comments = True
        self._has_id = False
        self._has_type = False
        self._late_id = ""
        self._kind = "\n"

    def _encoding(self, charset: str) -> str:
        if "decodes-as-latin-1" in self.faults:
            return "latin-1"
        if "obeys-the-charset" in self.faults:
            try:
                return codecs.lookup(charset).name
            except LookupError:
                return "utf-8"
        return "utf-8"

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Take bytes as they come; yield the events that they complete."""
        self._chunks += 1
        text = self._decode(piece)
        if "finds-blank-lines-within-a-piece" in self.faults:
            yield from self._blocks_of(text)
            return
        if "holds-back-a-last-cr" in self.faults and (self._text + text).endswith("\r"):
            self._text += text
            if len(self._text) == 1:
                return
            text, self._text = self._text[:-1], ""
            yield from self._lines(text)
            self._text += "\r"
            return
        yield from self._lines(text)

    def end(self) -> Iterator[Event]:
        """Take the end of the stream."""
        if "dispatches-at-the-end" in self.faults:
            if self._text:
                yield from self._line(self._text)
            if self.data:
                yield from self._dispatch()

    def _decode(self, piece: bytes) -> str:
        if "decodes-each-piece-apart" in self.faults:
            text = piece.decode("utf-8", "replace")
        elif "decodes-each-piece-strictly" in self.faults:
            text = piece.decode("utf-8")
        else:
            text = self._decoder.decode(piece)
        if "strips-every-byte-order-mark" in self.faults:
            return text.replace(BOM, "")
        if self._at_start and text:
            self._at_start = False
            return self._without_mark(text)
        return text

    def _without_mark(self, text: str) -> str:
        if "keeps-the-byte-order-mark" in self.faults:
            return text
        if "strips-a-mark-of-the-first-piece-only" in self.faults and self._chunks > 1:
            return text
        if "strips-two-byte-order-marks" in self.faults:
            return text.removeprefix(BOM).removeprefix(BOM)
        return text.removeprefix(BOM)

    def _blocks_of(self, text: str) -> Iterator[Event]:
        """The fault of looking for LF LF within one piece."""
        *blocks, rest = text.split("\n\n")
        for block in blocks:
            for line in _LINE_END.split(self._text + block):
                yield from self._line(line)
            self._text = ""
            yield from self._dispatch()
        self._text += rest

    def _lines(self, text: str) -> Iterator[Event]:
        if self._after_cr and text:
            self._after_cr = False
            if "crlf-in-pieces-is-two-line-ends" not in self.faults:
                text = text.removeprefix("\n")
        if "swallows-an-lf-behind-crlf" in self.faults and self._chunks > 1 and self._line_end:
            text = text.removeprefix("\n")
        self._text += text
        lines = self._cut()
        self._line_end = "\r\n" if text.endswith("\r\n") else ""
        for line in lines:
            yield from self._line(line)

    def _cut(self) -> list[str]:
        """Take the whole lines off the text."""
        if "knows-lf-only" in self.faults:
            *lines, self._text = self._text.split("\n")
            return lines
        if "does-not-know-cr" in self.faults:
            *lines, self._text = re.split(r"\r?\n", self._text)
            return lines
        if "assumes-one-line-end" in self.faults:
            return self._cut_at_first_kind()
        pattern = _UNICODE_LINE_END if "splits-at-unicode-line-ends" in self.faults else _LINE_END
        self._after_cr = self._text.endswith("\r")
        *lines, self._text = pattern.split(self._text)
        return lines

    def _cut_at_first_kind(self) -> list[str]:
        if not self._line_end and (match := _LINE_END.search(self._text)):
            self._kind = match[0]
        *lines, self._text = self._text.split(self._kind)
        return lines

    def _line(self, line: str) -> Iterator[Event]:
        if not line:
            yield from self._dispatch()
        elif line.startswith(":"):
            yield from self._comment(line)
        else:
            self._only_comments = False
            self._field(line)

    def _comment(self, line: str) -> Iterator[Event]:
        if "dies-of-comments" in self.faults:
            raise StreamError("what is a comment?")
        if "comments-are-messages" in self.faults:
            yield Event("message", line, self.last_event_id)
        if "comments-end-blocks" in self.faults and self.data:
            yield from self._dispatch()
        if "comments-are-data" in self.faults:
            self._field(line[1:])
        if "bounds-comments" in self.faults and len(line) > 64 * 1024:
            raise StreamError("too long")

    def _field(self, line: str) -> None:
        if "splits-at-the-last-colon" in self.faults:
            name, colon, value = line.rpartition(":")
            name = name if colon else line
            value = value if colon else ""
        else:
            name, colon, value = line.partition(":")
        if not colon and "ignores-lines-without-colon" in self.faults:
            return
        value = self._value(value)
        if "lower-cases-names" in self.faults:
            name = name.lower()
        if "trims-names" in self.faults:
            name = name.strip()
        self._take(name, value)

    def _value(self, value: str) -> str:
        if "trims-values" in self.faults:
            return value.strip(" \t")
        if "eats-all-spaces" in self.faults:
            return value.lstrip(" ")
        if "eats-two-spaces" in self.faults:
            return value.removeprefix(" ").removeprefix(" ")
        if "eats-a-tab" in self.faults and value.startswith("\t"):
            return value[1:]
        if "trims-the-end" in self.faults:
            return value.removeprefix(" ").rstrip(" \t")
        if "removes-the-first-space-anywhere" in self.faults:
            return value.replace(" ", "", 1)
        if "keeps-the-space" in self.faults:
            return value
        return value.removeprefix(" ")

    def _take(self, name: str, value: str) -> None:
        match name:
            case "data":
                if "drops-control-characters" in self.faults:
                    value = _CONTROL.sub("", value)
                if "bounds-data" not in self.faults or len(value) < 64 * 1024:
                    self.data.append(value)
            case "event":
                skips = "skips-an-empty-event-field" in self.faults and not value
                first = "first-type-wins" in self.faults and self.event_type
                if not skips and not first:
                    self.event_type = value
                self._has_type = True
            case "id":
                self._take_id(value)
            case "retry":
                self._take_retry(value)
            case _:
                if "unknown-fields-are-data" in self.faults:
                    self.data.append(value)

    def _take_id(self, value: str) -> None:
        if "\0" in value:
            if "an-id-with-nul-resets" in self.faults:
                self.id_buffer = ""
            if "stores-ids-with-nul" in self.faults:
                self.id_buffer = value
            return
        if "ignores-an-empty-id" in self.faults and not value:
            return
        if "parses-ids-as-integers" in self.faults:
            try:
                value = str(int(value))
            except ValueError as error:
                raise StreamError("an id that is no number") from error
        if "trims-ids" in self.faults:
            value = value.replace(" ", "")
        self.id_buffer = value
        self._has_id = True
        if "takes-an-id-at-once" in self.faults:
            self.last_event_id = value

    def _take_retry(self, value: str) -> None:
        if "ignores-retry" in self.faults:
            return
        milliseconds = self._read_retry(value)
        if milliseconds is None:
            return
        if "takes-retry-at-dispatch" in self.faults:
            self._pending_retry = milliseconds
        else:
            self._set_retry(milliseconds)

    def _read_retry(self, value: str) -> int | None:
        if "retry-by-leading-digits" in self.faults:
            match = _LEADING_DIGITS.match(value)
            return int(match[0]) if match else None
        if "retry-by-int" in self.faults:
            try:
                return max(0, int(value))
            except ValueError:
                return None
        if "empty-retry-is-zero" in self.faults and not value:
            return 0
        if "empty-retry-breaks" in self.faults and not value:
            raise StreamError("an empty retry")
        if not (value.isascii() and value.isdigit()):
            return None
        if "retry-may-be-octal" in self.faults and value.startswith("0"):
            return int(value, 8)
        if "ignores-retry-of-zero" in self.faults and int(value) == 0:
            return None
        return int(value)

    def _dispatch(self) -> Iterator[Event]:
        only_comments, self._only_comments = self._only_comments, True
        if self._pending_retry is not None:
            self._set_retry(self._pending_retry)
            self._pending_retry = None
        if self.data or "an-id-needs-data" not in self.faults:
            self.last_event_id = self.id_buffer
        if not self.data:
            self._has_type = False
            if "keeps-the-type-of-an-empty-block" not in self.faults:
                self.event_type, kept = "", self.event_type
            else:
                kept = self.event_type
            if "dispatches-empty-blocks" in self.faults and not only_comments:
                yield Event(kept or "message", "", self.last_event_id)
            if "dispatches-blocks-of-comments" in self.faults and only_comments:
                yield Event("message", "", self.last_event_id)
            return
        yield from self._event()

    def _event(self) -> Iterator[Event]:
        data = self._joined()
        event = Event(self._type(), data, self._reported_id())
        self.data.clear()
        if "keeps-the-type" not in self.faults:
            self.event_type = ""
        self._has_id = self._has_type = False
        if "events-without-id-forget" in self.faults:
            self.id_buffer = ""
        if "drops-empty-events" in self.faults and not data:
            return
        yield event
        if "repeats-events" in self.faults and data == "500":
            yield event

    def _reported_id(self) -> str:
        if "ids-are-of-their-block" in self.faults and not self._has_id:
            return ""
        if "ids-come-one-event-late" in self.faults:
            self._late_id, late = self.last_event_id, self._late_id
            return late
        if "ids-start-at-zero" in self.faults:
            return self.last_event_id or "0"
        return self.last_event_id

    def _type(self) -> str:
        if "every-event-is-a-message" in self.faults:
            return "message"
        if "an-empty-type-is-a-type" in self.faults and self._has_type and not self.event_type:
            return "empty"
        if "untyped-events-are-called-event" in self.faults:
            return self.event_type or "event"
        return self.event_type or "message"

    def _joined(self) -> str:
        if "joins-without-lf" in self.faults:
            return "".join(self.data)
        if "takes-all-last-lfs-off" in self.faults:
            return "\n".join(self.data).rstrip("\n")
        if "drops-empty-data-lines" in self.faults:
            return "\n".join(line for line in self.data if line)
        return "\n".join(self.data)
