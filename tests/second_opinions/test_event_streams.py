"""Our reader of event streams beside three others: httpx-sse, sseclient-py, eventsource-parser.

Where they differ, section 9.2.6 of the HTML standard says what a client dispatches; that is a row
of `DIFFERENCES`. On all other streams they have to agree, wherever these are cut.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from conformance.observe.event_stream import EventStreamReader
from conformance.words.json_value import ABSENT
from tests.conformance.observe.event_streams import BOM, STREAMS, dispatched, read
from tests.conformance.observe.replies import cut
from tests.second_opinions.event_readers import (
    Events,
    NodeReader,
    Reader,
    node_reader,
    read_by_httpx_sse,
    read_by_sseclient,
)

# One process of node serves all of them.
pytestmark = pytest.mark.xdist_group("second opinions on events")

HTTPX: Final = "httpx-sse"
SSECLIENT: Final = "sseclient-py"
PARSER: Final = "eventsource-parser"


@pytest.fixture(scope="module")
def node() -> Iterator[NodeReader]:
    with node_reader() as reader:
        yield reader


@pytest.fixture(scope="module")
def readers(node: NodeReader) -> Mapping[str, Reader]:
    return {HTTPX: read_by_httpx_sse, SSECLIENT: read_by_sseclient, PARSER: node}


def read_or_fail(reader: Reader, pieces: list[bytes]) -> Events | str:
    """Return what a reader makes of a stream, or the name of the error that it raises."""
    try:
        return reader(pieces)
    except UnicodeDecodeError as error:
        return type(error).__name__


# A stream, the events that the standard dispatches, and who makes something else of it.
DIFFERENCES: Final = [
    # A note says it: "The UTF-8 decode algorithm strips one leading UTF-8 Byte Order Mark (BOM)".
    pytest.param(BOM + b"data: a\n\n", [("message", "a", "")], {HTTPX, SSECLIENT}, id="a BOM"),
    # The same: one, not two. What is left makes the first field one that nobody knows.
    pytest.param(BOM + BOM + b"data: a\n\n", [], {PARSER}, id="two BOMs"),
    # "If the data buffer is an empty string, set the data buffer and the event type buffer to the
    # empty string and return."
    pytest.param(b"event: a\n\n", [], {HTTPX}, id="a type without data"),
    pytest.param(b"id: 1\n\n", [], {HTTPX}, id="an id without data"),
    pytest.param(b"retry: 1\n\n", [], {HTTPX}, id="a retry without data"),
    pytest.param(
        b"id: 1\ndata: a\n\n\n", [("message", "a", "1")], {HTTPX}, id="a blank line behind an id"
    ),
    # Before that: "Set the last event ID string of the event source to the value of the last event
    # ID buffer. The buffer does not get reset".
    pytest.param(
        b"id: 1\n\ndata: a\n\n", [("message", "a", "1")], {HTTPX, SSECLIENT}, id="an id of its own"
    ),
    # "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the
    # field value. Otherwise, ignore the field."
    pytest.param(b"id: 1\0\ndata: a\n\n", [("message", "a", "")], {SSECLIENT}, id="NUL in an id"),
    # "Once the end of the file is reached, any pending data must be discarded."
    pytest.param(b"data: a\n", [], {SSECLIENT}, id="no blank line at the end"),
    # "end-of-line = ( cr lf / cr / lf )": each may end any line.
    pytest.param(
        b"data: a\n\r\ndata: b\n\n",
        [("message", "a", ""), ("message", "b", "")],
        {SSECLIENT},
        id="LF, then CR LF",
    ),
    # "Streams must be decoded using the UTF-8 decode algorithm", which replaces, and goes on.
    pytest.param(b"data: \xff\n\n", [("message", "\ufffd", "")], {SSECLIENT}, id="no UTF-8"),
]


@pytest.mark.parametrize(("stream", "events", "others"), DIFFERENCES)
def test_where_readers_differ_ours_goes_by_the_text(
    stream: bytes, events: Events, others: set[str], readers: Mapping[str, Reader]
) -> None:
    assert dispatched(read(stream)) == events
    told = {name: read_or_fail(reader, [stream]) for name, reader in readers.items()}
    assert {name for name, seen in told.items() if seen != events} == others


# What other readers of streams have had wrong, and these four have right.
ALIKE: Final = [
    pytest.param(b"data\n\n", [("message", "", "")], id="data without a colon"),
    pytest.param(b"data:\ndata:\n\n", [("message", "\n", "")], id="two empty lines of data"),
    pytest.param(b"data:  a\n\n", [("message", " a", "")], id="one of two spaces"),
    pytest.param(b"event:\ndata: a\n\n", [("message", "a", "")], id="an empty type"),
    pytest.param(
        "data: a\u2028b\x85c\x0bd\n\n".encode(),
        [("message", "a\u2028b\x85c\x0bd", "")],
        id="what only Python takes for line ends",
    ),
    pytest.param(b"Data: a\n data: b\n\n", [], id="names with capitals or a space"),
    pytest.param(b": data: a\n\n", [], id="a comment that looks like a field"),
]


@pytest.mark.parametrize(("stream", "events"), ALIKE)
def test_what_all_readers_have_right(
    stream: bytes, events: Events, readers: Mapping[str, Reader]
) -> None:
    assert dispatched(read(stream)) == events
    assert {name: reader([stream]) for name, reader in readers.items()} == dict.fromkeys(
        readers, events
    )


CUTS = st.lists(st.integers(0, 400), max_size=6)


@given(stream=STREAMS, cuts=CUTS)
@example(stream=b"data: a\r\n\r\n", cuts=[8, 10])
@example(stream=BOM + b"data: a\n\n", cuts=[1, 2])
def test_eventsource_parser_agrees_on_any_bytes(
    stream: bytes, cuts: list[int], node: NodeReader
) -> None:
    assume(not stream.startswith(BOM + BOM))
    pieces = cut(stream, cuts)

    assert node(pieces) == dispatched(read(*pieces))


@given(stream=STREAMS)
@example(stream="retry: \u0661\n".encode())  # a digit, but not ASCII's
@example(stream=b"retry: 1.0\nretry: +1\nretry:\nretry: 0x1\nretry: 07\n")
def test_eventsource_parser_agrees_on_reconnection_times(stream: bytes, node: NodeReader) -> None:
    assume(not stream.startswith(BOM + BOM))

    retries = read(stream).record.retries

    # Beyond 2^53 JavaScript has no integers of its own.
    assert [float(one) for one in node.retries([stream])] == [float(one) for one in retries]


def with_data(events: Events) -> Events:
    """Return the events that hold data: httpx-sse makes others of what holds none."""
    return [event for event in events if event[1]]


@given(stream=STREAMS, cuts=CUTS)
def test_httpx_sse_agrees_on_events_with_data(stream: bytes, cuts: list[int]) -> None:
    bare = stream.removeprefix(BOM)
    assume(not bare.startswith(BOM))
    pieces = cut(bare, cuts)

    ours = dispatched(read(*pieces))

    assert with_data(ours) == with_data(read_by_httpx_sse(pieces))


def is_plain(reader: EventStreamReader) -> bool:
    """Tell whether sseclient-py can be expected to read a stream: see `DIFFERENCES`."""
    odd = {"invalid-utf-8", "encoded-surrogate", "nul-in-id", "mixed-line-ends"}
    codes = {defect.code for defect in reader.defects}
    has_lone_id = any(block.wire_id is not ABSENT for block in reader.record.silent_blocks)
    return not (codes & odd or reader.has_bom or has_lone_id)


@given(stream=STREAMS, cuts=CUTS)
@example(stream=b"data: a\r\n\r\n", cuts=[8, 10])
def test_sseclient_agrees_on_plain_streams(stream: bytes, cuts: list[int]) -> None:
    whole = read(stream, end=None)
    # The first bytes of a byte order mark are no line yet: nothing is said of them before the end.
    assume(is_plain(whole) and not BOM.startswith(stream))
    # Without what is left when the stream ends, which it takes for an event.
    if whole.unfinished is not None:
        stream = stream[: whole.unfinished.offset]
    pieces = cut(stream, cuts)

    assert read_by_sseclient(pieces) == dispatched(read(*pieces))
