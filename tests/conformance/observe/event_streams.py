"""What the tests of event streams share: feeding a reader, saying what it came to, strategies."""

import dataclasses

from hypothesis import strategies as st

from conformance.observe.event_record import StreamEnded, StreamLimits
from conformance.observe.event_stream import EventStreamReader

BOM = b"\xef\xbb\xbf"
TINY = StreamLimits(max_line_bytes=12, max_data_bytes=20, max_events=3, max_kept_bytes=60)


def read(
    *pieces: bytes,
    end: StreamEnded | None = StreamEnded.CLOSED,
    limits: StreamLimits | None = None,
) -> EventStreamReader:
    """Feed pieces one after the other, each a millisecond later."""
    reader = EventStreamReader(limits=limits)
    for at_ms, piece in enumerate(pieces):
        reader.feed(piece, at_ms=float(at_ms))
    if end is not None:
        reader.end(end, at_ms=float(len(pieces)))
    return reader


def bytewise(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


def dispatched(reader: EventStreamReader) -> list[tuple[str, str, str]]:
    """Return type, data and last event ID of the events."""
    return [(event.type, event.data, event.last_event_id) for event in reader.record.events]


def places_of(reader: EventStreamReader) -> list[tuple[str, int]]:
    return [(defect.code, defect.at) for defect in reader.defects]


def result_of(reader: EventStreamReader) -> dict[str, object]:
    """Return all that must not depend on how the bytes were cut: everything but times."""
    record = reader.record
    return {
        "events": [
            event._replace(at_ms=0.0, first_byte_at_ms=0.0, arrivals=0) for event in record.events
        ],
        "events_dropped": record.events_dropped,
        "silent": [dataclasses.replace(block, at_ms=0.0) for block in record.silent_blocks],
        "silent_counts": record.silent_counts,
        "comments": [dataclasses.replace(comment, at_ms=0.0) for comment in record.comments],
        "comments_dropped": record.comments_dropped,
        "defects": reader.defects,
        "defect_count": reader.defect_count,
        "retries": record.retries,
        "bad_retries": record.bad_retries,
        "size": record.size,
        "start": record.start,
        "lines": record.lines,
        "line_ends": dict(reader.line_ends),
        "fields": dict(record.fields),
        "colonless_lines": record.colonless_lines,
        "has_bom": reader.has_bom,
        "last_event_id": reader.last_event_id,
        "reconnection_ms": reader.reconnection_ms,
        "unfinished": reader.unfinished,
    }


NAMES = st.sampled_from(
    [b"data", b"data", b"data", b"id", b"event", b"retry", b"", b"Data", b" id", b"x", BOM, b"\0"]
)
COLONS = st.sampled_from([b": ", b": ", b":", b":  ", b""])
VALUES = st.sampled_from(
    [b"", b"a", b"{}", b"12", b"a b", b"\0", b"\xc3\xa9", b"\xff\xc3", b"\xed\xa0\x80", BOM, b":"]
) | st.binary(max_size=30)
LINE_ENDS = st.sampled_from([b"\n", b"\n", b"\r\n", b"\r"])
LINES = st.builds(
    lambda name, colon, value, end: name + colon + value + end, NAMES, COLONS, VALUES, LINE_ENDS
)
PLAIN_LINES = st.builds(
    lambda name, value: name + b": " + value + b"\n",
    st.sampled_from([b"data", b"id", b"event"]),
    st.sampled_from([b"", b"a", b"b c", b" d", "é€".encode()]),
)
BLANKS = st.sampled_from([b"\n", b"\n", b"\n\n", b"\r\n", b"\r"])
# Blocks that the fast way takes beside blocks that it leaves, so that streams change between both.
BLOCKS = st.builds(
    lambda lines, blank: b"".join(lines) + blank,
    st.lists(PLAIN_LINES, max_size=3) | st.lists(LINES, max_size=3),
    BLANKS,
)
# A CR LF stream as a whole has a fast way of its own.
SMOOTH = st.lists(PLAIN_LINES, max_size=12).map(lambda lines: b"\n".join(lines) + b"\n\n")
STREAMS = (
    st.builds(
        lambda start, blocks, rest: start + b"".join(blocks) + rest,
        st.sampled_from([b"", b"", BOM, BOM[:2], BOM + BOM]),
        st.lists(BLOCKS, max_size=6),
        LINES | VALUES,
    )
    | SMOOTH
    | SMOOTH.map(lambda stream: stream.replace(b"\n", b"\r\n"))
    | SMOOTH.map(lambda stream: stream.replace(b"\n", b"\r"))
    | st.binary(max_size=200)
)
