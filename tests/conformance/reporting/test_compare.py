"""Reports side by side: who keeps what."""

import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.reporting.compare import Cell, Line, compare, levels_of
from conformance.reporting.compare_page import compare_html, headline, told_text
from conformance.reporting.html_words import tally
from conformance.words.verdict import Level, Verdict
from tests.conformance.corpus import MAY, MUST, MUST_NOT, OTHER, SHOULD, WARNS
from tests.conformance.reporting.pages import (
    HOSTILE,
    TINY,
    Tags,
    hostile_report,
    other_report,
    small_report,
)


def of(*verdicts: str) -> Line:
    """Return a line with one cell for each verdict; `-` stands for no check."""
    cells = [
        None if one == "-" else Cell(verdict=Verdict(one), counts=tally([]), message="")
        for one in verdicts
    ]
    return Line(id="X", level="MUST", class_name="", statement="", link="", cells=cells)


@pytest.mark.parametrize(
    ("verdicts", "differs"),
    [
        pytest.param("pass pass", False, id="all keep it"),
        pytest.param("pass fail", True, id="one breaks it"),
        pytest.param("pass warn", True, id="one draws a warning"),
        pytest.param("pass error", True, id="one could not be asked"),
        pytest.param("fail fail", False, id="all break it"),
        pytest.param("pass untested", False, id="one was not judged"),
        pytest.param("untested not-applicable", False, id="none was judged"),
        pytest.param("pass -", False, id="one has no check"),
        pytest.param("fail untested pass", True, id="two of three differ"),
    ],
)
def test_a_difference_is_between_targets_that_were_judged(verdicts: str, differs: bool) -> None:  # noqa: FBT001 - a table
    assert of(*verdicts.split()).differs is differs


def test_targets_are_columns_in_the_order_of_the_reports() -> None:
    found = compare([small_report(), other_report()], TINY, ["a.html", ""])

    first, second = found.columns
    assert (first.name, first.version, first.vendor, first.page) == ("N", "1.0", "V", "a.html")
    assert (second.name, second.page) == ("Another", "")
    assert (first.verdict, second.verdict) == (Verdict.FAIL, Verdict.PASS)
    assert (first.judged, second.judged) == (4, 4)
    assert second.counts[Verdict.PASS] == 4


def test_requirements_are_rows_in_the_order_of_the_catalogue() -> None:
    found = compare([small_report(), other_report()], TINY, ["", ""])

    assert [line.id for line in found.lines] == [MUST, MUST_NOT, SHOULD, MAY, WARNS, OTHER]
    [spec] = found.specs
    assert [group.title for group in spec.groups] == ["Section 1"]
    assert spec.groups[0].kept == [(2, 4), (4, 4)]
    assert levels_of(found.lines) == [Level.MUST, Level.MUST_NOT, Level.SHOULD, Level.MAY]


def test_a_cell_tells_the_first_check_that_came_to_its_verdict() -> None:
    found = compare([small_report()], TINY, [""])

    cell = found.lines[0].cells[0]
    assert cell is not None
    assert cell.message == "jsonrpc/one: expected 1 at /id, saw 2"
    assert told_text(cell) == ("1 fail, 1 pass of 2 checks. jsonrpc/one: expected 1 at /id, saw 2")


def test_a_flaky_check_is_told_in_its_cell() -> None:
    report = small_report()
    report["checks"][0]["flaky"] = {"verdicts": ["pass", "fail"]}

    cell = compare([report], TINY, [""]).lines[0].cells[0]

    assert cell is not None
    assert cell.message.endswith("saw 2. Flaky: pass, fail")


def test_what_only_one_report_has_is_a_row_with_an_empty_cell() -> None:
    fewer = other_report()
    fewer["checks"] = [row for row in fewer["checks"] if row["requirement"] != OTHER]
    fewer["checks"].append({**fewer["checks"][0], "requirement": "GONE-1"})
    fewer["classes"] = fewer["classes"][:1]

    found = compare([small_report(), fewer], TINY, ["", ""])

    empty = {line.id: [cell is None for cell in line.cells] for line in found.lines}
    assert empty[OTHER] == [False, True]
    assert empty["GONE-1"] == [True, False]
    assert found.lines[-1].id == "GONE-1"
    assert [one.verdicts[1] is None for one in found.classes] == [False, True]


@pytest.mark.parametrize(
    ("reports", "sentence"),
    [
        pytest.param(
            lambda: [small_report(), other_report()],
            "On 2 of 6 requirements the targets differ.",
            id="differences",
        ),
        pytest.param(
            lambda: [small_report(), small_report()],
            "All targets agree on 6 requirements, wherever they were judged.",
            id="none",
        ),
    ],
)
def test_the_headline_counts_differences(reports: Any, sentence: str) -> None:  # noqa: ANN401 - a table
    made = reports()

    assert headline(compare(made, TINY, [""] * len(made))) == sentence


def test_other_editions_are_told() -> None:
    old = other_report()
    old["suite"]["digest"] = f"sha256:{'0' * 64}"

    told = [
        "different editions of the suite" in compare_html([small_report(), one], TINY)
        for one in (other_report(), old)
    ]

    assert told == [False, True]


def test_a_cell_links_to_the_target_s_own_page_where_there_is_one() -> None:
    page = compare_html([small_report(), other_report()], TINY, pages=["./a/b%20c.html", ""])

    assert page.count(f'href="./a/b%20c.html#{MUST}"') == 1
    row = re.search(rf'<tr class="line[^>]*id="{MUST}".*?</tr>', page, re.DOTALL)
    assert row is not None
    assert row[0].count("<td") == 2
    assert row[0].count("title=") == 2


def test_statements_verdicts_and_messages_stand_in_the_page_itself() -> None:
    page = re.sub(
        r"<script.*?</script>",
        "",
        compare_html([small_report(), other_report()], TINY),
        flags=re.DOTALL,
    )

    for text in (f"The statement of {MUST}.", "too long a line", ">fail<", "2 of 4"):
        assert text in page


def skeleton(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return Tags(compare_html([hostile_report(text), small_report()], TINY)).found


@given(text=st.text(min_size=1))
@example(text=HOSTILE)
@example(text="\ud800")
@settings(max_examples=15, deadline=None)  # a page takes 20 ms, and more on a busy machine
def test_no_text_of_a_report_becomes_markup(text: str) -> None:
    assert skeleton(f"x{text}") == skeleton("plain")
