"""Known failures, and which checks they cover."""

import re
from pathlib import Path

import pytest

from conformance.errors import InputError
from conformance.reporting.baseline import Baseline, Known, load_baseline
from conformance.words.verdict import Check, Level, Verdict

CHECK = Check(
    requirement="JSONRPC-5-01",
    level=Level.MUST,
    scenario="jsonrpc/ids",
    case="a [1, 2]? case",
    verdict=Verdict.FAIL,
    reason="const:/jsonrpc/response/id",
)


def write(folder: Path, *members: str) -> Path:
    path = folder / "known.yaml"
    rows = "".join(f"  - {{requirement: JSONRPC-5-01, why: not yet, {one}}}\n" for one in members)
    path.write_text(
        f"format: wirecheck-baseline\nversion: 1\nknown:\n{rows or '    []'}", encoding="utf-8"
    )
    return path


def known(
    requirement: str = "JSONRPC-5-01", scenario: str = "*", case: str = "*", reason: str = ""
) -> Known:
    return Known(requirement=requirement, scenario=scenario, case=case, why="x", reason=reason)


@pytest.mark.parametrize(
    ("entry", "covers"),
    [
        pytest.param(known(), True, id="everything"),
        pytest.param(known("JSONRPC-5-02"), False, id="another requirement"),
        pytest.param(known("JSONRPC-5-*"), False, id="no star in a requirement"),
        pytest.param(known(scenario="jsonrpc/ids"), True, id="the scenario"),
        pytest.param(known(scenario="jsonrpc/*"), True, id="a star at the end"),
        pytest.param(known(scenario="*/i*s"), True, id="two stars"),
        pytest.param(known(scenario="jsonrpc"), False, id="half a scenario"),
        pytest.param(known(scenario="JSONRPC/ids"), False, id="another case of letters"),
        pytest.param(known(case="a [1, 2]? case"), True, id="brackets and question marks"),
        pytest.param(known(case="a ? case"), False, id="a question mark is itself"),
        pytest.param(known(case="a [*"), True, id="a star behind a bracket"),
        pytest.param(known(case=""), False, id="an empty name"),
        pytest.param(known(reason="const:/jsonrpc/response/id"), True, id="the reason"),
        pytest.param(known(reason="no-answer:silence"), False, id="another reason"),
    ],
)
def test_an_entry_covers_what_it_names(entry: Known, *, covers: bool) -> None:
    assert entry.covers(CHECK) is covers


def test_a_baseline_knows_what_any_entry_covers() -> None:
    assert Baseline(known=[known("JSONRPC-5-02"), known()]).knows(CHECK)
    assert not Baseline(known=[known("JSONRPC-5-02")]).knows(CHECK)
    assert not Baseline(known=[]).knows(CHECK)


def test_a_file_is_read_with_stars_for_what_it_leaves_out(tmp_path: Path) -> None:
    path = write(tmp_path, "", "scenario: jsonrpc/ids, case: x, reason: r, link: l, owner: o")

    assert load_baseline(path).known == [
        Known(requirement="JSONRPC-5-01", scenario="*", case="*", why="not yet"),
        Known(
            requirement="JSONRPC-5-01", scenario="jsonrpc/ids", case="x", why="not yet", reason="r"
        ),
    ]


@pytest.mark.parametrize(
    ("today", "count"),
    [
        pytest.param("2026-01-30", 1, id="the day before"),
        pytest.param("2026-01-31", 0, id="the day itself"),
        pytest.param("2027-01-01", 0, id="later"),
    ],
)
def test_an_entry_counts_no_more_from_the_day_it_expires(
    tmp_path: Path, today: str, count: int
) -> None:
    path = write(tmp_path, "expires: 2026-01-31")

    assert len(load_baseline(path, today=today).known) == count


def test_the_clock_says_which_day_it_is(tmp_path: Path) -> None:
    path = write(tmp_path, "expires: 2000-01-01", "expires: 9999-12-31", "")

    assert len(load_baseline(path).known) == 2


def test_a_file_that_is_no_baseline_is_refused_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "owner: 7")

    with pytest.raises(InputError, match=f"^{re.escape(f'{path}:4: expected string, saw 7')}$"):
        load_baseline(path)
