"""What is known of a target, and which checks it covers."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import InputError
from conformance.reporting.baseline import Baseline, Known, load_baseline
from conformance.words.verdict import Check, Level, Verdict
from tests.conformance.corpus import CATALOGUE, MUST

CHECK = Check(
    requirement="JSONRPC-5-01",
    level=Level.MUST,
    scenario="jsonrpc/ids",
    case="a [1, 2]? case",
    verdict=Verdict.FAIL,
    reason="const:/jsonrpc/response/id",
)
HEAD = "format: wirecheck-baseline\nversion: 1\nknown:\n"
TODAY = "2026-01-30"


def write(folder: Path, *rows: str, more: str = "") -> Path:
    path = folder / "known.yaml"
    lines = "".join(f"  - {{{one}}}\n" for one in rows)
    path.write_text(f"{HEAD}{lines or '    []'}{more}", encoding="utf-8")
    return path


ROW = "requirement: JSONRPC-5-01, why: not yet, expires: 2026-01-31"


def known(requirement: str = "JSONRPC-5-01", **more: Any) -> Known:  # noqa: ANN401 - any field
    return Known(requirement=requirement, why="x", **more)


@pytest.mark.parametrize(
    ("entry", "covers"),
    [
        pytest.param(known(), True, id="everything"),
        pytest.param(known("JSONRPC-5-02"), False, id="another requirement"),
        pytest.param(known("JSONRPC-5-*"), False, id="no star in a requirement"),
        pytest.param(known(scenario="jsonrpc/ids"), True, id="the scenario"),
        pytest.param(known(scenario="jsonrpc/*"), True, id="a star at the end"),
        pytest.param(known(scenario="*/i*s"), True, id="two stars"),
        pytest.param(known(scenario="*"), False, id="a star ends with its name"),
        pytest.param(known(scenario="**"), True, id="two stars are any names"),
        pytest.param(known(scenario="**/ids"), True, id="any names before one"),
        pytest.param(known(scenario="jsonrpc/**"), True, id="any names behind one"),
        pytest.param(known(scenario="jsonrpc/ids/**"), True, id="no name is any names too"),
        pytest.param(known(scenario="**/jsonrpc"), False, id="another last name"),
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


@pytest.mark.parametrize(
    ("listed", "came_to", "covers"),
    [
        pytest.param(Verdict.FAIL, Verdict.WARN, False, id="a warning is no known fail"),
        pytest.param(Verdict.WARN, Verdict.WARN, True, id="a known warning"),
        pytest.param(Verdict.WARN, Verdict.FAIL, False, id="a fail is no known warning"),
        pytest.param(None, Verdict.WARN, True, id="flaky either way"),
        pytest.param(None, Verdict.PASS, False, id="a pass needs no cover"),
        pytest.param(None, Verdict.ERROR, False, id="an error is never known"),
    ],
)
def test_an_entry_covers_its_verdict_only(
    listed: Verdict | None, came_to: Verdict, *, covers: bool
) -> None:
    entry = replace(known(), verdict=listed)

    assert entry.covers(replace(CHECK, verdict=came_to)) is covers


def test_a_baseline_knows_what_any_entry_covers() -> None:
    flaky = replace(known(), verdict=None)

    assert Baseline(known=[known("JSONRPC-5-02"), known()], today=TODAY).knows(CHECK)
    assert Baseline(known=[], flaky=[flaky], today=TODAY).knows(CHECK)
    assert not Baseline(known=[known("JSONRPC-5-02")], today=TODAY).knows(CHECK)
    assert not Baseline(known=[], today=TODAY).knows(CHECK)


@pytest.mark.parametrize(
    ("today", "knows"),
    [
        pytest.param("2026-01-30", True, id="the day before"),
        pytest.param("2026-01-31", False, id="the day itself"),
        pytest.param("2027-01-01", False, id="later"),
    ],
)
def test_an_entry_counts_no_more_from_the_day_it_expires(
    tmp_path: Path, today: str, *, knows: bool
) -> None:
    path = write(tmp_path, f"{ROW}, scenario: jsonrpc/ids")

    assert load_baseline(path, today=today).knows(CHECK) is knows


def test_a_file_is_read_with_stars_for_what_it_leaves_out(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        f"{ROW}, reason: r",
        f"{ROW}, scenario: jsonrpc/ids, case: x, verdict: warn, link: l, owner: o",
        more=f"flaky:\n  - {{{ROW}, case: y}}\ntested: [JSONRPC-5-01]\ngates_warnings: true\n",
    )

    found = load_baseline(path, today=TODAY)

    plain = Known(
        requirement="JSONRPC-5-01",
        scenario="**",
        case="*",
        why="not yet",
        reason="r",
        expires="2026-01-31",
        where=f"{path}:4",
    )
    assert found == Baseline(
        known=[
            plain,
            replace(
                plain,
                scenario="jsonrpc/ids",
                case="x",
                verdict=Verdict.WARN,
                reason="",
                link="l",
                owner="o",
                where=f"{path}:5",
            ),
        ],
        flaky=[replace(plain, case="y", reason="", verdict=None, where=f"{path}:7")],
        tested=["JSONRPC-5-01"],
        gates_warnings=True,
        today=TODAY,
    )


def test_the_clock_says_which_day_it_is(tmp_path: Path) -> None:
    day = "scenario: jsonrpc/ids, why: x, requirement: JSONRPC-5-01, expires"

    assert not load_baseline(write(tmp_path, f"{day}: 2000-01-01")).knows(CHECK)
    assert load_baseline(write(tmp_path, f"{day}: 9999-12-31")).knows(CHECK)


def test_an_old_id_of_a_requirement_leads_to_the_one_it_has(tmp_path: Path) -> None:
    row = replace(CATALOGUE.requirements[MUST], aliases=("TINY-0-99",))
    catalogue = replace(CATALOGUE, requirements={MUST: row})
    path = write(
        tmp_path,
        "requirement: TINY-0-99, case: x, why: y, expires: 2026-01-31",
        more="tested: [TINY-0-99, TINY-9-01]\n",
    )

    found = load_baseline(path, today=TODAY, catalogue=catalogue)

    assert found.known[0].requirement == MUST
    assert found.tested == [MUST, "TINY-9-01"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        pytest.param(f"{ROW}, owner: 7", "expected string, saw 7", id="not its schema"),
        pytest.param(
            ROW.replace("5-01", "5-001") + ", case: x",
            "expected the id of a requirement, saw 'JSONRPC-5-001' (did you mean JSONRPC-5-01?)",
            id="an unknown id",
        ),
        pytest.param(
            "requirement: ZZZ-QQQQQQQQQQQQQ-00, why: x, case: y, expires: 2026-01-31",
            "expected the id of a requirement, saw 'ZZZ-QQQQQQQQQQQQQ-00'"
            " (`wirecheck list requirements` has them all)",
            id="an id unlike all",
        ),
        pytest.param(
            "requirement: JSONRPC-5-01, why: x, case: y",
            "expected an expiry date (expires: YYYY-MM-DD), saw 'none'",
            id="no expiry date",
        ),
        pytest.param(
            "requirement: JSONRPC-5-01, why: x, case: y, expires: 2026-02-30",
            "expected a day of the calendar (YYYY-MM-DD), saw '2026-02-30'",
            id="no day",
        ),
        pytest.param(
            f'{ROW}, scenario: "*/**", case: "**"',
            "expected a scenario, a case or a reason, saw 'JSONRPC-5-01 */** [**]'"
            " (by itself the requirement would hide all that may ever break there)",
            id="everything",
        ),
        pytest.param(
            ROW,
            "expected a scenario, a case or a reason, saw 'JSONRPC-5-01 ** [*]'"
            " (by itself the requirement would hide all that may ever break there)",
            id="everything left out",
        ),
        pytest.param(
            f'{ROW}, scenario: "jsonrpc/**"',
            "expected a scenario, a case or a reason, saw 'JSONRPC-5-01 jsonrpc/** [*]'"
            " (by itself the requirement would hide all that may ever break there)",
            id="everything in its specification",
        ),
    ],
)
def test_an_entry_that_is_wrong_is_refused_with_its_line(
    tmp_path: Path, row: str, told: str
) -> None:
    path = write(tmp_path, row)

    with pytest.raises(InputError, match=f"^{re.escape(f'{path}:4: {told}')}$"):
        load_baseline(path, today=TODAY)
