"""Which classes can be certified, and the one line that says why one can't."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest

from conformance.errors import InputError, RefusedError
from conformance.reporting.certification import check_certifiable, check_whole, judge_class
from conformance.words.events import RunFinished
from conformance.words.verdict import Check, Level, Verdict
from tests.conformance.corpus import (
    CATALOGUE,
    HARD,
    IMPLIED,
    INFORMS,
    MAY,
    MUST,
    MUST_NOT,
    OTHER,
    SHOULD,
    SHOULD_NOT,
    WARNS,
)
from tests.conformance.reporting.told import STARTED, builder, check, finished

NOW = STARTED + dt.timedelta(hours=1)
PASSES = tuple(check(row) for row in (MUST, MUST_NOT, IMPLIED))


def report_of(*checks: Check, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - how it ended
    document: dict[str, Any] = builder(
        finished("jsonrpc/one/-", *checks), RunFinished(duration_s=1, **more)
    ).document()
    return document


def test_a_class_is_kept_when_every_applicable_must_row_passed() -> None:
    report = report_of(
        *PASSES,
        check(MUST, Verdict.NOT_APPLICABLE, case="b"),
        check(WARNS, Verdict.WARN),
        check(SHOULD, Verdict.WARN, level=Level.SHOULD),
        check(SHOULD_NOT, Verdict.UNTESTED, level=Level.SHOULD_NOT, message="no way in"),
        check(MAY, Verdict.NOT_APPLICABLE, level=Level.MAY),
        check(OTHER, Verdict.FAIL),
    )

    kept = judge_class(report, "tiny.core", CATALOGUE, where="report.json")

    assert (kept.name, kept.title) == ("tiny.core", "The core")
    assert kept.musts == kept.passed == [MUST, MUST_NOT, IMPLIED]
    assert kept.warned == [SHOULD, WARNS]
    assert kept.not_applicable == [MAY]
    assert kept.untested == {SHOULD_NOT: "no way in"}
    assert kept.not_covered == {INFORMS: "the suite has no check for it"}
    assert (kept.rows, kept.checks) == (8, 8)


def test_what_the_suite_has_no_check_for_is_stated_with_its_reason() -> None:
    kept = judge_class(report_of(check(OTHER)), "tiny.other", CATALOGUE, where="report.json")

    assert kept.not_covered == {HARD: "Nobody sees it."}
    assert kept.rows == 2


def flaky(*verdicts: Verdict) -> Check:
    return check(SHOULD, verdicts[-1], level=Level.SHOULD, verdicts=verdicts)


@pytest.mark.parametrize(
    ("checks", "why"),
    [
        pytest.param(
            [*PASSES, check(MUST, Verdict.FAIL, case="b")], f"{MUST} did not pass", id="a fail"
        ),
        pytest.param(
            [check(row, Verdict.FAIL) for row in (MUST, MUST_NOT, IMPLIED, WARNS, INFORMS)],
            f"{MUST}, {MUST_NOT}, {IMPLIED} and 2 more did not pass",
            id="many fails",
        ),
        pytest.param(
            [*PASSES, check(SHOULD, Verdict.ERROR, level=Level.SHOULD)],
            f"{SHOULD} could not be judged (error): run again",
            id="an error at any level",
        ),
        pytest.param(
            [check(MUST), check(MUST_NOT, Verdict.UNTESTED, message="add this")],
            f"{MUST_NOT} not tested: add this",
            id="a MUST that was not got at",
        ),
        pytest.param(
            [check(MUST, Verdict.NOT_APPLICABLE)],
            "nothing of it was tested, so nothing has passed",
            id="nothing applies",
        ),
        pytest.param([], "nothing of it was tested, so nothing has passed", id="nothing at all"),
        pytest.param(
            [*PASSES, flaky(Verdict.PASS, Verdict.WARN)],
            f"{SHOULD} is flaky, which is no pass",
            id="flaky",
        ),
    ],
)
def test_a_class_that_is_not_shown_to_be_kept_is_refused(checks: list[Check], why: str) -> None:
    whole = f"report.json: tiny.core: refused: {why}"

    with pytest.raises(RefusedError, match=f"^{re.escape(whole)}$"):
        judge_class(report_of(*checks), "tiny.core", CATALOGUE, where="report.json")


def test_an_unknown_class_is_told_with_the_nearest() -> None:
    whole = "--class: expected the name of a class, saw 'tiny.cor' (did you mean tiny.core?)"

    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        judge_class(report_of(*PASSES), "tiny.cor", CATALOGUE, where="report.json")


@pytest.mark.parametrize(
    ("classes", "is_kept"),
    [
        pytest.param(["tiny.core", "tiny.other"], True, id="it is among them"),
        pytest.param(["tiny.other"], False, id="it is not"),
    ],
)
def test_a_run_of_some_classes_shows_these_only(classes: list[str], *, is_kept: bool) -> None:
    report = report_of(*PASSES)
    report["run"]["options"]["classes"] = classes

    if is_kept:
        assert judge_class(report, "tiny.core", CATALOGUE, where="r").musts
    else:
        with pytest.raises(RefusedError, match=r"the run was of other classes \(tiny\.other\)$"):
            judge_class(report, "tiny.core", CATALOGUE, where="r")


def test_a_whole_run_of_this_suite_can_be_certified() -> None:
    check_certifiable(report_of(*PASSES), where="report.json", now=NOW)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(
            lambda one: one["run"].update(complete=False),
            "the run was interrupted or lost its target",
            id="incomplete",
        ),
        pytest.param(
            lambda one: one["run"]["options"].update(only=["a"]),
            "the run left out cases (--only)",
            id="only",
        ),
        pytest.param(
            lambda one: one["run"]["options"].update(skip=["a"]),
            "the run left out cases (--skip)",
            id="skip",
        ),
        pytest.param(
            lambda one: one["suite"].update(version="0.0.9"),
            "it was made by wirecheck 0.0.9, this is 0.1.0: certify with the version that judged",
            id="another version",
        ),
        pytest.param(
            lambda one: one["suite"].update(digest="sha256:" + "0" * 64),
            "it was judged by other requirements, scenarios or schemas",
            id="another digest",
        ),
        pytest.param(
            lambda one: one["run"].update(started_at="2026-01-31T10:35:01Z"),
            "the run began at 2026-01-31T10:35:01Z, which is yet to come: check the clocks",
            id="from the future",
        ),
    ],
)
def test_a_report_that_can_not_be_certified_is_refused(
    change: Callable[[Any], object], why: str
) -> None:
    report = report_of(*PASSES)
    change(report)

    with pytest.raises(RefusedError, match=f"^{re.escape(f'report.json: refused: {why}')}$"):
        check_certifiable(report, where="report.json", now=NOW)


def test_clocks_may_differ_by_some_minutes() -> None:
    report = report_of(*PASSES)
    report["run"]["started_at"] = "2026-01-31T10:35:00Z"

    check_certifiable(report, where="report.json", now=NOW)


def test_a_report_without_one_of_the_suite_s_cases_is_not_of_a_whole_run() -> None:
    planned = {MUST: {("jsonrpc/one", "-"), ("jsonrpc/two", "a")}, OTHER: {("jsonrpc/two", "b")}}

    with pytest.raises(RefusedError) as caught:
        check_whole(report_of(*PASSES), ["tiny.core"], planned, CATALOGUE, where="report.json")

    assert str(caught.value) == (
        f"report.json: tiny.core: refused: the report does not have {MUST} jsonrpc/two [a]:"
        " certify a whole run"
    )


def test_cases_of_other_classes_are_not_missed() -> None:
    planned = {MUST: {("jsonrpc/one", "-")}, OTHER: {("jsonrpc/two", "b")}}

    check_whole(report_of(*PASSES), ["tiny.core"], planned, CATALOGUE, where="report.json")
