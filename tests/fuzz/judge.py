"""Observations held against what the suite's scenarios ask of every exchange.

The same expectations as in a run, so that a schemathesis check and a report never disagree.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from conformance.engine.judge import CompiledPointers
from conformance.engine.plan import with_driver
from conformance.engine.scenario import Scenario, Step, load_scenario_file, load_scenarios
from conformance.engine.watch import Watchers
from conformance.words.catalogue import load_catalogues
from conformance.words.json_value import Json
from conformance.words.verdict import Verdict

#: What schemathesis' targets have to keep that no scenario asks of every exchange.
EXPECTATIONS: Final = Path(__file__).parent / "expectations"


@dataclass(frozen=True, slots=True)
class Breach:
    """A requirement that an exchange broke, and how."""

    requirement: str
    message: str


def breaches(surface: str, observation: Mapping[str, Json]) -> Iterator[Breach]:
    """Yield what an observation of a surface breaks; what would be a warning is left out."""
    catalogue = load_catalogues()
    for (_, name), step, holds in _watchers(surface).look(observation):
        requirement = catalogue.requirement(name)
        if not holds and requirement.when_broken is Verdict.FAIL:
            broken = _expected(step, name).broken(observation)
            if broken is not None:  # else it is only what the step would rather have
                yield Breach(name, f"{requirement.statement} {broken.message}")


@cache
def _watchers(surface: str) -> Watchers:
    return Watchers(
        (one for one in _scenarios() if one.driver == surface and one.on_every is not None),
        CompiledPointers,
    )


def _scenarios() -> Iterator[Scenario]:
    yield from map(with_driver, load_scenarios())
    for path in sorted(EXPECTATIONS.glob("*.yaml")):
        yield from map(with_driver, load_scenario_file(path, spec=path.stem))


def _expected(step: Step, name: str) -> CompiledPointers:
    return CompiledPointers(step.expect.get(name, {}))
