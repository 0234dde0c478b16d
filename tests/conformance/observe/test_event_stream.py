"""Events as the algorithm of HTML section 9.2.6 has them; expected ones are read off its text."""

import pytest

from conformance.observe.event_record import Silent, StreamEnded
from conformance.words.json_value import ABSENT, Absent
from tests.conformance.observe.event_streams import (
    BOM,
    bytewise,
    dispatched,
    places_of,
    read,
)

Dispatched = tuple[str, str, str]


def message(data: str, last_event_id: str = "") -> Dispatched:
    return ("message", data, last_event_id)


SPEC_EXAMPLES = [
    pytest.param(
        b"data: This is the first message.\n\n"
        b"data: This is the second message, it\ndata: has two lines.\n\n"
        b"data: This is the third message.\n\n",
        [
            message("This is the first message."),
            message("This is the second message, it\nhas two lines."),
            message("This is the third message."),
        ],
        id="section 9.2.1, three messages",
    ),
    pytest.param(
        b"event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n",
        [("add", "73857293", ""), ("remove", "2153", ""), ("add", "113411", "")],
        id="section 9.2.1, event types",
    ),
    pytest.param(
        b"data: YHOO\ndata: +2\ndata: 10\n\n",
        [message("YHOO\n+2\n10")],
        id="section 9.2.6, one event of three lines",
    ),
    pytest.param(
        b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event",
        [message("first event", "1"), message("second event", "")],
        id="section 9.2.6, four blocks, the last one not whole",
    ),
    pytest.param(
        b"data\n\ndata\ndata\n\ndata:",
        [message(""), message("\n")],
        id="section 9.2.6, empty data",
    ),
    pytest.param(
        b"data:test\n\ndata: test\n\n",
        [message("test"), message("test")],
        id="section 9.2.6, the space behind the colon",
    ),
]
LINES = [
    pytest.param(b"data: a\n\n", [message("a")], id="lf"),
    pytest.param(b"data: a\r\n\r\n", [message("a")], id="crlf"),
    pytest.param(b"data: a\r\r", [message("a")], id="cr"),
    pytest.param(b"data: a\n\r", [message("a")], id="lf cr"),
    pytest.param(b"data: a\r\n\n", [message("a")], id="crlf lf"),
    pytest.param(b"data: a\r\r\n", [message("a")], id="cr crlf"),
    pytest.param(b"data: a\ndata: b\r\ndata: c\r\r", [message("a\nb\nc")], id="all three"),
    pytest.param(b"data: a\r\n", [], id="crlf is one line end"),
    pytest.param(
        b"\n\n\ndata: a\n\n\n\ndata: b\n\n", [message("a"), message("b")], id="blank lines"
    ),
    pytest.param(
        "data: a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\n\n".encode(),
        [message("a\u2028b\u2029c\x85d\x0be\x0cf\x1cg")],
        id="no other character ends a line",
    ),
    pytest.param(b"data: a\n", [], id="no blank line"),
    pytest.param(b"data: a\n\ndata: b", [message("a")], id="no line end"),
    pytest.param(b"data: a\n\ndata: b\n ", [message("a")], id="a space is no blank line"),
    pytest.param(b"", [], id="nothing"),
    pytest.param(b"\n", [], id="a blank line"),
]
FIELDS = [
    pytest.param(b":\n\n", [], id="an empty comment"),
    pytest.param(b": data: a\n\n", [], id="a field in a comment"),
    pytest.param(b"data: a\n: b\ndata: c\n\n", [message("a\nc")], id="a comment in an event"),
    pytest.param(b"data:a:b: c\n\n", [message("a:b: c")], id="colons in a value"),
    pytest.param(b"data:  a \n\n", [message(" a ")], id="only one space is taken off"),
    pytest.param(b"data:\ta\n\n", [message("\ta")], id="a tab is no space"),
    pytest.param(b"data: \n\n", [message("")], id="a space alone"),
    pytest.param(b"data:\ndata:\ndata:\n\n", [message("\n\n")], id="three empty lines"),
    pytest.param(b"Data: a\nDATA: b\n\n", [], id="names are in lower case"),
    pytest.param(b" data: a\n\n", [], id="a space before a name"),
    pytest.param(b"data : a\n\n", [], id="a space behind a name"),
    pytest.param(b"datum: a\n\n", [], id="an unknown name"),
    pytest.param(b"data: a\nevent: b\n\n", [("b", "a", "")], id="a type behind the data"),
    pytest.param(b"event: a\nevent: b\ndata\n\n", [("b", "", "")], id="the last type counts"),
    pytest.param(b"event: a\nevent:\ndata\n\n", [message("")], id="an empty type is none"),
    pytest.param(b"event: a\n\ndata: b\n\n", [message("b")], id="a type without data is dropped"),
    pytest.param(b"event: a\ndata\n\ndata\n\n", [("a", "", ""), message("")], id="types end"),
    pytest.param(b"event: error\ndata\n\n", [("error", "", "")], id="a type that clients use"),
]
IDS = [
    pytest.param(b"id: 1\ndata\n\ndata\n\n", [message("", "1"), message("", "1")], id="ids stay"),
    pytest.param(b"id: 1\n\ndata\n\n", [message("", "1")], id="an id without data counts"),
    pytest.param(b"id: 1\nid: 2\ndata\n\n", [message("", "2")], id="the last one of a block"),
    pytest.param(b"id: 1\ndata\n\nid:\ndata\n\n", [message("", "1"), message("")], id="a reset"),
    pytest.param(b"id: 1\ndata\n\nid\ndata\n\n", [message("", "1"), message("")], id="no colon"),
    pytest.param(
        b"id: 1\ndata\n\nid: 2\0\ndata\n\n", [message("", "1"), message("", "1")], id="a NUL"
    ),
    pytest.param(b"data: a\nid:  2 \n\n", [message("a", " 2 ")], id="spaces of an id"),
    pytest.param("id: é\ndata\n\n".encode(), [message("", "é")], id="beyond ASCII"),
]
BYTES = [
    pytest.param(BOM + b"data: a\n\n", [message("a")], id="a byte order mark"),
    pytest.param(BOM, [], id="nothing else"),
    pytest.param(BOM + BOM + b"data: a\n\ndata: b\n\n", [message("b")], id="two"),
    pytest.param(b"data: a\n\n" + BOM + b"data: b\n\n", [message("a")], id="a later one"),
    pytest.param(b"\n" + BOM + b"data: b\n\n", [], id="behind a line"),
    pytest.param(b"data: " + BOM + b"\n\n", [message("\ufeff")], id="one in a value"),
    pytest.param(b"\xfe\xffdata: a\n\ndata: b\n\n", [message("b")], id="that of UTF-16"),
    pytest.param(b"data: a\0b\n\n", [message("a\0b")], id="a NUL in data"),
    pytest.param(b"event: a\0b\ndata\n\n", [("a\0b", "", "")], id="a NUL in a type"),
    pytest.param(b"data: \xff\n\n", [message("\ufffd")], id="a byte that is no UTF-8"),
    pytest.param(b"data: \xe2\x82\n\n", [message("\ufffd")], id="a character cut by a line end"),
    pytest.param(b"data: \xc0\xaf\n\n", [message("\ufffd\ufffd")], id="overlong"),
    pytest.param(b"data: \xed\xa0\x80\n\n", [message("\ufffd" * 3)], id="a surrogate"),
    pytest.param(b"data: \xf0\x9f\x98\x80\n\n", [message("\U0001f600")], id="four bytes"),
    pytest.param(b"d\xc3\xa4ta: a\n\n", [], id="an unknown name beyond ASCII"),
]


