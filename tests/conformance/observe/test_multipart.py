"""Multipart bodies part by part, after RFC 2046 section 5.1."""

import pytest

from conformance.observe.multipart import MAX_PARTS, read_boundary, read_multipart
from tests.conformance.observe.batches import places_of

TWO = b"--b\r\nA: 1\r\n\r\none\r\n--b\r\nB: 2\r\n\r\ntwo\r\n--b--\r\n"


def bodies_of(data: bytes, boundary: str = "b") -> list[bytes]:
    return [part.body for part in read_multipart(data, boundary).parts]


def test_a_multipart_is_taken_apart() -> None:
    whole = read_multipart(TWO, "b")

    first, second = whole.parts
    assert (first.at, first.header_block, first.fields) == (5, b"A: 1", (("a", "1"),))
    assert (first.body_at, first.body) == (13, b"one")
    assert (second.at, second.body_at, second.body) == (23, 31, b"two")
    assert (whole.preamble, whole.epilogue, whole.is_closed) == (b"", b"", True)
    assert (whole.crlf_ends, whole.lf_ends) == (9, 0)
    assert whole.defects == ()


def test_preamble_and_epilogue_are_kept_apart() -> None:
    whole = read_multipart(b"before\r\n" + TWO + b"behind", "b")

    assert (whole.preamble, whole.epilogue) == (b"before", b"behind")
    assert [part.body for part in whole.parts] == [b"one", b"two"]
    assert whole.defects == ()


def test_offsets_count_from_the_outermost_body() -> None:
    whole = read_multipart(b"--b\n\n1\n--b", "b", at=100)

    assert [(part.at, part.body_at) for part in whole.parts] == [(104, 105)]
    assert places_of(whole.defects)[-1] == ("no-close-delimiter", 110)


@pytest.mark.parametrize(
    ("data", "bodies", "places"),
    [
        # the line end before a delimiter is the delimiter's
        pytest.param(b"--b\r\n\r\na\r\n\r\n--b--", [b"a\r\n"], [], id="an empty line at the end"),
        pytest.param(b"--b\r\n\r\n--b--", [b""], [], id="an empty part"),
        pytest.param(b"--b\r\nA: 1\r\n\r\n--b--", [b""], [], id="headers only"),
        pytest.param(b"\r\n--b\r\n\r\na\r\n--b--", [b"a"], [], id="a line end first"),
        pytest.param(
            b"--b\r\n\r\na --b\r\nc\r\n--b--", [b"a --b\r\nc"], [], id="not at line start"
        ),
        pytest.param(b"--b\r\n\r\na\r--b\r\n--b--", [b"a\r--b"], [], id="behind a lone CR"),
        pytest.param(b"--b\r\n\r\n\x00\xff\n\r\r\n--b--", [b"\x00\xff\n\r"], [], id="binary"),
        pytest.param(
            b"--b\r\n\r\n--b1\r\n--b--", [b"--b1"], [("boundary-in-part", 7)], id="a longer one"
        ),
        pytest.param(
            b"--b\r\n\r\na\r\n--b--x\r\n--b--",
            [b"a\r\n--b--x"],
            [("boundary-in-part", 10)],
            id="a longer one with hyphens",
        ),
        pytest.param(
            b"--b \t\r\n\r\na\r\n--b-- ",
            [b"a"],
            [("transport-padding", 0), ("transport-padding", 12)],
            id="padding",
        ),
        pytest.param(
            b"--b\r\n\r\na\r\n--b---\r\n", [b"a"], [("bad-delimiter-line", 10)], id="three hyphens"
        ),
        pytest.param(
            b"--b x\r\n\r\na\r\n--b-- x",
            [b"a"],
            [("bad-delimiter-line", 0), ("bad-delimiter-line", 12)],
            id="more text in the line",
        ),
        pytest.param(b"--b\r\n--b--", [], [("no-part", 5)], id="delimiters side by side"),
        pytest.param(b"--b--", [], [("no-part", 0)], id="the end alone"),
        pytest.param(b"", [], [("no-delimiter", 0)], id="nothing"),
        pytest.param(b"<html>", [], [("no-delimiter", 0)], id="something else"),
        pytest.param(b"--c\r\n\r\na\r\n--c--", [], [("no-delimiter", 0)], id="another boundary"),
        pytest.param(b"--b", [], [("no-close-delimiter", 3)], id="cut short in a delimiter"),
        pytest.param(
            b"--b\r\n\r\na\r\n", [b"a\r\n"], [("no-close-delimiter", 10)], id="not closed"
        ),
        pytest.param(
            b"--b\r\n\r\na\r\n--b-",
            [b"a\r\n--b-"],
            [("boundary-in-part", 10), ("no-close-delimiter", 14)],
            id="cut short in the end",
        ),
        pytest.param(
            b"--b\n\na\n--b--\n",
            [b"a"],
            [("bare-lf", 3), ("bare-lf", 6), ("bare-lf", 12), ("bare-lf", 4)],
            id="LF alone",
        ),
        pytest.param(
            b"--b\r\nHTTP/1.1 200 OK\r\n\r\na\r\n--b--",
            [b"HTTP/1.1 200 OK\r\n\r\na"],
            [("no-header-block", 5)],
            id="no header block",
        ),
        pytest.param(
            b"--b\r\nA: 1\r\n--b--", [b""], [("unended-header", 9)], id="an unended header"
        ),
    ],
)
def test_each_flaw_has_its_place_and_reading_goes_on(
    data: bytes, bodies: list[bytes], places: list[tuple[str, int]]
) -> None:
    whole = read_multipart(data, "b")

    assert [part.body for part in whole.parts] == bodies
    assert places_of(whole.defects) == places


