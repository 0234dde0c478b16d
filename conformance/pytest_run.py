"""One pytest session's run: the engine behind the items, and the report at the end."""

import base64
import contextlib
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import anyio.from_thread
import pytest

from conformance.engine.plan import PlannedCase
from conformance.engine.scenario import WHOLE_RUN
from conformance.engine.schedule import TARGET_LOST, Schedule
from conformance.engine.watch import fold_watched, together
from conformance.errors import InputError
from conformance.reporting.baseline import load_baseline
from conformance.reporting.failure_text import check_text
from conformance.reporting.files import check_folder, write_file
from conformance.reporting.gate import JUDGED, Gating, gate_report
from conformance.reporting.report import exchange_json
from conformance.reporting.terminal import summary_lines
from conformance.session import RunOptions, Session, embedded_target, open_session
from conformance.words.events import CaseFinished, RunEvent, RunFinished, RunStarted
from conformance.words.profile import SURFACES
from conformance.words.verdict import Check, Verdict

_DEFAULT_REPORT_DIR: Final = "reports/run"
_BROKEN: Final = (Verdict.FAIL, Verdict.ERROR)
_NOT_JUDGED: Final = frozenset({Verdict.UNTESTED, Verdict.NOT_APPLICABLE})


class CaseFailedError(Exception):
    """A case has a broken check; its text is what a user reads."""


