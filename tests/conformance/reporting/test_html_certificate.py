"""What a report's page says of a certificate: which classes have one, why, until when, by whom."""

import datetime as dt
import re
from typing import Any

import pytest

from conformance.reporting.attestation import (
    Certificate,
    certificate_of,
    make_statement,
    read_statement,
)
from conformance.reporting.certification import judge_class
from conformance.reporting.html_report import html_report
from conformance.words.events import RunFinished
from conformance.words.verdict import Check, Level, Verdict
from tests.conformance.corpus import CATALOGUE, IMPLIED, MUST, MUST_NOT, OTHER, SHOULD
from tests.conformance.reporting.told import STARTED, builder, check, finished

KEY_ID = "0123456789abcdef" * 4
PASSES = tuple(check(row) for row in (MUST, MUST_NOT, IMPLIED))
BROKEN = check(OTHER, Verdict.FAIL, message="expected 1 at /id, saw 2")


def report_of(*checks: Check) -> dict[str, Any]:
    document: dict[str, Any] = builder(
        finished("jsonrpc/one/-", *PASSES, *checks), RunFinished(duration_s=1)
    ).document()
    return document


def certificate_for(
    report: dict[str, Any], *, valid: dt.timedelta = dt.timedelta(days=30), by: str = "A. Tester"
) -> Certificate:
    kept = [judge_class(report, "tiny.core", CATALOGUE, where="report.json")]
    payload = make_statement(report, b"{}", kept, by=by, now=STARTED, valid=valid)
    statement = read_statement(payload, where="attestation.json")
    return certificate_of(statement, b"{}", file_name="attestation.json", key_id=KEY_ID)


def page_of(report: dict[str, Any], certificate: Certificate | None) -> str:
    return html_report(report, CATALOGUE, certificate=certificate)


def text_of(page: str) -> str:
    """Return what the section about the certificate says, white space folded."""
    section = page.partition('<h2 id="certification">')[2].partition("</section>")[0]
    return " ".join(re.sub("<[^>]*>", " ", section).split())


def test_a_certified_class_is_told_with_what_it_rests_on() -> None:
    report = report_of(check(SHOULD, Verdict.WARN, level=Level.SHOULD), BROKEN)

    text = text_of(page_of(report, certificate_for(report)))

    assert (
        "tiny.core The core yes all 3 applicable MUST rows passed, in 4 checks;"
        " of 8 rows 1 with a warning, 4 without a check in the suite" in text
    )
    assert "Issued 2026-01-31 09:30:00 UTC , by A. Tester" in text
    assert "Good until 2026-03-02 09:30:00 UTC" in text
    assert f"Signed with the key {KEY_ID}" in text
    assert "verify attestation.json --report report.json" in text


@pytest.mark.parametrize(
    ("one", "why"),
    [
        pytest.param(BROKEN, f"{OTHER} did not pass", id="broken"),
        pytest.param(
            check(OTHER, Verdict.UNTESTED, message="no binding"),
            f"{OTHER} not tested: no binding",
            id="untested",
        ),
        pytest.param(
            check(OTHER), "it could have one; the attestation does not name it", id="not asked for"
        ),
    ],
)
def test_a_class_without_a_certificate_is_told_with_the_reason(one: Check, why: str) -> None:
    report = report_of(one)

    text = text_of(page_of(report, certificate_for(report)))

    assert re.search(rf"tiny\.other .* no {re.escape(why)}$", text), text


def test_of_another_edition_of_the_suite_no_reason_is_made_up() -> None:
    report = report_of(BROKEN)
    certificate = certificate_for(report)
    report["suite"]["digest"] = "sha256:" + "0" * 64

    assert text_of(page_of(report, certificate)).endswith("no the attestation does not name it")


def test_the_certified_classes_stand_on_top_of_the_page() -> None:
    report = report_of(BROKEN)

    page = page_of(report, certificate_for(report))

    top = page[page.index("<main>") : page.index('<ul class="tiles">')]
    assert '<a href="#certification">tiny.core</a>' in top
    assert page.index('href="#certification"') < page.index("<main>")


def test_without_a_certificate_the_page_says_how_one_is_made() -> None:
    page = page_of(report_of(), None)

    assert "No certificate goes with this page: <code>wirecheck certify</code>" in page
    assert "certification" not in page.partition("<main>")[2].partition("<footer>")[0]


def test_what_an_attestation_says_does_nothing_in_a_page() -> None:
    report = report_of()

    page = page_of(report, certificate_for(report, by="<script>alert(1)</script>\u202e"))

    assert "<script>alert" not in page
    assert "\u202e" not in page
