"""The gate: each thing that turns it red, and what it only shows."""

import re
from typing import Any

import pytest

from conformance.errors import InputError
from conformance.reporting.baseline import Baseline, Known
from conformance.reporting.gate import MOST_COVERED, Gating, Kind, gate_report
from conformance.words.events import RunFinished, RunStarted
from conformance.words.verdict import Check, Level, Verdict
from tests.conformance.corpus import MUST, OTHER, SHOULD
from tests.conformance.reporting.told import builder, check, finished

TODAY = "2026-01-30"
FAIL = check(verdict=Verdict.FAIL, reason="const:/a", message="expected 1, saw 2")
WARN = check(SHOULD, Verdict.WARN, level=Level.SHOULD, reason="r", message="m")


def report_of(*checks: Check, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - options of a run
    """Return a report of checks, each in the case that it names."""
    events = [finished(f"{one.scenario}/{one.case}#{at}", one) for at, one in enumerate(checks)]
    document: dict[str, Any] = builder(
        RunStarted(cases=1, jobs=1, seed=1), *events, RunFinished(duration_s=1, **more)
    ).document()
    return document


def known(requirement: str = MUST, **more: Any) -> Known:  # noqa: ANN401 - any field
    fields = {"expires": "2026-02-01", "where": "known.yaml:4", "why": "w", **more}
    return Known(requirement=requirement, **fields)


def gate(*checks: Check, **more: Any) -> Gating:  # noqa: ANN401 - any field
    baseline = Baseline(**{"known": [], "today": TODAY, **more})
    return gate_report(report_of(*checks), baseline)


def found(gating: Gating) -> list[tuple[Kind, str]]:
    return [(one.kind, one.line) for one in gating.findings]


LABEL = f"{MUST} jsonrpc/one [-]"


@pytest.mark.parametrize(
    ("checks", "entries", "kind", "line"),
    [
        pytest.param(
            [FAIL], {}, Kind.NEW_FAIL, f"{LABEL}: expected 1, saw 2", id="a fail not listed"
        ),
        pytest.param(
            [FAIL],
            {"known": [known(reason="const:/b")]},
            Kind.OTHER_REASON,
            f"{LABEL}: fail const:/a; known.yaml:4 lists fail const:/b",
            id="another reason",
        ),
        pytest.param(
            [FAIL],
            {"known": [known(verdict=Verdict.WARN)]},
            Kind.OTHER_REASON,
            f"{LABEL}: fail const:/a; known.yaml:4 lists warn",
            id="a known warning fails now",
        ),
        pytest.param(
            [check()],
            {"known": [known()]},
            Kind.STALE,
            f"known.yaml:4: {MUST} ** [*]: it passes now",
            id="it passes now",
        ),
        pytest.param(
            [check(verdict=Verdict.WARN), check(OTHER)],
            {"known": [known()]},
            Kind.STALE,
            f"known.yaml:4: {MUST} ** [*]: no fail any more, at most a warning",
            id="it only warns now",
        ),
        pytest.param(
            [check(verdict=Verdict.UNTESTED, message="no way in"), check(OTHER)],
            {"known": [known()]},
            Kind.NOT_RUN,
            f"known.yaml:4: {MUST} ** [*]: untested: no way in",
            id="it was not judged",
        ),
        pytest.param(
            [check(OTHER)],
            {"known": [known(scenario="jsonrpc/onee")]},
            Kind.NOT_RUN,
            f"known.yaml:4: {MUST} jsonrpc/onee [*]: the report has no scenario jsonrpc/onee;"
            " did you mean jsonrpc/one?",
            id="a scenario that is not there",
        ),
        pytest.param(
            [check(OTHER)],
            {"known": [known()]},
            Kind.NOT_RUN,
            f"known.yaml:4: {MUST} ** [*]: the report has no such check",
            id="a check that is not there",
        ),
        pytest.param(
            [FAIL],
            {"known": [known(expires=TODAY)]},
            Kind.EXPIRED,
            f"known.yaml:4: {MUST} ** [*], {TODAY}: w",
            id="an entry that has expired",
        ),
        pytest.param(
            [check(), check(OTHER)],
            {"flaky": [known(expires=TODAY, verdict=None)]},
            Kind.EXPIRED,
            f"known.yaml:4: {MUST} ** [*], {TODAY}: w",
            id="a flaky entry that has expired",
        ),
        pytest.param(
            [check(OTHER), check(verdict=Verdict.UNTESTED, message="no way in")],
            {"tested": [MUST, OTHER]},
            Kind.LOST,
            f"{MUST}: untested: no way in",
            id="tested before, and not now",
        ),
        pytest.param(
            [check(OTHER)],
            {"tested": [MUST]},
            Kind.LOST,
            f"{MUST}: the report has no such check",
            id="tested before, and gone",
        ),
        pytest.param(
            [check(), check(OTHER, Verdict.ERROR, message="refused")],
            {},
            Kind.ERROR,
            f"{OTHER} jsonrpc/one [-]: refused",
            id="an error",
        ),
        pytest.param(
            [check(verdict=Verdict.UNTESTED)],
            {},
            Kind.RUN,
            "nothing was tested, so nothing has passed",
            id="nothing was tested",
        ),
        pytest.param(
            [WARN],
            {"gates_warnings": True},
            Kind.NEW_WARNING,
            f"{SHOULD} jsonrpc/one [-]: m",
            id="a warning not listed",
        ),
    ],
)
def test_it_is_red_for_one_reason(
    checks: list[Check], entries: dict[str, Any], kind: Kind, line: str
) -> None:
    gating = gate(*checks, **entries)

    assert found(gating) == [(kind, line)]
    assert gating.is_red
    assert [*gating.lines()][1] == f"  {line}"
    assert [*gating.lines()][-1].startswith("gate: red, 1 finding, ")


@pytest.mark.parametrize(
    ("checks", "entries"),
    [
        pytest.param([check()], {}, id="all passes"),
        pytest.param([FAIL], {"known": [known()]}, id="a known fail"),
        pytest.param([FAIL], {"known": [known(reason="const:/a")]}, id="with its reason"),
        pytest.param([WARN], {}, id="a warning"),
        pytest.param(
            [WARN],
            {"known": [known(SHOULD, verdict=Verdict.WARN)], "gates_warnings": True},
            id="a known warning",
        ),
        pytest.param([check()], {"tested": [MUST]}, id="tested as before"),
    ],
)
def test_it_is_green(checks: list[Check], entries: dict[str, Any]) -> None:
    gating = gate(*checks, **entries)

    assert found(gating) == []
    assert not gating.is_red


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.FAIL, Verdict.UNTESTED])
def test_what_is_known_to_be_flaky_may_do_either_and_is_always_shown(verdict: Verdict) -> None:
    gating = gate(check(verdict=verdict), check(OTHER), flaky=[known(verdict=None)])

    told = "not judged" if verdict is Verdict.UNTESTED else f"{verdict} this time"
    assert found(gating) == [(Kind.KNOWN_FLAKY, f"{LABEL}: {told} (w)")]
    assert not gating.is_red


