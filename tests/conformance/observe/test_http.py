"""Responses read as they arrive, after RFC 9112: framing, and what breaks it."""

import pytest

from conformance.observe.defect import Defect
from conformance.observe.http import Ended, Framing
from tests.conformance.observe.replies import CHUNKED, OK, places_of, read


# What follows the head, and the body that it is.
@pytest.mark.parametrize(
    ("data", "framing", "body"),
    [
        pytest.param(OK + b"Content-Length: 5\r\n\r\nhello", Framing.LENGTH, b"hello", id="length"),
        pytest.param(OK + b"content-length:0\r\n\r\n", Framing.LENGTH, b"", id="length of nothing"),
        pytest.param(CHUNKED + b"0\r\n\r\n", Framing.CHUNKED, b"", id="no chunk"),
        # RFC 9112 section 7.1
        pytest.param(
            CHUNKED + b"4\r\nWiki\r\nA\r\npedia in\r\n\r\n00\r\n\r\n",
            Framing.CHUNKED,
            b"Wikipedia in\r\n",
            id="chunks",
        ),
        pytest.param(
            CHUNKED + b'1;a\r\nx\r\n1 ; b\t= "c;\\"d";e=f\r\ny\r\n0;e\r\n\r\n',
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


@pytest.mark.parametrize("ended", ["reset", "deadline"])
def test_only_a_close_completes_a_body_without_framing(ended: str) -> None:
    reader = read(OK + b"\r\nab", end=Ended(ended))

    assert not reader.is_complete
    detail = f"expected the end of the body, saw the response end ({ended})"
    assert reader.defects == [Defect(layer="http", code="body-cut-short", at=21, detail=detail)]


def test_a_body_that_we_cut_is_no_flaw_of_the_peer() -> None:
    reader = read(OK + b"\r\nab", end=Ended.LIMIT)

    assert reader.is_too_large
    assert reader.defects == []


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


# RFC 9110 section 8.6 lets a recipient take it for one, and calls it invalid.
@pytest.mark.parametrize(
    "fields",
    [
        pytest.param(b"Content-Length: 2, 2\r\n", id="in one line"),
        pytest.param(b"Content-Length: 2\r\nContent-Length: 2\r\n", id="in two"),
    ],
)
def test_the_same_length_twice_is_one_and_a_defect(fields: bytes) -> None:
    reader = read(OK + fields + b"\r\nok")

    assert reader.framing is Framing.LENGTH
    assert reader.body == b"ok"
    assert places_of(reader) == [("doubled-length", 0)]


# RFC 9112 section 7.1.1: chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"1 ", id="white space alone"),
        pytest.param(b"1;", id="no name"),
        pytest.param(b"1;a=", id="no value"),
        pytest.param(b'1;a="b', id="no end of quotes"),
        pytest.param(b"1;a\rb", id="a CR"),
        pytest.param(b"1;a\x00", id="a control character"),
    ],
)
def test_an_extension_of_a_chunk_that_is_none_is_a_defect_and_passed_over(line: bytes) -> None:
    reader = read(CHUNKED + line + b"\r\nx\r\n0\r\n\r\n")

    assert reader.is_complete
    assert reader.body == b"x"
    assert places_of(reader) == [("bad-chunk-extension", len(CHUNKED))]


# RFC 9112 section 7.1.2: trailer-section = *( field-line CRLF )
@pytest.mark.parametrize(
    ("trailers", "places"),
    [
        pytest.param(b"no field\r\n", [("bad-header-line", 0)], id="no colon"),
        pytest.param(b"a: b\r\nc : d\r\n", [("bad-header-line", 6)], id="a space in a name"),
        pytest.param(b"a: \x00\r\n", [("bad-header-line", 0)], id="a control character"),
        pytest.param(b"a: b\r\n c\r\n", [("folded-header", 6)], id="a fold"),
        pytest.param(b" c\r\n", [("bad-header-line", 0)], id="a fold of nothing"),
        pytest.param(b"a: b\r\r\n", [("bad-header-line", 0)], id="CR twice"),
    ],
)
def test_a_trailer_that_is_no_field_is_a_defect(
    trailers: bytes, places: list[tuple[str, int]]
) -> None:
    start = CHUNKED + b"0\r\n"

    reader = read(start + trailers + b"\r\n")

    assert reader.is_complete
    assert places_of(reader) == [(code, len(start) + at) for code, at in places]


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
