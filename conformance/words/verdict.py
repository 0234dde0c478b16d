"""Verdicts, levels, and what one check says."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conformance.words.json_value import ABSENT, Absent, Json


class Level(StrEnum):
    """How strongly the spec says it."""

    MUST = "MUST"
    MUST_NOT = "MUST NOT"
    SHOULD = "SHOULD"
    SHOULD_NOT = "SHOULD NOT"
    MAY = "MAY"
    IMPLIED = "implied"  # needed by the text though no keyword is used


class Verdict(StrEnum):
    """What a check came to."""

    PASS = "pass"
    FAIL = "fail"
    WARN = "warn"
    NOT_APPLICABLE = "not-applicable"
    UNTESTED = "untested"
    ERROR = "error"


# Which of two verdicts on the same requirement in one case stands: a deviation that was seen
# outweighs a step that could not be judged, and a pass only stands where nothing else was said.
SEVERITY: Final = {
    Verdict.NOT_APPLICABLE: 0,
    Verdict.PASS: 1,
    Verdict.UNTESTED: 2,
    Verdict.ERROR: 3,
    Verdict.WARN: 4,
    Verdict.FAIL: 5,
}
RED: Final = frozenset({Verdict.FAIL, Verdict.WARN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One requirement judged in one case.

    `scenario` is `spec/scenario-id`. `reason` is a stable code without values of the run, so that
    a baseline can pin it: `const:/jsonrpc/response/error/code`, `no-answer:silence`. `pointer`
    leads into the observation, `exchange` names what was sent and received. `verdicts` holds what
    the check came to each time, where its case was run more than once.
    """

    requirement: str
    level: Level
    scenario: str
    case: str
    verdict: Verdict
    reason: str = ""
    message: str = ""
    pointer: str | None = None
    step: str | None = None
    expected: Json | Absent = ABSENT
    seen: Json | Absent = ABSENT
    exchange: str | None = None
    verdicts: tuple[Verdict, ...] = ()

    @property
    def is_flaky(self) -> bool:
        """Whether the check came to different verdicts when its case was run again."""
        return len(set(self.verdicts)) > 1

    @property
    def key(self) -> tuple[str, str, str]:
        """What identifies the check from run to run: requirement, scenario, case."""
        return (self.requirement, self.scenario, self.case)


def worse(first: Check, second: Check) -> Check:
    """Return the one of two checks on the same key that stands; the first if they are equal."""
    return second if SEVERITY[second.verdict] > SEVERITY[first.verdict] else first
