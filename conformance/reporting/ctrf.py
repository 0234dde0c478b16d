"""CTRF (ctrf.io), the common test report format: one test a case, as JSON.

CTRF has no warnings and no third way of not judging: a case that only warned has passed, one that
was not judged is skipped, and `rawStatus` says which it was. An error counts as a failure, since
nothing passed.
"""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, cast

from conformance.words.catalogue import Catalogue
from conformance.words.json_value import Json, is_object
from conformance.words.template import to_json_text
from conformance.words.verdict import Verdict

SPEC_VERSION: Final = "0.0.0"  # of the schema that the tests hold it against
_MS: Final = 1_000
_STATUS: Final = {
    Verdict.FAIL: "failed",
    Verdict.ERROR: "failed",
    Verdict.WARN: "passed",
    Verdict.PASS: "passed",
    Verdict.UNTESTED: "skipped",
    Verdict.NOT_APPLICABLE: "skipped",
}
# What a case with several checks came to: the first of these that is among them.
_ORDER: Final = tuple(_STATUS)
_STATUSES: Final = ("passed", "failed", "skipped", "pending", "other")

Row = Mapping[str, Json]


def ctrf_json(report: Row, catalogue: Catalogue) -> str:
    """Return a report document as CTRF JSON.

    Args:
        report: a report document.
        catalogue: for statements and links.
    """
    run, target = cast("Row", report["run"]), cast("Row", report["target"])
    suite = cast("Row", report["suite"])
    started_ms = int(datetime.fromisoformat(str(run["started_at"])).timestamp() * _MS)
    duration_ms = round(cast("float", run["duration_s"]) * _MS)
    tests = [*_tests(report, catalogue)]
    counts = Counter(str(one["status"]) for one in tests)
    named = f"{target['name']} {run['started_at']} {run['seed']} {suite['digest']}"
    document: dict[str, Json] = {
        "reportFormat": "CTRF",
        "specVersion": SPEC_VERSION,
        # The same report has the same id, so that it is written the same.
        "reportId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:wirecheck:report:{named}")),
        "timestamp": run["started_at"],
        "generatedBy": f"wirecheck {suite['version']}",
        "results": {
            "tool": {"name": "wirecheck", "version": str(suite["version"])},
            "summary": {
                "tests": len(tests),
                **{status: counts[status] for status in _STATUSES},
                "flaky": sum("flaky" in one for one in tests),
                "suites": len({to_json_text(one["suite"]) for one in tests}),
                "start": started_ms,
                "stop": started_ms + duration_ms,
                "duration": duration_ms,
            },
            "tests": tests,
            "environment": {
                "appName": str(target["name"]),
                "appVersion": str(target["version"]),
                "extra": {"vendor": target["vendor"], "urls": target["urls"]},
            },
            "extra": {"notes": report["notes"], "classes": report["classes"]},
        },
    }
    return to_json_text(document, indent=2) + "\n"


def _tests(report: Row, catalogue: Catalogue) -> Sequence[Row]:
    cases: dict[tuple[str, str], list[Row]] = {}
    for check in cast("Sequence[Row]", report["checks"]):
        cases.setdefault((str(check["scenario"]), str(check["case"])), []).append(check)
    took_ms: Counter[str] = Counter()
    for one in cast("Sequence[Row]", report["exchanges"]):
        took_ms[str(one["id"]).rpartition("#")[0]] += cast("int", one["total_ms"])
    return [
        _test(scenario, name, rows, took_ms[f"{scenario}/{name}"], catalogue)
        for (scenario, name), rows in cases.items()
    ]


def _test(
    scenario: str, name: str, rows: Sequence[Row], took_ms: float, catalogue: Catalogue
) -> Row:
    found = {Verdict(str(row["verdict"])) for row in rows}
    verdict = next(one for one in _ORDER if one in found)
    told = [row for row in rows if row["verdict"] == verdict and row.get("message")]
    test: dict[str, Json] = {
        "name": f"{scenario} [{name}]",
        "status": _STATUS[verdict],
        "rawStatus": verdict.value,
        "duration": round(took_ms),
        "suite": scenario.split("/"),
    }
    if told and verdict is not Verdict.PASS:
        test["message"] = "\n".join(f"{row['requirement']}: {row['message']}" for row in told)
        test["trace"] = "\n\n".join(_trace(row, catalogue) for row in told)
    if any(is_object(row.get("flaky")) for row in rows):
        test["flaky"] = True
    kept = ("requirement", "level", "verdict", "reason")
    test["extra"] = {"checks": [{key: row[key] for key in kept if key in row} for row in rows]}
    return test


def _trace(row: Row, catalogue: Catalogue) -> str:
    requirement = catalogue.requirements.get(str(row["requirement"]))
    lines = [f"{row['requirement']} ({row['level']})"]
    lines += [requirement.statement, requirement.link] if requirement else []
    lines += [f"{key}: {to_json_text(row[key])}" for key in ("expected", "seen") if key in row]
    return "\n".join(lines)
