"""Content codings taken off, bombs and broken ones included."""

import gzip
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.observe.content_coding import decode_body
from conformance.observe.defect import Defect

HELLO_GZIP = gzip.compress(b"hello", mtime=0)
RAW_DEFLATE = zlib.compressobj(wbits=-15)


def defect(code: str, at: int, detail: str) -> Defect:
    return Defect(layer="http", code=code, at=at, detail=detail)


@pytest.mark.parametrize(
    ("body", "codings"),
    [
        pytest.param(b"hello", [], id="none"),
        pytest.param(b"hello", ["identity"], id="identity"),
        pytest.param(b"hello", ["", " , "], id="empty elements"),
        pytest.param(HELLO_GZIP, ["gzip"], id="gzip"),
        pytest.param(HELLO_GZIP, [" GZip\t"], id="in another case"),
        # RFC 9110 section 8.4.1.3: x-gzip is the same
        pytest.param(HELLO_GZIP, ["x-gzip"], id="x-gzip"),
        # RFC 9110 section 8.4.1.2: deflate is the zlib format
        pytest.param(zlib.compress(b"hello"), ["deflate"], id="deflate"),
        pytest.param(zlib.compress(HELLO_GZIP), ["gzip, deflate"], id="two in one line"),
        pytest.param(gzip.compress(zlib.compress(b"hello")), ["deflate", "gzip"], id="two lines"),
        # RFC 1952 section 2.2: members follow one another
        pytest.param(gzip.compress(b"hel") + gzip.compress(b"lo"), ["gzip"], id="two members"),
        pytest.param(HELLO_GZIP + gzip.compress(b""), ["gzip"], id="an empty member"),
    ],
)
def test_codings_are_undone_from_the_last_to_the_first(body: bytes, codings: list[str]) -> None:
    assert decode_body(body, codings, max_bytes=100) == (b"hello", [])


@pytest.mark.parametrize(
    ("codings", "named"),
    [
        pytest.param(["br"], "'br'", id="alone"),
        pytest.param(["gzip, Br"], "'br'", id="above another"),
        pytest.param(["z" * 100], repr("z" * 40), id="cut short"),
    ],
)
def test_a_coding_that_was_not_asked_for_leaves_the_body(codings: list[str], named: str) -> None:
    body, defects = decode_body(b"abc", codings, max_bytes=100)

    assert body == b"abc"
    detail = f"expected a coding that was asked for, saw {named}"
    assert defects == [defect("unknown-coding", 0, detail)]


def test_an_unknown_coding_below_is_left_when_the_one_above_is_undone() -> None:
    body, defects = decode_body(HELLO_GZIP, ["br, gzip"], max_bytes=100)

    assert body == b"hello"
    assert [one.code for one in defects] == ["unknown-coding"]


@pytest.mark.parametrize(
    ("body", "codings"),
    [
        pytest.param(b"hello", ["gzip"], id="plain text as gzip"),
        pytest.param(b"hello", ["deflate"], id="plain text as deflate"),
        pytest.param(zlib.compress(b"hello"), ["gzip"], id="deflate as gzip"),
        pytest.param(zlib.compress(b"hello"), ["x-gzip"], id="deflate as x-gzip"),
        pytest.param(HELLO_GZIP, ["deflate"], id="gzip as deflate"),
        pytest.param(
            RAW_DEFLATE.compress(b"hello") + RAW_DEFLATE.flush(), ["deflate"], id="no zlib header"
        ),
        pytest.param(HELLO_GZIP[:-8] + b"\0" * 8, ["gzip"], id="a wrong checksum"),
    ],
)
def test_data_that_is_not_in_its_coding_stays_as_it_is(body: bytes, codings: list[str]) -> None:
    unpacked, defects = decode_body(body, codings, max_bytes=100)

    assert unpacked == body
    assert [(one.code, one.at) for one in defects] == [("broken-coding", 0)]
    assert defects[0].detail.startswith(f"expected {codings[0]} data, saw Error -3 ")


