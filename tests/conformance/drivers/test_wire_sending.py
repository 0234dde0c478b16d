"""Requests that are not sent in one go: held back, large, pipelined."""

from collections.abc import Callable

import anyio
import pytest

from conformance.drivers.endpoint import read_url
from conformance.drivers.wire import Exchange, Limits, Wire
from conformance.observe.exchange import Outcome
from tests.conformance.drivers.wires import BRISK, PATIENT, exchanged, request
from tests.conformance.peers import (
    OK,
    Peer,
    Serve,
    Talk,
    body_of,
    mirroring,
    response,
    serving,
    silent,
)

BIG = "x" * (4 * 1024 * 1024)


def closing_both_ways(_: Talk) -> None:
    """End here: the peer closes then."""


def closing_one_way(talk: Talk) -> None:
    talk.close_writing()
    talk.until_closed()


def pipelined(peer: Peer, count: int, *, limits: Limits = PATIENT) -> list[Exchange]:
    async def talk() -> list[Exchange]:
        async with Wire(read_url(peer.url, where="test"), limits=limits) as wire:
            return await wire.pipeline([request(raw=str(number)) for number in range(count)])

    return anyio.run(talk)


def continuing(*interim: bytes) -> Serve:
    """Answer a head with interim responses, and a whole request with what it was."""

    def serve(talk: Talk) -> None:
        talk.head()
        for one in interim:
            talk.send(one)
        talk.send(response(body_of(talk.request())))

    return serve


CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\n\r\n"


@pytest.mark.parametrize(
    ("interim", "continued"),
    [
        pytest.param([CONTINUE], "100", id="100"),
        pytest.param([HINTS, CONTINUE], "100", id="100 behind another"),
        pytest.param([], "silence", id="silence"),
        pytest.param([HINTS], "silence", id="another one"),
    ],
)
def test_a_body_is_held_back_until_100_or_half_the_deadline(
    interim: list[bytes], continued: str
) -> None:
    limits = BRISK if continued == "silence" else PATIENT

    with serving(continuing(*interim)) as peer:
        [exchange] = exchanged(peer, request(raw="hi", expect_continue=True), limits=limits)

    assert exchange.continued == continued
    assert exchange.outcome is Outcome.ANSWERED
    assert exchange.reader.body == b"hi"
    assert b"\r\nExpect: 100-continue\r\n" in exchange.sent


def test_100_is_awaited_though_another_interim_response_came_before() -> None:
    def hints_first(talk: Talk) -> None:
        talk.head()
        talk.send(HINTS)
        talk.peer.closing.wait(0.1)
        talk.send(CONTINUE)
        talk.send(response(body_of(talk.request())))

    with serving(hints_first) as peer:
        [exchange] = exchanged(peer, request(raw="hi", expect_continue=True))

    assert exchange.continued == "100"


def test_a_final_response_instead_of_100_ends_the_exchange_without_the_body() -> None:
    def refusing(talk: Talk) -> None:
        talk.head()
        talk.send(response(OK, status="413 Content Too Large"))
        talk.until_closed()

    with serving(refusing) as peer:
        [exchange] = exchanged(peer, request(raw="hi", expect_continue=True))

    assert exchange.continued == "final"
    assert exchange.outcome is Outcome.ANSWERED
    assert exchange.reader.head is not None
    assert exchange.reader.head.status == 413
    assert peer.requests == []


def test_the_connection_is_not_kept_when_the_body_was_not_sent() -> None:
    def refusing_first(talk: Talk) -> None:
        if talk.number == 1:
            talk.head()
            talk.send(response(OK, status="417 Expectation Failed"))
            talk.until_closed()
        mirroring(talk)

    with serving(refusing_first) as peer:
        first, second = exchanged(
            peer, request(raw="hi", expect_continue=True), request(raw="again")
        )

    assert (first.continued, second.continued) == ("final", "")
    assert second.reader.body == b"again"
    assert second.connection.reused is False


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        pytest.param(closing_both_ways, Outcome.CLOSED, id="closed"),
        pytest.param(Talk.reset, Outcome.RESET, id="reset"),
    ],
)
def test_who_ends_the_connection_at_the_head_is_told(
    end: Callable[[Talk], None], outcome: Outcome
) -> None:
    def at_the_head(talk: Talk) -> None:
        talk.head()
        end(talk)

    with serving(at_the_head) as peer:
        [exchange] = exchanged(peer, request(raw="hi", expect_continue=True))

    assert exchange.outcome is outcome
    assert exchange.continued == "silence"


