"""What the SSE driver sends and sees: whole streams, odd ones, and what is none at all."""

import threading

import anyio
import pytest

from conformance.words.json_value import ABSENT, Json
from tests.conformance.drivers.sse_steps import HASTY, PATIENT, at, driver_of, observed, performed
from tests.conformance.peers import (
    TIMEOUT_S,
    Peer,
    Serve,
    Talk,
    answering,
    closing,
    endless,
    resetting,
    response,
    serving,
    silent,
)
from tests.conformance.streams import (
    HEAD,
    LAST_CHUNK,
    PLAIN_HEAD,
    asked,
    broken_coding,
    by_bytes,
    chunk,
    compressed,
    cut,
    end,
    endless_events,
    endless_line,
    hold,
    reset,
    sending,
    small_server,
    streaming,
)

EVENT = b"id: 1\ndata: a\n\n"
OPEN: dict[str, Json] = {"open": {}}
READ_ONE: dict[str, Json] = {"open": {}, "read": {"events": 1}}
READ_ALL: dict[str, Json] = {"open": {}, "read": {"ends": True}}


def test_a_stream_is_asked_for_as_an_event_source_asks() -> None:
    with serving(streaming(EVENT)) as peer:
        performed(driver_of(peer), OPEN)

    assert peer.requests == [
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n"
        b"Cache-Control: no-store\r\nUser-Agent: wirecheck\r\n\r\n" % peer.port
    ]


def test_the_user_s_header_fields_replace_those_of_their_name() -> None:
    with serving(streaming(EVENT)) as peer:
        performed(driver_of(peer, headers=(("accept", "text/x"), ("X-Key", "k"))), OPEN)

    [request] = peer.requests
    assert b"\r\nAccept:" not in request
    assert b"\r\naccept: text/x\r\nX-Key: k\r\n" in request


@pytest.mark.parametrize(
    ("serve", "ended"),
    [
        pytest.param(streaming(EVENT), "count", id="in one piece"),
        pytest.param(by_bytes(HEAD + chunk(EVENT)), "count", id="byte by byte"),
        pytest.param(sending(PLAIN_HEAD, EVENT), "count", id="without chunks"),
        pytest.param(streaming(EVENT[:7], EVENT[7:]), "count", id="in two chunks"),
        pytest.param(compressed(EVENT), "count", id="compressed"),
    ],
)
def test_an_event_is_seen_however_it_comes(serve: Serve, ended: str) -> None:
    with serving(serve) as peer:
        [seen] = observed(peer, READ_ONE)

    assert at(seen, "/outcome") == "answered"
    assert at(seen, "/stream/data") == ["a"]
    assert at(seen, "/stream/ids") == ["1"]
    assert at(seen, "/stream/ended") == ended
    assert at(seen, "/stream/open") is True
    assert at(seen, "/body") is ABSENT


@pytest.mark.parametrize(
    ("serve", "outcome", "ended"),
    [
        pytest.param(streaming(EVENT, then=end), "answered", "closed", id="last chunk"),
        pytest.param(streaming(EVENT, then=cut), "incomplete", "reset", id="no last chunk"),
        pytest.param(streaming(EVENT, then=reset), "incomplete", "reset", id="reset"),
        pytest.param(sending(PLAIN_HEAD, EVENT, then=cut), "answered", "closed", id="closed"),
    ],
)
def test_the_end_of_a_stream_is_told(serve: Serve, outcome: str, ended: str) -> None:
    with serving(serve) as peer:
        [seen] = observed(peer, READ_ALL)

    assert at(seen, "/outcome") == outcome
    assert at(seen, "/stream/ended") == ended
    assert at(seen, "/stream/open") is False


@pytest.mark.parametrize(
    ("serve", "outcome", "status"),
    [
        pytest.param(
            answering(response(b"<p>", media_type="text/html")), "answered", 200, id="HTML"
        ),
        pytest.param(answering(b"HTTP/1.1 204 No Content\r\n\r\n"), "answered", 204, id="204"),
        pytest.param(answering(response(b"{}", status="404 No")), "answered", 404, id="404"),
        pytest.param(
            answering(response(EVENT, media_type="text/event-stream", status="201 Made")),
            "answered",
            201,
            id="a stream with another status",
        ),
        pytest.param(sending(b"no HTTP\r\n\r\n", then=cut), "not-http", ABSENT, id="no HTTP"),
        pytest.param(sending(HEAD[:40], then=cut), "incomplete", ABSENT, id="half a head"),
        pytest.param(closing, "closed", ABSENT, id="closed"),
        pytest.param(resetting, "reset", ABSENT, id="reset"),
        pytest.param(silent, "silence", ABSENT, id="never a head"),
        pytest.param(endless, "too-large", 200, id="endless text"),
    ],
)
def test_what_is_no_stream_is_told_as_what_it_is(
    serve: Serve, outcome: str, status: object
) -> None:
    with serving(serve) as peer:
        seen = observed(peer, READ_ONE, {"read": {"for_ms": 50}}, limits=HASTY)

    assert [at(one, "/outcome") for one in seen] == [outcome, outcome]
    assert at(seen[0], "/http/status") == status
    assert at(seen[0], "/stream") is ABSENT


