"""Hostile batches over HTTP: each gets an OData error, nothing of it is done, the server lives."""

import gzip
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.reference_server.loopback import Peer, head, post, serving

JSON = "application/json"
MULTIPART = "multipart/mixed; boundary=b"
MEGABYTE = 1024**2
CREATE = b'{"id":"1","method":"post","url":"categories","body":{"_id":"hostile","name":"x"}}'
PART = (
    b"--b\r\nContent-Type: application/http\r\n\r\nPOST categories HTTP/1.1\r\n"
    b'Content-Type: application/json\r\n\r\n{"_id":"hostile","name":"x"}\r\n'
)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving() as port:
        yield port


def behind_a_create(request: bytes) -> bytes:
    """Write a JSON batch that creates an entity first."""
    return b'{"requests":[' + CREATE + b"," + request + b"]}"


def behind_a_part(part: bytes) -> bytes:
    """Write a batch in parts that creates an entity first."""
    return PART + part


NESTED = b"".join(
    b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (at, at + 1)
    for at in range(1_000)
)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        pytest.param(b"--b\r\n\r\n\r\n" * 100_000 + b"--b--", MULTIPART, id="100,000 empty parts"),
        pytest.param(PART * 20_000 + b"--b--", MULTIPART, id="20,000 requests in parts"),
        pytest.param(b"-" * 4 * MEGABYTE, MULTIPART, id="dashes"),
        pytest.param(b"\r\n" * 2 * MEGABYTE, MULTIPART, id="line ends"),
        pytest.param(behind_a_part(NESTED[1:]), MULTIPART, id="1,000 parts in parts"),
        pytest.param(
            behind_a_part(b"--b\r\nX: " + b"x" * 4 * MEGABYTE), MULTIPART, id="an endless field"
        ),
        pytest.param(
            behind_a_part(b"--b\r\nContent-ID: " + b"1" * MEGABYTE + PART[3:] + b"--b--"),
            MULTIPART,
            id="a Content-ID of 1 MiB",
        ),
        pytest.param(PART, f"multipart/mixed; boundary={'b' * 20_000}", id="an endless boundary"),
        pytest.param(
            b'{"requests":[' + b",".join([CREATE] * 20_000) + b"]}", JSON, id="20,000 requests"
        ),
        pytest.param(behind_a_create(b"[" * MEGABYTE), JSON, id="a million brackets"),
        pytest.param(behind_a_create(b'{"id":' * 100_000), JSON, id="deep objects"),
        pytest.param(behind_a_create(b"9" * MEGABYTE), JSON, id="a million digits"),
        pytest.param(behind_a_create(b"1e999999999"), JSON, id="a huge exponent"),
        pytest.param(
            behind_a_create(b'{"id":"' + b"x" * MEGABYTE + b'","method":"get"}'),
            JSON,
            id="a long id",
        ),
        pytest.param(
            behind_a_create(
                b'{"id":"2","method":"get","url":"a",' + b'"b":1,' * 100_000 + b'"c":1}'
            ),
            JSON,
            id="100,000 members",
        ),
    ],
)
def test_a_hostile_batch_gets_an_odata_error_and_nothing_is_done(
    port: int, body: bytes, media_type: str
) -> None:
    with closing(Peer(port)) as peer:
        peer.send(post(body, content_type=media_type, path="/odata/$batch"))
        refused = peer.receive()
    with closing(Peer(port)) as peer:
        peer.send(head("GET", path="/odata/categories('hostile')"))
        found = peer.receive()

    assert 400 <= refused.status < 500
    assert isinstance(refused.json, dict)
    assert isinstance(refused.json["error"], dict)
    assert found.status == 404


def test_a_gzip_bomb_is_refused_at_the_size_that_a_body_may_have(port: int) -> None:
    bomb = gzip.compress(b" " * 256 * MEGABYTE)
    with closing(Peer(port)) as peer:
        peer.send(post(bomb, "Content-Encoding: gzip", path="/odata/$batch"))
        refused = peer.receive()

    assert refused.status == 413
    assert isinstance(refused.json, dict)
    assert isinstance(refused.json["error"], dict)
