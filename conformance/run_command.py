"""`wirecheck run`: a session judged under a progress display, its reports written, its status."""

import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    nullcontext,
)
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, Self

import anyio

from conformance.cli_status import Status
from conformance.errors import InputError
from conformance.observe.json_text import observe_json
from conformance.reporting.baseline import Baseline, load_baseline
from conformance.reporting.files import check_folder, write_file
from conformance.reporting.formats import FORMATS
from conformance.reporting.gate import Gating, gate_report
from conformance.reporting.terminal import summary_lines
from conformance.session import RunOptions, Session, embedded_target, open_session
from conformance.words.events import (
    CaseFinished,
    RunEvent,
    RunFinished,
    RunNote,
    RunStarted,
    TargetDied,
)
from conformance.words.json_value import Json, is_object
from conformance.words.verdict import Check, Verdict

_LOG_PARTS: Final = 10  # a log gets a line each tenth of the run
_JUDGED: Final = frozenset({Verdict.PASS, Verdict.FAIL, Verdict.WARN})


class Display(Protocol):
    """Shows a run while it goes on."""

    def take(self, event: RunEvent) -> None:
        """Show one event."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(self, *_: object) -> None:
        """End; leave the terminal as it was."""


class LogDisplay(AbstractContextManager["LogDisplay"]):
    """Plain lines on stderr: the start, each tenth, deaths and notes."""

    def __init__(self) -> None:
        self._cases = 0
        self._done = 0
        self._fails = 0

    def take(self, event: RunEvent) -> None:
        """Write a line where there is something to say."""
        match event:
            case RunStarted():
                self._cases, self._done = event.cases, 0
                _tell(f"judging {event.cases} cases, {event.jobs} at once, seed {event.seed}")
            case CaseFinished():
                self._done += 1
                self._fails += any(one.verdict is Verdict.FAIL for one in event.checks)
                if self._done * _LOG_PARTS % max(self._cases, 1) < _LOG_PARTS:
                    _tell(f"{self._done} of {self._cases} cases, {self._fails} with a fail")
            case TargetDied() | RunNote():
                _tell(event_line(event))
            case RunFinished():
                _tell(f"done in {event.duration_s:.1f} s")

    def __exit__(self, *_: object) -> None:
        """Nothing to leave."""


class BarDisplay(AbstractContextManager["BarDisplay"]):
    """A progress bar on a terminal."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - only on a terminal
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[fails]} with a fail"),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("judging", total=None, fails=0)
        self._fails = 0

    def __enter__(self) -> Self:
        """Show the bar."""
        self._progress.start()
        return self

    def take(self, event: RunEvent) -> None:
        """Move the bar, or write a line above it."""
        match event:
            case RunStarted():
                self._progress.update(self._task, total=event.cases, completed=0)
            case CaseFinished():
                self._fails += any(one.verdict is Verdict.FAIL for one in event.checks)
                self._progress.update(self._task, advance=1, fails=self._fails)
            case TargetDied() | RunNote():
                self._progress.console.print(event_line(event), markup=False, highlight=False)
            case RunFinished():
                return

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        self._progress.stop()


class NoDisplay(nullcontext["NoDisplay"]):
    """Shows nothing."""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def take(self, event: RunEvent) -> None:
        """Show nothing."""


def event_line(event: RunNote | TargetDied) -> str:
    """Return what a death or a note says, as one line."""
    if isinstance(event, RunNote):
        return event.text
    end = "it was brought back" if event.restarted else "it did not come back"
    return f"the target stopped answering during {', '.join(event.cases)}; {end}"


def _tell(text: str) -> None:
    print(f"wirecheck: {text}", file=sys.stderr)  # noqa: T201 - a log line of a command


def make_display(*, quiet: bool) -> Display:
    """Return the display that fits where stderr goes."""
    if quiet:
        return NoDisplay()
    return BarDisplay() if sys.stderr.isatty() else LogDisplay()


