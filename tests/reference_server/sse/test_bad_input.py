"""Hostile clients of the streams: bounded, a clear status, and the server lives."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

import pytest

from reference_server import wire
from tests.reference_server.loopback import TIMEOUT_S, VOID, VOID_ANSWER, Peer, head, post, serving
from tests.reference_server.sse.listener import (
    Listener,
    act,
    ask,
    emit,
    listening,
    settings_with,
    until_open,
)

STREAM = head("GET", path="/rpc/progress/s")


def alive(port: int) -> bool:
    with closing(Peer(port)) as peer:
        peer.send(post(VOID))
        return peer.receive().body == VOID_ANSWER


@pytest.mark.parametrize(
    "path",
    [
        "/rpc/progress",
        "/rpc/progress/",
        "/rpc/progress/.",
        "/rpc/progress/..",
        "/rpc/progress/../rpc",
        "/rpc/progress/%2e%2e",
        "/rpc/progress/..%2f..%2fetc%2fpasswd",
        "/rpc/progress/a/b",
        "/rpc/progress/a%2Fb",
        "/rpc/progress//a",
        "/rpc//progress/a",
        "/rpc/progress/a%00",
        "/rpc/progress/a%0d%0aX:%20y",
        "/rpc/progress/a%20b",
        "/rpc/progress/%ff",
        "/rpc/progress/%C3%A4",
        "/rpc/progress/%252e",
        "/rpc/progress/a;b",
        "/rpc/progress/a\\b",
        "/RPC/progress/a",
        "/rpc/progress/" + "a" * 129,
        "/rpc/progress/" + "a" * 30_000,
        "/rpc/events/",
    ],
    ids=lambda path: f"{path[:30]} {len(path)}",
)
@pytest.mark.parametrize("verb", ["GET", "HEAD", "POST"])
def test_a_path_to_no_session_is_404(port: int, path: str, verb: str) -> None:
    response = ask(port, path, verb=verb)

    assert (response.status, response.field("content-type")) == (404, "application/problem+json")


@pytest.mark.parametrize("path", ["/rpc/progress/%73", "/rpc/progress/s?x=1&y", "/rpc/progress/s?"])
def test_another_spelling_of_a_path_is_the_same_session(port: int, path: str) -> None:
    with closing(Listener(port, path)) as listener:
        assert listener.event().json == {"type": "connected", "sessionId": "s"}


def test_two_last_ids_are_an_unknown_one(port: int) -> None:
    emit(port, "two-ids", "one")

    with listening(port, "two-ids", "Last-Event-ID: a", "Last-Event-ID: b") as listener:
        assert listener.block().value("event") == "gap"


def test_a_last_id_that_is_no_utf_8_is_an_unknown_one(port: int) -> None:
    emit(port, "no-utf-8", "one")

    with listening(port, "no-utf-8", "Last-Event-ID: \udcff") as listener:
        assert listener.block().value("event") == "gap"


def test_a_last_id_of_60_kib_is_an_unknown_one_and_comes_back_nowhere(port: int) -> None:
    emit(port, "long-id", "one")

    with listening(port, "long-id", "Last-Event-ID: " + "x" * 60_000) as listener:
        assert [listener.text(), listener.event().data] == [
            'event: gap\ndata: {"type":"gap","kept":1}\n\n',
            "one",
        ]


def test_a_last_id_of_1_mib_is_refused_and_the_server_lives(port: int) -> None:
    request = head("GET", "Last-Event-ID: " + "x" * (1 << 20), path="/rpc/progress/s")

    with closing(Peer(port)) as peer:
        answer = b""
        # The server closes without having read all of it, which may overtake the answer.
        with suppress(ConnectionError):
            peer.send(request)
            answer = peer.rest()

    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    assert alive(port)


@pytest.mark.parametrize(
    "name", ["X-Session: a\0b", "Last-Event-ID: a\0b", "Last-Event-ID: a\rb", "Last-Event-ID a"]
)
def test_a_broken_field_is_400(port: int, name: str) -> None:
    response = ask(port, "/rpc/progress/s", name)

    assert (response.status, response.field("content-type")) == (400, "application/problem+json")


def test_what_a_client_sends_on_an_open_stream_is_thrown_away(port: int) -> None:
    with closing(Listener(port, "/rpc/progress/body", "Content-Length: 500000")) as listener:
        listener.event()
        listener.socket.sendall(b"x" * 500_000)
        emit(port, "body", "still here")

        assert listener.event().data == "still here"


def test_a_request_after_an_open_stream_waits_for_its_end(port: int) -> None:
    with listening(port, "pipelined") as listener:
        listener.socket.sendall(post(VOID))
        act(port, "disconnect", sessionId="pipelined")

        assert listener.blocks() == []
        assert listener.reader.readline() == b"HTTP/1.1 200 OK\r\n"


def test_a_thousand_reconnections_leave_nothing_behind() -> None:
    with serving(settings_with(max_sessions=50, max_streams=100)) as port:
        for number in range(1000):
            with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S) as client:
                client.sendall(head("GET", path=f"/rpc/progress/s{number % 200}"))
                if number % 2:
                    assert client.recv(15) == b"HTTP/1.1 200 OK"
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, *[0] * 7]))
        until_open(port, 0)

        assert alive(port)
        with listening(port, "s"):
            pass


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server that waits for no half request."""
    monkeypatch.setattr(wire.JsonErrorProtocol, "request_s", 0.05)
    with serving() as port:
        yield port


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(STREAM[:1], id="a byte"),
        pytest.param(STREAM[:-2], id="all but its last line"),
        pytest.param(post(VOID)[:-1], id="all but a byte of its body"),
        pytest.param(post(VOID) + STREAM[:10], id="a second one"),
    ],
)
def test_a_half_request_is_408_in_the_end(impatient: int, begun: bytes) -> None:
    with closing(Peer(impatient)) as peer:
        peer.send(begun)
        if begun.startswith(post(VOID)):
            assert peer.receive().body == VOID_ANSWER
            peer.send(b"H")
        response = peer.receive()

        assert (response.status, response.field("connection")) == (408, "close")
        assert peer.rest() == b""


