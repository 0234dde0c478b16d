"""What an event stream brought: its events, and all that came beside them, within bounds.

Values and counts only; who fills them in is `event_stream`. Instants are milliseconds since the
request was sent, offsets count bytes from the start of the body, content codings taken off.
"""

import heapq
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from conformance.words.json_value import Absent

DEFAULT_TYPE: Final = "message"  # of events that name no other (HTML section 9.2.6)
CLIENT_FIELDS: Final = ("data", "event", "id", "retry")
MAX_KEPT_COMMENTS: Final = 1_000  # a comment every 15 s for four hours
MAX_KEPT_SILENT_BLOCKS: Final = 1_000
MAX_KEPT_GAPS: Final = 100
MAX_KEPT_RETRIES: Final = 100
MAX_FIELD_NAMES: Final = 50  # a body that is no event stream has a new name on each line
MAX_NAME_CHARACTERS: Final = 80
MAX_COMMENT_CHARACTERS: Final = 1_000
MAX_SHOWN_CHARACTERS: Final = 1_000  # of a line without an end, or a value that is none
MAX_START_BYTES: Final = 16 * 1024  # the first bytes as they came: 4,096 characters of any size


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """How much of one stream is held; what goes beyond is counted, and marked where it is cut.

    `max_line_bytes` and `max_data_bytes` (of one event) are far above what peers send;
    `max_events` and `max_kept_bytes` bound what one record holds of whole events.
    """

    max_line_bytes: int = 4 * 1024 * 1024
    max_data_bytes: int = 8 * 1024 * 1024
    max_events: int = 10_000
    max_kept_bytes: int = 32 * 1024 * 1024


class StreamEnded(StrEnum):
    """Why reading stopped."""

    CLOSED = "closed"  # the peer ended the body, or closed the connection
    RESET = "reset"
    DEADLINE = "deadline"  # from here on we stopped: the stream was still open
    COUNT = "count"  # so many events as were wanted had come
    CONDITION = "condition"  # what was waited for had come
    LIMIT = "limit"  # more came than we take

    @property
    def is_by_peer(self) -> bool:
        """Whether no more can come."""
        return self in (StreamEnded.CLOSED, StreamEnded.RESET)


class Silent(StrEnum):
    """Why a block dispatched no event: the most telling of the lines it had, none of them data."""

    EVENT = "event"  # it named an event, and perhaps an id
    ID = "id"
    UNKNOWN = "unknown"  # only names that no client knows
    RETRY = "retry"
    COMMENT = "comment"
    BLANK = "blank"  # a blank line behind a blank line


