"""Exchanges on real sockets: how each one ends, and what is kept of it."""

import threading

import anyio
import pytest

from conformance.drivers.endpoint import read_url
from conformance.drivers.wire import Exchange, Limits, Wire
from conformance.observe.exchange import Outcome
from conformance.words.json_value import Json
from tests.conformance.drivers.wires import BRISK, HASTY, PATIENT, exchanged, request
from tests.conformance.peers import (
    OK,
    Serve,
    Talk,
    answering,
    body_of,
    closing,
    dripping,
    endless,
    mirroring,
    resetting,
    response,
    serving,
    silent,
)


def test_every_byte_of_an_exchange_is_kept() -> None:
    answer = b"HTTP/1.1 102 Processing\r\n\r\n" + response(OK)

    with serving(answering(answer)) as peer:
        [exchange] = exchanged(peer, request(raw="hi"))

    assert exchange.outcome is Outcome.ANSWERED
    assert exchange.sent == b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
    assert exchange.received == answer
    assert exchange.reader.body == OK
    assert exchange.url == peer.url
    assert exchange.timing.first_byte_ms is not None
    assert exchange.timing.first_byte_ms <= exchange.timing.total_ms


def test_a_connection_is_kept_from_step_to_step() -> None:
    with serving(mirroring) as peer:
        exchanges = exchanged(peer, request(raw="1"), request(raw="2"), request(raw="3"))

    assert [one.connection.reused for one in exchanges] == [False, True, True]
    assert [one.reader.body for one in exchanges] == [b"1", b"2", b"3"]
    assert peer.connections == 1


@pytest.mark.parametrize(
    ("send", "answer"),
    [
        pytest.param({"fresh": True}, response(), id="a fresh one is asked for"),
        pytest.param({}, response(OK, "Connection: close"), id="the response says close"),
        pytest.param({}, b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", id="HTTP/1.0"),
        pytest.param({}, response() + b"more", id="bytes came behind the response"),
    ],
)
def test_a_new_connection_is_made_when(send: dict[str, Json], answer: bytes) -> None:
    with serving(answering(answer)) as peer:
        exchanges = exchanged(peer, request(), request(raw="1", **send))

    assert [one.connection.reused for one in exchanges] == [False, False]
    assert [one.outcome for one in exchanges] == [Outcome.ANSWERED] * 2
    assert peer.connections == 2


def test_a_kept_connection_that_was_closed_meanwhile_is_replaced_once() -> None:
    def one_each(talk: Talk) -> None:
        talk.request()
        talk.send(response())

    with serving(one_each) as peer:
        exchanges = exchanged(peer, request(raw="1"), request(raw="2"))

    assert [one.outcome for one in exchanges] == [Outcome.ANSWERED] * 2
    assert [one.connection.reused for one in exchanges] == [False, False]
    assert [body_of(one) for one in peer.requests] == [b"1", b"2"]


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        pytest.param(closing, Outcome.CLOSED, id="closed"),
        pytest.param(resetting, Outcome.RESET, id="reset"),
    ],
)
def test_a_replaced_connection_is_not_replaced_again(end: Serve, outcome: Outcome) -> None:
    def first_answers(talk: Talk) -> None:
        if talk.number == 1:
            talk.request()
            talk.send(response())
        end(talk)

    with serving(first_answers) as peer:
        first, second = exchanged(peer, request(), request())

    assert (first.outcome, second.outcome) == (Outcome.ANSWERED, outcome)
    assert second.connection.reused is False
    assert peer.connections == 2


def test_silence_on_a_kept_connection_is_not_asked_twice() -> None:
    with serving(mirroring) as peer:
        exchanges = exchanged(peer, request(raw="1"), request(raw="!silence"), limits=BRISK)

    assert [one.outcome for one in exchanges] == [Outcome.ANSWERED, Outcome.SILENCE]
    assert peer.connections == 1


def half(talk: Talk) -> None:
    talk.request()
    talk.send(response()[:-5])


def hanging_half(talk: Talk) -> None:
    half(talk)
    talk.until_closed()


def to_the_close(talk: Talk) -> None:
    talk.request()
    talk.send(b"HTTP/1.1 200 OK\r\n\r\nall of it")


def not_http(talk: Talk) -> None:
    talk.request()
    talk.send(b"SSH-2.0-OpenSSH_9.2\r\n")


def not_http_and_open(talk: Talk) -> None:
    not_http(talk)
    talk.until_closed()


@pytest.mark.parametrize(
    ("serve", "limits", "outcome"),
    [
        pytest.param(silent, HASTY, Outcome.SILENCE, id="nothing until the deadline"),
        pytest.param(closing, PATIENT, Outcome.CLOSED, id="closed without a byte"),
        pytest.param(resetting, PATIENT, Outcome.RESET, id="reset without a byte"),
        pytest.param(half, PATIENT, Outcome.INCOMPLETE, id="closed within the body"),
        pytest.param(hanging_half, BRISK, Outcome.INCOMPLETE, id="silent within the body"),
        pytest.param(dripping, BRISK, Outcome.INCOMPLETE, id="dripping"),
        pytest.param(to_the_close, PATIENT, Outcome.ANSWERED, id="a body up to the close"),
        pytest.param(not_http, PATIENT, Outcome.NOT_HTTP, id="another protocol"),
        pytest.param(not_http_and_open, PATIENT, Outcome.NOT_HTTP, id="one that waits"),
    ],
)
def test_how_an_exchange_ended_is_told_apart(
    serve: Serve, limits: Limits, outcome: Outcome
) -> None:
    with serving(serve) as peer:
        [exchange] = exchanged(peer, request(), limits=limits)

    assert exchange.outcome is outcome


