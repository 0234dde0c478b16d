"""Exchanges described: what every driver over HTTP says of one."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.observe.defect import Defect
from conformance.observe.exchange import (
    ConnectionFacts,
    Outcome,
    Timing,
    body_of,
    observe_exchange,
    outcome_of,
    summarise,
)
from conformance.observe.http import Ended, ResponseReader
from conformance.words.json_value import Json

OK = b"HTTP/1.1 200 OK\r\n"


def read(
    data: bytes, *, method: str = "POST", most: int = 1000, end: Ended | None = None
) -> ResponseReader:
    reader = ResponseReader(request_method=method, max_body_bytes=most)
    reader.feed(data, at_ms=1.0)
    if end is not None:
        reader.end(end)
    return reader


def observe(reader: ResponseReader, *, first_byte_ms: float | None = 1.23456) -> dict[str, Json]:
    return observe_exchange(
        reader,
        body=reader.body,
        timing=Timing(first_byte_ms=first_byte_ms, total_ms=2.34567),
        connection=ConnectionFacts(reused=True, closed_by_peer=False),
        defects=reader.defects,
    )


@pytest.mark.parametrize(
    ("data", "end", "outcome"),
    [
        pytest.param(OK + b"Content-Length: 0\r\n\r\n", None, Outcome.ANSWERED, id="complete"),
        pytest.param(OK + b"\r\nab", Ended.CLOSED, Outcome.ANSWERED, id="complete by its close"),
        pytest.param(OK + b"\r\n" + b"a" * 11, None, Outcome.TOO_LARGE, id="a large body"),
        pytest.param(OK + b"\r\nab", Ended.RESET, Outcome.INCOMPLETE, id="reset in the body"),
        pytest.param(OK + b"\r\nab", Ended.DEADLINE, Outcome.INCOMPLETE, id="an endless body"),
        pytest.param(OK, Ended.CLOSED, Outcome.INCOMPLETE, id="closed in the head"),
        pytest.param(
            OK + b"Transfer-Encoding: chunked\r\n\r\nx\r\n",
            Ended.CLOSED,
            Outcome.INCOMPLETE,
            id="a broken chunk",
        ),
        pytest.param(b"{}", Ended.CLOSED, Outcome.NOT_HTTP, id="a body without head"),
        pytest.param(b"HTTP/1.1 OK\r\n\r\n", None, Outcome.NOT_HTTP, id="no status"),
        pytest.param(b"", Ended.CLOSED, Outcome.CLOSED, id="closed"),
        pytest.param(b"", Ended.RESET, Outcome.RESET, id="reset"),
        pytest.param(b"", Ended.DEADLINE, Outcome.SILENCE, id="silence until the deadline"),
        pytest.param(b"", None, Outcome.SILENCE, id="silence"),
    ],
)
def test_silence_a_close_and_a_broken_answer_are_different_outcomes(
    data: bytes, end: Ended | None, outcome: Outcome
) -> None:
    assert outcome_of(read(data, most=10, end=end)) is outcome


def test_an_answer_is_described_whole() -> None:
    reader = read(
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Made\r\nContent-Type: Text/JSON; charset=utf-8"
        b"\r\nX: 1\r\nContent-Length: 3\r\nx: 2\r\n\r\n\xe2\x82\xac!"
    )
    reader.drain_excess()

    assert observe(reader) == {
        "outcome": "answered",
        "summary": "status 201, Text/JSON; charset=utf-8, 3 bytes: '€'",
        "interim": [100],
        "connection": {"reused": True, "closed_by_peer": False, "excess_bytes": 1},
        "timing": {"total_ms": 2.346, "first_byte_ms": 1.235},
        "defects": [
            {
                "layer": "http",
                "code": "bytes-after-message",
                "at": 120,
                "detail": "expected the end of the response, saw 1 more bytes",
            }
        ],
        "defect_codes": ["bytes-after-message"],
        "http": {
            "version": "1.1",
            "status": 201,
            "reason": "Made",
            "headers": {
                "content-type": "Text/JSON; charset=utf-8",
                "x": "1, 2",
                "content-length": "3",
            },
            "framing": "content-length",
            "declared_length": 3,
            "content_type": {"essence": "text/json", "parameters": {"charset": "utf-8"}},
            "keeps_open": True,
        },
        "body": {"size": 3, "wire_size": 3, "text": "€"},
    }


def test_silence_is_described_without_head_and_body() -> None:
    observation = observe(read(b"", end=Ended.DEADLINE), first_byte_ms=None)

    assert observation == {
        "outcome": "silence",
        "summary": "no HTTP response",
        "interim": [],
        "connection": {"reused": True, "closed_by_peer": False, "excess_bytes": 0},
        "timing": {"total_ms": 2.346},
        "defects": [],
        "defect_codes": [],
    }


def test_nothing_is_said_of_a_body_that_did_not_end() -> None:
    observation = observe(read(OK + b"Content-Length: 9\r\n\r\nab", end=Ended.CLOSED))

    assert "http" in observation
    assert "body" not in observation
    assert observation["defect_codes"] == ["body-cut-short"]


def test_the_text_of_a_body_is_cut_at_4096_characters() -> None:
    reader = read(OK + b"\r\n" + "é".encode() * 5000, most=20_000, end=Ended.CLOSED)

    assert observe(reader)["body"] == {"size": 10_000, "wire_size": 10_000, "text": "é" * 4096}


def test_the_text_of_a_body_that_is_no_utf_8_has_replacements() -> None:
    assert observe(read(OK + b"\r\na\xff", end=Ended.CLOSED))["body"] == {
        "size": 2,
        "wire_size": 2,
        "text": "a\ufffd",
    }


@pytest.mark.parametrize(
    ("data", "end", "summary"),
    [
        pytest.param(b"", Ended.CLOSED, "no HTTP response", id="nothing"),
        pytest.param(
            b"HTTP/1.1 204 X\r\n\r\n", None, "status 204, no Content-Type, an empty body", id="204"
        ),
        pytest.param(
            OK + b"Content-Type: a/b\r\nContent-Length: 3\r\n\r\nab",
            Ended.CLOSED,
            "status 200, a/b, cut short after 2 bytes",
            id="cut short",
        ),
        pytest.param(
            b"HTTP/1.1 302 X\r\nLocation: /a\r\nContent-Length: 0\r\n\r\n",
            None,
            "status 302, no Content-Type, redirected to /a, an empty body",
            id="redirected",
        ),
        pytest.param(
            OK + b"Content-Type: a\r\nContent-Type: b\r\nContent-Length: 2\r\n\r\na\n",
            None,
            r"status 200, b, 2 bytes: 'a\n'",
            id="the last Content-Type",
        ),
        pytest.param(
            OK + b"\r\n" + b"a" * 100,
            Ended.CLOSED,
            f"status 200, no Content-Type, 100 bytes: '{'a' * 80}…'",
            id="the beginning of a body",
        ),
        pytest.param(
            OK + b"Content-Type: \x1b[2J\rx\r\nLocation: \x9bm\r\nContent-Length: 0\r\n\r\n",
            None,
            r"status 200, \x1b[2J\rx, redirected to \x9bm, an empty body",
            id="control characters",
        ),
        pytest.param(
            OK + b"Content-Type: " + b"a" * 100 + b"\r\nContent-Length: 0\r\n\r\n",
            None,
            f"status 200, {'a' * 80}, an empty body",
            id="a long Content-Type",
        ),
    ],
)
def test_a_summary_is_one_line(data: bytes, end: Ended | None, summary: str) -> None:
    reader = read(data, end=end)

    assert summarise(reader, reader.body) == summary


def test_a_content_coding_is_taken_off() -> None:
    packed = gzip.compress(b"hello", mtime=0)
    reader = read(OK + b"Content-Encoding: gzip\r\n\r\n" + packed, end=Ended.CLOSED)

    assert body_of(reader, max_bytes=100) == (b"hello", [])


def test_without_a_coding_the_body_is_what_came() -> None:
    assert body_of(read(OK + b"\r\nhello"), max_bytes=100) == (b"hello", [])


@pytest.mark.parametrize(
    ("method", "status"),
    [
        pytest.param("HEAD", b"200 OK", id="HEAD"),
        pytest.param("GET", b"304 Not Modified", id="304"),
        pytest.param("GET", b"204 No Content", id="204"),
    ],
)
def test_a_coding_of_a_body_that_may_not_come_is_no_defect(method: str, status: bytes) -> None:
    data = b"HTTP/1.1 " + status + b"\r\nContent-Encoding: gzip\r\n\r\n"

    assert body_of(read(data, method=method), max_bytes=100) == (b"", [])


def test_without_a_response_there_is_no_body() -> None:
    assert body_of(read(b""), max_bytes=100) == (b"", [])


def test_a_defect_stands_in_an_observation_as_an_object() -> None:
    defect = Defect(layer="json", code="empty", at=3, detail="expected more")

    assert defect.as_json() == {
        "layer": "json",
        "code": "empty",
        "at": 3,
        "detail": "expected more",
    }


@given(value=st.binary(max_size=30).filter(lambda value: b"\n" not in value))
def test_no_field_of_the_peer_breaks_the_line_of_a_summary(value: bytes) -> None:
    reader = read(
        OK + b"Content-Type: " + value + b"\r\nLocation: " + value + b"\r\n\r\n" + value,
        end=Ended.CLOSED,
    )

    summary = summarise(reader, reader.body)

    assert summary.isprintable()
