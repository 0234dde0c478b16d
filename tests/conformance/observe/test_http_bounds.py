"""How much of a response is read: what fills a bound, and what goes beyond it."""

import pytest

from conformance.observe.defect import Defect
from conformance.observe.http import Ended, Framing
from tests.conformance.observe.replies import CHUNKED, OK, cut, places_of, read

MAX_HEAD_BYTES = 262_144


def test_interim_responses_are_bounded() -> None:
    one = b"HTTP/1.1 102 Processing\r\n\r\n"

    assert not read(one * 16).is_over
    reader = read(one * 17 + OK)

    assert reader.is_too_large
    assert reader.is_over
    assert reader.head is None
    assert places_of(reader) == [("endless-interim", 17 * 27)]


def test_defects_of_one_kind_are_bounded() -> None:
    reader = read(CHUNKED + b"1\nx\n" * 200 + b"0\r\n\r\n!")

    codes = [defect.code for defect in reader.defects]
    assert codes == ["bare-lf"] * 50 + ["bytes-after-message"]


def test_a_length_has_sixteen_digits_at_most() -> None:
    reader = read(OK + b"Content-Length: 9999999999999999\r\n\r\nabc")

    assert reader.framing is Framing.LENGTH
    assert reader.declared_length == 9_999_999_999_999_999
    assert reader.defects == []


def test_a_chunk_size_has_sixteen_digits_at_most() -> None:
    reader = read(CHUNKED + b"ffffffffffffffff\r\nabc")

    assert reader.chunk_sizes == [2**64 - 1]
    assert reader.defects == []


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