@pytest.mark.parametrize(("stream", "events"), [*SPEC_EXAMPLES, *LINES, *FIELDS, *IDS, *BYTES])
@pytest.mark.parametrize("is_cut", [pytest.param(False, id="whole"), pytest.param(True, id="cut")])
def test_events_are_those_of_the_algorithm(
    stream: bytes, events: list[Dispatched], *, is_cut: bool
) -> None:
    reader = read(*bytewise(stream)) if is_cut else read(stream)

    assert dispatched(reader) == events


@pytest.mark.parametrize(
    ("stream", "last_event_id"),
    [
        pytest.param(b"", "", id="none"),
        pytest.param(b"id: 1\ndata\n\n", "1", id="of an event"),
        pytest.param(b"id: 1\n\n", "1", id="of a block without data"),
        pytest.param(b"id: 1\ndata\n\nid: 2\ndata\n", "1", id="one of an unfinished block"),
        pytest.param(b"id: 1\n\nid\n\n", "", id="taken back"),
    ],
)
def test_the_last_event_id_is_that_of_the_last_whole_block(
    stream: bytes, last_event_id: str
) -> None:
    assert read(stream).last_event_id == last_event_id


@pytest.mark.parametrize(
    ("stream", "retries", "reconnection_ms"),
    [
        pytest.param(b"data\n\n", [], None, id="none"),
        pytest.param(b"retry: 3000\n\n", [3000], 3000, id="one"),
        pytest.param(b"retry: 0\n\n", [0], 0, id="zero"),
        pytest.param(b"retry: 007\n\n", [7], 7, id="leading zeros"),
        pytest.param(b"retry: 1\nretry: 2\n", [1, 2], 2, id="two, at once"),
        pytest.param(b"retry: 5\nretry: 1.5\n\n", [5], 5, id="a bad one changes nothing"),
    ],
)
def test_a_retry_field_sets_the_reconnection_time(
    stream: bytes, retries: list[int], reconnection_ms: int | None
) -> None:
    reader = read(stream)

    assert reader.record.retries == retries
    assert reader.reconnection_ms == reconnection_ms


