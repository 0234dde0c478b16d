"""Requests beside a stream: sessions made, events triggered, streams ended, placeholders filled."""

import pytest

from conformance.words.json_value import ABSENT, Json
from tests.conformance.drivers.sse_steps import HASTY, PATIENT, at, driver_of, performed
from tests.conformance.peers import Serve, Talk, answering, response, serving
from tests.conformance.streams import HEAD, LAST_CHUNK, asked, chunk, hold

SESSION: dict[str, Json] = {"url": "/sessions", "json": {"n": 1}, "take": "/body/id"}


class Board:
    """A server of one stream: what is posted to it comes as an event."""

    def __init__(self) -> None:
        self.posted: list[str] = []
        self.targets: list[str] = []
        self._stream: Talk | None = None

    def serve(self, talk: Talk) -> None:
        """Answer on one connection."""
        while request := talk.request():
            ask = asked(request)
            self.targets.append(ask.target)
            if ask.target == "/sessions":
                talk.send(response(b'{"id": "s%d"}' % self.targets.count("/sessions")))
            elif ask.method == "GET":
                self._stream = talk
                talk.send(HEAD)
                hold(talk)
            elif ask.target == "/end":
                self._send(LAST_CHUNK)
                talk.send(response(b"{}"))
            else:
                self.posted.append(ask.body.decode())
                self._send(chunk(b"data: %b\n\n" % ask.body))
                talk.send(response(b'{"took": 1}'))

    def _send(self, data: bytes) -> None:
        if self._stream is not None:
            self._stream.send(data)


def test_a_trigger_is_sent_while_the_stream_is_read() -> None:
    board = Board()
    section: dict[str, Json] = {"trigger": {"url": "/post", "json": "{payload}"}}
    with serving(board.serve) as peer:
        driver = driver_of(peer, path="events", section=section)
        send: dict[str, Json] = {"open": {}, "trigger": {"payload": "x"}, "read": {"events": 1}}
        [result] = performed(driver, send)

    assert board.posted == ['"x"']
    assert at(result.observation, "/stream/data") == ['"x"']
    assert at(result.observation, "/triggered/statuses") == [200]
    assert at(result.observation, "/triggered/failed") == 0
    assert at(result.observation, "/triggered/answer") == {"took": 1}


@pytest.mark.parametrize(
    ("trigger", "posted"),
    [
        pytest.param({}, ['{"d":"wirecheck word","c":1}'], id="nothing chosen"),
        pytest.param({"payload": ""}, ['{"d":"","c":1}'], id="empty payload"),
        pytest.param(
            {"payload": "p", "name": "n", "id": "i"},
            ['{"d":"p","n":"n","i":"i","c":1}'],
            id="everything chosen",
        ),
        pytest.param(
            {"payload": "p {index}", "times": 2},
            ['{"d":"p 1","c":1}', '{"d":"p 2","c":1}'],
            id="twice",
        ),
        pytest.param({"payload": [{"text": "a", "times": 3}]}, ['{"d":"aaa","c":1}'], id="pieces"),
        pytest.param(
            [{"payload": "a"}, {"payload": "b", "count": 4}],
            ['{"d":"a","c":1}', '{"d":"b","c":4}'],
            id="one after another",
        ),
    ],
)
def test_a_trigger_is_filled_with_what_was_chosen(trigger: Json, posted: list[str]) -> None:
    board = Board()
    body: Json = {"d": "{payload}", "n": "{name}", "i": "{id}", "c": "{count}"}
    with serving(board.serve) as peer:
        driver = driver_of(peer, section={"trigger": {"url": "/post", "json": body}})
        performed(driver, {"open": {}, "trigger": trigger, "read": {"events": len(posted)}})

    assert board.posted == posted


def test_a_session_is_made_once_a_case_and_fills_the_url() -> None:
    board = Board()
    section: dict[str, Json] = {
        "session": SESSION,
        "trigger": {"url": "/post/{session}", "json": "x"},
    }
    send: dict[str, Json] = {"open": {}, "trigger": {}, "read": {"events": 1}}
    with serving(board.serve) as peer:
        driver = driver_of(peer, path="events/{session}", section=section)
        performed(driver, send, send)

    assert board.targets == ["/sessions", "/events/s1", "/post/s1", "/events/s1", "/post/s1"]


