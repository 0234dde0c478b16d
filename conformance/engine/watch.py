"""Scenarios that watch every exchange of a run (`on_every`): what they saw, and what it comes to.

Knows expectations and checks. Refuses to know how cases are run.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from conformance.engine.judge import CompiledPointers
from conformance.engine.scenario import WHOLE_RUN, Pointers, Scenario, Step
from conformance.words.catalogue import Catalogue
from conformance.words.events import CaseFinished, Watched
from conformance.words.json_value import Json
from conformance.words.verdict import Check, Verdict

Key = tuple[str, str]  # scenario, requirement
_NOTHING_SEEN: Final = Watched()


@dataclass(frozen=True, slots=True)
class _Row:
    key: Key
    step: Step
    wanted: Sequence[CompiledPointers]


class Watchers:
    """All watching scenarios of one driver, compiled once: every exchange passes by them."""

    def __init__(
        self, scenarios: Iterable[Scenario], compiled: Callable[[Pointers], CompiledPointers]
    ) -> None:
        self._parts: list[tuple[CompiledPointers, list[_Row]]] = []
        for scenario in scenarios:
            assert scenario.on_every is not None
            step = scenario.steps[0]
            rows = [
                _Row((scenario.full_id, name), step, [compiled(one) for one in wanted])
                for name, wanted in _wanted(step)
            ]
            self._parts.append((compiled(scenario.on_every), rows))

    def look(self, observation: Mapping[str, Json]) -> Iterator[tuple[Key, Step, bool]]:
        """Yield the rows that an exchange is about, and whether it holds to them."""
        known: dict[str, bool] = {}
        for concerned, rows in self._parts:
            if concerned.holds(observation, known):
                for row in rows:
                    holds = all(one.holds(observation, known) for one in row.wanted)
                    yield row.key, row.step, holds


def _wanted(step: Step) -> Iterator[tuple[str, list[Pointers]]]:
    for name in step.requirements:
        yield name, [one[name] for one in (step.expect, step.prefer) if name in one]


class Tally:
    """What one case showed to the watchers."""

    def __init__(self) -> None:
        self._seen: dict[Key, int] = {}
        self._unmet: dict[Key, tuple[int, Check]] = {}

    def count(self, key: Key) -> None:
        """Count an exchange that a row is about."""
        self._seen[key] = self._seen.get(key, 0) + 1

    def count_unmet(self, key: Key, check: Callable[[], Check]) -> None:
        """Count one of these as broken; `check` makes the check that tells of the first."""
        before = self._unmet.get(key)
        self._unmet[key] = (before[0] + 1, before[1]) if before else (1, check())

    def result(self) -> dict[Key, Watched]:
        """Return it by scenario and requirement."""
        whole: dict[Key, Watched] = {}
        for key, seen in self._seen.items():
            unmet, first = self._unmet.get(key, (0, None))
            whole[key] = Watched(seen=seen, unmet=unmet, first=first)
        return whole


def together(parts: Iterable[Mapping[Key, Watched]]) -> dict[Key, Watched]:
    """Return what all cases saw; of two first deviations, that of the earlier part stays."""
    whole: dict[Key, Watched] = {}
    for part in parts:
        for key, watched in part.items():
            whole[key] = whole.get(key, _NOTHING_SEEN).plus(watched)
    return whole


def fold_watched(
    scenario: Scenario, watched: Mapping[tuple[str, str], Watched], catalogue: Catalogue
) -> CaseFinished:
    """Return what a scenario that watches the run came to: one check a requirement.

    What was never seen is untested, however many cases were run.
    """
    checks = [
        _whole_run_check(
            scenario, name, watched.get((scenario.full_id, name), Watched()), catalogue
        )
        for name in scenario.requirements
    ]
    return CaseFinished(
        case=f"{scenario.full_id}/{WHOLE_RUN}",
        scenario=scenario.full_id,
        name=WHOLE_RUN,
        title=scenario.title,
        checks=checks,
    )


def _whole_run_check(scenario: Scenario, name: str, saw: Watched, catalogue: Catalogue) -> Check:
    check = Check(
        requirement=name,
        level=catalogue.requirement(name).level,
        scenario=scenario.full_id,
        case=WHOLE_RUN,
        verdict=Verdict.PASS if saw.seen else Verdict.UNTESTED,
        reason="" if saw.seen else "never-seen",
        message=f"seen {saw.seen} times" if saw.seen else "never seen in this run",
    )
    if saw.first is None:
        return check
    if saw.first.verdict is Verdict.NOT_APPLICABLE and saw.unmet < saw.seen:
        # A permission that was used at least once.
        return replace(check, message=f"used {saw.seen - saw.unmet} of {saw.seen} times")
    where = f"first in {saw.first.scenario}" + (f" ({saw.first.case})" if saw.first.case else "")
    told = f"in {saw.unmet} of {saw.seen} answers, {where}: {saw.first.message}"
    return replace(saw.first, scenario=scenario.full_id, case=WHOLE_RUN, message=told)