def test_what_follows_the_end_is_no_part() -> None:
    whole = read_multipart(TWO + TWO, "b")

    assert len(whole.parts) == 2
    assert whole.epilogue == TWO


def test_one_boundary_may_begin_like_another() -> None:
    data = b"--b\r\n\r\n--b1\r\n\r\none\r\n--b1--\r\n\r\n--b--"

    assert bodies_of(data) == [b"--b1\r\n\r\none\r\n--b1--\r\n"]
    assert bodies_of(bodies_of(data)[0], "b1") == [b"one"]


@pytest.mark.parametrize(
    ("block", "fields", "codes"),
    [
        pytest.param(b"A:1", [("a", "1")], [], id="no space"),
        pytest.param(b"A: \t1 ", [("a", "1")], [], id="white space around"),
        pytest.param(b"A: x\r\n y\r\n\tz", [("a", "x y z")], [], id="folded"),
        pytest.param(b"A: 1\r\na: 2", [("a", "1"), ("a", "2")], [], id="twice"),
        pytest.param(b"A:", [("a", "")], [], id="no value"),
        pytest.param(b"A : 1", [("a", "1")], ["bad-header-line"], id="space before the colon"),
        pytest.param(b"A: 1\r\nno", [("a", "1")], ["bad-header-line"], id="no colon"),
        pytest.param(b"A: \xe9", [("a", "é")], ["bad-header-line"], id="not ASCII"),
        pytest.param(b"A: 1\r", [("a", "1\r")], ["bad-header-line"], id="CR twice"),
        pytest.param(b"A: 1\nB: 2", [("a", "1"), ("b", "2")], ["bare-lf"], id="LF alone"),
    ],
)
def test_header_fields_of_a_part_are_read_after_mime(
    block: bytes, fields: list[tuple[str, str]], codes: list[str]
) -> None:
    whole = read_multipart(b"--b\r\n" + block + b"\r\n\r\nbody\r\n--b--", "b")

    assert list(whole.parts[0].fields) == fields
    assert whole.parts[0].body == b"body"
    assert [defect.code for defect in whole.defects] == codes


