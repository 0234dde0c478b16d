"""Which cases a fault is run against: all that can tell of it, and a share of all others.

That a fault turns its own rows red needs the scenarios of these rows. That it turns nothing else
red needs all scenarios: `WIRECHECK_PROOF=whole` (`tox -e proof`) runs them, for half an hour and
more. Otherwise each fault meets one in `SHARE` of the others, and each of the others one in
`SHARE` of the faults; which ones, their names decide. What a scenario that watches the whole run
looks for may come in any case: a fault that it has to see meets one in `WATCHED_SHARE`.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from conformance.engine.plan import matches, with_driver
from conformance.engine.scenario import Scenario, cases_of, load_scenarios
from conformance.words.catalogue import load_catalogues
from conformance.words.verdict import RED
from reference_server.faults import FAULTS
from tests.proof.consequences import load_consequences
from tests.proof.lab import Setup

SHARE: Final = 8
WATCHED_SHARE: Final = 3
IS_WHOLE: Final = os.environ.get("WIRECHECK_PROOF") == "whole"


@cache
def _scenarios() -> Sequence[tuple[Scenario, frozenset[str]]]:
    """Return all scenarios with their drivers, and the rows that each judges."""
    return [
        (with_driver(one), frozenset({*_rows(one), *one.requirements})) for one in load_scenarios()
    ]


def _rows(scenario: Scenario) -> set[str]:
    return {row for case in cases_of(scenario) for row in case.scenario.requirements}


@cache
def _always() -> frozenset[str]:
    """Return the scenarios that every fault meets.

    Those that others rely on; and those that nothing turns red, so that no fault declares them:
    that a permission is not used is seen wherever it is.
    """
    catalogue = load_catalogues()
    relied = {
        one for scenario, _ in _scenarios() for case in cases_of(scenario) for one in case.relies_on
    }
    quiet = {
        scenario.full_id
        for scenario, rows in _scenarios()
        if not any(catalogue.requirement(row).when_broken in RED for row in rows)
    }
    return frozenset(relied | quiet)


@cache
def _consequences() -> Mapping[str, frozenset[str]]:
    return load_consequences()


def in_scope(setup: Setup) -> Setup:
    """Return the setup of a fault with fewer cases; any other as it is."""
    fault = FAULTS.get(setup.name)
    if IS_WHOLE or fault is None or not fault.breaks:
        return setup
    declared = {*fault.breaks, *_consequences().get(fault.name, ())}
    drivers = {"jsonrpc", *setup.surfaces}
    watchers = [rows for one, rows in _scenarios() if one.on_every is not None]
    share = WATCHED_SHARE if any(rows & declared for rows in watchers) else SHARE
    chosen: list[str] = []
    for scenario, rows in _scenarios():
        names = [scenario.full_id, scenario.id, *rows]
        if scenario.driver not in drivers or (setup.only and not matches(setup.only, names)):
            continue
        always = scenario.on_every is not None or scenario.full_id in _always()
        if rows & declared or always or _is_drawn(fault.name, scenario.full_id, share):
            chosen.append(scenario.full_id)
    return replace(setup, only=tuple(chosen))


def _is_drawn(fault: str, scenario: str, share: int) -> bool:
    digest = hashlib.blake2b(f"{fault} {scenario}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") % share == 0
