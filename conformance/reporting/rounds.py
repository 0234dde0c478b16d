"""Cases that are run several times: what they came to together, and which checks are flaky."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import reduce

from conformance.words.events import CaseFinished
from conformance.words.verdict import Check, Verdict, worse


class Rounds:
    """The finished cases of a run, round after round.

    A case that finishes again within a round replaces what it came to there.
    """

    def __init__(self) -> None:
        self._rounds: list[dict[str, CaseFinished]] = []

    @property
    def number(self) -> int:
        """How many rounds have begun."""
        return len(self._rounds)

    def begin(self) -> None:
        """Begin a round."""
        self._rounds.append({})

    def take(self, finished: CaseFinished) -> None:
        """Take what a case came to in this round."""
        if not self._rounds:
            self.begin()
        self._rounds[-1][finished.case] = finished

    @property
    def cases(self) -> list[CaseFinished]:
        """Each case once, its rounds folded into one."""
        if len(self._rounds) == 1:
            return list(self._rounds[0].values())
        names = dict.fromkeys(name for one in self._rounds for name in one)
        return [fold_rounds([one[name] for one in self._rounds if name in one]) for name in names]


def fold_rounds(rounds: Sequence[CaseFinished]) -> CaseFinished:
    """Return what the rounds of one case came to together.

    The worst of each check stands, with all its verdicts. The exchanges of the first round are
    kept, and those of later ones that a check of theirs stands for; their ids get `.round`.
    """
    if len(rounds) == 1:
        return rounds[0]
    renamed = [_renamed(one, number) for number, one in enumerate(rounds, start=1)]
    found: dict[tuple[str, str, str], list[Check]] = {}
    for one in renamed:
        for check in one.checks:
            found.setdefault(check.key, []).append(check)
    checks = [_together(same) for same in found.values()]
    shown = {check.exchange for check in checks}
    exchanges = [
        exchange
        for number, one in enumerate(renamed)
        if number == 0 or any(exchange.id in shown for exchange in one.exchanges)
        for exchange in one.exchanges
    ]
    duration_s = sum(one.duration_s for one in rounds)
    return replace(rounds[0], checks=checks, exchanges=exchanges, duration_s=duration_s)


def _together(same: Sequence[Check]) -> Check:
    stands = replace(reduce(worse, same), verdicts=tuple(one.verdict for one in same))
    if stands.is_flaky and stands.verdict is Verdict.PASS:
        # Once it passed, once it did not apply: that is no pass.
        told = "passed, and did not apply when it was run again"
        return replace(stands, verdict=Verdict.UNTESTED, reason="flaky", message=told)
    return stands


def _renamed(finished: CaseFinished, number: int) -> CaseFinished:
    """Return a case with the number of its round in the ids of its exchanges."""
    if number == 1:
        return finished
    names: Mapping[str, str] = {one.id: f"{one.id}.{number}" for one in finished.exchanges}
    return replace(
        finished,
        exchanges=[replace(one, id=names[one.id]) for one in finished.exchanges],
        checks=[
            replace(one, exchange=names.get(one.exchange, one.exchange)) if one.exchange else one
            for one in finished.checks
        ],
    )