def test_a_response_without_end_is_cut_at_the_bound() -> None:
    with serving(endless) as peer:
        limits = Limits(timeout_s=20.0, max_body_bytes=100_000)
        [exchange] = exchanged(peer, request(), limits=limits)

    assert exchange.outcome is Outcome.TOO_LARGE
    assert len(exchange.reader.body) <= 100_000
    assert len(exchange.received) < 1_000_000


def test_an_interim_response_alone_is_no_answer() -> None:
    def interim(talk: Talk) -> None:
        talk.request()
        talk.send(b"HTTP/1.1 102 Processing\r\n\r\n")

    with serving(interim) as peer:
        [exchange] = exchanged(peer, request())

    assert exchange.outcome is Outcome.INCOMPLETE


def test_who_does_not_listen_is_unreachable() -> None:
    with serving(silent) as peer:
        peer.die()
        [exchange] = exchanged(peer, request())

    assert exchange.outcome is Outcome.UNREACHABLE
    assert exchange.unreachable == "the connection was refused"
    assert (exchange.sent, exchange.received) == (b"", b"")


def test_who_died_between_two_steps_is_unreachable_at_the_second() -> None:
    with serving(mirroring) as peer:
        first, second = exchanged(peer, request(raw="!die"), request(raw="1"))

    assert (first.outcome, second.outcome) == (Outcome.CLOSED, Outcome.UNREACHABLE)


def test_what_was_sent_over_a_kept_connection_to_who_died_of_it_is_kept() -> None:
    with serving(mirroring) as peer:
        first, second = exchanged(peer, request(raw="1"), request(raw="!die"))

    assert (first.outcome, second.outcome) == (Outcome.ANSWERED, Outcome.CLOSED)
    assert (second.sent, second.connection.reused) == (request(raw="!die").data, True)


def test_the_deadline_is_stretched_by_the_step() -> None:
    def after_a_while(talk: Talk) -> None:
        talk.request()
        talk.peer.closing.wait(0.3)
        talk.send(response())

    async def talk(url: str) -> Exchange:
        async with Wire(read_url(url, where="test"), limits=HASTY) as wire:
            return await wire.exchange(request(), timeout_factor=60)

    with serving(after_a_while) as peer:
        exchange = anyio.run(talk, peer.url)

    assert exchange.outcome is Outcome.ANSWERED


def test_the_pace_is_asked_before_every_request() -> None:
    class Counted:
        asked = 0

        async def wait(self) -> None:
            self.asked += 1

    pace = Counted()

    async def talk(url: str) -> None:
        async with Wire(read_url(url, where="test"), limits=PATIENT, pace=pace) as wire:
            for _ in range(3):
                await wire.exchange(request())

    with serving(mirroring) as peer:
        anyio.run(talk, peer.url)

    assert pace.asked == 3


def two_responses(talk: Talk) -> None:
    talk.request()
    talk.send(response(b"1"))
    talk.send(response(b"2"))


def test_reading_to_the_end_sees_what_comes_behind_the_response() -> None:
    with serving(two_responses) as peer:
        [exchange] = exchanged(peer, request(raw="1", read_to_end=True))

    assert exchange.outcome is Outcome.ANSWERED
    assert exchange.reader.excess == response(b"2")
    assert exchange.received == response(b"1") + response(b"2")
    assert [one.code for one in exchange.reader.defects] == ["bytes-after-message"]
    assert b"\r\nConnection: close\r\n" in exchange.sent


def test_reading_to_the_end_is_over_at_the_deadline() -> None:
    with serving(mirroring) as peer:
        [exchange] = exchanged(peer, request(raw="1", read_to_end=True), limits=BRISK)

    assert exchange.outcome is Outcome.ANSWERED
    assert exchange.connection.closed_by_peer is False


def test_reading_to_the_end_is_bounded() -> None:
    def flooding(talk: Talk) -> None:
        talk.request()
        while True:
            talk.send(response(b"x" * 10_000))

    with serving(flooding) as peer:
        limits = Limits(timeout_s=20.0, max_body_bytes=50_000)
        [exchange] = exchanged(peer, request(raw="1", read_to_end=True), limits=limits)

    assert exchange.outcome is Outcome.ANSWERED
    assert len(exchange.received) < 1_000_000


def test_an_exchange_that_is_given_up_from_outside_leaves_no_connection_open() -> None:
    asked, closed = threading.Event(), threading.Event()

    def half(talk: Talk) -> None:
        talk.request()
        talk.send(response()[:-5])
        asked.set()
        talk.until_closed()
        closed.set()

    async def give_up(url: str) -> bool:
        async with (
            Wire(read_url(url, where="test"), limits=PATIENT) as wire,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(wire.exchange, request())
            await anyio.to_thread.run_sync(asked.wait)
            tasks.cancel_scope.cancel()
        return await anyio.to_thread.run_sync(closed.wait, PATIENT.timeout_s)

    with serving(half) as peer:
        assert anyio.run(give_up, peer.url)
