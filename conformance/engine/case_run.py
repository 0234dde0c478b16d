"""One case run against a target: steps sent, observations judged, checks made."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import anyio

from conformance.drivers.step import Driver, StepResult
from conformance.drivers.wire import Exchange, Wire
from conformance.engine.judge import Broken, CompiledPointers, shown
from conformance.engine.scenario import Case, Expectations, Pointers, Scenario, Step
from conformance.engine.watch import Tally, Watchers
from conformance.observe.exchange import Outcome
from conformance.words.catalogue import Catalogue, Requirement
from conformance.words.events import ExchangeRecord, Watched
from conformance.words.json_value import ABSENT, Json
from conformance.words.pointer import resolve, split_pointer
from conformance.words.target import Target
from conformance.words.template import UnresolvedTemplateError, expand, has_template
from conformance.words.verdict import Check, Verdict, worse

_UNIQUE_BYTES: Final = 6  # 2^48 values: no clash within the runs against one target
_MAX_PAUSE_S: Final = 60.0
# Of one step, in all: a target whose results never come must not stop a run for minutes.
_MAX_RETRY_AFTER_S: Final = 10.0
_RETRY_AFTER: Final = ("http", "headers", "retry-after")


@dataclass(slots=True, kw_only=True)
class CaseResult:
    """What one case came to.

    `unanswered` is the outcome of the first step that got no answer; None when all did.
    """

    case: Case
    checks: list[Check] = field(default_factory=list)
    exchanges: list[ExchangeRecord] = field(default_factory=list)
    unanswered: Outcome | None = None
    watched: dict[tuple[str, str], Watched] = field(default_factory=dict)
    duration_s: float = 0.0


def fresh_values(seed: int, case_id: str) -> dict[str, Json]:
    """Return `${run/…}` of one case: the same for the same seed, and no other case's."""
    digest = hashlib.blake2b(f"{seed}:{case_id}".encode(), digest_size=_UNIQUE_BYTES).hexdigest()
    return {
        "unique": f"wc{digest}",
        "method": f"wirecheck.nosuch.{digest}",
        "integer": int(digest[:7], 16) + 1_000_000,
        "seed": seed,
    }


