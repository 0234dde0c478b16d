"""Requests as the lab reads them from clients that may send anything."""

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.clients.incoming import (
    MAX_HEAD_BYTES,
    BadRequestError,
    Incoming,
    RequestReader,
)

REQUEST = b"POST /c/1?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n"


class Pieces:
    """Bytes that come in given pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = [piece for piece in pieces if piece]

    async def receive(self, max_bytes: int = 65536) -> bytes:
        del max_bytes
        return self._pieces.pop(0) if self._pieces else b""


def read(*pieces: bytes) -> list[Incoming]:
    """Read all requests of a connection."""

    async def all_of_them() -> list[Incoming]:
        reader, found = RequestReader(Pieces(*pieces)), []
        while (one := await reader.read()) is not None:
            found.append(one)
        return found

    return anyio.run(all_of_them)


@pytest.mark.parametrize(
    "data", [pytest.param(REQUEST, id="length"), pytest.param(CHUNKED, id="chunked")]
)
@given(at=st.integers(0, len(CHUNKED)))
def test_where_a_request_is_cut_changes_nothing(data: bytes, at: int) -> None:
    (request,) = read(data[:at], data[at:])

    assert (request.method, request.body) == ("POST", b"abc")


def test_requests_follow_each_other_on_a_connection() -> None:
    first, second = read(REQUEST + CHUNKED)

    assert (first.target, first.path, second.target) == ("/c/1?a=b", "/c/1", "/")


def test_the_bytes_of_a_field_are_kept() -> None:
    (request,) = read("GET / HTTP/1.1\r\nLast-Event-ID: …\r\n\r\n".encode())

    assert request.values("last-event-id") == [b"\xe2\x80\xa6"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(b"\x16\x03\x01\r\n\r\n", "no request line", id="TLS"),
        pytest.param(
            b"GET / HTTP/1.1\r\nnothing\r\n\r\n", "a field line without colon", id="field"
        ),
        pytest.param(b"GET / HTTP/1.1\r\nHost", "closed in the middle of a request", id="half"),
        pytest.param(REQUEST[:-1], "closed in the middle of a body", id="half a body"),
        pytest.param(
            REQUEST.replace(b": 3", b": -3"), "a Content-Length that is no number", id="length"
        ),
        pytest.param(
            REQUEST.replace(b": 3", b": 99999999999"), "too large", id="larger than any body"
        ),
        pytest.param(b"GET /" + b"a" * (MAX_HEAD_BYTES + 1), "too large", id="endless head"),
    ],
)
def test_what_is_no_request_is_told_apart(data: bytes, why: str) -> None:
    with pytest.raises(BadRequestError, match=f"^{why}$"):
        read(data)
