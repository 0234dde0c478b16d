"""The comparison as people use it, in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.reporting.compare_page import compare_html
from conformance.reporting.html_report import html_report
from conformance.words.catalogue import load_catalogues
from tests.conformance.corpus import MUST, MUST_NOT, OTHER, SHOULD
from tests.conformance.peers import read_json
from tests.conformance.reporting.conftest import Open
from tests.conformance.reporting.pages import (
    HOSTILE,
    PUBLISHED,
    TINY,
    hostile_report,
    other_report,
    small_report,
)

pytestmark = [pytest.mark.needs_chromium, pytest.mark.xdist_group("chromium")]
Page = Any  # Playwright is optional


def two() -> str:
    """Return the page of two small reports."""
    return compare_html([small_report(), other_report()], TINY)


def shown_ids(page: Page) -> list[str]:
    ids: list[str] = page.locator(".line").evaluate_all(
        "all => all.filter(one => one.offsetParent !== null).map(one => one.id)"
    )
    return ids


@pytest.mark.parametrize(
    ("choose", "shown", "kept"),
    [
        pytest.param(
            lambda p: p.get_by_label("differences only").check(),
            [MUST, SHOULD],
            "?only=differences",
            id="differences",
        ),
        pytest.param(
            lambda p: p.get_by_label("untested").check(),
            [MUST_NOT],
            "?verdict=untested",
            id="verdict",
        ),
        pytest.param(
            lambda p: p.get_by_role("combobox", name="Level").select_option("MUST NOT"),
            [MUST_NOT],
            "?level=MUST%20NOT",
            id="level",
        ),
        pytest.param(
            lambda p: p.get_by_role("combobox", name="Class").select_option("tiny.other"),
            [OTHER],
            "?class=tiny.other",
            id="class",
        ),
        pytest.param(
            lambda p: p.get_by_role("searchbox").fill("LONG a line"),
            [SHOULD],
            "?text=LONG%20a%20line",
            id="words of a message",
        ),
    ],
)
def test_a_filter_shows_what_is_asked_for_and_stays_in_the_url(
    open_page: Open, choose: Callable[[Page], object], shown: list[str], kept: str
) -> None:
    page = open_page(two())

    choose(page)

    assert shown_ids(page) == shown
    assert page.url.partition("#")[2] == kept
    page.reload()
    assert shown_ids(page) == shown
    page.get_by_role("button", name="Show all").click()
    assert len(shown_ids(page)) == 6


def test_a_filter_that_nothing_fits_says_so(open_page: Open) -> None:
    page = open_page(two())

    page.get_by_role("searchbox").fill("no such words")

    assert page.get_by_text("Nothing here matches the filter.").is_visible()
    assert not page.locator(".matrix").is_visible()


def test_a_row_unfolds_to_what_each_target_did_and_hides_with_it(open_page: Open) -> None:
    page = open_page(two())
    button = page.locator(f'[id="{MUST}"] button')

    button.focus()
    page.keyboard.press("Enter")

    told = page.locator(f'[id="{button.get_attribute("aria-controls")}"]')
    assert button.get_attribute("aria-expanded") == "true"
    assert told.locator("dt").all_inner_texts() == ["N", "Another"]
    assert "expected 1 at /id, saw 2" in told.inner_text()
    page.get_by_label("untested").check()
    assert not told.is_visible()
    page.get_by_label("untested").uncheck()
    assert told.is_visible()
    page.keyboard.press("Shift+Tab")
    button.press("Enter")
    assert not told.is_visible()


def test_a_cell_leads_to_the_requirement_in_the_target_s_own_report(
    open_page: Open, tmp_path: Path
) -> None:
    own = tmp_path / "own.html"
    own.write_text(html_report(small_report(), TINY), encoding="utf-8")
    page = open_page(compare_html([small_report(), other_report()], TINY, pages=["own.html", ""]))

    page.locator(f'[id="{SHOULD}"] td a').click()
    page.wait_for_url("**/own.html#*")

    assert page.locator(f'[id="{SHOULD}"][open]').is_visible()


def test_a_link_to_a_requirement_unfolds_its_row(open_page: Open) -> None:
    page = open_page(two(), fragment=f"#{SHOULD}")

    assert page.locator(":focus").get_attribute("aria-expanded") == "true"
    assert "too long a line" in page.locator(".unfolded").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [400, 1280])
def test_no_barriers_are_found(
    open_page: Open, no_barriers: Callable[[Page], None], scheme: str, width: int
) -> None:
    page = open_page(two(), color_scheme=scheme, viewport={"width": width, "height": 800})

    page.locator(".line button").first.click()
    page.get_by_label("differences only").check()

    no_barriers(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_real_servers_side_by_side_have_no_barriers(
    open_page: Open, no_barriers: Callable[[Page], None]
) -> None:
    reports = [read_json(path.read_bytes()) for path in PUBLISHED]
    page = open_page(compare_html(reports, load_catalogues()))

    page.get_by_label("differences only").check()

    assert page.locator(".matrix thead tr").first.locator("th").count() == 1 + len(PUBLISHED)
    no_barriers(page)


def test_a_printed_page_has_the_whole_matrix(open_page: Open) -> None:
    page = open_page(two())

    page.emulate_media(media="print")

    assert len(shown_ids(page)) == 6
    assert not page.locator("#filter").is_visible()
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF-")


def test_hostile_reports_do_nothing_and_are_shown_as_they_are(open_page: Open) -> None:
    page = open_page(compare_html([hostile_report(), hostile_report()], TINY))

    for button in page.locator(".line button").all():
        button.click()

    assert page.evaluate("window.broken") is None
    assert page.locator("img, iframe, object, embed, base").count() == 0
    assert page.locator("a[href^='javascript' i], a[href^='data' i]").count() == 0
    assert HOSTILE.partition("\x1b")[0] in page.locator(".unfolded dd + dd").first.text_content()
    assert "\u202e" not in page.locator("body").text_content()
