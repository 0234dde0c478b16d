"""Each format against its own schema or a real reader, on real reports and on a hostile one."""

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft7Validator
from markdown_it import MarkdownIt
from pyld import jsonld  # type: ignore[import-untyped] # says so itself
from xmlschema import XMLSchema

from conformance.reporting.badge import badge_text
from conformance.reporting.baseline import Baseline, Known
from conformance.reporting.formats import FORMATS
from conformance.reporting.gate import gate_report
from conformance.reporting.markdown import markdown
from conformance.reporting.report_file import load_report
from conformance.reporting.sarif import scenario_places
from conformance.words.catalogue import Catalogue, load_catalogues
from conformance.words.events import RunFinished, RunNote
from conformance.words.verdict import Check, Level, Verdict
from tests.conformance.corpus import CATALOGUE, MUST, OTHER, SHOULD
from tests.conformance.peers import read_json
from tests.conformance.reporting.told import builder, check, exchange, finished

PUBLISHED = Path(__file__).parents[3] / "reports/published"
FOREIGN = Path(__file__).parent / "foreign"
EARL = "http://www.w3.org/ns/earl#"
HOSTILE = (
    "\x1b[31m</td><script>alert(1)</script><img src=x onerror=alert(1)> | `a` | @everyone #1"
    " [x](javascript:alert(1)) {0} {{ }} \u202e\ud800 https://evil.example www.evil.example \n\n# h"
    "\r\n```\n]]> & &amp; ${{ secrets.X }}"
)


def hostile_report() -> dict[str, Any]:
    checks = [
        check(verdict=Verdict.FAIL, message=HOSTILE, reason=HOSTILE, case=HOSTILE),
        check(SHOULD, Verdict.WARN, level=Level.SHOULD, message=HOSTILE),
        check(OTHER, Verdict.ERROR, message=HOSTILE, exchange="jsonrpc/one/-#1"),
        check("TINY-1-05", Verdict.UNTESTED, message=HOSTILE),
        check(MUST, Verdict.WARN, verdicts=(Verdict.PASS, Verdict.WARN)),
    ]
    made = builder(
        finished(
            "jsonrpc/one/-",
            *checks,
            exchanges=(exchange(response=HOSTILE.encode("utf-8", "replace")),),
        ),
        RunNote(text=HOSTILE),
        RunFinished(duration_s=1.25),
        profile={"name": HOSTILE, "vendor": HOSTILE, "version": HOSTILE},
    )
    document: dict[str, Any] = made.document()
    return document


@cache
def reports() -> dict[str, tuple[dict[str, Any], Catalogue]]:
    found: dict[str, tuple[dict[str, Any], Catalogue]] = {
        path.parent.name: (load_report(path), load_catalogues())
        for path in sorted(PUBLISHED.glob("*/report.json"))
    }
    return {**found, "hostile": (hostile_report(), CATALOGUE)}


NAMES = ["npm-hardhat", "npm-jayson", "py-jsonrpcserver", "hostile"]
each_report = pytest.mark.parametrize("name", [pytest.param(one, id=one) for one in NAMES])


def written(name: str, form: str) -> str:
    report, catalogue = reports()[name]
    return FORMATS[form][1](report, catalogue)


@pytest.mark.parametrize("form", [pytest.param(one, id=one) for one in FORMATS])
def test_the_same_report_is_written_the_same(form: str) -> None:
    assert written("hostile", form) == written("hostile", form)


@pytest.mark.parametrize("form", [pytest.param(one, id=one) for one in FORMATS])
def test_a_requirement_that_is_not_in_the_catalogue_is_written_all_the_same(form: str) -> None:
    report, _ = reports()["py-jsonrpcserver"]

    assert FORMATS[form][1](report, CATALOGUE)


@each_report
def test_junit_keeps_the_schema_of_jenkins(name: str) -> None:
    schema = XMLSchema(FOREIGN / "junit-10.xsd")

    schema.validate(written(name, "junit"))


