"""Content codings taken off piece by piece."""

import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.observe.stream_coding import Unpacker

ROOMY = 1_000_000


def packed(data: bytes, *, bits: int) -> bytes:
    packer = zlib.compressobj(wbits=bits)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("codings", "wire"),
    [
        pytest.param([], b"abc", id="none"),
        pytest.param(["identity", ""], b"abc", id="identity"),
        pytest.param(["gzip"], packed(b"abc", bits=31), id="gzip"),
        pytest.param(["x-gzip"], packed(b"abc", bits=31), id="x-gzip"),
        pytest.param(["deflate"], packed(b"abc", bits=15), id="deflate"),
        pytest.param(
            ["deflate", "gzip"], packed(packed(b"abc", bits=15), bits=31), id="one over another"
        ),
    ],
)
def test_codings_are_undone(codings: list[str], wire: bytes) -> None:
    unpacker = Unpacker(codings, max_bytes=ROOMY)

    assert unpacker.feed(wire) == b"abc"
    assert unpacker.defects == []


@given(data=st.binary(max_size=200), cuts=st.lists(st.integers(0, 250), max_size=5))
def test_where_the_bytes_are_cut_changes_nothing(data: bytes, cuts: list[int]) -> None:
    wire = packed(data, bits=31)
    places = [0, *sorted(min(cut, len(wire)) for cut in cuts), len(wire)]
    unpacker = Unpacker(["gzip"], max_bytes=ROOMY)

    pieces = [wire[a:b] for a, b in pairwise(places)]

    assert b"".join(map(unpacker.feed, pieces)) == data


def test_what_was_flushed_comes_at_once() -> None:
    packer = zlib.compressobj(wbits=31)
    unpacker = Unpacker(["gzip"], max_bytes=ROOMY)

    first = unpacker.feed(packer.compress(b"one") + packer.flush(zlib.Z_SYNC_FLUSH))

    assert first == b"one"


@pytest.mark.parametrize(
    ("codings", "wire", "code", "kept"),
    [
        pytest.param(["br"], b"abc", "unknown-coding", b"abc", id="unknown"),
        pytest.param(["gzip"], b"abc", "broken-coding", b"", id="broken"),
        pytest.param(
            ["gzip"], packed(bytes(99), bits=31), "coding-too-large", bytes(10), id="bomb"
        ),
    ],
)
def test_what_can_not_be_undone_is_a_defect(
    codings: list[str], wire: bytes, code: str, kept: bytes
) -> None:
    unpacker = Unpacker(codings, max_bytes=10)

    assert unpacker.feed(wire) == kept
    assert [defect.code for defect in unpacker.defects] == [code]


def test_behind_the_bound_nothing_is_taken() -> None:
    unpacker = Unpacker(["gzip"], max_bytes=10)
    unpacker.feed(packed(bytes(99), bits=31))

    assert unpacker.is_full
    assert unpacker.feed(b"more") == b""


def test_broken_data_is_told_once() -> None:
    unpacker = Unpacker(["gzip"], max_bytes=10)
    for _ in range(3):
        unpacker.feed(b"abc")

    assert len(unpacker.defects) == 1
