"""One event stream held open over steps: what comes is fed to observers, and kept for the report.

Knows one connection. Refuses to know scenarios, and who else is listening.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from conformance.drivers.connection import Connection
from conformance.drivers.request import Request
from conformance.drivers.wire import Exchange, Limits
from conformance.observe.event_observation import observe_stream, summarise_stream
from conformance.observe.event_record import StreamEnded
from conformance.observe.event_stream import EventStreamReader
from conformance.observe.exchange import (
    ConnectionFacts,
    Outcome,
    Timing,
    body_of,
    observe_exchange,
    outcome_of,
)
from conformance.observe.http import Ended, ResponseReader
from conformance.observe.http_head import Head, read_media_type
from conformance.observe.stream_coding import Unpacker
from conformance.words.json_value import Json

EVENT_STREAM: Final = "text/event-stream"
_OK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """When a step has read enough of a stream; nothing wanted means for the whole time.

    `events` counts those whose data holds `holding`; `until` is held by the data of the last one.
    """

    events: int | None = None
    comments: int | None = None
    retries: int | None = None
    ends: bool = False
    holding: str = ""
    until: str | None = None

    @property
    def is_anything(self) -> bool:
        """Whether there is something to wait for but the end of the time."""
        wanted = (self.events, self.comments, self.retries, self.until)
        return self.ends or any(one is not None for one in wanted)


@dataclass(slots=True)
class _Looked:
    """How far the events of a record were looked through, and what was found in them."""

    wanted: Wanted
    reader: EventStreamReader
    at: int = 0
    held: int = 0
    has_last: bool = False

    def look(self) -> None:
        wanted = self.wanted
        events = self.reader.record.events
        for event in events[self.at :]:
            self.held += wanted.holding in event.data
            self.has_last |= wanted.until is not None and wanted.until in event.data
        self.at = len(events)


class OpenStream:
    """One request for a stream, and what came of it so far.

    Args:
        name: what scenarios call it.
        url: for the report.
        request: what was sent, or is to be.
        connection: where it was sent; closed with `close`.
        limits: bounds of what one stream may bring.
        clock: seconds.
    """

    def __init__(
        self,
        name: str,
        *,
        url: str,
        request: Request,
        connection: Connection,
        limits: Limits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.url = url
        self.request = request
        self.connection = connection
        self.limits = limits
        self.reader = ResponseReader(
            request_method=request.method, max_body_bytes=limits.max_body_bytes
        )
        self.events: EventStreamReader | None = None
        self.first_byte_ms: float | None = None
        self.was_told = False  # whether the request stands in a report
        self._clock = clock
        self._started_s = clock()
        self._unpacker = Unpacker([], max_bytes=limits.max_received_bytes)
        self._pieces = 0  # of the body, that the event reader has had
        self._received = bytearray()  # in this step
        self._all_received = 0
        self._ended: StreamEnded | None = None

    @property
    def now_ms(self) -> float:
        """Milliseconds since the request was sent."""
        return (self._clock() - self._started_s) * 1000

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come, or is taken."""
        return self._ended is not None

    async def read_head(self) -> None:
        """Send the request and read until the head of the response is in."""
        self._started_s = self._clock()
        if not await self.connection.send(self.request.data):
            self._stop(StreamEnded.RESET)
        while self.reader.head is None and not self.is_over:
            await self._receive()

    async def read(self, wanted: Wanted) -> None:
        """Read until what is wanted is there, or nothing more can come."""
        looked: _Looked | None = None
        while not self.is_over:
            if looked is None and self.events is not None:
                looked = _Looked(wanted, self.events)
            if looked is not None and wanted.is_anything and _has(looked):
                return
            await self._receive()

    def start_record(self) -> None:
        """Begin what the next observation tells of."""
        if self.events is not None:
            self.events.start_record(at_ms=self.now_ms)

    async def _receive(self) -> None:
        data = await self.connection.receive()
        at_ms = self.now_ms
        if not data:
            how = self.connection.ended or Ended.CLOSED
            self.reader.end(how)
            self._feed_events()
            is_reset = how is Ended.RESET or not self.reader.is_complete
            self._stop(StreamEnded.RESET if is_reset else StreamEnded.CLOSED)
            return
        if self.first_byte_ms is None:
            self.first_byte_ms = at_ms
        self._received += data
        self._all_received += len(data)
        self.reader.feed(data, at_ms=at_ms)
        self._feed_events()
        if self.reader.is_complete:
            self.reader.drain_excess()
            self._stop(StreamEnded.CLOSED)
        elif self._is_too_much:
            self._stop(StreamEnded.LIMIT)

    @property
    def _is_too_much(self) -> bool:
        received_bytes, most_bytes = self._all_received, self.limits.max_received_bytes
        return self.reader.is_over or received_bytes > most_bytes or self._unpacker.is_full

    def _feed_events(self) -> None:
        head = self.reader.head
        if head is None:
            return
        if self.events is None and is_event_stream(head):
            codings = head.elements("content-encoding")
            self._unpacker = Unpacker(codings, max_bytes=self.limits.max_received_bytes)
            self.events = EventStreamReader(opened_at_ms=self.now_ms)
        if self.events is not None:
            # Those that came together go on together: a chunk for each event is common.
            for at_ms, pieces in groupby(self.reader.pieces[self._pieces :], lambda one: one.at_ms):
                data = b"".join([piece.data for piece in pieces])
                self.events.feed(self._unpacker.feed(data), at_ms=at_ms)
            self._pieces = len(self.reader.pieces)

    def _stop(self, how: StreamEnded) -> None:
        self._ended = how
        if self.events is not None:
            self.events.end(how, at_ms=self.now_ms)

    def pause(self, how: StreamEnded) -> None:
        """Say why reading stopped for now, unless it stopped for good."""
        if not self.is_over and self.events is not None:
            self.events.end(how, at_ms=self.now_ms)

    async def close(self) -> None:
        """Close our end."""
        await self.connection.close()
        if self._ended is None:
            self._ended = StreamEnded.CONDITION

    def observe(self) -> dict[str, Json]:
        """Describe the response, and as far as it is one the stream; its summary is the stream's.

        The outcome of a stream that is still open is `answered`: a response began, and its end is
        not to be waited for.
        """
        reader, events = self.reader, self.events
        if events is None:
            body, found = body_of(reader, max_bytes=self.limits.max_body_bytes)
        else:
            body, found = b"", [*self._unpacker.defects, *events.defects]
        defects = [*reader.defects, *found]
        observation = observe_exchange(
            reader,
            body=body,
            timing=Timing(first_byte_ms=self.first_byte_ms, total_ms=self.now_ms),
            connection=ConnectionFacts(
                reused=False, closed_by_peer=self.connection.ended is Ended.CLOSED
            ),
            defects=defects,
        )
        if events is not None:
            if self.outcome is Outcome.ANSWERED:
                observation["outcome"] = Outcome.ANSWERED.value
            observation.pop("body", None)
            observation["stream"] = observe_stream(events)
            head = reader.head
            status = head.status if head else ""
            observation["summary"] = f"status {status}, {summarise_stream(events)}"
        return observation

    @property
    def outcome(self) -> Outcome:
        """How the exchange stands; a stream that goes on is answered."""
        outcome = outcome_of(self.reader)
        is_open = self.events is not None and self.connection.ended is None
        goes_on = outcome is Outcome.INCOMPLETE and is_open and not self.reader.is_over
        return Outcome.ANSWERED if goes_on else outcome

    def exchange(self) -> Exchange:
        """Return what went over the wire since the last call, for the report."""
        sent = b"" if self.was_told else self.request.data
        self.was_told = True
        received, self._received = bytes(self._received), bytearray()
        return Exchange(
            url=self.url,
            method=self.request.method,
            sent=sent,
            received=received,
            reader=self.reader,
            timing=Timing(first_byte_ms=self.first_byte_ms, total_ms=self.now_ms),
            connection=ConnectionFacts(
                reused=not sent, closed_by_peer=self.connection.ended is Ended.CLOSED
            ),
            outcome=self.outcome,
        )


def _has(looked: _Looked) -> bool:
    """Tell whether all that is wanted has come."""
    looked.look()
    wanted, record = looked.wanted, looked.reader.record
    held = looked.held if wanted.holding else record.event_count
    counts = (
        (wanted.events, held),
        (wanted.comments, len(record.comments) + record.comments_dropped),
        (wanted.retries, len(record.retries) + len(record.bad_retries)),
    )
    has_counts = all(least is None or there >= least for least, there in counts)
    return has_counts and not wanted.ends and (wanted.until is None or looked.has_last)


def is_event_stream(head: Head) -> bool:
    """Tell whether a client would take a response for an event stream (HTML section 9.2.2)."""
    types = head.values("content-type")
    if head.status != _OK or not types:
        return False
    essence = read_media_type(types[-1]).get("essence")
    return essence == EVENT_STREAM
