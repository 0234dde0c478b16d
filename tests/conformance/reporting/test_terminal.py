"""The summary in plain lines: each broken row once, what was not judged, and the classes."""

from conformance.reporting.terminal import summary_lines
from conformance.words.events import CaseFinished
from conformance.words.verdict import Check, Level, Verdict
from tests.conformance.corpus import CATALOGUE, MAY, MUST, OTHER, SHOULD
from tests.conformance.reporting.told import check, exchange, finished

HEAD = "class      verdict  pass  fail  warn  not-applicable  untested  error"


def summary(*cases: CaseFinished, notes: tuple[str, ...] = (), warnings: bool = True) -> list[str]:
    checks = [one for case in cases for one in case.checks]
    return list(summary_lines(cases, checks, CATALOGUE, notes=notes, shows_warnings=warnings))


def case(*checks: Check) -> CaseFinished:
    return finished("jsonrpc/one/-", *checks, exchanges=(exchange(),))


def test_where_all_passed_the_classes_are_all_there_is_to_say() -> None:
    assert summary(case(check(), check(OTHER))) == [
        "class       verdict  pass  fail  warn  not-applicable  untested  error",
        "tiny.core   pass        1     0     0               0         0      0",
        "tiny.other  pass        1     0     0               0         0      0",
        "all checks  pass        2     0     0               0         0      0",
    ]


def test_nothing_judged_is_told_as_such() -> None:
    assert summary() == [
        "class       verdict         pass  fail  warn  not-applicable  untested  error",
        "all checks  not-applicable     0     0     0               0         0      0",
    ]


def test_a_broken_row_is_told_once_with_its_first_case_in_full() -> None:
    broken = [
        check(verdict=Verdict.FAIL, case=f"case {number}", message="m", exchange="jsonrpc/one/-#1")
        for number in range(8)
    ]

    found = summary(case(*broken))

    assert found[:4] == [
        f"FAIL {MUST} (MUST) The statement of {MUST}.",
        f"  https://tiny.example/{MUST}",
        "  jsonrpc/one [case 0]",
        "  m",
    ]
    assert "  sent:" in found
    others = ", ".join(f"jsonrpc/one [case {number}]" for number in range(1, 6))
    assert f"  also in {others} and 2 more" in found
    assert sum(line.startswith("FAIL") for line in found) == 1


def test_a_warning_is_told_in_short_behind_fails_and_errors() -> None:
    found = summary(
        case(
            check(SHOULD, Verdict.WARN, level=Level.SHOULD, message="w"),
            check(OTHER, Verdict.ERROR, message="e"),
            check(MUST, Verdict.FAIL, message="f"),
        )
    )

    heads = [line for line in found if line.startswith(("FAIL", "ERROR", "WARN"))]
    assert [line.split()[0] for line in heads] == ["FAIL", "ERROR", "WARN"]
    warned = found[found.index(heads[2]) :]
    assert warned[:3] == [
        f"WARN {SHOULD} (SHOULD) The statement of {SHOULD}.",
        "  jsonrpc/one [-]: w",
        "",
    ]


def test_warnings_can_be_left_out() -> None:
    found = summary(case(check(SHOULD, Verdict.WARN), check(MUST)), warnings=False)

    assert len(found) == 3
    assert found[0].startswith("class")


def test_what_was_not_judged_is_grouped_by_its_reason_the_most_first() -> None:
    found = summary(
        case(
            check(MUST, Verdict.UNTESTED, message="no binding"),
            check(MAY, Verdict.NOT_APPLICABLE, message="not offered"),
            *(
                check(name, Verdict.UNTESTED, message="no consent")
                for name in ("TINY-1-02", "TINY-1-03", "TINY-1-05", "TINY-1-08", "TINY-1-08")
            ),
        )
    )

    assert found[:3] == [
        "untested: 4 requirements (TINY-1-02, TINY-1-03, TINY-1-05 …): no consent",
        f"untested: 1 requirement ({MUST}): no binding",
        f"not-applicable: 1 requirement ({MAY}): not offered",
    ]


def test_notes_stand_before_the_classes() -> None:
    found = summary(case(check()), notes=("it died", "it lives"))

    assert found[:2] == ["note: it died", "note: it lives"]
