"""The run: cases begun in order, several at once, and what happens when the target dies.

A case that ended without an answer while others were in flight is run again alone, so that no case
is blamed for what another did. If the target is dead it is brought back and the suspects are run
alone, one by one: the one that kills it again is named. Where it can't be brought back, the run
ends; the cases not judged by then are errors, never fails.
"""

import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import anyio

from conformance.drivers.target_process import Lifeline
from conformance.engine.case_run import CaseResult, CaseRunner
from conformance.engine.gate import Gate
from conformance.engine.plan import NotJudged, Plan, PlannedCase
from conformance.engine.scenario import Case, Scenario, cases_of
from conformance.engine.watch import fold_watched, together
from conformance.observe.exchange import Outcome
from conformance.words.catalogue import Catalogue
from conformance.words.events import (
    CaseFinished,
    RunEvent,
    RunFinished,
    RunNote,
    RunStarted,
    TargetDied,
)
from conformance.words.verdict import RED, Check, Verdict

# What a dead target looks like from a case that another one took the target away from.
_LOOKS_DEAD: Final = frozenset({Outcome.CLOSED, Outcome.RESET, Outcome.UNREACHABLE})
TARGET_LOST: Final = "target-lost"  # the reason code of what was not judged for it
MAX_RESTARTS: Final = 100  # a target that dies at every second case is judged to the end


@dataclass(slots=True, eq=False)
class _Flight:
    """One case while it is in flight, and all that were in flight at the same time."""

    case: str
    company: list["_Flight"] = field(default_factory=list)
    is_unanswered: bool = False
    is_red: bool = False

    @property
    def is_doubtful(self) -> bool:
        """Tell whether a dying target may be why the case came out so: some answer nonsense."""
        return self.is_unanswered or (self.is_red and self.was_disturbed)

    def may_be_innocent(self, outcome: Outcome | None) -> bool:
        """Tell whether another case may be why this one got no answer from a living target.

        It died and came back meanwhile, or was busy with a case that it never answered: some
        targets serve one connection at a time.
        """
        return outcome in _LOOKS_DEAD or self.was_disturbed

    @property
    def was_disturbed(self) -> bool:
        """Tell whether another case, in flight at the same time, got no answer."""
        return any(one.is_unanswered for one in self.company)


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
        self._flights: list[_Flight] = []  # in flight, or without an answer and not looked after
        self._unexplained: set[str] = set()  # in flight at a death that no case alone repeated
        self._restarts = 0
        self._lost = ""
        self._places = {one.case.id: place for place, one in enumerate(plan.cases)}

    async def run(self, *, seed: int) -> None:
        """Run all cases; events tell what they came to."""
        started_s = anyio.current_time()
        count = len(self._plan.cases) + len(self._plan.watchers)
        self._emit(RunStarted(cases=count, jobs=self._jobs, seed=seed))
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
            why = NotJudged(verdict=Verdict.ERROR, message=self._lost, reason=TARGET_LOST)
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
        flight = _Flight(planned.case.id)
        if planned.case.scenario.exclusive:
            async with self._gate.alone():
                result = await self._fly(planned, flight)
                return await self._land(planned, flight, result)
        async with self._gate.together():
            result = await self._fly(planned, flight)
            if not flight.is_doubtful:
                return await self._land(planned, flight, result)
        async with self._gate.alone():
            return await self._land(planned, flight, result)

    async def _fly(self, planned: PlannedCase, flight: _Flight) -> CaseResult:
        """Run a case, while it is known who is in flight with it."""
        for other in self._flights:
            flight.company.append(other)
            other.company.append(flight)
        self._flights.append(flight)
        result = await self._guarded(planned)
        flight.is_unanswered = result.unanswered is not None
        flight.is_red = any(one.verdict in RED for one in result.checks)
        return result

    async def _land(self, planned: PlannedCase, flight: _Flight, result: CaseResult) -> CaseResult:
        if flight.is_doubtful:
            result = await self._look_after(planned, flight, result)
        self._flights.remove(flight)
        flight.company.clear()
        return result

    @property
    def _suspects(self) -> list[str]:
        """The cases without an answer that were not looked after yet."""
        return [one.case for one in self._flights if one.is_unanswered]

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
        self, planned: PlannedCase, flight: _Flight, result: CaseResult
    ) -> CaseResult:
        """Find out, alone with the target, whether a case killed it, or is red for its death."""
        if self._lost:
            return self._suspect(planned, flight)
        was_alone = not (flight.company or self._shares_target)
        alive = await self._lifeline.is_alive()
        if alive and (was_alone or not flight.may_be_innocent(result.unanswered)):
            return result
        if not alive:
            if was_alone:
                return await self._killer(planned, result)
            if not await self._bring_back():
                suspects = self._suspects
                self._emit(TargetDied(cases=suspects, restarted=False))
                self._lost = f"not run: the target is gone since {', '.join(suspects)}"
                return self._suspect(planned, flight)
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

    def _suspect(self, planned: PlannedCase, flight: _Flight) -> CaseResult:
        others = [one.case for one in flight.company if one.is_unanswered]
        in_flight = "this case was"
        if others:
            in_flight = f"this case and {len(others)} more ({', '.join(others[:3])}) were"
        message = (
            f"the target stopped answering while {in_flight} in flight; --jobs 1, or a `restart`"
            " command in the profile, names the one that did it"
        )
        why = NotJudged(verdict=Verdict.ERROR, message=message, reason=TARGET_LOST)
        return CaseResult(case=planned.case, checks=planned.checks(self._catalogue, why))
