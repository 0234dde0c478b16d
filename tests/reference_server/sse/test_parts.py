"""Every piece that a fault may replace is in use."""

import re
from contextlib import closing

import pytest

from reference_server.app import create_app
from reference_server.faults import Fault
from reference_server.settings import Settings
from reference_server.sse.event import Event, encode_event
from reference_server.sse.hub import Hub
from reference_server.sse.log import Entry, MemoryLog
from reference_server.sse.replay import Replay
from tests.reference_server.loopback import serving
from tests.reference_server.sse.listener import (
    EVERYTHING,
    Listener,
    act,
    ask,
    result,
    settings_with,
)


def flawed(**parts: object) -> Fault:
    return Fault(name="flaw", summary="", breaks=(), stream_parts=parts)


def resumed(fault: Fault, last_id: str = "@") -> str:
    """Emit an event, resume, cut, and return what came, with the same letter for every epoch."""
    with serving(EVERYTHING, faults=[fault]) as port:
        act(port, "emit", sessionId="s", data="two")
        fields = f"Last-Event-ID: {last_id}"
        with closing(Listener(port, "/rpc/progress/s", fields)) as listener:
            act(port, "disconnect", sessionId="s")
            text = ""
            while block := listener.text():
                text += block
    return re.sub("[0-9a-f]{8}-", "E-", text)


def shout(event: Event) -> bytes:
    return encode_event(event).upper()


class Forgetful(Replay):
    def position_after(self, event_id: str) -> int | None:
        del event_id
        return 0


class Deaf(Hub):
    def publish(self, session_id: str, event_id: str | None, frame: bytes, now_s: float) -> bool:
        del session_id, event_id, frame, now_s
        return False


class Numberless(MemoryLog):
    def append(self, entry: Entry) -> None:
        self._take(entry)


CONNECTED = 'retry: 1000\ndata: {"type":"connected","sessionId":"s"}\n\n'
TWO = "id: E-1\ndata: two\n\n"


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        pytest.param(flawed(), CONNECTED + TWO, id="none"),
        pytest.param(flawed(last_event_id=lambda _: None), f"id: @E-1\n{CONNECTED}", id="last id"),
        pytest.param(flawed(hub=Deaf), CONNECTED, id="hub"),
        pytest.param(flawed(memory_log=Numberless), f"{CONNECTED}data: two\n\n", id="log"),
        pytest.param(
            flawed(connected_document=lambda session: f"hello {session}"),
            f"retry: 1000\ndata: hello s\n\n{TWO}",
            id="connected",
        ),
    ],
)
def test_a_fault_replaces_what_a_stream_is_made_of(fault: Fault, text: str) -> None:
    assert resumed(fault) == text


def test_a_fault_replaces_the_encoder() -> None:
    assert resumed(flawed(encode_event=shout)).endswith("DATA: TWO\n\n")


def test_a_fault_replaces_what_tells_of_a_gap() -> None:
    fault = flawed(gap_document=lambda kept: f"gap of {kept}")

    assert resumed(fault, "x") == f"{CONNECTED}event: gap\ndata: gap of 1\n\n{TWO}"


def test_a_fault_replaces_what_is_kept() -> None:
    assert resumed(flawed(replay=Forgetful), "x") == CONNECTED + TWO


def test_a_fault_replaces_the_notification() -> None:
    fault = flawed(update_document=lambda *_: "updated")

    with (
        serving(EVERYTHING, faults=[fault]) as port,
        closing(Listener(port, "/rpc/progress/s")) as listener,
    ):
        listener.event()
        result(port, "object.batchImport", ["products", [], "s"])
        assert listener.event().data == "updated"


def test_a_fault_replaces_the_heartbeat() -> None:
    fault = flawed(encode_heartbeat=lambda text: f"data: {text}\n\n".encode())

    with (
        serving(settings_with(heartbeat_ms=20), faults=[fault]) as port,
        closing(Listener(port, "/rpc/progress/s")) as listener,
    ):
        listener.event()
        assert listener.text() == "data: heartbeat\n\n"


@pytest.mark.parametrize(
    ("fault", "status", "fields"),
    [
        pytest.param(
            flawed(stream_headers=lambda: [(b"content-type", b"text/plain")]),
            200,
            {"content-type": "text/plain"},
            id="fields",
        ),
        pytest.param(
            flawed(cors_headers=lambda *_args, **_options: [(b"x", b"y")]),
            200,
            {"x": "y"},
            id="CORS",
        ),
        pytest.param(flawed(is_session_id=lambda _: False), 404, {}, id="session id"),
    ],
)
def test_a_fault_replaces_what_a_response_is_made_of(
    fault: Fault, status: int, fields: dict[str, str]
) -> None:
    with serving(EVERYTHING, faults=[fault]) as port:
        response = ask(port, "/rpc/progress/s", verb="HEAD")

    assert response.status == status
    assert fields.items() <= dict(response.fields).items()


def test_a_fault_replaces_the_status_after_the_end() -> None:
    with serving(EVERYTHING, faults=[flawed(ended_status=200)]) as port:
        session = result(port, "session.create", [])["sessionId"]
        result(port, "session.destroy", [session])

        assert ask(port, f"/rpc/progress/{session}", verb="HEAD").status == 200


def test_an_unknown_part_is_our_bug() -> None:
    with pytest.raises(TypeError):
        create_app(EVERYTHING, faults=[flawed(nosuch=1)])


def test_without_progress_there_is_nothing_to_replace() -> None:
    app = create_app(Settings(), faults=[flawed(nosuch=1)])
    app.store.close()

    assert app.progress is None
