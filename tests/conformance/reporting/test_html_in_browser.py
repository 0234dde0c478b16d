"""The HTML report as people use it, in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.reporting.html_report import html_report
from conformance.words.catalogue import load_catalogues
from tests.conformance.corpus import MAY, MUST, MUST_NOT, OTHER, SHOULD, WARNS
from tests.conformance.peers import read_json
from tests.conformance.reporting.conftest import Open
from tests.conformance.reporting.pages import (
    HOSTILE,
    PUBLISHED,
    TINY,
    hostile_report,
    small_page,
)

pytestmark = [pytest.mark.needs_chromium, pytest.mark.xdist_group("chromium")]
Page = Any  # Playwright is optional


def shown_ids(page: Page) -> list[str]:
    ids: list[str] = page.locator(".requirement:not([hidden])").evaluate_all(
        "all => all.filter(one => one.offsetParent !== null).map(one => one.id)"
    )
    return ids


def unfold(page: Page, requirement: str, case: str = "") -> Page:
    """Unfold a requirement and one of its checks; return the check."""
    entry = page.locator(f'[id="{requirement}"]')
    if entry.get_attribute("open") is None:
        entry.locator("summary").click()
    check = entry.locator(".checks > li", has_text=case).first
    check.locator("button").first.click()
    return check


@pytest.mark.parametrize("path", [pytest.param(x, id=x.parent.name) for x in PUBLISHED])
def test_the_page_of_a_real_server_opens_from_disk(open_page: Open, path: Path) -> None:
    report = read_json(path.read_bytes())

    page = open_page(html_report(report, load_catalogues()))

    assert page.locator("h1").inner_text().startswith(report["target"]["name"])
    total = len(report["checks"])
    assert page.locator("#shown").inner_text().endswith(f", {total} checks of {total}")


@pytest.mark.parametrize(
    ("choose", "shown", "kept"),
    [
        pytest.param(lambda p: p.get_by_label("fail").check(), [MUST], "?verdict=fail", id="fail"),
        pytest.param(
            lambda p: (p.get_by_label("fail").check(), p.get_by_label("warn").check()),
            [MUST, SHOULD],
            "?verdict=fail,warn",
            id="two verdicts",
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
        pytest.param(
            lambda p: p.get_by_role("searchbox").fill("jsonrpc/one"),
            [MUST, SHOULD, WARNS],
            "?text=jsonrpc%2Fone",
            id="a scenario",
        ),
        pytest.param(
            lambda p: (
                p.get_by_role("searchbox").fill("jsonrpc/two"),
                p.get_by_label("pass").check(),
            ),
            [MUST, OTHER],
            "?verdict=pass&text=jsonrpc%2Ftwo",
            id="verdict and text",
        ),
    ],
)
def test_a_filter_shows_what_is_asked_for_and_stays_in_the_url(
    open_page: Open, choose: Callable[[Page], object], shown: list[str], kept: str
) -> None:
    page = open_page(small_page())

    choose(page)

    assert sorted(shown_ids(page)) == sorted(shown)
    assert page.url.partition("#")[2] == kept
    page.reload()
    assert sorted(shown_ids(page)) == sorted(shown)
    page.get_by_role("button", name="Show all").click()
    assert len(shown_ids(page)) == 6
    assert page.url.endswith("#requirements")


def test_only_the_checks_that_fit_are_shown_of_a_requirement(open_page: Open) -> None:
    page = open_page(small_page(), fragment="#?verdict=fail")

    checks = page.locator(f'[id="{MUST}"] .checks > li')
    assert [checks.nth(number).is_visible() for number in range(checks.count())] == [True, False]
    assert page.locator("#shown").inner_text() == "1 requirement of 6, 1 check of 7"


def test_a_filter_that_nothing_fits_says_so(open_page: Open) -> None:
    page = open_page(small_page())

    page.get_by_role("searchbox").fill("no such words")

    assert page.get_by_text("Nothing here matches the filter.").is_visible()
    assert shown_ids(page) == []
    assert page.get_by_role("heading", name="A tiny spec").count() == 0


def test_a_tile_and_a_class_lead_to_what_they_count(open_page: Open) -> None:
    page = open_page(small_page())

    page.locator(".tiles a", has_text="untested").click()

    assert shown_ids(page) == [MUST_NOT]
    page.get_by_role("link", name="tiny.other").first.click()
    assert shown_ids(page) == [OTHER]


def test_a_broken_check_unfolds_to_all_there_is_to_it(open_page: Open) -> None:
    page = open_page(small_page())

    told = unfold(page, MUST).inner_text()

    for text in (
        "expected 1 at /id, saw 2",
        "Place\n/id",
        "Step\nask",
        "const:/id",
        '"const": 1',
        "POST http://127.0.0.1:8/: answered, 1.5 ms",
        "Sent, 65 bytes",
        '{"id":1}',
        "HTTP/1.1 200 OK",
        '{"id":2}',
        "curl -sS -i",
    ):
        assert text in told
    assert page.locator(f'[id="{MUST}"] .links a').first.get_attribute("href") == (
        f"https://tiny.example/{MUST}"
    )


def test_a_check_that_passed_unfolds_too_with_the_other_exchanges_of_its_case(
    open_page: Open,
) -> None:
    page = open_page(small_page())

    check = unfold(page, MUST, case="two")

    assert "second" in check.inner_text()
    assert "first" not in check.inner_text()
    check.get_by_role("button", name="1 other exchange of this case").click()
    assert "first" in check.inner_text()


def test_a_check_without_an_exchange_says_so(open_page: Open) -> None:
    page = open_page(small_page())

    assert "No exchange of this run belongs to this check alone." in (
        unfold(page, MUST_NOT).inner_text()
    )


def test_the_command_and_an_issue_can_be_copied(open_page: Open) -> None:
    permissions = ["clipboard-read", "clipboard-write"]
    page = open_page(small_page(), permissions=permissions)
    check = unfold(page, MUST)

    check.get_by_role("button", name="Copy the command").click()
    page.get_by_text("Copied").first.wait_for()
    command = page.evaluate("navigator.clipboard.readText()")
    check.get_by_role("button", name="Copy for an issue").click()
    page.get_by_text("Copied").nth(1).wait_for()
    issue = page.evaluate("navigator.clipboard.readText()")

    assert command.startswith("curl -sS -i")
    assert f"MUST {MUST} The statement of {MUST}." in issue
    assert f"https://tiny.example/{MUST}" in issue
    assert "expected 1 at /id, saw 2" in issue
    assert '{"id":2}' in issue
    assert command in issue


def test_a_link_to_a_requirement_unfolds_it_filtered_out_or_not(open_page: Open) -> None:
    page = open_page(small_page(), fragment="#?verdict=fail")

    page.evaluate(f"location.hash = '{WARNS}'")

    page.locator(f'[id="{WARNS}"][open]').wait_for()
    assert page.locator(":focus").evaluate("one => one.parentElement.id") == WARNS
    assert "Take the milder one." in page.locator(f'[id="{WARNS}"]').inner_text()


def test_a_page_opened_at_a_requirement_has_it_unfolded(open_page: Open) -> None:
    page = open_page(small_page(), fragment=f"#{WARNS}")

    assert page.locator(f'[id="{WARNS}"]').get_attribute("open") is not None
    assert page.locator(":focus").evaluate("one => one.parentElement.id") == WARNS


def test_everything_can_be_reached_and_done_with_the_keyboard(open_page: Open) -> None:
    page = open_page(small_page())

    def focused() -> str:
        text: str = page.locator(":focus").evaluate(
            "one => (one.closest('label') ?? one).textContent.trim().replaceAll(/\\s+/g, ' ')"
        )
        return text

    def tab_to(text: str, *, most: int = 40) -> None:
        for _ in range(most):
            page.keyboard.press("Tab")
            if text in focused():
                outline = page.locator(":focus").evaluate(
                    "one => { const seen = one.type === 'checkbox' ? one.nextElementSibling : one;"
                    " return getComputedStyle(seen).outlineStyle; }"
                )
                assert outline == "solid"
                return
        pytest.fail(f"no way to {text!r} by Tab")

    page.keyboard.press("Tab")
    assert focused() == "Skip to the requirements"
    page.keyboard.press("Enter")
    tab_to("fail")
    page.keyboard.press("Space")
    assert shown_ids(page) == [MUST]
    tab_to(MUST)
    page.keyboard.press("Enter")
    assert page.locator(f'[id="{MUST}"]').get_attribute("open") is None
    page.keyboard.press("Enter")
    tab_to("jsonrpc/one")
    page.keyboard.press("Enter")
    assert page.locator(":focus").get_attribute("aria-expanded") == "true"
    told = page.locator(":focus").get_attribute("aria-controls")
    assert page.locator(f'[id="{told}"]').is_visible()
    tab_to("Copy")
    tab_to("Copy for an issue")


def test_the_theme_follows_the_system_until_one_is_chosen(open_page: Open) -> None:
    page = open_page(small_page(), color_scheme="dark")
    button = page.locator("#theme")

    def ground() -> str:
        colour: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return colour

    dark = ground()
    labels = [button.inner_text()]
    for _ in range(3):
        button.click()
        labels.append(button.inner_text())
        if labels[-1] == "Theme: light":
            light = ground()
            page.reload()
            assert button.inner_text() == "Theme: light"
            assert ground() == light
    assert labels == ["Theme: auto", "Theme: light", "Theme: dark", "Theme: auto"]
    assert dark != light
    assert ground() == dark


def test_without_scripts_verdicts_statements_and_messages_are_there(open_page: Open) -> None:
    page = open_page(small_page(), java_script_enabled=False)

    assert page.locator("noscript p").is_visible()
    assert not page.locator("#filter").is_visible()
    assert page.get_by_text("expected 1 at /id, saw 2").is_visible()
    page.locator(f'[id="{SHOULD}"] summary').click()
    assert page.get_by_text("too long a line").is_visible()


def test_a_printed_page_is_unfolded_and_folds_again(open_page: Open) -> None:
    page = open_page(small_page())
    page.emulate_media(media="print")
    folded = page.locator("details:not([open])").count()

    page.evaluate("dispatchEvent(new Event('beforeprint'))")

    assert page.locator("details:not([open])").count() == 0
    assert page.get_by_text("HTTP/1.1 200 OK").is_visible()
    assert page.get_by_text("too long a line").is_visible()
    assert not page.locator("#filter").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() == folded
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF-")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda p: None, id="as it opens"),  # noqa: ARG005 - nothing is done
        pytest.param(lambda p: p.get_by_label("warn").check(), id="filtered"),
        pytest.param(lambda p: (unfold(p, MUST), unfold(p, MUST_NOT)), id="unfolded"),
        pytest.param(
            lambda p: (
                p.get_by_role("searchbox").fill("no such words"),
                p.locator("#theme").focus(),
            ),
            id="nothing left",
        ),
        pytest.param(lambda p: p.set_viewport_size({"width": 400, "height": 800}), id="narrow"),
    ],
)
def test_no_barriers_are_found(
    open_page: Open,
    no_barriers: Callable[[Page], None],
    scheme: str,
    make: Callable[[Page], object],
) -> None:
    page = open_page(small_page(), color_scheme=scheme)

    make(page)

    no_barriers(page)


def test_no_barriers_are_found_in_the_page_of_a_real_server(
    open_page: Open, no_barriers: Callable[[Page], None]
) -> None:
    report = read_json(PUBLISHED[0].read_bytes())
    page = open_page(html_report(report, load_catalogues()))

    page.locator(".checks > li.fail > button").first.click()

    no_barriers(page)


@pytest.mark.parametrize("width", [400, 700, 1280])
def test_nothing_runs_out_of_the_side(open_page: Open, width: int) -> None:
    page = open_page(
        html_report(hostile_report("x" * 300), TINY), viewport={"width": width, "height": 800}
    )

    page.locator(".checks > li > button").first.click()

    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_hostile_report_does_nothing_and_is_shown_as_it_is(open_page: Open) -> None:
    page = open_page(html_report(hostile_report(), TINY))

    page.locator("#unfold").click()
    for button in page.locator(".checks > li > button").all():
        button.click()
    for button in page.locator("button", has_text=re.compile("exchange")).all():
        button.click()

    assert page.evaluate("window.broken") is None
    assert (
        page.locator("img, iframe, object, embed, base, body script ~ script ~ script").count() == 0
    )
    assert page.locator("a[href^='javascript' i], a[href^='data' i]").count() == 0
    beginning = HOSTILE.partition("\x1b")[0]
    assert beginning in page.locator("h1").text_content()
    assert beginning in page.locator(".told-box .message pre").first.text_content()
    assert "\\x1b[31m" in page.locator("h1").text_content()
    assert "\u202e" not in page.locator("body").text_content()
    page.get_by_role("searchbox").fill("<script>")
    assert len(shown_ids(page)) == 2


def test_a_class_with_any_name_can_be_filtered_by(open_page: Open) -> None:
    page = open_page(small_page(), fragment="#?class=a%2Cb%26c")

    assert shown_ids(page) == [MAY, *shown_ids(page)][1:]
