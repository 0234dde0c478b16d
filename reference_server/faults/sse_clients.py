"""Faults with many clients, or with clients that are gone, slow or idle."""

import weakref
from collections import deque
from typing import Final

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send

from reference_server.faults.fault import Marks
from reference_server.faults.sse_forms import in_part, on_hub, on_stream_request, register
from reference_server.problem import send_problem
from reference_server.sse.hub import Ending, Hub, Stream

_AT_ONCE: Final = 5
_AHEAD: Final = 4
_SIXTY: Final = 60
_OPENED: Final[weakref.WeakKeyDictionary[ASGIApp, int]] = weakref.WeakKeyDictionary()
_GATES: Final[weakref.WeakKeyDictionary[ASGIApp, anyio.Semaphore]] = weakref.WeakKeyDictionary()


@on_stream_request("a-sixth-stream-waits", breaks=["HTTP-21"])
async def a_sixth_stream_waits(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """As many streams as there are workers, five, are served; one more waits for an end."""
    gate = _GATES.setdefault(app, anyio.Semaphore(_AT_ONCE))
    async with gate:
        await app(scope, receive, send)


@in_part("encode_heartbeat", "there-is-no-heartbeat", breaks=["9.2.7-01", "OBJQL-PROGRESS-08"])
def there_is_no_heartbeat(_text: str) -> bytes:
    """An idle stream brings nothing."""
    return b""


@on_stream_request("streams-that-count-open-sixty-times", breaks=["HTTP-22"])
async def streams_that_count_open_sixty_times(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """A stream that counts is taken to be open for ever, and sixty are allowed."""
    if scope["path"].endswith("/events") and scope["method"] == "GET":
        _OPENED[app] = _OPENED.get(app, 0) + 1
        if _OPENED[app] > _SIXTY:
            await send_problem(send, 503, "as many streams as allowed are open", [])
            return
    await app(scope, receive, send)


class _NeverLeft(Hub):
    def leave(self, stream: Stream, now_s: float) -> Ending:
        """Keep it."""
        return stream.ending or Ending.LEFT if now_s else Ending.LEFT


@on_hub(
    "dropped-streams-are-never-noticed",
    breaks=["HTTP-22"],
    museum=["SS-20"],
    beside={"encode_heartbeat": there_is_no_heartbeat},
)
class DroppedStreamsAreNeverNoticed(_NeverLeft):
    """There is no heartbeat, and who is gone counts as a client for ever."""


@on_hub("dropped-streams-are-noticed-at-the-next-event", breaks=["HTTP-22"], museum=["SS-21"])
class DroppedStreamsAreNoticedAtTheNextEvent(Hub):
    """Who is gone counts as a client until the session's next event."""

    def leave(self, stream: Stream, now_s: float) -> Ending:
        """Remember it."""
        left: deque[Stream] = getattr(self, "_left", deque())
        self._left = left
        left.append(stream)
        return stream.ending or Ending.LEFT if now_s else Ending.LEFT

    def publish(self, session_id: str, event_id: str | None, frame: bytes, now_s: float) -> bool:
        """Let those go that left before."""
        for stream in [one for one in getattr(self, "_left", ()) if one.session_id == session_id]:
            self._left.remove(stream)
            super().leave(stream, now_s)
        return super().publish(session_id, event_id, frame, now_s)


@on_hub("slow-clients-stall-all", breaks=["HTTP-23"])
class SlowClientsStallAll(Hub):
    """A client that does not read holds up the session's others, even when it is gone."""

    def take(self, stream: Stream, max_bytes: int) -> bytes:
        """Wait for the others."""
        stalled: set[str] = getattr(self, "_stalled", set())
        self._stalled = stalled
        channel = self._channels.get(stream.session_id)
        if channel is not None:
            slowest = min((one.number for one in channel.streams), default=stream.number)
            if stream.number > slowest + _AHEAD:
                stalled.add(stream.session_id)
        return b"" if stream.session_id in stalled else super().take(stream, max_bytes)


@on_stream_request("legal-streams-end-at-once", breaks=[])
async def streams_end_at_once(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """A stream ends behind the first thing that it brings."""
    async with anyio.create_task_group() as tasks:

        async def once(message: dict[str, object]) -> None:
            is_body = message["type"] == "http.response.body"
            await send({**message, "more_body": False} if is_body else message)
            if is_body:
                tasks.cancel_scope.cancel()

        await app(scope, receive, once)  # type: ignore[arg-type]  # a message is such a mapping


register(
    Marks(name="legal-ended-streams-get-410", breaks=[]),
    "Whoever comes back to a session that has ended gets 410",
    stream_parts={"ended_status": 410},
)
