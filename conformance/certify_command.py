"""`wirecheck keygen`, `certify`, `verify`: classes certified, and certificates checked offline."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, cast

from conformance.engine.plan import with_driver
from conformance.engine.scenario import cases_of, load_scenarios
from conformance.errors import InputError, RefusedError
from conformance.reporting.attestation import (
    certificate_of,
    certified_digest,
    check_report,
    make_statement,
    read_statement,
    statement_lines,
)
from conformance.reporting.certificate import certificate_html
from conformance.reporting.certificate_file import load_certificate
from conformance.reporting.certification import (
    Kept,
    check_certifiable,
    check_whole,
    judge_class,
)
from conformance.reporting.files import write_file
from conformance.reporting.html_report import html_report
from conformance.reporting.report_file import checks_of, read_report, read_report_bytes
from conformance.reporting.signing import load_signer, make_keys, seal
from conformance.words.catalogue import Catalogue, load_catalogues
from conformance.words.json_value import Json

ATTESTATION_FILE: Final = "attestation.json"
CERTIFICATE_FILE: Final = "certificate.html"
PAGE_FILE: Final = "report.html"

Clock = Callable[[], dt.datetime]


def _utc_now() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC)


def keygen(path: Path) -> str:
    """Make a key pair; return what was written as one line.

    Raises:
        InputError: one of the files exists, or can't be written.
    """
    public_path, key_id = make_keys(path)
    return f"{path}: private key, keep it to yourself; {public_path}: public key {key_id}"


def certify(
    result: Path,
    *,
    classes: Sequence[str],
    key: Path,
    valid_days: int,
    by: str,
    output: Path | None,
    clock: Clock = _utc_now,
) -> list[str]:
    """Certify classes of a report; return lines to print.

    Without a name, those that the report shows to be kept are certified, and the others are told.
    The attestation is written last: where it is, the pages beside it are too. These are the
    certificate to print, and the report's page with what was certified.

    Raises:
        InputError: a bad file or option.
        RefusedError: the report does not show what would be certified.
    """
    now = clock()
    signer = load_signer(key)
    data = read_report_bytes(result)
    report = read_report(data, str(result))
    check_certifiable(report, where=str(result), now=now)
    catalogue = load_catalogues()
    kept, refused = _judged(report, classes, catalogue, where=str(result))
    valid = dt.timedelta(days=valid_days)
    payload = make_statement(report, data, kept, by=by, now=now, valid=valid)
    statement = read_statement(payload, where=str(result))
    path = output or result.with_name(ATTESTATION_FILE)
    certificate_path, page_path = path.with_name(CERTIFICATE_FILE), path.with_name(PAGE_FILE)
    others = (result, key, certificate_path, page_path)
    if path.resolve() in {other.resolve() for other in others}:
        hint = f"not the report, not the key, not {CERTIFICATE_FILE} or {PAGE_FILE}"
        raise InputError("--output", "a file of its own", str(path), hint)
    text = seal(payload, signer)
    key_id = str(signer.public_key.keyid)
    made = certificate_of(statement, text.encode(), file_name=path.name, key_id=key_id)
    certificate = certificate_html(made)
    page = html_report(report, catalogue, certificate=made)
    write_file(certificate_path, certificate)
    write_file(page_path, page)
    write_file(path, text)
    return [
        *statement_lines(statement),
        *(f"not certified: {one.what.rpartition(': ')[2]}: {one.why}" for one in refused),
        f"attestation: {path}, signed with the key {key_id}",
        f"certificate: {certificate_path}",
        f"report: {page_path}",
    ]


def _judged(
    report: Mapping[str, Json], classes: Sequence[str], catalogue: Catalogue, *, where: str
) -> tuple[list[Kept], list[RefusedError]]:
    """Return the classes that a report shows to be kept, and why the others are not.

    Raises:
        InputError: no such class.
        RefusedError: one that was asked for is not kept; or no class was asked for, and none is.
    """
    planned = _planned_cases(report)
    kept: list[Kept] = []
    refused: list[RefusedError] = []
    rows = cast("Sequence[Mapping[str, Json]]", report["classes"])
    for name in dict.fromkeys(classes or [str(row["name"]) for row in rows]):
        try:
            one = judge_class(report, name, catalogue, where=where)
            check_whole(report, [name], planned, catalogue, where=where)
        except RefusedError as error:
            if classes:
                raise
            refused.append(error)
        else:
            kept.append(one)
    if not kept:
        why = refused[0] if refused else RefusedError(where, "it has no class")
        raise why
    return kept, refused


def _planned_cases(report: Mapping[str, Json]) -> dict[str, set[tuple[str, str]]]:
    """Return the cases that the suite judges each requirement in, as scenario and name.

    Those of a driver that the run did not use are not among them: its target has no such URL.
    """
    drivers = {one.full_id: with_driver(one).driver for one in load_scenarios()}
    used = {drivers.get(check.scenario) for check in checks_of(report)}
    found: dict[str, set[tuple[str, str]]] = {}
    for scenario in load_scenarios():
        if drivers[scenario.full_id] not in used:
            continue
        for case in cases_of(scenario):
            for name in case.scenario.requirements:
                found.setdefault(name, set()).add((scenario.full_id, case.name))
    return found


def verify(
    path: Path, *, public_key: Path, report_file: Path | None, clock: Clock = _utc_now
) -> list[str]:
    """Check an attestation, and return what it certifies as lines to print.

    Raises:
        InputError: a bad file.
        RefusedError: changed, signed with another key, expired, or of another report.
    """
    certificate = load_certificate(path, public_key=public_key, now=clock())
    statement = certificate.statement
    compared = "not compared: --report FILE does"
    if report_file is not None:
        check_report(statement, read_report_bytes(report_file), where=str(report_file))
        compared = f"{report_file} is the one that was certified"
    return [
        f"verified: {path} was signed with the key {certificate.key_id}",
        *statement_lines(statement),
        f"report: SHA-256 {certified_digest(statement)}; {compared}",
    ]
