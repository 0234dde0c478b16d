"""What the JSON-RPC driver sends and sees; each observation keeps its schema."""

import anyio
import pytest

from conformance.drivers.endpoint import read_url
from conformance.drivers.jsonrpc import JsonRpcDriver
from conformance.drivers.step import StepResult
from conformance.drivers.wire import Limits
from conformance.words.json_value import Json
from conformance.words.pointer import resolve, split_pointer
from conformance.words.schema_files import validator
from tests.conformance.peers import (
    OK,
    Peer,
    Serve,
    Talk,
    answering,
    body_of,
    closing,
    dripping,
    endless,
    read_json,
    resetting,
    response,
    serving,
    silent,
    speaking,
)

CALL: dict[str, Json] = {"jsonrpc": "2.0", "method": "m", "id": 1}
PATIENT = Limits(timeout_s=20.0, max_body_bytes=1_000_000)
BRISK = Limits(timeout_s=1.0)
HASTY = Limits(timeout_s=0.2)


def driver_of(
    peer: Peer, *, limits: Limits = PATIENT, headers: tuple[tuple[str, str], ...] = ()
) -> JsonRpcDriver:
    return JsonRpcDriver(read_url(peer.url, where="test"), limits=limits, headers=headers)


def performed(peer: Peer, send: dict[str, Json], *, limits: Limits = PATIENT) -> StepResult:
    driver = driver_of(peer, limits=limits)

    async def perform() -> StepResult:
        async with driver.open_wire() as wire:
            return await driver.perform(wire, send)

    return anyio.run(perform)


def observed(peer: Peer, send: dict[str, Json], *, limits: Limits = PATIENT) -> dict[str, Json]:
    """Perform one send, and hold its observation against the schema."""
    observation = performed(peer, send, limits=limits).observation
    errors = list(
        validator(JsonRpcDriver.observation_schema.split(".")[0]).iter_errors(observation)
    )
    assert [error.message for error in errors] == []
    return observation


def at(observation: dict[str, Json], pointer: str) -> object:
    return resolve(observation, split_pointer(pointer))


def test_a_call_is_posted_with_the_default_header_fields() -> None:
    with serving(answering(response())) as peer:
        performed(peer, {"jsonrpc": CALL})

    body = b'{"jsonrpc":"2.0","method":"m","id":1}'
    host = f"127.0.0.1:{peer.port}".encode()
    assert peer.requests == [
        b"POST / HTTP/1.1\r\nHost: %b\r\nContent-Type: application/json\r\n"
        b"Accept: application/json\r\nUser-Agent: wirecheck\r\nContent-Length: 37\r\n\r\n%b"
        % (host, body)
    ]


def test_the_user_s_header_fields_replace_those_of_their_name() -> None:
    with serving(answering(response())) as peer:
        driver = driver_of(peer, headers=(("accept", "text/x"), ("X-Key", "k")))
        assert anyio.run(driver.is_alive)

    [request] = peer.requests
    assert b"\r\nAccept:" not in request
    assert b"\r\naccept: text/x\r\nX-Key: k\r\n" in request


def test_a_good_answer_is_seen_whole() -> None:
    with serving(answering(response())) as peer:
        observation = observed(peer, {"jsonrpc": CALL})

    assert at(observation, "/outcome") == "answered"
    assert at(observation, "/http/status") == 200
    assert at(observation, "/http/content_type/essence") == "application/json"
    assert at(observation, "/body/text") == OK.decode()
    assert at(observation, "/json/valid") is True
    assert at(observation, "/jsonrpc/response/result") is True
    assert at(observation, "/jsonrpc/sent/ids") == [1]
    assert at(observation, "/jsonrpc/unanswered_ids") == []
    assert at(observation, "/defects") == []
    assert at(observation, "/connection") == {
        "reused": False,
        "closed_by_peer": False,
        "excess_bytes": 0,
    }


