"""The HTML report: what stands in the page, without a browser."""

import base64
import hashlib
import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conformance.reporting.html_page import script_json
from conformance.reporting.html_report import headline, html_report
from conformance.reporting.html_requirements import specs_of
from conformance.words.catalogue import load_catalogues
from conformance.words.json_value import Json
from conformance.words.verdict import Verdict
from tests.conformance.corpus import CLIENT, HARD, MUST, OTHER, SHOULD
from tests.conformance.peers import read_json
from tests.conformance.reporting.pages import (
    ADD,
    HOSTILE,
    PUBLISHED,
    TINY,
    Tags,
    hostile_report,
    small_page,
    small_report,
)

MOST_BYTES_FOR_1000_CHECKS = 2_000_000


def data_of(page: str) -> Any:  # noqa: ANN401 - JSON
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return read_json(found[1])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1 of 4 judged requirements is broken.", id="headline"),
        pytest.param("7 checks, 3 exchanges, 1.5 s;", id="size of the run"),
        pytest.param("2026-01-31 09:30:00 UTC", id="when"),
        pytest.param("one method was guessed", id="a note"),
        pytest.param(f"The statement of {MUST}.", id="statement"),
        pytest.param(f'href="https://tiny.example/{MUST}"', id="link into the spec"),
        pytest.param("expected 1 at /id, saw 2", id="message"),
        pytest.param("Take the milder one.", id="how an ambiguity is read"),
        pytest.param("example/repo#1", id="where it is argued"),
        pytest.param("warn: the point is disputed", id="worst verdict"),
        pytest.param("needs a failing call", id="why it is untested"),
        pytest.param(f"<code>{ADD}</code>", id="what to add"),
        pytest.param(f"The statement of {CLIENT}.", id="a row without a check"),
        pytest.param("Nobody sees it.", id="its limits"),
        pytest.param("They bind clients", id="why no check is about it"),
        pytest.param("jsonrpc/two/a", id="a slow case"),
        pytest.param("42.0", id="how long it took"),
        pytest.param("tiny.core", id="a class"),
        pytest.param("Contest a reading", id="how to contest"),
    ],
)
def test_everything_essential_stands_in_the_page_itself(text: str) -> None:
    without_scripts = re.sub(r"<script.*?</script>", "", small_page(), flags=re.DOTALL)

    assert text in without_scripts


def test_requirements_are_grouped_by_section_in_the_order_of_the_catalogue() -> None:
    page = small_page()

    ids = re.findall(r'<details class="requirement [a-z-]+" id="([^"]+)"', page)
    assert ids == sorted(ids)
    assert {MUST, SHOULD, OTHER} <= set(ids)
    assert not {HARD, CLIENT} & set(ids)


def test_an_id_that_the_catalogue_lacks_is_shown_all_the_same() -> None:
    report = small_report()
    report["checks"].append({**report["checks"][0], "requirement": "GONE-1", "message": "still"})

    page = html_report(report, TINY)

    assert "Requirements that this version does not know" in page
    assert 'id="GONE-1"' in page
    assert "still" in page


def test_another_edition_is_told() -> None:
    same, other = small_report(), small_report()
    other["suite"]["digest"] = f"sha256:{'0' * 64}"

    told = ["another edition" in html_report(one, TINY) for one in (same, other)]

    assert told == [False, True]


def test_a_run_that_was_cut_short_is_told() -> None:
    report = small_report()
    report["run"]["complete"] = False

    assert "This run is not complete." in html_report(report, TINY)


def test_what_did_not_come_to_the_same_each_time_is_told() -> None:
    report = small_report()
    report["checks"][0]["flaky"] = {"verdicts": ["pass", "not-applicable"]}

    page = html_report(report, TINY)

    assert "1 check did not come to the same each time" in page
    assert "<b>Flaky:</b> pass, not applicable" in page


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        pytest.param("pass pass", "2 of 2 judged requirements are kept.", id="pass"),
        pytest.param("pass", "1 of 1 judged requirement is kept.", id="one"),
        pytest.param("fail pass", "1 of 2 judged requirements is broken.", id="fail"),
        pytest.param(
            "warn pass", "Nothing is broken; 1 of 2 judged requirements draws a warning.", id="w"
        ),
        pytest.param("error pass", "1 requirement could not be judged for errors.", id="error"),
        pytest.param("untested", "Nothing was judged, so nothing has passed.", id="untested"),
        pytest.param("", "Nothing was judged, so nothing has passed.", id="nothing"),
    ],
)
def test_the_headline_says_what_it_came_to(verdicts: str, sentence: str) -> None:
    rows: list[dict[str, Json]] = [
        {
            "requirement": name,
            "level": "MUST",
            "scenario": "jsonrpc/one",
            "case": "-",
            "verdict": one,
        }
        for name, one in zip((MUST, SHOULD), verdicts.split(), strict=False)
    ]
    entries = [e for spec in specs_of(rows, TINY) for s in spec.sections for e in s.entries]

    assert headline(entries) == sentence


def test_a_report_of_nothing_has_a_page() -> None:
    report = small_report()
    report |= {"checks": [], "exchanges": [], "classes": [], "notes": []}

    page = html_report(report, TINY)

    assert "Nothing was judged, so nothing has passed." in page
    assert "Nothing was sent." in page


