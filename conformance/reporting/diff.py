"""Two reports of one target compared: what broke, what was mended, what is no longer tested."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, cast

from conformance.reporting.gate import JUDGED
from conformance.reporting.report_file import checks_of, selection_of
from conformance.words.json_value import Json
from conformance.words.verdict import RED, SEVERITY, Check, Verdict

FORMAT: Final = "wirecheck-diff"
VERSION: Final = 1

Row = Mapping[str, Json]


class Change(StrEnum):
    """How a check differs between two reports, the gravest first."""

    NEW_FAIL = "new fails"
    NEW_WARNING = "new warnings"
    ERROR = "new errors"
    REASON = "broken in another way"
    FLAKY = "flaky"
    LOST = "lost"
    EASED = "fails that are warnings now"
    FIXED = "fixed"
    GAINED = "newly tested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One check that differs; `old` or `new` is absent (None) where a report has no such check."""

    change: Change
    old: Check | None
    new: Check | None

    @property
    def check(self) -> Check:
        """The check as it is now, or as it was where it is gone."""
        found = self.new or self.old
        assert found is not None
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """All that differs between two reports; `notes` say what makes them hard to compare."""

    old: Row
    new: Row
    changes: Sequence[Changed]
    notes: Sequence[str]
    unchanged: int

    def of(self, change: Change) -> list[Changed]:
        """Return the checks that changed in one way."""
        return [one for one in self.changes if one.change is change]


def compare(old: Row, new: Row) -> Difference:
    """Compare two report documents, check by check."""
    before = {one.key: one for one in checks_of(old)}
    after = {one.key: one for one in checks_of(new)}
    changes: list[Changed] = []
    unchanged = 0
    for key in dict.fromkeys((*after, *before)):
        change = change_of(before.get(key), after.get(key))
        if change is None:
            unchanged += 1
        else:
            changes.append(Changed(change=change, old=before.get(key), new=after.get(key)))
    return Difference(
        old=old,
        new=new,
        changes=changes,
        notes=[*_notes(old, new)],
        unchanged=unchanged,
    )


def change_of(old: Check | None, new: Check | None) -> Change | None:
    """Return how a check changed; none where it came to the same, or says nothing either time."""
    if new is not None and new.is_flaky:
        return Change.FLAKY
    was, now = (one.verdict if one is not None else None for one in (old, new))
    if now is None or now not in JUDGED:
        if now is Verdict.ERROR and was is not Verdict.ERROR:
            return Change.ERROR
        return Change.LOST if was in JUDGED else None
    if was is now:
        assert old is not None
        assert new is not None
        return Change.REASON if now in RED and old.reason != new.reason else None
    if now in RED and (was is None or SEVERITY[now] > SEVERITY[was] or was not in RED):
        return Change.NEW_FAIL if now is Verdict.FAIL else Change.NEW_WARNING
    if was in RED:
        return Change.EASED if now is Verdict.WARN else Change.FIXED
    return Change.GAINED


def _notes(old: Row, new: Row) -> Iterator[str]:
    suites, targets = (
        [cast("Row", report[name]) for report in (old, new)] for name in ("suite", "target")
    )
    if suites[0]["version"] != suites[1]["version"]:
        yield f"judged by suite {suites[0]['version']} and by {suites[1]['version']}"
    elif suites[0]["digest"] != suites[1]["digest"]:
        yield "judged by other requirements, scenarios or schemas: the digests of the suites differ"
    if targets[0]["name"] != targets[1]["name"]:
        yield f"two targets: {targets[0]['name']} and {targets[1]['name']}"
    elif targets[0]["version"] != targets[1]["version"]:
        yield f"the target's version was {targets[0]['version']} and is {targets[1]['version']}"
    began = [str(cast("Row", report["run"])["started_at"]) for report in (old, new)]
    if began[1] < began[0]:  # of one form and in UTC, so they sort as texts
        yield f"the new run began at {began[1]}, before the old one: are the two in their order?"
    for name, report in (("old", old), ("new", new)):
        run = cast("Row", report["run"])
        if run["complete"] is not True:
            yield f"the {name} run was interrupted or lost its target"
        if selection := selection_of(report):
            yield f"the {name} run left out cases: {', '.join(selection)}"
