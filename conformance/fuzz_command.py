"""`wirecheck fuzz`: messages made up, sent to a target, and what it breaks made small."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

import anyio.from_thread
from hypothesis.strategies import SearchStrategy

from conformance.cli_status import Status
from conformance.engine.case_run import CaseResult
from conformance.engine.plan import with_driver
from conformance.engine.scenario import Case, cases_of, load_scenario_file
from conformance.errors import InputError
from conformance.finds import find_lines, save
from conformance.hunt import Find, Hunt, as_case
from conformance.properties import jsonrpc, odata, sse
from conformance.properties.probe import Probe
from conformance.session import RunOptions, Session, embedded_target, open_session
from conformance.words.verdict import Verdict

DEFAULT_MAX_EXAMPLES: Final = 200
DEFAULT_BUDGET_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FuzzOptions:
    """How far a search goes.

    `kinds` are globs for the names of the kinds of messages that are sent; none for all. `save` is
    the folder for scenario files of what was found.
    """

    max_examples: int = DEFAULT_MAX_EXAMPLES
    budget_s: float = DEFAULT_BUDGET_S
    kinds: tuple[str, ...] = ()
    save: Path | None = None
    clock: Callable[[], float] = time.monotonic


@dataclass(slots=True)
class _Target:
    """One session driven from Hypothesis' thread; a target that died is brought back if it can."""

    session: Session
    portal: anyio.from_thread.BlockingPortal
    is_lost: bool = False
    _died: bool = field(default=False, init=False)

    def judge(self, case: Case) -> CaseResult:
        """Run one case; afterwards `died` tells whether the target survived it."""
        result: CaseResult = self.portal.call(self.session.runner.run, case)
        self._died = False
        if result.unanswered is not None and not self.portal.call(self.session.process.is_alive):
            self._died = True
            self.is_lost = not self.portal.call(self.session.process.bring_back)
        return result

    def died(self) -> bool:
        """Tell whether the last case killed the target."""
        return self._died

    def holds(self, spec: str, probe: Probe) -> bool:
        """Tell whether a target does what a probe expects, with nothing left unjudged."""
        result = self.judge(as_case(spec, probe))
        return all(one.verdict is Verdict.PASS for one in result.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """Messages of one kind for one surface."""

    spec: str
    name: str
    strategy: SearchStrategy[Probe]


def fuzz(options: RunOptions, fuzzing: FuzzOptions) -> int:
    """Search one target and print what was found; return the exit status.

    Raises:
        InputError: a bad file or option.
        TargetUnreachableError: no connection could be made.
    """
    _check(fuzzing)
    end_s = fuzzing.clock() + fuzzing.budget_s
    with (
        embedded_target(options) as with_target,
        anyio.from_thread.start_blocking_portal() as portal,
    ):
        session = portal.call(open_session, with_target)
        target = _Target(session, portal)
        try:
            return _search(target, fuzzing, end_s)
        finally:
            if left := session.left_over():
                _tell(f"could not be deleted again: {', '.join(left)}")
            portal.call(session.process.stop)


def _check(fuzzing: FuzzOptions) -> None:
    if fuzzing.max_examples < 1:
        raise InputError("--max-examples", "a number from 1", fuzzing.max_examples)
    if not fuzzing.budget_s > 0:
        raise InputError("--budget-s", "more than 0 s", fuzzing.budget_s)


def _search(target: _Target, fuzzing: FuzzOptions, end_s: float) -> int:
    session = target.session
    known: set[str] = set()
    finds: list[Find] = []
    sent = 0
    families = _wanted(list(_families(target)), fuzzing.kinds)
    for index, family in enumerate(families):
        # What one family leaves of its share of the time is the others'.
        now_s = fuzzing.clock()
        share_end_s = now_s + (end_s - now_s) / (len(families) - index)
        hunt = Hunt(
            judge=target.judge,
            died=target.died,
            seed=session.seed,
            max_examples=fuzzing.max_examples,
            is_over=lambda end=share_end_s: target.is_lost or fuzzing.clock() >= end,  # type: ignore[misc]
        )
        for find in hunt.finds(family.spec, family.strategy, known):
            finds.append(find)
            for line in find_lines(session, find):
                print(line)  # noqa: T201 - the command's result
            if fuzzing.save is not None:
                path = save(session, find, family.spec, fuzzing.save)
                print(f"saved: {path}\n")  # noqa: T201 - the command's result
        sent += hunt.sent
        _tell(
            f"{family.name}: {hunt.sent} messages, {len(finds)} finds so far, seed {session.seed}"
        )
        _tell_of(hunt)
    print(f"{sent} messages, {len(finds)} finds, seed {session.seed}")  # noqa: T201 - the result
    if target.is_lost:
        _tell("the target did not come back, so the rest was not sent")
    has_failed = any(one.check.verdict is Verdict.FAIL for one in finds)
    return Status.FAIL if has_failed else Status.NO_FAIL


def _wanted(families: Sequence[_Family], kinds: Sequence[str]) -> list[_Family]:
    """Return the families of some kinds.

    Raises:
        InputError: a kind that is none of the target's.
    """
    for kind in kinds:
        if not any(fnmatchcase(one.name, kind) for one in families):
            names = ", ".join(one.name for one in families)
            raise InputError("--kind", f"one of {names}", kind)
    wanted = [one for one in families if any(fnmatchcase(one.name, kind) for kind in kinds)]
    return wanted if kinds else list(families)


def _tell_of(hunt: Hunt) -> None:
    """Tell what a hunt could not make sure of."""
    if hunt.unjudged:
        _tell(f"  {hunt.unjudged} of them were not judged to their end: {hunt.why_unjudged}")
    for find in hunt.unsure:
        _tell(f"  {find.requirement} broke, and not when the same was sent again")


def _families(target: _Target) -> Iterator[_Family]:
    session = target.session
    if "jsonrpc" in session.drivers:
        calls = jsonrpc.Calls.of_target(session.target.document)
        for name, strategy in jsonrpc.families(calls).items():
            yield _Family(spec="jsonrpc", name=name, strategy=strategy)
    if "odata" in session.drivers:
        service = odata.Service.of_target(session.target)
        for told, probe in service.controls():
            if service.has(probe.kind) and not target.holds("odata", probe):
                _tell(f"{told} does not work at all, so nothing that needs it is sent")
                service = service.without(probe.kind)
        for name, strategy in odata.families(service).items():
            yield _Family(spec="odata", name=name, strategy=strategy)
    if "sse" in session.drivers:
        for name, strategy in sse.families(sse.Stream.of_target(session.target)).items():
            yield _Family(spec="sse", name=name, strategy=strategy)


def replay(options: RunOptions, path: Path) -> int:
    """Send what a saved find holds again; return the exit status.

    Raises:
        InputError: the file is no scenario file, or changes data without consent.
    """
    scenarios = [with_driver(one) for one in load_scenario_file(path, spec="fuzz")]
    broken = False
    with (
        embedded_target(options) as with_target,
        anyio.from_thread.start_blocking_portal() as portal,
    ):
        session = portal.call(open_session, with_target)
        if any(one.writes for one in scenarios) and not session.target.allows_writes:
            raise InputError(str(path), "consent with --allow-writes: it changes data", "none")
        target = _Target(session, portal)
        try:
            for case in (case for one in scenarios for case in cases_of(one)):
                result = target.judge(case)
                told = "the target died" if target.died() else ""
                for check in result.checks:
                    broken |= check.verdict is Verdict.FAIL
                    print(f"{check.verdict} {check.requirement} {check.message}")  # noqa: T201
                if told:
                    broken = True
                    print(told)  # noqa: T201 - the command's result
        finally:
            portal.call(session.process.stop)
    return Status.FAIL if broken else Status.NO_FAIL


def _tell(text: str) -> None:
    print(f"wirecheck: {text}", file=sys.stderr)  # noqa: T201 - a log line of a command
