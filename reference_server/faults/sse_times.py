"""Faults in when something comes: heads and events that wait."""

from typing import Final

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reference_server.faults.sse_forms import on_stream_request

_HELD_BYTES: Final = 4096
_LATE_S: Final = 1.6
_WAITING_HEAD_S: Final = 2.2


@on_stream_request("events-wait-for-a-full-buffer", breaks=["HTTP-08"])
async def events_wait_for_a_full_buffer(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """What is written is held back until there are 4 KiB of it, or the stream ends."""
    held = b""

    async def buffered(message: Message) -> None:
        nonlocal held
        if message["type"] == "http.response.body":
            held += message.get("body", b"")
            if message.get("more_body", False) and len(held) < _HELD_BYTES:
                return
            message, held = {**message, "body": held}, b""
        await send(message)

    await app(scope, receive, buffered)


@on_stream_request("events-are-late", breaks=["9.2.7-04"])
async def events_are_late(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The events of a schedule come a second and more too late."""

    async def late(message: Message) -> None:
        if message["type"] == "http.response.body" and scope["path"] == "/rpc/events":
            with anyio.move_on_after(_LATE_S):
                await anyio.Event().wait()
        await send(message)

    await app(scope, receive, late)


@on_stream_request("the-head-waits", breaks=["HTTP-07"])
async def the_head_waits(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The head of a stream comes with its first event, two seconds later."""

    async def late(message: Message) -> None:
        if message["type"] == "http.response.start":
            with anyio.move_on_after(_WAITING_HEAD_S):
                await anyio.Event().wait()
        await send(message)

    await app(scope, receive, late)