@pytest.mark.parametrize(
    ("body", "coding", "unpacked"),
    [
        pytest.param(b"", "gzip", b"", id="nothing"),
        pytest.param(HELLO_GZIP[:-1], "gzip", b"hello", id="one byte of the trailer missing"),
        pytest.param(zlib.compress(b"hello")[:-4], "deflate", b"hello", id="no checksum"),
        pytest.param(HELLO_GZIP + b"\x1f", "gzip", b"hello", id="a second member begins"),
    ],
)
def test_data_that_ends_early_is_unpacked_as_far_as_it_goes(
    body: bytes, coding: str, unpacked: bytes
) -> None:
    detail = f"expected the end of the {coding} data, saw the end of the body"

    assert decode_body(body, [coding], max_bytes=100) == (
        unpacked,
        [defect("broken-coding", len(body), detail)],
    )


def test_what_stands_behind_the_data_is_a_defect_and_left_out() -> None:
    stream = zlib.compress(b"hello")

    body, defects = decode_body(stream + b"junk", ["deflate"], max_bytes=100)

    detail = "expected the end of the body behind the deflate data, saw 4 more bytes"
    assert body == b"hello"
    assert defects == [defect("broken-coding", len(stream), detail)]


def test_what_is_no_member_behind_a_member_is_a_defect_and_left_out() -> None:
    body, defects = decode_body(HELLO_GZIP + b"junk", ["gzip"], max_bytes=100)

    assert body == b"hello"
    assert [(one.code, one.at) for one in defects] == [("broken-coding", len(HELLO_GZIP))]


def test_members_are_bounded() -> None:
    member = gzip.compress(b"a", mtime=0)

    body, defects = decode_body(member * 66, ["gzip"], max_bytes=100)

    assert body == b"a" * 64
    assert [(one.code, one.at) for one in defects] == [("broken-coding", 64 * len(member))]


@pytest.mark.parametrize(
    ("size", "most", "codes"),
    [
        pytest.param(100_000, 100_000, [], id="as large as the bound"),
        pytest.param(100_001, 100_000, ["coding-too-large"], id="one byte more"),
        pytest.param(1, 0, ["coding-too-large"], id="a bound of nothing"),
        pytest.param(0, 0, [], id="nothing within nothing"),
    ],
)
@pytest.mark.parametrize("coding", [pytest.param(one, id=one) for one in ("gzip", "deflate")])
def test_what_unpacks_to_more_than_the_bound_is_cut_there(
    coding: str, size: int, most: int, codes: list[str]
) -> None:
    pack = gzip.compress if coding == "gzip" else zlib.compress

    body, defects = decode_body(pack(b"a" * size), [coding], max_bytes=most)

    assert body == b"a" * min(size, most)
    assert [one.code for one in defects] == codes


def test_a_bomb_of_two_layers_is_cut_at_the_bound() -> None:
    inner = gzip.compress(b"\0" * 50_000_000)

    body, defects = decode_body(gzip.compress(inner), ["gzip", "gzip"], max_bytes=100_000)

    assert body == b"\0" * 100_000
    detail = "expected at most 100000 bytes unpacked, saw more"
    assert defects == [defect("coding-too-large", 0, detail)]


def test_a_bomb_of_many_members_is_cut_at_the_bound() -> None:
    body, defects = decode_body(gzip.compress(b"a" * 60) * 3, ["gzip"], max_bytes=100)

    assert body == b"a" * 100
    assert [one.code for one in defects] == ["coding-too-large"]


@given(
    body=st.binary() | st.binary().map(gzip.compress) | st.binary().map(zlib.compress),
    codings=st.lists(st.sampled_from(["gzip", "deflate", "br", "identity, gzip", ""]), max_size=3),
    cut=st.integers(0, 60),
    most=st.integers(0, 60),
)
@example(body=HELLO_GZIP, codings=["gzip"], cut=0, most=0)
def test_no_bytes_make_it_raise(body: bytes, codings: list[str], cut: int, most: int) -> None:
    for data in (body, body[:cut]):
        unpacked, defects = decode_body(data, codings, max_bytes=most)

        assert len(unpacked) <= max(most, len(data))
        assert all(0 <= one.at <= max(most, len(data)) for one in defects)


@given(body=st.binary(), level=st.integers(0, 9))
def test_what_was_packed_is_unpacked(body: bytes, level: int) -> None:
    packed = gzip.compress(zlib.compress(body, level), level)

    assert decode_body(packed, ["deflate", "gzip"], max_bytes=10_000) == (body, [])
