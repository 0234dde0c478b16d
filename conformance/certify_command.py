"""`wirecheck keygen`, `certify`, `verify`: classes certified, and certificates checked offline."""

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from conformance.errors import InputError
from conformance.reporting.attestation import (
    certified_digest,
    check_report,
    check_valid,
    make_statement,
    read_statement,
    statement_lines,
)
from conformance.reporting.certificate import certificate_html
from conformance.reporting.certification import check_certifiable, judge_class
from conformance.reporting.files import write_file
from conformance.reporting.report_file import read_report, read_report_bytes
from conformance.reporting.signing import load_public_key, load_signer, make_keys, open_sealed, seal
from conformance.words.catalogue import load_catalogues

ATTESTATION_FILE: Final = "attestation.json"
CERTIFICATE_FILE: Final = "certificate.html"
MAX_ATTESTATION_BYTES: Final = 8 * 1024 * 1024  # all classes certified are 0.2 MB

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
    """Certify classes of a report; write the attestation and the page, and return lines to print.

    The page goes beside the attestation.

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
    names = dict.fromkeys(classes)
    kept = [judge_class(report, name, catalogue, where=str(result)) for name in names]
    valid = dt.timedelta(days=valid_days)
    payload = make_statement(report, data, kept, by=by, now=now, valid=valid)
    statement = read_statement(payload, where=str(result))
    path = output or result.with_name(ATTESTATION_FILE)
    page_path = path.with_name(CERTIFICATE_FILE)
    if path.resolve() in (result.resolve(), key.resolve()):
        raise InputError("--output", "another file than the report and the key", str(path))
    text = seal(payload, signer)
    key_id = signer.public_key.keyid
    page = certificate_html(statement, text.encode(), key_id=key_id)
    write_file(path, text)
    write_file(page_path, page)
    return [
        *statement_lines(statement),
        f"attestation: {path}, signed with the key {key_id}",
        f"certificate: {page_path}",
    ]


def verify(
    path: Path, *, public_key: Path, report_file: Path | None, clock: Clock = _utc_now
) -> list[str]:
    """Check an attestation, and return what it certifies as lines to print.

    Raises:
        InputError: a bad file.
        RefusedError: changed, signed with another key, expired, or of another report.
    """
    where = str(path)
    key = load_public_key(public_key)
    statement = read_statement(open_sealed(_bytes_of(path), key, where=where), where=where)
    check_valid(statement, where=where, now=clock())
    compared = "not compared: --report FILE does"
    if report_file is not None:
        check_report(statement, read_report_bytes(report_file), where=str(report_file))
        compared = f"{report_file} is the one that was certified"
    return [
        f"verified: {path} was signed with the key {key.keyid}",
        *statement_lines(statement),
        f"report: SHA-256 {certified_digest(statement)}; {compared}",
    ]


def _bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_ATTESTATION_BYTES:
            raise InputError(str(path), f"at most {MAX_ATTESTATION_BYTES} bytes", size)
        return path.read_bytes()
    except OSError as error:
        raise InputError(str(path), "a readable file", error.strerror or str(error)) from error
