"""report.json read back: whole, of a version we know, and not changed by hand."""

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


def read_report(data: bytes, where: str) -> dict[str, Json]:
    """Take the bytes of a report; `where` names them in errors.

    Raises:
        InputError: as `load_report`.
    """
    text = observe_json(data)
    if text.value is ABSENT or text.defects:
        defect = text.defects[0]
        line = data.count(b"\n", 0, defect.at) + 1
        raise InputError(f"{where}:{line}", "a whole JSON text", defect.detail, "cut short?")
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
    _check_sums(document, where)
    return document


def _check_sums(document: Row, where: str) -> None:
    """Refuse a report whose parts contradict each other.

    Raises:
        InputError: the place, and what follows from the rest.
    """
    checks = cast("Sequence[Row]", document["checks"])
    summary = cast("Mapping[str, int]", document["summary"])
    hint = "the report was changed after it was written"
    counts = Counter(str(one["verdict"]) for one in checks)
    for verdict, number in summary.items():
        if counts[verdict] != number:
            place = f"{where}#/summary/{verdict}"
            raise InputError(place, f"{counts[verdict]}, as the checks say", number, hint)
    exchanges = {str(one["id"]) for one in cast("Sequence[Row]", document["exchanges"])}
    seen: set[tuple[Json, Json, Json]] = set()
    for index, one in enumerate(checks):
        place = f"{where}#/checks/{index}"
        key = (one["requirement"], one["scenario"], one["case"])
        if key in seen:
            raise InputError(place, "each check once", " ".join(map(str, key)), hint)
        seen.add(key)
        if "exchange" in one and one["exchange"] not in exchanges:
            raise InputError(
                f"{place}/exchange", "an exchange of the report", one["exchange"], hint
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
    """Return the options by which a run left out cases: `--only GLOB` and others."""
    run = cast("Row", document["run"])
    options = cast("Row", run["options"])
    names = {"classes": "--class", "only": "--only", "skip": "--skip"}
    return [
        f"{option} {value}"
        for name, option in names.items()
        for value in cast("Sequence[str]", options.get(name, []))
    ]
