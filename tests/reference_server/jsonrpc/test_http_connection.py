"""The HTTP edge: framing, size, order, and what becomes of the connection."""

import concurrent.futures
import dataclasses
from collections.abc import Iterator
from contextlib import closing

import pytest

from reference_server.json_text import Json
from reference_server.jsonrpc import http
from reference_server.settings import Settings, everything_on
from tests.reference_server.loopback import (
    NOTIFICATION,
    VOID,
    VOID_ANSWER,
    Peer,
    echo,
    head,
    post,
    refused,
    serving,
)


def test_a_chunked_body_is_understood(peer: Peer) -> None:
    start = head("POST", "Content-Type: application/json", "Transfer-Encoding: chunked")
    peer.send(start + b"5;x=y\r\n" + VOID[:5] + b"\r\n")
    peer.send(b"%x\r\n" % len(VOID[5:]) + VOID[5:] + b"\r\n0\r\nTrailer: x\r\n\r\n")
    response = peer.receive()
    peer.send(post(VOID))

    assert response.body == VOID_ANSWER
    assert peer.receive().body == VOID_ANSWER


def test_expect_100_is_answered_before_the_body_comes(peer: Peer) -> None:
    request = post(VOID, "Expect: 100-continue")
    peer.send(request.removesuffix(VOID))
    interim = peer.receive()
    peer.send(VOID)

    assert interim.status == 100
    assert peer.receive().body == VOID_ANSWER


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        pytest.param(
            head("POST", "Content-Type: text/plain", "Content-Length: 5", "Expect: 100-continue"),
            415,
            id="media type",
        ),
        pytest.param(
            head("POST", "Content-Length: 99999999", "Expect: 100-continue"), 413, id="size"
        ),
        pytest.param(head("PUT", "Content-Length: 5", "Expect: 100-continue"), 405, id="verb"),
        pytest.param(
            head("OPTIONS", "Content-Length: 5", "Expect: 100-continue"), 204, id="options"
        ),
    ],
)
def test_expect_100_of_a_refused_request_gets_a_last_status_and_the_connection_ends(
    peer: Peer, request_head: bytes, status: int
) -> None:
    peer.send(request_head)
    response = peer.receive()

    assert (response.status, response.field("connection")) == (status, "close")
    assert peer.rest() == b""


def test_pipelined_requests_are_answered_in_order(peer: Peer) -> None:
    requests = [post(echo("x", i)) for i in range(20)]
    requests[7] = post(NOTIFICATION)
    requests[9] = post(b"{")
    requests[11] = post(b'{"jsonrpc":"2.0","method":"object.count","params":["products"],"id":11}')
    requests[13] = head("GET")
    peer.send(b"".join(requests))

    responses = [peer.receive() for _ in requests]

    assert [response.status for response in responses] == [
        {7: 204, 13: 405}.get(i, 200) for i in range(20)
    ]
    for i in (0, 6, 8, 10, 11, 12, 14, 19):
        answer = responses[i].json
        assert isinstance(answer, dict)
        assert answer["id"] == i


def test_fifty_calls_over_ten_connections_do_not_mix(port: int) -> None:
    def calls(connection: int) -> list[Json]:
        answers = []
        with closing(Peer(port)) as peer:
            for i in range(5):
                peer.send(post(echo(f"v{connection}-{i}", f"{connection}-{i}")))
                answers.append(peer.receive().json)
        return answers

    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        seen = list(pool.map(calls, range(10)))

    for connection, answers in enumerate(seen):
        assert answers == [
            {"jsonrpc": "2.0", "result": f"v{connection}-{i}", "id": f"{connection}-{i}"}
            for i in range(5)
        ]


