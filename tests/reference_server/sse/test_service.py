"""The half without a network: what is told, to whom, in which bytes."""

import re
import threading
from collections.abc import Callable

import pytest

from reference_server.settings import ProgressSettings
from reference_server.sse.documents import is_session_id
from reference_server.sse.errors import EventError
from reference_server.sse.event import Event
from reference_server.sse.hub import Stream
from reference_server.sse.parts import StreamParts
from reference_server.sse.service import BEAT_GROUPS, Progress


@pytest.fixture
def progress(fresh_id: Callable[[], str]) -> Progress:
    return Progress(
        ProgressSettings(retry_ms=7),
        timeout_s=10.0,
        clock=lambda: 0.0,
        fresh_id=fresh_id,
        parts=StreamParts(),
    )


def stream_of(progress: Progress, session: str = "s", after: str | None = None) -> Stream:
    stream = Stream(session, "here", lambda: None)
    joined = progress.hub.subscribe(stream, after, 0.0)
    assert joined is stream
    return stream


def heard(progress: Progress, stream: Stream) -> str:
    return progress.frames(stream, 100_000).decode()


def test_progress_is_a_notification_in_an_unnamed_event_with_an_id(progress: Progress) -> None:
    stream = stream_of(progress)

    progress.emit_progress("s", "import", 1, 3, "one\nof three")

    assert heard(progress, stream) == (
        "id: fresh-1-1\n"
        'data: {"jsonrpc":"2.0","method":"progress.update","params":'
        '{"id":"import","progress":1,"total":3,"message":"one\\nof three"}}\n\n'
    )


def test_a_new_stream_is_greeted_with_an_id_to_begin_at(progress: Progress) -> None:
    progress.emit("s", Event(data="x"))

    assert progress.greeting(stream_of(progress)).decode() == (
        'id: @fresh-1-1\nretry: 7\ndata: {"type":"connected","sessionId":"s"}\n\n'
    )


def test_a_stream_that_goes_on_keeps_its_id(progress: Progress) -> None:
    progress.emit("s", Event(data="x"))
    stream = stream_of(progress, after="fresh-1-1")

    assert progress.greeting(stream).decode() == (
        'retry: 7\ndata: {"type":"connected","sessionId":"s"}\n\n'
    )


def test_a_stream_that_missed_something_is_told(progress: Progress) -> None:
    progress.emit("s", Event(data="x"))
    stream = stream_of(progress, after="from an earlier life")

    assert progress.greeting(stream).decode() == (
        'retry: 7\ndata: {"type":"connected","sessionId":"s"}\n\n'
        'event: gap\ndata: {"type":"gap","kept":1}\n\n'
    )
    assert heard(progress, stream) == "id: fresh-1-1\ndata: x\n\n"


def test_only_an_event_with_data_gets_an_id_and_one_of_its_own_keeps_it(
    progress: Progress,
) -> None:
    stream = stream_of(progress)

    progress.emit("s", Event(comment="c"))
    progress.emit("s", Event(data="x", event_id="Grüße"))
    progress.emit("s", Event(data="y"))

    assert heard(progress, stream) == ": c\n\nid: Grüße\ndata: x\n\nid: fresh-1-1\ndata: y\n\n"


@pytest.mark.parametrize(
    ("session", "event", "line"),
    [
        pytest.param("s", Event(event_id="a\nb"), r"id: .*", id="id"),
        pytest.param(
            "s", Event(event_id="@a"), "id: expected an id that does not begin with @.*", id="mark"
        ),
        pytest.param(
            "a/b",
            Event(),
            r"sessionId: expected 1 to 128 letters, digits and . _ ~ -, saw 'a/b'",
            id="session",
        ),
    ],
)
def test_what_can_not_be_sent_is_refused(
    progress: Progress, session: str, event: Event, line: str
) -> None:
    with pytest.raises(EventError, match=f"^{line}$"):
        progress.emit(session, event)


def test_a_cut_of_what_can_be_no_session_is_refused(progress: Progress) -> None:
    with pytest.raises(EventError, match=re.escape("saw '../x'")):
        progress.cut("../x")


def test_a_heartbeat_comes_to_each_stream_once_a_round(progress: Progress) -> None:
    streams = [stream_of(progress) for _ in range(3)]

    beats: list[str] = []
    for _ in range(BEAT_GROUPS):
        progress.beat()
        beats += [heard(progress, stream) for stream in streams]

    assert sorted(filter(None, beats)) == [": heartbeat\n\n"] * 3


def test_a_heartbeat_comes_after_what_is_waiting(progress: Progress) -> None:
    stream = stream_of(progress)
    progress.emit("s", Event(data="x"))

    for _ in range(BEAT_GROUPS):
        progress.beat()

    assert heard(progress, stream) == "id: fresh-1-1\ndata: x\n\n: heartbeat\n\n"


def test_threads_that_emit_at_once_lose_nothing_and_keep_one_order(progress: Progress) -> None:
    one, two = stream_of(progress), stream_of(progress)

    def emit() -> None:
        for number in range(50):
            progress.emit("s", Event(data=str(number)))

    threads = [threading.Thread(target=emit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    seen = heard(progress, one)
    assert re.findall("id: fresh-1-([0-9]+)", seen) == [str(number + 1) for number in range(400)]
    assert heard(progress, two) == seen


@pytest.mark.parametrize("text", ["a", "A-Z_0~9.", "x" * 128, "..."])
def test_these_are_session_ids(text: str) -> None:
    assert is_session_id(text)


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a/b", "a\\b", "a b", "a\n", "ä", "a%2f", "x" * 129, "a\0"]
)
def test_these_are_no_session_ids(text: str) -> None:
    assert not is_session_id(text)
