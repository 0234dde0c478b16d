"""What holds for every stream, cut at any place."""

from hypothesis import example, given
from hypothesis import strategies as st

from conformance.observe.event_observation import observe_stream, summarise_stream
from conformance.observe.event_record import StreamEnded, StreamLimits
from conformance.observe.event_stream import EventStreamReader
from conformance.words.schema_files import validator
from tests.conformance.observe.event_streams import BOM, STREAMS, TINY, bytewise, read, result_of
from tests.conformance.observe.replies import cut

LIMITS = st.sampled_from([StreamLimits(), TINY])
ENDS = st.sampled_from(list(StreamEnded))
CUTS = st.lists(st.integers(0, 400), max_size=8)


@given(stream=STREAMS, cuts=CUTS, end=ENDS, limits=LIMITS)
@example(stream=b"data: a\r\n\r\n", cuts=[8], end=StreamEnded.CLOSED, limits=TINY)  # CR | LF
@example(stream=BOM + b"data\n\n", cuts=[2], end=StreamEnded.CLOSED, limits=TINY)
@example(stream=b"data: \xc3\xa9\n\n", cuts=[7], end=StreamEnded.CLOSED, limits=TINY)
@example(stream=b"data: a\r", cuts=[], end=StreamEnded.RESET, limits=TINY)
def test_where_the_stream_is_cut_changes_nothing(
    stream: bytes, cuts: list[int], end: StreamEnded, limits: StreamLimits
) -> None:
    whole = result_of(read(stream, end=end, limits=limits))

    assert result_of(read(*cut(stream, cuts), end=end, limits=limits)) == whole
    assert result_of(read(*bytewise(stream), end=end, limits=limits)) == whole


@given(stream=STREAMS, cuts=CUTS, limits=LIMITS)
@example(stream=b"data: a\n\ndata: b\n\n", cuts=[3, 11], limits=StreamLimits())
@example(stream=b"data: a\n: b\nretry: 1\n\n", cuts=[3, 9, 14], limits=StreamLimits())
@example(stream=b"id: 1\r\ndata: a\r\n\r\n", cuts=[7, 18], limits=StreamLimits())
def test_who_looks_after_each_piece_sees_the_same_at_the_same_times(
    stream: bytes, cuts: list[int], limits: StreamLimits
) -> None:
    pieces = cut(stream, cuts)
    looked_at = EventStreamReader(limits=limits)
    for at_ms, piece in enumerate(pieces):
        looked_at.feed(piece, at_ms=float(at_ms))
        assert looked_at.record.lines >= 0  # reads what may be held back
    looked_at.end(StreamEnded.DEADLINE, at_ms=float(len(pieces)))

    at_the_end = read(*pieces, end=StreamEnded.DEADLINE, limits=limits)

    assert observe_stream(looked_at) == observe_stream(at_the_end)


@given(stream=STREAMS, cuts=CUTS, end=ENDS, limits=LIMITS)
@example(stream=b"", cuts=[], end=StreamEnded.DEADLINE, limits=TINY)
def test_an_observation_of_any_stream_keeps_its_schema(
    stream: bytes, cuts: list[int], end: StreamEnded, limits: StreamLimits
) -> None:
    reader = read(*cut(stream, cuts), end=end, limits=limits)

    observation = {"outcome": "answered", "stream": observe_stream(reader)}

    errors = validator("observation/sse").iter_errors(observation)
    assert [error.message for error in errors] == []
    assert summarise_stream(reader)


@given(stream=STREAMS, limits=LIMITS)
def test_places_lie_within_the_stream_and_are_in_order(stream: bytes, limits: StreamLimits) -> None:
    reader = read(stream, limits=limits)

    places = [defect.at for defect in reader.defects]
    assert places == sorted(places)
    assert all(0 <= at <= len(stream) for at in places)
    for event in reader.record.events:
        assert 0 <= event.offset < event.offset + event.size <= len(stream)


@given(stream=STREAMS)
def test_line_ends_and_lines_are_one_count(stream: bytes) -> None:
    reader = read(stream)

    assert reader.line_ends.total() == reader.record.lines
    assert reader.line_ends["cr"] + reader.line_ends["crlf"] == stream.count(b"\r")
    assert reader.line_ends["lf"] + reader.line_ends["crlf"] == stream.count(b"\n")


@given(stream=STREAMS, at=st.integers(0, 400), end=ENDS)
def test_records_of_two_stretches_come_to_the_whole(
    stream: bytes, at: int, end: StreamEnded
) -> None:
    whole = read(stream, end=end)
    reader = EventStreamReader()
    reader.feed(stream[:at], at_ms=1)
    first = reader.record
    reader.start_record(at_ms=2)
    reader.feed(stream[at:], at_ms=3)
    reader.end(end, at_ms=4)

    assert first.event_count + reader.record.event_count == whole.record.event_count
    assert first.lines + reader.record.lines == whole.record.lines
    assert first.size + reader.record.size == whole.record.size
    assert reader.defects == whole.defects
    assert reader.last_event_id == whole.last_event_id
