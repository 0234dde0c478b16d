"""The gate: a report held against a baseline, and all that turns a pipeline red.

It knows report documents and baselines, and neither prints nor ends anything.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from conformance.errors import InputError
from conformance.reporting.baseline import Baseline, Known
from conformance.reporting.markdown_text import code, inline
from conformance.reporting.plain_line import plain_line
from conformance.reporting.report_file import checks_of, selection_of
from conformance.words.json_value import Json, is_object
from conformance.words.verdict import RED, Check, Verdict

MOST_COVERED: Final = 50  # broken checks of one entry: one that hides more hides what nobody reads
JUDGED: Final = frozenset({Verdict.PASS, Verdict.FAIL, Verdict.WARN})
_MOST_LINES: Final = 20  # of one kind; the report has all of them
_MESSAGE_CHARACTERS: Final = 160

Row = Mapping[str, Json]
Key = tuple[str, str, str]


class Kind(StrEnum):
    """What the gate found; all but the last two turn it red."""

    NEW_FAIL = "fails that are not listed"
    NEW_WARNING = "warnings that are not listed"
    OTHER_REASON = "listed, but broken in another way now"
    FLAKY = "flaky, and not listed as such"
    STALE = "listed, but no longer so"
    NOT_RUN = "listed, but not judged"
    EXPIRED = "listed, but expired"
    LOST = "tested before, and not now"
    ERROR = "could not be judged"
    RUN = "the run itself"
    KNOWN_FLAKY = "known to be flaky"
    NOTE = "note"


_HINTS: Final = {
    Kind.NEW_FAIL: "mend the target, or list them: wirecheck gate REPORT --write-baseline FILE",
    Kind.NEW_WARNING: "as fails, since the baseline says gates_warnings: true",
    Kind.OTHER_REASON: "look again: the known failure may hide a new one; then write the baseline",
    Kind.FLAKY: "find out why, or list them under flaky:",
    Kind.STALE: "take the entries out: wirecheck gate REPORT --write-baseline FILE",
    Kind.NOT_RUN: "bring the check back (profile, options), or take the entry out",
    Kind.EXPIRED: "mend the target, or give the entry another date and say why",
    Kind.LOST: "bring them back (profile, options), or write the baseline if they are gone",
    Kind.ERROR: "run again where the target can be reached",
    Kind.RUN: "run again",
}
_BROKEN: Final = frozenset({Kind.NEW_FAIL, Kind.NEW_WARNING, Kind.OTHER_REASON, Kind.FLAKY})
_SHOWN_ONLY: Final = frozenset({Kind.KNOWN_FLAKY, Kind.NOTE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that the gate found, as one line without its kind."""

    kind: Kind
    line: str


@dataclass(slots=True, kw_only=True)
class Gating:
    """What the gate came to; the keys are of broken checks that are known, or known to be flaky."""

    findings: list[Finding] = field(default_factory=list)
    known_keys: set[Key] = field(default_factory=set)
    flaky_keys: set[Key] = field(default_factory=set)

    def add(self, kind: Kind, line: str) -> None:
        """Take one finding."""
        self.findings.append(Finding(kind=kind, line=plain_line(line)))

    @property
    def known(self) -> int:
        """How many checks are broken, and known to be."""
        return len(self.known_keys)

    def excuses(self, check: Row) -> bool:
        """Tell whether a broken check, as it stands in the report, is one that is listed."""
        key = (str(check["requirement"]), str(check["scenario"]), str(check["case"]))
        return key in self.known_keys or key in self.flaky_keys

    @property
    def has_fail(self) -> bool:
        """Whether the target itself broke something that is not known."""
        return any(one.kind in _BROKEN for one in self.findings)

    @property
    def is_red(self) -> bool:
        """Whether anything turns the pipeline red."""
        return any(one.kind not in _SHOWN_ONLY for one in self.findings)

    @property
    def verdict(self) -> str:
        """The verdict and the sums, as one line."""
        red = sum(one.kind not in _SHOWN_ONLY for one in self.findings)
        known = f"{self.known} known {'failure' if self.known == 1 else 'failures'}"
        found = f"{red} finding{'' if red == 1 else 's'}"
        return f"gate: red, {found}, {known}" if red else f"gate: green, {known}"

    def groups(self, *, without: Sequence[Kind] = ()) -> Iterator[tuple[str, list[str]]]:
        """Yield each kind of finding: its head with what to do, and its lines, cut short."""
        for kind in Kind:
            rows = [one.line for one in self.findings if one.kind is kind]
            if rows and kind not in without:
                hint = _HINTS.get(kind)
                more = len(rows) - _MOST_LINES
                rest = [f"and {more} more"] if more > 0 else []
                head = f"{kind} ({len(rows)}){': ' + hint if hint else ''}"
                yield head, [*rows[:_MOST_LINES], *rest]

    def lines(self) -> Iterator[str]:
        """Yield all of it as lines for a terminal, the verdict last."""
        for head, rows in self.groups():
            yield head
            yield from (f"  {line}" for line in rows)
        yield self.verdict

    def markdown(self) -> Iterator[str]:
        """Yield all of it as Markdown for a comment, the verdict first."""
        mark = "❌" if self.is_red else "✅"
        yield f"### {mark} Wirecheck {inline(self.verdict)}"
        for head, rows in self.groups():
            yield ""
            yield inline(head)
            yield ""
            yield from (f"- {code(line)}" for line in rows)


