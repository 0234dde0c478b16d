"""W3C EARL 1.0 as JSON-LD: one assertion a check, for tools that gather results as linked data.

The context stands in the document, so that a reader needs no network. A broken SHOULD has failed
its test, whose level the requirement states; where the text is ambiguous nobody can tell.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast
from urllib.parse import quote

from conformance.words.catalogue import Catalogue
from conformance.words.json_value import Json
from conformance.words.template import to_json_text
from conformance.words.verdict import Level, Verdict

CONTEXT: Final[Mapping[str, Json]] = {
    "earl": "http://www.w3.org/ns/earl#",
    "dct": "http://purl.org/dc/terms/",
    "doap": "http://usefulinc.com/ns/doap#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "wirecheck": "urn:wirecheck:terms:",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "earl:assertedBy": {"@type": "@id"},
    "earl:subject": {"@type": "@id"},
    "earl:test": {"@type": "@id"},
    "earl:mode": {"@type": "@id"},
    "earl:outcome": {"@type": "@id"},
    "dct:isPartOf": {"@type": "@id"},
    "rdfs:seeAlso": {"@type": "@id"},
    "doap:homepage": {"@type": "@id"},
    "dct:date": {"@type": "xsd:dateTime"},
}
_OUTCOMES: Final = {
    Verdict.PASS: "earl:passed",
    Verdict.FAIL: "earl:failed",
    Verdict.WARN: "earl:failed",
    Verdict.NOT_APPLICABLE: "earl:inapplicable",
    Verdict.UNTESTED: "earl:untested",
    Verdict.ERROR: "earl:cantTell",
}
_SHOULD: Final = (Level.SHOULD, Level.SHOULD_NOT)
_ASSERTOR: Final = "urn:wirecheck:assertor"
_SUBJECT: Final = "urn:wirecheck:subject:"
_REQUIREMENT: Final = "urn:wirecheck:requirement:"
_CASE: Final = "urn:wirecheck:case:"

Row = Mapping[str, Json]


def earl_json(report: Row, catalogue: Catalogue) -> str:
    """Return a report document as EARL in JSON-LD.

    Args:
        report: a report document.
        catalogue: for statements and links.
    """
    graph: list[Json] = [*_nodes(report, catalogue)]
    return to_json_text({"@context": dict(CONTEXT), "@graph": graph}, indent=1) + "\n"


def _nodes(report: Row, catalogue: Catalogue) -> Iterator[Json]:
    checks = cast("Sequence[Row]", report["checks"])
    suite, target = cast("Row", report["suite"]), cast("Row", report["target"])
    started_at = cast("Row", report["run"])["started_at"]
    subject = _SUBJECT + _segment(target["name"] or "unnamed")
    assertor = f"{_ASSERTOR}:{suite['version']}"
    yield {
        "@id": assertor,
        "@type": ["earl:Software", "earl:Assertor"],
        "dct:title": "wirecheck",
        "dct:hasVersion": suite["version"],
        "dct:identifier": suite["digest"],
    }
    yield {
        "@id": subject,
        "@type": ["earl:TestSubject", "earl:Software"],
        "dct:title": target["name"],
        "dct:hasVersion": target["version"],
        "dct:creator": target["vendor"],
    }
    for name in dict.fromkeys(str(check["requirement"]) for check in checks):
        yield _requirement(name, catalogue)
    for check in checks:
        case = f"{check['requirement']}/{check['scenario']}/{check['case']}"
        case_id = _CASE + _segment(case)
        yield {
            "@id": case_id,
            "@type": "earl:TestCase",
            "dct:title": f"{check['scenario']} [{check['case']}]",
            "dct:isPartOf": _REQUIREMENT + _segment(check["requirement"]),
        }
        yield {
            "@type": "earl:Assertion",
            "earl:assertedBy": assertor,
            "earl:subject": subject,
            "earl:test": case_id,
            "earl:mode": "earl:automatic",
            "earl:result": _result(check, started_at),
        }


def _requirement(name: str, catalogue: Catalogue) -> Json:
    node: dict[str, Json] = {
        "@id": _REQUIREMENT + _segment(name),
        "@type": "earl:TestRequirement",
        "dct:identifier": name,
    }
    row = catalogue.requirements.get(name)
    if row is not None:
        node |= {
            "dct:description": row.statement,
            "rdfs:seeAlso": row.link,
            "wirecheck:level": row.level.value,
            "wirecheck:class": row.class_name,
        }
    return node


def _result(check: Row, started_at: Json) -> Json:
    verdict = Verdict(str(check["verdict"]))
    outcome = _OUTCOMES[verdict]
    if verdict is Verdict.WARN and check["level"] not in _SHOULD:
        outcome = "earl:cantTell"
    result: dict[str, Json] = {
        "@type": "earl:TestResult",
        "earl:outcome": outcome,
        "dct:date": started_at,
        "wirecheck:verdict": verdict.value,
    }
    if "message" in check:
        result["earl:info"] = check["message"]
    if "reason" in check:
        result["wirecheck:reason"] = check["reason"]
    return result


def _segment(text: Json) -> str:
    """Return text as it may stand in a URN."""
    return quote(str(text).encode("utf-8", "backslashreplace"), safe="/-._~()")