@each_report
def test_ctrf_keeps_its_schema_and_counts_right(name: str) -> None:
    schema = read_json((FOREIGN / "ctrf-schema-0.0.json").read_bytes())

    document = json.JSONDecoder().decode(written(name, "ctrf"))

    Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER).validate(document)
    summary, tests = document["results"]["summary"], document["results"]["tests"]
    counts = Counter(one["status"] for one in tests)
    assert summary["tests"] == len(tests)
    assert {key: summary[key] for key in ("passed", "failed", "skipped")} == {
        key: counts[key] for key in ("passed", "failed", "skipped")
    }
    assert {one["status"] for one in tests if one["rawStatus"] in ("fail", "error")} <= {"failed"}


@each_report
def test_sarif_keeps_its_schema_and_has_the_broken_checks_only(name: str) -> None:
    schema = read_json((FOREIGN / "sarif-schema-2.1.0.json").read_bytes())
    report, _ = reports()[name]

    document = json.JSONDecoder().decode(written(name, "sarif"))

    Draft4Validator(schema).validate(document)
    [run] = document["runs"]
    broken = [one for one in report["checks"] if one["verdict"] in ("fail", "warn", "error")]
    rules = [one["id"] for one in run["tool"]["driver"]["rules"]]
    assert [one["ruleId"] for one in run["results"]] == [one["requirement"] for one in broken]
    assert all(rules[one["ruleIndex"]] == one["ruleId"] for one in run["results"])
    prints = [one["partialFingerprints"]["wirecheckCheck/v1"] for one in run["results"]]
    assert len(set(prints)) == len(broken)
    # SARIF 3.11.5: braces are doubled, so that none is a placeholder.
    texts = [one["message"]["text"] for one in run["results"]]
    assert not [text for text in texts if re.search(r"(?<!\{)\{(\{\{)*[^{]", text)]