def gate_report(report: Row, baseline: Baseline, *, previous: Row | None = None) -> Gating:
    """Hold a report against a baseline.

    What was tested before is what the baseline lists as `tested`, and what the previous report
    judged. In a run that left out cases by its options, entries and requirements without a check
    are not missed.

    Args:
        report: a report document by its schema.
        baseline: what is known.
        previous: an earlier report of the same target.

    Raises:
        InputError: an entry that covers more than `MOST_COVERED` broken checks.
    """
    gating = Gating()
    checks = checks_of(report)
    selection = selection_of(report)
    _judge_run(gating, report, checks)
    for check in checks:
        _judge_check(gating, check, baseline)
    for entry in baseline.known:
        _judge_entry(gating, entry, checks, baseline, is_selection=bool(selection))
    for entry in baseline.flaky:
        if entry.is_expired(baseline.today):
            gating.add(Kind.EXPIRED, f"{_told(entry)}, {entry.expires}: {entry.why}")
    if selection:
        told = (
            f"the run left out cases ({', '.join(selection)}): what it did not judge is not missed"
        )
        gating.add(Kind.NOTE, told)
    else:
        before = {*baseline.tested, *(tested_in(checks_of(previous)) if previous else ())}
        _judge_lost(gating, before, checks)
    return gating


def tested_in(checks: Sequence[Check]) -> list[str]:
    """Return the requirements that were judged, in the report's order."""
    return list(dict.fromkeys(one.requirement for one in checks if one.verdict in JUDGED))


def _judge_run(gating: Gating, report: Row, checks: Sequence[Check]) -> None:
    run = report["run"]
    assert is_object(run)
    if run["complete"] is not True:
        gating.add(Kind.RUN, "it was interrupted or lost its target: it says nothing of the rest")
    if not any(one.verdict in JUDGED for one in checks):
        gating.add(Kind.RUN, "nothing was tested, so nothing has passed")


def _judge_check(gating: Gating, check: Check, baseline: Baseline) -> None:
    today = baseline.today
    flaky = next((one for one in baseline.flaky if one.names(check)), None)
    if flaky is not None and (check.verdict not in RED or flaky.covers(check)):
        if not flaky.is_expired(today):
            gating.flaky_keys.add(check.key)
            told = f"{check.verdict} this time" if check.verdict in JUDGED else "not judged"
            gating.add(Kind.KNOWN_FLAKY, f"{_label(check)}: {told} ({flaky.why})")
    elif check.verdict is Verdict.ERROR:
        gating.add(Kind.ERROR, _line(check))
    elif check.is_flaky:
        gating.add(Kind.FLAKY, f"{_label(check)}: {', '.join(check.verdicts)}")
    elif check.verdict in RED:
        _judge_red(gating, check, baseline)


def _judge_red(gating: Gating, check: Check, baseline: Baseline) -> None:
    if any(one.covers(check) for one in baseline.known):
        gating.known_keys.add(check.key)  # an expired entry is told by itself, once
    elif other := next((one for one in baseline.known if one.names(check)), None):
        if check.verdict is Verdict.FAIL or other.verdict is Verdict.WARN:
            listed = f"{other.verdict} {other.reason}".rstrip(" ")
            now = f"{check.verdict} {check.reason}"
            gating.add(Kind.OTHER_REASON, f"{_label(check)}: {now}; {other.where} lists {listed}")
    elif check.verdict is Verdict.FAIL:
        gating.add(Kind.NEW_FAIL, _line(check))
    elif baseline.gates_warnings:
        gating.add(Kind.NEW_WARNING, _line(check))


def _judge_entry(
    gating: Gating,
    entry: Known,
    checks: Sequence[Check],
    baseline: Baseline,
    *,
    is_selection: bool,
) -> None:
    named = [one for one in checks if entry.names(one)]
    covered = sum(entry.covers(one) for one in named)
    if covered > MOST_COVERED:
        expected = f"an entry that covers at most {MOST_COVERED} broken checks"
        raise InputError(entry.where, expected, covered, "name scenarios and cases")
    if entry.is_expired(baseline.today):
        gating.add(Kind.EXPIRED, f"{_told(entry)}, {entry.expires}: {entry.why}")
    elif not covered and not any(one.verdict in RED or one.is_flaky for one in named):
        judged = [one.verdict for one in named if one.verdict in JUDGED]
        if judged:
            gating.add(Kind.STALE, f"{_told(entry)}: it passes now")
        elif named or not is_selection:
            gating.add(Kind.NOT_RUN, f"{_told(entry)}: {_why_not(entry, named, checks)}")
    elif (
        not covered
        and entry.verdict is Verdict.FAIL
        and all(one.verdict is not Verdict.FAIL for one in named)
    ):
        gating.add(Kind.STALE, f"{_told(entry)}: no fail any more, at most a warning")


def _why_not(entry: Known, named: Sequence[Check], checks: Sequence[Check]) -> str:
    if named:
        return f"{named[0].verdict}: {named[0].message}"
    names = sorted({one.scenario for one in checks})
    if "*" not in entry.scenario and entry.scenario not in names:
        near = difflib.get_close_matches(entry.scenario, names, n=1, cutoff=0.5)
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"the report has no scenario {entry.scenario}{hint}"
    return "the report has no such check"


def _judge_lost(gating: Gating, before: set[str], checks: Sequence[Check]) -> None:
    for name in sorted(before - set(tested_in(checks))):
        mine = [one for one in checks if one.requirement == name]
        why = f"{mine[0].verdict}: {mine[0].message}" if mine else "the report has no such check"
        gating.add(Kind.LOST, f"{name}: {_cut(why)}")


def _told(entry: Known) -> str:
    return f"{entry.where}: {entry.label}"


def _label(check: Check) -> str:
    return f"{check.requirement} {check.scenario} [{check.case}]"


def _line(check: Check) -> str:
    return f"{_label(check)}: {_cut(check.message or check.reason)}"


def _cut(text: str) -> str:
    return plain_line(text, most=_MESSAGE_CHARACTERS)
