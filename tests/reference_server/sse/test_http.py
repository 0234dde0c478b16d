"""The HTTP edge, byte by byte, on a real socket."""

import logging
import socket
from contextlib import ExitStack, closing
from dataclasses import replace

import pytest

from reference_server.settings import Settings
from tests.reference_server.loopback import VOID, VOID_ANSWER, Peer, head, post, serving
from tests.reference_server.sse.listener import (
    EVERYTHING,
    Block,
    Listener,
    act,
    ask,
    call,
    emit,
    listening,
    result,
    settings_with,
    until_open,
)


def until(peer: Peer, text: bytes) -> bytes:
    """Read until `text` has come."""
    seen = b""
    while text not in seen:
        piece = peer._reader.read1()
        assert piece, seen
        seen += piece
    return seen


def data_of(listener: Listener, count: int) -> list[str | None]:
    return [listener.event().data for _ in range(count)]


def test_a_stream_says_what_it_is_and_greets(port: int, session: str) -> None:
    with closing(Listener(port, f"/rpc/progress/{session}")) as listener:
        fields = {name: value for name, value in listener.fields.items() if name != "date"}

        assert listener.status == 200
        assert fields == {
            "content-type": "text/event-stream",
            "cache-control": "no-store",
            "x-accel-buffering": "no",
            "transfer-encoding": "chunked",
        }
        assert listener.text() == (
            f'id: @\nretry: 1000\ndata: {{"type":"connected","sessionId":"{session}"}}\n\n'
        )


def test_each_session_has_its_own_events(port: int, session: str) -> None:
    with listening(port, session) as one, listening(port, session + "x") as two:
        emit(port, session, "for one")
        emit(port, session + "x", "for two")

        assert (one.event().data, two.event().data) == ("for one", "for two")


@pytest.mark.parametrize("seen", [0, 1, 2, 3, 4], ids=lambda seen: f"after {seen}")
def test_a_stream_cut_at_any_event_goes_on_without_loss_or_repeat(
    port: int, session: str, seen: int
) -> None:
    payloads = ["one", "two\nlines", "three", "four"]
    with closing(Listener(port, f"/rpc/progress/{session}")) as listener:
        last = listener.event()
        emit(port, session, *payloads)
        for _ in range(seen):
            last = listener.event()

    with listening(port, session, f"Last-Event-ID: {last.event_id}") as listener:
        emit(port, session, "five")

        assert data_of(listener, 5 - seen) == [*payloads, "five"][seen:]


def test_an_id_outside_of_ascii_is_resumed_from(port: int, session: str) -> None:
    act(port, "emit", sessionId=session, data="one", id="Grüße 😀")
    emit(port, session, "two")

    with listening(port, session, "Last-Event-ID: Grüße 😀") as listener:
        assert listener.event().data == "two"


@pytest.mark.parametrize(
    "last_id",
    [
        pytest.param("nonexistent", id="unknown"),
        pytest.param("x" * 4096, id="4 KiB"),
        pytest.param('"; data: x', id="quotes"),
        pytest.param("0", id="zero"),
        pytest.param("@", id="mark"),
        pytest.param("-1", id="negative"),
    ],
)
def test_any_id_gets_a_stream_and_all_that_is_kept(port: int, session: str, last_id: str) -> None:
    emit(port, session, "one", "two")

    with closing(Listener(port, f"/rpc/progress/{session}", f"Last-Event-ID: {last_id}")) as found:
        greeting, then = found.event(), found.event()
        if then.value("event") is not None:
            assert then == Block(lines=[("event", "gap"), ("data", '{"type":"gap","kept":2}')])
            then = found.event()

        assert greeting.event_id is None
        assert [then.data, *data_of(found, 1)] == ["one", "two"]


@pytest.mark.parametrize("fields", [[], ["Last-Event-ID:"]], ids=["none", "empty"])
def test_without_a_last_id_a_stream_begins_now(port: int, session: str, fields: list[str]) -> None:
    emit(port, session, "before")

    with listening(port, session, *fields) as listener:
        emit(port, session, "after")

        assert listener.event().data == "after"


