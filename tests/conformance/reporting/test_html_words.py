"""What the pages say of verdicts, and text made harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reporting.html_words import (
    MOST_CHARACTERS,
    VERDICTS,
    counted,
    instant,
    outcome,
    tally,
    visible,
    web_link,
)
from conformance.words.verdict import Verdict


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain", "plain", id="plain"),
        pytest.param("grün 漢", "grün 漢", id="other scripts"),
        pytest.param("a\x00b", "a\\x00b", id="NUL"),
        pytest.param("\x1b[31m", "\\x1b[31m", id="terminal"),
        pytest.param("a\u202eb", "a\\u202eb", id="direction"),
        pytest.param("\ud800", "\\ud800", id="half a surrogate pair"),
        pytest.param("a\nb", "a\nb", id="a line end stays"),
    ],
)
def test_what_can_not_be_seen_is_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_long_text_is_cut_and_says_so() -> None:
    shown = visible("x" * (MOST_CHARACTERS + 1))

    assert shown.startswith("x" * MOST_CHARACTERS)
    assert "1" in shown[MOST_CHARACTERS:]
    assert visible("x" * MOST_CHARACTERS) == "x" * MOST_CHARACTERS


@given(text=st.text())
def test_what_is_shown_can_be_written_and_has_no_control_character(text: str) -> None:
    shown = visible(text)

    shown.encode("utf-8")
    assert not any(ord(one) < 32 and one not in "\t\n\r" for one in shown)


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        pytest.param("https://www.jsonrpc.org/specification#batch", True, id="https"),
        pytest.param("http://127.0.0.1:8/", True, id="http"),
        pytest.param("javascript:alert(1)", False, id="javascript"),
        pytest.param("JAVASCRIPT:alert(1)", False, id="capitals"),
        pytest.param("data:text/html,x", False, id="data"),
        pytest.param("urn:example:1", False, id="urn"),
        pytest.param("//host/", False, id="no scheme"),
        pytest.param("https://a b/", False, id="a space"),
        pytest.param("https://a\nb/", False, id="a line end"),
        pytest.param("https://a\u202eb/", False, id="hidden"),
        pytest.param("", False, id="empty"),
    ],
)
def test_only_links_to_the_web_are_carried(link: str, kept: bool) -> None:  # noqa: FBT001 - a table
    assert web_link(link) == (link if kept else "")


@pytest.mark.parametrize(
    ("verdicts", "came_to"),
    [
        pytest.param("pass fail error", Verdict.FAIL, id="fail first"),
        pytest.param("pass error warn", Verdict.ERROR, id="then error"),
        pytest.param("pass warn untested", Verdict.WARN, id="then warn"),
        pytest.param("untested pass", Verdict.PASS, id="something was judged"),
        pytest.param("not-applicable untested", Verdict.UNTESTED, id="then untested"),
        pytest.param("not-applicable", Verdict.NOT_APPLICABLE, id="not applicable"),
        pytest.param("", Verdict.NOT_APPLICABLE, id="nothing"),
    ],
)
def test_the_worst_verdict_stands(verdicts: str, came_to: Verdict) -> None:
    assert outcome(map(Verdict, verdicts.split())) is came_to


def test_all_verdicts_are_counted_worst_first() -> None:
    counts = tally([Verdict.PASS, Verdict.FAIL, Verdict.PASS])

    assert list(counts) == list(VERDICTS)
    assert (counts[Verdict.PASS], counts[Verdict.FAIL], counts[Verdict.WARN]) == (2, 1, 0)
    assert set(VERDICTS) == set(Verdict)


def test_numbers_and_times_are_written_for_people() -> None:
    assert [counted(number, "check") for number in (0, 1, 1_234)] == [
        "0 checks",
        "1 check",
        "1,234 checks",
    ]
    assert instant("2026-01-31T09:30:00Z") == "2026-01-31 09:30:00 UTC"