@pytest.mark.parametrize(
    ("serve", "code"),
    [
        pytest.param(broken_coding(), "broken-coding", id="broken gzip"),
        pytest.param(
            sending(HEAD.replace(b"\r\n\r\n", b"\r\nContent-Encoding: br\r\n\r\n"), chunk(EVENT)),
            "unknown-coding",
            id="a coding that nobody asked for",
        ),
        pytest.param(sending(HEAD, b"xyz\r\n"), "bad-chunk-size", id="broken chunks"),
        pytest.param(streaming(b"data: \xff\n\n"), "invalid-utf-8", id="no UTF-8"),
    ],
)
def test_broken_bytes_are_a_defect(serve: Serve, code: str) -> None:
    with serving(serve) as peer:
        [seen] = observed(peer, READ_ALL, limits=HASTY)

    codes = at(seen, "/defect_codes")
    assert isinstance(codes, list)
    assert code in codes


@pytest.mark.parametrize(
    "serve",
    [
        pytest.param(endless_events, id="events"),
        pytest.param(endless_line, id="one line"),
        pytest.param(compressed(b"data: " + bytes(8_000_000), b"x" * 8_000_000), id="a bomb"),
    ],
)
def test_a_stream_without_end_is_read_to_a_bound(serve: Serve) -> None:
    with serving(serve) as peer:
        [seen] = observed(peer, READ_ALL, limits=PATIENT)

    assert at(seen, "/stream/ended") == "limit"


def test_silence_ends_with_the_time_of_the_step() -> None:
    with serving(streaming()) as peer:
        [seen] = observed(peer, {"open": {}, "read": {"events": 1, "for_ms": 50}})

    assert at(seen, "/outcome") == "answered"
    assert at(seen, "/stream/ended") == "deadline"
    assert at(seen, "/stream/event_count") == 0


def test_a_step_tells_what_came_since_the_last_one_that_read() -> None:
    def serve(talk: Talk) -> None:
        talk.request()
        talk.send(HEAD + chunk(b"data: 1\n\n"))
        talk.peer.closing.wait(0.05)
        talk.send(chunk(b"data: 2\n\n"))
        hold(talk)

    with serving(serve) as peer:
        seen = observed(peer, READ_ONE, {"read": {"events": 1}})

    assert [at(one, "/stream/data") for one in seen] == [["1"], ["2"]]


def test_the_report_has_each_byte_once() -> None:
    head, first, second = HEAD, chunk(b"data: 1\n\n"), chunk(b"data: 2\n\n") + LAST_CHUNK
    with serving(sending(head + first, second, then=cut)) as peer:
        results = performed(driver_of(peer), READ_ONE, {"read": {"ends": True}})

    exchanges = [one for result in results for one in result.exchanges]
    assert b"".join(one.received for one in exchanges) == head + first + second
    assert [bool(one.sent) for one in exchanges] == [True, False]


def test_reading_goes_on_until_an_event_holds_a_text() -> None:
    blocks = [b"data: own\n\n", b"data: word 1\n\n", b"data: own\n\n", b"data: word 2\n\n"]
    with serving(streaming(*blocks)) as peer:
        [seen] = observed(peer, {"open": {}, "read": {"until": "word 2", "holding": "word"}})

    assert at(seen, "/held/data") == ["word 1", "word 2"]
    assert at(seen, "/streams/main/data") == ["word 1", "word 2"]
    assert at(seen, "/stream/data") == ["own", "word 1", "own", "word 2"]


@pytest.mark.parametrize(
    ("block", "read"),
    [
        pytest.param(b": c\n\n", "comments", id="comments"),
        pytest.param(b"retry: 1\n\n", "retries", id="retry fields"),
        pytest.param(b"data: x\n\n", "events", id="events"),
    ],
)
def test_reading_goes_on_until_so_many_have_come(block: bytes, read: str) -> None:
    with serving(streaming(block, block)) as peer:
        [seen] = observed(peer, {"open": {}, "read": {read: 2}})

    assert at(seen, "/stream/ended") == "count"


def test_several_streams_are_told_beside_one_another() -> None:
    opens: dict[str, Json] = {"stream": "s", "times": 3}
    with serving(streaming(EVENT)) as peer:
        [seen] = observed(peer, {"open": opens, "read": {"events": 1}})

    assert at(seen, "/many/streams") == 3
    assert at(seen, "/many/same_events") is True
    assert at(seen, "/streams/s-3/data") == ["a"]