def test_a_quiet_stream_gets_heartbeats_that_dispatch_nothing() -> None:
    with serving(settings_with(heartbeat_ms=20)) as port, listening(port, "s") as listener:
        assert [listener.text() for _ in range(3)] == [": heartbeat\n\n"] * 3
        emit(port, "s", "x")
        assert listener.event().data == "x"


def test_the_end_of_a_session_ends_its_streams_and_tells_who_comes_back_to_stay_away(
    port: int,
) -> None:
    session = result(port, "session.create", [])["sessionId"]
    assert isinstance(session, str)
    with listening(port, session) as listener:
        emit(port, session, "last")
        result(port, "session.destroy", [session])
        blocks = listener.blocks()

    assert [block.data for block in blocks] == ["last"]
    for fields in ([], [f"Last-Event-ID: {blocks[0].event_id}"]):
        for verb in ("GET", "HEAD"):
            response = ask(port, f"/rpc/progress/{session}", *fields, verb=verb)
            assert response.status == 204
            assert [name for name, _ in response.fields] == ["date"]


def test_streams_can_be_closed_and_the_session_goes_on(port: int, session: str) -> None:
    with listening(port, session) as listener:
        emit(port, session, "one")
        act(port, "disconnect", sessionId=session)
        blocks = listener.blocks()
    emit(port, session, "two")

    [one] = blocks
    with listening(port, session, f"Last-Event-ID: {one.event_id}") as listener:
        assert listener.event().data == "two"


def test_a_connection_can_be_used_again_after_its_stream(port: int, session: str) -> None:
    with listening(port, session) as listener:
        act(port, "disconnect", sessionId=session)
        assert listener.blocks() == []

        listener.socket.sendall(head("HEAD", path=f"/rpc/progress/{session}"))
        assert listener.reader.readline() == b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize("accept", ["*/*", "image/png", "text/event-stream", "application/json"])
def test_any_accept_gets_the_stream(port: int, session: str, accept: str) -> None:
    with listening(port, session, f"Accept: {accept}", "Accept-Encoding: gzip") as listener:
        assert listener.fields["content-type"] == "text/event-stream"
        assert "content-encoding" not in listener.fields


def test_http_1_0_gets_a_stream_without_chunks(port: int, session: str) -> None:
    with closing(Peer(port)) as peer:
        peer.send(head("GET", path=f"/rpc/progress/{session}").replace(b"HTTP/1.1", b"HTTP/1.0"))
        seen = until(peer, b"connected")
        act(port, "disconnect", sessionId=session)
        seen += peer.rest()

    fields, _, body = seen.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in fields.lower()
    assert body.startswith(b"id: @\n")
    assert body.endswith(b"}\n\n")


def test_head_has_the_fields_of_get_and_no_body(port: int, session: str) -> None:
    with closing(Peer(port)) as peer:
        peer.send(head("HEAD", path=f"/rpc/progress/{session}"))
        response = peer.receive(verb="HEAD")
        peer.send(post(VOID))

        assert (response.status, response.field("content-type")) == (200, "text/event-stream")
        assert response.field("content-length") is None
        assert peer.receive().body == VOID_ANSWER
    assert act(port, "streams", sessionId=session)["open"] == 0


@pytest.mark.parametrize("path", ["/rpc/progress/s", "/rpc/events"])
@pytest.mark.parametrize(
    ("verb", "status"), [("POST", 405), ("DELETE", 405), ("OPTIONS", 204), ("FOO", 501)]
)
def test_other_verbs_are_told_what_is_allowed(port: int, path: str, verb: str, status: int) -> None:
    response = ask(port, path, verb=verb)

    assert (response.status, response.field("allow")) == (status, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    ("allowed", "origin", "seen"),
    [
        pytest.param(None, "http://a", (None, None, None), id="nobody may"),
        pytest.param("*", "http://a", ("*", None, None), id="anybody may"),
        pytest.param("*", None, (None, None, None), id="anybody may, same origin"),
        pytest.param("http://a", "http://a", ("http://a", "true", "origin"), id="this one may"),
        pytest.param("http://a", "http://b", (None, None, "origin"), id="another one may"),
        pytest.param("http://a", None, (None, None, "origin"), id="same origin"),
    ],
)
def test_pages_of_other_origins_may_listen_where_it_is_allowed(
    allowed: str | None, origin: str | None, seen: tuple[str | None, str | None, str | None]
) -> None:
    settings = replace(EVERYTHING, jsonrpc=replace(EVERYTHING.jsonrpc, cors_origin=allowed))
    fields = [] if origin is None else [f"Origin: {origin}"]

    with serving(settings) as port, listening(port, "s", *fields) as listener:
        names = ("access-control-allow-origin", "access-control-allow-credentials", "vary")
        assert tuple(listener.fields.get(name) for name in names) == seen