def test_a_flaky_check_that_breaks_for_another_reason_is_new() -> None:
    gating = gate(FAIL, flaky=[known(verdict=None, reason="no-answer:silence")])

    assert found(gating) == [(Kind.NEW_FAIL, f"{LABEL}: expected 1, saw 2")]


@pytest.mark.parametrize("entries", [[], [known()]], ids=["not listed", "listed as a fail"])
def test_what_a_run_found_flaky_is_red_though_it_may_be_known(entries: list[Known]) -> None:
    flaky = check(verdict=Verdict.FAIL, verdicts=(Verdict.PASS, Verdict.FAIL))

    assert found(gate(flaky, known=entries)) == [(Kind.FLAKY, f"{LABEL}: pass, fail")]


def test_a_run_that_did_not_come_to_its_end_is_red() -> None:
    gating = gate_report(report_of(check(), interrupted=True), Baseline(known=[], today=TODAY))

    line = "it was interrupted or lost its target: it says nothing of the rest"
    assert found(gating) == [(Kind.RUN, line)]


def test_what_a_previous_report_tested_has_to_be_tested_still() -> None:
    baseline = Baseline(known=[], today=TODAY)

    gating = gate_report(
        report_of(check(OTHER)), baseline, previous=report_of(check(), check(OTHER))
    )

    assert found(gating) == [(Kind.LOST, f"{MUST}: the report has no such check")]


def test_a_selection_is_not_blamed_for_what_it_left_out() -> None:
    report = report_of(check(OTHER))
    report["run"]["options"]["only"] = ["jsonrpc/one"]
    baseline = Baseline(known=[known()], tested=[MUST], today=TODAY)

    gating = gate_report(report, baseline)

    assert [one.kind for one in gating.findings] == [Kind.NOTE]
    assert not gating.is_red


def test_an_entry_that_hides_too_much_is_refused() -> None:
    fails = [
        check(verdict=Verdict.FAIL, case=f"case {number}") for number in range(MOST_COVERED + 1)
    ]
    whole = (
        "known.yaml:4: expected an entry that covers at most 50 broken checks, saw 51"
        " (name scenarios and cases)"
    )

    assert not gate(*fails[:-1], known=[known()]).is_red
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        gate(*fails, known=[known()])


def test_many_findings_of_a_kind_are_cut_short() -> None:
    fails = [check(verdict=Verdict.FAIL, case=f"case {number}") for number in range(25)]

    lines = [*gate(*fails).lines()]

    assert lines[0].startswith("fails that are not listed (25): mend the target, or list them")
    assert lines[-2:] == ["  and 5 more", "gate: red, 25 findings, 0 known failures"]