def test_a_connection_without_a_request_ends_without_an_answer(impatient: int) -> None:
    with closing(Peer(impatient)) as peer:
        assert peer.rest() == b""


def test_an_open_stream_is_no_half_request(impatient: int) -> None:
    with listening(impatient, "s") as listener, closing(Peer(impatient)) as idle:
        assert idle.rest() == b""  # so much time has passed
        emit(impatient, "s", "still here")

        assert listener.event().data == "still here"


def test_hundreds_of_half_requests_hold_up_nobody() -> None:
    with serving() as port, ExitStack() as peers:
        for _ in range(300):
            peers.enter_context(closing(Peer(port))).send(STREAM[:-2])

        assert alive(port)
        with listening(port, "s"):
            pass


def never_reading(port: int, stack: ExitStack) -> socket.socket:
    client = stack.enter_context(socket.socket())
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(TIMEOUT_S)
    client.connect(("127.0.0.1", port))
    client.sendall(STREAM)
    return client


def test_a_client_that_never_reads_is_dropped_and_the_others_get_everything() -> None:
    payload = "x" * 60_000
    settings = settings_with(replay_bytes=200_000)
    with serving(settings) as port, ExitStack() as stack, listening(port, "s") as fast:
        client = never_reading(port, stack)
        until_open(port, 2)
        sent = 0
        while act(port, "streams")["open"] == 2:
            emit(port, "s", payload)
            assert fast.event().data == payload
            sent += 1

        assert act(port, "streams")["ended"] == {"too_slow": 1}
        assert sent * len(payload) < 20_000_000
        # The connection is gone, with what was on its way: not kept until the peer has read it.
        with suppress(ConnectionResetError):
            while client.recv(1 << 20):
                pass


def test_a_server_with_a_client_that_never_reads_stops_at_once() -> None:
    settings = settings_with(replay_events=1000, replay_bytes=1 << 24)
    with ExitStack() as stack, serving(settings) as port:
        never_reading(port, stack)
        until_open(port, 1)
        for _ in range(150):
            emit(port, "s", "x" * 60_000)

        assert act(port, "streams")["open"] == 1
    # Leaving the block stops the server, and then the client; it fails if that takes long.
