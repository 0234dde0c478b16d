"""Servers whose TLS is wrong: in the handshake, in the certificate, and behind both."""

import datetime as dt
import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.conformance.peers import Serve, Talk, response
from tests.hostile.servers import deaf, hangs_up, hangs_up_hard

_DAY: Final = dt.timedelta(days=1)
_HANDSHAKE_FAILURE: Final = b"\x15\x03\x03\x00\x02\x02\x28"
_RECORD: Final = b"\x16\x03\x03\x40\x00"


def at_once(data: bytes) -> Serve:
    """Send these bytes whatever comes, then close."""

    def serve(talk: Talk) -> None:
        talk.some()
        talk.send(data)

    return serve


def then_silent(data: bytes) -> Serve:
    """Send these bytes whatever comes, then nothing."""

    def serve(talk: Talk) -> None:
        talk.some()
        talk.send(data)
        talk.until_closed()

    return serve


#: What answers a handshake with anything else.
NO_TLS: Final[Mapping[str, Serve]] = {
    "plain HTTP": at_once(response(b"no TLS here", status="400 Bad Request")),
    "an alert": at_once(_HANDSHAKE_FAILURE),
    "binary garbage": at_once(bytes(range(256)) * 64),
    "a record of nonsense": at_once(_RECORD + bytes(0x4000)),
    "half a record": then_silent(_RECORD + bytes(100)),
    "silence": deaf,
    "a closed connection": hangs_up,
    "a reset": hangs_up_hard,
}


def write_certificate(
    folder: Path, *, is_expired: bool = False, host: str = "127.0.0.1"
) -> tuple[Path, Path]:
    """Write a certificate for an address, signed by itself, and its key; return both paths."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    end = now - _DAY if is_expired else now + _DAY
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - 10 * _DAY)
        .not_valid_after(end)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate_file, key_file


def broken_off(talk: Talk) -> None:
    """Send half a response over TLS, then bytes that are none of its records."""
    if talk.request():
        talk.send(response()[:-10])
        talk.send_past_tls(b"no record at all")
        talk.until_closed()


def cut_off(talk: Talk) -> None:
    """Send a body that ends with the connection, and close that without a word of TLS."""
    if talk.request():
        talk.send(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{")
        talk.reset()
