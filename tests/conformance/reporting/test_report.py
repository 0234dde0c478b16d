"""The report document: a fold over events that keeps its schema and its order."""

import re
from decimal import Decimal
from typing import Any

import pytest

import conformance
from conformance.reporting.report import (
    ReportBuilder,
    check_json,
    class_verdict,
    document_text,
    suite_digest,
)
from conformance.words.events import (
    RunEvent,
    RunFinished,
    RunNote,
    RunStarted,
    TargetDied,
)
from conformance.words.json_value import Json
from conformance.words.schema_files import validator
from conformance.words.secrets import Secrets
from conformance.words.verdict import Level, Verdict
from tests.conformance.corpus import MAY, MUST, OTHER, SHOULD, target_of
from tests.conformance.peers import read_json
from tests.conformance.reporting.told import URL, builder, check, exchange, finished


def written(report: ReportBuilder) -> dict[str, Any]:
    """Return the report as a reader of the file gets it, held against its schema."""
    document: dict[str, Any] = read_json(report.text())
    errors = [error.message for error in validator("report").iter_errors(document)]
    assert errors == []
    return document


def test_a_run_becomes_a_document_by_the_schema() -> None:
    broken = check(
        SHOULD,
        Verdict.WARN,
        level=Level.SHOULD,
        reason="const:/a",
        message="expected 1 at /a, saw 2",
        pointer="/a",
        step="step1",
        expected={"const": 1},
        seen=None,
        exchange="jsonrpc/one/-#1",
    )
    report = builder(
        RunStarted(cases=1, jobs=2, seed=7),
        RunNote(text="a note"),
        finished("jsonrpc/one/-", check(), broken, exchanges=(exchange(),)),
        TargetDied(cases=["jsonrpc/one/-", "jsonrpc/two/a"], restarted=True),
        TargetDied(cases=["jsonrpc/two/b"], restarted=False),
        RunFinished(duration_s=1.23456),
    )

    document = written(report)

    assert document == {
        "format": "wirecheck-report",
        "version": 1,
        "suite": {
            "name": "wirecheck",
            "version": conformance.__version__,
            "digest": suite_digest(),
        },
        "target": {
            "name": "N",
            "version": "1.0",
            "vendor": "V",
            "urls": {"jsonrpc": URL},
            "capabilities": ["jsonrpc", "jsonrpc.batch"],
        },
        "run": {
            "started_at": "2026-01-31T09:30:00Z",
            "duration_s": 1.235,
            "seed": 7,
            "complete": True,
            "options": {"jobs": 4},
        },
        "summary": {
            "pass": 1,
            "fail": 0,
            "warn": 1,
            "not-applicable": 0,
            "untested": 0,
            "error": 0,
        },
        "classes": [
            {
                "name": "tiny.core",
                "title": "The core",
                "verdict": "warn",
                "counts": {
                    "pass": 1,
                    "fail": 0,
                    "warn": 1,
                    "not-applicable": 0,
                    "untested": 0,
                    "error": 0,
                },
            }
        ],
        "notes": [
            "a note",
            "the target stopped answering during jsonrpc/one/-, jsonrpc/two/a; it was brought back",
            "the target stopped answering during jsonrpc/two/b; it did not come back",
        ],
        "checks": [
            {
                "requirement": MUST,
                "level": "MUST",
                "scenario": "jsonrpc/one",
                "case": "-",
                "verdict": "pass",
            },
            {
                "requirement": SHOULD,
                "level": "SHOULD",
                "scenario": "jsonrpc/one",
                "case": "-",
                "verdict": "warn",
                "reason": "const:/a",
                "message": "expected 1 at /a, saw 2",
                "pointer": "/a",
                "step": "step1",
                "expected": {"const": 1},
                "seen": None,
                "exchange": "jsonrpc/one/-#1",
            },
        ],
        "exchanges": [
            {
                "id": "jsonrpc/one/-#1",
                "url": URL,
                "method": "POST",
                "outcome": "answered",
                "total_ms": 1.5,
                "request": {"size": 20, "text": "POST / HTTP/1.1\r\n\r\n1"},
                "response": {"size": 19, "text": "HTTP/1.1 200 OK\r\n\r\n"},
            }
        ],
    }


def test_a_report_can_be_made_before_anything_was_judged() -> None:
    document = written(builder())

    assert (document["checks"], document["exchanges"], document["classes"]) == ([], [], [])
    assert document["run"]["complete"] is False


@pytest.mark.parametrize(
    ("end", "complete"),
    [
        pytest.param(RunFinished(duration_s=1.0), True, id="to the end"),
        pytest.param(RunFinished(duration_s=1.0, interrupted=True), False, id="interrupted"),
        pytest.param(RunFinished(duration_s=1.0, target_lost=True), False, id="target lost"),
        pytest.param(RunStarted(cases=1, jobs=1, seed=1), False, id="not over"),
    ],
)
def test_a_run_is_complete_when_it_came_to_its_end(end: RunEvent, *, complete: bool) -> None:
    assert written(builder(end))["run"]["complete"] is complete


