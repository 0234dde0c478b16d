"""Faults in when something comes: heads and events that wait."""

from typing import Final

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reference_server.faults.sse_forms import on_stream_request

_HELD_BYTES: Final = 4096
_LATE_S: Final = 1.6
_WAITING_HEAD_S: Final = 2.2


async def _wait(seconds: float) -> None:
    with anyio.move_on_after(seconds):
        await anyio.Event().wait()


@on_stream_request("events-wait-for-a-full-buffer", breaks=["HTTP-08", "9.2.7-04"])
async def events_wait_for_a_full_buffer(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """What is written is held back until there are 4 KiB of it, or long behind the end."""
    held = b""

    async def buffered(message: Message) -> None:
        nonlocal held
        if message["type"] == "http.response.body":
            held += message.get("body", b"")
            if len(held) < _HELD_BYTES:
                if message.get("more_body", False):
                    return
                await _wait(_LATE_S if held else 0)
            message, held = {**message, "body": held}, b""
        await send(message)

    await app(scope, receive, buffered)


@on_stream_request("events-are-late", breaks=["9.2.7-04"])
async def events_are_late(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The events of a schedule come a second and more too late."""

    async def late(message: Message) -> None:
        if message["type"] == "http.response.body" and scope["path"] == "/rpc/events":
            await _wait(_LATE_S)
        await send(message)

    await app(scope, receive, late)


@on_stream_request("the-head-waits", breaks=["HTTP-07"])
async def the_head_waits(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """The head of a stream comes with its first event, two seconds later."""

    async def late(message: Message) -> None:
        if message["type"] == "http.response.start":
            await _wait(_WAITING_HEAD_S)
        await send(message)

    await app(scope, receive, late)
