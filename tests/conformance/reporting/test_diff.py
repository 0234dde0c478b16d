"""Two reports compared: each way of change, in each of three formats."""

import json
from typing import Any

import pytest
from markdown_it import MarkdownIt

from conformance.reporting.diff import Change, compare
from conformance.reporting.diff_text import diff_json, diff_lines, diff_markdown
from conformance.words.events import RunFinished
from conformance.words.schema_files import validator
from conformance.words.verdict import Check, Verdict
from tests.conformance.corpus import MUST, OTHER
from tests.conformance.reporting.told import builder, check, finished


def report_of(*checks: Check) -> dict[str, Any]:
    document: dict[str, Any] = builder(
        finished("jsonrpc/one/-", *checks), RunFinished(duration_s=1)
    ).document()
    return document


FLAKY = check(verdict=Verdict.FAIL, verdicts=(Verdict.PASS, Verdict.FAIL))


def came_to(verdict: str) -> list[Check]:
    """Return a check with a verdict; `-` is none, and `fail:r` has a reason."""
    if verdict == "-":
        return []
    if verdict == "flaky":
        return [FLAKY]
    name, _, reason = verdict.partition(":")
    return [check(verdict=Verdict(name), reason=reason, message=f"{name} now")]


@pytest.mark.parametrize(
    ("old", "new", "change", "line"),
    [
        pytest.param("pass", "fail", Change.NEW_FAIL, "pass → fail (fail now)", id="pass to fail"),
        pytest.param("-", "fail", Change.NEW_FAIL, "no such check → fail (fail now)", id="new"),
        pytest.param(
            "untested", "fail", Change.NEW_FAIL, "untested → fail (fail now)", id="got at"
        ),
        pytest.param("warn", "fail", Change.NEW_FAIL, "warn → fail (fail now)", id="worse"),
        pytest.param("pass", "warn", Change.NEW_WARNING, "pass → warn (warn now)", id="to warn"),
        pytest.param("pass", "error", Change.ERROR, "pass → error (error now)", id="to error"),
        pytest.param("fail:a", "fail:b", Change.REASON, "a → b (fail now)", id="another reason"),
        pytest.param("warn", "warn:b", Change.REASON, "no reason → b (warn now)", id="a reason"),
        pytest.param("pass", "flaky", Change.FLAKY, "pass, fail", id="flaky"),
        pytest.param("pass", "-", Change.LOST, "pass → no such check", id="gone"),
        pytest.param(
            "fail", "untested", Change.LOST, "fail → untested (untested now)", id="got at no more"
        ),
        pytest.param(
            "pass",
            "not-applicable",
            Change.LOST,
            "pass → not-applicable (not-applicable now)",
            id="not applicable any more",
        ),
        pytest.param("fail", "warn", Change.EASED, "fail → warn (warn now)", id="eased"),
        pytest.param("fail", "pass", Change.FIXED, "fail → pass", id="fixed"),
        pytest.param("warn", "pass", Change.FIXED, "warn → pass", id="a warning fixed"),
        pytest.param("untested", "pass", Change.GAINED, "untested → pass", id="tested now"),
        pytest.param("error", "pass", Change.GAINED, "error → pass", id="no error any more"),
    ],
)
def test_a_check_changes_in_one_way(old: str, new: str, change: Change, line: str) -> None:
    difference = compare(
        report_of(*came_to(old), check(OTHER)), report_of(*came_to(new), check(OTHER))
    )

    assert [one.change for one in difference.changes] == [change]
    assert difference.unchanged == 1
    assert [*diff_lines(difference)] == [
        f"{change} (1)",
        f"  {MUST} jsonrpc/one [-]: {line}",
        f"1 {change}, 1 unchanged",
    ]
    document = json.JSONDecoder().decode(diff_json(difference))
    validator("diff").validate(document)
    name = change.name.lower().replace("_", "-")
    assert [one["change"] for one in document["changes"]] == [name]
    assert document["summary"][name] == 1
    assert f"<summary>{change} " in diff_markdown(difference)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("pass", "pass", id="passes still"),
        pytest.param("fail:a", "fail:a", id="fails still"),
        pytest.param("untested", "not-applicable", id="says nothing either time"),
        pytest.param("-", "untested", id="says nothing"),
        pytest.param("error", "error", id="an error still"),
    ],
)
def test_what_came_to_the_same_is_unchanged(old: str, new: str) -> None:
    difference = compare(report_of(*came_to(old)), report_of(*came_to(new)))

    assert [*diff_lines(difference)] == ["1 unchanged"]


def test_what_makes_two_reports_hard_to_compare_is_told_first() -> None:
    old, new = report_of(check()), report_of(check())
    old["suite"]["version"] = "0.0.9"
    old["target"]["name"] = "M"
    new["run"]["complete"] = False
    new["run"]["options"]["skip"] = ["a"]

    assert [*diff_lines(compare(old, new))] == [
        "note: judged by suite 0.0.9 and by 0.1.0",
        "note: two targets: M and N",
        "note: the new run was interrupted or lost its target",
        "note: the new run left out cases: --skip a",
        "1 unchanged",
    ]


def test_another_digest_and_another_version_of_the_target_are_told() -> None:
    old, new = report_of(check()), report_of(check())
    old["suite"]["digest"] = "sha256:" + "0" * 64
    old["target"]["version"] = "0.9"

    assert compare(old, new).notes == [
        "judged by other requirements, scenarios or schemas: the digests of the suites differ",
        "the target's version was 0.9 and is 1.0",
    ]


def test_reports_that_seem_to_be_swapped_are_told() -> None:
    old, new = report_of(), report_of()
    new["run"]["started_at"] = "2026-01-30T00:00:00Z"

    assert compare(old, new).notes == [
        "the new run began at 2026-01-30T00:00:00Z, before the old one: are the two in their order?"
    ]


def test_markdown_is_cut_short_and_holds_whatever_was_sent() -> None:
    hostile = "| <script>alert(1)</script> `x` @all"
    checks = [
        check(verdict=Verdict.FAIL, case=f"{hostile} {at}", message=hostile) for at in range(60)
    ]

    text = diff_markdown(compare(report_of(), report_of(*checks)))

    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    assert "<script" not in html
    assert html.count("<tr>") == 52
    assert "and 10 more" in html
    assert "@" not in text