class CaseRunner:
    """Runs cases against one target, with the drivers it is given by name."""

    def __init__(
        self,
        *,
        drivers: Mapping[str, Driver],
        target: Target,
        catalogue: Catalogue,
        seed: int,
        watchers: Sequence[Scenario] = (),
        pause: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        self._drivers = drivers
        self._target = target
        self._catalogue = catalogue
        self._seed = seed
        self._pause = pause or anyio.sleep  # noqa: TID251 - a scenario's own bounded pause
        self._compiled: dict[int, tuple[object, CompiledPointers]] = {}
        roots: dict[str, Json] = {"target": target.document}
        self._watchers = {
            name: Watchers(
                (one for one in watchers if one.driver == name),
                lambda pointers: self.compiled(pointers, roots),
            )
            for name in drivers
        }

    async def run(self, case: Case) -> CaseResult:
        """Run one case; whatever the target does becomes checks."""
        driver = self._drivers[case.scenario.driver]
        run = _CaseRun(self, case, driver)
        started_s = anyio.current_time()
        async with driver.open_wire(unique=run.unique) as wire:
            await run.all_steps(wire)
        run.result.duration_s = anyio.current_time() - started_s
        return run.result

    def compiled(self, pointers: Pointers, roots: Mapping[str, Json]) -> CompiledPointers:
        """Return pointers ready for judging; kept when they hold no template.

        Raises:
            UnresolvedTemplateError: a template leads nowhere.
        """
        kept = self._compiled.get(id(pointers))
        if kept is not None:
            return kept[1]
        if not has_template(pointers):
            compiled = CompiledPointers(pointers)
            # The pointers are kept too: their id stays theirs.
            self._compiled[id(pointers)] = (pointers, compiled)
            return compiled
        expanded = expand(pointers, roots)
        assert isinstance(expanded, dict)
        return CompiledPointers(expanded)

    @property
    def target(self) -> Target:
        """The target."""
        return self._target

    @property
    def seed(self) -> int:
        """What `${run/…}` is made from."""
        return self._seed

    def requirement(self, name: str) -> Requirement:
        """Return a row of the catalogue."""
        return self._catalogue.requirement(name)

    def watchers(self, driver: str) -> Watchers:
        """Return the scenarios that judge every step of a driver."""
        return self._watchers[driver]

    async def pause(self, seconds: float) -> None:
        """Wait between two sends of a repeated step."""
        await self._pause(min(seconds, _MAX_PAUSE_S))


class _CaseRun:
    """The state of one case while it runs."""

    def __init__(self, runner: CaseRunner, case: Case, driver: Driver) -> None:
        self.runner = runner
        self.case = case
        self.driver = driver
        self.result = CaseResult(case=case)
        self.checks: dict[str, Check] = {}
        self.tally = Tally()
        self.observations: dict[str, Json] = {}
        fresh = fresh_values(runner.seed, case.id)
        self.unique = str(fresh["unique"])
        self.roots: dict[str, Json] = {
            "target": runner.target.document,
            "run": fresh,
            "steps": self.observations,
        }

    async def all_steps(self, wire: Wire) -> None:
        skipped = ""
        try:
            self.roots["case"] = expand(self.case.values, self.roots)
        except UnresolvedTemplateError as error:
            skipped = f"nothing stands at {error.text}"
        for step in self.case.scenario.steps:
            if not skipped:
                try:
                    skipped = await self._step(wire, step)
                except UnresolvedTemplateError as error:
                    skipped = f"nothing stands at {error.text}"
                    self._skip(step, skipped)
            else:
                self._skip(step, skipped)
        self.result.checks = list(self.checks.values())
        self.result.watched = self.tally.result()

    async def _step(self, wire: Wire, step: Step) -> str:
        """Run one step; return why later steps mean nothing, or an empty string."""
        result = await self._perform(wire, step)
        observation = result.observation
        self.observations[step.name] = observation
        outcome = Outcome(str(observation["outcome"]))
        broken = self.runner.compiled(step.given, self.roots).broken(observation)
        if broken is not None:
            why = f"the set-up of step {step.name!r} did not hold: {broken.message}"
            self._skip(step, why)
        else:
            why = ""
            for name in step.requirements:
                self._add(self._judge(step, name, observation))
        if outcome is not Outcome.ANSWERED:
            self.result.unanswered = self.result.unanswered or outcome
            return why or f"step {step.name!r} got no answer ({outcome})"
        return why

    async def _perform(self, wire: Wire, step: Step) -> StepResult:
        result = await self._send(wire, step)
        repeat = step.repeat
        if repeat is None:
            return result
        pause_ms = expand(repeat.pause_ms, self.roots)
        assert isinstance(pause_ms, int | float)
        pause_s, patience_s = pause_ms / 1000, _MAX_RETRY_AFTER_S
        for number in range(repeat.at_most - 1):
            if result.observation["outcome"] != Outcome.ANSWERED.value:
                break
            if not repeat.every_time and self._holds(step, result.observation):
                break
            wished_s = min(_retry_after_s(result.observation), patience_s)
            # The field counts in seconds; most results are there within milliseconds.
            if number and not repeat.every_time and wished_s > pause_s:
                patience_s -= wished_s
                await self.runner.pause(wished_s)
            else:
                await self.runner.pause(pause_s)
            result = await self._send(wire, step)
        return result

    def _holds(self, step: Step, observation: Mapping[str, Json]) -> bool:
        wanted: list[Pointers] = [step.given, *step.expect.values(), *step.prefer.values()]
        return all(self.runner.compiled(one, self.roots).holds(observation) for one in wanted)

    async def _send(self, wire: Wire, step: Step) -> StepResult:
        send = expand(step.send, self.roots)
        assert isinstance(send, dict)
        result = await self.driver.perform(wire, send)
        secrets = self.runner.target.secrets
        for exchange in result.exchanges:
            number = len(self.result.exchanges) + 1
            self.result.exchanges.append(
                _record(f"{self.case.id}#{number}", exchange, secrets.mask)
            )
        self._watch(result.observation)
        return result

    def _judge(self, step: Step, name: str, observation: Mapping[str, Json]) -> Check:
        requirement = self.runner.requirement(name)
        if (one := self._broken(step.applies, name, observation)) is not None:
            return self._check(
                requirement,
                Verdict.NOT_APPLICABLE,
                step,
                message=f"does not apply here: {one.message}",
                reason="does-not-apply",
            )
        broken = self._broken(step.expect, name, observation)
        verdict = verdict_of(requirement, broken, observation) if broken else Verdict.PASS
        if broken is None and requirement.when_broken in (Verdict.FAIL, Verdict.WARN):
            broken = self._broken(step.prefer, name, observation)
            verdict = Verdict.WARN if broken else Verdict.PASS
        if broken is None:
            message = self._reported(step, observation)
            return self._check(requirement, verdict, step, message=message)
        return self._check(requirement, verdict, step, broken=broken)

    def _broken(
        self, expectations: Expectations, name: str, observation: Mapping[str, Json]
    ) -> Broken | None:
        pointers = expectations.get(name)
        if pointers is None:
            return None
        return self.runner.compiled(pointers, self.roots).broken(observation)

    def _reported(self, step: Step, observation: Mapping[str, Json]) -> str:
        values = {
            label: resolve(observation, split_pointer(pointer))
            for label, pointer in step.report.items()
        }
        return ", ".join(
            f"{label}: {'none' if value is ABSENT else shown(value)}"
            for label, value in values.items()
        )

    def _check(
        self,
        requirement: Requirement,
        verdict: Verdict,
        step: Step,
        *,
        broken: Broken | None = None,
        message: str = "",
        reason: str = "",
    ) -> Check:
        mask = self.runner.target.secrets.mask_text
        return Check(
            requirement=requirement.id,
            level=requirement.level,
            scenario=self.case.scenario.full_id,
            case=self.case.name,
            verdict=verdict,
            reason=broken.reason if broken else reason,
            message=mask(_told(verdict, broken) if broken else message),
            pointer=broken.pointer if broken else None,
            step=step.name,
            expected=broken.expected if broken else ABSENT,
            seen=broken.seen if broken else ABSENT,
            exchange=self.result.exchanges[-1].id if self.result.exchanges else None,
        )

    def _skip(self, step: Step, why: str) -> None:
        for name in step.requirements:
            requirement = self.runner.requirement(name)
            self._add(
                self._check(
                    requirement,
                    Verdict.UNTESTED,
                    step,
                    message=why,
                    reason="set-up",
                )
            )

    def _add(self, check: Check) -> None:
        before = self.checks.get(check.requirement)
        self.checks[check.requirement] = worse(before, check) if before else check

    def _watch(self, observation: Mapping[str, Json]) -> None:
        for key, step, holds in self.runner.watchers(self.case.scenario.driver).look(observation):
            self.tally.count(key)
            if not holds:
                self.tally.count_unmet(key, lambda: self._judge(step, key[1], observation))  # noqa: B023 - called at once


def verdict_of(
    requirement: Requirement, broken: Broken, observation: Mapping[str, Json]
) -> Verdict:
    """Return the verdict of a broken expectation.

    Where a broken row would be no more than a remark, nothing seen is nothing judged.
    """
    if observation.get("outcome") == Outcome.UNREACHABLE.value:
        return Verdict.ERROR
    verdict = requirement.when_broken
    if verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE) and broken.looked_at_nothing:
        return Verdict.UNTESTED
    return verdict


def _retry_after_s(observation: Mapping[str, Json]) -> float:
    """Return what a response asks to wait, 0 for nothing; dates are not read (RFC 9110, 10.2.3)."""
    wished = resolve(observation, _RETRY_AFTER)
    if isinstance(wished, str) and wished.isascii() and wished.isdigit():
        return float(wished)
    return 0.0


def _told(verdict: Verdict, broken: Broken) -> str:
    match verdict:
        case Verdict.PASS:
            return f"remark: {broken.message}"
        case Verdict.NOT_APPLICABLE:
            return f"the target makes no use of this permission: {broken.message}"
        case _:
            return broken.message


def _record(exchange_id: str, exchange: Exchange, mask: Callable[[bytes], bytes]) -> ExchangeRecord:
    return ExchangeRecord(
        id=exchange_id,
        url=exchange.url,
        method=exchange.method,
        request=mask(exchange.sent),
        response=mask(exchange.received),
        outcome=exchange.outcome.value,
        total_ms=round(exchange.timing.total_ms, 3),
        note=exchange.unreachable,
    )
