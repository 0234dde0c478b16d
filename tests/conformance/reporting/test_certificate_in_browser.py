"""The certificate page in a browser: one sheet of A4, for everyone to read."""

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.reporting.attestation import certificate_of, make_statement, read_statement
from conformance.reporting.certificate import certificate_html
from conformance.reporting.certification import Kept
from conformance.words.events import RunFinished
from tests.conformance.reporting.conftest import Open
from tests.conformance.reporting.test_html_certificate import (
    BROKEN,
    certificate_for,
    page_of,
    report_of,
)
from tests.conformance.reporting.told import STARTED, builder, check, finished

pytestmark = pytest.mark.needs_chromium
KEPT = Kept(
    name="tiny.core",
    title="The core of it all, with a title that goes on for longer than a line of the table has",
    musts=["TINY-1-01"],
    passed=["TINY-1-01"],
    warned=[],
    not_applicable=[],
    untested={},
    not_covered={"TINY-1-02": "why"},
    checks=1_358,
)
LONG = "A name <b>that</b> goes on and on "


def certificate_page(*kept: Kept, **profile: str) -> str:
    report = builder(
        finished("jsonrpc/one/-", check()), RunFinished(duration_s=1), profile=dict(profile)
    ).document()
    now = STARTED
    payload = make_statement(report, b"{}", kept, by="A. Tester", now=now, valid=now - now)
    statement = read_statement(payload, where="attestation.json")
    made = certificate_of(
        statement, b"{}", file_name="attestation.json", key_id="0123456789abcdef" * 4
    )
    return certificate_html(made)


PAGES = [
    pytest.param(certificate_page(KEPT), id="one class"),
    pytest.param(
        certificate_page(
            *(replace(KEPT, name=f"tiny.class-{at}") for at in range(12)),
            name=LONG * 9,
            vendor=LONG * 9,
            version="1.0",
        ),
        id="as much as can be",
    ),
]


@pytest.mark.parametrize("page", PAGES)
def test_it_is_one_sheet_of_a4_with_nothing_cut_off(
    open_page: Open, tmp_path: Path, page: str
) -> None:
    shown = open_page(page)

    data = shown.pdf(path=tmp_path / "certificate.pdf", prefer_css_page_size=True)

    assert len(re.findall(rb"/Type\s*/Page[^s]", data)) == 1
    # A4 in points: 210 by 297 mm.
    [(width, height)] = set(re.findall(rb"/MediaBox\s*\[0 0 ([0-9.]+) ([0-9.]+)\]", data))
    assert (round(float(width)), round(float(height))) == (595, 842)
    shown.emulate_media(media="print")
    sheet = "document.querySelector('.sheet')"
    assert shown.evaluate(f"{sheet}.scrollHeight <= {sheet}.clientHeight")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", [360, 1280])
def test_it_has_no_barriers(
    open_page: Open,
    no_barriers: Callable[[Any], None],
    page: str,
    width: int,
) -> None:
    shown = open_page(page, viewport={"width": width, "height": 900})

    no_barriers(shown)
    assert shown.locator("h1").all_text_contents() == ["Certificate of conformance"]
    assert shown.locator("b", has_text="that").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_report_s_page_shows_it_without_barriers(
    open_page: Open, no_barriers: Callable[[Any], None], scheme: str
) -> None:
    report = report_of(BROKEN)
    certificate = certificate_for(report, valid=dt.timedelta(days=36_500))

    shown = open_page(page_of(report, certificate), color_scheme=scheme)

    no_barriers(shown)
    assert shown.locator("#certification").is_visible()
    assert not shown.locator("#expired").is_visible()


def test_a_page_that_is_opened_after_the_expiry_says_so(open_page: Open) -> None:
    report = report_of()
    certificate = certificate_for(report, valid=dt.timedelta(days=1))

    shown = open_page(page_of(report, certificate))

    assert shown.get_by_text("The certificate has expired.").is_visible()
    assert "2026-02-01 09:30:00 UTC" in shown.locator("#expired").inner_text()
