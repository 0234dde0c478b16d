"""Heads of responses line by line, after RFC 9112 and RFC 9110."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.observe.defect import Defect
from conformance.observe.http_head import Head, is_status_line, read_head, read_media_type
from conformance.words.json_value import Json


def head_with(*fields: tuple[str, str], version: str = "1.1", status: int = 200) -> Head:
    return Head(version=version, status=status, reason="OK", fields=fields)


def places_of(defects: list[Defect]) -> list[tuple[str, int]]:
    return [(defect.code, defect.at) for defect in defects]


@pytest.mark.parametrize(
    ("data", "may_be"),
    [
        pytest.param(b"", True, id="nothing yet"),
        pytest.param(b"H", True, id="one letter"),
        pytest.param(b"HTTP/1.1 200 OK", True, id="all of it"),
        pytest.param(b"http/1.1", False, id="lower case"),
        pytest.param(b"\r\nHTTP/1.1", False, id="a line end first"),
        pytest.param(b"HTTQ", False, id="one letter wrong"),
    ],
)
def test_a_status_line_is_recognised_as_it_grows(data: bytes, *, may_be: bool) -> None:
    assert is_status_line(data) is may_be


@pytest.mark.parametrize(
    ("line", "version", "status", "reason"),
    [
        pytest.param(b"HTTP/1.1 200 OK", "1.1", 200, "OK", id="usual"),
        pytest.param(b"HTTP/1.0 404 Not Found", "1.0", 404, "Not Found", id="1.0"),
        pytest.param(b"HTTP/1.1 200 ", "1.1", 200, "", id="no reason"),
        pytest.param(b"HTTP/1.1 500 caf\xe9\t!", "1.1", 500, "café\t!", id="obs-text and a tab"),
        pytest.param(b"HTTP/2.0 599  two", "2.0", 599, " two", id="another version"),
    ],
)
def test_a_status_line_is_taken_apart(line: bytes, version: str, status: int, reason: str) -> None:
    head, defects = read_head(line, at=0)

    assert head == Head(version=version, status=status, reason=reason, fields=())
    assert defects == []


@pytest.mark.parametrize(
    ("line", "status", "reason"),
    [
        # RFC 9112 section 4: the space is sent even when the reason is absent
        pytest.param(b"HTTP/1.1 200", 200, "", id="no second space"),
        pytest.param(b"HTTP/1.1 200 O\rK", 200, "O", id="CR inside"),
        pytest.param(b"HTTP/1.1 200 O\x00K", 200, "O\x00K", id="NUL inside"),
        pytest.param(b"HTTP/1.1 200OK", 200, "", id="no space before the reason"),
    ],
)
def test_what_a_client_overlooks_in_a_status_line_is_a_defect(
    line: bytes, status: int, reason: str
) -> None:
    head, defects = read_head(line, at=7)

    assert head == Head(version="1.1", status=status, reason=reason, fields=())
    detail = f"expected a status line, saw {line!r} (RFC 9112)"
    assert defects == [Defect(layer="http", code="bad-status-line", at=7, detail=detail)]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"HTTP/1.1", id="no status"),
        pytest.param(b"HTTP/1.1 OK 200", id="words first"),
        pytest.param(b"HTTP/1.1  200 OK", id="two spaces"),
        pytest.param(b"HTTP/1.1\t200 OK", id="a tab"),
        pytest.param(b"HTTP/1.1 20 OK", id="two digits"),
        pytest.param(b"HTTP/11 200 OK", id="no point"),
        pytest.param(b"HTTP/1.1 \xd9\xa2\xd9\xa0\xd9\xa0 OK", id="digits of another script"),
    ],
)
def test_without_a_status_there_is_no_head(line: bytes) -> None:
    head, defects = read_head(line, at=3)

    assert head is None
    assert places_of(defects) == [("bad-status-line", 3)]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        pytest.param(b"Content-Type: text/plain", ("content-type", "text/plain"), id="usual"),
        pytest.param(b"A:b", ("a", "b"), id="no space"),
        pytest.param(b"a: \t b c \t", ("a", "b c"), id="white space around"),
        pytest.param(b"a:", ("a", ""), id="empty"),
        pytest.param(b"a:   ", ("a", ""), id="blank"),
        pytest.param(b"a: b: c", ("a", "b: c"), id="a second colon"),
        pytest.param(b"a: \xe9", ("a", "é"), id="obs-text"),
        pytest.param(b"!#$%&'*+-.^_`|~09aZ: b", ("!#$%&'*+-.^_`|~09az", "b"), id="every tchar"),
    ],
)
def test_a_field_line_is_taken_apart(line: bytes, field: tuple[str, str]) -> None:
    head, defects = read_head(b"HTTP/1.1 200 OK\r\n" + line, at=0)

    assert head is not None
    assert head.fields == (field,)
    assert defects == []


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"a", id="no colon"),
        pytest.param(b": b", id="no name"),
        pytest.param(b"a : b", id="a space before the colon"),
        pytest.param(b"a b: c", id="a space in the name"),
        pytest.param(b"\xe9: b", id="a name beyond ASCII"),
        pytest.param(b" a: b", id="a fold of nothing"),
    ],
)
def test_a_line_that_is_no_field_is_a_defect_and_left_out(line: bytes) -> None:
    head, defects = read_head(b"HTTP/1.1 200 OK\r\n" + line + b"\r\nX: y", at=0)

    assert head is not None
    assert head.fields == (("x", "y"),)
    detail = f"expected 'name: value', saw {line!r} (RFC 9112)"
    assert defects == [Defect(layer="http", code="bad-header-line", at=17, detail=detail)]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        pytest.param(b"a: b\rc", "b\rc", id="CR"),
        pytest.param(b"a: b\x00", "b\x00", id="NUL"),
        pytest.param(b"a: \x1b[31m", "\x1b[31m", id="escape"),
        pytest.param(b"a: \x7f", "\x7f", id="delete"),
        pytest.param(b"a: b\r", "b\r", id="CR before the line end"),
    ],
)
def test_a_control_character_in_a_value_is_a_defect_and_kept(line: bytes, value: str) -> None:
    head, defects = read_head(b"HTTP/1.1 200 OK\r\n" + line + b"\r\n", at=0)

    assert head is not None
    assert head.fields == (("a", value),)
    assert places_of(defects) == [("bad-header-line", 17)]


# Its own end is with the empty line behind it, so this CR is part of it (RFC 9112 section 2.2).
def test_a_cr_at_the_end_of_the_last_line_is_a_defect() -> None:
    head, defects = read_head(b"HTTP/1.1 200 OK\r\na: b\r", at=0)

    assert head is not None
    assert head.fields == (("a", "b\r"),)
    assert places_of(defects) == [("bad-header-line", 17)]


# RFC 9110 section 15
@pytest.mark.parametrize("status", [0, 99, 600, 999])
def test_a_status_that_no_class_has_is_a_defect(status: int) -> None:
    head, defects = read_head(b"HTTP/1.1 %03d Odd" % status, at=3)

    assert head is not None
    assert head.status == status
    assert places_of(defects) == [("bad-status-code", 3)]


def test_a_folded_line_is_a_defect_and_joined_by_a_space() -> None:
    head, defects = read_head(b"HTTP/1.1 200 OK\r\na: b\r\n \t c\r\n\td\r\ne: f", at=0)

    assert head is not None
    assert head.fields == (("a", "b c d"), ("e", "f"))
    assert places_of(defects) == [("folded-header", 23), ("folded-header", 29)]


def test_each_line_that_ends_in_lf_alone_is_a_defect() -> None:
    head, defects = read_head(b"HTTP/1.1 200 OK\na: b\r\nc: d\ne: f", at=100)

    assert head is not None
    assert head.fields == (("a", "b"), ("c", "d"), ("e", "f"))
    assert places_of(defects) == [("bare-lf", 115), ("bare-lf", 126)]


def test_an_empty_line_inside_a_head_is_skipped() -> None:
    head, defects = read_head(b"HTTP/1.1 200 OK\r\n\r\na: b", at=0)

    assert head is not None
    assert head.fields == (("a", "b"),)
    assert defects == []


def test_values_of_one_name_stay_apart_and_can_be_joined() -> None:
    head = head_with(("a", "1"), ("b", "2"), ("a", "3"))

    assert head.values("a") == ["1", "3"]
    assert head.values("c") == []
    assert head.joined() == {"a": "1, 3", "b": "2"}


def test_elements_of_a_list_are_lower_case_and_never_empty() -> None:
    head = head_with(("connection", "Close,\t, Foo "), ("connection", "BAR"))

    assert head.elements("connection") == ["close", "foo", "bar"]


@pytest.mark.parametrize(
    ("version", "connection", "keeps"),
    [
        # RFC 9112 section 9.3
        pytest.param("1.1", None, True, id="1.1 persists"),
        pytest.param("1.1", "close", False, id="1.1 with close"),
        pytest.param("1.1", "Upgrade, CLOSE", False, id="close in a list"),
        pytest.param("1.0", None, False, id="1.0 does not"),
        pytest.param("1.0", "Keep-Alive", True, id="1.0 with keep-alive"),
        pytest.param("1.0", "keep-alive, close", False, id="close wins"),
    ],
)
def test_whether_a_connection_stays_open_is_said_by_version_and_field(
    version: str, connection: str | None, *, keeps: bool
) -> None:
    fields = [("connection", connection)] if connection is not None else []

    assert head_with(*fields, version=version).keeps_open is keeps


@pytest.mark.parametrize(
    ("status", "is_interim", "forbids_body"),
    [
        pytest.param(100, True, True, id="100"),
        pytest.param(199, True, True, id="199"),
        pytest.param(200, False, False, id="200"),
        pytest.param(204, False, True, id="204"),
        pytest.param(205, False, False, id="205"),
        pytest.param(304, False, True, id="304"),
        pytest.param(99, False, False, id="99"),
    ],
)
def test_a_status_says_whether_a_body_may_follow(
    status: int, *, is_interim: bool, forbids_body: bool
) -> None:
    head = head_with(status=status)

    assert head.is_interim is is_interim
    assert head.forbids_body is forbids_body


@pytest.mark.parametrize(
    ("value", "essence", "parameters"),
    [
        pytest.param("application/json", "application/json", {}, id="no parameter"),
        # RFC 9110 section 8.3.1: these four are equivalent
        pytest.param("text/html;charset=utf-8", "text/html", {"charset": "utf-8"}, id="plain"),
        pytest.param("Text/HTML;Charset=utf-8", "text/html", {"charset": "utf-8"}, id="case"),
        pytest.param('text/html; charset="utf-8"', "text/html", {"charset": "utf-8"}, id="quoted"),
        pytest.param(
            "text/html \t;\tcharset=utf-8 ", "text/html", {"charset": "utf-8"}, id="space"
        ),
        pytest.param('a/b;c="\\"d;e=f"', "a/b", {"c": '"d;e=f'}, id="quoted pairs"),
        pytest.param('a/b; c=""', "a/b", {"c": ""}, id="an empty value"),
        pytest.param("a/b; c=1; C=2", "a/b", {"c": "1"}, id="the first of two"),
        pytest.param("a/b;; c=1;", "a/b", {"c": "1"}, id="empty parameters"),
        pytest.param("a/b; c", "a/b", {}, id="no value"),
        pytest.param("", "", {}, id="nothing"),
    ],
)
def test_a_media_type_is_taken_apart(value: str, essence: str, parameters: dict[str, Json]) -> None:
    assert read_media_type(value) == {"essence": essence, "parameters": parameters}


@given(block=st.binary(min_size=1))
def test_no_head_makes_it_raise(block: bytes) -> None:
    head, defects = read_head(b"HTTP/1.1 200 OK\r\n" + block, at=0)

    assert head is not None
    assert all(0 <= defect.at <= len(block) + 17 for defect in defects)


@given(value=st.text())
def test_no_media_type_makes_it_raise(value: str) -> None:
    assert set(read_media_type(value)) == {"essence", "parameters"}
