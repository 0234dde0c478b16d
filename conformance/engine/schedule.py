"""The run: cases begun in order, several at once, and what happens when the target dies.

A case that ended without an answer while others were in flight is run again alone, so that no case
is blamed for what another did. If the target is dead it is brought back and the suspects are run
alone, one by one: the one that kills it again is named. Where it can't be brought back, the run
ends; the cases not judged by then are errors, never fails.
"""

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

import anyio

from conformance.drivers.target_process import Lifeline
from conformance.engine.case_run import CaseResult, CaseRunner
from conformance.engine.gate import Gate
from conformance.engine.plan import NotJudged, Plan, PlannedCase
from conformance.engine.scenario import WHOLE_RUN, Case, Scenario, cases_of
from conformance.observe.exchange import Outcome
from conformance.words.catalogue import Catalogue
from conformance.words.events import (
    CaseFinished,
    RunEvent,
    RunFinished,
    RunNote,
    RunStarted,
    TargetDied,
    Watched,
)
from conformance.words.verdict import RED, Check, Verdict

# What a dead target looks like from a case that another one took the target away from.
_LOOKS_DEAD: Final = frozenset({Outcome.CLOSED, Outcome.RESET, Outcome.UNREACHABLE})
_NOTHING_SEEN: Final = Watched()
MAX_RESTARTS: Final = 100  # a target that dies at every second case is judged to the end


