"""Text of any origin in Markdown and on one line: it shows, and does nothing."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from conformance.reporting.markdown_text import code, folded, inline
from conformance.reporting.plain_line import plain_line

RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
TEXTS = st.one_of(
    st.text(),
    st.text("`*_[]()<>!|\\&#@~:/.-+=\n\r\t {}$1ahw", max_size=40),
    st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp"])),
)
BREAK = "\u200b"


def shown(markdown: str) -> ET.Element:
    """Render a cell of a table, and return it as it stands in the page."""
    html = RENDERER.render(f"| a | b |\n|---|---|\n| {markdown} | last |\n")
    page = ET.fromstring(html)
    assert len(page.findall(".//td")) == 2
    return page.findall(".//td")[0]


@given(text=TEXTS)
@example(text="\\| a <b> &amp; `c` **d** [e](f) @g #1 https://h.example www.i.example")
@example(text="- a\n\n# b\n```\n~~c~~")
@example(text="\x1b]0;x\x07\u202e\ud800")
def test_text_in_a_line_shows_as_itself(text: str) -> None:
    cell = shown(inline(text))

    assert [one.tag for one in cell.iter()] == ["td"]
    assert (cell.text or "").replace(BREAK, "") == plain_line(text).replace(BREAK, "")


@given(text=TEXTS)
@example(text="</code><script>alert(1)</script> | `` ` `` ")
def test_text_as_code_shows_as_itself(text: str) -> None:
    cell = shown(code(text))

    line = plain_line(text)
    assert [one.tag for one in cell.iter()] == (["td", "code"] if line else ["td"])
    assert "".join(cell.itertext()) == line


@given(text=TEXTS)
def test_a_plain_line_is_one_and_moves_nothing(text: str) -> None:
    line = plain_line(text)

    assert " ".join(line.split()) == line
    assert not any("\x00" <= one < " " or "\x7f" <= one < "\xa0" for one in line)
    assert not {"\u202e", "\u2066", "\u200e"} & set(line)
    line.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "most", "line"),
    [
        pytest.param("abc", 3, "abc", id="just fits"),
        pytest.param("abcd", 3, "abc…", id="is cut"),
        pytest.param(" a \r\n b ", None, "a b", id="lines"),
        pytest.param("", 3, "", id="empty"),
    ],
)
def test_a_plain_line_is_cut_where_it_is_too_long(text: str, most: int | None, line: str) -> None:
    assert plain_line(text, most=most) == line


def test_folded_lines_stand_apart_from_their_summary() -> None:
    assert folded("<Fails>", ["a"], is_open=True) == [
        "<details open><summary>&#60;Fails&#62;</summary>",
        "",
        "a",
        "",
        "</details>",
    ]
