"""What a run yields while it goes on; reports and both faces are folds over these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from conformance.words.json_value import Json
from conformance.words.verdict import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRecord:
    """One exchange as it is kept: bytes, secrets already masked.

    `request` is what was sent and `response` every byte that came. `note` says why nothing came.
    """

    id: str
    url: str
    method: str
    request: bytes
    response: bytes
    outcome: str
    total_ms: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """The run begins; `cases` is how many will be judged."""

    cases: int
    jobs: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFinished:
    """One case has been judged, with all its exchanges."""

    case: str
    scenario: str
    name: str
    title: str
    checks: Sequence[Check]
    exchanges: Sequence[ExchangeRecord] = ()
    duration_s: float = 0.0
    watched: Mapping[tuple[str, str], "Watched"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a scenario that watches the whole run saw of one requirement.

    `seen` counts the exchanges it was about, `unmet` those in which the expectation did not hold,
    and `first` is the check of the first of these.
    """

    seen: int = 0
    unmet: int = 0
    first: Check | None = None

    def plus(self, more: "Watched") -> "Watched":
        """Return what both saw together."""
        return Watched(
            seen=self.seen + more.seen,
            unmet=self.unmet + more.unmet,
            first=self.first or more.first,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunNote:
    """Something about the run as a whole that a reader has to know; one line."""

    text: str
    is_warning: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetDied:
    """The target stopped answering during these cases; `restarted` says whether it came back."""

    cases: Sequence[str]
    restarted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    """The run is over; `interrupted` when it was stopped from outside."""

    duration_s: float
    interrupted: bool = False
    target_lost: bool = False


RunEvent: TypeAlias = RunStarted | CaseFinished | RunNote | TargetDied | RunFinished

TargetDocument: TypeAlias = Mapping[str, Json]