class Schedule:
    """Runs a plan.

    Args:
        plan: what to run.
        runner: runs one case.
        catalogue: for the checks of cases that are not run.
        lifeline: asks for the target's life and brings it back.
        jobs: how many cases run at once.
        emit: takes each event as it happens.
        shares_target: other processes judge the same target meanwhile, so that no case can be
            taken to be alone with it.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        runner: CaseRunner,
        catalogue: Catalogue,
        lifeline: Lifeline,
        emit: Callable[[RunEvent], None],
        jobs: int = 1,
        shares_target: bool = False,
    ) -> None:
        self._plan = plan
        self._runner = runner
        self._catalogue = catalogue
        self._lifeline = lifeline
        self._emit = emit
        self._jobs = jobs
        self._shares_target = shares_target
        self._gate = Gate()
        self._results: dict[str, CaseResult] = {}
        self._running: dict[str, anyio.Event] = {}
        self._in_flight: set[str] = set()
        self._suspects: list[str] = []
        self._unexplained: set[str] = set()  # in flight at a death that no case alone repeated
        self._restarts = 0
        self._lost = ""
        self._places = {one.case.id: place for place, one in enumerate(plan.cases)}

    async def run(self, *, seed: int) -> None:
        """Run all cases; events tell what they came to."""
        started_s = anyio.current_time()
        self._emit(RunStarted(cases=len(self._plan.cases), jobs=self._jobs, seed=seed))
        queue = iter(self._plan.cases)
        async with anyio.create_task_group() as tasks:
            for _ in range(self._jobs):
                tasks.start_soon(self._work, queue)
        for finished in self.whole_run():
            self._emit(finished)
        if self._unexplained:
            cases = ", ".join(sorted(self._unexplained))
            text = f"the target stopped answering once while {cases} ran, and by none of them alone"
            self._emit(RunNote(text=text))
        duration_s = anyio.current_time() - started_s
        self._emit(RunFinished(duration_s=duration_s, target_lost=bool(self._lost)))

    async def _work(self, queue: Iterator[PlannedCase]) -> None:
        for planned in queue:
            self._emit(await self.judge(planned))

    async def judge(self, planned: PlannedCase) -> CaseFinished:
        """Judge one case, with all that it relies on."""
        why = planned.not_judged or await self._relied_on_failed(planned)
        if why is None and self._lost:
            why = NotJudged(verdict=Verdict.ERROR, message=self._lost, reason="target-lost")
        if why is not None:
            return self._finished(planned, planned.checks(self._catalogue, why))
        result = await self._result(planned)
        wanted = set(planned.requirements)
        checks = [one for one in result.checks if one.requirement in wanted]
        return self._finished(planned, checks, result)

    def whole_run(self) -> list[CaseFinished]:
        """Return the checks of the scenarios that watched all that has been run so far."""
        watched = together(
            self._results[case_id].watched for case_id in sorted(self._results, key=self._place)
        )
        return [
            fold_watched(scenario, watched, self._catalogue) for scenario in self._plan.watchers
        ]

    def _finished(
        self, planned: PlannedCase, checks: Sequence[Check], result: CaseResult | None = None
    ) -> CaseFinished:
        case = planned.case
        return CaseFinished(
            case=case.id,
            scenario=case.scenario.full_id,
            name=case.name,
            title=case.scenario.title,
            checks=checks,
            exchanges=result.exchanges if result else (),
            duration_s=result.duration_s if result else 0.0,
            watched=result.watched if result else {},
        )

    async def _relied_on_failed(self, planned: PlannedCase) -> NotJudged | None:
        for name in planned.case.relies_on:
            relied = self._plan.scenarios.get(name)
            if relied is None:
                continue
            broken = [await self._red_check(case) for case in self._runnable(relied)]
            if broken and all(broken) and not self._lost:
                assert broken[0] is not None
                told = f"relies on {relied.full_id}, which broke here: {broken[0].message}"
                return NotJudged(verdict=Verdict.UNTESTED, message=told, reason=f"relies-on:{name}")
        return None

    def _runnable(self, scenario: Scenario) -> list[Case]:
        offers = self._runner.target.offers
        return [one for one in cases_of(scenario) if all(offers.get(need) for need in one.needs)]

    async def _red_check(self, case: Case) -> Check | None:
        """Run a case that another one relies on; return what broke in it."""
        if self._lost:
            return None
        relied = PlannedCase(case=case, requirements=tuple(case.scenario.requirements))
        result = await self._result(relied)
        return next((one for one in result.checks if one.verdict in RED), None)

    async def _result(self, planned: PlannedCase) -> CaseResult:
        """Return what a case came to, running it if no one has or does."""
        case_id = planned.case.id
        if case_id in self._results:
            return self._results[case_id]
        if case_id in self._running:
            await self._running[case_id].wait()
            return self._results[case_id]
        self._running[case_id] = anyio.Event()
        result = await self._run(planned)
        self._results[case_id] = result
        self._running.pop(case_id).set()
        return result

    def _place(self, case_id: str) -> tuple[int, str]:
        """Return where a case stands in the plan: what is told first must not hang on timing."""
        return self._places.get(case_id, len(self._places)), case_id

    async def _run(self, planned: PlannedCase) -> CaseResult:
        if planned.case.scenario.exclusive:
            async with self._gate.alone():
                result = await self._guarded(planned)
                if result.unanswered is None:
                    return result
                return await self._look_after(planned, result, was_alone=not self._shares_target)
        async with self._gate.together():
            self._in_flight.add(planned.case.id)
            others = self._shares_target or len(self._in_flight) > 1
            result = await self._guarded(planned)
            others = others or len(self._in_flight) > 1
            self._in_flight.discard(planned.case.id)
        if result.unanswered is None:
            return result
        self._suspects.append(planned.case.id)
        async with self._gate.alone():
            kept = await self._look_after(planned, result, was_alone=not others)
            self._suspects = [one for one in self._suspects if one != planned.case.id]
        return kept

    async def _guarded(self, planned: PlannedCase) -> CaseResult:
        """Run one case; a crash of ours becomes checks that say so."""
        try:
            return await self._runner.run(planned.case)
        except Exception:  # noqa: BLE001 - the one place where our own crash becomes a verdict
            trace = traceback.format_exc(limit=-4)
            message = f"wirecheck itself failed here, please report it: {trace}"
            why = NotJudged(verdict=Verdict.ERROR, message=message, reason="suite-error")
            return CaseResult(case=planned.case, checks=planned.checks(self._catalogue, why))

    async def _look_after(
        self, planned: PlannedCase, result: CaseResult, *, was_alone: bool
    ) -> CaseResult:
        """Find out, alone with the target, whether a case without an answer killed it."""
        if self._lost:
            return self._suspect(planned)
        alive = await self._lifeline.is_alive()
        if alive and (was_alone or result.unanswered not in _LOOKS_DEAD):
            return result
        if not alive:
            if was_alone:
                return await self._killer(planned, result)
            if not await self._bring_back():
                suspects = list(self._suspects)
                self._emit(TargetDied(cases=suspects, restarted=False))
                self._lost = f"not run: the target is gone since {', '.join(suspects)}"
                return self._suspect(planned)
            self._unexplained.update(self._suspects)
        again = await self._guarded(planned)
        if again.unanswered is None or await self._lifeline.is_alive():
            return again
        return await self._killer(planned, again)

    async def _killer(self, planned: PlannedCase, result: CaseResult) -> CaseResult:
        """Name the case that killed the target, and bring the target back if that can be."""
        self._unexplained.clear()
        back = await self._bring_back()
        self._emit(TargetDied(cases=[planned.case.id], restarted=back))
        if not back:
            self._lost = f"not run: the target stopped answering after {planned.case.id}"
        told = f"the target stopped answering after this ({result.unanswered})"
        unseen = [one for one in result.checks if one.verdict is not Verdict.PASS]
        blamed = unseen or result.checks
        result.checks = [self._blamed(one, told) if one in blamed else one for one in result.checks]
        return result

    def _blamed(self, check: Check, told: str) -> Check:
        verdict = self._catalogue.requirement(check.requirement).when_broken
        broken = verdict if verdict in RED else Verdict.WARN
        return replace(check, verdict=broken, message=told, reason="target-died")

    async def _bring_back(self) -> bool:
        self._restarts += 1
        return self._restarts <= MAX_RESTARTS and await self._lifeline.bring_back()

    def _suspect(self, planned: PlannedCase) -> CaseResult:
        others = [one for one in self._suspects if one != planned.case.id]
        with_others = f" and {len(others)} more ({', '.join(others[:3])})" if others else ""
        message = (
            f"the target stopped answering while this case{with_others} was in flight; --jobs 1, or"
            " a `restart` command in the profile, names the one that did it"
        )
        why = NotJudged(verdict=Verdict.ERROR, message=message, reason="target-lost")
        return CaseResult(case=planned.case, checks=planned.checks(self._catalogue, why))


def together(
    parts: Iterable[Mapping[tuple[str, str], Watched]],
) -> dict[tuple[str, str], Watched]:
    """Return what all cases saw; of two first deviations, that of the earlier part stays."""
    whole: dict[tuple[str, str], Watched] = {}
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
