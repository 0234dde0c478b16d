"""Cases run several times: the worst stands, and what differs is flaky."""

from dataclasses import replace
from typing import Any

import pytest

from conformance.reporting.rounds import Rounds, fold_rounds
from conformance.words.events import CaseFinished, RunEvent, RunFinished, RunStarted
from conformance.words.schema_files import validator
from conformance.words.verdict import Check, Verdict
from tests.conformance.corpus import MUST, OTHER
from tests.conformance.reporting.told import builder, check, exchange, finished

NAME = "jsonrpc/one/-"


def of(*checks: Check) -> CaseFinished:
    return finished(NAME, *checks, exchanges=(exchange(1), exchange(2)))


def seen(verdict: str, number: int = 1) -> Check:
    return check(verdict=Verdict(verdict), message=verdict, exchange=f"{NAME}#{number}")


@pytest.mark.parametrize(
    ("verdicts", "stands", "is_flaky"),
    [
        pytest.param("pass pass", "pass", False, id="the same"),
        pytest.param("fail fail fail", "fail", False, id="always broken"),
        pytest.param("pass fail", "fail", True, id="broken once"),
        pytest.param("fail pass pass", "fail", True, id="broken first"),
        pytest.param("pass error", "error", True, id="an error once"),
        pytest.param("warn untested", "warn", True, id="a warning once"),
        pytest.param("pass not-applicable", "untested", True, id="never a pass"),
    ],
)
def test_the_worst_of_a_check_stands(verdicts: str, stands: str, *, is_flaky: bool) -> None:
    [found] = fold_rounds([of(seen(one)) for one in verdicts.split()]).checks

    assert found.verdict == stands
    assert found.is_flaky is is_flaky
    assert found.verdicts == tuple(Verdict(one) for one in verdicts.split())


def test_the_exchange_of_the_round_that_stands_is_kept_under_its_own_id() -> None:
    found = fold_rounds([of(seen("pass")), of(seen("fail", 2)), of(seen("pass"))])

    assert found.checks[0].exchange == f"{NAME}#2.2"
    ids = [one.id for one in found.exchanges]
    assert ids == [f"{NAME}#1", f"{NAME}#2", f"{NAME}#1.2", f"{NAME}#2.2"]


def test_where_the_first_round_stands_for_all_no_other_exchange_is_kept() -> None:
    found = fold_rounds([of(seen("pass")), of(seen("pass"))])

    assert [one.id for one in found.exchanges] == [f"{NAME}#1", f"{NAME}#2"]


def test_a_check_without_an_exchange_is_folded_too() -> None:
    found = fold_rounds([of(check()), of(check(verdict=Verdict.FAIL))])

    assert [(one.verdict, one.exchange) for one in found.checks] == [("fail", None)]


def test_a_check_that_came_up_in_one_round_only_is_there() -> None:
    found = fold_rounds([of(seen("pass")), of(seen("pass"), check(OTHER))])

    assert [one.requirement for one in found.checks] == [MUST, OTHER]


def test_rounds_take_the_time_that_they_took_together() -> None:
    rounds = [replace(of(check()), duration_s=1.5), replace(of(check()), duration_s=2.0)]

    assert fold_rounds(rounds).duration_s == 3.5


def test_a_case_that_finishes_again_in_a_round_replaces_what_it_was() -> None:
    rounds = Rounds()

    rounds.take(of(seen("fail")))
    rounds.take(of(seen("pass")))

    assert [one.verdict for case in rounds.cases for one in case.checks] == ["pass"]
    assert rounds.number == 1


def test_a_report_of_several_rounds_keeps_its_schema_and_says_what_is_flaky() -> None:
    events: list[RunEvent] = []
    for seed, verdict in enumerate(("pass", "fail")):
        events += [
            RunStarted(cases=1, jobs=1, seed=seed),
            of(seen(verdict)),
            RunFinished(duration_s=1.5),
        ]

    report: dict[str, Any] = builder(*events).document()

    validator("report").validate(report)
    assert report["summary"] == {**dict.fromkeys(map(str, Verdict), 0), "fail": 1}
    [row] = report["checks"]
    assert row["flaky"] == {"verdicts": ["pass", "fail"]}
    assert report["run"]["seed"] == 0
    assert report["run"]["duration_s"] == 3.0
    assert report["notes"] == [
        "1 requirement is flaky: judged differently from one time to the next; none of it is a pass"
    ]
