"""Batches as the OData driver writes them, byte by byte, in either format."""

import gzip
from typing import Any

import pytest

from conformance.words.json_value import Json
from tests.conformance.drivers.services import READ, sent
from tests.conformance.peers import body_of, read_json


def test_a_multipart_batch_is_written_byte_by_byte() -> None:
    request = sent(
        {
            "batch": {
                "format": "multipart",
                "requests": [
                    {"label": "a", "url": "Things"},
                    {
                        "label": "b",
                        "method": "POST",
                        "url": "Things",
                        "json": {"n": "ä"},
                        "group": "g",
                    },
                    {"label": "c", "method": "DELETE", "url": "Things(1)", "id": "7", "group": "g"},
                    {"label": "d", "url": "Things", "form": "path", "headers": {"Accept": None}},
                ],
            }
        }
    )

    assert b"\r\nContent-Type: multipart/mixed; boundary=batch_wirecheck\r\n" in request
    assert b"\r\nAccept: multipart/mixed\r\n" in request
    assert body_of(request) == (
        b"--batch_wirecheck\r\n"
        b"Content-Type: application/http\r\n\r\n"
        b"GET Things HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
        b"--batch_wirecheck\r\n"
        b"Content-Type: multipart/mixed; boundary=changeset_wirecheck_1\r\n\r\n"
        b"--changeset_wirecheck_1\r\n"
        b"Content-Type: application/http\r\nContent-ID: b\r\n\r\n"
        b"POST Things HTTP/1.1\r\nAccept: application/json\r\nContent-Type: application/json\r\n"
        b'Content-Length: 10\r\n\r\n{"n":"\xc3\xa4"}\r\n'
        b"--changeset_wirecheck_1\r\n"
        b"Content-Type: application/http\r\nContent-ID: 7\r\n\r\n"
        b"DELETE Things(1) HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
        b"--changeset_wirecheck_1--\r\n\r\n"
        b"--batch_wirecheck\r\n"
        b"Content-Type: application/http\r\n\r\n"
        b"GET /odata/Things HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n\r\n"
        b"--batch_wirecheck--\r\n"
    )


def test_the_framing_of_a_multipart_batch_can_be_told() -> None:
    request = sent(
        {
            "batch": {
                "format": "multipart",
                "boundary": "a=b",
                "quoted": True,
                "preamble": "before",
                "epilogue": "behind",
                "transfer_encoding": True,
                "line_end": "lf",
                "requests": [{**READ, "mime_headers": {"Content-Type": None, "X": "1"}}],
            }
        }
    )

    assert b'\r\nContent-Type: multipart/mixed; boundary="a=b"\r\n' in request
    assert body_of(request) == (
        b"before\n--a=b\nContent-Transfer-Encoding: binary\nX: 1\n\n"
        b"GET Things HTTP/1.1\nAccept: application/json\n\n\n--a=b--\nbehind"
    )


def test_a_json_batch_is_written_byte_by_byte() -> None:
    request = sent(
        {
            "batch": {
                "format": "json",
                "extra": {"@a.b": 1},
                "requests": [
                    READ,
                    {
                        "label": "b",
                        "method": "POST",
                        "url": "Things",
                        "json": {"n": 1},
                        "group": "g",
                    },
                    {"label": "c", "url": "Things", "id": "7", "depends_on": ["a"], "if": "$a"},
                    {"label": "d", "url": "Things", "form": "path", "extra": {"id": "$absent"}},
                    {"label": "e", "method": "PUT", "url": "T/$value", "raw": [{"base64": "+/8="}]},
                ],
            }
        }
    )

    assert b"\r\nAccept: application/json\r\n" in request
    assert b"\r\nContent-Type: application/json\r\n" in request
    assert body_of(request) == (
        b'{"requests":['
        b'{"id":"a","method":"get","url":"Things","headers":{"accept":"application/json"}},'
        b'{"id":"b","method":"post","url":"Things","atomicityGroup":"g","headers":'
        b'{"accept":"application/json","content-type":"application/json"},"body":{"n":1}},'
        b'{"id":"7","method":"get","url":"Things","dependsOn":["a"],"if":"$a",'
        b'"headers":{"accept":"application/json"}},'
        b'{"method":"get","url":"/odata/Things","headers":{"accept":"application/json"}},'
        b'{"id":"e","method":"put","url":"T/$value",'
        b'"headers":{"accept":"application/json","content-type":"text/plain"},"body":"-_8"}'
        b'],"@a.b":1}'
    )


def test_repeated_requests_are_numbered() -> None:
    batch: dict[str, Json] = {
        "format": "json",
        "requests": [{"label": "a${item/index}", "times": 3, "url": "Things(${item/index})"}],
    }

    written: Any = read_json(body_of(sent({"batch": batch})))

    assert [one["id"] for one in written["requests"]] == ["a1", "a2", "a3"]
    assert [one["url"] for one in written["requests"]] == ["Things(1)", "Things(2)", "Things(3)"]


def test_the_body_of_a_batch_can_be_told_in_whole() -> None:
    batch: dict[str, Json] = {
        "format": "multipart",
        "requests": [READ],
        "raw": ["--batch_", {"text": "x", "times": 2}],
    }

    assert body_of(sent({"batch": batch})) == b"--batch_xx"


def test_a_batch_can_be_sent_in_gzip() -> None:
    request = sent({"batch": {"format": "json", "gzip": True, "requests": [READ]}})

    assert b"\r\nContent-Encoding: gzip\r\n" in request
    assert gzip.decompress(body_of(request)).startswith(b'{"requests":[')


@pytest.mark.parametrize("value", [pytest.param(None, id="away"), pytest.param("a/b", id="other")])
def test_fields_of_a_batch_can_be_changed(value: Json) -> None:
    request = sent(
        {
            "headers": {"Content-Type": value, "Accept": value, "OData-MaxVersion": value},
            "batch": {"format": "multipart", "requests": [READ]},
        }
    )

    head = request.partition(b"\r\n\r\n")[0]
    for name in (b"Content-Type", b"Accept", b"OData-MaxVersion"):
        assert head.count(b"\r\n%b: " % name) == (0 if value is None else 1)
    assert head.count(b": a/b") == (0 if value is None else 3)
