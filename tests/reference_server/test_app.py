"""The application and its seams, on real sockets."""

import logging
import signal
import threading
from collections.abc import Callable
from contextlib import closing

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from reference_server import faults as fault_registry
from reference_server.app import create_app
from reference_server.errors import InputError
from reference_server.faults import Fault, Wire, fault
from reference_server.json_text import Json
from reference_server.jsonrpc.core import RpcHandler
from reference_server.jsonrpc.message import Id
from reference_server.server import server_for
from reference_server.settings import JsonRpcSettings, Settings
from tests.reference_server.loopback import TIMEOUT_S, VOID, Peer, post, serving


def flawed(
    name: str = "flaw",
    *,
    wrap_rpc: Callable[[RpcHandler], RpcHandler] | None = None,
    wrap_app: Callable[[ASGIApp], ASGIApp] | None = None,
    wire: Callable[[], Wire] | None = None,
    **parts: object,
) -> Fault:
    return Fault(
        name=name,
        summary="",
        breaks=(),
        wrap_rpc=wrap_rpc,
        wrap_app=wrap_app,
        wire=wire,
        parts=parts,
    )


def answer_of(*faults: Fault) -> bytes:
    with serving(faults=faults) as port, closing(Peer(port)) as peer:
        peer.send(post(VOID))
        return peer.receive().body


def test_a_fault_replaces_a_part() -> None:
    def shout(request_id: Id, result: Json) -> dict[str, Json]:
        return {"RESULT": result, "ID": request_id}

    assert answer_of(flawed(result_reply=shout)) == b'{"RESULT":null,"ID":1}'


def test_an_unknown_part_is_our_bug() -> None:
    with pytest.raises(TypeError):
        create_app(Settings(), faults=[flawed(nosuch=1)])


def test_a_fault_wraps_the_core_and_a_later_one_lies_around_it() -> None:
    def adding(text: bytes) -> Callable[[RpcHandler], RpcHandler]:
        return lambda answer: lambda body: (answer(body) or b"") + text

    faults = [flawed("a", wrap_rpc=adding(b"<a")), flawed("b", wrap_rpc=adding(b"<b"))]

    assert answer_of(*faults) == b'{"jsonrpc":"2.0","result":null,"id":1}<a<b'


def test_a_fault_wraps_the_application_for_http_only() -> None:
    seen = []

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            seen.append(scope["type"])
            await app(scope, receive, send)

        return wrapped

    assert answer_of(flawed(wrap_app=wrap)) == b'{"jsonrpc":"2.0","result":null,"id":1}'
    assert seen == ["http"]


class Shouting:
    """A wire that drops every "!", reads TSOP as POST, and shouts."""

    dropped = threading.Event()

    def received(self, data: bytes) -> bytes:
        if data == b"!":
            self.dropped.set()
        return data.replace(b"!", b"").replace(b"TSOP", b"POST")

    def sent(self, data: bytes) -> bytes:
        return data.replace(b"result", b"RESULT")


def test_a_fault_stands_on_the_wire_in_both_directions() -> None:
    with serving(faults=[flawed(wire=Shouting)]) as port, closing(Peer(port)) as peer:
        peer.send(b"!")
        assert Shouting.dropped.wait(TIMEOUT_S)
        peer.send(post(VOID).replace(b"POST", b"TSOP"))

        assert peer.receive().body == b'{"jsonrpc":"2.0","RESULT":null,"id":1}'


def test_only_one_fault_can_have_the_wire() -> None:
    faults = [flawed("a", wire=Shouting), flawed("b", wire=Shouting)]
    app = create_app(Settings(), faults=faults)

    with (
        closing(app.store),
        pytest.raises(
            InputError,
            match=r"^--fault: expected at most one fault on the wire, saw \['a', 'b'\]$",
        ),
    ):
        server_for(app, faults=faults)


def test_a_signal_ends_the_server_and_what_waits() -> None:
    app = create_app(Settings())
    server = server_for(app)

    with closing(app.store):
        server.handle_exit(signal.SIGTERM, None)

    assert (app.closing.is_set(), server.should_exit) == (True, True)


def test_a_fault_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    known = flawed("mixes-ids")
    monkeypatch.setattr(fault_registry, "FAULTS", {"mixes-ids": known})

    assert fault("mixes-ids") is known
    with pytest.raises(InputError, match=r"saw 'mixes-id' \(did you mean 'mixes-ids'\?\)$"):
        fault("mixes-id")
    with pytest.raises(InputError, match=r"saw 'x' \(`faults` lists them\)$"):
        fault("x")


def test_another_base_path_is_served_instead() -> None:
    settings = Settings(jsonrpc=JsonRpcSettings(base_path="/"))
    with serving(settings) as port, closing(Peer(port)) as peer:
        peer.send(post(b"1", path="/"))
        assert peer.receive().status == 200
        peer.send(post(b"1"))
        assert peer.receive().status == 404


def test_further_routes_can_stand_beside_the_endpoint() -> None:
    async def page(_request: object) -> PlainTextResponse:
        return PlainTextResponse("here")

    app = create_app(Settings())
    app.routes.append(Route("/page", page))

    async def receive() -> dict[str, object]:
        raise AssertionError

    sent: list[dict[str, object]] = []

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/page", "headers": [], "query_string": b""}
    steps = app(scope, receive, send)
    with closing(app.store), pytest.raises(StopIteration):
        steps.__await__().send(None)
    assert sent[-1]["body"] == b"here"


def test_the_end_of_the_server_ends_what_waits() -> None:
    with serving() as port, closing(Peer(port)) as peer:
        peer.send(post(b'{"jsonrpc":"2.0","method":"slow","params":[5000],"id":1}'))
        peer.send(post(VOID))
    # Leaving the block stops the server; the fixture fails if that takes long.


def test_a_store_in_a_file_is_reached_from_threads(tmp_path: object) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/rows.db")
    get = b'{"jsonrpc":"2.0","method":"object.get","params":["products","saw"],"id":1}'
    with serving(settings) as port, closing(Peer(port)) as peer:
        peer.send(post(get))
        assert b'"name":"Saw"' in peer.receive().body


def test_the_log_of_a_failing_method_has_no_line_of_the_peers_making(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def crash(_answer: RpcHandler) -> RpcHandler:
        def broken(_body: bytes) -> bytes | None:
            raise ValueError("a\nb")

        return broken

    assert b"Internal error" in answer_of(flawed(wrap_rpc=crash))
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert "\n" not in record.getMessage()
