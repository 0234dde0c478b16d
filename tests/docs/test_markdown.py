"""Text of others in a page: it is shown, and marks nothing up."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from docs._make.markdown import code, link, plain, table, within_site

PAGE = MarkdownIt("commonmark").enable("table")


def shown(text: str) -> str:
    """Return the text of the one paragraph that some Markdown makes."""
    tokens = PAGE.parse(text)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "text_special", "code_inline"}
    return "".join(child.content for child in children)


# Python-Markdown, which makes the site, shows a backslash before any other character.
ESCAPABLE = set("\\`*_{}[]()>#+-.!")
WORDS = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"]), min_size=1)


@given(text=WORDS)
def test_any_text_is_shown_as_it_is(text: str) -> None:
    words = "x " + " ".join(text.split())

    assert shown(plain(words)) == words.rstrip()


@given(text=WORDS)
def test_no_backslash_is_shown_on_the_site(text: str) -> None:
    assert set(re.findall(r"\\(.)", plain(text))) <= ESCAPABLE


@given(text=WORDS.filter(lambda text: text.strip()))
def test_any_text_is_shown_as_code(text: str) -> None:
    # In a table a bar needs a backslash, which only a table takes away again.
    words = "x" + "".join(text.split()).replace("|", "")

    assert shown(code(words)) == words


def test_a_target_that_no_browser_opens_is_no_link() -> None:
    assert link("a [b]", "https://x.example/y") == r"[a \[b\]](<https://x.example/y>)"
    assert link("words", "urn:a:b") == "words (urn:a:b)"


def test_a_table_has_a_line_a_row() -> None:
    assert list(table(("a", "b"), [["1", "2"]])) == ["| a | b |", "|---|---|", "| 1 | 2 |", ""]


@pytest.mark.parametrize(
    ("text", "path", "told"),
    [
        pytest.param("[x/y](../x/y)", "a.md", "x/y", id="named by its path"),
        pytest.param("[the code](../x/y.py)", "a.md", "the code (`x/y.py`)", id="named by words"),
        pytest.param("[b](b.md#c)", "a.md", "[b](b.md#c)", id="a page of the site"),
        pytest.param("[b](../b.md)", "deep/a.md", "[b](../b.md)", id="a page one folder up"),
        pytest.param("[b](../../c.py)", "deep/a.md", "b (`c.py`)", id="two folders up"),
    ],
)
def test_links_that_leave_the_site_are_told_as_paths(text: str, path: str, told: str) -> None:
    assert within_site(text, path) == told
