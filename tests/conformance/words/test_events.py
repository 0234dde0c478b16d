"""What a watching scenario saw, added up."""

from conformance.words.events import Watched
from conformance.words.verdict import Check, Level, Verdict

CHECKS = [
    Check(
        requirement="JSONRPC-5-01",
        level=Level.MUST,
        scenario="jsonrpc/call",
        case=case,
        verdict=Verdict.FAIL,
    )
    for case in ("one", "two")
]


def test_counts_are_added_and_the_first_check_stays() -> None:
    first = Watched(seen=2, unmet=1, first=CHECKS[0])
    second = Watched(seen=3, unmet=2, first=CHECKS[1])

    assert first.plus(second) == Watched(seen=5, unmet=3, first=CHECKS[0])


def test_a_check_comes_from_the_second_where_the_first_has_none() -> None:
    first = Watched(seen=2, unmet=0, first=None)
    second = Watched(seen=3, unmet=2, first=CHECKS[1])

    assert first.plus(second) == Watched(seen=5, unmet=2, first=CHECKS[1])
