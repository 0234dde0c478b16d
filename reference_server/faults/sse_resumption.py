"""Faults in what a client gets that comes back, and in who gets what."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from reference_server.faults.sse_forms import field_of, in_part, on_hub, on_stream_request
from reference_server.problem import send_problem
from reference_server.sse.headers import Fields
from reference_server.sse.hub import MARK, Hub, Stream
from reference_server.sse.log import Entry, MemoryLog, Take
from reference_server.sse.request import last_event_id

_OUR_ID: Final = re.compile(rb"@?([0-9a-f]{1,8}-[0-9]{1,6})?")
_MANY: Final = 100
_NEVER: Final = 1_000_000
_TAME_ID: Final = re.compile(rb"[\x21\x23-\x26\x28-\x3b\x3d-\x7e]{0,256}")


@in_part(
    "last_event_id",
    "last-event-id-is-latin-1",
    breaks=["9.2.4-04"],
)
def last_event_id_is_latin_1(fields: Fields) -> str | None:
    """Last-Event-ID is decoded as Latin-1."""
    values = [value for name, value in fields if name == b"last-event-id"]
    return b", ".join(values).decode("latin-1") or None


@in_part("last_event_id", "last-event-id-is-not-read", breaks=["9.2.4-05", "OBJQL-PROGRESS-09"])
def last_event_id_is_not_read(_fields: Fields) -> None:
    """Last-Event-ID is not read: whoever comes back gets what comes next."""


@in_part("last_event_id", "last-event-id-is-cut", breaks=["9.2.4-05"])
def last_event_id_is_cut(fields: Fields) -> str | None:
    """Of Last-Event-ID all but the number is thrown away."""
    seen = last_event_id(fields)
    return seen.rpartition("-")[2] if seen else None


def _answers_500(is_known: Callable[[bytes], bool]) -> Callable[..., object]:
    async def broken(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        seen = field_of(scope, b"last-event-id")
        if seen is not None and not is_known(seen):
            await send_problem(send, 500, "Internal Server Error", [])
        else:
            await app(scope, receive, send)

    return broken


def _register_crash(
    name: str, breaks: list[str], is_known: Callable[[bytes], bool], why: str
) -> None:
    broken = _answers_500(is_known)
    broken.__doc__ = why
    on_stream_request(name, breaks=breaks)(broken)  # type: ignore[arg-type]  # made above


_register_crash(
    "unknown-ids-crash",
    ["9.2.4-06"],
    lambda seen: _OUR_ID.fullmatch(seen) is not None,
    "A Last-Event-ID of another form than the server's own gets 500.",
)
_register_crash(
    "empty-ids-crash",
    ["9.2.4-06"],
    bool,
    "An empty Last-Event-ID gets 500.",
)
_register_crash(
    "odd-ids-crash",
    ["9.2.4-08"],
    lambda seen: _TAME_ID.fullmatch(seen) is not None,
    "A Last-Event-ID that is long, or holds quotes, spaces, markup or no ASCII, gets 500.",
)


@on_stream_request("streams-need-a-last-event-id", breaks=["9.2.4-07", "HTTP-01"])
async def streams_need_a_last_event_id(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """A request without Last-Event-ID is refused."""
    if field_of(scope, b"last-event-id") is None and scope["method"] == "GET":
        await send_problem(send, 400, "Last-Event-ID is missing", [])
    else:
        await app(scope, receive, send)


@in_part("memory_log", "ids-come-again", breaks=["9.2.4-09"])
class IdsComeAgain(MemoryLog):
    """Every second event of a session has the id of the one before it."""

    def __init__(self, take: Take, *, epoch: str) -> None:
        super().__init__(take, epoch=epoch)
        self._used: dict[str, str] = {}

    def append(self, entry: Entry) -> None:
        """Give an id twice."""
        event = entry.event
        if event is not None and event.data is not None and event.event_id is None:
            again = self._used.pop(entry.session_id, None)
            if again is None:
                self._last += 1
                self._used[entry.session_id] = f"{self._epoch}-{self._last}"
            event_id = again or self._used[entry.session_id]
            entry = replace(entry, event=replace(event, event_id=event_id))
        super().append(entry)


@on_hub("resumption-begins-anew", breaks=["9.2.4-05", "OBJQL-PROGRESS-09"], museum=["SS-14"])
class ResumptionBeginsAnew(Hub):
    """Whoever comes back gets all that is kept, whatever was seen last."""

    def subscribe(self, stream: Stream, seen: str | None, now_s: float) -> Stream | None:
        """Go back to the beginning."""
        joined = super().subscribe(stream, seen, now_s)
        if joined is not None and seen:
            joined.number = self._channels[stream.session_id].replay.first_number - 1
        return joined


@on_hub("resumption-repeats-the-last-event", breaks=["9.2.4-05", "OBJQL-PROGRESS-09"])
class ResumptionRepeatsTheLastEvent(Hub):
    """Whoever comes back gets the event again that was seen last."""

    def subscribe(self, stream: Stream, seen: str | None, now_s: float) -> Stream | None:
        """Go back by one."""
        joined = super().subscribe(stream, seen, now_s)
        if joined is not None and joined.resumed and joined.number:
            joined.number -= 1
        return joined


@on_hub("resumption-loses-an-event", breaks=["9.2.4-05", "OBJQL-PROGRESS-09"])
class ResumptionLosesAnEvent(Hub):
    """Of what was missed the first event is lost."""

    def subscribe(self, stream: Stream, seen: str | None, now_s: float) -> Stream | None:
        """Go on by one."""
        joined = super().subscribe(stream, seen, now_s)
        if joined is not None and joined.resumed and joined.kept:
            joined.number += 1
        return joined


@on_hub("resumption-ends-with-the-hundredth-event", breaks=["9.2.4-05"])
class ResumptionEndsWithTheHundredthEvent(Hub):
    """Of a session with more than a hundred events nothing is brought to who comes back."""

    def subscribe(self, stream: Stream, seen: str | None, now_s: float) -> Stream | None:
        """Go on with what comes next."""
        joined = super().subscribe(stream, seen, now_s)
        if joined is not None and joined.resumed:
            last = self._channels[stream.session_id].replay.last_number
            joined.number = last if last > _MANY else joined.number
        return joined


@on_hub("first-blocks-lead-to-the-beginning", breaks=["9.2.4-05"])
class FirstBlocksLeadToTheBeginning(Hub):
    """The id that a stream begins with is not known afterwards, so that all comes that is kept."""

    def subscribe(self, stream: Stream, seen: str | None, now_s: float) -> Stream | None:
        """Forget it."""
        known = seen is None or not seen.startswith(MARK)
        return super().subscribe(stream, seen if known else "?", now_s)


@on_hub("old-ids-silence-the-stream", breaks=["9.2.4-06"])
class OldIdsSilenceTheStream(Hub):
    """Whoever comes back with an id that is more than a hundred events old gets nothing more."""

    def subscribe(self, stream: Stream, seen: str | None, now_s: float) -> Stream | None:
        """Wait for what never comes."""
        joined = super().subscribe(stream, seen, now_s)
        if joined is not None and joined.kept > _MANY:
            joined.number = self._channels[stream.session_id].replay.last_number + _NEVER
        return joined


@on_hub("control-events-have-invented-ids", breaks=["9.2.4-05"], museum=["SS-13"])
class ControlEventsHaveInventedIds(Hub):
    """The first block of a stream has the id that the next real event gets, too."""

    def subscribe(self, stream: Stream, seen: str | None, now_s: float) -> Stream | None:
        """Count on where the last event was."""
        joined = super().subscribe(stream, seen, now_s)
        if joined is not None and not seen:
            self._invented = getattr(self, "_invented", 0) + 1
            joined.mark = f"control-{self._invented}"
            self._skips = {**getattr(self, "_skips", {}), joined.mark: joined.number + 1}
        if joined is not None and seen in getattr(self, "_skips", {}):
            joined.gap, joined.resumed = False, True
            joined.number = self._skips[seen]
        return joined


@on_hub("replay-mixes-sessions", breaks=["9.2.4-05"], museum=["SS-15"])
class ReplayMixesSessions(Hub):
    """What is kept for those that come back is kept for whatever session."""

    def publish(self, session_id: str, event_id: str | None, frame: bytes, now_s: float) -> bool:
        """Keep it for all that nobody listens to."""
        with self._lock:
            for other in self._idle:
                if other != session_id:
                    self._channels[other].replay.add(event_id, frame)
        return super().publish(session_id, event_id, frame, now_s)


@on_hub(
    "what-comes-during-a-replay-is-lost",
    breaks=["9.2.4-05"],
    museum=["SS-16"],
)
class WhatComesDuringAReplayIsLost(Hub):
    """The first event behind what is replayed reaches nobody who came back."""

    def take(self, stream: Stream, max_bytes: int) -> bytes:
        """Step over one event, once."""
        channel = self._channels.get(stream.session_id)
        if channel is not None and stream.resumed and stream.number < channel.replay.last_number:
            replayed_to = getattr(self, "_replayed_to", {})
            self._replayed_to = replayed_to
            first = stream.serial not in replayed_to
            if first and not stream.kept:
                replayed_to[stream.serial] = stream.number
                stream.number += 1
            elif first:
                frames = super().take(stream, max_bytes)
                stream.kept = 0
                return frames
        return super().take(stream, max_bytes)


@on_hub("all-clients-share-one-place", breaks=["9.2.4-05"], museum=["SS-17"])
class AllClientsShareOnePlace(Hub):
    """Whoever comes back begins where the fastest client of the session is."""

    def subscribe(self, stream: Stream, seen: str | None, now_s: float) -> Stream | None:
        """Go to the place of the others."""
        joined = super().subscribe(stream, seen, now_s)
        if joined is not None and joined.resumed:
            others = [one.number for one in self._channels[stream.session_id].streams]
            joined.number = max(others)
        return joined


@on_hub("sessions-share-one-stream", breaks=["9.2.7-03", "OBJQL-PROGRESS-07"])
class SessionsShareOneStream(Hub):
    """An event reaches the clients of every session."""

    def publish(self, session_id: str, event_id: str | None, frame: bytes, now_s: float) -> bool:
        """Hand it to all."""
        for other in [one for one, channel in self._channels.items() if channel.streams]:
            if other != session_id and super().publish(other, event_id, frame, now_s):
                self.wake(other)
        return super().publish(session_id, event_id, frame, now_s)


@on_hub("one-client-gets-the-updates", breaks=["OBJQL-PROGRESS-06"])
class OneClientGetsTheUpdates(Hub):
    """Of several clients of a session only the first one gets an event."""

    def take(self, stream: Stream, max_bytes: int) -> bytes:
        """Give the others nothing."""
        channel = self._channels.get(stream.session_id)
        if channel is not None and any(one.serial < stream.serial for one in channel.streams):
            stream.number = channel.replay.last_number
            return b""
        return super().take(stream, max_bytes)


@in_part("gap_document", "gaps-cut-the-stream", breaks=["9.2.4-06"])
def gaps_cut_the_stream(_kept: int) -> str:
    """A stream that is opened with an id that is not kept is cut behind its head."""
    raise RuntimeError("nothing is known of this id")
