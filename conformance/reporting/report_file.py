"""report.json read back: whole, of a version we know, and not changed by hand."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, cast

from jsonschema.exceptions import best_match

from conformance.errors import InputError
from conformance.observe.json_text import observe_json
from conformance.reporting.report import FORMAT, VERSION
from conformance.words.json_value import ABSENT, Json, is_object, kind_of
from conformance.words.pointer import join_pointer
from conformance.words.schema_error import explain
from conformance.words.schema_files import validator
from conformance.words.verdict import Check, Level, Verdict

# A run of 2,000 checks with whole bodies writes 4 MB; more than this is no report of ours.
MAX_REPORT_BYTES: Final = 128 * 1024 * 1024
_CHANGED: Final = "the report was changed after it was written"
_WORST_FIRST: Final = (Verdict.FAIL, Verdict.ERROR, Verdict.WARN, Verdict.PASS, Verdict.UNTESTED)

Row = Mapping[str, Json]


def load_report(path: Path) -> dict[str, Json]:
    """Read a report.

    Raises:
        InputError: missing, unreadable, too large, cut short, no report, of another version, not
            what `schemas/report.schema.json` says, or its parts contradict each other.
    """
    return read_report(read_report_bytes(path), str(path))


def read_report_bytes(path: Path) -> bytes:
    """Return the bytes of a report file.

    Raises:
        InputError: missing, a folder, unreadable or too large.
    """
    try:
        size = path.stat().st_size
        if size > MAX_REPORT_BYTES:
            raise InputError(str(path), f"a report of at most {MAX_REPORT_BYTES} bytes", size)
        return path.read_bytes()
    except OSError as error:
        raise InputError(str(path), "a readable file", error.strerror or str(error)) from error


def party_of(report: Row) -> str:
    """Return who was judged, `server` or `client`, as requirements call them."""
    return "client" if "client" in cast("Row", cast("Row", report["target"])["urls"]) else "server"


def read_report(data: bytes, where: str) -> dict[str, Json]:
    """Take the bytes of a report; `where` names them in errors.

    Raises:
        InputError: as `load_report`.
    """
    text = observe_json(data)
    if text.value is ABSENT or text.defects:
        defect = text.defects[0]
        line = data.count(b"\n", 0, defect.at) + 1
        raise InputError(f"{where}:{line}", "a whole JSON text", defect.detail, _guess(data))
    if not is_object(text.value) or text.value.get("format") != FORMAT:
        seen = text.value.get("format") if is_object(text.value) else kind_of(text.value)
        raise InputError(where, f'a report ("format": "{FORMAT}")', seen)
    document = dict(text.value)
    if document.get("version") != VERSION:
        hint = "another Wirecheck wrote it: read it with that one, or run again"
        raise InputError(f"{where}#/version", f"version {VERSION}", document.get("version"), hint)
    error = best_match(validator("report").iter_errors(document))
    if error is not None:
        expected, seen = explain(error)
        raise InputError(f"{where}#{join_pointer(list(error.absolute_path))}", expected, seen)
    _check_instant(document, where)
    _check_sums(document, where)
    _check_classes(document, where)
    return document


def _guess(data: bytes) -> str:
    """Return what may have become of a file that is no JSON."""
    if not data.lstrip().startswith(b"{"):
        return "is it a report.json?"
    return "changed by hand?" if data.rstrip().endswith(b"}") else "cut short?"


def _check_instant(document: Row, where: str) -> None:
    """Refuse a day that no calendar has.

    Raises:
        InputError: the place.
    """
    started_at = cast("Row", document["run"])["started_at"]
    try:
        dt.datetime.fromisoformat(str(started_at))
    except ValueError as error:
        place = f"{where}#/run/started_at"
        raise InputError(place, "an instant of the calendar", started_at, _CHANGED) from error


def _check_classes(document: Row, where: str) -> None:
    """Refuse classes that the checks do not come to.

    Raises:
        InputError: the place, and what follows from the rest.
    """
    sums: Counter[str] = Counter()
    for index, one in enumerate(cast("Sequence[Row]", document["classes"])):
        counts = cast("Mapping[str, int]", one["counts"])
        sums.update(counts)
        verdict = next((name for name in _WORST_FIRST if counts[name]), Verdict.NOT_APPLICABLE)
        if one["verdict"] != verdict:
            place = f"{where}#/classes/{index}/verdict"
            raise InputError(place, f"{verdict}, as its counts say", one["verdict"], _CHANGED)
    for name, number in cast("Mapping[str, int]", document["summary"]).items():
        if sums[name] != number:
            expected = f"{number} checks with the verdict {name} in all"
            raise InputError(f"{where}#/classes", expected, sums[name], _CHANGED)


def _check_sums(document: Row, where: str) -> None:
    """Refuse a report whose parts contradict each other.

    Raises:
        InputError: the place, and what follows from the rest.
    """
    checks = cast("Sequence[Row]", document["checks"])
    summary = cast("Mapping[str, int]", document["summary"])
    counts = Counter(str(one["verdict"]) for one in checks)
    for verdict, number in summary.items():
        if counts[verdict] != number:
            place = f"{where}#/summary/{verdict}"
            raise InputError(place, f"{counts[verdict]}, as the checks say", number, _CHANGED)
    exchanges = {str(one["id"]) for one in cast("Sequence[Row]", document["exchanges"])}
    seen: set[tuple[Json, Json, Json]] = set()
    for index, one in enumerate(checks):
        place = f"{where}#/checks/{index}"
        key = (one["requirement"], one["scenario"], one["case"])
        if key in seen:
            raise InputError(place, "each check once", " ".join(map(str, key)), _CHANGED)
        seen.add(key)
        if "exchange" in one and one["exchange"] not in exchanges:
            raise InputError(
                f"{place}/exchange", "an exchange of the report", one["exchange"], _CHANGED
            )


def checks_of(document: Row) -> list[Check]:
    """Return the checks of a report as they were judged."""
    return [_check(row) for row in cast("Sequence[Row]", document["checks"])]


def _check(row: Row) -> Check:
    flaky = row.get("flaky")
    verdicts = cast("Sequence[str]", flaky["verdicts"]) if is_object(flaky) else ()
    return Check(
        requirement=str(row["requirement"]),
        level=Level(str(row["level"])),
        scenario=str(row["scenario"]),
        case=str(row["case"]),
        verdict=Verdict(str(row["verdict"])),
        reason=str(row.get("reason", "")),
        message=str(row.get("message", "")),
        pointer=_text(row, "pointer"),
        step=_text(row, "step"),
        expected=row.get("expected", ABSENT),
        seen=row.get("seen", ABSENT),
        exchange=_text(row, "exchange"),
        verdicts=tuple(map(Verdict, verdicts)),
    )


def _text(row: Row, name: str) -> str | None:
    return str(row[name]) if name in row else None


def selection_of(document: Row) -> list[str]:
    """Return by what a run left out cases: `--only GLOB` and other options, or how many."""
    run = cast("Row", document["run"])
    options = cast("Row", run["options"])
    names = {"classes": "--class", "only": "--only", "skip": "--skip"}
    found = [
        f"{option} {value}"
        for name, option in names.items()
        for value in cast("Sequence[str]", options.get(name, []))
    ]
    if options.get("left_out"):
        found.append(f"{options['left_out']} left out by pytest")
    return found
