"""Who listens to which session, and what is kept for those that come back.

Sans-IO: the instant comes in as `now_s` (monotonic seconds), a stream is woken by a function that
came with it. Knows sessions, streams and their bounds; refuses to know what a frame says, and how
it gets to a peer.

No stream has a queue of its own: all read from the replay buffer of their session, each from where
it is. One that is so far behind that the next frame has left the buffer is dropped.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock

from reference_server.settings import ProgressSettings
from reference_server.sse.errors import RefusedError
from reference_server.sse.replay import Replay

# In front of an id: "at the place right after it", which is where a new stream begins.
MARK = "@"


class Ending(StrEnum):
    """Why a stream is over."""

    LEFT = "the client left"
    CUT = "it was closed on request"
    SESSION_ENDED = "the session has ended"
    TOO_SLOW = "the client read too slowly"
    STOPPING = "the server stops"


@dataclass(slots=True)
class _Channel:
    replay: Replay
    used_at_s: float
    streams: set["Stream"] = field(default_factory=set)
    #: A wake-up of its streams is on its way.
    waking: bool = False


@dataclass(slots=True, eq=False)
class Stream:
    """One open stream.

    Attributes:
        wake: is called in the thread of `Hub.wake` whenever there is something to do.
        number: of the last frame that was taken.
        mark: what a client that has seen no event yet reports to begin here.
        resumed: it goes on after the event that the client saw last.
        gap: that event is not known, or no more; all that is kept comes instead.
        kept: how many frames were waiting at the beginning.
        serial: the how manieth stream of this process it is.
        beat_due: a heartbeat is to be sent.
        ending: why it is over, None while it is not.
    """

    session_id: str
    address: str
    wake: Callable[[], None]
    number: int = 0
    mark: str = MARK
    resumed: bool = False
    gap: bool = False
    kept: int = 0
    serial: int = 0
    beat_due: bool = False
    ending: Ending | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many streams there are and were; `endings` by reason, `lost` frames for nobody's room."""

    open: int
    opened: int
    sessions: int
    kept_bytes: int
    lost: int
    endings: dict[Ending, int]


