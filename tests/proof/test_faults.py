"""Each fault turns its own requirements red and no others; each check is turned red by a fault."""

import pytest

from conformance.engine.scenario import WHOLE_RUN, cases_of, load_scenarios
from conformance.words.catalogue import load_catalogues
from conformance.words.verdict import RED, Verdict
from reference_server.faults import FAULTS
from tests.proof.consequences import load_consequences
from tests.proof.lab import Key, Setup
from tests.proof.matrix import Matrix, write_table
from tests.proof.setups import BROKEN, HEALTHY, LIARS, SETUPS, VARIANTS

CATALOGUE = load_catalogues()
CONSEQUENCES = load_consequences()


def every_check() -> list[Key]:
    """Return requirement, scenario and case of all checks that there are."""
    keys: list[Key] = []
    for scenario in load_scenarios():
        if scenario.spec == "sse-client":
            continue  # judges clients: see tests/proof/clients
        cases = cases_of(scenario)
        # A case in one format judges the rows of that format.
        judged = [(case.name, case.scenario.requirements) for case in cases]
        for name, rows in judged or [(WHOLE_RUN, scenario.requirements)]:
            keys += [(row, scenario.full_id, name) for row in rows]
    return keys


@pytest.mark.parametrize("setup", [pytest.param(one, id=one.name) for one in HEALTHY])
def test_a_healthy_server_is_not_blamed(setup: Setup, matrix: Matrix) -> None:
    outcome = matrix[setup]

    assert {key: outcome.told[key] for key in outcome.red} == {}
    assert Verdict.ERROR not in outcome.verdicts.values()


@pytest.mark.parametrize("setup", [pytest.param(one, id=name) for name, one in VARIANTS.items()])
def test_a_legal_choice_is_not_blamed(setup: Setup, matrix: Matrix) -> None:
    outcome = matrix[setup]

    assert {key: outcome.told[key] for key in outcome.red if outcome.verdicts[key] == "fail"} == {}
    assert Verdict.ERROR not in outcome.verdicts.values()


@pytest.mark.parametrize("setup", [pytest.param(one, id=name) for name, one in BROKEN.items()])
def test_a_fault_turns_its_own_requirements_red(setup: Setup, matrix: Matrix) -> None:
    outcome = matrix[setup]
    fault = FAULTS[setup.name]

    assert set(fault.breaks) - outcome.turned == set()


@pytest.mark.parametrize("setup", [pytest.param(one, id=name) for name, one in BROKEN.items()])
def test_a_fault_turns_nothing_else_red(setup: Setup, matrix: Matrix) -> None:
    outcome = matrix[setup]
    fault = FAULTS[setup.name]
    declared = {*fault.breaks, *CONSEQUENCES.get(fault.name, ())}

    assert {key: outcome.told[key] for key in outcome.red if key[0] not in declared} == {}


@pytest.mark.parametrize("name", CONSEQUENCES)
def test_what_a_fault_is_said_to_break_beside_is_broken(name: str, matrix: Matrix) -> None:
    outcome = matrix[BROKEN[name]]

    assert CONSEQUENCES[name] - {key[0] for key in outcome.red} == set()


@pytest.mark.parametrize(
    ("setup", "broken"), [pytest.param(one, rows, id=one.name) for one, rows in LIARS]
)
def test_a_false_claim_is_seen(setup: Setup, broken: frozenset[str], matrix: Matrix) -> None:
    outcome = matrix[setup]

    assert {key[0] for key in outcome.red} <= broken
    assert outcome.red


def test_every_must_row_of_the_server_side_has_a_fault() -> None:
    broken = {row for fault in FAULTS.values() for row in fault.breaks}

    missing = [
        row.id
        for row in CATALOGUE.requirements.values()
        if row.is_for_servers
        and row.testable != "no"
        and row.level in ("MUST", "MUST NOT")
        and row.id not in broken
    ]

    assert missing == []


def test_every_check_is_seen_to_pass_and_to_notice(matrix: Matrix) -> None:
    outcomes = {name: matrix[setup] for name, setup in SETUPS.items()}

    never_passed = [
        key
        for key in every_check()
        if not any(o.verdicts.get(key) == "pass" for o in outcomes.values())
    ]
    never_noticed = [
        key for key in every_check() if not any(o.noticed(key) for o in outcomes.values())
    ]
    never_red = [
        key
        for key in every_check()
        if CATALOGUE.requirement(key[0]).when_broken in RED
        and not any(
            key in outcomes[name].red for name in [*BROKEN, *(one.name for one, _ in LIARS)]
        )
    ]

    write_table(outcomes)
    assert (never_passed, never_noticed, never_red) == ([], [], [])
