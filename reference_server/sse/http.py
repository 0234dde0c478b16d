"""The HTTP edge of SSE: ASGI applications for the progress of every session, and for numbers.

Knows verbs, statuses, header fields, and when to write; what is written comes from the service.
Refuses to know what it says.

Spec: SSE-9.2.4, SSE-HTTP-01 to SSE-HTTP-23
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPMethod
from typing import Final, TypeAlias

import anyio
from anyio.abc import TaskStatus
from starlette.types import Message, Receive, Scope, Send

from reference_server.problem import send_problem
from reference_server.sse.errors import EventError, RefusedError
from reference_server.sse.hub import Ending, Stream
from reference_server.sse.numbers import Numbers, numbers_in
from reference_server.sse.service import BEAT_GROUPS, Progress

_log = logging.getLogger(__name__)

# What is written at once: as much as uvicorn lets wait in front of a socket.
MAX_WRITE_BYTES: Final = 65_536

# A stream that ends has so long to write what is left; then its connection is cut.
LAST_WORDS_S: Final = 10.0
# uvicorn gives everybody a second in all.
LAST_WORDS_AT_STOP_S: Final = 0.4

# The setting is the longest silence, not the mean one.
_HASTE: Final = 0.95

# Whoever finds no room may come back so much later.
RETRY_AFTER_S: Final = 5

ALLOW: Final = (b"allow", b"GET, HEAD, OPTIONS")
END: Final[Message] = {"type": "http.response.body", "body": b""}
_VERBS: Final = frozenset(HTTPMethod)

Headers: TypeAlias = list[tuple[bytes, bytes]]


class ProgressEndpoint:
    """The ASGI application; the last segment of a path is the session.

    Args:
        progress: what is to be told, and to whom.
        cors_origin: pages of this origin may listen, `*` for any, None for none.
    """

    def __init__(self, progress: Progress, *, cors_origin: str | None = None) -> None:
        self.progress = progress
        self._cors_origin = cors_origin
        self._loop: asyncio.AbstractEventLoop | None = None
        #: Set when the server stops.
        self.stopped = anyio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        parts = self.progress.parts
        session_id = scope["path"].rpartition("/")[2]
        verb = scope["method"]
        cors = parts.cors_headers(
            scope["headers"], allowed=self._cors_origin, preflight=verb == "OPTIONS"
        )
        if not parts.is_session_id(session_id):
            await send_problem(send, 404, "no session can be called so", cors)
        elif verb == "GET":
            await self._answer_get(session_id, cors, scope, receive, send)
        elif verb == "HEAD":
            await self._answer_head(session_id, cors, send)
        else:
            await _answer_other_verb(verb, cors, send)

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Send heartbeats, and follow the log, until cancelled."""
        loop = self._loop = asyncio.get_running_loop()
        here = threading.get_ident()
        hub = self.progress.hub

        def arrange_wake(session_id: str) -> None:
            if threading.get_ident() == here:
                loop.call_soon(hub.wake, session_id)
                return
            with suppress(RuntimeError):  # the loop has ended, and its streams with it
                loop.call_soon_threadsafe(hub.wake, session_id)

        self.progress.arrange_wake = arrange_wake
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._beat)
            await self.progress.log.run(ready=task_status.started)

    def stop_soon(self) -> None:
        """End all streams; to be called from any thread, or out of a signal."""
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended before
                self._loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        self.stopped.set()
        self.progress.hub.stop()

    async def _beat(self) -> None:
        pause_s = self.progress.settings.heartbeat_ms / 1000 / BEAT_GROUPS * _HASTE
        while True:
            with anyio.move_on_after(pause_s):
                await self.stopped.wait()
                return
            self.progress.beat()

    async def _answer_head(self, session_id: str, cors: Headers, send: Send) -> None:
        parts = self.progress.parts
        if self.progress.hub.has_ended(session_id):
            await send_empty(send, parts.ended_status, cors)
        else:
            await send_empty(send, 200, [*parts.stream_headers(), *cors])

    async def _answer_get(
        self,
        session_id: str,
        cors: Headers,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        hub, parts, clock = self.progress.hub, self.progress.parts, self.progress.clock
        connection = _Connection(self.progress, scope, receive, send)
        stream = Stream(session_id, (scope["client"] or ("",))[0], connection.wake)
        try:
            joined = hub.subscribe(stream, parts.last_event_id(scope["headers"]), clock())
        except RefusedError as error:
            later = (b"retry-after", str(RETRY_AFTER_S).encode())
            await send_problem(send, 503, str(error), [later, *cors])
            return
        if joined is None:
            await send_empty(send, parts.ended_status, cors)
            return
        try:
            await connection.serve(stream, [*parts.stream_headers(), *cors])
        finally:
            ending = hub.leave(stream, clock())
            level = logging.WARNING if ending is Ending.TOO_SLOW else logging.INFO
            _log.log(level, "a stream of session %s is closed: %s", session_id, ending)


class _Connection:
    """One stream on its way to one peer."""

    def __init__(self, progress: Progress, scope: Scope, receive: Receive, send: Send) -> None:
        self._progress = progress
        self._receive = receive
        self._send = send
        # Our own protocol offers it (`wire.py`). A peer that never reads has no other end: closing
        # waits until it has read what is written.
        self._abort: Callable[[], None] | None = scope.get("state", {}).get("abort")
        self._writing = anyio.CancelScope()
        # Not anyio's, which is made anew for each wait: 3 µs of the 20 that an event takes.
        self._woken = asyncio.Event()
        self._stream: Stream | None = None

    def wake(self) -> None:
        """Look for something to do; a stream that is over has not much time left."""
        assert self._stream is not None
        ending = self._stream.ending
        if ending is Ending.TOO_SLOW:
            self._writing.cancel()
        elif ending is not None:
            left_s = LAST_WORDS_AT_STOP_S if ending is Ending.STOPPING else LAST_WORDS_S
            deadline_s = anyio.current_time() + left_s
            self._writing.deadline = min(self._writing.deadline, deadline_s)
        self._woken.set()

    async def serve(self, stream: Stream, headers: Headers) -> None:
        """Write until the stream is over or the peer is gone."""
        self._stream = stream
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_watch, self._receive, self._writing)
            with self._writing:
                await self._send(_start(headers))
                await self._write(stream)
                await self._send(END)
            if self._writing.cancelled_caught and self._abort is not None:
                self._abort()  # and the watch sees it
            else:
                tasks.cancel_scope.cancel()

    async def _write(self, stream: Stream) -> None:
        frames = self._progress.greeting(stream)
        while True:
            frames += self._progress.frames(stream, MAX_WRITE_BYTES)
            if frames:
                await self._send(_body(frames))
                frames = b""
            elif stream.ending is not None:
                self.wake()  # which bounds what is left to do
                return
            else:
                self._woken.clear()
                await self._woken.wait()