class Hub:
    """All sessions and streams of one process; threads may share it.

    Args:
        settings: the bounds.
        timeout_s: what nobody listens to is forgotten so long after its last use.
        make_replay: a buffer for one session.
    """

    def __init__(
        self,
        settings: ProgressSettings,
        *,
        timeout_s: float,
        make_replay: Callable[..., Replay] = Replay,
    ) -> None:
        self._settings = settings
        self._timeout_s = timeout_s
        self._make_replay = make_replay
        self._channels: dict[str, _Channel] = {}
        # Those that nobody listens to, least recently used first.
        self._idle: OrderedDict[str, None] = OrderedDict()
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._by_address: Counter[str] = Counter()
        self._endings: Counter[Ending] = Counter()
        self._open = self._opened = self._kept_bytes = self._lost = 0
        self._stopping = False
        self._lock = Lock()

    def subscribe(self, stream: Stream, last_event_id: str | None, now_s: float) -> Stream | None:
        """Add a stream and find its place; None if the session has ended.

        A stream without a last id, or with an empty one, begins with what comes next. One whose id
        is not known, or no more, gets all that is kept, and `gap` says so.

        Raises:
            RefusedError: as many as allowed are open.

        Spec: SSE-9.2.4-05 to SSE-9.2.4-09, SSE-IANA-06
        """
        with self._lock:
            if stream.session_id in self._ended:
                return None
            self._admit(stream)
            channel = self._channel(stream.session_id, now_s)
            if channel is None:
                raise RefusedError("max_sessions", self._settings.max_sessions)
            _place(stream, channel.replay, last_event_id)
            if self._stopping:
                stream.ending = Ending.STOPPING
            channel.streams.add(stream)
            self._idle.pop(stream.session_id, None)
            self._by_address[stream.address] += 1
            self._open += 1
            self._opened += 1
            stream.serial = self._opened
            return stream

    def leave(self, stream: Stream, now_s: float) -> Ending:
        """Take a stream out, once, and return why it is over."""
        with self._lock:
            ending = stream.ending or Ending.LEFT
            channel = self._channels[stream.session_id]
            channel.streams.remove(stream)
            if not channel.streams:
                self._rest(stream.session_id, channel, now_s)
            self._by_address[stream.address] -= 1
            if not self._by_address[stream.address]:
                del self._by_address[stream.address]
            self._open -= 1
            self._endings[ending] += 1
            return ending

    def publish(self, session_id: str, event_id: str | None, frame: bytes, now_s: float) -> bool:
        """Keep a frame for all streams of a session; True if `wake` has to be called for it.

        What is meant for an ended session is thrown away.
        """
        with self._lock:
            if session_id in self._ended:
                return False
            channel = self._channel(session_id, now_s)
            if channel is None:
                self._lost += 1
                return False
            before = channel.replay.size_bytes
            channel.replay.add(event_id, frame)
            self._kept_bytes += channel.replay.size_bytes - before
            if not channel.streams:
                self._rest(session_id, channel, now_s)
            self._make_room(channel)
            return bool(channel.streams) and self._waking(channel)

    def end(self, session_id: str) -> bool:
        """End a session for good; True if `wake` has to be called for it.

        Its streams go on to the last frame and end; whoever comes back is told to stay away.

        Spec: SSE-9.2.1-06
        """
        with self._lock:
            self._ended[session_id] = None
            self._ended.move_to_end(session_id)
            if len(self._ended) > self._settings.max_sessions:
                self._ended.popitem(last=False)
            channel = self._channels.get(session_id)
            if channel is None:
                return False
            if not channel.streams:
                self._forget(session_id)
                return False
            _finish(channel.streams, Ending.SESSION_ENDED)
            return self._waking(channel)

    def cut(self, session_id: str) -> bool:
        """Close the streams of a session, which goes on; True if `wake` has to be called for it."""
        with self._lock:
            channel = self._channels.get(session_id)
            if channel is None or not channel.streams:
                return False
            _finish(channel.streams, Ending.CUT)
            return self._waking(channel)

    def stop(self) -> None:
        """End every stream, those to come too; to be called in the thread of `wake`."""
        with self._lock:
            self._stopping = True
            streams = [each for channel in self._channels.values() for each in channel.streams]
            _finish(streams, Ending.STOPPING)
        for stream in streams:
            stream.wake()

    def wake(self, session_id: str) -> None:
        """Wake the streams of a session, and drop those that are too far behind."""
        with self._lock:
            channel = self._channels.get(session_id)
            if channel is None:
                return  # it ended, and its last stream left, in the meantime
            channel.waking = False
            oldest = channel.replay.first_number
            streams = list(channel.streams)
            for stream in streams:
                if stream.number + 1 < oldest:
                    stream.ending = Ending.TOO_SLOW
        for stream in streams:
            stream.wake()

    def take(self, stream: Stream, max_bytes: int) -> bytes:
        """Return the next frames for a stream, b"" if it has all.

        Whole frames only; a single one may be larger than `max_bytes`, several together are not.
        """
        with self._lock:
            replay = self._channels[stream.session_id].replay
            if stream.number >= replay.last_number:
                return b""
            if stream.number + 1 < replay.first_number:
                stream.ending = Ending.TOO_SLOW
                return b""
            frames: list[bytes] = []
            size_bytes = 0
            for kept in replay.after(stream.number):
                size_bytes += len(kept.frame)
                if frames and size_bytes > max_bytes:
                    break
                frames.append(kept.frame)
                stream.number = kept.number
            # The one frame is the same bytes for every stream, not a copy.
            return frames[0] if len(frames) == 1 else b"".join(frames)

    def streams(self) -> list[Stream]:
        """Return all that are open."""
        with self._lock:
            return [each for channel in self._channels.values() for each in channel.streams]

    def counts(self, session_id: str | None = None) -> Counts:
        """Count; with a session, `open` and `kept_bytes` are its own."""
        with self._lock:
            opened, kept_bytes = self._open, self._kept_bytes
            if session_id is not None:
                channel = self._channels.get(session_id)
                opened = len(channel.streams) if channel else 0
                kept_bytes = channel.replay.size_bytes if channel else 0
            return Counts(
                open=opened,
                opened=self._opened,
                sessions=len(self._channels),
                kept_bytes=kept_bytes,
                lost=self._lost,
                endings=dict(self._endings),
            )

    def has_ended(self, session_id: str) -> bool:
        """Tell whether a session has ended; of very many only the last are remembered."""
        with self._lock:
            return session_id in self._ended

    def _admit(self, stream: Stream) -> None:
        channel = self._channels.get(stream.session_id)
        limits = {
            "max_streams": self._open,
            "max_streams_per_session": len(channel.streams) if channel else 0,
            "max_streams_per_address": self._by_address[stream.address],
        }
        for name, seen in limits.items():
            most = getattr(self._settings, name)
            if seen >= most:
                raise RefusedError(name, most)

    def _channel(self, session_id: str, now_s: float) -> _Channel | None:
        """Find or open the channel of a session; None if there is no room for one more."""
        self._forget_expired(now_s)
        channel = self._channels.get(session_id)
        if channel is not None:
            channel.used_at_s = now_s
            return channel
        if len(self._channels) >= self._settings.max_sessions:
            if not self._idle:
                return None
            self._forget(next(iter(self._idle)))
        replay = self._make_replay(
            max_events=self._settings.replay_events, max_bytes=self._settings.replay_bytes
        )
        channel = self._channels[session_id] = _Channel(replay=replay, used_at_s=now_s)
        return channel

    def _waking(self, channel: _Channel) -> bool:
        if channel.waking:
            return False
        channel.waking = True
        return True

    def _rest(self, session_id: str, channel: _Channel, now_s: float) -> None:
        if session_id in self._ended:
            self._forget(session_id)
            return
        channel.used_at_s = now_s
        self._idle[session_id] = None
        self._idle.move_to_end(session_id)

    def _forget_expired(self, now_s: float) -> None:
        while self._idle:
            oldest = next(iter(self._idle))
            if now_s - self._channels[oldest].used_at_s < self._timeout_s:
                return
            self._forget(oldest)

    def _forget(self, session_id: str) -> None:
        self._kept_bytes -= self._channels.pop(session_id).replay.size_bytes
        self._idle.pop(session_id, None)

    def _make_room(self, growing: _Channel) -> None:
        """Keep all buffers together within their bound: first those that nobody listens to go."""
        most = self._settings.max_replay_bytes
        while self._kept_bytes > most:
            oldest = next(iter(self._idle), None)
            if oldest is not None and self._channels[oldest] is not growing:
                self._forget(oldest)
                continue
            before = growing.replay.size_bytes
            if not growing.replay.shed():
                return
            self._kept_bytes += growing.replay.size_bytes - before


def _place(stream: Stream, replay: Replay, last_event_id: str | None) -> None:
    """Find out where a stream begins."""
    stream.number = replay.last_number
    stream.mark = MARK + replay.last_id
    if not last_event_id:
        return
    number = replay.position_after(last_event_id)
    if number is None and last_event_id.startswith(MARK):
        seen = last_event_id[len(MARK) :]
        number = replay.position_after(seen) if seen else 0
        if number is not None and number + 1 < replay.first_number:
            number = None
    stream.resumed = number is not None
    stream.gap = number is None
    stream.number = replay.first_number - 1 if number is None else number
    stream.kept = replay.last_number - stream.number


def _finish(streams: Iterable[Stream], ending: Ending) -> None:
    for stream in streams:
        stream.ending = stream.ending or ending
