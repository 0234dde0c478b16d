"""Which cases a run judges, and why the others are not judged."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Final

from conformance.engine.scenario import WHOLE_RUN, Case, Expectations, Scenario, cases_of
from conformance.errors import InputError
from conformance.words.catalogue import Catalogue
from conformance.words.target import Target
from conformance.words.verdict import Check, Verdict

# Who sends for a spec's scenarios where they do not say.
DEFAULT_DRIVERS: Final = {
    "jsonrpc": "jsonrpc",
    "objectql": "jsonrpc",
    "odata": "odata",
    "sse": "sse",
}
_STAR: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What the user asked for; patterns are globs.

    A pattern is held against a case's id (`spec/scenario/case`), its scenario's (`spec/scenario`
    or `scenario`), and the ids of the requirements it judges.
    """

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotJudged:
    """Why a case is not run."""

    verdict: Verdict
    message: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCase:
    """One case of a run; `not_judged` is None when it is to be run."""

    case: Case
    requirements: tuple[str, ...]
    not_judged: NotJudged | None = None

    def checks(self, catalogue: Catalogue, why: NotJudged) -> list[Check]:
        """Return the case's checks when it is not run."""
        return [
            Check(
                requirement=name,
                level=catalogue.requirement(name).level,
                scenario=self.case.scenario.full_id,
                case=self.case.name,
                verdict=why.verdict,
                message=why.message,
                reason=why.reason,
            )
            for name in self.requirements
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All cases of a run in the order they are begun, and the scenarios that watch it."""

    cases: tuple[PlannedCase, ...]
    watchers: tuple[Scenario, ...]
    scenarios: Mapping[str, Scenario]


def with_driver(scenario: Scenario) -> Scenario:
    """Return a scenario with its spec's own driver where it names none."""
    if scenario.driver:
        return scenario
    return replace(scenario, driver=DEFAULT_DRIVERS.get(scenario.spec, scenario.spec))


def make_plan(
    scenarios: Iterable[Scenario],
    *,
    catalogue: Catalogue,
    target: Target,
    drivers: Iterable[str],
    selection: Selection,
) -> Plan:
    """Choose the cases of a run.

    A scenario whose driver the target has no URL for is left out altogether.

    Raises:
        InputError: a class or pattern that matches nothing: an empty selection is no pass.
    """
    drivers = set(drivers)
    reachable = [with_driver(one) for one in scenarios if with_driver(one).driver in drivers]
    _check_classes(selection, catalogue)
    chosen: list[PlannedCase] = []
    used: set[str] = set()
    for scenario in in_order(reachable):
        for case in cases_of(scenario):
            wanted = _wanted(case, selection, catalogue, used)
            if wanted:
                why = _not_judged(case, catalogue, target)
                chosen.append(PlannedCase(case=case, requirements=wanted, not_judged=why))
    watchers: list[Scenario] = []
    for scenario in reachable:
        case = _watching(scenario)
        if scenario.on_every is None or not (wanted := _wanted(case, selection, catalogue, used)):
            continue
        if why := _not_judged(case, catalogue, target):
            chosen.append(PlannedCase(case=case, requirements=wanted, not_judged=why))
        else:
            watchers.append(_about(scenario, wanted))
    _check_used(selection, used)
    if not chosen and not watchers:
        raise InputError("selection", "at least one case", "none", "see `wirecheck list scenarios`")
    by_id = {one.full_id: one for one in reachable}
    return Plan(cases=tuple(chosen), watchers=tuple(watchers), scenarios=by_id)


def _about(scenario: Scenario, wanted: Container[str]) -> Scenario:
    """Return a watching scenario without the rows that nobody asked for."""

    def kept(expectations: Expectations) -> Expectations:
        return {name: pointers for name, pointers in expectations.items() if name in wanted}

    steps = (
        replace(one, expect=kept(one.expect), prefer=kept(one.prefer), applies=kept(one.applies))
        for one in scenario.steps
    )
    return replace(scenario, steps=tuple(steps))


def _watching(scenario: Scenario) -> Case:
    return Case(
        scenario=scenario,
        index=0,
        name=WHOLE_RUN,
        values={},
        needs=scenario.needs,
        relies_on=(),
    )


def in_order(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Return scenarios with those that others rely on first, exclusive ones last."""
    by_id = {one.full_id: one for one in scenarios}
    depths: dict[str, int] = {}

    def depth(scenario: Scenario) -> int:
        if scenario.full_id not in depths:
            depths[scenario.full_id] = 0  # a ring ends here; the lint refuses it
            names = dict.fromkeys(one for case in cases_of(scenario) for one in case.relies_on)
            relied = [by_id.get(one) for one in names]
            depths[scenario.full_id] = max((depth(one) + 1 for one in relied if one), default=0)
        return depths[scenario.full_id]

    return sorted(scenarios, key=lambda one: (one.exclusive, depth(one)))


def _names(case: Case) -> list[str]:
    scenario = case.scenario
    return [case.id, scenario.full_id, scenario.id, *scenario.requirements]


def matches(patterns: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return the patterns that match any of the names."""
    names = list(names)
    return [one for one in patterns if any(fnmatchcase(name, one) for name in names)]


def _wanted(
    case: Case, selection: Selection, catalogue: Catalogue, used: set[str]
) -> tuple[str, ...]:
    names = _names(case)
    only = matches(selection.only, names)
    skip = matches(selection.skip, names)
    used.update(only, skip)
    if skip or (selection.only and not only):
        return ()
    return tuple(
        name
        for name in case.scenario.requirements
        if not selection.classes or catalogue.requirement(name).class_name in selection.classes
    )


def _check_classes(selection: Selection, catalogue: Catalogue) -> None:
    for name in selection.classes:
        if name not in catalogue.classes:
            known = ", ".join(sorted(catalogue.classes))
            raise InputError("--class", f"one of {known}", name)


def _check_used(selection: Selection, used: set[str]) -> None:
    for option, patterns in (("--only", selection.only), ("--skip", selection.skip)):
        for pattern in patterns:
            if pattern not in used:
                hint = (
                    "patterns match spec/scenario/case, scenario or requirement; * stands for any"
                )
                raise InputError(option, "a pattern that matches something", pattern, hint)


def _not_judged(case: Case, catalogue: Catalogue, target: Target) -> NotJudged | None:
    for need in case.needs:
        if target.offers.get(need):
            continue
        capability = catalogue.capabilities[need]
        if need in target.offers or capability.kind == "feature":
            return NotJudged(
                verdict=Verdict.NOT_APPLICABLE,
                message=f"the target does not offer {need}: {capability.title}",
                reason=f"not-offered:{need}",
            )
        return NotJudged(
            verdict=Verdict.UNTESTED,
            message=f"needs {capability.title}; add to the profile: {capability.add}",
            reason=f"no-binding:{need}",
        )
    if case.scenario.writes and not target.allows_writes:
        return NotJudged(
            verdict=Verdict.UNTESTED,
            message="changes data of the target; consent to it with --allow-writes",
            reason="no-consent",
        )
    return None