def test_another_session_has_another_stream() -> None:
    board = Board()
    opens: Json = [{"stream": "a"}, {"stream": "b", "other": True}, {"stream": "c", "session": "c"}]
    with serving(board.serve) as peer:
        driver = driver_of(peer, path="{session}", section={"session": SESSION})
        performed(driver, {"open": opens})

    assert sorted(board.targets) == ["/s1", "/s2", "/s3", *["/sessions"] * 3]


def test_the_other_stream_is_the_one_that_the_profile_names() -> None:
    board = Board()
    with serving(board.serve) as peer:
        driver = driver_of(peer, section={"other": "/elsewhere"})
        performed(driver, {"open": {"other": True}})

    assert board.targets == ["/elsewhere"]


def test_a_stream_is_ended_as_the_profile_says() -> None:
    board = Board()
    with serving(board.serve) as peer:
        driver = driver_of(peer, section={"end": {"url": "/end", "method": "POST"}})
        [result] = performed(driver, {"open": {}, "end": True, "read": {"ends": True}})

    assert at(result.observation, "/stream/ended") == "closed"
    assert at(result.observation, "/triggered/failed") == 0


def test_a_request_may_be_sent_beside_a_stream() -> None:
    board = Board()
    send: dict[str, Json] = {
        "open": {},
        "request": {"path": "/post", "json": "x"},
        "read": {"events": 1},
    }
    with serving(board.serve) as peer:
        [result] = performed(driver_of(peer), send)

    assert at(result.observation, "/stream/data") == ['"x"']
    assert at(result.observation, "/triggered/answer") == {"took": 1}


def test_a_trigger_without_a_stream_is_told_by_its_answer() -> None:
    board = Board()
    with serving(board.serve) as peer:
        driver = driver_of(peer, section={"trigger": {"url": "/post", "json": 1}})
        [result] = performed(driver, {"trigger": {}})

    assert at(result.observation, "/http/status") == 200
    assert at(result.observation, "/triggered/sent") == 1
    assert at(result.observation, "/stream") is ABSENT


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(response(b"{}", status="500 No"), id="status"),
        pytest.param(
            response(b'{"jsonrpc":"2.0","error":{"code":1,"message":""},"id":1}'), id="JSON-RPC"
        ),
    ],
)
def test_after_a_trigger_that_failed_nothing_is_waited_for(answer: bytes) -> None:
    def serve(talk: Talk) -> None:
        while request := talk.request():
            if asked(request).method == "GET":
                talk.send(HEAD)
                hold(talk)
            else:
                talk.send(answer)

    with serving(serve) as peer:
        driver = driver_of(peer, section={"trigger": {"json": 1}}, limits=PATIENT)
        [result] = performed(driver, {"open": {}, "trigger": {}, "read": {"events": 1}})

    assert at(result.observation, "/triggered/failed") == 1
    assert at(result.observation, "/stream/ended") == "deadline"


@pytest.mark.parametrize(
    ("serve", "why"),
    [
        pytest.param(
            answering(response(b"{}", status="500 No")),
            "no session: status 500, and nothing at /body/id",
            id="refused",
        ),
        pytest.param(
            answering(response(b"{}")), "no session: status 200, and nothing at /body/id", id="lost"
        ),
        pytest.param(
            answering(response(b"<p>")),
            "no session: status 200, and nothing at /body/id",
            id="HTML",
        ),
    ],
)
def test_without_a_session_nothing_is_opened(serve: Serve, why: str) -> None:
    with serving(serve) as peer:
        driver = driver_of(peer, path="{session}", section={"session": SESSION}, limits=HASTY)
        [result] = performed(driver, {"open": {}, "read": {"events": 1}})

    assert at(result.observation, "/outcome") == "unreachable"
    assert at(result.observation, "/unreachable") == why