def test_a_sarif_result_points_into_the_file_of_its_scenario() -> None:
    document = json.JSONDecoder().decode(written("py-jsonrpcserver", "sarif"))

    for one in document["runs"][0]["results"]:
        place = one["locations"][0]["physicalLocation"]
        file = PUBLISHED.parents[1] / place["artifactLocation"]["uri"]
        line = file.read_text(encoding="utf-8").splitlines()[place["region"]["startLine"] - 1]
        label = one["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]
        assert line.startswith(f"  - id: {label.split('/')[1]}")


def test_every_scenario_has_a_place() -> None:
    named = {one["scenario"] for one in reports()["py-jsonrpcserver"][0]["checks"]}

    assert named <= set(scenario_places())


def no_network(url: str, _: object) -> None:
    raise AssertionError(url)


@each_report
def test_earl_is_linked_data_without_a_network(name: str) -> None:
    report, _ = reports()[name]
    document = json.JSONDecoder().decode(written(name, "earl"))

    nodes = jsonld.flatten(document, options={"documentLoader": no_network})

    def of(kind: str) -> list[dict[str, Any]]:
        return [one for one in nodes if EARL + kind in one.get("@type", [])]

    by_id = {one["@id"]: one for one in nodes}
    assertions = of("Assertion")
    assert len(assertions) == len(report["checks"])
    outcomes: Counter[str] = Counter()
    for one in assertions:
        # EARL 1.0 section 2.2: each exactly once, and each a node that is there.
        linked = {key: one[EARL + key] for key in ("assertedBy", "subject", "test", "result")}
        assert all(len(links) == 1 and links[0]["@id"] in by_id for links in linked.values())
        outcomes[by_id[linked["result"][0]["@id"]][EARL + "outcome"][0]["@id"]] += 1
    passed = sum(one["verdict"] == "pass" for one in report["checks"])
    assert outcomes[EARL + "passed"] == passed
    assert set(outcomes) <= {
        EARL + key for key in ("passed", "failed", "cantTell", "inapplicable", "untested")
    }
    assert {one["@id"] for one in of("TestRequirement")} <= set(by_id)


def test_earl_says_what_each_verdict_is() -> None:
    document = json.JSONDecoder().decode(written("hostile", "earl"))

    results = [one["earl:result"] for one in document["@graph"] if "earl:result" in one]

    assert {(one["wirecheck:verdict"], one["earl:outcome"]) for one in results} == {
        ("fail", "earl:failed"),
        ("warn", "earl:failed"),  # a SHOULD
        ("warn", "earl:cantTell"),  # an ambiguous MUST
        ("error", "earl:cantTell"),
        ("untested", "earl:untested"),
    }


# What shields.io's endpoint badge takes; it refuses a document with any other member.
SHIELD = {
    *("schemaVersion", "label", "message", "color", "labelColor", "isError", "namedLogo"),
    *("logoSvg", "logoColor", "logoSize", "style", "cacheSeconds"),
}
TAGS = {"h3", "h4", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "a", "details"}
OURS = {*TAGS, "summary", "blockquote", "ul", "li", "sub"}


@each_report
def test_markdown_shows_what_a_target_sent_and_does_nothing(name: str) -> None:
    report, catalogue = reports()[name]
    html = (
        MarkdownIt("commonmark", {"html": True}).enable("table").render(written(name, "markdown"))
    )

    page = ET.fromstring(f"<page>{html.replace('<br>', '<br/>').replace(' open>', '>')}</page>")

    tags = Counter(one.tag for one in page.iter())
    assert set(tags) <= {*OURS, "page"}
    links = {one.get("href") for one in page.iter("a")}
    assert links <= {row.link for row in catalogue.requirements.values()}
    fails = {one["requirement"] for one in report["checks"] if one["verdict"] == "fail"}
    assert sum(row in "".join(page.itertext()) for row in fails) == len(fails)


def test_markdown_keeps_words_whole_and_mentions_apart() -> None:
    text = written("hostile", "markdown")

    assert "alert&#40;" not in text.replace("(", "(")
    assert not re.search(r"(?<!&)[@#]\w*everyone", text)
    assert "https://evil" not in text
    assert "www.evil" not in text
    assert "\x1b" not in text


def test_markdown_is_short() -> None:
    checks = [
        check(verdict=Verdict.FAIL, case=f"case {at}", message="m" * 5_000) for at in range(400)
    ]
    report = builder(finished("jsonrpc/one/-", *checks), RunFinished(duration_s=1)).document()

    text = FORMATS["markdown"][1](report, CATALOGUE)

    assert len(text) < 3_000
    assert "and 399 more" in text


@pytest.mark.parametrize(
    ("verdicts", "head"),
    [
        pytest.param("pass warn fail error", "❌ Wirecheck found fails", id="a fail"),
        pytest.param("pass warn error", "💥 Wirecheck could not judge all of it", id="an error"),
        pytest.param("pass warn", "⚠️ Wirecheck found warnings, and no fail", id="a warning"),
        pytest.param("pass untested", "✅ Wirecheck found no fail", id="a pass"),
        pytest.param(
            "untested",
            "⬜ Wirecheck tested nothing, so nothing has passed",
            id="nothing judged",
        ),
    ],
)
def test_markdown_begins_with_the_verdict(verdicts: str, head: str) -> None:
    checks = [check(verdict=Verdict(one), case=one) for one in verdicts.split()]
    report = builder(finished("jsonrpc/one/-", *checks), RunFinished(duration_s=1)).document()

    text = FORMATS["markdown"][1](report, CATALOGUE)

    assert text.startswith(f"### {head}: <code>N 1&#46;0</code>\n\n1 ")


def test_markdown_tells_some_of_many_and_how_many_more() -> None:
    flaky = [
        check(verdict=Verdict.FAIL, case=str(at), verdicts=(Verdict.PASS, Verdict.FAIL))
        for at in range(25)
    ]
    untested = [
        check(OTHER, Verdict.UNTESTED, case=str(at), message=f"reason {at:02}") for at in range(15)
    ]
    report = builder(
        finished("jsonrpc/one/-", *flaky, *untested), RunFinished(duration_s=1)
    ).document()

    text = FORMATS["markdown"][1](report, CATALOGUE)

    assert "<summary>Flaky (25 checks)</summary>" in text
    assert "- and 5 more\n" in text
    assert "- 1 requirement: <code>reason 09</code>\n- and 5 other reasons\n" in text


def baselined(*known: Known, flaky: tuple[Known, ...] = ()) -> str:
    """Return the Markdown of three fails and a pass, held against a baseline."""
    checks = [
        check(verdict=Verdict.FAIL, case="old", reason="r"),
        check(verdict=Verdict.FAIL, case="new", reason="r"),
        check(OTHER, Verdict.FAIL, case="wild", reason="r"),
        check(SHOULD, case="whole", level=Level.SHOULD),
    ]
    report = builder(finished("jsonrpc/one/-", *checks), RunFinished(duration_s=1)).document()
    baseline = Baseline(known=known, flaky=flaky, today="2026-02-01")
    return markdown(report, CATALOGUE, gating=gate_report(report, baseline))


def test_markdown_with_a_baseline_begins_with_what_is_new() -> None:
    listed = Known(requirement=MUST, case="old", why="w")
    stale = Known(requirement=SHOULD, case="whole", why="w", where="known.yaml:9")
    wild = Known(requirement=OTHER, why="w", verdict=None)

    text = baselined(listed, stale, flaky=(wild,))

    assert text.startswith(
        "### ❌ Wirecheck gate&#58; red, 2 findings, 1 known failure: <code>N 1&#46;0</code>\n"
    )
    order = [
        text.index(part)
        for part in (
            "#### New fails (1 requirement)",
            "<code>jsonrpc/one &#91;new&#93;</code>",
            "**listed, but no longer so (1)",
            "known&#46;yaml&#58;9",
            "| class |",
            "<summary>Known fails (2 requirements)</summary>",
            "<code>jsonrpc/one &#91;old&#93;</code>",
            "<code>jsonrpc/one &#91;wild&#93;</code>",
        )
    ]
    assert order == sorted(order)


def test_markdown_is_green_where_all_fails_are_known() -> None:
    text = baselined(
        Known(requirement=MUST, scenario="jsonrpc/*", why="w"),
        Known(requirement=OTHER, scenario="jsonrpc/*", why="w"),
    )

    assert text.startswith("### ✅ Wirecheck gate&#58; green, 3 known failures: ")
    assert "New fails" not in text


@pytest.mark.parametrize(
    ("verdicts", "finish", "text", "is_error"),
    [
        pytest.param("pass pass", {}, "2 pass", False, id="all pass"),
        pytest.param("pass fail error", {}, "1 fail", True, id="a fail"),
        pytest.param("pass warn", {}, "1 pass, 1 warn", False, id="a warning"),
        pytest.param("pass error", {}, "not judged to the end", False, id="an error"),
        pytest.param("pass", {"interrupted": True}, "not judged to the end", False, id="cut short"),
        pytest.param("untested", {}, "not tested", False, id="nothing judged"),
    ],
)
def test_a_badge_says_the_worst(
    verdicts: str, finish: dict[str, Any], text: str, *, is_error: bool
) -> None:
    checks: list[Check] = [
        check(verdict=Verdict(one), case=str(at)) for at, one in enumerate(verdicts.split())
    ]
    case = finished("jsonrpc/one/-", *checks)
    report = builder(case, RunFinished(duration_s=1, **finish)).document()

    image = ET.fromstring(FORMATS["badge"][1](report, CATALOGUE))
    shield = json.JSONDecoder().decode(FORMATS["shields"][1](report, CATALOGUE))

    assert badge_text(report)[0] == text
    assert image[0].tag.endswith("title")
    assert image[0].text == image.get("aria-label") == f"wirecheck: {text}"
    assert image.get("role") == "img"
    assert set(shield) <= SHIELD
    assert shield["schemaVersion"] == 1
    assert (shield["label"], shield["message"]) == ("wirecheck", text)
    assert shield["isError"] is is_error
    assert re.fullmatch("[0-9a-f]{6}", shield["color"])
