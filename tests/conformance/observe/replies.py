"""What the tests of `observe/http.py` share: feeding a reader, and saying what it came to."""

from collections.abc import Iterable
from itertools import pairwise

from hypothesis import strategies as st

from conformance.observe.http import Ended, ResponseReader

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


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
