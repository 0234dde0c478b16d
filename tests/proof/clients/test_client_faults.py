"""Each fault of a client turns its own rows red and no others; each row is turned red by one.

A fault is tried in all cases of the scenarios that judge its rows, and in the first case of each
other one; where WIRECHECK_CI is set, in all cases of all.
"""

import os
from collections.abc import Set as AbstractSet
from dataclasses import replace

import anyio
import pytest

from conformance.clients.session import load_client_scenarios
from conformance.engine.scenario import Scenario
from conformance.words.catalogue import load_catalogues
from conformance.words.verdict import RED, Check, Verdict
from tests.proof.clients.faults import FAULTS, LEGAL, ClientFault
from tests.proof.clients.lab import judge

AT_ONCE = 6  # clients judged at the same time: most of a run is waiting
BATCH = 12
LONGER_S = 15.0
CALM_JOBS = (12, 2)  # of the second look, and of the third
CATALOGUE = load_catalogues()
CORPUS = load_client_scenarios()
_OUTCOMES: dict[str, list[Check]] = {}


def cases() -> list[object]:
    """Return the faults in batches: one batch is run at once, by one worker."""
    return [
        pytest.param(
            fault, id=fault.name, marks=pytest.mark.xdist_group(f"client-faults-{index // BATCH}")
        )
        for index, fault in enumerate(FAULTS.values())
    ]


def scenarios_for(name: str) -> list[Scenario]:
    """Return what a fault is tried in."""
    if name not in FAULTS or os.environ.get("WIRECHECK_CI"):
        return list(CORPUS)
    breaks = FAULTS[name].breaks
    return [
        one if breaks & set(one.requirements) else replace(one, cases=one.cases[:1])
        for one in CORPUS
    ]


async def judge_one(name: str) -> list[Check]:
    return await judge({name} if name else frozenset(), scenarios_for(name))


async def judge_calmly(name: str, rows: AbstractSet[str], jobs: int) -> list[Check]:
    """Judge rows with more time and fewer cases at once: short waits can be told from long."""
    faults = {name} if name else frozenset()
    scenarios = [one for one in scenarios_for(name) if rows & set(one.requirements)]
    return await judge(faults, scenarios, timeout_s=LONGER_S, jobs=jobs)


def checks_of(name: str) -> list[Check]:
    """Return what the client with this fault came to; its whole batch is judged with it."""
    if name not in _OUTCOMES:
        start = list(FAULTS).index(name) // BATCH * BATCH if name in FAULTS else None
        batch = [name] if start is None else list(FAULTS)[start : start + BATCH]
        anyio.run(_judge_all, batch)
    return _OUTCOMES[name]


async def _judge_all(names: list[str]) -> None:
    limit = anyio.CapacityLimiter(AT_ONCE)

    async def one(name: str) -> None:
        async with limit:
            _OUTCOMES[name] = await judge_one(name)

    async with anyio.create_task_group() as tasks:
        for name in names:
            tasks.start_soon(one, name)


def noticed(checks: list[Check]) -> set[str]:
    """Return the rows that broke; where a row allows no more, those with a remark."""
    return {
        check.requirement
        for check in checks
        if check.verdict in RED or check.message.startswith("remark:")
    }


def told(checks: list[Check], rows: set[str]) -> list[str]:
    return [
        f"{one.requirement} {one.case}: {one.message}" for one in checks if one.requirement in rows
    ]


def settled(name: str, breaks: AbstractSet[str] = frozenset()) -> list[Check]:
    """Return all checks; those in doubt of a longer look, where a busy machine cut waits short."""
    checks = checks_of(name)
    for jobs in CALM_JOBS:
        if not (doubtful := noticed(checks) ^ breaks):
            break
        again = anyio.run(judge_calmly, name, doubtful, jobs)
        checks = [one for one in checks if one.requirement not in doubtful]
        checks += [one for one in again if one.requirement in doubtful]
    return checks


@pytest.mark.parametrize("name", [pytest.param("", id="none"), *LEGAL])
def test_a_right_client_is_not_blamed(name: str) -> None:
    checks = settled(name)

    assert told(checks, noticed(checks)) == []
    assert {one.verdict for one in checks} <= {Verdict.PASS, Verdict.NOT_APPLICABLE}


@pytest.mark.parametrize("fault", cases())
def test_a_fault_turns_its_rows_red_and_no_others(fault: ClientFault) -> None:
    checks = settled(fault.name, fault.breaks)
    broken = noticed(checks)

    assert sorted(fault.breaks - broken) == []
    assert told(checks, broken - fault.breaks) == []


def test_every_testable_row_of_clients_has_a_fault() -> None:
    broken = {row for fault in FAULTS.values() for row in fault.breaks}

    missing = [
        row.id
        for row in CATALOGUE.requirements.values()
        if row.class_name == "sse.client" and row.testable != "no"
        if row.level != "MAY" and row.id not in broken
    ]

    assert missing == []


def test_every_testable_row_of_clients_has_a_scenario() -> None:
    judged = {row for one in CORPUS for row in one.requirements}

    missing = [
        row.id
        for row in CATALOGUE.requirements.values()
        if row.party in ("client", "both") and "sse.client" in row.needs
        if row.testable != "no" and row.id not in judged
    ]

    assert missing == []
