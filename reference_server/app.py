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
from threading import Event
from typing import Any

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
from reference_server.problem import PROBLEM_MEDIA_TYPE, problem
from reference_server.settings import Settings
from reference_server.store import Store

_log = logging.getLogger(__name__)


class Application(Starlette):
    """The application; `store` is open until the lifespan ends.

    `endpoints` have a path of their own and are found without Starlette's router and middleware,
    in 0.1 µs instead of 20; every other path goes to its routes.
    """

    def __init__(self, *, endpoints: dict[str, ASGIApp], store: Store, closing: Event) -> None:
        super().__init__(lifespan=self._lifespan, exception_handlers={HTTPException: _error_page})
        self.store = store
        #: Set when the server ends, so that nothing waits any longer.
        self.closing = closing
        self._endpoints = endpoints
        self.http: ASGIApp = self._answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an HTTP request, or take part in the lifespan."""
        if scope["type"] == "http":
            await self.http(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._endpoints.get(scope["path"]) or self._endpoints.get(
            _path_of(scope["path"])
        )
        if endpoint is None:
            await super().__call__(scope, receive, send)
        else:
            await endpoint(scope, receive, send)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        yield
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
    store = Store(settings.database_url, fresh_id=fresh_id)
    closing = Event()
    around = Surroundings(
        store=store, clock=clock, fresh_id=fresh_id, wait=closing.wait, on_crash=_log_crash
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
    app = Application(
        endpoints={settings.jsonrpc.base_path: endpoint}, store=store, closing=closing
    )
    for each in faults:
        if each.wrap_app is not None:
            app.http = each.wrap_app(app.http)
    return app


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
