"""The servers of the fan-out: one session's progress streams, and events for them on demand.

    python -m benchmarks.fan_out_servers reference|sse-starlette

Listens on $PORT. `GET /rpc/progress/s` is the stream, `POST /burst?events=N&pause_ms=T` sends so
many events and one that says END, `GET /cpu` tells the CPU seconds of the process. better-sse has
the same in `fan_out_better_sse.mjs`.
"""

import asyncio
import itertools
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import uvicorn
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from reference_server.app import create_app
from reference_server.server import BACKLOG, listen, server_for
from reference_server.settings import ProgressSettings, Settings, everything_on

SESSION = "s"
MESSAGE = "importing into products, some words more"
MANY = 20_000  # streams at once, more than are measured
KEPT = 5_000  # events of a session, more than one burst has


async def pause(pause_ms: float) -> None:
    """Let so much time pass, or with 0 none: not even a turn of the loop."""
    if pause_ms:
        passed = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(pause_ms / 1000, passed.set_result, None)
        await passed


def routes(emit: Callable[[int, str], None]) -> list[Route]:
    async def burst(request: Request) -> Response:
        for number in range(int(request.query_params["events"])):
            emit(number, MESSAGE)
            await pause(float(request.query_params["pause_ms"]))
        emit(100, "END")
        return Response(status_code=204)

    async def cpu(_request: Request) -> Response:
        return PlainTextResponse(str(time.process_time()))

    return [Route("/burst", burst, methods=["POST"]), Route("/cpu", cpu)]


def serve_reference(port: int) -> None:
    settings = everything_on(Settings())
    streams = ProgressSettings(
        max_streams=MANY,
        max_streams_per_session=MANY,
        max_streams_per_address=MANY,
        replay_events=KEPT,
    )
    app = create_app(replace(settings, progress=streams))
    progress = app.progress.progress
    control = Starlette(
        routes=routes(
            lambda number, message: progress.emit_progress(SESSION, "o", number, 100, message)
        )
    )
    inner = app.http

    async def http(scope: Scope, receive: Receive, send: Send) -> None:
        # Its streams go the way that they always go.
        chosen = control if scope["path"] in {"/burst", "/cpu"} else inner
        await chosen(scope, receive, send)

    app.http = http  # type: ignore[method-assign] # the one way to add a route from outside
    with listen("127.0.0.1", port) as listener:
        server_for(app).run(sockets=[listener])


def serve_sse_starlette(port: int) -> None:
    """A queue for each stream, as its documentation has it."""
    queues: set[asyncio.Queue[ServerSentEvent]] = set()
    serials = itertools.count(1)

    async def stream(_request: Request) -> EventSourceResponse:
        queue: asyncio.Queue[ServerSentEvent] = asyncio.Queue()

        async def events() -> AsyncIterator[ServerSentEvent]:
            queues.add(queue)
            try:
                yield ServerSentEvent(data=json.dumps({"type": "connected", "sessionId": SESSION}))
                while True:
                    yield await queue.get()
            finally:
                queues.discard(queue)

        return EventSourceResponse(events(), ping=30)

    def emit(number: int, message: str) -> None:
        document = {"jsonrpc": "2.0", "method": "progress.update"}
        params = {"id": "o", "progress": number, "total": 100, "message": message}
        data = json.dumps({**document, "params": params}, separators=(",", ":"))
        event = ServerSentEvent(data=data, id=f"abcdefgh-{next(serials)}")
        for queue in queues:
            queue.put_nowait(event)

    app = Starlette(routes=[Route("/rpc/progress/s", stream), *routes(emit)])
    # The same HTTP parser and loop as the reference server has.
    uvicorn.run(
        app,
        port=port,
        http="h11",
        loop="asyncio",
        log_level="critical",
        access_log=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=1,
    )


SERVERS = {"reference": serve_reference, "sse-starlette": serve_sse_starlette}

if __name__ == "__main__":
    SERVERS[sys.argv[1]](int(os.environ["PORT"]))
