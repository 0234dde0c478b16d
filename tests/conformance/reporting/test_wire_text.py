"""Bytes as reports keep them and as people see them."""

import base64
import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.reporting.wire_text import as_json, from_json, readable
from conformance.words.json_value import Json

# What turns a terminal's colours on, clears it, sets its title, or turns text around.
HOSTILE = [
    pytest.param(b"\x1b[31m", "\\x1b[31m", id="a colour"),
    pytest.param(b"\x1b]0;title\x07", "\\x1b]0;title\\x07", id="a title"),
    pytest.param(b"\xc2\x9b2J", "\\x9b2J", id="the control sequence of one character"),
    pytest.param(b"\x9b2J", "\\x9b2J", id="the control sequence of one byte"),
    pytest.param(b"a\rb", "a\\rb", id="back to the start of the line"),
    pytest.param(b"a\x08b", "a\\x08b", id="backspace"),
    pytest.param(b"\x00\x7f", "\\x00\\x7f", id="NUL and delete"),
    pytest.param(b"\x0b\x0c", "\\x0b\\x0c", id="other line ends"),
    pytest.param(b"\xc2\x85", "\\x85", id="next line"),
    pytest.param(b"\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029", id="separators"),
    pytest.param(b"\xe2\x80\xaeabc", "\\u202eabc", id="right to left"),
    pytest.param(b"\xe2\x81\xa6abc", "\\u2066abc", id="an isolate"),
    pytest.param(b"\xef\xbb\xbf{}", "\\ufeff{}", id="a byte order mark"),
    pytest.param(b"\xff\xfe", "\\xff\\xfe", id="no UTF-8"),
]


@pytest.mark.parametrize(
    ("data", "document"),
    [
        pytest.param(b"", {"size": 0, "text": ""}, id="nothing"),
        pytest.param("a\té€😀\r\n".encode(), {"size": 13, "text": "a\té€😀\r\n"}, id="text"),
        pytest.param(b"a\xff", {"size": 2, "base64": "Yf8="}, id="no UTF-8"),
        pytest.param(b"a\x00", {"size": 2, "base64": "YQA="}, id="a control character"),
        pytest.param(b"\xef\xbb\xbfa", {"size": 4, "base64": "77u/YQ=="}, id="a byte order mark"),
        pytest.param(b"a" * 65_536, {"size": 65_536, "text": "a" * 65_536}, id="the bound"),
    ],
)
def test_bytes_are_kept_as_text_or_base64(data: bytes, document: dict[str, Json]) -> None:
    assert as_json(data) == document
    assert from_json(document) == data


def test_what_is_too_long_is_kept_at_both_ends_with_its_digest() -> None:
    data = b"a" * 5_000 + b"b" * 60_000 + b"c" * 5_000

    document = as_json(data)

    assert document == {
        "size": 70_000,
        "sha256": hashlib.sha256(data).hexdigest(),
        "head": 4_096,
        "elided": 64_880,
        "text": "a" * 4_096 + "c" * 1_024,
    }
    assert from_json(document) == b"a" * 4_096 + b"c" * 1_024


def test_one_byte_beyond_the_bound_is_too_long() -> None:
    assert as_json(b"a" * 65_537)["elided"] == 60_417


def test_what_is_cut_inside_a_character_is_kept_as_base64() -> None:
    data = b"a" + "é".encode() * 40_000

    document = as_json(data)

    kept = data[:4_096] + data[-1_024:]
    assert document["base64"] == base64.b64encode(kept).decode()
    assert from_json(document) == kept


def test_a_document_without_content_is_empty() -> None:
    assert from_json({"size": 0}) == b""


@pytest.mark.parametrize(("data", "text"), HOSTILE)
def test_what_a_terminal_would_obey_is_escaped(data: bytes, text: str) -> None:
    assert readable(data) == text


def test_line_ends_and_tabs_stay() -> None:
    assert readable(b"a\r\nb\n\tc\r\n") == "a\nb\n\tc\n"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"abcdefgh", "abcd… (4 more bytes)", id="ASCII"),
        pytest.param(b"abcd", "abcd", id="as long as the bound"),
        pytest.param(b"abc\xc3\xa9", "abc\\xc3… (1 more bytes)", id="inside a character"),
        pytest.param(b"abc\r\n", "abc\\r… (1 more bytes)", id="inside a line end"),
    ],
)
def test_what_is_long_is_cut_and_counted(data: bytes, text: str) -> None:
    assert readable(data, most=4) == text


def test_a_text_shows_2000_bytes_unless_told_otherwise() -> None:
    assert readable(b"a" * 2_001) == "a" * 2_000 + "… (1 more bytes)"


@given(data=st.binary() | st.text().map(str.encode))
def test_what_is_kept_whole_comes_back(data: bytes) -> None:
    document = as_json(data)

    assert document["size"] == len(data)
    assert from_json(document) == data


@given(data=st.binary() | st.text().map(str.encode), most=st.integers(0, 30))
@example(data=b"\x1b[31m\r\n\x9b", most=30)
def test_no_bytes_control_a_terminal(data: bytes, most: int) -> None:
    text = readable(data, most=most)

    controls = {chr(code) for code in [*range(0x20), *range(0x7F, 0xA0)]} - {"\n", "\t"}
    assert not controls & set(text)
