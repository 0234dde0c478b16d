"""What is counted and kept of a stream, and how much at most."""

import pytest

from conformance.observe.event_record import (
    MAX_COMMENT_CHARACTERS,
    MAX_FIELD_NAMES,
    MAX_KEPT_COMMENTS,
    MAX_KEPT_GAPS,
    MAX_KEPT_RETRIES,
    MAX_KEPT_SILENT_BLOCKS,
    MAX_NAME_CHARACTERS,
    MAX_SHOWN_CHARACTERS,
    MAX_START_BYTES,
    StreamEnded,
    StreamLimits,
)
from conformance.observe.event_stream import EventStreamReader
from tests.conformance.observe.event_streams import TINY, bytewise, dispatched, places_of, read


def timed(*pieces: tuple[float, bytes], opened_at_ms: float = 0.0) -> EventStreamReader:
    reader = EventStreamReader(opened_at_ms=opened_at_ms)
    for at_ms, data in pieces:
        reader.feed(data, at_ms=at_ms)
    return reader


def test_silence_is_measured_from_the_head_to_the_end() -> None:
    reader = timed((30, b": a\n"), (35, b": b\n"), (95, b"data: c\n\n"), opened_at_ms=10)

    gaps = reader.record.gaps(until_ms=100)

    assert [(gap.from_ms, gap.gap_ms) for gap in gaps] == [(10, 20), (30, 5), (35, 60), (95, 5)]


def test_a_stream_without_a_byte_is_one_silence() -> None:
    (gap,) = timed(opened_at_ms=10).record.gaps(until_ms=500)

    assert (gap.from_ms, gap.gap_ms) == (10, 490)


