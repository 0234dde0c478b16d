"""A baseline made or brought up to date from a report; what people wrote of an entry stays."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from conformance.errors import InputError
from conformance.reporting.baseline import Baseline, Known, load_baseline
from conformance.reporting.baseline_text import HEAD, changed_text
from conformance.reporting.files import write_file
from conformance.reporting.gate import tested_in
from conformance.reporting.report_file import checks_of, selection_of
from conformance.words.catalogue import Catalogue
from conformance.words.json_value import Json, is_object
from conformance.words.verdict import RED, Check, Verdict
from conformance.words.yaml_file import read_text

VALID_DAYS: Final = 90  # of a new entry: a quarter to look at it
NOT_LOOKED_AT: Final = "not looked at yet"


def write_baseline(
    report: Mapping[str, Json],
    path: Path,
    *,
    report_name: str,
    today: dt.date,
    catalogue: Catalogue | None = None,
) -> str:
    """Write what a report found broken to a baseline, and return what was done as one line.

    Entries that still cover something stay as they are, comments too; one whose check breaks for
    another reason gets that reason; stale ones go. The list of flaky checks is left alone. New
    entries say that nobody has looked at them, and expire after `VALID_DAYS`.

    Raises:
        InputError: a report of a partial run, a file that is no baseline, or one that can't be
            written.
    """
    _check_whole(report, report_name)
    checks = checks_of(report)
    broken = [one for one in checks if one.verdict in RED and not one.is_flaky]
    flaky = [one for one in checks if one.is_flaky]
    is_new = not path.exists()
    if is_new:
        baseline = Baseline(known=[], today=today.isoformat())
        text = f"{HEAD}known: []\n"
    else:
        baseline = load_baseline(path, today=today.isoformat(), catalogue=catalogue)
        text = read_text(path)
    stays, reasons = _kept(baseline.known, [*broken, *flaky])
    held = [
        _with_reason(entry, reasons.get(at))
        for at, (entry, keeps) in enumerate(zip(baseline.known, stays, strict=True))
        if keeps
    ]
    wild = [one for one in baseline.flaky if not one.is_expired(baseline.today)]
    added = [one for one in broken if not any(entry.covers(one) for entry in [*held, *wild])]
    expires = (today + dt.timedelta(days=VALID_DAYS)).isoformat()
    new_text = changed_text(
        text,
        str(path),
        stays=stays,
        reasons=reasons,
        added=[_new_entry(one, expires) for one in added],
        tested=tested_in(checks),
    )
    write_file(path, new_text)
    gone = len(stays) - sum(stays)
    told = f"{path}: {len(held)} entries kept, {len(added)} added, {gone} taken out"
    return f"{told}; {len(flaky)} flaky checks left to you" if flaky else told


def _check_whole(report: Mapping[str, Json], name: str) -> None:
    run = report["run"]
    assert is_object(run)
    expected = "the report of a whole run"
    if run["complete"] is not True:
        seen = "a run that was interrupted or lost its target"
        raise InputError(name, expected, seen, "run again")
    if selection := selection_of(report):
        hint = "run all of it: what was left out would be taken for mended"
        raise InputError(name, expected, f"a run with {', '.join(selection)}", hint)
    checks = checks_of(report)
    if any(one.verdict is Verdict.ERROR for one in checks):
        raise InputError(name, expected, "checks with the verdict error", "run again")
    if not tested_in(checks):
        raise InputError(name, expected, "a run that tested nothing")


def _kept(known: Sequence[Known], broken: Sequence[Check]) -> tuple[list[bool], dict[int, str]]:
    """Return which entries stay, and new reason codes by the place of their entry."""
    stays: list[bool] = []
    reasons: dict[int, str] = {}
    for at, entry in enumerate(known):
        named = [one for one in broken if entry.names(one)]
        same = [one for one in named if one.verdict is entry.verdict]
        if any(entry.covers(one) or one.is_flaky for one in named):
            stays.append(True)
        elif same and entry.reason and len({one.reason for one in same}) == 1:
            reasons[at] = same[0].reason
            stays.append(True)
        else:
            stays.append(False)
    return stays, reasons


def _with_reason(entry: Known, reason: str | None) -> Known:
    return entry if reason is None else replace(entry, reason=reason)


def _new_entry(check: Check, expires: str) -> dict[str, str]:
    return {
        "requirement": check.requirement,
        "scenario": check.scenario,
        "case": check.case,
        **({"verdict": "warn"} if check.verdict is Verdict.WARN else {}),
        **({"reason": check.reason} if check.reason else {}),
        "why": NOT_LOOKED_AT,
        "expires": expires,
    }
