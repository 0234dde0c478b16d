"""A search for messages that a target handles wrongly: generated, shrunk, made sure of.

Knows Hypothesis and the engine. What holds of a message is an expectation like any scenario's, and
so is what the scenarios that watch a whole run (`on_every`) say of every exchange.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import hypothesis
from hypothesis.strategies import SearchStrategy

from conformance.engine.case_run import CaseResult
from conformance.engine.scenario import Case, Repeat, Scenario, Step
from conformance.properties.probe import Probe
from conformance.words.events import ExchangeRecord
from conformance.words.verdict import Check, Verdict

#: What a target that stopped answering has broken: no requirement, but no less.
DIED: Final = "target-died"
_ID: Final = "fuzz"
_BROKEN: Final = (Verdict.FAIL, Verdict.WARN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """One probe, as small as it could be made, and what it broke.

    `exchanges` are all of the probe's, in order; `exchange` is the one that broke it.
    """

    probe: Probe
    check: Check
    exchanges: Sequence[ExchangeRecord]

    @property
    def requirement(self) -> str:
        """Id of the requirement, or `target-died`."""
        return self.check.requirement

    @property
    def exchange(self) -> ExchangeRecord | None:
        """The exchange that the check is about; None where nothing was sent."""
        named = (one for one in self.exchanges if one.id == self.check.exchange)
        return next(named, self.exchanges[-1] if self.exchanges else None)


class _FoundError(Exception):
    """An example breaks a requirement that is not known to be broken."""


@dataclass(slots=True, kw_only=True)
class Hunt:
    """One family of probes sent to one target.

    Args:
        judge: runs a case and returns what it came to; a dead target has been looked after.
        died: tells whether the target died of the last case.
        seed: of the generated probes.
        max_examples: probes a search; shrinking comes on top.
        is_over: tells whether the budget is spent.

    `sent` counts probes; `unjudged` those of them that could not be judged, with the last reason
    in `why_unjudged`. `unsure` holds finds that were seen, but not when they were sent again.
    """

    judge: Callable[[Case], CaseResult]
    died: Callable[[], bool]
    seed: int
    max_examples: int
    is_over: Callable[[], bool]
    sent: int = 0
    unjudged: int = 0
    why_unjudged: str = ""
    unsure: list[Find] = field(default_factory=list)
    _last: Find | None = field(default=None, init=False)

    def finds(self, spec: str, strategy: SearchStrategy[Probe], known: set[str]) -> Iterator[Find]:
        """Yield one find a requirement; those in `known` are not looked for, and grow.

        A target's death ends the search in this family, and is looked for in the next one.
        """
        while not self.is_over():
            find = self._search(spec, strategy, known)
            if find is None:
                return
            if find.requirement == DIED:
                yield find
                return
            known.add(find.requirement)
            again = self._found(find.probe, self._judge(spec, find.probe), {find.requirement})
            if again is None:
                self.unsure.append(find)
            else:
                yield again

    def _search(self, spec: str, strategy: SearchStrategy[Probe], known: set[str]) -> Find | None:
        self._last = None

        @hypothesis.seed(self.seed)
        @hypothesis.settings(
            max_examples=self.max_examples,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            print_blob=False,
            phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
            suppress_health_check=list(hypothesis.HealthCheck),
            verbosity=hypothesis.Verbosity.quiet,
        )
        @hypothesis.given(strategy)
        def send(probe: Probe) -> None:
            if not self.is_over():
                self._try(spec, probe, known)

        try:
            send()
        except (_FoundError, hypothesis.errors.Flaky):
            return self._last
        return None

    def _try(self, spec: str, probe: Probe, known: set[str]) -> None:
        result = self._judge(spec, probe)
        # While one is made smaller, others are left for the next search.
        wanted = {self._last.requirement} if self._last else None
        found = self._found(probe, result, wanted, known)
        if found is not None:
            self._last = found
            raise _FoundError(found.requirement)

    def _judge(self, spec: str, probe: Probe) -> CaseResult:
        self.sent += 1
        # Each gets fresh values of its own: what one left behind must not disturb the next.
        result = self.judge(as_case(spec, probe, name=f"{probe.kind} {self.sent}"))
        untested = [one for one in result.checks if one.verdict is Verdict.UNTESTED]
        if untested:
            self.unjudged += 1
            self.why_unjudged = untested[0].message
        return result

    def _found(
        self,
        probe: Probe,
        result: CaseResult,
        wanted: set[str] | None,
        known: frozenset[str] | set[str] = frozenset(),
    ) -> Find | None:
        for check in self._broken(probe, result):
            if check.requirement in known or (wanted and check.requirement not in wanted):
                continue
            named = replace(check, case=probe.kind)
            return Find(probe=probe, check=named, exchanges=tuple(result.exchanges))
        return None

    def _broken(self, probe: Probe, result: CaseResult) -> Iterator[Check]:
        """Yield what a case broke; behind a step that broke something nothing more is judged.

        What comes later may be no more than a consequence of it.
        """
        if self.died():
            first = result.checks[0]
            yield Check(
                requirement=DIED,
                level=first.level,
                scenario=first.scenario,
                case=first.case,
                verdict=Verdict.FAIL,
                message="the target stopped answering after this",
            )
        places = {step.name: step.index for step in _steps(probe)}
        own = [one for one in result.checks if one.verdict in _BROKEN]
        first_place = min((places[one.step or ""] for one in own), default=0)
        yield from (one for one in own if places[one.step or ""] == first_place)
        for watched in result.watched.values():
            check = watched.first
            if check is None or check.requirement in probe.spared:
                continue
            if check.verdict is Verdict.FAIL:
                yield check


def as_case(spec: str, probe: Probe, *, name: str = "") -> Case:
    """Return a probe as a case of a scenario; its fresh values are those of its name."""
    scenario = Scenario(
        id=_ID, spec=spec, topic="Fuzzing", title=probe.kind, path=Path(), pointer="", needs=(),
        relies_on=(), driver=spec, exclusive=False, writes=probe.writes, cases=(),
        steps=_steps(probe),
    )  # fmt: skip
    case_name = name or probe.kind
    return Case(scenario=scenario, index=0, name=case_name, values={}, needs=(), relies_on=())


def _steps(probe: Probe) -> tuple[Step, ...]:
    return tuple(
        Step(
            index=index, name=one.name or f"step{index + 1}", send=one.send, given=one.given,
            applies=one.applies, expect=one.expect, prefer={}, report={},
            repeat=Repeat(at_most=one.at_most) if one.at_most > 1 else None,
        )
        for index, one in enumerate(probe.steps)
    )  # fmt: skip
