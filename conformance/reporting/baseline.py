"""Baselines: what of one target is known, so that a pipeline turns red on others only.

An entry names a requirement and, by patterns, scenarios and cases. It pins the reason code, so that
a known failure can't hide another one, and it expires, so that none is known for ever.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, cast

from conformance.errors import InputError
from conformance.reporting.baseline_text import lines_of_entries
from conformance.words.catalogue import Catalogue, load_catalogues
from conformance.words.json_value import Json
from conformance.words.schema_files import load_checked
from conformance.words.verdict import RED, Check, Verdict

NEVER: Final = "9999-12-31"
_ANY: Final = "**"
_ANY_CASE: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One entry: a known failure or warning, or a known flaky check.

    In `scenario`, `*` stands for any text within a name and `**` for any number of names; in
    `case`, which is one name, `*` for any text. An empty `reason` stands for any. `verdict` is
    absent (None) for a flaky check. `expires` is the first day on which it counts no more, and
    `where` its `file:line`.
    """

    requirement: str
    scenario: str = _ANY
    case: str = _ANY_CASE
    why: str
    verdict: Verdict | None = Verdict.FAIL
    reason: str = ""
    link: str = ""
    owner: str = ""
    expires: str = NEVER
    where: str = ""

    def names(self, check: Check) -> bool:
        """Tell whether this entry is about a check, whatever that came to."""
        return (
            self.requirement == check.requirement
            and _names_match(check.scenario.split("/"), self.scenario.split("/"))
            and _matches(check.case, self.case)
        )

    def covers(self, check: Check) -> bool:
        """Tell whether a broken check is what this entry says to be known."""
        verdicts = RED if self.verdict is None else {self.verdict}
        return self.names(check) and check.verdict in verdicts and self.reason in ("", check.reason)

    def is_expired(self, today: str) -> bool:
        """Tell whether the entry counts no more on a day (`2026-01-31`)."""
        return today >= self.expires

    @property
    def label(self) -> str:
        """What the entry is about, as one text."""
        return f"{self.requirement} {self.scenario} [{self.case}]"


def _names_match(names: Sequence[str], patterns: Sequence[str]) -> bool:
    if not patterns:
        return not names
    if patterns[0] == _ANY:
        return any(_names_match(names[at:], patterns[1:]) for at in range(len(names) + 1))
    return bool(names) and _matches(names[0], patterns[0]) and _names_match(names[1:], patterns[1:])


def _matches(text: str, pattern: str) -> bool:
    # Not fnmatch: names of cases hold brackets and question marks.
    parts = map(re.escape, pattern.split("*"))
    return re.fullmatch(".*".join(parts), text, re.DOTALL) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What is known of one target.

    `tested` names the requirements that were tested when it was written. `gates_warnings` says
    that a warning which is not listed counts as a fail does.
    """

    known: Sequence[Known]
    flaky: Sequence[Known] = ()
    tested: Sequence[str] = ()
    gates_warnings: bool = False
    today: str

    def knows(self, check: Check) -> bool:
        """Tell whether a broken check is a known one, and is so still."""
        entries = (*self.known, *self.flaky)
        return any(one.covers(check) and not one.is_expired(self.today) for one in entries)


def load_baseline(path: Path, *, today: str = "", catalogue: Catalogue | None = None) -> Baseline:
    """Read a baseline; entries that have expired are in it, and are known no more.

    Args:
        path: the file.
        today: the day in UTC, as `2026-01-31`; the clock's when it is left out.
        catalogue: for the ids, old ones too; the suite's when it is left out.

    Raises:
        InputError: unreadable, not what `schemas/baseline.schema.json` says, an id that is not
            known, an entry without an expiry date, or one that covers everything.
    """
    document = cast("Mapping[str, Json]", load_checked(path, "baseline"))
    ids = _current_ids(catalogue or load_catalogues())
    lines = lines_of_entries(path)
    lists: dict[str, list[Known]] = {}
    for section in ("known", "flaky"):
        rows = cast("Sequence[Mapping[str, Json]]", document.get(section, []))
        lists[section] = [
            _read_entry(row, f"{path}:{line}", ids, is_flaky=section == "flaky")
            for row, line in zip(rows, lines.get(section, ()), strict=True)
        ]
    tested = cast("Sequence[str]", document.get("tested", []))
    return Baseline(
        known=lists["known"],
        flaky=lists["flaky"],
        tested=[ids.get(name, name) for name in tested],
        gates_warnings=document.get("gates_warnings") is True,
        today=today or datetime.now(tz=UTC).date().isoformat(),
    )


def _current_ids(catalogue: Catalogue) -> dict[str, str]:
    """Return every id that a requirement has or had → the one it has."""
    old = {name: row.id for row in catalogue.requirements.values() for name in row.aliases}
    return {**old, **{name: name for name in catalogue.requirements}}


def _read_entry(
    row: Mapping[str, Json], where: str, ids: Mapping[str, str], *, is_flaky: bool
) -> Known:
    named = str(row["requirement"])
    if named not in ids:
        near = difflib.get_close_matches(named, ids, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else "`wirecheck list requirements` has them all"
        raise InputError(where, "the id of a requirement", named, hint)
    entry = Known(
        requirement=ids[named],
        scenario=str(row.get("scenario", _ANY)),
        case=str(row.get("case", _ANY_CASE)),
        why=str(row["why"]),
        verdict=None if is_flaky else Verdict(str(row.get("verdict", Verdict.FAIL))),
        reason=str(row.get("reason", "")),
        link=str(row.get("link", "")),
        owner=str(row.get("owner", "")),
        expires=_day(row.get("expires"), where),
        where=where,
    )
    if not entry.reason and not _narrows(entry):
        hint = "by itself the requirement would hide all that may ever break there"
        raise InputError(where, "a scenario, a case or a reason", entry.label, hint)
    return entry


def _narrows(entry: Known) -> bool:
    """Tell whether an entry's patterns are about less than all of its requirement.

    The name of a specification in front of a pattern leaves out next to nothing.
    """
    first, *rest = entry.scenario.split("/")
    return bool("".join([*(rest or [first]), entry.case]).strip("*"))


def _day(value: Json, where: str) -> str:
    if value is None:
        raise InputError(where, "an expiry date (expires: YYYY-MM-DD)", "none")
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise InputError(where, "a day of the calendar (YYYY-MM-DD)", value) from error