class Event(NamedTuple):
    """One event as a conforming client dispatches it (HTML section 9.2.6).

    `wire_id` is the id field of its own block, absent if that had none that counts. `size` is the
    bytes of its lines with their ends, the blank line left out; `lines` their number. `arrivals`
    says in how many pieces it came. `is_cut` says that it was too large and lacks what did not fit.
    """

    # A tuple, since a frozen dataclass of so many fields takes 1.5 µs to make, which is more than
    # another reader takes for the whole event.
    type: str
    data: str
    last_event_id: str
    wire_id: str | Absent
    at_ms: float
    first_byte_at_ms: float
    offset: int
    size: int
    lines: int
    arrivals: int
    is_cut: bool

    @property
    def kept_bytes(self) -> int:
        """What keeping it takes: its lines, and the id, though an earlier event may have set it."""
        # A stream that sets an id of 1 MiB once would fill a report with it otherwise.
        return self.size + len(self.last_event_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment line: what follows its colon, at most `MAX_COMMENT_CHARACTERS` of it."""

    text: str
    at_ms: float
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentBlock:
    """A block that ended and dispatched nothing; `lines` does not count the blank line.

    Of its id `MAX_SHOWN_CHARACTERS` are kept, or a thousand such blocks could hold gigabytes.
    """

    why: Silent
    at_ms: float
    offset: int
    lines: int
    wire_id: str | Absent


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """The block that was open when reading stopped; no client dispatches it.

    `lines` counts those that ended. `data` is absent when no data field ended, `line` when the
    last byte ended a line; of the latter `MAX_SHOWN_CHARACTERS` are kept.
    """

    offset: int
    size: int
    lines: int
    type: str
    wire_id: str | Absent
    data: str | Absent
    line: str | Absent


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time without a byte: when it began, and how long it was."""

    from_ms: float
    gap_ms: float


class StreamRecord:
    """What a stretch of a stream brought, from when it was opened or a new record was begun.

    Args:
        opened_at_ms: silence is counted from here on.
        limits: how many events and bytes of events are kept, the first ones.
    """

    def __init__(self, *, opened_at_ms: float, limits: StreamLimits) -> None:
        self._gaps: list[tuple[float, float]] = []  # a heap, the shortest on top
        self._last_byte_ms = opened_at_ms
        self._counted_whole = False  # of the present arrival
        self._ended_now = 0  # events that ended in the present arrival
        self._room = limits.max_kept_bytes
        self._most = limits.max_events
        self.opened_at_ms = opened_at_ms
        self.size = 0
        self.start = bytearray()
        self.lines = 0
        self.line_ends: Counter[str] = Counter()
        self.fields: Counter[str] = Counter()
        self.colonless_lines = 0
        self.events: list[Event] = []
        self.events_dropped = 0
        self.first_event_ms: float | None = None
        self.last_event_ms: float | None = None
        self.max_event_gap_ms: float | None = None
        self.min_event_gap_ms: float | None = None
        self.comments: list[Comment] = []
        self.comments_dropped = 0
        self.silent_blocks: list[SilentBlock] = []
        self.silent_counts: Counter[Silent] = Counter()
        self.retries: list[int] = []
        self.bad_retries: list[str] = []
        self.first_byte_ms: float | None = None
        self.arrivals = 0
        self.arrivals_with_whole_event = 0
        self.most_events_in_arrival = 0
        self.split_events = 0

    @property
    def event_count(self) -> int:
        """How many events came, those that were not kept included."""
        return len(self.events) + self.events_dropped

    def gaps(self, *, until_ms: float) -> list[Gap]:
        """Return the longest times without a byte, in order: the first and the last one too."""
        tail = (max(0.0, until_ms - self._last_byte_ms), self._last_byte_ms)
        longest = heapq.nlargest(MAX_KEPT_GAPS, [*self._gaps, tail])
        return [
            Gap(from_ms=begun, gap_ms=length)
            for length, begun in sorted(longest, key=lambda one: one[1])
        ]

    def note_arrival(self, at_ms: float) -> None:
        """Take the time of bytes that came later than all before them."""
        length = at_ms - self._last_byte_ms
        if len(self._gaps) < MAX_KEPT_GAPS:
            heapq.heappush(self._gaps, (max(0.0, length), self._last_byte_ms))
            if self.first_byte_ms is None:
                self.first_byte_ms = at_ms
        elif length > self._gaps[0][0]:
            heapq.heapreplace(self._gaps, (length, self._last_byte_ms))
        self._last_byte_ms = at_ms
        self.arrivals += 1
        self._counted_whole = False
        self._ended_now = 0

    def note_start(self, data: bytes) -> None:
        """Keep bytes as they came, of many the first ones."""
        self.start += data[: MAX_START_BYTES - len(self.start)]

    def note_events(self, count: int, *, at_ms: float, arrivals: int) -> None:
        """Count events that ended now; `arrivals` is in how many pieces the first of them came."""
        last_ms = self.last_event_ms
        if last_ms is not None:
            self._note_event_gap(max(0.0, at_ms - last_ms))
        if count > 1:
            self._note_event_gap(0.0)
        if self.first_event_ms is None:
            self.first_event_ms = at_ms
        self.last_event_ms = at_ms
        self._ended_now += count
        self.most_events_in_arrival = max(self.most_events_in_arrival, self._ended_now)
        if arrivals > 1:
            self.split_events += 1
            count -= 1
        if count and not self._counted_whole:
            self._counted_whole = True
            self.arrivals_with_whole_event += 1

    def _note_event_gap(self, gap_ms: float) -> None:
        longest, shortest = self.max_event_gap_ms, self.min_event_gap_ms
        if longest is None or gap_ms > longest:
            self.max_event_gap_ms = gap_ms
        if shortest is None or gap_ms < shortest:
            self.min_event_gap_ms = gap_ms

    def note_plain(
        self,
        events: list[Event],
        *,
        kept_bytes: int,
        kind: str,
        lines: int,
        ids: int,
        types: int,
    ) -> None:
        """Take events whose blocks came one behind the other and now, and all of their lines.

        Args:
            events: at least one; the first may have begun in an earlier arrival.
            kept_bytes: what keeping them takes.
            kind: how their lines end.
            lines: of all of them, blank ones left out: data, ids and types.
            ids: how many of these are ids.
            types: and how many event types.
        """
        count, first = len(events), events[0]
        if self.events_dropped:
            self.events_dropped += count
        elif kept_bytes <= self._room and len(self.events) + count <= self._most:
            self._room -= kept_bytes
            self.events += events
        else:
            for event in events:
                self.keep(event)
        self.note_events(count, at_ms=first.at_ms, arrivals=first.arrivals)
        self.lines += lines + count
        self.line_ends[kind] += lines + count
        fields = self.fields
        fields["data"] += lines - ids - types
        if types:
            fields["event"] += types
        if ids:
            fields["id"] += ids

    def note_one(self, event: Event, *, kept_bytes: int, ids: int, types: int) -> None:
        """Take an event whose block came in one piece, and its lines, which end in LF.

        It is what `note_plain` is for several; so many events come alone that a call counts.
        """
        if self.events_dropped or kept_bytes > self._room or len(self.events) >= self._most:
            self.events_dropped += 1
        else:
            self._room -= kept_bytes
            self.events.append(event)
        at_ms, last_ms = event.at_ms, self.last_event_ms
        if last_ms is None:
            self.first_event_ms = at_ms
        else:
            longest, shortest = self.max_event_gap_ms, self.min_event_gap_ms
            gap_ms = at_ms - last_ms
            if longest is None or shortest is None or not shortest <= gap_ms <= longest:
                self._note_event_gap(max(0.0, gap_ms))
        self.last_event_ms = at_ms
        self._ended_now = ended = self._ended_now + 1
        if ended > 1:
            self.most_events_in_arrival = max(self.most_events_in_arrival, ended)
        else:
            self.most_events_in_arrival = self.most_events_in_arrival or 1
            self._counted_whole = True
            self.arrivals_with_whole_event += 1
        lines = event.lines
        self.lines += lines + 1
        self.line_ends["lf"] += lines + 1
        fields = self.fields
        fields["data"] += lines - ids - types
        if types:
            fields["event"] += types
        if ids:
            fields["id"] += ids

    def keep(self, event: Event) -> None:
        """Keep an event, or count it once one did not fit: the kept ones are the first ones."""
        room = self._room - event.kept_bytes
        if room >= 0 and not self.events_dropped and len(self.events) < self._most:
            self._room = room
            self.events.append(event)
        else:
            self.events_dropped += 1

    def note_comment(self, comment: Comment) -> None:
        """Keep a comment, or count it."""
        if len(self.comments) < MAX_KEPT_COMMENTS:
            self.comments.append(comment)
        else:
            self.comments_dropped += 1

    def note_silent(self, block: SilentBlock) -> None:
        """Count a block that dispatched nothing, and keep it while there is room."""
        self.silent_counts[block.why] += 1
        if len(self.silent_blocks) < MAX_KEPT_SILENT_BLOCKS:
            self.silent_blocks.append(block)

    def note_field(self, name: str) -> None:
        """Count a field by its name; of many unknown names the first ones are kept."""
        if name in self.fields or len(self.fields) < MAX_FIELD_NAMES or name in CLIENT_FIELDS:
            self.fields[name] += 1

    def note_retry(self, value_ms: int) -> None:
        """Keep a reconnection time, of many the first ones."""
        if len(self.retries) < MAX_KEPT_RETRIES:
            self.retries.append(value_ms)

    def note_bad_retry(self, text: str) -> None:
        """Keep the value of a retry field that clients ignore, of many the first ones."""
        if len(self.bad_retries) < MAX_KEPT_RETRIES:
            self.bad_retries.append(text)
