"""SARIF 2.1.0, for viewers of code scanning: what is broken, at the scenario that saw it.

Only fails, warnings and errors are results. An error is an open question, not a finding: nobody
knows whether the target keeps the requirement.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, cast

import conformance
from conformance.words.catalogue import Catalogue, Requirement
from conformance.words.json_value import Json
from conformance.words.template import to_json_text
from conformance.words.verdict import Verdict

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_PACKAGE: Final = Path(conformance.__file__).resolve().parent
_ID_LINE: Final = re.compile(r"^  - id: *[\"']?([a-z0-9-]+)", re.MULTILINE)
_BASE: Final = "WIRECHECK"
_FINGERPRINT: Final = "wirecheckCheck/v1"
_LEVELS: Final = {Verdict.FAIL: "error", Verdict.WARN: "warning"}

Row = Mapping[str, Json]


def sarif_json(report: Row, catalogue: Catalogue) -> str:
    """Return a report document as SARIF 2.1.0.

    Args:
        report: a report document.
        catalogue: for statements and links.
    """
    checks = cast("Sequence[Row]", report["checks"])
    run, suite = cast("Row", report["run"]), cast("Row", report["suite"])
    target = cast("Row", report["target"])
    told = [one for one in checks if one["verdict"] in (Verdict.FAIL, Verdict.WARN, Verdict.ERROR)]
    names = [*dict.fromkeys(str(one["requirement"]) for one in told)]
    places = {name: at for at, name in enumerate(names)}
    sarif_run: dict[str, Json] = {
        "tool": {
            "driver": {
                "name": "wirecheck",
                "version": suite["version"],
                "rules": [_rule(name, catalogue.requirements.get(name)) for name in names],
            }
        },
        "invocations": [
            {
                "executionSuccessful": run["complete"],
                "startTimeUtc": run["started_at"],
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": _escaped(str(note))}}
                    for note in cast("Sequence[str]", report["notes"])
                ],
            }
        ],
        "results": [_result(one, places[str(one["requirement"])]) for one in told],
        "columnKind": "utf16CodeUnits",
        "properties": {
            "target": {"name": target["name"], "version": target["version"]},
            "suiteDigest": suite["digest"],
            "summary": report["summary"],
        },
    }
    document: Json = {"$schema": SCHEMA, "version": "2.1.0", "runs": [sarif_run]}
    return to_json_text(document, indent=2) + "\n"


def _rule(name: str, row: Requirement | None) -> Json:
    if row is None:
        return {"id": name}
    level = _LEVELS.get(row.when_broken, "note")
    return {
        "id": name,
        "shortDescription": {"text": _escaped(row.statement)},
        "fullDescription": {"text": _escaped(f"{row.level}: {row.statement}")},
        "helpUri": row.link,
        "help": {"text": _escaped(f"{row.statement}\n\nHow it is tested: {row.how_to_test}")},
        "defaultConfiguration": {"level": level},
        "properties": {"tags": ["conformance", row.spec, row.class_name], "section": row.section},
    }


def _result(check: Row, rule: int) -> Json:
    verdict = Verdict(str(check["verdict"]))
    scenario, case = str(check["scenario"]), str(check["case"])
    told = str(check.get("message") or check.get("reason") or verdict.value)
    key = [str(check[name]) for name in ("requirement", "scenario", "case")]
    key.append(str(check.get("reason", "")))
    digest = hashlib.sha256("\0".join(key).encode("utf-8", "backslashreplace")).hexdigest()
    return {
        "ruleId": check["requirement"],
        "ruleIndex": rule,
        "kind": "open" if verdict is Verdict.ERROR else "fail",
        "level": _LEVELS.get(verdict, "none"),
        "message": {"text": _escaped(f"{told} ({scenario} [{case}])")},
        "locations": [
            {
                **_physical(scenario),
                "logicalLocations": [
                    {"fullyQualifiedName": f"{scenario}/{case}", "name": case, "kind": "member"}
                ],
            }
        ],
        "partialFingerprints": {_FINGERPRINT: digest},
    }


def _physical(scenario: str) -> dict[str, Json]:
    if scenario not in scenario_places():
        return {}
    file, line = scenario_places()[scenario]
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": file, "uriBaseId": _BASE},
            "region": {"startLine": line},
        }
    }


@cache
def scenario_places() -> Mapping[str, tuple[str, int]]:
    """Return file, from the root of the project, and line of each scenario `spec/id`."""
    places: dict[str, tuple[str, int]] = {}
    for path in sorted((_PACKAGE / "scenarios").glob("*/*.yaml")):
        text = path.read_text(encoding="utf-8")
        file = path.relative_to(_PACKAGE.parent).as_posix()
        for found in _ID_LINE.finditer(text):
            name = f"{path.parent.name}/{found[1]}"
            places[name] = (file, text.count("\n", 0, found.start()) + 1)
    return places


def _escaped(text: str) -> str:
    """Return text without placeholders and links (SARIF 3.11.5 and 3.11.6)."""
    doubled = text.replace("{", "{{").replace("}", "}}")
    return doubled.replace("[", "\\[").replace("]", "\\]") if "](" in doubled else doubled