def test_the_page_may_load_nothing_and_runs_its_own_scripts_only() -> None:
    page = small_page()

    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    texts = re.findall(r"<(style|script)>(.*?)</\1>", page, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(x.encode()).digest()).decode() for _, x in texts]
    style, *scripts = (f"'sha256-{digest}'" for digest in digests)
    assert policy[1].split("; ") == [
        "default-src 'none'",
        "img-src data:",
        f"style-src {style}",
        f"script-src {' '.join(scripts)}",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert not re.search(r"<[^>]+ (?:style|on[a-z]+)=", re.sub(r"<script.*?</script>", "", page))


def test_an_exchange_is_stored_once_and_shown_by_its_number() -> None:
    report = small_report()
    report["checks"][1]["exchange"] = report["checks"][0]["exchange"]

    page = html_report(report, TINY)

    data = data_of(page)
    assert len(data["exchanges"]) == len(report["exchanges"])
    assert [data["checks"][number]["exchange"] for number in (0, 1)] == [0, 0]
    assert page.count("Content-Type: application/json") == 1


def skeleton(report: dict[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
    return Tags(html_report(report, TINY)).found


@given(text=st.text(min_size=1) | st.sampled_from([HOSTILE, "</script>", "]]>", "<!--<script>"]))
@example(text=HOSTILE)
@example(text="\ud800")
@example(text="'\"><b>")
@settings(max_examples=25, deadline=None)  # a page takes 30 ms, and more on a busy machine
def test_no_text_of_a_report_becomes_markup(text: str) -> None:
    assert skeleton(hostile_report(f"x{text}")) == skeleton(hostile_report("plain"))


def test_no_text_of_a_report_becomes_a_link_that_runs() -> None:
    report = hostile_report()
    report["target"]["urls"]["sse"] = "http://a\u202eb/"

    links = Tags(html_report(report, TINY)).links

    assert [link for link in links if re.match(r"\s*(?!https?:|#|data:image/svg)", link)] == []
    assert all(link.isascii() and link.isprintable() for link in links)


@pytest.mark.parametrize(
    "character",
    [
        pytest.param("\x00", id="NUL"),
        pytest.param("\x1b", id="escape"),
        pytest.param("\u202e", id="direction"),
        pytest.param("\u2066", id="isolate"),
        pytest.param("\u2028", id="line separator"),
        pytest.param("\ufeff", id="byte order mark"),
        pytest.param("\x9b", id="CSI"),
    ],
)
def test_what_can_not_be_seen_is_made_visible(character: str) -> None:
    page = html_report(hostile_report(f"a{character}b"), TINY)

    assert character not in page
    assert json.dumps(character)[1:-1] not in data_of(page)["pieces"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=8,
)


@given(value=JSON)
@example(value=["</script>", "<!--", "<script", "\u2028"])
def test_json_in_a_script_has_no_angle_bracket_and_its_value(value: Json) -> None:
    text = script_json(value)

    assert "<" not in text
    assert read_json(text) == value


REAL = pytest.mark.parametrize("path", [pytest.param(x, id=x.parent.name) for x in PUBLISHED])


@REAL
def test_the_page_of_a_real_server_is_whole(path: Path) -> None:
    report = read_json(path.read_bytes())

    page = html_report(report, load_catalogues())

    data = data_of(page)
    assert len(data["exchanges"]) == len(report["exchanges"])
    assert page.count(" data-check=") == len(report["checks"]) == len(data["checks"])


@REAL
def test_1000_checks_with_their_exchanges_stay_under_two_megabytes(path: Path) -> None:
    report = thousand(read_json(path.read_bytes()))

    page = html_report(report, load_catalogues())

    assert len(report["checks"]) == 1_000
    assert len(page.encode()) < MOST_BYTES_FOR_1000_CHECKS


def thousand(report: dict[str, Any]) -> dict[str, Any]:
    """Return a report of 1,000 checks: its own, again and again, each time with its exchange."""
    sent = {one["id"]: one for one in report["exchanges"]}
    checks: list[dict[str, Any]] = []
    exchanges: dict[str, dict[str, Any]] = {}
    for round_ in itertools.count():
        for check in report["checks"][: 1_000 - len(checks)]:
            again = {**check, "case": f"{check['case']} {round_}" if round_ else check["case"]}
            if (exchange := check.get("exchange")) in sent:
                again["exchange"] = f"{exchange} {round_}" if round_ else exchange
                exchanges[again["exchange"]] = {**sent[exchange], "id": again["exchange"]}
            checks.append(again)
        if len(checks) == 1_000:
            return {**report, "checks": checks, "exchanges": list(exchanges.values())}
    raise AssertionError


def test_the_worst_verdict_of_a_requirement_is_what_it_came_to() -> None:
    rows = [
        {
            "requirement": MUST,
            "level": "MUST",
            "scenario": "s/x",
            "case": str(i),
            "verdict": v.value,
        }
        for i, v in enumerate((Verdict.PASS, Verdict.FAIL, Verdict.UNTESTED))
    ]

    [spec] = specs_of(rows, TINY)

    [entry] = spec.sections[0].entries
    assert entry.verdict is Verdict.FAIL
