"""The checks of a report by spec, section and requirement."""

import pytest

from conformance.reporting.html_requirements import (
    UNKNOWN_TITLE,
    section_title,
    specs_of,
    unchecked_rows,
)
from conformance.words.json_value import Json
from conformance.words.verdict import Verdict
from tests.conformance.corpus import CLIENT, HARD, IMPLIED, MUST, SHOULD, WARNS
from tests.conformance.reporting.pages import TINY


def row(requirement: str, verdict: str = "pass", case: str = "-") -> dict[str, Json]:
    return {
        "requirement": requirement,
        "level": "MUST",
        "verdict": verdict,
        "scenario": "s/x",
        "case": case,
    }


def test_a_section_counts_its_requirements_each_once() -> None:
    [spec] = specs_of([row(MUST), row(MUST, "fail", "b"), row(SHOULD, "untested")], TINY)

    [section] = spec.sections
    assert (spec.title, section.title) == ("A tiny spec", "Section 1")
    assert (section.known, section.judged, section.unchecked) == (10, 1, 8)
    assert section.counts[Verdict.FAIL] == section.counts[Verdict.UNTESTED] == 1
    assert [entry.is_open for entry in section.entries] == [True, False]


def test_a_check_keeps_its_place_in_the_report() -> None:
    [spec] = specs_of([row(SHOULD), row(MUST), row(SHOULD, case="b")], TINY)

    must, should = spec.sections[0].entries
    assert [check.number for check in must.checks] == [1]
    assert [(check.number, check.case) for check in should.checks] == [(0, ""), (2, "b")]


def test_a_disputed_requirement_tells_its_worst_verdict_and_its_readings() -> None:
    [spec] = specs_of([row(WARNS), row(MUST)], TINY)

    plain, disputed = spec.sections[0].entries
    assert (plain.softened, list(plain.ambiguities)) == (None, [])
    assert disputed.softened is Verdict.WARN
    assert [one.topic for one in disputed.ambiguities] == ["Two readings"]


def test_ids_that_the_catalogue_lacks_come_last() -> None:
    specs = specs_of([row("GONE-1"), row(MUST)], TINY)

    assert [spec.title for spec in specs] == ["A tiny spec", UNKNOWN_TITLE]
    [entry] = specs[1].sections[0].entries
    assert (entry.id, entry.row, entry.link) == ("GONE-1", None, "")


def test_rows_without_a_check_are_those_of_the_specs_that_were_judged() -> None:
    names = [one.id for one in unchecked_rows([row(MUST)], TINY)]

    assert {HARD, CLIENT, IMPLIED} <= set(names)
    assert MUST not in names
    assert unchecked_rows([], TINY) == []


@pytest.mark.parametrize(
    ("section", "links", "title", "link"),
    [
        pytest.param(
            "4.1",
            ["https://x/#notification"],
            "4.1 Notification",
            "https://x/#notification",
            id="named by its fragment",
        ),
        pytest.param(
            "4.2",
            ["https://x/#parameter_structures"] * 2,
            "4.2 Parameter structures",
            "https://x/#parameter_structures",
            id="words",
        ),
        pytest.param("5", ["https://x/#sec5"], "Section 5", "https://x/#sec5", id="no words"),
        pytest.param("5", ["https://x/#a", "https://x/#b"], "Section 5", "", id="several places"),
        pytest.param("http", ["https://x/"], "Http", "https://x/", id="no number"),
        pytest.param("5", ["urn:x"], "Section 5", "", id="no web link"),
    ],
)
def test_a_section_is_called_as_the_spec_calls_it(
    section: str, links: list[str], title: str, link: str
) -> None:
    assert section_title(section, links) == (title, link)