@pytest.mark.parametrize(
    ("answer", "outcome", "pointer", "seen"),
    [
        pytest.param(b"", "closed", "/summary", "no HTTP response", id="nothing"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", "answered", "/body/size", 0, id="204"),
        pytest.param(response(b""), "answered", "/jsonrpc/shape", "nothing", id="empty"),
        pytest.param(response(b"<p>"), "answered", "/jsonrpc/shape", "not-json", id="HTML"),
        pytest.param(response(b"[]"), "answered", "/jsonrpc/count", 0, id="empty array"),
        pytest.param(response(b"7"), "answered", "/jsonrpc/shape", "scalar", id="number"),
        pytest.param(
            response(b'{"a":1,"a":2}'),
            "answered",
            "/json/defect_codes",
            ["duplicate-name"],
            id="a name twice",
        ),
        pytest.param(
            response(b'{"jsonrpc":"2.0","result":1e400,"id":NaN}'),
            "answered",
            "/json/valid",
            False,
            id="NaN",
        ),
        pytest.param(
            response(b'\xef\xbb\xbf{"id":"\\ud800"}'), "answered", "/json/kind", "object", id="BOM"
        ),
        pytest.param(response(b"\xff\xfe"), "answered", "/json/kind", "absent", id="not UTF-8"),
        pytest.param(
            response(b"[" * 100_000 + b"]" * 100_000),
            "answered",
            "/json/depth",
            100_000,
            id="deep",
        ),
        pytest.param(
            b"HTTP/1.1 200\r\nA\r\nContent-Length: 1, 2\r\n\r\n1",
            "answered",
            "/http/reason",
            "",
            id="a broken head",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\nx",
            "incomplete",
            "/http/framing",
            "chunked",
            id="a broken chunk",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
            "answered",
            "/body/wire_size",
            3,
            id="broken gzip",
        ),
        pytest.param(response()[:-5], "incomplete", "/http/status", 200, id="cut short"),
        pytest.param(b"hello\r\n", "not-http", "/summary", "no HTTP response", id="no HTTP"),
        pytest.param(
            response() + b"more", "answered", "/connection/excess_bytes", 4, id="bytes behind"
        ),
        pytest.param(
            b"HTTP/1.1 102 Processing\r\n\r\n" + response(), "answered", "/interim", [102], id="102"
        ),
    ],
)
def test_a_broken_answer_is_observed_by_the_schema(
    answer: bytes, outcome: str, pointer: str, seen: object
) -> None:
    def once(talk: Talk) -> None:
        talk.request()
        talk.send(answer)

    with serving(once) as peer:
        observation = observed(peer, {"jsonrpc": CALL})

    assert at(observation, "/outcome") == outcome
    assert at(observation, pointer) == seen


@pytest.mark.parametrize(
    ("serve", "limits", "outcome"),
    [
        pytest.param(closing, PATIENT, "closed", id="closed"),
        pytest.param(resetting, PATIENT, "reset", id="reset"),
        pytest.param(silent, HASTY, "silence", id="silence"),
        pytest.param(dripping, BRISK, "incomplete", id="dripping"),
        pytest.param(endless, PATIENT, "too-large", id="endless"),
    ],
)
def test_what_is_no_answer_is_observed_by_the_schema(
    serve: Serve, limits: Limits, outcome: str
) -> None:
    with serving(serve) as peer:
        observation = observed(peer, {"jsonrpc": CALL}, limits=limits)

    assert observation["outcome"] == outcome
    assert "body" not in observation
    assert "jsonrpc" not in observation


def test_why_nothing_could_be_sent_stands_in_the_observation() -> None:
    with serving(silent) as peer:
        peer.die()
        observation = observed(peer, {"jsonrpc": CALL})

    assert observation["outcome"] == "unreachable"
    assert observation["unreachable"] == "the connection was refused"


def test_what_expect_got_stands_in_the_observation() -> None:
    with serving(answering(response())) as peer:
        observation = observed(
            peer, {"jsonrpc": CALL, "expect_continue": True, "timeout_factor": 0.05}
        )

    assert observation["continued"] == "silence"


def test_a_body_sent_by_get_is_not_read_as_a_call() -> None:
    with serving(answering(response())) as peer:
        observation = observed(peer, {"method": "GET"})

    assert at(observation, "/jsonrpc/sent/shape") == "nothing"
    assert at(observation, "/jsonrpc/unknown_ids") == [1]


def many(talk: Talk) -> None:
    """Answer every call with its own id, but leave out 3, double 5 and swap 7 for 70."""
    while request := talk.request():
        call = read_json(body_of(request))
        answer = OK.replace(b"1}", b"%d}" % call["id"])
        odd = {3: b"", 5: b"[" + answer + b"," + answer + b"]", 7: OK.replace(b"1}", b"70}")}
        talk.send(response(odd.get(call["id"], answer)))


MANY: dict[str, Json] = {"times": 8, "raw": '{"jsonrpc":"2.0","method":"m","id":${item/index}}'}


@pytest.mark.parametrize(
    ("more", "connections"),
    [
        pytest.param({}, 1, id="one after another"),
        pytest.param({"connections": 4}, 4, id="over four connections"),
        pytest.param({"pipelined": True}, 1, id="pipelined"),
    ],
)
def test_a_repeated_send_is_observed_as_one(more: dict[str, Json], connections: int) -> None:
    with serving(many) as peer:
        observation = observed(peer, {**MANY, **more})

    assert observation == {
        "outcome": "answered",
        "many": {
            "sent": 8,
            "answered": 8,
            "statuses": [200],
            "unanswered_ids": [3, 7],
            "unknown_ids": [70],
            "doubled_ids": [5],
            "misplaced_ids": [70],
        },
    }
    assert peer.connections == connections
    assert len(peer.requests) == 8


def test_every_exchange_of_a_repeated_send_is_kept() -> None:
    with serving(many) as peer:
        result = performed(peer, {**MANY, "connections": 3})

    bodies = [body_of(exchange.sent) for exchange in result.exchanges]
    assert bodies == [b'{"jsonrpc":"2.0","method":"m","id":%d}' % n for n in range(1, 9)]


def test_an_answer_on_a_wrong_connection_is_misplaced() -> None:
    waiting: list[tuple[Talk, int]] = []

    def crossed(talk: Talk) -> None:
        waiting.append((talk, read_json(body_of(talk.request()))["id"]))
        if len(waiting) == 2:
            for one, own_id in waiting:
                one.send(response(OK.replace(b"1}", b"%d}" % (3 - own_id))))
        talk.until_closed()

    with serving(crossed) as peer:
        observation = observed(peer, {**MANY, "times": 2, "connections": 2})

    assert at(observation, "/many/unanswered_ids") == []
    assert at(observation, "/many/misplaced_ids") == [2, 1]


@pytest.mark.parametrize(
    ("more", "sent"),
    [
        pytest.param({}, 3, id="one after another"),
        pytest.param({"connections": 2}, 4, id="over two connections"),
    ],
)
def test_a_target_that_falls_silent_is_waited_for_once_a_connection(
    more: dict[str, Json], sent: int
) -> None:
    def two_each(talk: Talk) -> None:
        for _ in range(2 if not more else 1):
            talk.request()
            talk.send(response())
        talk.request()
        talk.until_closed()

    with serving(two_each) as peer:
        observation = observed(peer, {**MANY, "times": 100, **more}, limits=BRISK)

    assert observation["outcome"] == "silence"
    assert at(observation, "/many/sent") == sent
    assert at(observation, "/many/answered") == 2


def test_a_target_that_closes_each_time_is_asked_to_the_end() -> None:
    with serving(closing) as peer:
        observation = observed(peer, MANY)

    assert at(observation, "/many/sent") == 8
    assert at(observation, "/many/answered") == 0
    assert len(peer.requests) == 8


def broken_head(talk: Talk) -> None:
    talk.request()
    talk.send(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 9\r\n\r\noops")


@pytest.mark.parametrize(
    ("serve", "limits", "alive"),
    [
        pytest.param(answering(response()), PATIENT, True, id="it answers"),
        pytest.param(answering(response(b"", status="500 X")), PATIENT, True, id="it fails"),
        pytest.param(broken_head, PATIENT, True, id="it begins an answer"),
        pytest.param(endless, PATIENT, True, id="it answers without end"),
        pytest.param(closing, PATIENT, False, id="it closes"),
        pytest.param(resetting, PATIENT, False, id="it resets"),
        pytest.param(silent, HASTY, False, id="it is silent"),
    ],
)
def test_a_target_is_alive_when_it_gives_any_response(
    serve: Serve, limits: Limits, *, alive: bool
) -> None:
    with serving(serve) as peer:
        assert anyio.run(driver_of(peer, limits=limits).is_alive) is alive


def test_who_does_not_listen_is_not_alive() -> None:
    with serving(silent) as peer:
        peer.die()

        assert anyio.run(driver_of(peer).is_alive) is False


@pytest.mark.parametrize(
    ("more", "reused"),
    [
        pytest.param({}, True, id="kept"),
        pytest.param({"fresh": True}, False, id="unless a new one is asked for"),
    ],
)
def test_steps_of_a_case_share_a_connection(more: dict[str, Json], *, reused: bool) -> None:
    async def two(driver: JsonRpcDriver) -> list[object]:
        sends: list[dict[str, Json]] = [{"jsonrpc": CALL}, {"jsonrpc": CALL, **more}]
        async with driver.open_wire() as wire:
            steps = [await driver.perform(wire, send) for send in sends]
        return [at(step.observation, "/connection/reused") for step in steps]

    with serving(speaking({"m": lambda _: 1})) as peer:
        seen = anyio.run(two, driver_of(peer))

    assert seen == [False, reused]


def test_a_response_in_an_event_stream_is_observed_as_any_other() -> None:
    body = b"event: message\ndata: " + OK + b"\n\n"
    with serving(answering(response(body, media_type="text/event-stream"))) as peer:
        seen = observed(peer, {"jsonrpc": CALL})

    assert at(seen, "/jsonrpc/response") == {"jsonrpc": "2.0", "result": True, "id": 1}
    assert seen["messages"] == {"events": 1, "responses": 1, "others": 0}
    assert at(seen, "/body/size") == len(body)


def test_each_case_makes_its_session_before_its_first_message() -> None:
    section: dict[str, Json] = {
        "session": {
            "json": {"method": "initialize"},
            "take": "/headers/x-session",
            "then": {"json": {"method": "ready"}, "headers": {"X-Session": "{session}"}},
        }
    }
    with serving(answering(response(OK, "X-Session: s-1"))) as peer:
        driver = JsonRpcDriver(
            read_url(peer.url, where="test"),
            headers=[("X-Session", "{session}")],
            section=section,
        )

        async def steps() -> list[str]:
            async with driver.open_wire() as wire:
                await driver.perform(wire, {"raw": "1"})
                last = await driver.perform(wire, {"wire": "POST / HTTP/1.1\r\nHost: h\r\n\r\n"})
            return [str(last.observation["outcome"])]

        assert anyio.run(steps) == ["answered"]
        heads = [request.partition(b"\r\n\r\n") for request in peer.requests]

    assert [body for _, _, body in heads] == [
        b'{"method":"initialize"}', b'{"method":"ready"}', b"1", b"",
    ]  # fmt: skip
    assert [b"X-Session: s-1" in head for head, _, _ in heads] == [False, True, True, True]


def test_no_message_is_sent_without_the_session_that_it_needs() -> None:
    section: dict[str, Json] = {"session": {"take": "/headers/x-session"}}
    with serving(answering(response())) as peer:
        driver = JsonRpcDriver(
            read_url(peer.url, where="test"), headers=[("X", "{session}")], section=section
        )

        async def step() -> dict[str, Json]:
            async with driver.open_wire() as wire:
                return dict((await driver.perform(wire, {"raw": "1"})).observation)

        seen = anyio.run(step)

    assert [*validator("observation/jsonrpc").iter_errors(seen)] == []
    assert seen["unreachable"] == "no session: status 200, and nothing at /headers/x-session"