def test_a_large_request_is_sent_while_the_response_is_read() -> None:
    def head_first(talk: Talk) -> None:
        # Neither side would go on if one waited for the other to take all of its bytes.
        talk.head()
        talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BIG))
        talk.send(BIG.encode())
        talk.request()

    with serving(head_first) as peer:
        [exchange] = exchanged(peer, request(raw=BIG))

    assert exchange.outcome is Outcome.ANSWERED
    assert len(exchange.reader.body) == len(BIG)


def test_a_large_request_arrives_whole() -> None:
    def counting(talk: Talk) -> None:
        while one := talk.request():
            talk.send(response(str(len(body_of(one))).encode()))

    with serving(counting) as peer:
        exchanges = exchanged(peer, request(raw=BIG), request(raw="1"))

    assert [one.reader.body for one in exchanges] == [b"%d" % len(BIG), b"1"]


TOO_LARGE = response(b'{"error":1}', "Connection: close", status="413 Content Too Large")


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(closing_both_ways, id="closed with the request unread"),
        pytest.param(Talk.until_closed, id="the request read and thrown away"),
    ],
)
def test_an_early_refusal_of_a_large_request_is_seen(end: Callable[[Talk], None]) -> None:
    def refusing(talk: Talk) -> None:
        talk.head()
        talk.send(TOO_LARGE)
        end(talk)

    with serving(refusing) as peer:
        [exchange] = exchanged(peer, request(raw=BIG))

    assert exchange.outcome is Outcome.ANSWERED
    assert exchange.reader.head is not None
    assert exchange.reader.head.status == 413
    assert exchange.reader.body == b'{"error":1}'


def test_an_early_answer_to_a_large_request_does_not_spoil_the_next_one() -> None:
    def early(talk: Talk) -> None:
        talk.head()
        talk.send(response(b"early"))
        talk.request()
        mirroring(talk)

    with serving(early) as peer:
        exchanges = exchanged(peer, request(raw=BIG), request(raw="next"))

    assert [one.reader.body for one in exchanges] == [b"early", b"next"]


def test_pipelined_requests_get_their_responses_in_order() -> None:
    def at_once(talk: Talk) -> None:
        bodies = [body_of(talk.request()) for _ in range(3)]
        talk.send(b"".join(response(body) for body in bodies))

    with serving(at_once) as peer:
        exchanges = pipelined(peer, 3)

    assert [one.reader.body for one in exchanges] == [b"0", b"1", b"2"]
    assert [one.outcome for one in exchanges] == [Outcome.ANSWERED] * 3
    assert peer.connections == 1


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(closing_both_ways, id="closed"),
        pytest.param(closing_one_way, id="half closed"),
    ],
)
def test_a_pipeline_that_is_closed_after_the_first_answer_leaves_the_rest_unanswered(
    end: Callable[[Talk], None],
) -> None:
    def first_only(talk: Talk) -> None:
        for _ in range(3):
            talk.request()
        talk.send(response())
        end(talk)

    with serving(first_only) as peer:
        exchanges = pipelined(peer, 3)

    outcomes = [one.outcome for one in exchanges]
    assert outcomes == [Outcome.ANSWERED, Outcome.CLOSED, Outcome.CLOSED]


def test_a_pipeline_that_falls_silent_is_waited_for_once() -> None:
    def first_only(talk: Talk) -> None:
        talk.request()
        talk.send(response())
        talk.until_closed()

    async def talk(url: str) -> list[Exchange]:
        with anyio.fail_after(10):
            async with Wire(read_url(url, where="test"), limits=Limits(timeout_s=1.0)) as wire:
                return await wire.pipeline([request() for _ in range(40)])

    with serving(first_only) as peer:
        exchanges = anyio.run(talk, peer.url)

    outcomes = [one.outcome for one in exchanges]
    assert outcomes == [Outcome.ANSWERED, *[Outcome.SILENCE] * 39]


def test_a_pipeline_to_nobody_is_unreachable_throughout() -> None:
    with serving(silent) as peer:
        peer.die()
        exchanges = pipelined(peer, 2)

    assert [one.outcome for one in exchanges] == [Outcome.UNREACHABLE] * 2


def test_a_pipeline_leaves_the_kept_connection() -> None:
    async def talk(url: str) -> list[bool]:
        async with Wire(read_url(url, where="test"), limits=PATIENT) as wire:
            await wire.exchange(request())
            await wire.pipeline([request(), request()])
            after = await wire.exchange(request())
            return [after.connection.reused]

    with serving(mirroring) as peer:
        assert anyio.run(talk, peer.url) == [False]

    assert peer.connections == 3
