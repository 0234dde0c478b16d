"""Reports read back: each way in which a file can be wrong is one clear line."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.errors import InputError
from conformance.reporting import report_file
from conformance.reporting.report import document_text
from conformance.reporting.report_file import (
    checks_of,
    load_report,
    read_report,
    selection_of,
)
from conformance.words.events import RunFinished
from conformance.words.json_value import ABSENT
from conformance.words.verdict import Verdict
from tests.conformance.corpus import OTHER
from tests.conformance.reporting.told import builder, check, exchange, finished

CHECKS = (
    check(verdict=Verdict.FAIL, reason="r", message="m", pointer="/a", step="s", seen=None),
    check(OTHER, expected={"const": 1}, seen=2, exchange="jsonrpc/one/-#1"),
)
MADE = builder(
    finished("jsonrpc/one/-", *CHECKS, exchanges=(exchange(),)), RunFinished(duration_s=1.5)
)
DOCUMENT = MADE.document()
TEXT = document_text(DOCUMENT)


def write(folder: Path, text: str) -> Path:
    path = folder / "report.json"
    path.write_text(text, encoding="utf-8")
    return path


def changed(change: Callable[[Any], object]) -> str:
    document = json.JSONDecoder().decode(TEXT)
    change(document)
    return json.dumps(document)


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    report = load_report(write(tmp_path, TEXT))

    assert report == DOCUMENT
    assert checks_of(report) == list(CHECKS)
    assert checks_of(report)[0].expected is ABSENT
    assert selection_of(report) == []


def test_a_flaky_check_keeps_what_each_time_came_to() -> None:
    flaky = replace(CHECKS[0], verdicts=(Verdict.PASS, Verdict.FAIL))
    document = builder(finished("jsonrpc/one/-", flaky), RunFinished(duration_s=1)).document()

    assert checks_of(document) == [flaky]


@pytest.mark.parametrize(
    ("change", "selection"),
    [
        pytest.param(
            lambda one: one["run"]["options"].update(only=["a", "b"], skip=["c"], classes=["d"]),
            ["--class d", "--only a", "--only b", "--skip c"],
            id="a selection",
        ),
        pytest.param(lambda one: one["run"]["options"].update(only=[]), [], id="all"),
    ],
)
def test_a_run_that_left_out_cases_is_known_as_such(
    change: Callable[[Any], object], selection: list[str]
) -> None:
    document = read_report(changed(change).encode(), "report.json")

    assert selection_of(document) == selection


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            changed(lambda one: one["run"].update(started_at="2026-13-45T00:00:00Z")),
            "#/run/started_at: expected an instant of the calendar, saw '2026-13-45T00:00:00Z'",
            id="no day of the calendar",
        ),
        pytest.param(
            changed(lambda one: one["run"].update(duration_s=10**400)),
            "#/run/duration_s: expected at most 1000000000, saw 1000",
            id="a number without end",
        ),
        pytest.param(
            changed(lambda one: one["run"]["options"].update(only=5)),
            "#/run/options/only: expected array, saw 5",
            id="options of another kind",
        ),
        pytest.param(
            changed(lambda one: one["classes"][0].update(verdict="pass")),
            "#/classes/0/verdict: expected fail, as its counts say, saw 'pass'",
            id="a class that was whitewashed",
        ),
        pytest.param(
            changed(lambda one: one["classes"][0]["counts"].update(warn=9)),
            "#/classes: expected 0 checks with the verdict warn in all, saw 9",
            id="counts of a class",
        ),
        pytest.param("", ":1: expected a whole JSON text, saw ", id="empty"),
        pytest.param(
            TEXT[:-10], ":[0-9]+: expected a whole JSON text, saw .*cut short", id="cut short"
        ),
        pytest.param("[1]", r": expected a report .*, saw 'array'", id="no object"),
        pytest.param(
            '{"format": "x"}',
            r': expected a report \("format": "wirecheck-report"\), saw \'x\'',
            id="another format",
        ),
        pytest.param(
            changed(lambda one: one.update(version=2)),
            r"#/version: expected version 1, saw 2 \(another Wirecheck wrote it: .*\)",
            id="another version",
        ),
        pytest.param(
            changed(lambda one: one.pop("run")),
            "#: expected the member 'run', saw ",
            id="a missing key",
        ),
        pytest.param(
            changed(lambda one: one["checks"][1].update(verdict="passed")),
            "#/checks/1/verdict: expected one of .*, saw 'passed'",
            id="an unknown verdict",
        ),
        pytest.param(
            changed(lambda one: one["checks"][0].update(verdict="pass")),
            r"#/summary/(pass|fail): expected [02], as the checks say, saw 1 \(the report was"
            r" changed after it was written\)",
            id="a fail made a pass",
        ),
        pytest.param(
            changed(lambda one: one["checks"].append(one["checks"][0])),
            "#/summary/fail: expected 2, as the checks say, saw 1 .*",
            id="a check more",
        ),
        pytest.param(
            changed(
                lambda one: (one["checks"].append(one["checks"][0]), one["summary"].update(fail=2))
            ),
            "#/checks/2: expected each check once, saw 'TINY-1-01 jsonrpc/one -' .*",
            id="a check twice",
        ),
        pytest.param(
            changed(lambda one: one["exchanges"].clear()),
            "#/checks/1/exchange: expected an exchange of the report, saw 'jsonrpc/one/-#1' .*",
            id="exchanges taken out",
        ),
    ],
)
def test_a_wrong_file_is_told_in_one_line_with_its_place(
    tmp_path: Path, text: str, told: str
) -> None:
    path = write(tmp_path, text)

    with pytest.raises(InputError, match=f"^{re.escape(str(path))}{told}") as caught:
        load_report(path)

    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 1_000


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected a readable file, saw 'No such file"):
        load_report(tmp_path / "none.json")


def test_a_huge_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_file, "MAX_REPORT_BYTES", 99)
    path = write(tmp_path, TEXT)

    with pytest.raises(InputError, match=f"expected a report of at most 99 bytes, saw {len(TEXT)}"):
        load_report(path)


@given(at=st.integers(0, len(TEXT) - 1), byte=st.integers(0, 255))
@example(at=0, byte=0xFF)
def test_a_changed_byte_is_read_or_refused_and_never_more(at: int, byte: int) -> None:
    data = bytearray(TEXT.encode())
    data[at] = byte

    try:
        document = read_report(bytes(data), "report.json")
    except InputError as error:
        told = str(error)
    else:
        told = ""
        assert [one.verdict for one in checks_of(document)] == ["fail", "pass"]
    assert "\n" not in told
