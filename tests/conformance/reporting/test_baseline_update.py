"""Baselines written from reports: new entries come, stale ones go, the words of people stay."""

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import InputError
from conformance.reporting.baseline import load_baseline
from conformance.reporting.baseline_update import write_baseline
from conformance.reporting.gate import gate_report
from conformance.words.events import RunFinished
from conformance.words.schema_files import load_checked
from conformance.words.verdict import Check, Level, Verdict
from tests.conformance.corpus import CATALOGUE, MUST, OTHER, SHOULD
from tests.conformance.reporting.told import builder, check, finished

TODAY = dt.date(2026, 1, 30)
FAIL = check(verdict=Verdict.FAIL, reason="const:/a")
OTHER_FAIL = check(OTHER, Verdict.FAIL, case='ünï "b": #1, [x]', reason="enum:/b")
WARN = check(SHOULD, Verdict.WARN, level=Level.SHOULD, reason="const:/c")


def report_of(*checks: Check, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - how it ended
    document: dict[str, Any] = builder(
        finished("jsonrpc/one/-", *checks), RunFinished(duration_s=1, **more)
    ).document()
    return document


def update(path: Path, *checks: Check) -> str:
    return write_baseline(
        report_of(*checks), path, report_name="report.json", today=TODAY, catalogue=CATALOGUE
    )


def test_a_new_baseline_lists_each_broken_check_and_all_that_was_tested(tmp_path: Path) -> None:
    path = tmp_path / "known.yaml"

    told = update(path, FAIL, OTHER_FAIL, WARN, check("TINY-1-05"))

    assert told == f"{path}: 0 entries kept, 3 added, 0 taken out"
    assert path.read_text(encoding="utf-8") == (
        "# What of one target is known to break. Each entry says why, and expires.\n"
        "# `wirecheck gate REPORT --baseline FILE` turns red on everything else.\n"
        "format: wirecheck-baseline\n"
        "version: 1\n"
        "known:\n"
        "  - requirement: TINY-1-01\n"
        '    scenario: "jsonrpc/one"\n'
        '    case: "-"\n'
        '    reason: "const:/a"\n'
        '    why: "not looked at yet"\n'
        "    expires: 2026-04-30\n"
        "  - requirement: TINY-1-03\n"
        '    scenario: "jsonrpc/one"\n'
        '    case: "-"\n'
        "    verdict: warn\n"
        '    reason: "const:/c"\n'
        '    why: "not looked at yet"\n'
        "    expires: 2026-04-30\n"
        "  - requirement: TINY-2-01\n"
        '    scenario: "jsonrpc/one"\n'
        '    case: "ünï \\"b\\": #1, [x]"\n'
        '    reason: "enum:/b"\n'
        '    why: "not looked at yet"\n'
        "    expires: 2026-04-30\n"
        "tested: [TINY-1-01, TINY-1-03, TINY-1-05, TINY-2-01]\n"
    )
    load_checked(path, "baseline")


@pytest.mark.parametrize(
    "checks",
    [
        pytest.param([FAIL, OTHER_FAIL, WARN], id="broken"),
        pytest.param([check(), check(OTHER)], id="nothing is broken"),
    ],
)
def test_the_report_that_a_baseline_was_made_from_is_green_by_it(
    tmp_path: Path, checks: list[Check]
) -> None:
    path = tmp_path / "known.yaml"

    update(path, *checks)

    baseline = load_baseline(path, today=TODAY.isoformat(), catalogue=CATALOGUE)
    assert gate_report(report_of(*checks), baseline).findings == []
    assert "0 added, 0 taken out" in update(path, *checks)


def test_a_long_list_of_what_was_tested_goes_over_several_lines(tmp_path: Path) -> None:
    path = tmp_path / "known.yaml"
    checks = [check(name) for name in CATALOGUE.requirements]

    update(path, *checks)

    lines = path.read_text(encoding="utf-8").splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[-1].startswith("  TINY-")
    found = load_baseline(path, today=TODAY.isoformat(), catalogue=CATALOGUE)
    assert list(found.tested) == list(CATALOGUE.requirements)


KEPT = f"""\
# our own words on top
version: 1
format: wirecheck-baseline
tested: [TINY-1-01,
  TINY-1-05]
known:   # what we know
  # fixed some time ago
  - requirement: {MUST}
    case: gone
    why: "über alles"
    expires: 2027-01-01

  # the library does this, see the link
  - requirement: {MUST}   # the first
    scenario: "jsonrpc/*"
    reason: const:/a
    why: >-
      a long story
      in two lines
    link: https://bugs.example/1
    owner: us
    expires: 2027-01-01   # by then the library is replaced

  # breaks otherwise now
  - {{requirement: {OTHER}, case: 'x', reason: 'öld', why: w, expires: 2027-01-01}}
# about the flaky ones
flaky:
  - requirement: {SHOULD}
    case: wild
    why: races
    expires: 2027-01-01
# the end
"""


def test_what_people_wrote_of_an_entry_that_stays_stays(tmp_path: Path) -> None:
    path = tmp_path / "known.yaml"
    path.write_text(KEPT, encoding="utf-8")

    told = update(
        path,
        FAIL,
        check(OTHER, Verdict.FAIL, case="x", reason="new:/b"),
        check(OTHER, Verdict.FAIL, case="y", reason="z"),
        check(SHOULD, Verdict.FAIL, case="wild"),
    )

    assert told == f"{path}: 2 entries kept, 1 added, 1 taken out"
    gone, rest = KEPT.split("  # the library", 1)
    expected = gone[: gone.index("  # fixed some")] + "\n  # the library" + rest
    expected = expected.replace("tested: [TINY-1-01,\n  TINY-1-05]\n", "")
    expected = expected.replace("known:   # what we know", "known: # what we know")
    added = (
        "  - requirement: TINY-2-01\n"
        '    scenario: "jsonrpc/one"\n'
        '    case: "y"\n'
        '    reason: "z"\n'
        '    why: "not looked at yet"\n'
        "    expires: 2026-04-30\n"
    )
    expected = expected.replace("'öld'", '"new:/b"')
    expected = expected.replace("# about the flaky", f"{added}# about the flaky")
    assert path.read_text(encoding="utf-8") == (
        expected + "tested: [TINY-1-01, TINY-1-03, TINY-2-01]\n"
    )
    load_checked(path, "baseline")


def test_a_baseline_whose_entries_all_go_is_one_still(tmp_path: Path) -> None:
    path = tmp_path / "known.yaml"
    update(path, FAIL)

    assert "0 entries kept, 0 added, 1 taken out" in update(path, check())

    assert "known: []\n" in path.read_text(encoding="utf-8")
    assert load_baseline(path, catalogue=CATALOGUE).known == []
    assert "1 added" in update(path, FAIL)
    assert len(load_baseline(path, catalogue=CATALOGUE).known) == 1


def test_an_expired_entry_keeps_its_date(tmp_path: Path) -> None:
    path = tmp_path / "known.yaml"
    update(path, FAIL)
    text = path.read_text(encoding="utf-8").replace("2026-04-30", "2026-01-01")
    path.write_text(text, encoding="utf-8")

    assert "1 entries kept, 0 added" in update(path, FAIL)
    assert path.read_text(encoding="utf-8") == text


def test_flaky_checks_are_left_to_people(tmp_path: Path) -> None:
    path = tmp_path / "known.yaml"
    flaky = check(verdict=Verdict.FAIL, verdicts=(Verdict.PASS, Verdict.FAIL))

    told = update(path, flaky, check(OTHER))

    assert told.endswith("0 added, 0 taken out; 1 flaky checks left to you")


def selected(report: dict[str, Any]) -> dict[str, Any]:
    report["run"]["options"]["only"] = ["a"]
    return report


@pytest.mark.parametrize(
    ("make", "seen"),
    [
        pytest.param(
            lambda: report_of(FAIL, interrupted=True),
            "a run that was interrupted or lost its target",
            id="interrupted",
        ),
        pytest.param(
            lambda: report_of(FAIL, target_lost=True),
            "a run that was interrupted or lost its target",
            id="target lost",
        ),
        pytest.param(lambda: selected(report_of(FAIL)), "a run with --only a", id="a selection"),
        pytest.param(
            lambda: report_of(check(), check(OTHER, Verdict.ERROR)),
            "checks with the verdict error",
            id="errors",
        ),
        pytest.param(
            lambda: report_of(check(verdict=Verdict.UNTESTED)),
            "a run that tested nothing",
            id="nothing tested",
        ),
    ],
)
def test_a_partial_run_makes_no_baseline(
    tmp_path: Path, make: Callable[[], dict[str, Any]], seen: str
) -> None:
    path = tmp_path / "known.yaml"

    whole = f"report.json: expected the report of a whole run, saw '{seen}'"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}"):
        write_baseline(make(), path, report_name="report.json", today=TODAY, catalogue=CATALOGUE)

    assert not path.exists()


def test_entries_within_one_line_are_refused_and_the_file_is_left(tmp_path: Path) -> None:
    path = tmp_path / "known.yaml"
    text = (
        "format: wirecheck-baseline\nversion: 1\n"
        f"known: [{{requirement: {MUST}, case: x, why: w, expires: 2027-01-01}}]\n"
    )
    path.write_text(text, encoding="utf-8")

    whole = f"{path}:3: expected entries one below the other, each with a -, saw '[…]'"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        update(path, FAIL)

    assert path.read_text(encoding="utf-8") == text
