"""Responses read as they arrive, after RFC 9112; h11 is the second reader."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.observe.defect import Defect
from conformance.observe.http import Ended, Framing, ResponseReader

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
MAX_HEAD_BYTES = 262_144


def read(
    *pieces: bytes, method: str = "POST", max_body_bytes: int = 1000, end: Ended | None = None
) -> ResponseReader:
    """Feed pieces one after the other, each a millisecond later."""
    reader = ResponseReader(request_method=method, max_body_bytes=max_body_bytes)
    for at_ms, piece in enumerate(pieces):
        reader.feed(piece, at_ms=float(at_ms))
    if end is not None:
        reader.end(end)
    reader.drain_excess()
    return reader


def places_of(reader: ResponseReader) -> list[tuple[str, int]]:
    return [(defect.code, defect.at) for defect in reader.defects]


def result_of(reader: ResponseReader) -> tuple[object, ...]:
    """Return all that must not depend on how the bytes were cut."""
    return (
        reader.head,
        reader.interim,
        reader.framing,
        reader.declared_length,
        reader.body,
        reader.chunk_sizes,
        places_of(reader),
        reader.is_complete,
        reader.is_over,
        reader.is_too_large,
        reader.got_nothing,
        reader.excess,
    )


def cut(data: bytes, at: Iterable[int]) -> list[bytes]:
    """Cut bytes at each of the places that lie within."""
    places = [0, *sorted({place for place in at if 0 < place < len(data)}), len(data)]
    return [data[start:end] for start, end in pairwise(places)]


# What follows the head, and the body that it is.
@pytest.mark.parametrize(
    ("data", "framing", "body"),
    [
        pytest.param(OK + b"Content-Length: 5\r\n\r\nhello", Framing.LENGTH, b"hello", id="length"),
        pytest.param(OK + b"content-length:0\r\n\r\n", Framing.LENGTH, b"", id="length of nothing"),
        pytest.param(
            OK + b"Content-Length: 2, 2\r\nContent-Length: 2\r\n\r\nok",
            Framing.LENGTH,
            b"ok",
            id="the same length three times",
        ),
        pytest.param(CHUNKED + b"0\r\n\r\n", Framing.CHUNKED, b"", id="no chunk"),
        # RFC 9112 section 7.1
        pytest.param(
            CHUNKED + b"4\r\nWiki\r\nA\r\npedia in\r\n\r\n00\r\n\r\n",
            Framing.CHUNKED,
            b"Wikipedia in\r\n",
            id="chunks",
        ),
        pytest.param(
            CHUNKED + b'1;a\r\nx\r\n1 ; b="c;d"\r\ny\r\n0;e\r\n\r\n',
            Framing.CHUNKED,
            b"xy",
            id="extensions",
        ),
        pytest.param(
            CHUNKED + b"1\r\nx\r\n0\r\nChecksum: 1\r\nExpires: 0\r\n\r\n",
            Framing.CHUNKED,
            b"x",
            id="trailers",
        ),
        pytest.param(
            OK + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: , Chunked ,\r\n\r\n0\r\n\r\n",
            Framing.CHUNKED,
            b"",
            id="chunked is the last coding",
        ),
    ],
)
def test_framing_tells_where_the_body_ends(data: bytes, framing: Framing, body: bytes) -> None:
    reader = read(data)

    assert reader.is_complete
    assert reader.is_over
    assert reader.framing is framing
    assert reader.body == body
    assert reader.excess == b""
    assert reader.defects == []


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(b"", id="no field tells"),
        # RFC 9112 section 6.3: chunked that is not the last coding does not delimit
        pytest.param(b"Transfer-Encoding: chunked, gzip\r\n", id="chunked is not the last coding"),
        pytest.param(b"Transfer-Encoding: gzip\r\n", id="another coding"),
    ],
)
def test_a_body_without_framing_ends_with_the_connection(fields: bytes) -> None:
    reader = read(OK + fields + b"\r\n0\r\n", b"\r\n")

    assert reader.framing is Framing.CLOSE
    assert not reader.is_complete

    reader.end(Ended.CLOSED)

    assert reader.is_complete
    assert reader.body == b"0\r\n\r\n"
    assert reader.defects == []


@pytest.mark.parametrize("ended", [pytest.param(one, id=one) for one in Ended if one != "closed"])
def test_only_a_close_completes_a_body_without_framing(ended: Ended) -> None:
    reader = read(OK + b"\r\nab", end=ended)

    assert not reader.is_complete
    detail = f"expected the end of the body, saw the response end ({ended})"
    assert reader.defects == [Defect(layer="http", code="body-cut-short", at=21, detail=detail)]


@pytest.mark.parametrize(
    ("method", "status", "fields"),
    [
        pytest.param("HEAD", b"200 OK", b"Content-Length: 5\r\n", id="HEAD"),
        pytest.param("HEAD", b"200 OK", b"Transfer-Encoding: chunked\r\n", id="HEAD, chunked"),
        pytest.param("POST", b"204 No Content", b"", id="204"),
        pytest.param("GET", b"304 Not Modified", b"Content-Length: 5\r\n", id="304"),
    ],
)
def test_a_response_without_body_ends_with_its_head(
    method: str, status: bytes, fields: bytes
) -> None:
    reader = read(b"HTTP/1.1 " + status + b"\r\n" + fields + b"\r\n", method=method)

    assert reader.is_complete
    assert reader.framing is Framing.NONE
    assert reader.declared_length is None
    assert reader.body == b""
    assert reader.defects == []


@pytest.mark.parametrize(
    ("method", "head", "defect"),
    [
        pytest.param(
            "HEAD",
            b"HTTP/1.1 200 OK\r\n\r\n",
            ("body-on-head", 19, "expected no body on HEAD (RFC 9110 section 9.3.2)"),
            id="HEAD",
        ),
        pytest.param(
            "POST",
            b"HTTP/1.1 204 X\r\n\r\n",
            ("body-on-204", 18, "expected no body (RFC 9112 section 6.3)"),
            id="204",
        ),
        pytest.param(
            "GET",
            b"HTTP/1.1 304 X\r\n\r\n",
            ("body-on-304", 18, "expected no body (RFC 9112 section 6.3)"),
            id="304",
        ),
        pytest.param(
            "POST",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
            ("bytes-after-message", 39, "expected the end of the response"),
            id="behind a body",
        ),
    ],
)
def test_bytes_behind_the_response_are_a_defect(
    method: str, head: bytes, defect: tuple[str, int, str]
) -> None:
    reader = read(head + b"abc", method=method)

    code, at, expected = defect
    detail = f"{expected}, saw 3 more bytes"
    assert reader.excess == b"abc"
    assert reader.defects == [Defect(layer="http", code=code, at=at, detail=detail)]


def test_a_length_on_204_is_a_defect() -> None:
    reader = read(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")

    detail = "expected no Content-Length (RFC 9110 section 8.6)"
    assert reader.defects == [Defect(layer="http", code="length-on-204", at=0, detail=detail)]


def test_interim_responses_come_before_the_final_one() -> None:
    reader = read(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"
    )

    assert reader.interim == [100, 103]
    assert reader.head is not None
    assert reader.head.status == 200
    assert reader.is_complete
    assert reader.defects == []


def test_interim_responses_are_bounded() -> None:
    one = b"HTTP/1.1 102 Processing\r\n\r\n"

    assert not read(one * 16).is_over
    reader = read(one * 17 + OK)

    assert reader.is_too_large
    assert reader.is_over
    assert reader.head is None
    assert places_of(reader) == [("endless-interim", 17 * 27)]


def test_an_interim_response_may_be_all_that_comes() -> None:
    reader = read(b"HTTP/1.1 100 Continue\r\n\r\n", end=Ended.CLOSED)

    assert not reader.got_nothing
    assert not reader.is_complete
    assert reader.head is None
    assert reader.defects == []


@pytest.mark.parametrize(
    ("data", "places", "body"),
    [
        pytest.param(b"HTTP/1.1 200 OK\n\nab", [("bare-lf", 15)], b"ab", id="no field"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\nab", [("bare-lf", 17)], b"ab", id="the last one"),
        pytest.param(b"HTTP/1.1 200 OK\n\r\nab", [("bare-lf", 15)], b"ab", id="the one before"),
        pytest.param(
            b"HTTP/1.1 200 OK\na: b\n\nab", [("bare-lf", 20), ("bare-lf", 15)], b"ab", id="all"
        ),
    ],
)
def test_a_head_of_lf_alone_is_read_and_told(
    data: bytes, places: list[tuple[str, int]], body: bytes
) -> None:
    reader = read(data, end=Ended.CLOSED)

    assert reader.is_complete
    assert reader.body == body
    assert places_of(reader) == places


def test_chunks_with_lf_alone_are_read_and_told() -> None:
    reader = read(CHUNKED + b"1\nx\n0\na: b\n\n")

    assert reader.is_complete
    assert reader.body == b"x"
    start = len(CHUNKED)
    assert places_of(reader) == [("bare-lf", start + at) for at in (1, 3, 5, 10, 11)]


def test_defects_of_one_kind_are_bounded() -> None:
    reader = read(CHUNKED + b"1\nx\n" * 200 + b"0\r\n\r\n!")

    codes = [defect.code for defect in reader.defects]
    assert codes == ["bare-lf"] * 50 + ["bytes-after-message"]


@pytest.mark.parametrize(
    ("tail", "code", "at", "detail"),
    [
        pytest.param(
            b"x\r\n", "bad-chunk-size", 0, "expected a chunk size, saw b'x'", id="no digits"
        ),
        pytest.param(b"\r\n", "bad-chunk-size", 0, "expected a chunk size, saw b''", id="empty"),
        pytest.param(
            b"0x1\r\n", "bad-chunk-size", 0, "expected a chunk size, saw b'0x1'", id="a prefix"
        ),
        pytest.param(
            b"-1\r\n", "bad-chunk-size", 0, "expected a chunk size, saw b'-1'", id="a sign"
        ),
        pytest.param(
            b"1\r\r\nx\r\n", "bad-chunk-size", 0, "expected a chunk size, saw b'1\\r'", id="two CR"
        ),
        pytest.param(
            b"10000000000000000\r\n",
            "bad-chunk-size",
            0,
            "expected a chunk size, saw b'10000000000000000'",
            id="17 digits",
        ),
        pytest.param(
            b"1\r\nxy\r\n", "bad-chunk-end", 4, "expected a line end, saw b'y'", id="too much data"
        ),
        pytest.param(
            b"1\r\nx\r\r\n", "bad-chunk-end", 4, "expected a line end, saw b'\\r'", id="CR CR LF"
        ),
    ],
)
def test_a_broken_chunk_ends_the_reading(tail: bytes, code: str, at: int, detail: str) -> None:
    reader = read(CHUNKED + tail, b"0\r\n\r\n", end=Ended.CLOSED)

    assert not reader.is_complete
    assert reader.is_over
    place = len(CHUNKED) + at
    assert reader.defects == [Defect(layer="http", code=code, at=place, detail=detail)]


@pytest.mark.parametrize(
    ("fields", "places"),
    [
        pytest.param(b"Content-Length: 1, 2\r\n", [("length-conflict", 0)], id="in one line"),
        pytest.param(
            b"Content-Length: 1\r\nContent-Length: 2\r\n", [("length-conflict", 0)], id="in two"
        ),
        pytest.param(b"Content-Length: +1\r\n", [("bad-length", 0)], id="a plus"),
        pytest.param(b"Content-Length: -1\r\n", [("bad-length", 0)], id="a minus"),
        pytest.param(b"Content-Length: 1_0\r\n", [("bad-length", 0)], id="an underscore"),
        pytest.param(b"Content-Length: 0x1\r\n", [("bad-length", 0)], id="hexadecimal"),
        pytest.param(b"Content-Length: \xb2\r\n", [("bad-length", 0)], id="a superscript"),
        pytest.param(b"Content-Length:\r\n", [("bad-length", 0)], id="nothing"),
        pytest.param(b"Content-Length: 10000000000000000\r\n", [("bad-length", 0)], id="17 digits"),
    ],
)
def test_a_length_that_is_none_leaves_the_body_to_the_connection(
    fields: bytes, places: list[tuple[str, int]]
) -> None:
    reader = read(OK + fields + b"\r\nabc", end=Ended.CLOSED)

    assert reader.framing is Framing.CLOSE
    assert reader.declared_length is None
    assert reader.body == b"abc"
    assert places_of(reader) == places


def test_a_length_has_sixteen_digits_at_most() -> None:
    reader = read(OK + b"Content-Length: 9999999999999999\r\n\r\nabc")

    assert reader.framing is Framing.LENGTH
    assert reader.declared_length == 9_999_999_999_999_999
    assert reader.defects == []


def test_a_chunk_size_has_sixteen_digits_at_most() -> None:
    reader = read(CHUNKED + b"ffffffffffffffff\r\nabc")

    assert reader.chunk_sizes == [2**64 - 1]
    assert reader.defects == []


def test_chunked_overrides_a_length() -> None:
    reader = read(
        OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
    )

    # RFC 9112 section 6.3: Transfer-Encoding overrides the Content-Length
    assert reader.framing is Framing.CHUNKED
    assert reader.body == b"x"
    assert reader.is_complete
    assert places_of(reader) == [("length-with-chunked", 0)]


@pytest.mark.parametrize(
    ("data", "at", "wanted"),
    [
        pytest.param(OK + b"Content-Length: 5\r\n\r\nab", 40, "3 more bytes", id="a length"),
        pytest.param(CHUNKED + b"5\r\nab", 52, "3 more bytes", id="in a chunk"),
        pytest.param(CHUNKED + b"1\r\nx", 51, "the end of the body", id="behind a chunk"),
        pytest.param(CHUNKED + b"1\r\nx\r\n", 53, "the end of the body", id="between chunks"),
        pytest.param(CHUNKED + b"1\r\nx\r\n12", 55, "the end of the body", id="in a size"),
        pytest.param(CHUNKED + b"0\r\na: b\r\n", 56, "the end of the body", id="in trailers"),
    ],
)
def test_a_body_that_ends_early_is_a_defect(data: bytes, at: int, wanted: str) -> None:
    reader = read(data, end=Ended.CLOSED)

    assert not reader.is_complete
    detail = f"expected {wanted}, saw the response end (closed)"
    assert reader.defects == [Defect(layer="http", code="body-cut-short", at=at, detail=detail)]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"<html>", "not-http", id="HTML"),
        pytest.param(b"\r\nHTTP/1.1 200 OK\r\n\r\n", "not-http", id="an empty line first"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n{}", "not-http", id="behind an interim one"),
        pytest.param(b"HTTP/1.1 OK\r\n\r\n", "bad-status-line", id="no status"),
    ],
)
def test_what_is_no_response_is_told_once(data: bytes, code: str) -> None:
    reader = read(data, b"more", end=Ended.CLOSED)

    assert reader.head is None
    assert reader.is_over
    assert not reader.is_complete
    assert [defect.code for defect in reader.defects] == [code]


@pytest.mark.parametrize("ended", [pytest.param(one, id=one) for one in Ended])
def test_nothing_at_all_is_no_defect(ended: Ended) -> None:
    reader = read(end=ended)

    assert reader.got_nothing
    assert not reader.is_complete
    assert reader.ended is ended
    assert reader.defects == []


def test_a_first_byte_is_something() -> None:
    assert not read(b"H").got_nothing


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        pytest.param(OK + b"Content-Length: 11\r\n\r\n", b"", id="length"),
        pytest.param(OK + b"\r\n", b"", id="close"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\nb\r\n", b"\r\n0\r\n\r\n", id="chunk"),
        pytest.param(CHUNKED + b"1\r\na\r\nb\r\n", b"\r\n0\r\n\r\n", id="two chunks"),
    ],
)
@pytest.mark.parametrize("ended", [pytest.param(one, id=one) for one in Ended])
def test_a_body_beyond_the_bound_is_too_large_and_no_flaw_of_the_peer(
    head: bytes, tail: bytes, ended: Ended
) -> None:
    reader = read(head + b"a" * 11 + tail, max_body_bytes=10, end=ended)

    assert reader.is_too_large
    assert reader.is_over
    assert not reader.is_complete
    assert len(reader.body) == 10
    assert reader.defects == []


@pytest.mark.parametrize(
    ("data", "ended"),
    [
        pytest.param(OK + b"Content-Length: 10\r\n\r\n" + b"a" * 10, None, id="length"),
        pytest.param(OK + b"\r\n" + b"a" * 10, Ended.CLOSED, id="close"),
        pytest.param(CHUNKED + b"a\r\n" + b"a" * 10 + b"\r\n0\r\n\r\n", None, id="chunk"),
    ],
)
def test_a_body_as_large_as_the_bound_is_taken(data: bytes, ended: Ended | None) -> None:
    reader = read(data, max_body_bytes=10, end=ended)

    assert reader.is_complete
    assert not reader.is_too_large
    assert reader.body == b"a" * 10


def head_of(size: int) -> bytes:
    """Return a head of so many bytes, its empty line included."""
    start = b"HTTP/1.1 204 No Content\r\na: "
    return start + b"b" * (size - len(start) - 4) + b"\r\n\r\n"


WAYS = pytest.mark.parametrize(
    "places",
    [
        pytest.param([], id="at once"),
        pytest.param([100, MAX_HEAD_BYTES - 1, MAX_HEAD_BYTES, MAX_HEAD_BYTES + 1], id="in pieces"),
    ],
)


@WAYS
def test_a_head_as_large_as_the_bound_is_taken(places: list[int]) -> None:
    reader = read(*cut(head_of(MAX_HEAD_BYTES), places))

    assert reader.is_complete
    assert reader.defects == []


@WAYS
def test_a_head_beyond_the_bound_is_endless(places: list[int]) -> None:
    reader = read(*cut(head_of(MAX_HEAD_BYTES + 1), places), end=Ended.DEADLINE)

    assert reader.is_too_large
    assert reader.head is None
    detail = "expected a head of 262144 bytes"
    assert reader.defects == [Defect(layer="http", code="endless-head", at=0, detail=detail)]


@pytest.mark.parametrize(
    ("start", "code"),
    [
        pytest.param(OK, "endless-head", id="a head"),
        pytest.param(CHUNKED, "endless-line", id="a chunk size"),
    ],
)
@pytest.mark.parametrize(
    ("size", "is_over"),
    [
        pytest.param(MAX_HEAD_BYTES - 1, False, id="one byte less"),
        pytest.param(MAX_HEAD_BYTES, True, id="the bound"),
    ],
)
def test_what_fills_the_bound_without_an_end_is_not_waited_for(
    start: bytes, code: str, size: int, *, is_over: bool
) -> None:
    size -= len(start) if code == "endless-head" else 0

    reader = read(start + b"1;" + b"a" * (size - 2))

    assert reader.is_over is is_over
    assert [defect.code for defect in reader.defects] == [code] * is_over


@WAYS
@pytest.mark.parametrize(
    ("start", "code"),
    [
        pytest.param(b"1;", "endless-line", id="a chunk extension"),
        pytest.param(b"1\r\nx", "endless-line", id="behind a chunk"),
        pytest.param(b"0\r\n", "endless-line", id="a trailer"),
    ],
)
def test_a_line_beyond_the_bound_is_endless(places: list[int], start: bytes, code: str) -> None:
    line = b"a" * MAX_HEAD_BYTES + b"\r\n"

    reader = read(*cut(CHUNKED + start + line, places), end=Ended.DEADLINE)

    assert reader.is_over
    assert not reader.is_complete
    assert [defect.code for defect in reader.defects] == [code]


@WAYS
def test_trailers_beyond_the_bound_are_endless(places: list[int]) -> None:
    trailer = b"a: " + b"b" * 997 + b"\r\n"

    reader = read(*cut(CHUNKED + b"0\r\n" + trailer * 300, places), end=Ended.DEADLINE)

    assert reader.is_too_large
    assert not reader.is_complete
    # 262 trailers of 1,000 bytes fit
    at = len(CHUNKED) + 3 + 263 * 1002
    detail = "expected 262144 bytes at most"
    assert reader.defects == [Defect(layer="http", code="endless-trailers", at=at, detail=detail)]


@pytest.mark.parametrize(
    ("more", "is_complete"),
    [
        pytest.param(b"", True, id="the bound"),
        pytest.param(b"a", False, id="one byte more"),
    ],
)
def test_trailers_are_taken_to_the_bound(more: bytes, *, is_complete: bool) -> None:
    trailers = (b"a: " + b"b" * 1021 + b"\r\n") * 255 + b"a: " + b"b" * 1021 + more + b"\r\n"

    reader = read(CHUNKED + b"0\r\n" + trailers + b"\r\n")

    assert reader.is_complete is is_complete
    assert reader.is_too_large is not is_complete


def test_pieces_keep_the_time_they_came_at() -> None:
    reader = read(OK + b"\r\nab", b"cd", b"e")

    assert [(piece.data, piece.at_ms) for piece in reader.pieces] == [
        (b"ab", 0.0),
        (b"cd", 1.0),
        (b"e", 2.0),
    ]


def test_sizes_of_chunks_are_kept() -> None:
    assert read(CHUNKED + b"2\r\nab\r\n1F\r\n" + b"c" * 31 + b"\r\n0\r\n\r\n").chunk_sizes == [
        2,
        31,
    ]


def test_bytes_behind_a_complete_response_stay_its_excess() -> None:
    reader = read(OK + b"Content-Length: 0\r\n\r\n", b"HTTP", b"/1.1 200 OK\r\n")

    assert reader.excess == b"HTTP/1.1 200 OK\r\n"
    assert places_of(reader) == [("bytes-after-message", 38)]


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
