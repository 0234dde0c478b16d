"""`wirecheck list` and `wirecheck explain`: what is in the suite, before anything is run."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Final

from conformance.coverage import coverage_lines, proven_by, sections_of
from conformance.engine.scenario import Scenario, cases_of, load_scenarios
from conformance.errors import InputError
from conformance.words.catalogue import Catalogue, Requirement, load_catalogues

_WHAT: Final = ("requirements", "scenarios", "faults", "classes")


def list_lines(what: str) -> Iterator[str]:
    """Yield one line for each thing of a kind.

    Raises:
        InputError: another kind.
    """
    match what:
        case "requirements":
            for one in load_catalogues().requirements.values():
                yield f"{one.id}\t{one.level}\t{one.party}\t{one.class_name}\t{one.statement}"
        case "scenarios":
            for scenario in load_scenarios():
                cases = len(cases_of(scenario))
                yield f"{scenario.full_id}\t{cases} cases\t{scenario.title}"
        case "classes":
            catalogue = load_catalogues()
            for name, title in catalogue.classes.items():
                rows = [r for r in catalogue.requirements.values() if r.class_name == name]
                yield f"{name}\t{len(rows)} requirements\t{title}"
        case "faults":
            yield from fault_lines()
        case _:
            raise InputError("list", f"one of {', '.join(_WHAT)}", what)


def fault_lines() -> Iterator[str]:
    """Yield the faults of the reference server, which is asked as the other program it is."""
    command = [sys.executable, "-m", "reference_server", "faults"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    yield from done.stdout.splitlines()


def requirement_coverage_lines() -> Iterator[str]:
    """Yield how much of each section is testable, tested, and proven by a reference server fault.

    Clients are judged without the reference server, so that no fault of it proves their rows.
    """
    proven = proven_by(fault_lines())
    yield from coverage_lines(sections_of(load_catalogues(), load_scenarios(), proven=proven))


def explain_lines(name: str) -> Iterator[str]:
    """Yield all about one requirement, ambiguity, scenario or class.

    Raises:
        InputError: no such thing.
    """
    catalogue = load_catalogues()
    scenarios = load_scenarios()
    if name in catalogue.requirements:
        yield from _requirement(catalogue.requirements[name], catalogue, scenarios)
    elif name in catalogue.ambiguities:
        one = catalogue.ambiguities[name]
        yield f"{one.id}: {one.topic}"
        yield one.ambiguity
        yield f"worst verdict: {one.policy}; {one.suite_should}"
        yield from (f"  argued in {reference}" for reference in one.references)
    elif name in catalogue.classes:
        yield f"{name}: {catalogue.classes[name]}"
        for row in catalogue.requirements.values():
            if row.class_name == name:
                yield f"  {row.id} ({row.level}) {row.statement}"
    else:
        yield from _scenario(name, catalogue, scenarios)


def _requirement(
    row: Requirement, catalogue: Catalogue, scenarios: tuple[Scenario, ...]
) -> Iterator[str]:
    yield f"{row.id} ({row.level}, {row.party}, class {row.class_name})"
    yield row.statement
    yield row.link
    yield f"how it is tested: {row.how_to_test}"
    if row.needs:
        yield "needs: " + "; ".join(
            f"{name} ({catalogue.capabilities[name].title})" for name in row.needs
        )
    yield f"when it is broken: {row.when_broken}"
    if row.testable != "yes":
        yield f"testable: {row.testable}. {row.limits}"
    if row.why:
        yield f"why it matters: {row.why}"
    if row.note:
        yield f"note: {row.note}"
    for name in row.ambiguities:
        one = catalogue.ambiguities[name]
        yield f"{name}: {one.ambiguity} {one.suite_should}"
    mine = [one for one in scenarios if row.id in one.requirements]
    if not mine:
        yield "no scenario judges it"
    for scenario in mine:
        names = ", ".join(case.name for case in cases_of(scenario)) or "watches the whole run"
        yield f"judged by {scenario.full_id}: {names}"


def _scenario(name: str, catalogue: Catalogue, scenarios: tuple[Scenario, ...]) -> Iterator[str]:
    found = [one for one in scenarios if name in (one.id, one.full_id)]
    if not found:
        import difflib  # noqa: PLC0415 - only on the way to an error message

        names = [*catalogue.requirements, *catalogue.classes, *(one.id for one in scenarios)]
        near = difflib.get_close_matches(name, names, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}?" if near else "`wirecheck list scenarios`"
        raise InputError("explain", "a requirement, scenario or class", name, hint)
    for scenario in found:
        yield f"{scenario.full_id}: {scenario.title}"
        yield scenario.line()
        if scenario.note:
            yield scenario.note
        if scenario.needs:
            yield f"needs {', '.join(scenario.needs)}"
        for row in map(catalogue.requirement, scenario.requirements):
            yield f"  judges {row.id} ({row.level}) {row.statement}"
        for case in cases_of(scenario):
            yield f"  case {case.name}"
