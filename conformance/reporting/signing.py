"""Keys and signed envelopes: Ed25519 and DSSE, by securesystemslib.

It knows bytes and who signed them, and not what they say.
"""

import base64
import binascii
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError

# The library is typed, and its package does not say what it exports.
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]

from conformance.errors import InputError, RefusedError
from conformance.observe.json_text import observe_json
from conformance.reporting.plain_line import plain_line
from conformance.words.json_value import ABSENT, Json, is_array, is_object
from conformance.words.template import to_json_text
from conformance.words.yaml_file import read_text

PUBLIC_SUFFIX: Final = ".pub"
PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
_OWNER_ONLY: Final = 0o600
_READABLE: Final = 0o644
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_MEMBERS: Final = {"payload", "payloadType", "signatures"}


def make_keys(path: Path) -> tuple[Path, str]:
    """Write a new private key, and its public key beside it; return that one's path and key id.

    Raises:
        InputError: one of them exists, or can't be written.
    """
    signer = CryptoSigner.generate_ed25519()
    public_path = path.with_name(path.name + PUBLIC_SUFFIX)
    for one in (path, public_path):
        if one.exists():
            raise InputError(str(one), "a new file: a key is never overwritten", "one that exists")
    _write_new(path, signer.private_bytes, mode=_OWNER_ONLY)
    _write_new(public_path, _public_bytes(signer.public_key), mode=_READABLE)
    return public_path, signer.public_key.keyid


def _public_bytes(key: SSlibKey) -> bytes:
    raw = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.keyval["public"]))
    return raw.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _write_new(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file that has its mode from the first byte on."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as f:
            f.write(data)
    except OSError as error:
        raise InputError(str(path), "a place to write to", error.strerror or str(error)) from error


def load_signer(path: Path) -> CryptoSigner:
    """Read a private key.

    Raises:
        InputError: unreadable, no Ed25519 key in PEM without a password, or readable by others.
    """
    text = read_text(path)
    expected = "an Ed25519 private key in PEM, without a password"
    try:
        key = load_pem_private_key(text.encode(), None)
    except (ValueError, TypeError) as error:
        is_public = "PUBLIC KEY" in text
        seen, hint = (
            ("a public key", "the file without .pub") if is_public else ("another text", "")
        )
        raise InputError(str(path), expected, seen, hint) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(str(path), expected, "another kind of key")
    if os.name == "posix" and path.stat().st_mode & _OTHERS:
        mode = f"mode {stat.S_IMODE(path.stat().st_mode):o}"
        raise InputError(str(path), "a key that nobody else can read", mode, f"chmod 600 {path}")
    return CryptoSigner(key, SSlibKey.from_crypto(key.public_key()))


def load_public_key(path: Path) -> SSlibKey:
    """Read a public key.

    Raises:
        InputError: unreadable, or no Ed25519 public key in PEM.
    """
    expected = "an Ed25519 public key in PEM"
    try:
        key = load_pem_public_key(read_text(path).encode())
    except ValueError as error:
        raise InputError(str(path), expected, "another text", "FILE.pub of keygen") from error
    if not isinstance(key, Ed25519PublicKey):
        raise InputError(str(path), expected, "another kind of key")
    return SSlibKey.from_crypto(key)


def seal(payload: bytes, signer: CryptoSigner) -> str:
    """Return a payload in a signed envelope, as the text of a file."""
    envelope = Envelope(payload, PAYLOAD_TYPE, {})
    envelope.sign(signer)
    return _text(envelope)


def _text(envelope: Envelope) -> str:
    return to_json_text(cast("Json", envelope.to_dict()), indent=2) + "\n"


def open_sealed(data: bytes, key: SSlibKey, *, where: str) -> bytes:
    """Return the payload of an envelope that the key's owner signed, and nobody changed since.

    Args:
        data: the bytes of the file.
        key: who has to have signed.
        where: the file's name, for errors.

    Raises:
        InputError: no envelope.
        RefusedError: changed, or signed with another key.
    """
    envelope = _read(data, where)
    if _text(envelope).encode("utf-8", "backslashreplace") != data:
        # Base64 and JSON can be written in several ways: only the one that was signed is taken.
        raise RefusedError(where, "it is not as it was when it was signed")
    if envelope.payload_type != PAYLOAD_TYPE:
        raise RefusedError(where, f"it holds {envelope.payload_type!r}, not {PAYLOAD_TYPE!r}")
    if key.keyid not in envelope.signatures:
        signed = next(iter(envelope.signatures))
        raise RefusedError(
            where, f"signed with the key {plain_line(signed, most=16)}, not {key.keyid[:16]}…"
        )
    try:
        envelope.verify([key], 1)
    except VerificationError as error:
        raise RefusedError(where, "the signature does not fit: it was changed") from error
    return envelope.payload


def _read(data: bytes, where: str) -> Envelope:
    expected = "a signed envelope (DSSE) with one signature"
    text = observe_json(data)
    if text.value is ABSENT or text.defects:
        raise InputError(where, expected, text.defects[0].detail)
    value = text.value
    if not is_object(value) or set(value) != _MEMBERS:
        raise InputError(where, expected, sorted(value) if is_object(value) else "no object")
    if not (isinstance(value["payload"], str) and isinstance(value["payloadType"], str)):
        raise InputError(where, expected, "a payload that is no text")
    signatures = value["signatures"]
    if not is_array(signatures) or len(signatures) != 1 or not _is_signature(signatures[0]):
        raise InputError(where, expected, "other signatures")
    try:
        base64.b64decode(value["payload"], validate=True)
        one = cast("Mapping[str, str]", signatures[0])
        base64.b64decode(one["sig"], validate=True)
        # The library changes what it is given.
        return Envelope.from_dict(_copied(value, [one]))
    except (binascii.Error, ValueError) as error:
        raise InputError(where, expected, "what is no base64") from error


def _is_signature(value: Json) -> bool:
    return (
        is_object(value)
        and set(value) == {"keyid", "sig"}
        and all(isinstance(member, str) for member in value.values())
    )


# Any: the library takes a dict of whatever.
def _copied(value: Mapping[str, Json], signatures: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    return {**value, "signatures": [dict(one) for one in signatures]}
