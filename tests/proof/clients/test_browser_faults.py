"""Each fault of a browser's EventSource turns its own rows red; without one, none is.

All are judged in one run, in one page: a scenario is there once a fault that breaks a row of it.
"""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

import anyio
import pytest

from conformance.clients.browser import opened_page
from conformance.clients.lab import open_lab
from conformance.clients.session import ClientOptions, load_client_scenarios, open_client_session
from conformance.engine.scenario import Scenario
from conformance.words.json_value import Json
from conformance.words.verdict import RED, Check
from conformance.words.yaml_file import load_yaml

FILE = Path(__file__).with_name("browser_faults.yaml")
TOPIC = "browser.yaml"
PATIENCE_S = 10.0
# Chromium takes this address, with the spaces written as %20: a defect of its own.
CHROMIUMS_OWN = {"url-that-is-none"}
NONE: Final = "none"
pytestmark = [pytest.mark.needs_chromium, pytest.mark.xdist_group("chromium")]


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserFault:
    """What stands in place of the browser's own, and the rows that it turns red."""

    name: str
    breaks: frozenset[str]
    script: str


def load_faults() -> list[BrowserFault]:
    rows = cast("Mapping[str, Mapping[str, Any]]", load_yaml(FILE))
    return [
        BrowserFault(name=name, breaks=frozenset(row["breaks"]), script=row["script"])
        for name, row in rows.items()
    ]


FAULTS = load_faults()
SCENARIOS = [one for one in load_client_scenarios() if one.path.name == TOPIC]


def with_fault(scenario: Scenario, name: str, script: str) -> Scenario:
    """Return a scenario whose scripts run behind a fault's."""

    def changed(send: Mapping[str, Json]) -> dict[str, Json]:
        client = cast("dict[str, Json]", send["client"])
        return {**send, "client": {**client, "script": f"{script}{client['script']}"}}

    return replace(
        scenario,
        id=f"{scenario.id}--{name}",
        relies_on=(),
        steps=tuple(replace(step, send=changed(step.send)) for step in scenario.steps),
    )


def all_scenarios() -> Iterator[Scenario]:
    for one in SCENARIOS:
        yield with_fault(one, NONE, "")
        for fault in FAULTS:
            if fault.breaks & {*one.requirements}:
                yield with_fault(one, fault.name, fault.script)


async def judge() -> list[Check]:
    options = ClientOptions(name="Chromium", patience_s=PATIENCE_S, seed=1)
    async with open_lab() as lab, opened_page(lab, "chromium") as page:
        session = await open_client_session(lab, page, options, scenarios=[*all_scenarios()])
        await session.run(lambda event: None)  # noqa: ARG005 - nothing is shown
        return session.report.checks


@cache
def judged() -> list[Check]:
    """Return the checks of all faults."""
    if shutil.which("chromium") is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    return anyio.run(judge)


def red(name: str) -> dict[tuple[str, str], str]:
    """Return requirement and scenario of what is red with a fault, and what was told of it."""
    return {
        (one.requirement, one.scenario.partition("/")[2].partition("--")[0]): one.message
        for one in judged()
        if one.verdict in RED and one.scenario.endswith(f"--{name}")
    }


@pytest.mark.parametrize("fault", [pytest.param(one, id=one.name) for one in FAULTS])
def test_a_fault_of_event_source_turns_its_rows_red(fault: BrowserFault) -> None:
    assert {row for row, _ in red(fault.name)} == fault.breaks


def test_chromium_is_blamed_for_nothing_but_its_own() -> None:
    told = {key: message for key, message in red(NONE).items() if key[1] not in CHROMIUMS_OWN}

    assert told == {}


def test_every_row_of_event_source_has_a_fault() -> None:
    broken = {row for fault in FAULTS for row in fault.breaks}

    # SSE-9.2.2-15 is a permission.
    assert {row for one in SCENARIOS for row in one.requirements} - broken == {"SSE-9.2.2-15"}