def test_of_many_silences_the_longest_are_kept() -> None:
    pieces = [(float(at * (at + 1) // 2), b":\n") for at in range(1, 201)]

    gaps = timed(*pieces).record.gaps(until_ms=pieces[-1][0])

    assert [gap.gap_ms for gap in gaps] == list(map(float, range(201 - MAX_KEPT_GAPS, 201)))


def test_a_clock_that_goes_back_makes_no_silence() -> None:
    reader = timed((20, b":\n"), (10, b":\n"))

    assert [gap.gap_ms for gap in reader.record.gaps(until_ms=5)] == [20, 0, 0]


def test_events_have_the_times_of_their_first_and_last_bytes() -> None:
    reader = timed((1, b"data: a\n\ndata: b"), (5, b"\n\n"), (9, b"data: c\n\n"))
    record = reader.record

    assert [(event.first_byte_at_ms, event.at_ms) for event in record.events] == [
        (1, 1),
        (1, 5),
        (9, 9),
    ]
    assert (record.first_byte_ms, record.first_event_ms, record.last_event_ms) == (1, 1, 9)
    assert (record.min_event_gap_ms, record.max_event_gap_ms) == (4, 4)


@pytest.mark.parametrize(
    ("pieces", "arrivals", "whole", "most", "split"),
    [
        pytest.param([(1, b"data: a\n\n"), (2, b"data: b\n\n")], 2, 2, 1, 0, id="one by one"),
        pytest.param([(1, b"data: a\n\ndata: b\n\n")], 1, 1, 2, 0, id="together"),
        pytest.param([(1, b"data: a\n\n"), (1, b"data: b\n\n")], 1, 1, 2, 0, id="at one time"),
        pytest.param([(1, b"data: a"), (2, b"\n\n")], 2, 0, 1, 1, id="split"),
        pytest.param([(1, b"data: a"), (2, b"\n\ndata: b\n\n")], 2, 1, 2, 1, id="both"),
        pytest.param([(1, b"data: a\n\n"), (2, b": beat\n\n")], 2, 1, 1, 0, id="a comment"),
    ],
)
def test_arrivals_are_set_against_events(
    pieces: list[tuple[float, bytes]], arrivals: int, whole: int, most: int, split: int
) -> None:
    record = timed(*pieces).record

    assert record.arrivals == arrivals
    assert record.arrivals_with_whole_event == whole
    assert record.most_events_in_arrival == most
    assert record.split_events == split


def test_lines_fields_and_line_ends_are_counted() -> None:
    reader = read(b"data: a\ndata\r\nid: 1\n\r\r: b\nx: c\n\n")
    record = reader.record

    assert record.lines == 8
    assert reader.line_ends == {"lf": 5, "crlf": 1, "cr": 2}
    assert record.fields == {"data": 2, "id": 1, "x": 1}
    assert record.colonless_lines == 1
    assert record.size == 32
    assert record.start == b"data: a\ndata\r\nid: 1\n\r\r: b\nx: c\n\n"


def test_bad_retry_values_are_shown() -> None:
    record = read(b"retry: 10s\nretry: 5\nretry\n\n").record

    assert record.retries == [5]
    assert record.bad_retries == ["10s", ""]


@pytest.mark.parametrize("is_cut", [pytest.param(False, id="whole"), pytest.param(True, id="cut")])
def test_a_line_beyond_the_bound_is_cut_and_marked(*, is_cut: bool) -> None:
    stream = b"data: 1234567890\n\ndata: b\n\n"

    reader = read(*(bytewise(stream) if is_cut else [stream]), limits=TINY)

    assert [(event.data, event.is_cut) for event in reader.record.events] == [
        ("123456", True),
        ("b", False),
    ]
    assert places_of(reader) == [("huge-line", 0)]
    assert reader.record.size == len(stream)


@pytest.mark.parametrize("is_cut", [pytest.param(False, id="whole"), pytest.param(True, id="cut")])
def test_data_beyond_the_bound_is_left_out_and_marked(*, is_cut: bool) -> None:
    stream = b"data: 12345\n" * 5 + b"\n"

    reader = read(*(bytewise(stream) if is_cut else [stream]), limits=TINY)

    (event,) = reader.record.events
    assert (event.data, event.is_cut, event.lines) == ("12345\n12345\n12345", True, 5)
    assert places_of(reader) == [("huge-event", 36)]


def test_an_event_of_which_nothing_fits_is_an_event() -> None:
    reader = read(b"data: 1\n\n", limits=StreamLimits(max_data_bytes=1))

    assert dispatched(reader) == [("message", "", "")]
    assert reader.record.events[0].is_cut


def test_a_retry_value_that_was_cut_is_not_taken() -> None:
    reader = read(b"retry: 123456789\n\n", limits=TINY)

    assert reader.reconnection_ms is None
    assert places_of(reader) == [("huge-line", 0)]


@pytest.mark.parametrize(
    ("limits", "kept"),
    [
        pytest.param(StreamLimits(max_events=3), 3, id="their number"),
        pytest.param(StreamLimits(max_kept_bytes=20), 2, id="their bytes"),
    ],
)
@pytest.mark.parametrize("is_cut", [pytest.param(False, id="whole"), pytest.param(True, id="cut")])
def test_events_beyond_the_bounds_are_counted(
    limits: StreamLimits, kept: int, *, is_cut: bool
) -> None:
    stream = b"data: a\n\n" * 10

    record = read(*(bytewise(stream) if is_cut else [stream]), limits=limits).record

    assert [event.offset for event in record.events] == [9 * at for at in range(kept)]
    assert (record.event_count, record.events_dropped) == (10, 10 - kept)


def test_an_id_that_was_set_once_takes_room_with_each_event() -> None:
    stream = b"id: " + b"1" * 1000 + b"\n\n" + b"data\n\n" * 100

    record = read(stream, limits=StreamLimits(max_kept_bytes=5_050)).record

    assert (len(record.events), record.events_dropped) == (5, 95)


def test_comments_silent_blocks_names_and_retries_are_kept_within_bounds() -> None:
    names = b"".join(b"x%d%s: a\n" % (at, b"y" * 1000) for at in range(200))
    blocks = b"id: %s\nretry: 1\nretry: x\n:%s\n\n" % (b"1" * 5000, b"c" * 5000) * 1500

    record = read(blocks + names).record

    assert (len(record.comments), record.comments_dropped) == (MAX_KEPT_COMMENTS, 500)
    assert len(record.comments[0].text) == MAX_COMMENT_CHARACTERS
    assert len(record.silent_blocks) == MAX_KEPT_SILENT_BLOCKS
    assert record.silent_counts.total() == 1500
    assert record.silent_blocks[0].wire_id == "1" * MAX_SHOWN_CHARACTERS
    assert (len(record.retries), len(record.bad_retries)) == (MAX_KEPT_RETRIES, MAX_KEPT_RETRIES)
    assert len(record.fields) == MAX_FIELD_NAMES
    assert max(len(name) for name in record.fields) == MAX_NAME_CHARACTERS
    assert len(record.start) == MAX_START_BYTES


def test_a_client_field_is_counted_behind_many_unknown_ones() -> None:
    names = b"".join(b"x%d: a\n" % at for at in range(MAX_FIELD_NAMES))

    assert read(names + b"data: a\n\n").record.fields["data"] == 1


def test_an_endless_line_is_counted_and_not_held() -> None:
    limits = StreamLimits(max_line_bytes=1000)
    reader = EventStreamReader(limits=limits)
    for at in range(200):
        reader.feed(b"data: 4567" * 100, at_ms=float(at))
    reader.end(StreamEnded.LIMIT, at_ms=200)

    unfinished = reader.unfinished
    assert unfinished is not None
    assert unfinished.size == reader.record.size == 200_000
    assert unfinished.line == "data: 4567" * 100
    assert places_of(reader) == [("huge-line", 0)]


def test_a_new_record_starts_from_nothing_and_the_reader_goes_on() -> None:
    reader = timed((1, b"retry: 9\nid: 1\ndata: a\n\n"), (2, b"data: b\n"))
    first = reader.record

    reader.start_record(at_ms=10)
    reader.feed(b"data: c\n\n", at_ms=15)

    assert [event.data for event in first.events] == ["a"]
    assert [(event.data, event.last_event_id) for event in reader.record.events] == [("b\nc", "1")]
    assert reader.record.retries == []
    assert reader.reconnection_ms == 9
    assert [gap.gap_ms for gap in reader.record.gaps(until_ms=20)] == [5, 5]
