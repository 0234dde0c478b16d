"""The application: every protocol of the server behind one ASGI callable.

Knows which path belongs to whom and what is opened and closed with the server. Refuses to know
sockets and command lines.
"""

import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from threading import Event, Thread
from typing import Any

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from reference_server.faults import Fault
from reference_server.jsonrpc.http import RpcEndpoint
from reference_server.jsonrpc.message import Call
from reference_server.jsonrpc.parts import Parts
from reference_server.jsonrpc.service import Surroundings, rpc_service
from reference_server.odata.http import ODataEndpoint
from reference_server.odata.message import Request as ODataRequest
from reference_server.odata.parts import Parts as ODataParts
from reference_server.odata.service import Surroundings as ODataSurroundings
from reference_server.odata.service import odata_service
from reference_server.problem import PROBLEM_MEDIA_TYPE, problem
from reference_server.settings import Settings
from reference_server.sse.http import NumbersEndpoint, ProgressEndpoint
from reference_server.sse.log import EventLog, Take, redis_log
from reference_server.sse.parts import StreamParts
from reference_server.sse.service import Progress
from reference_server.store import Store

_log = logging.getLogger(__name__)


class Application(Starlette):
    """The application; `store` is open until the lifespan ends.

    `endpoints` have a path of their own and are found without Starlette's router and middleware,
    in 0.1 µs instead of 20, `folders` have every path of one segment more than theirs, which ends
    with a slash, `trees` have every path from theirs on; what is left goes to the routes.
    """

    def __init__(
        self,
        *,
        endpoints: dict[str, ASGIApp],
        folders: dict[str, ASGIApp],
        trees: dict[str, ASGIApp],
        store: Store,
        closing: Event,
        progress: ProgressEndpoint | None = None,
    ) -> None:
        super().__init__(lifespan=self._lifespan, exception_handlers={HTTPException: _error_page})
        self.store = store
        self.progress = progress
        #: Set when the server ends, so that nothing waits any longer.
        self.closing = closing
        self._endpoints = endpoints
        self._folders = folders
        self._trees = trees
        self.http: ASGIApp = self._answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an HTTP request, or take part in the lifespan."""
        if scope["type"] == "http":
            await self.http(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def end_soon(self) -> None:
        """Let nothing wait any longer; to be called from any thread, or out of a signal."""
        self.closing.set()
        if self.progress is not None:
            self.progress.stop_soon()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._endpoint(scope["path"]) or self._endpoint(_path_of(scope["path"]))
        if endpoint is None:
            await super().__call__(scope, receive, send)
        else:
            await endpoint(scope, receive, send)

    def _endpoint(self, path: str) -> ASGIApp | None:
        found = self._endpoints.get(path) or self._folders.get(path[: path.rfind("/") + 1])
        if found is not None:
            return found
        return next((tree for base, tree in self._trees.items() if _is_below(path, base)), None)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        if self.progress is None:
            yield
        else:
            async with anyio.create_task_group() as tasks:
                await tasks.start(self.progress.run)
                yield
                tasks.cancel_scope.cancel()
        self.closing.set()
        await anyio.to_thread.run_sync(self.store.close)


def create_app(
    settings: Settings,
    *,
    clock: Callable[[], float] = time.monotonic,
    fresh_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    faults: Sequence[Fault] = (),
) -> Application:
    """Put the server together; the store is opened here and closed by the lifespan.

    Args:
        settings: what is switched on, and where its limits are.
        clock: monotonic seconds.
        fresh_id: makes keys and session ids that nobody can guess.
        faults: violations to commit; a later one lies around, or replaces, an earlier one.

    Raises:
        InputError: the database can't be opened.
    """
    # Any: a fault is free to replace a part by what is not quite one.
    replaced: dict[str, Any] = {name: part for each in faults for name, part in each.parts.items()}
    parts = replace(Parts(), **replaced)
    progress = _progress(settings, clock, fresh_id, faults)
    store = Store(settings.database_url, fresh_id=fresh_id)
    closing = Event()
    around = Surroundings(
        store=store,
        clock=clock,
        fresh_id=fresh_id,
        wait=closing.wait,
        on_crash=_log_crash,
        progress=progress,
    )
    service = rpc_service(settings.jsonrpc, around, parts)
    answer, may_block = service.answer, service.may_block
    for each in faults:
        if each.wrap_rpc is not None:
            # It may wait, or turn a message into one that does.
            answer, may_block = each.wrap_rpc(answer), _always
    endpoint = RpcEndpoint(
        answer,
        may_block=may_block,
        max_body_bytes=settings.jsonrpc.max_body_bytes,
        cors_origin=settings.jsonrpc.cors_origin,
    )
    endpoints: dict[str, ASGIApp] = {settings.jsonrpc.base_path: endpoint}
    folders: dict[str, ASGIApp] = {}
    listening = None
    if progress is not None:
        path, origin = settings.jsonrpc.base_path.rstrip("/"), settings.jsonrpc.cors_origin
        listening = ProgressEndpoint(progress, cors_origin=origin)
        folders[f"{path}/progress/"] = listening
        endpoints[f"{path}/events"] = NumbersEndpoint(listening, cors_origin=origin)
    app = Application(
        endpoints=endpoints,
        folders=folders,
        trees={settings.odata.base_path: _odata(settings, store, fresh_id, faults)},
        store=store,
        closing=closing,
        progress=listening,
    )
    for each in faults:
        if each.wrap_app is not None:
            app.http = each.wrap_app(app.http)
    return app


def _progress(
    settings: Settings,
    clock: Callable[[], float],
    fresh_id: Callable[[], str],
    faults: Sequence[Fault],
) -> Progress | None:
    """Make the streams of progress, if they are switched on."""
    if not settings.jsonrpc.enable_progress:
        return None
    # Any: a fault is free to replace a part by what is not quite one.
    replaced: dict[str, Any] = {
        name: part for each in faults for name, part in each.stream_parts.items()
    }
    timeout_s = settings.jsonrpc.session_timeout_ms / 1000
    make_log: Callable[[Take], EventLog] | None = None
    if settings.redis_url is not None:
        make_log = redis_log(settings.redis_url, process=fresh_id(), timeout_s=timeout_s)
    return Progress(
        settings.progress,
        timeout_s=timeout_s,
        clock=clock,
        fresh_id=fresh_id,
        parts=replace(StreamParts(), **replaced),
        make_log=make_log,
    )


def _odata(
    settings: Settings, store: Store, fresh_id: Callable[[], str], faults: Sequence[Fault]
) -> ODataEndpoint:
    # Any: a fault is free to replace a part by what is not quite one.
    replaced: dict[str, Any] = {
        name: part for each in faults for name, part in each.odata_parts.items()
    }
    around = ODataSurroundings(
        store=store, fresh_id=fresh_id, start=_start, on_crash=_log_odata_crash
    )
    answer = odata_service(settings.odata, around, replace(ODataParts(), **replaced))
    for each in faults:
        if each.wrap_odata is not None:
            answer = each.wrap_odata(answer)
    return ODataEndpoint(
        answer,
        base_path=settings.odata.base_path,
        max_body_bytes=settings.odata.max_body_bytes,
        cors_origin=settings.odata.cors_origin,
    )


def _start(work: Callable[[], None]) -> None:
    # A daemon: what it was asked for is of no use to anybody when the server has ended.
    Thread(target=work, daemon=True).start()


def _is_below(path: str, base: str) -> bool:
    return path == base or path.startswith(base if base == "/" else f"{base}/")


def _path_of(target: str) -> str:
    """Return the path of a request target in absolute form, "" of any other (RFC 9112, 3.2.2)."""
    _, scheme_end, rest = target.partition("://")
    return f"/{rest.partition('/')[2]}" if scheme_end else ""


async def _error_page(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Response(
        problem(error.status_code, "nothing is at this path"),
        error.status_code,
        error.headers,
        PROBLEM_MEDIA_TYPE,
    )


def _always(_body: bytes) -> bool:
    return True


def _log_crash(call: Call, error: Exception) -> None:
    _log.error("the method %.100r failed", call.method, exc_info=error)


def _log_odata_crash(request: ODataRequest, error: Exception) -> None:
    _log.error("%.20r %.100r failed", request.method, request.url, exc_info=error)
