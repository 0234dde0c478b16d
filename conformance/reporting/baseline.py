"""Baselines: failures that are known, so that a pipeline turns red on others only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import cast

from conformance.words.json_value import Json
from conformance.words.schema_files import load_checked
from conformance.words.verdict import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One known failure; `*` in scenario and case stands for any text."""

    requirement: str
    scenario: str
    case: str
    why: str

    def covers(self, check: Check) -> bool:
        """Tell whether this entry is about a check."""
        return (
            self.requirement == check.requirement
            and fnmatchcase(check.scenario, self.scenario)
            and fnmatchcase(check.case, self.case)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The known failures of one target."""

    known: Sequence[Known]

    def knows(self, check: Check) -> bool:
        """Tell whether a failed check is a known one."""
        return any(one.covers(check) for one in self.known)


def load_baseline(path: Path) -> Baseline:
    """Read a baseline.

    Raises:
        InputError: unreadable, or not what `schemas/baseline.schema.json` says.
    """
    document = cast("Mapping[str, Json]", load_checked(path, "baseline"))
    rows = cast("Sequence[Mapping[str, Json]]", document["known"])
    return Baseline(
        known=[
            Known(
                requirement=str(row["requirement"]),
                scenario=str(row.get("scenario", "*")),
                case=str(row.get("case", "*")),
                why=str(row["why"]),
            )
            for row in rows
        ]
    )
