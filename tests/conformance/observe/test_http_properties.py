"""Any bytes in any cuts, and h11 as the second reader of what is well-formed."""

from collections.abc import Sequence

import h11
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.observe.http import Ended
from tests.conformance.observe.replies import CHUNKED, OK, cut, read, result_of

FRAGMENTS = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.0 404 \r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 204 No Content\n",
        b"HTTP/1.1 200\n",
        b"HTTP/1.1 nope\r\n\r\n",
        b"Content-Length: 3\r\n",
        b"Content-Length: x\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: gzip\n",
        b" folded\r\n",
        b"bad line\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b"3\r\nabc\r\n",
        b"2;x=y\nab\n",
        b"0\r\n",
        b"a: b\r\n",
        b"ffffffffffffffff\r\n",
        b"abc",
    ]
)
# Mostly what a response is made of, in any order: plain random bytes never reach a body.
STREAMS = st.lists(FRAGMENTS | st.binary(max_size=3), max_size=14).map(b"".join) | st.lists(
    FRAGMENTS, max_size=10
).map(lambda parts: b"HTTP/1.1 200 OK\r\n" + b"".join(parts))
CUTS = st.lists(st.integers(1, 200), max_size=12)
METHODS = st.sampled_from(["POST", "HEAD"])
ENDS = st.none() | st.sampled_from(list(Ended))


@given(data=STREAMS, cuts=CUTS, method=METHODS, end=ENDS, most=st.integers(0, 12))
@example(data=CHUNKED + b"1\r\r\nx", cuts=[1], method="POST", end=None, most=9)
@example(data=OK + b"\r\nabc", cuts=[], method="POST", end=Ended.CLOSED, most=2)
def test_no_bytes_make_it_raise(
    data: bytes, cuts: list[int], method: str, end: Ended | None, most: int
) -> None:
    reader = read(*cut(data, cuts), method=method, max_body_bytes=most, end=end)

    assert len(reader.body) <= most
    assert all(0 <= defect.at <= len(data) for defect in reader.defects)
    assert not (reader.is_complete and reader.is_too_large)


@given(data=STREAMS, cuts=CUTS, method=METHODS, end=ENDS, most=st.integers(0, 12))
@example(data=b"HTTP/1.1 200 OK\r\n\n", cuts=[16, 17], method="POST", end=None, most=9)
@example(data=b"HTTP/1.1 204 X\n\r\n", cuts=[15, 16], method="POST", end=None, most=9)
def test_where_the_bytes_are_cut_changes_nothing(
    data: bytes, cuts: list[int], method: str, end: Ended | None, most: int
) -> None:
    whole = read(data, method=method, max_body_bytes=most, end=end)

    for pieces in (cut(data, cuts), cut(data, range(len(data)))):
        reader = read(*pieces, method=method, max_body_bytes=most, end=end)

        assert result_of(reader) == result_of(whole)


TOKENS = st.text(
    "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789!#$%&'*+-.^_`|~", min_size=1, max_size=8
)
FIELD_VALUES = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_categories=["Cc"])
    | st.sampled_from(" \t"),
    max_size=12,
).map(lambda text: text.strip(" \t"))
FRAMING_NAMES = {"content-length", "transfer-encoding", "connection"}
FIELDS = st.lists(
    st.tuples(TOKENS.filter(lambda name: name.lower() not in FRAMING_NAMES), FIELD_VALUES),
    max_size=4,
)
EXTENSIONS = st.sampled_from([b"", b";a", b'; a="b"', b";a=b;c=d"])


@st.composite
def responses(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Draw a well-formed response, and what follows it on the connection."""
    fields = draw(FIELDS)
    status = draw(st.integers(200, 599))
    reason = draw(FIELD_VALUES)
    chunks = draw(st.lists(st.binary(min_size=1, max_size=20), max_size=4))
    framing = draw(st.sampled_from(["length", "chunked", "close"]))
    body = b"".join(chunks)
    if framing == "chunked":
        body = b"".join(
            b"%x%b\r\n%b\r\n" % (len(chunk), draw(EXTENSIONS), chunk) for chunk in chunks
        )
        trailers = b"".join(b"%b: %b\r\n" % field for field in _encoded(draw(FIELDS)))
        body += b"0\r\n" + trailers + b"\r\n"
        fields.append(("Transfer-Encoding", "chunked"))
    elif framing == "length":
        fields.append(("Content-Length", str(len(body))))
    lines = [b"HTTP/1.1 %d %b" % (status, reason.encode("latin-1"))]
    lines += [b"%b: %b" % field for field in _encoded(fields)]
    excess = b"" if framing == "close" else draw(st.binary(max_size=5))
    if status in (204, 304):
        body, excess = b"", b""
    return b"\r\n".join([*lines, b"", body]), excess


def _encoded(fields: Sequence[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in fields]


def read_by_h11(data: bytes) -> tuple[h11.Response, bytes, bytes]:
    """Return head, body and what is left, as h11 reads a response that the peer ends by closing."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="POST", target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    head = connection.next_event()
    assert isinstance(head, h11.Response)
    body = b""
    closed = False
    while not isinstance(event := connection.next_event(), h11.EndOfMessage):
        if isinstance(event, h11.Data):
            body += event.data
        elif event is h11.NEED_DATA and not closed:
            connection.receive_data(b"")
            closed = True
        else:
            raise AssertionError(event)
    return head, body, connection.trailing_data[0]


@given(response=responses(), cuts=CUTS)
def test_a_second_reader_agrees_on_well_formed_responses(
    response: tuple[bytes, bytes], cuts: list[int]
) -> None:
    data, excess = response

    reader = read(*cut(data + excess, cuts), end=Ended.CLOSED)
    head, body, left = read_by_h11(data + excess)

    assert reader.head is not None
    assert reader.is_complete
    assert reader.head.status == head.status_code
    assert reader.head.reason.encode("latin-1") == head.reason
    assert _encoded(reader.head.fields) == list(head.headers)
    assert reader.body == body
    assert reader.excess == left == excess
    assert {defect.code for defect in reader.defects} <= {"bytes-after-message", "length-on-204"}
