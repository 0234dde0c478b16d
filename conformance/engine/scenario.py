"""Scenarios as loaded from their files, and expanded into cases."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Final, cast

import conformance
from conformance.errors import InputError
from conformance.words.json_value import Json, is_object
from conformance.words.schema_files import load_checked
from conformance.words.yaml_file import place

SCENARIOS: Final = Path(conformance.__file__).resolve().parent / "scenarios"
ONLY_CASE: Final = "-"  # the name of the one case of a scenario without `cases`
WHOLE_RUN: Final = "whole run"  # the name of the case of a scenario with `on_every`

Pointers = Mapping[str, Json]
Expectations = Mapping[str, Pointers]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """Send again: until the expectations hold, or `every_time` for set-up."""

    at_most: int
    pause_ms: int | str = 0
    every_time: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One send and what is expected of what came back; templates not yet replaced."""

    index: int
    name: str
    send: Mapping[str, Json]
    given: Pointers
    applies: Expectations
    expect: Expectations
    prefer: Expectations
    report: Mapping[str, str]
    repeat: Repeat | None = None

    @property
    def requirements(self) -> list[str]:
        """Ids of the requirements that the step judges, in order."""
        return list(dict.fromkeys([*self.expect, *self.prefer]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """An ordered exchange with a target."""

    id: str
    spec: str
    topic: str
    title: str
    path: Path
    pointer: str
    needs: tuple[str, ...]
    relies_on: tuple[str, ...]  # full ids
    driver: str
    exclusive: bool
    writes: bool
    cases: tuple[Mapping[str, Json], ...]
    steps: tuple[Step, ...]
    on_every: Pointers | None = None
    in_formats: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    note: str = ""

    @property
    def full_id(self) -> str:
        """`spec/id`, as it stands in reports."""
        return f"{self.spec}/{self.id}"

    @property
    def requirements(self) -> list[str]:
        """Ids of the requirements that any step judges, in any format, in order."""
        steps = [step for steps in self.in_formats.values() for step in steps] or self.steps
        return list(dict.fromkeys(one for step in steps for one in step.requirements))

    def in_format(self, name: str) -> "Scenario":
        """Return the scenario as it is run in one of its formats."""
        return replace(self, steps=self.in_formats[name], in_formats={})

    def line(self) -> str:
        """`file:line` of the scenario."""
        return place(self.path, self.pointer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row of a scenario."""

    scenario: Scenario
    index: int
    name: str
    values: Mapping[str, Json]
    needs: tuple[str, ...]
    relies_on: tuple[str, ...]

    @property
    def id(self) -> str:
        """`spec/scenario/case`, unique in a run."""
        return f"{self.scenario.full_id}/{self.name}"


def cases_of(scenario: Scenario) -> list[Case]:
    """Expand a scenario into its cases; none for one that watches the whole run.

    With formats, each case is there once a format, which stands behind its name.
    """
    if scenario.on_every is not None:
        return []
    if scenario.in_formats:
        return [
            _in_format(case, name)
            for name in scenario.in_formats
            for case in cases_of(scenario.in_format(name))
        ]
    rows = scenario.cases or ({"name": ONLY_CASE},)
    return [
        Case(
            scenario=scenario,
            index=index,
            name=str(row["name"]),
            values=row,
            needs=(*scenario.needs, *cast("list[str]", row.get("needs", []))),
            relies_on=(*scenario.relies_on, *_relied(row.get("relies_on", []), spec=scenario.spec)),
        )
        for index, row in enumerate(rows)
    ]


def _in_format(case: Case, name: str) -> Case:
    return replace(
        case,
        name=name if case.name == ONLY_CASE else f"{case.name}, {name}",
        values={**case.values, "format": name},
        needs=(f"odata.{name}-batch", *case.needs),
    )


def _relied(names: Json, *, spec: str, own: str = "") -> tuple[str, ...]:
    """Return the full ids of scenarios that are relied on; a scenario does not rely on itself."""
    ids = (name if "/" in name else f"{spec}/{name}" for name in cast("Sequence[str]", names))
    return tuple(one for one in ids if one != f"{spec}/{own}")


def _read_step(index: int, row: Mapping[str, Json]) -> Step:
    repeat = cast("dict[str, Json] | None", row.get("repeat"))
    return Step(
        index=index,
        name=str(row.get("name", f"step{index + 1}")),
        send=cast("Mapping[str, Json]", row["send"]),
        given=cast("Pointers", row.get("given", {})),
        applies=cast("Expectations", row.get("applies", {})),
        expect=cast("Expectations", row.get("expect", {})),
        prefer=cast("Expectations", row.get("prefer", {})),
        report=cast("Mapping[str, str]", row.get("report", {})),
        repeat=None if repeat is None else _read_repeat(repeat),
    )


def _read_repeat(row: Mapping[str, Json]) -> Repeat:
    return Repeat(
        at_most=cast("int", row["at_most"]),
        pause_ms=cast("int | str", row.get("pause_ms", 0)),
        every_time=row.get("every_time") is True,
    )


def _read_scenario(
    row: Mapping[str, Json], *, file: Mapping[str, Json], spec: str, path: Path, pointer: str
) -> Scenario:
    on_every = cast("Pointers | None", row.get("on_every"))
    defaults = cast("Mapping[str, Json]", row.get("case_defaults", {}))
    cases = cast("list[Mapping[str, Json]]", row.get("cases", []))
    rows = cast("list[Mapping[str, Json]]", row.get("steps", []))
    if on_every is not None:
        watched = {name: row[name] for name in ("expect", "prefer") if name in row}
        rows = [{"name": "any", "send": {}, **watched}]
    return Scenario(
        id=str(row["id"]),
        spec=spec,
        topic=str(file["topic"]),
        title=str(row["title"]),
        path=path,
        pointer=pointer,
        needs=_joined(file, row, "needs"),
        relies_on=_relied(_joined(file, row, "relies_on"), spec=spec, own=str(row["id"])),
        driver=str(row.get("driver", "")),
        exclusive=row.get("exclusive") is True,
        writes=row.get("writes") is True,
        cases=tuple({**defaults, **one} for one in cases),
        steps=tuple(_read_step(index, step) for index, step in enumerate(rows)),
        on_every=on_every,
        in_formats={
            name: tuple(
                _read_step(index, _step_in_format(step, name, aliases))
                for index, step in enumerate(rows)
            )
            for name, aliases in cast("Mapping[str, _Aliases]", row.get("formats", {})).items()
        },
        note=str(row.get("note", "")),
    )


_Aliases = Mapping[str, Sequence[str]]  # name of an expectation → requirements


def _step_in_format(step: Mapping[str, Json], name: str, aliases: _Aliases) -> Mapping[str, Json]:
    """Return a step with the requirements that its expectations stand for in one format.

    A name without requirements in this format says nothing here.
    """
    changed: dict[str, Json] = dict(step)
    for kind in ("applies", "expect", "prefer"):
        if kind in step:
            expectations = cast("Expectations", step[kind])
            changed[kind] = {
                requirement: pointers
                for key, pointers in expectations.items()
                for requirement in (aliases.get(key, ()) if key.islower() else (key,))
            }
    send = cast("Mapping[str, Json]", step["send"])
    if is_object(batch := send.get("batch")):
        changed["send"] = {**send, "batch": {"format": name, **batch}}
    return changed


def _joined(file: Mapping[str, Json], row: Mapping[str, Json], name: str) -> tuple[str, ...]:
    """Return the names that a whole file gives and those of one scenario."""
    names = [*cast("list[str]", file.get(name, [])), *cast("list[str]", row.get(name, []))]
    return tuple(dict.fromkeys(names))


def load_scenario_file(path: Path, *, spec: str) -> list[Scenario]:
    """Read one topic.

    Raises:
        InputError: unreadable or not what the scenario schema says, with `file:line`.
    """
    document = cast("dict[str, Json]", load_checked(path, "scenario"))
    rows = cast("list[dict[str, Json]]", document["scenarios"])
    return [
        _read_scenario(row, file=document, spec=spec, path=path, pointer=f"/scenarios/{index}")
        for index, row in enumerate(rows)
    ]


def scenario_files(folder: Path = SCENARIOS) -> Iterator[tuple[str, Path]]:
    """Yield spec and path of each scenario file, sorted."""
    for path in sorted(folder.glob("*/*.yaml")):
        yield path.parent.name, path


@cache
def load_scenarios(folder: Path = SCENARIOS) -> tuple[Scenario, ...]:
    """Read all scenarios of a folder.

    Raises:
        InputError: as `load_scenario_file`, an id twice within a spec, or none at all.
    """
    scenarios: dict[str, Scenario] = {}
    for spec, path in scenario_files(folder):
        for scenario in load_scenario_file(path, spec=spec):
            if scenario.full_id in scenarios:
                first = scenarios[scenario.full_id].line()
                raise InputError(scenario.line(), f"an id that {first} has not", scenario.id)
            scenarios[scenario.full_id] = scenario
    if not scenarios:
        raise InputError(str(folder), "at least one scenario", "none")
    return tuple(scenarios.values())


def places_of(scenarios: Sequence[Scenario]) -> list[str]:
    """Return the ids of all cases in the order of a report; those that watch come last."""
    watching = [f"{one.full_id}/{WHOLE_RUN}" for one in scenarios if one.on_every is not None]
    return [case.id for one in scenarios for case in cases_of(one)] + watching


def without_reliance(scenarios: Iterable[Scenario]) -> tuple[Scenario, ...]:
    """Return scenarios that rely on nothing."""
    return tuple(
        replace(
            one,
            relies_on=(),
            cases=tuple(
                {name: v for name, v in row.items() if name != "relies_on"} for row in one.cases
            ),
        )
        for one in scenarios
    )