@pytest.mark.parametrize(
    ("stream", "why", "wire_id"),
    [
        pytest.param(b"\n", Silent.BLANK, ABSENT, id="a blank line"),
        pytest.param(b": a\n\n", Silent.COMMENT, ABSENT, id="a comment"),
        pytest.param(b": a\nretry: 1\n\n", Silent.RETRY, ABSENT, id="a retry field"),
        pytest.param(b": a\nretry: 1\nDATA: a\n\n", Silent.UNKNOWN, ABSENT, id="a wrong name"),
        pytest.param(b"id: 1\nretry: 1\n\n", Silent.ID, "1", id="an id"),
        pytest.param(b"event: a\nid: 1\n\n", Silent.EVENT, "1", id="a type"),
        pytest.param(b"id: \0\n\n", Silent.ID, ABSENT, id="an id with NUL"),
    ],
)
def test_a_block_that_dispatches_nothing_says_why(
    stream: bytes, why: Silent, wire_id: str | Absent
) -> None:
    record = read(stream).record

    (block,) = record.silent_blocks
    assert (block.why, block.wire_id, block.offset) == (why, wire_id, 0)
    assert block.lines == stream.count(b"\n") - 1
    assert record.silent_counts == {why: 1}


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_an_event_knows_its_place_and_size(line_end: bytes) -> None:
    lines = [b"id: 1", b"data: a", b"", "data: é".encode(), b"data: b", b"", b""]
    at = len(line_end)

    first, second = read(line_end.join(lines)).record.events

    assert (first.offset, first.size, first.lines) == (0, 12 + 2 * at, 2)
    assert (second.offset, second.size, second.lines) == (12 + 3 * at, 15 + 2 * at, 2)
    assert (first.wire_id, second.wire_id) == ("1", ABSENT)


def test_places_count_a_byte_order_mark() -> None:
    reader = read(BOM + b"data\n\n: a\n\ndata: \xff\n\n")

    assert reader.has_bom
    assert [event.offset for event in reader.record.events] == [3, 14]
    assert [comment.offset for comment in reader.record.comments] == [9]
    assert places_of(reader) == [("invalid-utf-8", 20)]


def test_an_event_is_there_with_the_cr_that_ends_it() -> None:
    reader = read(b"data: a\r\r", end=None)

    assert dispatched(reader) == [message("a")]
    assert reader.line_ends == {"cr": 2}


def test_an_lf_that_follows_a_cr_in_a_later_piece_is_no_line_of_its_own() -> None:
    reader = read(b"data: a\r\n\r", b"\n", b"data: b\r\n\r\n")

    assert dispatched(reader) == [message("a"), message("b")]
    assert reader.line_ends == {"crlf": 4}
    assert reader.record.silent_blocks == []
    assert reader.defects == []


def test_what_is_open_when_reading_stops_is_shown() -> None:
    reader = read(b"data: a\n\nid: 7\nevent: b\ndata: c\ndata: d", end=StreamEnded.DEADLINE)

    unfinished = reader.unfinished
    assert unfinished is not None
    assert (unfinished.offset, unfinished.size, unfinished.lines) == (9, 30, 3)
    assert (unfinished.type, unfinished.wire_id) == ("b", "7")
    assert (unfinished.data, unfinished.line) == ("c", "data: d")
    assert reader.defects == []


@pytest.mark.parametrize("how", [StreamEnded.COUNT, StreamEnded.DEADLINE, StreamEnded.CONDITION])
def test_reading_goes_on_where_we_had_stopped(how: StreamEnded) -> None:
    reader = read(b"data: a\n\nid: 1\nda", end=how)
    reader.start_record(at_ms=5)

    reader.feed(b"ta: b\n\n", at_ms=7)
    reader.end(StreamEnded.CLOSED, at_ms=8)

    assert dispatched(reader) == [message("b", "1")]
    (event,) = reader.record.events
    assert (event.at_ms, event.first_byte_at_ms, event.offset, event.arrivals) == (7, 0, 9, 2)
    assert reader.record.size == 7
    assert reader.unfinished is None
    assert reader.defects == []
