"""Verdicts, and which of two stands."""

import pytest

from conformance.words.verdict import RED, Check, Level, Verdict, worse


def check(verdict: Verdict, message: str = "") -> Check:
    return Check(
        requirement="JSONRPC-5-01",
        level=Level.MUST,
        scenario="jsonrpc/call",
        case="as bound",
        verdict=verdict,
        message=message,
    )


# From what says least to what says most.
ORDER = ["not-applicable", "pass", "untested", "error", "warn", "fail"]


@pytest.mark.parametrize(
    ("lesser", "greater"),
    [
        pytest.param(Verdict(lesser), Verdict(greater), id=f"{lesser}, {greater}")
        for index, lesser in enumerate(ORDER)
        for greater in ORDER[index + 1 :]
    ],
)
def test_the_more_severe_of_two_verdicts_stands(lesser: Verdict, greater: Verdict) -> None:
    first, second = check(lesser), check(greater)

    assert worse(first, second) is second
    assert worse(second, first) is second


@pytest.mark.parametrize("verdict", [pytest.param(one, id=one) for one in Verdict])
def test_of_two_equal_verdicts_the_first_stands(verdict: Verdict) -> None:
    first, second = check(verdict, "first"), check(verdict, "second")

    assert worse(first, second) is first


def test_a_check_is_known_by_requirement_scenario_and_case() -> None:
    assert check(Verdict.PASS).key == ("JSONRPC-5-01", "jsonrpc/call", "as bound")


def test_broken_rules_are_red_and_nothing_else_is() -> None:
    assert {verdict.value for verdict in RED} == {"fail", "warn"}