def read_formats(text: str) -> list[str]:
    """Take `json,junit` apart.

    Raises:
        InputError: a format that is not known, or none.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in FORMATS:
            raise InputError("--format", f"some of {', '.join(FORMATS)}", name)
    if not names:
        raise InputError("--format", f"some of {', '.join(FORMATS)}", text)
    return names


def run_and_report(
    options: RunOptions,
    *,
    report_dir: Path,
    formats: str,
    baseline: Path | None,
    quiet: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Judge a target, write the reports, print the summary; return the exit status.

    Raises:
        InputError: a bad file or option.
        TargetUnreachableError: no connection could be made.
    """

    @asynccontextmanager
    async def opening() -> AsyncIterator[Session]:
        yield await open_session(with_target)

    # Read first: no server is started for a run that can't be.
    wanted = Wanted.read(report_dir=report_dir, formats=formats, baseline=baseline)
    with embedded_target(options) as with_target:
        return judge_and_report(opening, wanted, quiet=quiet, clock=clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to come of a run: files in a folder, held against what is known."""

    report_dir: Path
    names: Sequence[str]
    known: Baseline | None

    @classmethod
    def read(cls, *, report_dir: Path, formats: str, baseline: Path | None) -> "Wanted":
        """Read the options.

        Raises:
            InputError: an unknown format, a bad baseline, or no folder that can be written to.
        """
        names = read_formats(formats)
        known = load_baseline(baseline) if baseline else None
        check_folder(report_dir)
        return cls(report_dir=report_dir, names=names, known=known)


def judge_and_report(
    opening: Callable[[], AbstractAsyncContextManager[Session]],
    wanted: Wanted,
    *,
    quiet: bool,
    clock: Callable[[], float],
) -> int:
    """Judge what a session is opened for, and tell of it; return the exit status.

    A run that Ctrl-C ended is reported as far as it came.

    Raises:
        InputError: a place that can't be written to, or an entry of the baseline that covers too
            much; the reports are written before that.
        TargetUnreachableError: no connection could be made.
    """
    session, interrupted = _judge(opening, quiet=quiet, clock=clock)
    report = session.report
    text = report.text()
    # Read back, so that all that is told is made of what was masked.
    document = observe_json(text.encode("utf-8", "backslashreplace")).value
    assert is_object(document)
    gating, refused = None, None
    if wanted.known is not None and not interrupted:
        try:
            gating = gate_report(document, wanted.known)
        except InputError as error:  # of the baseline: what was judged is told all the same
            refused = error
    texts = {
        FORMATS[name][0]: text if name == "json" else _written(name, document, session, gating)
        for name in wanted.names
    }
    for file_name, made in texts.items():
        write_file(wanted.report_dir / file_name, made)
    for line in summary_lines(
        report.cases, report.checks, session.catalogue, notes=report.notes, shows_warnings=not quiet
    ):
        print(session.target.secrets.mask_text(line))  # noqa: T201 - the command's result
    written = [str(wanted.report_dir / file_name) for file_name in texts]
    print(f"report: {', '.join(written)}")  # noqa: T201 - the command's result
    if interrupted:
        _tell("interrupted; the report holds what was judged until then")
        return Status.INTERRUPTED
    if refused is not None:
        raise refused
    if gating is not None:
        for line in gating.lines():
            print(line)  # noqa: T201 - the command's result
    return exit_status(report.checks, gating, target_lost=report.target_lost)


def _judge(
    opening: Callable[[], AbstractAsyncContextManager[Session]],
    *,
    quiet: bool,
    clock: Callable[[], float],
) -> tuple[Session, bool]:
    """Return a session whose report is complete, and whether Ctrl-C ended it before its time.

    Raises:
        KeyboardInterrupt: before the session was opened: there is nothing to tell.
        TargetUnreachableError: no connection could be made.
    """
    opened: list[Session] = []
    started_s = clock()

    async def judge(display: Display) -> None:
        async with opening() as session:
            opened.append(session)
            await session.run(display.take)

    with make_display(quiet=quiet) as display:
        try:
            anyio.run(judge, display)
        except KeyboardInterrupt:
            if not opened:
                raise
            took_s = clock() - started_s
            opened[0].report.take(RunFinished(duration_s=took_s, interrupted=True))
            return opened[0], True
    return opened[0], False


def _written(
    name: str, document: Mapping[str, Json], session: Session, gating: Gating | None
) -> str:
    """Return a report in a format; Markdown and JUnit tell known fails from others."""
    # Imported where they are written, as FORMATS does.
    if name == "markdown":
        from conformance.reporting.markdown import markdown  # noqa: PLC0415

        return markdown(document, session.catalogue, gating=gating)
    if name == "junit":
        from conformance.reporting.junit import junit_xml  # noqa: PLC0415

        return junit_xml(document, session.catalogue, gating=gating)
    return FORMATS[name][1](document, session.catalogue)


def exit_status(checks: list[Check], gating: Gating | None, *, target_lost: bool) -> Status:
    """Return the status of a finished run; a run that judged nothing has not passed."""
    fails = any(one.verdict is Verdict.FAIL for one in checks)
    if fails if gating is None else gating.has_fail:
        return Status.FAIL
    if target_lost:
        return Status.UNREACHABLE
    if any(one.verdict is Verdict.ERROR for one in checks):
        return Status.FAIL
    if not any(one.verdict in _JUDGED for one in checks):
        _tell("nothing was tested, so nothing has passed")
        return Status.FAIL
    return Status.FAIL if gating is not None and gating.is_red else Status.NO_FAIL
