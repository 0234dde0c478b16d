"""A stream as an observation; expected values are written by hand."""

import pytest

from conformance.observe.event_observation import (
    MAX_JSON_CHARACTERS,
    observe_stream,
    summarise_stream,
)
from conformance.observe.event_record import StreamEnded
from conformance.observe.event_stream import EventStreamReader
from conformance.observe.exchange import ConnectionFacts, Timing, body_of, observe_exchange
from conformance.observe.http import Ended, ResponseReader
from conformance.words.json_value import Json, is_array, is_object
from conformance.words.schema_files import load_schema, validator
from tests.conformance.observe.event_streams import BOM, TINY, read

ABSENT_UNLESS_SEEN = {
    "first_byte_ms",
    "first_event_ms",
    "last_event_ms",
    "max_event_gap_ms",
    "min_event_gap_ms",
    "reconnection_ms",
    "unfinished",
}


def schema_errors(observation: Json) -> list[str]:
    return [error.message for error in validator("observation/sse").iter_errors(observation)]


def test_everything_that_a_stream_brought_is_said() -> None:
    reader = EventStreamReader(opened_at_ms=10)
    reader.feed(BOM + b"retry: 50\n: hello\n\n", at_ms=12.0004)
    reader.feed(b'id: 1\nevent: tick\ndata: {"a": 1}\n\n', at_ms=20)
    reader.feed(b"data: b\nnope: c\n\nretry: x\nda", at_ms=50)
    reader.end(StreamEnded.DEADLINE, at_ms=80)

    observation = observe_stream(reader)

    assert observation == {
        "ended": "deadline",
        "open": True,
        "ended_ms": 80,
        "size": 84,
        "text": "\ufeffretry: 50\n: hello\n\nid: 1\nevent: tick\n"
        'data: {"a": 1}\n\ndata: b\nnope: c\n\nretry: x\nda',
        "byte_order_mark": True,
        "last_event_id": "1",
        "reconnection_ms": 50,
        "line_count": 11,
        "line_ends": {"lf": 11, "cr": 0, "crlf": 0},
        "line_end_kinds": ["lf"],
        "fields": {"retry": 2, "id": 1, "event": 1, "data": 2, "nope": 1},
        "unknown_fields": ["nope"],
        "colonless_lines": 0,
        "events": [
            {
                "type": "tick",
                "data": '{"a": 1}',
                "id": "1",
                "last_event_id": "1",
                "at_ms": 20,
                "first_byte_at_ms": 20,
                "offset": 22,
                "size": 33,
                "lines": 3,
                "arrivals": 1,
                "is_cut": False,
            },
            {
                "type": "message",
                "data": "b",
                "last_event_id": "1",
                "at_ms": 50,
                "first_byte_at_ms": 50,
                "offset": 56,
                "size": 16,
                "lines": 2,
                "arrivals": 1,
                "is_cut": False,
            },
        ],
        "event_count": 2,
        "events_dropped": 0,
        "types": ["tick", "message"],
        "data": ['{"a": 1}', "b"],
        "empty_data_count": 0,
        "ids": ["1"],
        "without_id": 1,
        "doubled_ids": [],
        "conflicting_ids": [],
        "json_events": [
            {"valid": True, "value": {"a": 1}},
            {"valid": False, "defect_codes": ["not-json"]},
        ],
        "json_count": 1,
        "json_unread": 0,
        "comments": [{"text": " hello", "at_ms": 12, "offset": 13}],
        "comment_count": 1,
        "comments_dropped": 0,
        "silent_blocks": [{"why": "retry", "at_ms": 12, "offset": 3, "lines": 2}],
        "silent_counts": {"retry": 1},
        "retry": [50],
        "bad_retry": ["x"],
        "unfinished": {"offset": 73, "size": 11, "lines": 1, "type": "message", "line": "da"},
        "arrivals": 3,
        "arrivals_with_event": 2,
        "most_events_in_arrival": 1,
        "split_events": 0,
        "first_byte_ms": 12,
        "first_event_ms": 20,
        "last_event_ms": 50,
        "max_gap_ms": 30,
        "gaps": [
            {"from_ms": 10, "gap_ms": 2},
            {"from_ms": 12, "gap_ms": 8},
            {"from_ms": 20, "gap_ms": 30},
            {"from_ms": 50, "gap_ms": 30},
        ],
        "max_event_gap_ms": 30,
        "min_event_gap_ms": 30,
        "defect_codes": ["unknown-field", "bad-retry"],
        "defect_count": 2,
    }
    assert schema_errors({"outcome": "incomplete", "stream": observation}) == []


def test_what_was_not_seen_is_absent() -> None:
    observation = observe_stream(read(end=StreamEnded.DEADLINE))

    assert observation.keys().isdisjoint(ABSENT_UNLESS_SEEN)
    assert observation["event_count"] == observation["size"] == 0
    assert observation["max_gap_ms"] == 0


@pytest.mark.parametrize(
    ("end", "is_open"),
    [
        pytest.param(StreamEnded.CLOSED, False, id="closed"),
        pytest.param(StreamEnded.RESET, False, id="reset"),
        pytest.param(StreamEnded.DEADLINE, True, id="deadline"),
        pytest.param(StreamEnded.COUNT, True, id="count"),
        pytest.param(StreamEnded.CONDITION, True, id="condition"),
        pytest.param(StreamEnded.LIMIT, True, id="limit"),
    ],
)
def test_a_stream_is_open_unless_the_peer_ended_it(end: StreamEnded, *, is_open: bool) -> None:
    observation = observe_stream(read(b"data: a\n\n", end=end))

    assert observation["ended"] == end.value
    assert observation["open"] is is_open


