"""A search for messages that a target handles wrongly: generated, shrunk, kept as a scenario.

Knows Hypothesis and the engine. What holds of a message is an expectation like any scenario's, and
so is what the scenarios that watch a whole run (`on_every`) say of every exchange.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import hypothesis
from hypothesis.strategies import SearchStrategy

from conformance.engine.case_run import CaseResult
from conformance.engine.scenario import Case, Scenario, Step
from conformance.properties.probe import Probe
from conformance.words.events import ExchangeRecord
from conformance.words.json_value import Json
from conformance.words.verdict import Check, Verdict

#: What a target that stopped answering has broken: no requirement, but no less.
DIED: Final = "target-died"
_ID: Final = "fuzz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """One message, as small as it could be made, and what it broke."""

    probe: Probe
    check: Check
    exchange: ExchangeRecord | None

    @property
    def requirement(self) -> str:
        """Id of the requirement, or `target-died`."""
        return self.check.requirement


class _FoundError(Exception):
    """An example breaks a requirement that is not known to be broken."""


@dataclass(slots=True, kw_only=True)
class Hunt:
    """One family of messages sent to one target.

    Args:
        judge: runs a case and returns what it came to; a dead target has been looked after.
        died: tells whether the target died of the last case.
        seed: of the generated messages.
        max_examples: messages a search; shrinking comes on top.
        is_over: tells whether the budget is spent.
    """

    judge: Callable[[Case], CaseResult]
    died: Callable[[], bool]
    seed: int
    max_examples: int
    is_over: Callable[[], bool]
    sent: int = 0
    _last: Find | None = field(default=None, init=False)

    def finds(self, spec: str, strategy: SearchStrategy[Probe], known: set[str]) -> Iterator[Find]:
        """Yield one find a requirement; those in `known` are not looked for, and grow."""
        while not self.is_over():
            find = self._search(spec, strategy, known)
            if find is None:
                return
            known.add(find.requirement)
            yield find
            if find.requirement == DIED:
                return

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
        self.sent += 1
        result = self.judge(as_case(spec, probe))
        found = self._last
        for check in self._broken(result):
            # While one is made smaller, others are left for the next search.
            wanted = {found.requirement} if found else None
            if check.requirement in known or (wanted and check.requirement not in wanted):
                continue
            exchange = result.exchanges[-1] if result.exchanges else None
            self._last = Find(probe=probe, check=check, exchange=exchange)
            raise _FoundError(check.requirement)

    def _broken(self, result: CaseResult) -> Iterator[Check]:
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
        yield from (one for one in result.checks if one.verdict is Verdict.FAIL)
        for watched in result.watched.values():
            if watched.first is not None and watched.first.verdict is Verdict.FAIL:
                yield watched.first


def as_case(spec: str, probe: Probe) -> Case:
    """Return a probe as a case of a scenario with one step."""
    step = Step(
        index=0, name="fuzz", send=probe.send, given={}, applies={}, expect=probe.expect,
        prefer={}, report={},
    )  # fmt: skip
    scenario = Scenario(
        id=_ID, spec=spec, topic="Fuzzing", title=probe.kind, path=Path(), pointer="", needs=(),
        relies_on=(), driver=spec, exclusive=False, writes=False, cases=(), steps=(step,),
    )  # fmt: skip
    return Case(scenario=scenario, index=0, name=probe.kind, values={}, needs=(), relies_on=())


def as_scenario(find: Find, *, name: str, driver: str, pointers: Mapping[str, Json]) -> Json:
    """Return a find as a scenario file that tells the same again.

    Args:
        find: what was found.
        name: the scenario's id.
        driver: who sends.
        pointers: what the requirement asks for; of a dead target, that it answers.
    """
    requirement = find.requirement
    expect: dict[str, Json] = {}
    if requirement != DIED:
        expect = {"expect": {requirement: dict(pointers)}}
    step: Json = {"send": dict(find.probe.send), **expect}
    scenario: Json = {
        "id": name,
        "title": f"Found by fuzzing: {find.probe.kind}",
        "note": find.check.message,
        "driver": driver,
        "steps": [step],
    }
    return {"topic": "Found by fuzzing", "scenarios": [scenario]}
