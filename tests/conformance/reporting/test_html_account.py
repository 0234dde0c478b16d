"""Reasons for not judging, times and options, as the page groups them."""

from typing import Any

import pytest

from conformance.reporting.html_account import (
    MOST_SLOW_CASES,
    option_lines,
    reasons_of,
    slow_cases,
    unchecked_by_reason,
)
from conformance.words.json_value import Json
from conformance.words.verdict import Verdict
from tests.conformance.corpus import CATALOGUE, CLIENT, HARD, MUST, OTHER, SHOULD


def row(requirement: str, verdict: str = "untested", **more: str) -> dict[str, Json]:
    return {"requirement": requirement, "verdict": verdict, "scenario": "s/x", "case": "-", **more}


def test_checks_that_were_not_judged_for_the_same_reason_stand_together() -> None:
    needs = "needs a call; add to the profile: jsonrpc: {ok: …}"

    reasons = reasons_of(
        [
            row(MUST, message="needs another"),
            row(MUST, message=needs),
            row(SHOULD, message=needs),
            row(SHOULD, message=needs),
            row(OTHER, "not-applicable", message="not offered"),
            row(OTHER, "pass"),
        ]
    )

    assert list(reasons) == [Verdict.UNTESTED, Verdict.NOT_APPLICABLE]
    first, second = reasons[Verdict.UNTESTED]
    assert (first.text, first.add) == ("needs a call", "jsonrpc: {ok: …}")
    assert (first.checks, first.requirements) == (3, [MUST, SHOULD])
    assert (second.text, second.add, second.checks) == ("needs another", "", 1)


@pytest.mark.parametrize(
    ("message", "reason", "text"),
    [
        pytest.param(
            "the target makes no use of it: expected the member 'a' at /b, saw 1",
            "required:/b",
            "the target makes no use of it",
            id="values of one check",
        ),
        pytest.param(
            "in 2 of 9 answers, first in s/x#1 (at 3): it says so",
            "const:/b",
            "it says so",
            id="which answers",
        ),
        pytest.param(
            "relies on s/y, which broke here: expected 1, saw 2",
            "relies-on:s/y",
            "relies on s/y, which broke here: expected 1, saw 2",
            id="what it relies on",
        ),
        pytest.param("expected 1", "const:/b", "what it asks for was not there", id="no words"),
        pytest.param("", "", "what it asks for was not there", id="no message"),
    ],
)
def test_a_reason_is_told_without_the_values_of_one_check(
    message: str, reason: str, text: str
) -> None:
    reasons = reasons_of([row(MUST, message=message, reason=reason)])

    assert [one.text for one in reasons[Verdict.UNTESTED]] == [text]


def test_rows_without_a_check_are_grouped_by_why() -> None:
    rows = [CATALOGUE.requirements[name] for name in (MUST, HARD, CLIENT)]

    groups = unchecked_by_reason(rows)

    assert {why: [one.id for one in found] for why, found in groups.items()} == {
        "No scenario of this run is about them": [MUST],
        "The wire can't show them": [HARD],
        "They bind clients, and this run judged a server": [CLIENT],
    }


def exchange(name: str, total_ms: float, outcome: str = "answered") -> dict[str, Json]:
    return {"id": name, "total_ms": total_ms, "outcome": outcome}


def test_the_slowest_cases_come_first_with_all_their_exchanges() -> None:
    check: dict[str, Any] = {"scenario": "s/two", "case": "a#b", "requirement": MUST}

    found = slow_cases(
        [check, {**check, "requirement": SHOULD}],
        [
            exchange("s/one/-#1", 5.0),
            exchange("s/two/a#b#1", 3.0),
            exchange("s/two/a#b#2", 4.0, "silence"),
        ],
    )

    assert [(one.name, one.total_ms, one.exchanges, one.outcomes) for one in found] == [
        ("s/two/a#b", 7.0, 2, "answered, silence"),
        ("s/one", 5.0, 1, "answered"),
    ]
    assert [one.requirement for one in found] == [MUST, ""]


def test_only_so_many_slow_cases_are_listed() -> None:
    many = [exchange(f"s/x/{number}#1", 1.0) for number in range(MOST_SLOW_CASES + 1)]

    assert len(slow_cases([], many)) == MOST_SLOW_CASES


def test_options_are_told_as_far_as_they_were_given() -> None:
    options: dict[str, Json] = {
        "profile": "p.yaml",
        "classes": [],
        "only": ["a", "b"],
        "allow_writes": True,
        "quiet": False,
        "timeout_s": 2.5,
        "seed": None,
    }

    assert option_lines(options) == [
        ("profile", "p.yaml"),
        ("only", "a, b"),
        ("allow writes", "yes"),
        ("timeout s", "2.5"),
    ]
