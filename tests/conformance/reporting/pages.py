"""Reports that pages are made of: a small one, a hostile one, and those of real servers."""

import dataclasses
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from conformance.reporting.html_report import html_report
from conformance.reporting.report import class_rows
from conformance.reporting.report_file import checks_of
from conformance.words.catalogue import Ambiguity
from conformance.words.events import RunFinished, RunNote
from conformance.words.verdict import Level, Verdict
from tests.conformance.corpus import CATALOGUE, MAY, MUST, MUST_NOT, OTHER, SHOULD, WARNS
from tests.conformance.reporting.told import builder, check, exchange, finished

PUBLISHED = sorted(Path(__file__).parents[3].glob("reports/published/*/report.json"))
AMBIGUITY = Ambiguity(
    id="AMB-TINY-01",
    topic="Two readings",
    ambiguity="The text has two.",
    policy="warn",
    suite_should="Take the milder one.",
    references=("example/repo#1",),
)
TINY = dataclasses.replace(CATALOGUE, ambiguities={AMBIGUITY.id: AMBIGUITY})
REQUEST = b'POST / HTTP/1.1\r\nHost: 127.0.0.1:8\r\nContent-Length: 8\r\n\r\n{"id":1}'
RESPONSE = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"id":2}'
ADD = "jsonrpc: {failing: {method: NAME}}"


def small_report() -> dict[str, Any]:
    """Return a report with each verdict but error: 6 requirements, 7 checks, 3 exchanges."""
    two: dict[str, Any] = {"scenario": "jsonrpc/two"}
    broken = check(
        verdict=Verdict.FAIL,
        reason="const:/id",
        message="expected 1 at /id, saw 2",
        pointer="/id",
        step="ask",
        expected={"const": 1},
        seen=2,
        exchange="jsonrpc/one/-#1",
    )
    untested = f"needs a failing call; add to the profile: {ADD}"
    return builder(
        finished(
            "jsonrpc/one/-",
            broken,
            check(SHOULD, Verdict.WARN, level=Level.SHOULD, message="too long a line"),
            check(WARNS, Verdict.PASS),
            exchanges=(exchange(request=REQUEST, response=RESPONSE),),
        ),
        finished(
            "jsonrpc/two/a",
            check(MUST, case="a", exchange="jsonrpc/two/a#2", **two),
            check(MAY, Verdict.NOT_APPLICABLE, level=Level.MAY, case="a", **two),
            exchanges=(
                exchange(id="jsonrpc/two/a#1", total_ms=40.0, request=b"first"),
                exchange(id="jsonrpc/two/a#2", total_ms=2.0, request=b"second"),
            ),
        ),
        finished(
            "jsonrpc/two/b",
            check(
                MUST_NOT,
                Verdict.UNTESTED,
                level=Level.MUST_NOT,
                case="b",
                message=untested,
                reason="needs:jsonrpc.failing",
                **two,
            ),
            check(OTHER, case="b", **two),
        ),
        RunNote(text="one method was guessed"),
        RunFinished(duration_s=1.5),
    ).document()


def small_page() -> str:
    """Return the page of the small report."""
    return html_report(small_report(), TINY)


# Each would do something, or hide something, if it were taken for more than text.
HOSTILE = (
    "<script>window.broken=1</script></script></style></title></textarea><!--"
    "\"'><img src=x onerror=window.broken=1><a href='javascript:window.broken=1'>x</a>"
    "{{ 7 * 7 }}{% raw %}&lt;&amp;\x1b[31m\x00\u202edetrevni\u2066\u2028\ufeff\\u003cb>"
)


def hostile_report(text: str = HOSTILE) -> dict[str, Any]:
    """Return a report in which everything that a target or a user may choose is hostile."""
    data = text.encode("utf-8", "surrogatepass")
    one = check(
        verdict=Verdict.FAIL,
        case=text,
        reason=text,
        message=text,
        pointer=f"/{text}",
        step=text,
        expected={text: text},
        seen=[text],
        exchange="jsonrpc/one/x#1",
    )
    untested = check(
        SHOULD, Verdict.UNTESTED, case=text, message=f"{text}; add to the profile: {text}"
    )
    sent = exchange(
        id="jsonrpc/one/x#1", url=f"http://{text}/", method=text, request=data, response=data
    )
    report: dict[str, Any] = builder(
        finished("jsonrpc/one/x", one, untested, exchanges=(sent,)), RunNote(text=text)
    ).document()
    report["target"] = {
        "name": text,
        "version": text,
        "vendor": text,
        "urls": {text: f"javascript:{text}", "jsonrpc": f"data:text/html,{text}"},
        "capabilities": [text],
    }
    report["run"]["options"] = {text: text, "headers": [text, text]}
    report["suite"]["version"] = text
    report["classes"][0] |= {"name": text, "title": text}
    return report


class Tags(HTMLParser):
    """The elements of a page and the names of their attributes, in order; scripts' texts apart."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.links: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]


def other_report() -> dict[str, Any]:
    """Return the small report of another target, which keeps what the first one broke."""
    report = small_report()
    report["target"]["name"] = "Another"
    for row in report["checks"]:
        if row["verdict"] in {"fail", "warn"}:
            row["verdict"] = "pass"
            row.pop("message")
    found = Counter(row["verdict"] for row in report["checks"])
    report["summary"] = {name: found[name] for name in report["summary"]}
    report["classes"] = class_rows(checks_of(report), CATALOGUE)
    return report
