"""Attestations: what was certified, as an in-toto statement that is signed and can be checked.

The predicate is in-toto's test result; what it has no words for stands in it under `EXTENSION`, as
the framework allows. Schema: `schemas/attestation.schema.json`.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, cast

from jsonschema.exceptions import best_match

from conformance.errors import InputError, RefusedError
from conformance.observe.json_text import observe_json
from conformance.reporting.certification import CLOCK_SKEW, EDITION, Kept
from conformance.reporting.plain_line import plain_line
from conformance.reporting.report import suite_files
from conformance.words.json_value import ABSENT, Json, is_object
from conformance.words.pointer import join_pointer
from conformance.words.schema_error import explain
from conformance.words.schema_files import validator
from conformance.words.template import to_json_text

STATEMENT_TYPE: Final = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE: Final = "https://in-toto.io/attestation/test-result/v0.1"
EXTENSION: Final = "urn:wirecheck:certification:1"
_CLASS_LISTS: Final = ("musts", "passed", "warned", "not_applicable")
_SHOWN: Final = 5

Row = Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """An attestation whose signature was checked.

    `statement` is what was signed, after `schemas/attestation.schema.json`; `file_name` is without
    folders; `digest` the SHA-256 of the file and `key_id` the signer's, both in hexadecimal.
    """

    statement: Row
    file_name: str
    digest: str
    key_id: str


def certificate_of(statement: Row, data: bytes, *, file_name: str, key_id: str) -> Certificate:
    """Return the certificate in the bytes of an attestation, its signature known to fit."""
    digest = hashlib.sha256(data).hexdigest()
    return Certificate(statement=statement, file_name=file_name, digest=digest, key_id=key_id)


def make_statement(
    report: Row,
    data: bytes,
    kept: Sequence[Kept],
    *,
    by: str,
    now: dt.datetime,
    valid: dt.timedelta,
) -> bytes:
    """Return the statement about a report, as the bytes to sign.

    Args:
        report: a report that can be certified.
        data: its bytes as they stand in the file.
        kept: the classes that it shows to be kept.
        by: who ran it.
        now: the instant of issue, aware.
        valid: for how long the certificate is good.
    """
    warned = [name for one in kept for name in one.warned]
    statement: dict[str, Json] = {
        "_type": STATEMENT_TYPE,
        "subject": [
            {"name": "report.json", "digest": {"sha256": hashlib.sha256(data).hexdigest()}}
        ],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "result": "WARNED" if warned else "PASSED",
            "configuration": [
                {"name": name, "digest": {"sha256": digest.hex()}}
                for name, digest in suite_files().items()
            ],
            "passedTests": [name for one in kept for name in one.passed],
            "warnedTests": warned,
            "failedTests": [],
            EXTENSION: {
                "edition": EDITION,
                "suite": report["suite"],
                "target": report["target"],
                "run": _run(cast("Row", report["run"])),
                "summary": report["summary"],
                "classes": [_class(one) for one in kept],
                "by": by,
                "issued_at": _instant(now),
                "expires_at": _instant(now + valid),
            },
        },
    }
    return to_json_text(statement).encode("utf-8", "backslashreplace")


def _run(run: Row) -> Json:
    options = dict(cast("Row", run["options"]))
    if options.get("profile"):
        # Where it lay on the disk of whoever ran it is nobody's business.
        options["profile"] = PurePath(str(options["profile"])).name
    return {**run, "options": options}


def _class(kept: Kept) -> Json:
    return {
        "name": kept.name,
        "title": kept.title,
        **{name: list(getattr(kept, name)) for name in _CLASS_LISTS},
        "untested": dict(kept.untested),
        "not_covered": dict(kept.not_covered),
        "rows": kept.rows,
        "checks": kept.checks,
    }


def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_statement(payload: bytes, *, where: str) -> Row:
    """Return the statement in a payload whose signature was checked.

    Raises:
        InputError: it is none of ours, or of another version.
    """
    value = observe_json(payload).value
    predicate = value.get("predicate") if is_object(value) else None
    if value is ABSENT or not is_object(value) or not is_object(predicate):
        raise InputError(where, "a statement of wirecheck", "another payload")
    if EXTENSION not in predicate:
        others = [name for name in predicate if name.startswith("urn:wirecheck:")] or "none"
        hint = "another Wirecheck wrote it: verify it with that one"
        raise InputError(where, f"a certification ({EXTENSION})", others, hint)
    error = best_match(validator("attestation").iter_errors(value))
    if error is not None:
        expected, seen = explain(error)
        raise InputError(f"{where}#{join_pointer(list(error.absolute_path))}", expected, seen)
    return value


def certification_in(statement: Row) -> Row:
    """Return what a statement certifies, by `EXTENSION`."""
    return cast("Row", cast("Row", statement["predicate"])[EXTENSION])


def certified_digest(statement: Row) -> str:
    """Return the SHA-256 of the report that was certified, in hexadecimal."""
    subject = cast("Sequence[Row]", statement["subject"])[0]
    return str(cast("Row", subject["digest"])["sha256"])


def check_valid(statement: Row, *, where: str, now: dt.datetime) -> None:
    """Make sure that a certificate is good at an instant.

    Raises:
        RefusedError: it has expired, or was issued in the future.
    """
    one = certification_in(statement)
    if now >= dt.datetime.fromisoformat(str(one["expires_at"])):
        raise RefusedError(where, f"it expired at {one['expires_at']}")
    if now + CLOCK_SKEW < dt.datetime.fromisoformat(str(one["issued_at"])):
        told = f"it was issued at {one['issued_at']}, which is yet to come: check the clocks"
        raise RefusedError(where, told)


def check_report(statement: Row, data: bytes, *, where: str) -> None:
    """Make sure that a report is the one that was certified, byte for byte.

    Raises:
        RefusedError: it is not.
    """
    digest = hashlib.sha256(data).hexdigest()
    if digest != certified_digest(statement):
        told = f"not the report that was certified: its SHA-256 is {digest[:16]}…, not"
        raise RefusedError(where, f"{told} {certified_digest(statement)[:16]}…")


def statement_lines(statement: Row) -> Iterator[str]:
    """Yield what a statement certifies, as lines for a terminal."""
    one = certification_in(statement)
    suite, target = cast("Row", one["suite"]), cast("Row", one["target"])
    run = cast("Row", one["run"])
    named = " ".join(str(target[name]) for name in ("name", "version") if target[name])
    urls = ", ".join(map(str, cast("Row", target["urls"]).values()))
    vendor = f" by {target['vendor']}" if target["vendor"] else ""
    yield plain_line(f"target: {named}{vendor} ({urls})")
    for row in cast("Sequence[Row]", one["classes"]):
        yield from _class_lines(row)
    yield plain_line(f"edition {one['edition']}, wirecheck {suite['version']}, {suite['digest']}")
    by = f" by {one['by']}" if one["by"] else ""
    times = f"issued {one['issued_at']}, expires {one['expires_at']}"
    yield plain_line(f"run at {run['started_at']}{by}; {times}")


def _class_lines(row: Row) -> Iterator[str]:
    musts = len(cast("Sequence[str]", row["musts"]))
    yield f"certified: {row['name']} ({row['title']})"
    yield f"  passed: all {musts} applicable MUST rows, {row['checks']} checks"
    for name, told in (
        ("warned", "with a warning"),
        ("not_applicable", "not applicable"),
        ("untested", "not tested"),
        ("not_covered", "without a check in the suite"),
    ):
        names = list(cast("Sequence[str]", row[name]))  # the ids, of a mapping too
        if names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            yield f"  {told}: {', '.join(names[:_SHOWN])}{more} ({len(names)} of {row['rows']})"
