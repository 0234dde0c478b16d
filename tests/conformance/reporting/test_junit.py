"""JUnit XML: one testcase a case, well formed whatever a target sent."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from xmlschema import XMLSchema

from conformance.reporting.baseline import Baseline, Known
from conformance.reporting.gate import gate_report
from conformance.reporting.junit import junit_xml
from conformance.words.events import CaseFinished, RunFinished
from conformance.words.verdict import Check, Level, Verdict
from tests.conformance.corpus import CATALOGUE, MAY, MUST, OTHER, SHOULD
from tests.conformance.reporting.told import builder, check, exchange, finished

JENKINS = Path(__file__).parent / "foreign/junit-10.xsd"


def xml(*cases: CaseFinished) -> ET.Element:
    """Write a report of cases, and read it with a reader that knows only XML."""
    report = builder(*cases, RunFinished(duration_s=1.5))
    return ET.fromstring(junit_xml(report.document(), CATALOGUE))


def of(scenario: str, name: str, *checks: Check) -> CaseFinished:
    return finished(f"jsonrpc/{scenario}/{name}", *checks)


def test_cases_are_testcases_in_the_suite_of_their_scenario() -> None:
    root = xml(
        of("one", "-", check()),
        of("two", "a", check(SHOULD, scenario="jsonrpc/two", case="a")),
        of("two", "b", check(SHOULD, scenario="jsonrpc/two", case="b")),
    )

    assert (root.tag, root.attrib["name"], root.attrib["time"]) == (
        "testsuites",
        "wirecheck",
        "1.5",
    )
    assert [suite.attrib["name"] for suite in root] == ["jsonrpc/one", "jsonrpc/two"]
    assert root[1].attrib["timestamp"] == "2026-01-31T09:30:00"
    assert [case.attrib for case in root.iter("testcase")] == [
        {"classname": "jsonrpc.one", "name": "-"},
        {"classname": "jsonrpc.two", "name": "a"},
        {"classname": "jsonrpc.two", "name": "b"},
    ]


@pytest.mark.parametrize(
    ("verdicts", "shown"),
    [
        pytest.param("pass", [], id="pass"),
        pytest.param("pass pass not-applicable untested", [], id="something was judged"),
        pytest.param("fail", ["failure"], id="fail"),
        pytest.param("pass fail", ["failure"], id="one fail among passes"),
        pytest.param("error fail", ["error"], id="error over fail"),
        pytest.param("warn", ["system-out"], id="warn"),
        pytest.param("warn fail", ["failure", "system-out"], id="warn beside fail"),
        pytest.param("warn untested", ["system-out"], id="warn beside untested"),
        pytest.param("untested", ["skipped"], id="untested"),
        pytest.param("not-applicable", ["skipped"], id="not applicable"),
        pytest.param("not-applicable untested", ["skipped"], id="neither"),
    ],
)
def test_a_verdict_is_shown_as_junit_can(verdicts: str, shown: list[str]) -> None:
    rows = [MUST, SHOULD, MAY, OTHER]
    checks = [check(row, Verdict(one)) for row, one in zip(rows, verdicts.split(), strict=False)]

    [case] = xml(of("one", "-", *checks)).iter("testcase")

    assert [element.tag for element in case] == shown


def test_suites_and_the_whole_are_counted() -> None:
    def case(name: str, verdict: str) -> CaseFinished:
        return of("two", name, check(verdict=Verdict(verdict), scenario="jsonrpc/two", case=name))

    root = xml(
        of("one", "-", check(verdict=Verdict.FAIL)),
        case("a", "fail"),
        case("b", "error"),
        case("c", "untested"),
        case("d", "not-applicable"),
        case("e", "warn"),
    )

    def numbers(element: ET.Element, *more: str) -> list[int]:
        return [int(element.attrib[key]) for key in ("tests", "failures", "errors", *more)]

    assert numbers(root) == [6, 2, 1]
    assert [numbers(one, "skipped") for one in root] == [[1, 1, 0, 0], [5, 1, 1, 2]]


TRY = (
    "curl -sS -i --http1.1 -X POST 'http://127.0.0.1:8/' -H 'Accept:' -H 'Content-Type:'"
    " --data-raw 1"
)


def test_a_failure_tells_all_there_is_to_it() -> None:
    broken = check(
        verdict=Verdict.FAIL,
        reason="const:/a",
        message="expected 1 at /a, saw 2",
        exchange="jsonrpc/one/-#1",
    )
    also = check(SHOULD, Verdict.FAIL, level=Level.SHOULD, message="this too")
    request = b"POST / HTTP/1.1\r\nHost: 127.0.0.1:8\r\nContent-Length: 1\r\n\r\n1"

    [failure] = xml(
        finished("jsonrpc/one/-", broken, also, exchanges=(exchange(request=request),))
    ).iter("failure")

    assert failure.attrib == {
        "message": f"{MUST} (MUST): expected 1 at /a, saw 2",
        "type": "const:/a",
    }
    assert (failure.text or "").split("\n") == [
        f"fail: {MUST} (MUST): expected 1 at /a, saw 2",
        f"The statement of {MUST}.",
        f"https://tiny.example/{MUST}",
        "--- request",
        *("POST / HTTP/1.1", "Host: 127.0.0.1:8", "Content-Length: 1", "", "1"),
        "--- response",
        *("HTTP/1.1 200 OK", "", ""),
        "--- try",
        TRY,
        "",
        f"fail: {SHOULD} (SHOULD): this too",
        f"The statement of {SHOULD}.",
        f"https://tiny.example/{SHOULD}",
    ]


def test_why_a_case_is_skipped_is_told() -> None:
    told = check(verdict=Verdict.UNTESTED, message="add to the profile: this")

    [skipped] = xml(of("one", "-", told)).iter("skipped")

    assert skipped.attrib == {"message": "untested: add to the profile: this"}


def test_a_failure_without_a_reason_has_its_verdict_as_type() -> None:
    [error] = xml(of("one", "-", check(verdict=Verdict.ERROR))).iter("error")

    assert error.attrib == {"message": f"{MUST} (MUST): ", "type": "error"}


def test_a_long_text_is_cut() -> None:
    [failure] = xml(of("one", "-", check(verdict=Verdict.FAIL, message="x" * 20_000))).iter(
        "failure"
    )

    assert len(failure.attrib["message"]) == 8_000
    assert len(failure.text or "") == 8_000


HOSTILE = st.one_of(
    st.text(),
    st.sampled_from(
        ["]]>", "<![CDATA[", "&amp;", "<a b='", '"', "\x00\x1b[31m", "\ud800", "\ufffe"]
    ),
    st.text(st.characters(categories=["Cc", "Cs", "Cn", "Co"])),
)


@given(
    message=HOSTILE,
    name=HOSTILE,
    reason=HOSTILE,
    body=st.binary(max_size=50),
    verdict=st.sampled_from(Verdict),
)
@example(message="]]>\x00", name="\ud800", reason='"<', body=b"]]>\xff\x00", verdict=Verdict.FAIL)
@example(message="\ufffe\uffff", name="a\nb\rc", reason="\x85", body=b"", verdict=Verdict.WARN)
@example(message="\x08", name="&", reason="", body=b"<", verdict=Verdict.UNTESTED)
def test_whatever_a_target_sent_the_xml_is_well_formed(
    message: str, name: str, reason: str, body: bytes, verdict: Verdict
) -> None:
    told = check(
        verdict=verdict, message=message, reason=reason, case=name, exchange="jsonrpc/one/-#1"
    )
    case = finished(
        "jsonrpc/one/-", told, exchanges=(exchange(response=body, request=body + b"x"),)
    )

    [found] = xml(case).iter("testcase")

    assert len(found) == (0 if verdict is Verdict.PASS else 1)


def test_a_known_fail_is_skipped_and_a_new_one_beside_it_fails() -> None:
    broken = [
        check(verdict=Verdict.FAIL, reason="r", message="seen 2"),
        check(OTHER, Verdict.FAIL, scenario="jsonrpc/two", reason="r"),
        check(MUST, Verdict.FAIL, scenario="jsonrpc/two", reason="r"),
    ]
    cases = (of("one", "-", broken[0]), of("two", "-", *broken[1:]))
    report = builder(*cases, RunFinished(duration_s=1.5)).document()
    baseline = Baseline(known=[Known(requirement=MUST, why="w")], today="2026-02-01")

    text = junit_xml(report, CATALOGUE, gating=gate_report(report, baseline))

    XMLSchema(JENKINS).validate(text)
    first, second = ET.fromstring(text).iter("testcase")
    assert [one.tag for one in first] == ["skipped", "system-out"]
    assert first[0].attrib["message"] == f"known fail: {MUST} (MUST): seen 2"
    assert [one.tag for one in second] == ["failure", "system-out"]
    assert OTHER in second[0].attrib["message"]
    assert MUST not in str(second[0].text)
    assert MUST in str(second[1].text)
