"""Reports of clients: which classes they certify, and what their page calls who was judged."""

import re
from typing import Any

import pytest

from conformance.errors import RefusedError
from conformance.reporting.certification import judge_class
from conformance.reporting.html_report import html_report
from conformance.reporting.report import ReportBuilder
from conformance.words.catalogue import load_catalogues
from conformance.words.events import RunFinished
from conformance.words.target import Target
from conformance.words.verdict import Check, Level, Verdict
from tests.conformance.reporting.told import STARTED, check, finished

CATALOGUE = load_catalogues()
MUSTS = {Level.MUST, Level.MUST_NOT, Level.IMPLIED}
CLASS = "sse.client"


def client_report(*checks: Check) -> dict[str, Any]:
    made = ReportBuilder(
        catalogue=CATALOGUE,
        target=Target(name="C", urls={"client": "http://127.0.0.1:1/"}, document={}, offers={}),
        order=["sse-client/one/-"],
        options={"jobs": 4},
        started_at=STARTED,
    )
    made.take(finished("sse-client/one/-", *checks))
    made.take(RunFinished(duration_s=1))
    document: dict[str, Any] = made.document()
    return document


def checks_of(name: str, verdict: Verdict = Verdict.PASS) -> list[Check]:
    return [
        check(row.id, verdict, level=row.level)
        for row in CATALOGUE.requirements.values()
        if row.class_name == name and row.binds("client")
    ]


def test_a_class_of_clients_is_certified_from_a_report_of_a_client() -> None:
    checks = checks_of(CLASS)

    kept = judge_class(client_report(*checks), CLASS, CATALOGUE, where="report.json")

    assert (kept.name, kept.title) == (CLASS, "A client of event streams")
    assert kept.musts == [one.requirement for one in checks if one.level in MUSTS]
    assert len(kept.musts) > 50


def test_a_must_that_a_client_breaks_is_told() -> None:
    checks = checks_of(CLASS)
    first = next(one for one in checks if one.level is Level.MUST)
    report = client_report(*checks, check(first.requirement, Verdict.FAIL, case="b"))

    with pytest.raises(RefusedError, match=rf"{re.escape(first.requirement)} did not pass$"):
        judge_class(report, CLASS, CATALOGUE, where="report.json")


def test_what_applies_to_browsers_only_is_certified_of_no_other_client() -> None:
    report = client_report(*checks_of("sse.client-browser", Verdict.NOT_APPLICABLE))

    with pytest.raises(RefusedError, match=r"nothing of it was tested, so nothing has passed$"):
        judge_class(report, "sse.client-browser", CATALOGUE, where="report.json")


@pytest.mark.parametrize(
    ("name", "urls", "why"),
    [
        pytest.param(
            "sse.resume",
            {"client": "http://a/"},
            "it is a class for servers, and a client was judged",
            id="a class of servers",
        ),
        pytest.param(
            "sse.client-browser",
            {"sse": "http://a/"},
            "it is a class for clients, and a server was judged",
            id="a class of clients",
        ),
    ],
)
def test_a_class_of_the_other_party_is_refused(name: str, urls: dict[str, str], why: str) -> None:
    report = client_report()
    report["target"]["urls"] = urls

    with pytest.raises(RefusedError, match=f"^report.json: {name}: refused: {why}$"):
        judge_class(report, name, CATALOGUE, where="report.json")


def test_the_page_of_a_client_speaks_of_clients() -> None:
    page = html_report(client_report(*checks_of(CLASS)[:5]), CATALOGUE)

    assert "They bind servers, and this run judged a client." in page
    assert "Of the requirements that bind a client" in page
    assert "<dt>Client under test</dt>" in page
    assert "blames a correct client" in page
    assert "for servers</th>" not in page