def test_a_preflight_allows_the_last_id() -> None:
    settings = replace(EVERYTHING, jsonrpc=replace(EVERYTHING.jsonrpc, cors_origin="*"))
    asked = ["Access-Control-Request-Method: GET", "Access-Control-Request-Headers: last-event-id"]

    with serving(settings) as port:
        response = ask(port, "/rpc/progress/s", "Origin: http://a", *asked, verb="OPTIONS")

    assert response.status == 204
    assert response.field("access-control-allow-methods") == "GET, HEAD"
    assert response.field("access-control-allow-headers") == "last-event-id, cache-control"


@pytest.mark.parametrize(
    "limit", ["max_streams", "max_streams_per_session", "max_streams_per_address"]
)
def test_one_stream_too_many_is_503_until_another_one_ends(limit: str) -> None:
    with serving(settings_with(**{limit: 2})) as port, ExitStack() as streams:
        for _ in range(2):
            streams.enter_context(listening(port, "s"))
        response = ask(port, "/rpc/progress/s")
        act(port, "disconnect", sessionId="s")

        assert (response.status, response.field("retry-after")) == (503, "5")
        assert response.json == {
            "title": "Service Unavailable",
            "status": 503,
            "detail": f"{limit}: 2 are open",
        }
        until_open(port, 0)
        streams.enter_context(listening(port, "s"))


def test_a_client_that_leaves_is_noticed_logged_and_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="reference_server.sse.http")
    with serving() as port:
        with listening(port, "s"):
            until_open(port, 1)
        until_open(port, 0)

        assert act(port, "streams") == {"open": 0, "opened": 1, "ended": {"left": 1}}
    assert [record.getMessage() for record in caplog.records] == [
        "a stream of session s is closed: the client left"
    ]


def test_a_server_that_stops_ends_its_streams_whole() -> None:
    with ExitStack() as streams:
        with serving() as port:
            listeners = [streams.enter_context(listening(port, f"s{n % 3}")) for n in range(50)]
            emit(port, "s0", "last")

        for number, listener in enumerate(listeners):
            assert [block.data for block in listener.blocks()] == ["last"] * (number % 3 == 0)


@pytest.mark.parametrize("path", ["/rpc/progress/s", "/rpc/events"])
def test_switched_off_there_is_nothing(path: str) -> None:
    off = replace(EVERYTHING, jsonrpc=replace(EVERYTHING.jsonrpc, enable_progress=False))

    with serving(off) as port:
        response = ask(port, path)
        nowhere = ask(port, "/rpc/nowhere")
        answer = call(port, "action.list", [])

    assert (response.status, response.body) == (404, nowhere.body)
    assert isinstance(answer, dict)
    assert answer["result"] == ["restock", "stockValue"]


def test_another_base_path_has_the_streams_below_it() -> None:
    jsonrpc = replace(EVERYTHING.jsonrpc, base_path="/")
    with (
        serving(Settings(jsonrpc=jsonrpc)) as port,
        closing(Listener(port, "/progress/s")) as listener,
    ):
        assert listener.status == 200
        assert ask(port, "/other").status == 404


def test_a_stream_in_absolute_form_is_found(port: int, session: str) -> None:
    with closing(Listener(port, f"http://localhost/rpc/progress/{session}")) as listener:
        assert listener.status == 200


def test_the_stream_of_a_client_that_only_stops_sending_ends(port: int, session: str) -> None:
    with listening(port, session) as listener:
        listener.socket.shutdown(socket.SHUT_WR)

        assert listener.reader.read() == b""
