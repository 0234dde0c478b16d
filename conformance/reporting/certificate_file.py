"""An attestation read from its file: who signed it, what it says, and that it holds."""

import datetime as dt
from pathlib import Path
from typing import Final

from conformance.errors import InputError
from conformance.reporting.attestation import (
    Certificate,
    certificate_of,
    check_valid,
    read_statement,
)
from conformance.reporting.signing import load_public_key, open_sealed

MAX_ATTESTATION_BYTES: Final = 8 * 1024 * 1024  # all classes certified are 0.2 MB


def load_certificate(path: Path, *, public_key: Path, now: dt.datetime) -> Certificate:
    """Read an attestation, and make sure of its signature and of its time.

    Raises:
        InputError: a bad file.
        RefusedError: changed, signed with another key, expired, or issued in the future.
    """
    where = str(path)
    key = load_public_key(public_key)
    data = _bytes_of(path)
    statement = read_statement(open_sealed(data, key, where=where), where=where)
    check_valid(statement, where=where, now=now)
    return certificate_of(statement, data, file_name=path.name, key_id=str(key.keyid))


def _bytes_of(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_ATTESTATION_BYTES:
            raise InputError(str(path), f"at most {MAX_ATTESTATION_BYTES} bytes", size)
        return path.read_bytes()
    except OSError as error:
        raise InputError(str(path), "a readable file", error.strerror or str(error)) from error
