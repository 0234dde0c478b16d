"""Baselines: failures that are known, so that a pipeline turns red on others only."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast

from conformance.words.json_value import Json
from conformance.words.schema_files import load_checked
from conformance.words.verdict import Check

_NEVER: Final = "9999-99-99"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One known failure; `*` in scenario and case stands for any text, an empty reason for any."""

    requirement: str
    scenario: str
    case: str
    why: str
    reason: str = ""

    def covers(self, check: Check) -> bool:
        """Tell whether this entry is about a check."""
        return (
            self.requirement == check.requirement
            and _matches(check.scenario, self.scenario)
            and _matches(check.case, self.case)
            and self.reason in ("", check.reason)
        )


def _matches(text: str, pattern: str) -> bool:
    # Not fnmatch: names of cases hold brackets and question marks.
    parts = map(re.escape, pattern.split("*"))
    return re.fullmatch(".*".join(parts), text, re.DOTALL) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The known failures of one target."""

    known: Sequence[Known]

    def knows(self, check: Check) -> bool:
        """Tell whether a failed check is a known one."""
        return any(one.covers(check) for one in self.known)


def load_baseline(path: Path, *, today: str = "") -> Baseline:
    """Read a baseline, without the entries that have expired.

    Args:
        path: the file.
        today: the day in UTC, as `2026-01-31`; the clock's when it is left out.

    Raises:
        InputError: unreadable, or not what `schemas/baseline.schema.json` says.
    """
    document = cast("Mapping[str, Json]", load_checked(path, "baseline"))
    today = today or datetime.now(tz=UTC).date().isoformat()
    rows = cast("Sequence[Mapping[str, Json]]", document["known"])
    return Baseline(
        known=[
            Known(
                requirement=str(row["requirement"]),
                scenario=str(row.get("scenario", "*")),
                case=str(row.get("case", "*")),
                why=str(row["why"]),
                reason=str(row.get("reason", "")),
            )
            for row in rows
            if today < str(row.get("expires", _NEVER))
        ]
    )
