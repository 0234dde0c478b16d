"""`wirecheck fuzz`: messages made up, sent to a target, and what it breaks made small."""

import hashlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import anyio.from_thread
from hypothesis.strategies import SearchStrategy

from conformance.cli_status import Status
from conformance.engine.case_run import CaseResult
from conformance.engine.plan import with_driver
from conformance.engine.scenario import Case, cases_of, load_scenario_file
from conformance.errors import InputError
from conformance.hunt import DIED, Find, Hunt, as_scenario
from conformance.properties.jsonrpc import Calls
from conformance.properties.jsonrpc import families as jsonrpc_families
from conformance.properties.probe import Probe
from conformance.reporting.curl import command_for
from conformance.reporting.failure_text import check_text
from conformance.reporting.files import write_file
from conformance.reporting.report import exchange_json
from conformance.session import RunOptions, Session, embedded_target, open_session
from conformance.words.json_value import Json
from conformance.words.template import to_json_text
from conformance.words.verdict import Verdict

DEFAULT_MAX_EXAMPLES: Final = 200
DEFAULT_BUDGET_S: Final = 60.0
_HASH_CHARACTERS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FuzzOptions:
    """How far a search goes; `save` is the folder for scenario files of what was found."""

    max_examples: int = DEFAULT_MAX_EXAMPLES
    budget_s: float = DEFAULT_BUDGET_S
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
            return _search(target, fuzzing, lambda: target.is_lost or fuzzing.clock() >= end_s)
        finally:
            portal.call(session.process.stop)


def _check(fuzzing: FuzzOptions) -> None:
    if fuzzing.max_examples < 1:
        raise InputError("--max-examples", "a number from 1", fuzzing.max_examples)
    if not fuzzing.budget_s > 0:
        raise InputError("--budget-s", "more than 0 s", fuzzing.budget_s)


def _search(target: _Target, fuzzing: FuzzOptions, is_over: Callable[[], bool]) -> int:
    session = target.session
    known: set[str] = set()
    sent = 0
    for spec, name, strategy in _families(session):
        hunt = Hunt(
            judge=target.judge,
            died=target.died,
            seed=session.seed,
            max_examples=fuzzing.max_examples,
            is_over=is_over,
        )
        for find in hunt.finds(spec, strategy, known):
            _show(session, find)
            if fuzzing.save is not None:
                print(f"saved: {save(session, find, spec, fuzzing.save)}\n")  # noqa: T201 - the result
        sent += hunt.sent
        _tell(f"{name}: {hunt.sent} messages, {len(known)} finds so far, seed {session.seed}")
    print(f"{sent} messages, {len(known)} finds, seed {session.seed}")  # noqa: T201 - the result
    if target.is_lost:
        _tell("the target did not come back, so the rest was not sent")
    return Status.FAIL if known else Status.NO_FAIL


def _families(session: Session) -> Iterator[tuple[str, str, SearchStrategy[Probe]]]:
    if "jsonrpc" in session.drivers:
        for name, strategy in jsonrpc_families(Calls.of_target(session.target.document)).items():
            yield "jsonrpc", name, strategy


def _show(session: Session, find: Find) -> None:
    print(f"FOUND by {find.probe.kind}")  # noqa: T201 - the command's result
    if find.requirement == DIED:
        print(f"  {find.check.message}")  # noqa: T201 - the command's result
        if find.exchange is not None:
            line = command_for(exchange_json(find.exchange))
            print(f"  try: {session.target.secrets.mask_text(line)}\n")  # noqa: T201 - the result
        return
    requirement = session.catalogue.requirement(find.requirement)
    row = exchange_json(find.exchange) if find.exchange else None
    for line in check_text(find.check, requirement, find.exchange, row):
        print(f"  {session.target.secrets.mask_text(line)}")  # noqa: T201 - the command's result
    print()  # noqa: T201 - the command's result


def save(session: Session, find: Find, driver: str, folder: Path) -> Path:
    """Write a find as a scenario file; its name is made of the requirement and the message."""
    digest = hashlib.blake2b(to_json_text(dict(find.probe.send)).encode()).hexdigest()
    name = f"fuzz-{find.requirement.lower().replace('(', '').replace(')', '')}"
    name += f"-{digest[:_HASH_CHARACTERS]}"
    document = as_scenario(find, name=name, driver=driver, pointers=_pointers(session, find))
    path = folder / f"{name}.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    write_file(path, to_json_text(document, indent=2) + "\n")
    return path


def _pointers(session: Session, find: Find) -> Mapping[str, Json]:
    """Return what the broken requirement asks for, of the probe or of a watching scenario."""
    if (own := find.probe.expect.get(find.requirement)) is not None:
        return own
    for scenario in session.plan.watchers:
        step = scenario.steps[0]
        if (watched := step.expect.get(find.requirement)) is not None:
            return watched
    return {"/outcome": {"const": "answered"}}


def replay(options: RunOptions, path: Path) -> int:
    """Send what a saved find holds again; return the exit status.

    Raises:
        InputError: the file is no scenario file.
    """
    scenarios = [with_driver(one) for one in load_scenario_file(path, spec="fuzz")]
    broken = False
    with (
        embedded_target(options) as with_target,
        anyio.from_thread.start_blocking_portal() as portal,
    ):
        session = portal.call(open_session, with_target)
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
