"""JUnit XML: one testcase a case, so that any CI shows a run.

JUnit has no warnings and no third way of not judging: warnings stand in `system-out`, and what is
untested or not applicable is skipped with its reason. So are known fails: many a CI server turns
red on any failure in the file, whatever the status was.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from typing import Final, cast

from conformance.reporting.curl import command_for
from conformance.reporting.gate import Gating
from conformance.reporting.wire_text import from_json, readable
from conformance.words.catalogue import Catalogue
from conformance.words.json_value import Json, is_object
from conformance.words.verdict import Verdict

# XML 1.0 section 2.2: what may not stand in a document at all.
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MOST_CHARACTERS: Final = 8_000

Row = Mapping[str, Json]


def junit_xml(report: Row, catalogue: Catalogue, *, gating: Gating | None = None) -> str:
    """Return a report as JUnit XML.

    Args:
        report: a report document.
        catalogue: for statements and links.
        gating: what a baseline makes of the report; absent (None) where there is none.
    """
    checks = cast("Sequence[Row]", report["checks"])
    exchanges = {str(one["id"]): one for one in cast("Sequence[Row]", report["exchanges"])}
    run = cast("Row", report["run"])
    cases: dict[tuple[str, str], list[Row]] = {}
    for check in checks:
        cases.setdefault((str(check["scenario"]), str(check["case"])), []).append(check)
    suites: dict[str, list[ET.Element]] = {}
    for (scenario, name), rows in cases.items():
        known = [one for one in rows if gating is not None and gating.excuses(one)]
        others = [one for one in rows if one not in known]
        element = _case(scenario, name, others, exchanges, catalogue)
        _add_known(element, known, exchanges, catalogue)
        suites.setdefault(scenario, []).append(element)
    root = ET.Element("testsuites", name="wirecheck", time=str(run["duration_s"]))
    totals = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for scenario, elements in suites.items():
        numbers = {
            "tests": len(elements),
            "failures": sum(one.find("failure") is not None for one in elements),
            "errors": sum(one.find("error") is not None for one in elements),
            "skipped": sum(one.find("skipped") is not None for one in elements),
        }
        totals = {key: totals[key] + number for key, number in numbers.items()}
        attributes = {key: str(number) for key, number in numbers.items()}
        named = {"name": scenario, "timestamp": str(run["started_at"])[:-1]}
        suite = ET.SubElement(root, "testsuite", {**named, **attributes})
        suite.extend(elements)
    for key, number in totals.items():
        if key != "skipped":  # the whole has no such attribute in the schema of Jenkins
            root.set(key, str(number))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(
    scenario: str,
    name: str,
    rows: Sequence[Row],
    exchanges: Mapping[str, Row],
    catalogue: Catalogue,
) -> ET.Element:
    element = ET.Element("testcase", classname=scenario.replace("/", "."), name=_xml(name))
    by_verdict: dict[str, list[Row]] = {}
    for row in rows:
        by_verdict.setdefault(str(row["verdict"]), []).append(row)
    for verdict, tag in ((Verdict.ERROR, "error"), (Verdict.FAIL, "failure")):
        broken = by_verdict.get(verdict.value)
        if broken:
            first = ET.SubElement(element, tag, message=_xml(_headline(broken[0])))
            first.set("type", _xml(str(broken[0].get("reason", verdict.value))))
            texts = [_told(row, exchanges, catalogue) for row in broken]
            first.text = _xml("\n\n".join(texts))
            break
    else:
        untested = by_verdict.get(Verdict.UNTESTED.value) or by_verdict.get(
            Verdict.NOT_APPLICABLE.value
        )
        judged = by_verdict.get(Verdict.PASS.value) or by_verdict.get(Verdict.WARN.value)
        if untested and not judged:
            message = f"{untested[0]['verdict']}: {untested[0].get('message', '')}"
            ET.SubElement(element, "skipped", message=_xml(message))
    if warned := by_verdict.get(Verdict.WARN.value):
        texts = [_told(row, exchanges, catalogue) for row in warned]
        ET.SubElement(element, "system-out").text = _xml("\n\n".join(texts))
    return element


def _add_known(
    element: ET.Element, known: Sequence[Row], exchanges: Mapping[str, Row], catalogue: Catalogue
) -> None:
    """Tell of the checks of a case that are broken, and known to be.

    In the schema of Jenkins, `skipped` comes before what failed, and `system-out` last.
    """
    if not known:
        return
    if not [one for one in element if one.tag != "system-out"]:
        message = f"known {known[0]['verdict']}: {_headline(known[0])}"
        element.insert(0, ET.Element("skipped", message=_xml(message)))
    out = element.find("system-out")
    if out is None:
        out = ET.SubElement(element, "system-out")
    texts = [out.text or "", *(f"known {_told(row, exchanges, catalogue)}" for row in known)]
    out.text = _xml("\n\n".join(filter(None, texts)))


def _headline(row: Row) -> str:
    return f"{row['requirement']} ({row['level']}): {row.get('message', '')}"


def _told(row: Row, exchanges: Mapping[str, Row], catalogue: Catalogue) -> str:
    lines = [f"{row['verdict']}: {_headline(row)}"]
    requirement = catalogue.requirements.get(str(row["requirement"]))
    if requirement is not None:
        lines += [requirement.statement, requirement.link]
    exchange = exchanges.get(str(row.get("exchange")))
    if exchange is not None:
        for label in ("request", "response"):
            part = exchange[label]
            assert is_object(part)
            lines += [f"--- {label}", readable(from_json(part))]
        lines += ["--- try", command_for(exchange)]
    return "\n".join(lines)


def _xml(text: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)[:_MOST_CHARACTERS]
