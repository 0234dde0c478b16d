"""Responses in application/http parts, after RFC 9112 and OData 11.7.7.5."""

import pytest
from hypothesis import example, given

from conformance.observe.http_message import MAX_FOLDS, joined_fields, read_message
from tests.conformance.observe.batches import FRAGMENT_BODIES, places_of


def test_a_response_is_taken_apart() -> None:
    data = b"HTTP/1.1 201 Created\r\nLocation: A(1)\r\nContent-Length: 2\r\n\r\n{}"

    message = read_message(data, at=100)

    assert message.head is not None
    assert (message.head.status, message.head.reason) == (201, "Created")
    assert message.head.fields == (("location", "A(1)"), ("content-length", "2"))
    assert (message.body, message.body_at, message.declared_length) == (b"{}", 159, 2)
    assert message.defects == ()


@pytest.mark.parametrize(
    ("data", "status", "body", "places"),
    [
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", [], id="no header, no body"),
        pytest.param(
            b"HTTP/1.1 204 No Content\r\n", 204, b"", [("unended-head", 25)], id="no empty line"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nA: b", 200, b"", [("unended-head", 21)], id="no end of the line"
        ),
        pytest.param(
            b"\r\nHTTP/1.1 200 OK\r\n\r\n",
            200,
            b"",
            [("blank-line-before-head", 0)],
            id="an empty line first",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\nA: b\n\nx",
            200,
            b"x",
            [("bare-lf", 20), ("bare-lf", 15)],
            id="LF alone",
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\n\nx", 200, b"x", [("bare-lf", 17)], id="LF alone at the end"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", 200, b"", [("folded-header", 23)], id="a fold"
        ),
        pytest.param(b"HTTP/1.1 200\r\n\r\n", 200, b"", [("bad-status-line", 0)], id="no reason"),
        pytest.param(b"", None, b"", [("empty-message", 0)], id="nothing"),
        pytest.param(b"\r\n\r\n", None, b"\r\n\r\n", [
            ("blank-line-before-head", 0), ("empty-message", 4)
        ], id="line ends"),
        pytest.param(b"{}", None, b"{}", [("no-status-line", 0)], id="a body alone"),
        pytest.param(b"A: b\r\n\r\n{}", None, b"A: b\r\n\r\n{}", [
            ("no-status-line", 0)
        ], id="headers first"),
        pytest.param(b"GET A HTTP/1.1\r\n\r\n", None, b"GET A HTTP/1.1\r\n\r\n", [
            ("request-line", 0)
        ], id="a request"),
        pytest.param(b"HTTP/2 200\r\n\r\n", None, b"HTTP/2 200\r\n\r\n", [
            ("bad-status-line", 0)
        ], id="HTTP/2"),
    ],
)  # fmt: skip
def test_each_flaw_of_a_head_has_its_place(
    data: bytes, status: int | None, body: bytes, places: list[tuple[str, int]]
) -> None:
    message = read_message(data)

    assert (None if message.head is None else message.head.status) == status
    assert message.body == body
    assert places_of(message.defects) == places


@pytest.mark.parametrize(
    ("status", "fields", "body", "declared", "codes"),
    [
        pytest.param("200 OK", ["Content-Length: 2"], b"{}", 2, [], id="right"),
        pytest.param("200 OK", [], b"{}", None, [], id="none"),
        pytest.param("200 OK", ["Content-Length: 2"] * 2, b"{}", 2, [], id="twice the same"),
        pytest.param("200 OK", ["Content-Length: 3"], b"{}", 3, ["length-mismatch"], id="large"),
        pytest.param("200 OK", ["Content-Length: 0"], b"\r\n", 0, ["length-mismatch"], id="small"),
        pytest.param("200 OK", ["Content-Length: +2"], b"{}", None, ["bad-length"], id="a sign"),
        pytest.param("200 OK", ["Content-Length: "], b"", None, ["bad-length"], id="empty"),
        pytest.param(
            "200 OK", ["Content-Length: " + "1" * 17], b"", None, ["bad-length"], id="17 digits"
        ),
        pytest.param(
            "200 OK", ["Content-Length: 2, 3"], b"{}", None, ["length-conflict"], id="two"
        ),
        pytest.param(
            "204 No Content", ["Content-Length: 0"], b"", 0, ["length-on-204"], id="on 204"
        ),
        pytest.param("304 Not Modified", ["Content-Length: 9"], b"", 9, [], id="on 304"),
        pytest.param("204 No Content", [], b"{}", None, ["body-on-204"], id="a body on 204"),
        pytest.param(
            "304 Not Modified",
            ["Content-Length: 9"],
            b"{}",
            9,
            ["length-mismatch", "body-on-304"],
            id="a body on 304",
        ),
        pytest.param(
            "200 OK",
            ["Transfer-Encoding: chunked"],
            b"2\r\n{}\r\n0\r\n\r\n",
            None,
            ["transfer-coding-in-part"],
            id="chunked",
        ),
    ],
)
def test_the_bytes_are_the_body_whatever_is_said_of_them(
    status: str, fields: list[str], body: bytes, declared: int | None, codes: list[str]
) -> None:
    head = "\r\n".join([f"HTTP/1.1 {status}", *fields, "", ""]).encode()

    message = read_message(head + body)

    assert (message.body, message.declared_length) == (body, declared)
    assert [defect.code for defect in message.defects] == codes


def test_a_wrong_length_is_told_with_both_numbers() -> None:
    message = read_message(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}", at=7)

    assert message.defects[0].detail == "expected 5 bytes by Content-Length, saw 2"
    assert message.defects[0].at == 7


def test_a_head_without_end_is_bounded() -> None:
    message = read_message(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 50_000 + b"\r\n")

    assert message.head is None
    assert places_of(message.defects) == [("endless-head", 0)]


@pytest.mark.parametrize(
    ("folds", "codes"),
    [
        pytest.param(MAX_FOLDS, {"folded-header"}, id="so many"),
        pytest.param(MAX_FOLDS + 1, {"folded-header", "endless-head"}, id="one more"),
    ],
)
def test_folded_lines_are_bounded(folds: int, codes: set[str]) -> None:
    message = read_message(b"HTTP/1.1 200 OK\r\nA: b\r\n" + b" c\r\n" * folds + b"\r\nbody")

    assert message.head is not None
    assert message.head.values("a")[0].count("c") == MAX_FOLDS
    assert message.body == b"body"
    assert {defect.code for defect in message.defects} == codes


def test_fields_of_one_name_are_joined_in_order() -> None:
    fields = [("a", "1"), ("b", "2"), ("a", ""), ("a", "3")]

    assert joined_fields(fields) == {"a": "1, , 3", "b": "2"}


@given(data=FRAGMENT_BODIES)
@example(data=b"\r\nHT")
def test_no_bytes_make_it_raise_and_none_are_lost(data: bytes) -> None:
    message = read_message(data, at=9)

    assert all(9 <= defect.at <= 9 + len(data) for defect in message.defects)
    assert data.endswith(message.body)
    assert message.body_at == 9 + len(data) - len(message.body)
    assert message.head is not None or message.body == data