def test_a_slow_call_does_not_hold_up_others(port: int) -> None:
    slow = b'{"jsonrpc":"2.0","method":"slow","params":[5000],"id":"slow"}'
    with closing(Peer(port)) as waiting, closing(Peer(port)) as peer:
        waiting.send(post(slow))
        for _ in range(10):
            peer.send(post(VOID))
            assert peer.receive().body == VOID_ANSWER


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(post(VOID, "Content-Length: 9"), id="two lengths"),
        pytest.param(
            post(VOID).replace(b"Content-Length: 40", b"Content-Length: x"), id="no length"
        ),
        pytest.param(b"NONSENSE\r\n\r\n", id="no request line"),
        pytest.param(post(VOID).replace(b"Host: localhost\r\n", b""), id="no host"),
        pytest.param(head("POST", "Transfer-Encoding: chunked") + b"zz\r\n", id="broken chunk"),
        pytest.param(
            head("POST").removesuffix(b"\r\n") + b"X: " + b"x" * 70_000, id="endless header"
        ),
    ],
)
def test_broken_framing_is_400_and_the_connection_ends(peer: Peer, request_: bytes) -> None:
    peer.send(request_)
    response = peer.receive()

    assert (response.status, response.field("connection")) == (400, "close")
    assert response.field("content-type") == "application/problem+json"
    assert peer.rest() == b""


def test_two_framings_at_once_are_refused_and_the_connection_ends(peer: Peer) -> None:
    chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(VOID), VOID)
    peer.send(head("POST", "Content-Length: 5", "Transfer-Encoding: chunked") + chunks)
    response = peer.receive()

    assert (response.status, response.field("connection")) == (400, "close")
    assert response.json == refused("Content-Length and Transfer-Encoding together")
    assert peer.rest() == b""


SMALL = dataclasses.replace(everything_on(Settings()).jsonrpc, max_body_bytes=100)


@pytest.fixture(scope="module")
def small_port() -> Iterator[int]:
    with serving(Settings(jsonrpc=SMALL)) as number:
        yield number


@pytest.fixture
def small(small_port: int) -> Iterator[Peer]:
    with closing(Peer(small_port)) as connection:
        yield connection


def test_the_largest_body_is_taken(small: Peer) -> None:
    small.send(post(VOID.ljust(100)))

    assert small.receive().body == VOID_ANSWER


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(post(VOID.ljust(101)), id="announced"),
        pytest.param(
            head("POST", "Transfer-Encoding: chunked") + b"65\r\n" + VOID.ljust(101) + b"\r\n",
            id="chunked, and more would come",
        ),
        pytest.param(
            head("POST", "Transfer-Encoding: chunked")
            + b"14\r\n"
            + VOID[:20]
            + b"\r\n"
            + b"51\r\n"
            + VOID[20:].ljust(81)
            + b"\r\n0\r\n\r\n",
            id="chunked, whole",
        ),
    ],
)
def test_one_byte_more_is_413_with_an_error_object(small: Peer, sent: bytes) -> None:
    small.send(sent)
    response = small.receive()

    assert (response.status, response.field("connection")) == (413, "close")
    assert response.json == refused("a body of more than 100 bytes", max_body_bytes=100)


def test_a_peer_that_goes_on_sending_still_sees_the_413(small: Peer) -> None:
    small.send(head("POST", "Content-Length: 4000000") + b" " * 4_000_000)
    response = small.receive()

    assert response.status == 413
    assert small.rest() == b""


@pytest.mark.parametrize(
    ("limit", "value"),
    [pytest.param("LINGER_S", 0.01, id="time"), pytest.param("LINGER_MAX_BYTES", 200, id="bytes")],
)
def test_a_peer_that_never_ends_is_left(
    small: Peer, monkeypatch: pytest.MonkeyPatch, limit: str, value: float
) -> None:
    monkeypatch.setattr(http, limit, value)
    small.send(head("POST", "Content-Length: 4000") + b" " * 1000)
    response = small.receive()

    assert response.status == 413
    assert small.rest() == b""


def test_broken_framing_behind_an_answer_just_ends_the_connection(peer: Peer) -> None:
    peer.send(head("POST", "Content-Type: text/plain", "Transfer-Encoding: chunked"))
    assert peer.receive().status == 415
    peer.send(b"zz\r\n")

    assert peer.rest() == b""


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(head("POST", "Content-Length: 50") + VOID, id="in the first piece"),
        pytest.param(
            head("POST", "Transfer-Encoding: chunked") + b"5\r\n" + VOID[:5] + b"\r\n", id="later"
        ),
    ],
)
def test_a_peer_that_leaves_in_the_middle_harms_nobody(port: int, sent: bytes) -> None:
    with closing(Peer(port)) as leaving:
        leaving.send(sent)
    with closing(Peer(port)) as peer:
        peer.send(post(VOID))

        assert peer.receive().body == VOID_ANSWER
