"""The SSE half put together: what happens to a session goes in, frames for its streams come out.

Sans-IO, and safe to call from any thread. Knows progress and the log; refuses to know HTTP.
"""

from collections.abc import Callable
from typing import Final

from reference_server.settings import ProgressSettings
from reference_server.sse.errors import EventError
from reference_server.sse.event import Event
from reference_server.sse.hub import Counts, Hub, Stream
from reference_server.sse.log import Entry, EventLog, Kind, Take
from reference_server.sse.parts import StreamParts

# Every so often a comment, to all streams in so many groups: thousands of writes at once would
# hold up the loop.
BEAT_GROUPS: Final = 16


class Progress:
    """Progress of sessions, for those who make it and those who listen.

    Args:
        settings: bounds and times.
        timeout_s: what nobody listens to is forgotten so long after its last use.
        clock: monotonic seconds.
        fresh_id: text that never came before.
        parts: the pieces.
        make_log: makes the log from what takes its entries; None for one in memory.
    """

    def __init__(
        self,
        settings: ProgressSettings,
        *,
        timeout_s: float,
        clock: Callable[[], float],
        fresh_id: Callable[[], str],
        parts: StreamParts,
        make_log: Callable[[Take], EventLog] | None = None,
    ) -> None:
        self.settings = settings
        self.parts = parts
        self.clock = clock
        self.hub: Hub = parts.hub(settings, timeout_s=timeout_s, make_replay=parts.replay)
        self._fresh_id = fresh_id
        self.log: EventLog = (
            make_log(self._take)
            if make_log is not None
            else parts.memory_log(self._take, epoch=fresh_id()[:8])
        )
        #: Arranges for `hub.wake` in the thread of the streams; set by whoever runs them.
        self.arrange_wake: Callable[[str], None] = self.hub.wake
        self._heartbeat = parts.encode_heartbeat("heartbeat")
        self._group = 0

    def fresh_operation(self) -> str:
        """Return an id for an operation."""
        return self._fresh_id()

    def emit_progress(
        self, session: str, operation: str, progress: int, total: int, message: str
    ) -> None:
        """Tell every client of a session that `progress` of `total` is done."""
        document = self.parts.update_document(operation, progress, total, message)
        self.emit(session, Event(data=document))

    def emit(self, session: str, event: Event) -> None:
        """Send an event to every client of a session; one with data and no id gets an id.

        Raises:
            EventError: it has no place in a stream, or the session can't be called so.
        """
        self._check_session(session)
        if event.event_id is not None and event.event_id.startswith("@"):
            raise EventError("id", "an id that does not begin with @", repr(event.event_id[:40]))
        self.log.append(Entry(session_id=session, event=event))

    def end(self, session: str) -> None:
        """End a session for good: its streams end, and whoever comes back is told to stay away."""
        self.log.append(Entry(session_id=session, kind=Kind.END))

    def cut(self, session: str) -> None:
        """Close the streams of a session, which goes on.

        Raises:
            EventError: the session can't be called so.
        """
        self._check_session(session)
        self.log.append(Entry(session_id=session, kind=Kind.CUT))

    def counts(self, session: str | None = None) -> Counts:
        """Count the streams of this process."""
        return self.hub.counts(session)

    def greeting(self, stream: Stream) -> bytes:
        """Return what a stream begins with.

        A new one learns where it begins, as an id: should it be cut before its first event, it
        misses none. One that goes on keeps the id that it came with.
        """
        resuming = stream.resumed or stream.gap
        connected = Event(
            data=self.parts.connected_document(stream.session_id),
            event_id=None if resuming else stream.mark,
            retry_ms=self.settings.retry_ms,
        )
        frames = self.parts.encode_event(connected)
        if stream.gap:
            gap = Event(name="gap", data=self.parts.gap_document(stream.kept))
            frames += self.parts.encode_event(gap)
        return frames

    def frames(self, stream: Stream, max_bytes: int) -> bytes:
        """Return what is to be sent to a stream now, b"" for nothing."""
        frames = self.hub.take(stream, max_bytes)
        if stream.beat_due:
            stream.beat_due = False
            return frames + self._heartbeat if frames else self._heartbeat
        return frames

    def beat(self) -> None:
        """Make a heartbeat due for the next of `BEAT_GROUPS` groups of streams."""
        self._group = (self._group + 1) % BEAT_GROUPS
        for stream in self.hub.streams():
            if stream.serial % BEAT_GROUPS == self._group:
                stream.beat_due = True
                stream.wake()

    def _take(self, entry: Entry) -> None:
        session_id = entry.session_id
        match entry.kind:
            case Kind.EVENT:
                assert entry.event is not None
                frame = self.parts.encode_event(entry.event)
                event_id = entry.event.event_id
                has_streams = self.hub.publish(session_id, event_id, frame, self.clock())
            case Kind.END:
                has_streams = self.hub.end(session_id)
            case Kind.CUT:
                has_streams = self.hub.cut(session_id)
        if has_streams:
            self.arrange_wake(session_id)

    def _check_session(self, session: str) -> None:
        if not self.parts.is_session_id(session):
            raise EventError(
                "sessionId", "1 to 128 letters, digits and . _ ~ -", repr(session[:40])
            )
