"""sse-starlette: a stream that everybody shares, and one of ten events that can be resumed."""

import asyncio
import os

import uvicorn
from sse_starlette import EventSourceResponse
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

listeners = set()


async def stream(request):
    queue = asyncio.Queue()

    async def events():
        listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            listeners.discard(queue)

    return EventSourceResponse(events(), ping=1)


async def emit(request):
    event = await request.json()
    for queue in listeners:
        queue.put_nowait(event)
    return JSONResponse({"listeners": len(listeners)})


async def ten(request):
    last = request.headers.get("last-event-id", "")
    seen = int(last) if last.isdigit() else 0
    if seen >= 10:
        return Response(status_code=204)

    async def events():
        for number in range(seen + 1, 11):
            yield {"id": str(number), "data": f"event {number}"}
            await asyncio.sleep(0.1)

    return EventSourceResponse(events())


routes = [
    Route("/stream", stream),
    Route("/emit", emit, methods=["POST"]),
    Route("/events", ten),
]
uvicorn.run(
    Starlette(routes=routes),
    host="127.0.0.1",
    port=int(os.environ["PORT"]),
    log_level="warning",
    timeout_graceful_shutdown=1,
)
