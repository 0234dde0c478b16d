"""The encoder: values to bytes, read back by the rules of HTML 9.2.6 as written there."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.sse.errors import EventError
from reference_server.sse.event import MAX_FRAME_BYTES, Event, encode_comment, encode_event


@pytest.mark.parametrize(
    ("event", "text"),
    [
        pytest.param(Event(data="x"), "data: x\n\n", id="data"),
        pytest.param(Event(data=""), "data: \n\n", id="empty data"),
        pytest.param(Event(data=" x"), "data:  x\n\n", id="a space in front"),
        pytest.param(Event(data="a\nb"), "data: a\ndata: b\n\n", id="LF"),
        pytest.param(Event(data="a\rb"), "data: a\ndata: b\n\n", id="CR"),
        pytest.param(Event(data="a\r\nb"), "data: a\ndata: b\n\n", id="CRLF"),
        pytest.param(Event(data="a\n\rb"), "data: a\ndata: \ndata: b\n\n", id="LF and CR"),
        pytest.param(Event(data="a\n"), "data: a\ndata: \n\n", id="LF at the end"),
        pytest.param(Event(data="\n"), "data: \ndata: \n\n", id="only LF"),
        pytest.param(
            Event(data="x\n\nevent: evil\ndata: y"),
            "data: x\ndata: \ndata: event: evil\ndata: data: y\n\n",
            id="fields in the payload",
        ),
        pytest.param(Event(data="a\u2028b\x85c\x0bd"), "data: a\u2028b\x85c\x0bd\n\n", id="others"),
        pytest.param(Event(data="\ufeffa\0"), "data: \ufeffa\0\n\n", id="BOM and NUL"),
        pytest.param(Event(data="Grüße 😀"), "data: Grüße 😀\n\n", id="not ASCII"),
        pytest.param(Event(), "\n", id="nothing"),
        pytest.param(Event(event_id=""), "id: \n\n", id="no id any more"),
        pytest.param(Event(retry_ms=0), "retry: 0\n\n", id="retry"),
        pytest.param(Event(comment="a\nb"), ": a\n: b\n\n", id="comment"),
        pytest.param(
            Event(data="d", event_id="i", name="n", retry_ms=5, comment="c"),
            ": c\nevent: n\nid: i\nretry: 5\ndata: d\n\n",
            id="all of it",
        ),
    ],
)
def test_an_event_is_written_as_one_block(event: Event, text: str) -> None:
    assert encode_event(event).decode() == text


@pytest.mark.parametrize(
    ("event", "line"),
    [
        pytest.param(
            Event(event_id="a\nb"),
            r"id: expected an id without NUL, CR and LF, saw 'a\nb'",
            id="LF",
        ),
        pytest.param(
            Event(event_id="a\rb"),
            r"id: expected an id without NUL, CR and LF, saw 'a\rb'",
            id="CR",
        ),
        pytest.param(
            Event(event_id="a\0"),
            r"id: expected an id without NUL, CR and LF, saw 'a\x00'",
            id="NUL",
        ),
        pytest.param(
            Event(name="a\nb"), r"event: expected a name without CR and LF, saw 'a\nb'", id="name"
        ),
        pytest.param(
            Event(name=""), "event: expected a name without CR and LF, saw ''", id="empty"
        ),
        pytest.param(Event(retry_ms=-1), "retry: expected milliseconds, saw -1", id="retry"),
        pytest.param(
            Event(data="\ud800"),
            "data: expected Unicode text, saw a lone surrogate",
            id="surrogate",
        ),
        pytest.param(
            Event(data="x" * MAX_FRAME_BYTES),
            "data: expected at most 65536 bytes, saw 65544 bytes",
            id="too large",
        ),
    ],
)
def test_what_has_no_place_in_a_stream_is_refused(event: Event, line: str) -> None:
    with pytest.raises(EventError, match=f"^{re.escape(line)}$"):
        encode_event(event)


def test_a_comment_is_a_block_of_its_own() -> None:
    assert encode_comment("heartbeat") == b": heartbeat\n\n"


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=20)
EVENTS = st.builds(
    Event,
    data=TEXT,
    event_id=st.none() | LINE,
    name=st.none() | LINE.filter(bool),
    retry_ms=st.none() | st.integers(0, 10**9),
    comment=st.none() | TEXT,
)


@given(event=EVENTS)
def test_a_client_gets_the_payload_with_each_break_as_lf(event: Event) -> None:
    lines = re.split("\r\n|\r|\n", encode_event(event).decode())

    seen: dict[str, str] = {}
    data = ""
    assert lines[-2:] == ["", ""]
    for line in lines[:-2]:
        assert line, "a block ends once"
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            data += value + "\n"
        else:
            seen[name] = value
    assert event.data is not None
    assert data[:-1] == re.sub("\r\n|\r", "\n", event.data)
    assert seen.get("id") == event.event_id
    assert seen.get("event") == event.name
    assert seen.get("retry") == (None if event.retry_ms is None else str(event.retry_ms))