def test_one_stream_may_be_read_alone() -> None:
    opens: Json = [{"stream": "a"}, {"stream": "b"}]
    with serving(streaming(EVENT)) as peer:
        seen = observed(
            peer,
            {"open": opens, "read": {"events": 1}},
            {"read": {"streams": ["b"], "for_ms": 20}},
            {"read": {"streams": ["a"], "for_ms": 20}},
        )

    assert [list(_object(one, "/streams")) for one in seen] == [["a", "b"], ["b"], ["a"]]


def _object(observation: dict[str, Json], pointer: str) -> dict[str, Json]:
    value = at(observation, pointer)
    assert isinstance(value, dict)
    return value


def test_a_closed_stream_is_not_read_any_more() -> None:
    with serving(streaming(EVENT)) as peer:
        seen = observed(peer, {**READ_ONE, "close": True}, {"read": {"events": 1}})

    assert at(seen[1], "/outcome") == "unreachable"
    assert at(seen[1], "/unreachable") == "no stream of this case is open"


def test_a_stream_of_the_same_name_takes_the_place_of_the_first() -> None:
    with serving(streaming(EVENT)) as peer:
        seen = observed(peer, READ_ONE, READ_ONE)

    assert peer.connections == 2
    assert [at(one, "/stream/data") for one in seen] == [["a"], ["a"]]


@pytest.mark.parametrize(
    ("row", "line"),
    [
        pytest.param({"method": "HEAD"}, "HEAD /events HTTP/1.1", id="method"),
        pytest.param({"path": "/other?x=1"}, "GET /other?x=1 HTTP/1.1", id="path"),
        pytest.param({"version": "1.0"}, "GET /events HTTP/1.0", id="version"),
        pytest.param({"json": {"a": 1}}, "POST /events HTTP/1.1", id="json"),
    ],
)
def test_a_plain_request_is_answered_at_once(row: dict[str, Json], line: str) -> None:
    with serving(small_server(then=end)) as peer:
        [result] = performed(driver_of(peer, path="events"), {"request": row})

    [request] = peer.requests
    assert request.split(b"\r\n")[0].decode() == line
    assert at(result.observation, "/outcome") == "answered"


@pytest.mark.parametrize(
    ("last_id", "sent"),
    [
        pytest.param("7", b"7", id="ASCII"),
        pytest.param("é漢", b"\xc3\xa9\xe6\xbc\xa2", id="UTF-8"),
        pytest.param([{"base64": "//4="}], b"\xff\xfe", id="no UTF-8"),
        pytest.param("", b"", id="empty"),
    ],
)
def test_the_last_event_id_is_sent_as_utf_8(last_id: Json, sent: bytes) -> None:
    with serving(streaming(EVENT)) as peer:
        observed(peer, {"open": {"last_event_id": last_id}})

    assert b"\r\nLast-Event-ID: %b\r\n" % sent in peer.requests[0]


@pytest.mark.parametrize(
    ("serve", "alive"),
    [
        pytest.param(streaming(EVENT), True, id="stream"),
        pytest.param(answering(response(status="500 No")), True, id="500"),
        pytest.param(closing, False, id="closing"),
        pytest.param(silent, False, id="silent"),
    ],
)
def test_a_target_is_alive_if_it_answers_at_all(serve: Serve, *, alive: bool) -> None:
    with serving(serve) as peer:
        assert anyio.run(driver_of(peer, limits=HASTY).is_alive) is alive


def test_a_target_that_is_gone_is_unreachable() -> None:
    with serving(closing) as peer:
        driver = driver_of(peer)
    [result] = performed(driver, READ_ONE)

    assert at(result.observation, "/outcome") == "unreachable"
    assert at(result.observation, "/unreachable") == "the connection was refused"


def test_asked_takes_a_request_apart() -> None:
    ask = asked(b"GET /a HTTP/1.0\r\nAccept: x\r\n\r\nbody")

    assert (ask.method, ask.target, ask.version) == ("GET", "/a", "HTTP/1.0")
    assert (ask.field("accept"), ask.field("x"), ask.body) == ("x", None, b"body")


def test_streams_that_are_given_up_while_they_open_are_closed() -> None:
    asked, closed = threading.Semaphore(0), threading.Semaphore(0)

    def half_silent(talk: Talk) -> None:
        talk.request()
        if talk.number == 1:
            talk.send(HEAD)
        asked.release()
        talk.until_closed()
        closed.release()

    async def give_up(peer: Peer) -> None:
        driver = driver_of(peer)
        opens: dict[str, Json] = {"open": [{"stream": "a"}, {"stream": "b"}]}
        async with driver.open_wire() as wire, anyio.create_task_group() as tasks:
            tasks.start_soon(driver.perform, wire, opens)
            for _ in range(2):
                await anyio.to_thread.run_sync(asked.acquire)
            tasks.cancel_scope.cancel()
        for _ in range(2):
            assert await anyio.to_thread.run_sync(lambda: closed.acquire(timeout=TIMEOUT_S))

    with serving(half_silent) as peer:
        anyio.run(give_up, peer)