def test_the_first_of_two_fields_is_its_value() -> None:
    part = read_multipart(b"--b\r\nA: 1\r\nA: 2\r\n\r\n--b--", "b").parts[0]

    assert part.value("a") == "1"
    assert part.value("b") is None


def test_defects_of_one_kind_are_bounded() -> None:
    whole = read_multipart(b"--b\n\na\n" * 200 + b"--b--\n", "b")

    assert len(whole.parts) == 200
    assert [defect.code for defect in whole.defects] == ["bare-lf"] * 50
    assert whole.lf_ends == 601


def test_so_many_parts_are_read_and_no_more() -> None:
    one = b"--b\r\n\r\na\r\n"

    whole = read_multipart(one * MAX_PARTS + b"--b--", "b")
    larger = read_multipart(one * (MAX_PARTS + 2) + b"--b--", "b")

    assert (len(whole.parts), whole.is_closed, whole.defects) == (MAX_PARTS, True, ())
    assert (len(larger.parts), larger.is_closed) == (MAX_PARTS, False)
    assert places_of(larger.defects) == [("too-many-parts", MAX_PARTS * len(one) + 5)]


@pytest.mark.parametrize(
    ("content_type", "text", "codes"),
    [
        pytest.param("multipart/mixed; boundary=b", "b", [], id="a token"),
        pytest.param("multipart/mixed;Boundary=b;x=y", "b", [], id="one of several"),
        pytest.param('multipart/mixed; boundary="b:1=x"', "b:1=x", [], id="quoted"),
        pytest.param('multipart/mixed; boundary="a b"', "a b", [], id="a space inside"),
        pytest.param('multipart/mixed; boundary="b\\1"', "b1", [], id="an escape"),
        pytest.param('multipart/mixed; x="; boundary=c"; boundary=b', "b", [], id="in quotes"),
        pytest.param("multipart/mixed; x; boundary=b", "b", [], id="a name alone"),
        pytest.param("multipart/mixed; boundary = \t b ", "b", [], id="white space around"),
        pytest.param(f"multipart/mixed; boundary={'b' * 70}", "b" * 70, [], id="70 characters"),
        pytest.param(
            f"multipart/mixed; boundary={'b' * 71}", "b" * 71, ["boundary-too-long"], id="71"
        ),
        pytest.param("multipart/mixed; boundary=b:1", "b:1", ["unquoted-boundary"], id="no quotes"),
        pytest.param(
            "multipart/mixed; boundary=a b", "a b", ["unquoted-boundary"], id="a bare space"
        ),
        pytest.param('multipart/mixed; boundary="a "', "a ", ["bad-boundary"], id="a space last"),
        pytest.param('multipart/mixed; boundary="a&"', "a&", ["bad-boundary"], id="a bad letter"),
        pytest.param(
            'multipart/mixed; boundary="b',
            '"b',
            ["unclosed-quote", "unquoted-boundary", "bad-boundary"],
            id="an unclosed quote",
        ),
        pytest.param(
            "multipart/mixed; boundary=b; boundary=c", "b", ["doubled-boundary"], id="two"
        ),
        pytest.param("multipart/mixed; boundary=", None, ["empty-boundary"], id="empty"),
        pytest.param('multipart/mixed; boundary=""', None, ["empty-boundary"], id="empty quotes"),
        pytest.param("multipart/mixed", None, ["no-boundary"], id="no parameter"),
        pytest.param("multipart/mixed; bound=b", None, ["no-boundary"], id="another parameter"),
        pytest.param("multipart/mixed; boundary", None, ["no-boundary"], id="no value"),
        pytest.param("", None, ["no-boundary"], id="no type"),
    ],
)
def test_a_boundary_is_read_from_a_content_type(
    content_type: str, text: str | None, codes: list[str]
) -> None:
    boundary = read_boundary(content_type)

    assert boundary.text == text
    assert places_of(boundary.defects) == [(code, 0) for code in codes]
