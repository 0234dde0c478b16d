"""Any bytes in any cuts."""

from hypothesis import example, given
from hypothesis import strategies as st

from conformance.observe.http import Ended
from tests.conformance.observe.replies import CHUNKED, OK, STREAMS, cut, read, result_of

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