def test_the_order_of_a_report_is_that_of_rows_and_files() -> None:
    one = finished("jsonrpc/one/-", check(OTHER), check(MUST), exchanges=(exchange(1), exchange(2)))
    two_a = finished("jsonrpc/two/a", check(MUST, scenario="jsonrpc/two", case="a"))
    two_b = finished("jsonrpc/two/b", check(SHOULD, scenario="jsonrpc/two", case="b"))
    unknown = finished("jsonrpc/zzz/-", check(MUST, scenario="jsonrpc/zzz"))

    forth = builder(one, two_a, two_b, unknown)
    back = builder(unknown, two_b, two_a, one)

    assert forth.text() == back.text()
    assert [(row["requirement"], row["scenario"]) for row in written(back)["checks"]] == [
        (MUST, "jsonrpc/one"),
        (MUST, "jsonrpc/two"),
        (MUST, "jsonrpc/zzz"),
        (SHOULD, "jsonrpc/two"),
        (OTHER, "jsonrpc/one"),
    ]
    assert [row["id"][-2:] for row in written(back)["exchanges"]] == ["#1", "#2"]


def test_every_check_and_exchange_has_a_line_of_its_own() -> None:
    text = builder(
        finished("jsonrpc/one/-", check(), check(SHOULD), exchanges=(exchange(),))
    ).text()

    assert len(re.findall(r'^    \{"requirement":', text, re.MULTILINE)) == 2
    assert len(re.findall(r'^    \{"id":"jsonrpc/one/-#1"', text, re.MULTILINE)) == 1
    assert text.endswith("}\n")


def test_numbers_and_text_of_any_kind_stay_what_they_are() -> None:
    seen: Json = {"big": 10**400, "exact": Decimal("1E+400"), "text": "\u2028 é \x00"}
    text = builder(finished("jsonrpc/one/-", check(seen=seen, expected=False))).text()

    assert '"seen":{"big":1000' in text
    assert '"exact":1E+400,"text":"\u2028 é \\u0000"}' in text
    assert '"expected":false' in text


def test_what_is_no_unicode_text_does_not_stop_a_report() -> None:
    document = written(
        builder(
            finished(
                "jsonrpc/one/-",
                check(message="\ud800", seen="\udfff"),
                exchanges=(exchange(response=b"\xff\x00"),),
            )
        )
    )

    assert document["checks"][0]["seen"] == "\ufffd\ufffd\ufffd"
    assert document["exchanges"][0]["response"] == {"size": 2, "base64": "/wA="}


def test_secrets_stand_nowhere_in_a_report() -> None:
    secret = "s3cret-token"
    profile: dict[str, Json] = {"jsonrpc": {"url": f"{URL}{secret}"}, "name": secret}
    target = target_of(URL, profile, secrets=Secrets([secret]))
    text = builder(
        RunNote(text=f"a note with {secret}"),
        finished(
            "jsonrpc/one/-",
            check(message=secret, seen=[{"a": secret}], expected={"const": secret}),
            exchanges=(exchange(url=f"{URL}{secret}", note=secret),),
        ),
        target=target,
    ).text()

    assert secret not in text
    assert text.count("***") == 8


def test_why_nothing_came_stands_with_the_exchange() -> None:
    report = builder(
        finished(
            "jsonrpc/one/-",
            exchanges=(exchange(outcome="unreachable", note="refused", request=b"", response=b""),),
        )
    )

    [row] = written(report)["exchanges"]
    assert (row["note"], row["outcome"], row["request"]) == (
        "refused",
        "unreachable",
        {"size": 0, "text": ""},
    )


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        pytest.param("pass fail error warn untested", "fail", id="fail over all"),
        pytest.param("pass error warn untested", "error", id="error over warn"),
        pytest.param("pass warn not-applicable", "warn", id="warn over pass"),
        pytest.param("untested pass not-applicable", "pass", id="pass over what was not judged"),
        pytest.param("untested not-applicable", "untested", id="untested"),
        pytest.param("not-applicable", "not-applicable", id="not applicable"),
        pytest.param("", "not-applicable", id="nothing"),
    ],
)
def test_a_class_comes_to_the_worst_of_its_checks(verdicts: str, expected: str) -> None:
    checks = [check(verdict=Verdict(one)) for one in verdicts.split()]

    assert class_verdict(checks).value == expected


def test_classes_are_counted_apart() -> None:
    document = written(
        builder(finished("jsonrpc/one/-", check(), check(MAY), check(OTHER, Verdict.FAIL)))
    )

    found = [(row["name"], row["verdict"], row["counts"]["pass"]) for row in document["classes"]]
    assert found == [("tiny.core", "pass", 2), ("tiny.other", "fail", 0)]
    assert document["summary"]["pass"] == 2


def test_a_case_that_is_told_again_replaces_what_was_told() -> None:
    report = builder(
        finished("jsonrpc/one/-", check(verdict=Verdict.FAIL)), finished("jsonrpc/one/-", check())
    )

    assert [one.verdict for one in report.checks] == [Verdict.PASS]
    assert len(report.cases) == 1


def test_what_a_check_does_not_have_is_left_out() -> None:
    assert set(check_json(check())) == {"requirement", "level", "scenario", "case", "verdict"}


def test_an_empty_list_is_written_as_one() -> None:
    assert document_text({"checks": [], "a": {"b": 1}}) == (
        '{\n  "checks": [],\n  "a": {\n    "b": 1\n  }\n}\n'
    )


def test_the_digest_of_the_suite_is_repeatable() -> None:
    assert suite_digest() == suite_digest()
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", suite_digest())


def test_the_builder_knows_how_the_run_ended() -> None:
    report = builder(RunFinished(duration_s=2.0, interrupted=True, target_lost=True))

    assert (report.is_over, report.interrupted, report.target_lost) == (True, True, True)
    assert report.duration_s == 2.0