class PytestRun:
    """A session opened for pytest; close it when pytest ends.

    The engine is async and pytest is not, so it lives on a thread of its own.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        shared: dict[str, Any] = getattr(config, "workerinput", {}).get("wirecheck", {})
        self._is_worker = hasattr(config, "workerinput")
        options = self._options()
        if shared:
            options = replace(
                options,
                **shared["urls"],
                profile=Path(shared["profile"]) if shared["profile"] else None,
                allow_writes=shared["allow_writes"],
                seed=shared["seed"],
            )
        baseline = self._option("baseline")
        self._baseline = load_baseline(Path(baseline)) if baseline else None
        self._folder = Path(self._option("report_dir") or _DEFAULT_REPORT_DIR)
        check_folder(self._folder)
        with contextlib.ExitStack() as stack:
            self._options_used = stack.enter_context(embedded_target(options))
            self._portal = stack.enter_context(anyio.from_thread.start_blocking_portal())
            self.session: Session = self._portal.call(open_session, self._options_used)
            stack.callback(self._portal.call, self.session.process.stop)
            self._stack = stack.pop_all()
        self._schedule: Schedule = self.session.schedule(
            self._ignore, shares_target=self._is_worker
        )
        self._planned = {one.case.id: one for one in self.session.plan.cases}
        self._duration_s = 0.0
        self._gating: Gating | None = None
        self.session.report.take(
            RunStarted(cases=len(self._planned), jobs=1, seed=self.session.seed)
        )
        for note in self.session.notes:
            self.session.report.take(note)

    def _ignore(self, event: RunEvent) -> None:
        """Show nothing: pytest shows its items."""

    def _option(self, name: str) -> Any:  # noqa: ANN401 - what argparse gives
        return self._config.getoption(f"wirecheck_{name}")

    def _options(self) -> RunOptions:
        profile = self._option("target_profile")
        return RunOptions(
            url=self._option("target"),
            jsonrpc=self._option("jsonrpc"),
            odata=self._option("odata"),
            sse=self._option("sse"),
            profile=Path(profile) if profile else None,
            classes=tuple(self._option("class") or ()),
            only=tuple(self._option("only") or ()),
            skip=tuple(self._option("skip") or ()),
            allow_writes=self._option("allow_writes"),
            headers=tuple(self._option("header") or ()),
            timeout_s=self._option("target_timeout"),
            seed=self._option("seed"),
        )

    def shared(self) -> dict[str, Any]:
        """Return what a worker needs to judge the same target; plain values only."""
        used = self._options_used
        return {
            "urls": {name: getattr(used, name) for name in ("url", *SURFACES)},
            "profile": str(used.profile) if used.profile else "",
            "allow_writes": used.allow_writes,
            "seed": self.session.seed,
        }

    def cases_in(self, path: Path) -> Iterator[PlannedCase]:
        """Yield the planned cases of one scenario file."""
        path = path.resolve()
        yield from (one for one in self._planned.values() if one.case.scenario.path == path)

    def check_file(self, path: Path) -> None:
        """Make sure that a file is among the suite's own scenarios.

        Raises:
            InputError: it is not.
        """
        known = {one.path for one in self.session.plan.scenarios.values()}
        if path.resolve() not in known and not self._is_of_another_surface(path):
            raise InputError(str(path), "a scenario file of the suite", path.name)

    def _is_of_another_surface(self, path: Path) -> bool:
        return path.resolve().is_relative_to(Path(__file__).resolve().parent / "scenarios")

    def line_of(self, case_id: str) -> int:
        """Return the line of a case's scenario, counted from 0."""
        return int(self._planned[case_id].case.scenario.line().rpartition(":")[2]) - 1

    def judge(self, item: Any) -> None:  # noqa: ANN401 - a CaseItem; the plugin imports us
        """Judge one case.

        Raises:
            CaseFailedError: a check is broken.
            pytest.skip.Exception: nothing of the case could be judged.
        """
        __tracebackhide__ = True
        finished: CaseFinished = self._portal.call(
            self._schedule.judge, self._planned[item.case_id]
        )
        item.outcome = base64.b64encode(pickle.dumps(finished)).decode("ascii")
        told = [self._told(check, finished) for check in finished.checks]
        broken = [
            text
            for check, text in zip(finished.checks, told, strict=True)
            if check.verdict in _BROKEN and not self._is_known(check)
        ]
        warned = [
            text
            for check, text in zip(finished.checks, told, strict=True)
            if check.verdict is Verdict.WARN
        ]
        if warned:
            item.add_report_section("call", "wirecheck warnings", "\n\n".join(warned))
        if broken:
            raise CaseFailedError("\n\n".join(broken))
        if all(check.verdict in _NOT_JUDGED for check in finished.checks):
            reasons = dict.fromkeys(f"{one.verdict}: {one.message}" for one in finished.checks)
            pytest.skip("; ".join(reasons))

    def _is_known(self, check: Check) -> bool:
        return self._baseline is not None and self._baseline.knows(check)

    def _told(self, check: Check, finished: CaseFinished) -> str:
        exchange = next((one for one in finished.exchanges if one.id == check.exchange), None)
        row = exchange_json(exchange) if exchange else None
        requirement = self.session.catalogue.requirement(check.requirement)
        text = "\n".join(check_text(check, requirement, exchange, row))
        return self.session.target.secrets.mask_text(text)

    def take(self, outcome: str) -> None:
        """Take what one item came to, from this process or a worker."""
        finished: CaseFinished = pickle.loads(base64.b64decode(outcome))  # noqa: S301 - our own
        self.session.report.take(finished)
        self._duration_s += finished.duration_s

    def finish(self, *, interrupted: bool) -> bool:
        """Write report.json; tell whether anything that no item shows turns the session red.

        That is a broken check of the whole run, a run that judged nothing, or what the gate finds
        of a baseline: an entry that is stale or has expired, for one.

        Raises:
            InputError: it can't be written, or a bad entry of the baseline.
        """
        report = self.session.report
        whole_run: list[Check] = []
        watched = together(one.watched for one in report.cases)
        for scenario in self.session.plan.watchers:
            folded = fold_watched(scenario, watched, self.session.catalogue)
            report.take(folded)
            whole_run += folded.checks
        lost = any(one.reason == TARGET_LOST for one in report.checks)
        report.take(
            RunFinished(duration_s=self._duration_s, interrupted=interrupted, target_lost=lost)
        )
        if not interrupted:
            judged = {one.case for one in report.cases}
            report.leave_out(sum(name not in judged for name in self._planned))
        write_file(self._folder / "report.json", report.text())
        if self._baseline is not None:
            self._gating = gate_report(report.document(), self._baseline)
            return self._gating.is_red
        is_broken = any(one.verdict in _BROKEN for one in whole_run)
        return is_broken or not self._has_judged()

    def _has_judged(self) -> bool:
        return any(one.verdict in JUDGED for one in self.session.report.checks)

    def summary(self) -> Iterator[str]:
        """Yield the lines of the summary: classes, and what broke over the whole run."""
        report = self.session.report
        whole_run = [one for one in report.checks if one.case == WHOLE_RUN]
        lines = summary_lines(
            report.cases,
            report.checks,
            self.session.catalogue,
            notes=report.notes,
            told=whole_run,
        )
        yield from map(self.session.target.secrets.mask_text, lines)
        if self._gating is not None:
            yield from map(self.session.target.secrets.mask_text, self._gating.lines())
        elif not self._has_judged():
            yield "nothing was tested, so nothing has passed"

    def close(self) -> None:
        """Stop the engine's thread, and the embedded server if there is one."""
        self._stack.close()
