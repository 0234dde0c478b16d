"""`wirecheck gate`: a report held against a baseline, or a baseline written from a report."""

import datetime as dt
from pathlib import Path
from typing import Final

from conformance.cli_status import Status
from conformance.errors import InputError
from conformance.reporting.baseline import load_baseline
from conformance.reporting.baseline_update import write_baseline
from conformance.reporting.gate import gate_report
from conformance.reporting.report_file import load_report

_TEXT: Final = "text"
_FORMS: Final = (_TEXT, "markdown")


def gate(
    result: Path,
    *,
    baseline: Path | None,
    previous: Path | None,
    writes: Path | None,
    form: str = _TEXT,
    today: str = "",
) -> tuple[list[str], Status]:
    """Gate a report, or write a baseline from it; return the lines to print and the status.

    Args:
        result: a report.json.
        baseline: what is known.
        previous: an earlier report of the same target.
        writes: the baseline to write or bring up to date, in place of gating.
        form: text or markdown.
        today: the day in UTC, as `2026-01-31`; the clock's when it is left out.

    Raises:
        InputError: a bad file or option.
    """
    if (baseline is None) == (writes is None):
        raise InputError("gate", "--baseline FILE or --write-baseline FILE", "both or none")
    if form not in _FORMS:
        raise InputError("--format", f"one of {', '.join(_FORMS)}", form)
    today = today or dt.datetime.now(tz=dt.UTC).date().isoformat()
    report = load_report(result)
    if writes is not None:
        day = dt.date.fromisoformat(today)
        return [write_baseline(report, writes, report_name=str(result), today=day)], Status.NO_FAIL
    assert baseline is not None
    known = load_baseline(baseline, today=today)
    gating = gate_report(report, known, previous=load_report(previous) if previous else None)
    lines = gating.lines() if form == _TEXT else gating.markdown()
    return [*lines], Status.FAIL if gating.is_red else Status.NO_FAIL
