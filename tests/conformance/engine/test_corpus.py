"""The scenarios and catalogues that we ship, held to what the format promises."""

import re

import pytest

from conformance.engine.lint import FULL_PROFILE, lint, relied_in_a_ring, untested_requirements
from conformance.engine.scenario import Scenario, cases_of, load_scenarios, scenario_files
from conformance.words.catalogue import load_catalogues
from conformance.words.target import build_target

SCHEMAS = {
    "jsonrpc": "observation/jsonrpc",
    "sse": "observation/sse",
    "odata": "observation/odata",
    "sse-client": "observation/sse-client",
}
SCENARIOS = load_scenarios()
EVERY_SCENARIO = pytest.mark.parametrize(
    "scenario", [pytest.param(one, id=one.full_id) for one in SCENARIOS]
)


def test_the_corpus_keeps_every_lint_rule() -> None:
    catalogue = load_catalogues()
    target = build_target(
        FULL_PROFILE,
        capabilities=catalogue.capabilities,
        paths={
            "jsonrpc": ("/rpc", "127.0.0.1"),
            "sse": ("/events", "127.0.0.1"),
            "odata": ("/odata", "127.0.0.1"),
        },
    )

    found = lint(SCENARIOS, catalogue=catalogue, schemas=SCHEMAS, document=target.document)

    assert [str(error) for error in found] == []


def test_every_testable_server_requirement_has_a_scenario() -> None:
    assert untested_requirements(SCENARIOS, load_catalogues()) == []


def test_no_scenario_relies_on_itself() -> None:
    assert relied_in_a_ring(SCENARIOS) == []


def test_every_file_names_its_schema_for_editors() -> None:
    line = "# yaml-language-server: $schema=../../../schemas/scenario.schema.json"

    without = [
        str(path)
        for _, path in scenario_files()
        if path.read_text(encoding="utf-8").split("\n", 1)[0] != line
    ]

    assert without == []


@EVERY_SCENARIO
def test_a_title_states_what_holds(scenario: Scenario) -> None:
    assert not re.search(r"\bshould\b|\btest that\b|\bmust\b", scenario.title, re.IGNORECASE)


@EVERY_SCENARIO
def test_a_scenario_judges_something(scenario: Scenario) -> None:
    assert scenario.requirements


@EVERY_SCENARIO
def test_an_exclusive_scenario_is_not_relied_on(scenario: Scenario) -> None:
    by_id = {one.full_id: one for one in SCENARIOS}

    relied = [by_id[name] for name in scenario.relies_on]

    assert [one.id for one in relied if one.exclusive] == []


def test_case_ids_are_unique_over_the_corpus() -> None:
    ids = [case.id for scenario in SCENARIOS for case in cases_of(scenario)]

    assert len(ids) == len(set(ids))
