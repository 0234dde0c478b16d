"""aiohttp-sse: a stream that everybody shares, and one of ten events that can be resumed."""

import asyncio
import os
from contextlib import suppress

from aiohttp import web
from aiohttp_sse import sse_response

listeners = set()


async def stream(request):
    async with sse_response(request, ping_interval=1) as response:
        listeners.add(response)
        try:
            await response.wait()
        finally:
            listeners.discard(response)
    return response


async def emit(request):
    event = await request.json()
    for response in list(listeners):
        with suppress(ConnectionError):  # of those who have left
            await response.send(event["data"], id=event.get("id"), event=event.get("event"))
    return web.json_response({"listeners": len(listeners)})


async def ten(request):
    last = request.headers.get("Last-Event-ID", "")
    seen = int(last) if last.isdigit() else 0
    if seen >= 10:
        return web.Response(status=204)
    async with sse_response(request) as response:
        for number in range(seen + 1, 11):
            await response.send(f"event {number}", id=str(number))
            await asyncio.sleep(0.1)
    return response


app = web.Application()
app.router.add_get("/stream", stream)
app.router.add_post("/emit", emit)
app.router.add_get("/events", ten)
web.run_app(app, host="127.0.0.1", port=int(os.environ["PORT"]), print=None)