class NumbersEndpoint:
    """The ASGI application that counts; it ends with the streams of `progress`.

    Spec: SSE-9.2.1-06, SSE-9.2.5-12, SSE-9.2.5-13, SSE-HTTP-08, SSE-HTTP-12
    """

    def __init__(self, progress: ProgressEndpoint, *, cors_origin: str | None = None) -> None:
        self._endpoint = progress
        self._cors_origin = cors_origin
        self._open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        progress = self._endpoint.progress
        parts, verb = progress.parts, scope["method"]
        cors = parts.cors_headers(
            scope["headers"], allowed=self._cors_origin, preflight=verb == "OPTIONS"
        )
        if verb not in {"GET", "HEAD"}:
            await _answer_other_verb(verb, cors, send)
            return
        try:
            numbers = numbers_in(scope["query_string"])
        except EventError as error:
            await send_problem(send, 400, str(error), cors)
            return
        last_event_id = parts.last_event_id(scope["headers"])
        if next(numbers.after(last_event_id), None) is None:
            await send_empty(send, parts.ended_status, cors)
        elif verb == "HEAD":
            await send_empty(send, 200, [*parts.stream_headers(), *cors])
        elif self._open >= progress.settings.max_streams:
            later = (b"retry-after", str(RETRY_AFTER_S).encode())
            await send_problem(send, 503, "as many streams as allowed are open", [later, *cors])
        else:
            self._open += 1
            try:
                await send(_start([*parts.stream_headers(), *cors]))
                await self._count(numbers, last_event_id, receive, send)
            finally:
                self._open -= 1

    async def _count(
        self, numbers: Numbers, last_event_id: str | None, receive: Receive, send: Send
    ) -> None:
        stopped = self._endpoint.stopped
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_watch, receive, tasks.cancel_scope)
            for event in numbers.after(last_event_id):
                await send(_body(self._endpoint.progress.parts.encode_event(event)))
                with anyio.move_on_after(numbers.interval_ms / 1000):
                    await stopped.wait()
                if stopped.is_set():
                    break
            await send(END)
            tasks.cancel_scope.cancel()


async def _watch(receive: Receive, scope: anyio.CancelScope) -> None:
    """Cancel the scope as soon as the peer is gone; what it sends is thrown away."""
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


async def _answer_other_verb(verb: str, cors: Headers, send: Send) -> None:
    """Answer what is neither GET nor HEAD.

    Spec: SSE-HTTP-04, SSE-HTTP-19
    """
    headers = [ALLOW, *cors]
    if verb == "OPTIONS":
        await send_empty(send, 204, headers)
    elif verb in _VERBS:
        await send_problem(send, 405, "a stream takes GET", headers)
    else:
        await send_problem(send, 501, "no such HTTP method here", headers)


def _start(headers: Headers) -> Message:
    return {"type": "http.response.start", "status": 200, "headers": headers}


def _body(frames: bytes) -> Message:
    return {"type": "http.response.body", "body": frames, "more_body": True}


async def send_empty(send: Send, status: int, headers: Headers) -> None:
    """Answer without a body."""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send(END)