@pytest.mark.parametrize(
    ("stream", "doubled", "conflicting"),
    [
        pytest.param(b"id: 1\ndata: a\n\nid: 2\ndata: a\n\n", [], [], id="two ids"),
        pytest.param(b"id: 1\ndata: a\n\ndata: b\n\n", [], [], id="an id that stays"),
        pytest.param(b"id: 1\ndata: a\n\n" * 3, ["1"], [], id="one event sent again"),
        pytest.param(b"id: 1\ndata: a\n\nid: 1\ndata: b\n\n", ["1"], ["1"], id="other data"),
        pytest.param(b"id: 1\ndata\n\nid: 1\nevent: b\ndata\n\n", ["1"], ["1"], id="other type"),
        pytest.param(b"id\ndata: a\n\nid\ndata: b\n\n", [], [], id="ids taken back"),
        pytest.param(b"id: 1\n\nid: 1\ndata: b\n\n", [], [], id="a block without an event"),
    ],
)
def test_ids_that_come_again_are_listed(
    stream: bytes, doubled: list[str], conflicting: list[str]
) -> None:
    observation = observe_stream(read(stream))

    assert observation["doubled_ids"] == doubled
    assert observation["conflicting_ids"] == conflicting


def test_data_is_read_as_json_within_bounds() -> None:
    big = b'data: "%s"\n\n' % (b"x" * (MAX_JSON_CHARACTERS // 2))

    observation = observe_stream(read(big + b"data: 1\n\n" + big + b"data: 2\n\n"))

    texts = observation["json_events"]
    assert is_array(texts)
    assert [one["valid"] for one in texts if is_object(one)] == [True, True]
    assert observation["json_count"] == 2
    assert observation["json_unread"] == 2


def test_no_event_that_we_cut_is_said_to_be_broken_json() -> None:
    observation = observe_stream(read(b"data: 1\n\ndata: [2, 3, 4]\n\ndata: 5\n\n", limits=TINY))

    assert observation["data"] == ["1", "[2, 3,", "5"]
    assert observation["json_events"] == [{"valid": True, "value": 1}]
    assert observation["json_unread"] == 2


def test_json_with_a_name_used_twice_is_valid_and_marked() -> None:
    observation = observe_stream(read(b'data: {"a": 1, "a": 2}\n\n'))

    texts = observation["json_events"]
    assert is_array(texts)
    (text,) = texts
    assert is_object(text)
    assert text["valid"] is True
    assert text["defect_codes"] == ["duplicate-name"]


def test_an_empty_event_as_heartbeat_is_counted() -> None:
    assert observe_stream(read(b"data\n\nevent: ping\ndata:\n\n"))["empty_data_count"] == 2


def test_all_values_of_a_silent_and_an_unfinished_block_are_said() -> None:
    reader = read(b"id: 1\n\nid: 2\nevent: b\ndata: c\n", end=StreamEnded.RESET)

    observation = observe_stream(reader)

    assert observation["silent_blocks"] == [
        {"why": "id", "at_ms": 0, "offset": 0, "lines": 1, "id": "1"}
    ]
    assert observation["unfinished"] == {
        "offset": 7,
        "size": 23,
        "lines": 3,
        "type": "b",
        "id": "2",
        "data": "c",
    }


@pytest.mark.parametrize(
    ("stream", "end", "summary"),
    [
        pytest.param(
            b"data: a\n\n",
            StreamEnded.CLOSED,
            "1 event, 0 comments, 9 bytes, closed after 1 ms",
            id="closed",
        ),
        pytest.param(
            b"data\n\n" * 2 + b":\n",
            StreamEnded.DEADLINE,
            "2 events, 1 comment, 14 bytes, an unfinished block, still open (deadline) after 1 ms",
            id="open",
        ),
        pytest.param(b"\n", None, "0 events, 0 comments, 1 byte", id="being read"),
    ],
)
def test_a_stream_is_summed_up_in_a_line(
    stream: bytes, end: StreamEnded | None, summary: str
) -> None:
    assert summarise_stream(read(stream, end=end)) == summary


@pytest.mark.parametrize(
    ("response", "ended", "end"),
    [
        pytest.param(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: a\n\n",
            Ended.CLOSED,
            StreamEnded.CLOSED,
            id="a whole stream",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: a\n\n\r\n",
            Ended.DEADLINE,
            StreamEnded.DEADLINE,
            id="one that stays open",
        ),
    ],
)
def test_an_exchange_with_its_stream_keeps_the_schema(
    response: bytes, ended: Ended, end: StreamEnded
) -> None:
    exchange = ResponseReader(request_method="GET", max_body_bytes=1000)
    exchange.feed(response, at_ms=1)
    exchange.end(ended)
    body, _ = body_of(exchange, max_bytes=1000)
    reader = read(body, end=end)

    observation = observe_exchange(
        exchange,
        body=body,
        timing=Timing(first_byte_ms=1.0, total_ms=2.0),
        connection=ConnectionFacts(reused=False, closed_by_peer=True),
        defects=[*exchange.defects, *reader.defects],
    )
    observation["stream"] = observe_stream(reader)

    assert schema_errors(observation) == []


def test_what_all_drivers_share_is_said_in_the_same_schema() -> None:
    sse, jsonrpc = load_schema("observation/sse"), load_schema("observation/jsonrpc")
    assert is_object(sse)
    assert is_object(jsonrpc)
    properties, others = sse["properties"], jsonrpc["properties"]
    assert is_object(properties)
    assert is_object(others)

    told_otherwise = {"summary", "defects", "body", "many"}
    shared = properties.keys() & others.keys() - told_otherwise
    assert shared == others.keys() - told_otherwise - {"json", "jsonrpc", "messages"}
    assert all(properties[name] == others[name] for name in shared)
