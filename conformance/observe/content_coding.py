"""Content codings taken off a body, within a bound (RFC 9110 section 8.4.1)."""

import zlib
from typing import Final

from conformance.observe.defect import Defect

_WINDOW_BITS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}
# RFC 1952 section 2.2: members follow one another. So many are more than any server writes.
_MAX_MEMBERS: Final = 64


def decode_body(body: bytes, codings: list[str], *, max_bytes: int) -> tuple[bytes, list[Defect]]:
    """Undo content codings; what can't be undone stays, with a defect.

    Args:
        body: as it came, transfer coding taken off.
        codings: the values of Content-Encoding, in the order they were applied.
        max_bytes: a body that unpacks to more is cut there: a bomb is an endless body.
    """
    defects: list[Defect] = []
    for coding in reversed([part.strip(" \t").lower() for v in codings for part in v.split(",")]):
        if coding in ("", "identity"):
            continue
        if coding not in _WINDOW_BITS:
            detail = f"expected a coding that was asked for, saw {coding[:40]!r}"
            defects.append(Defect(layer="http", code="unknown-coding", at=0, detail=detail))
            break
        unpacked, defect = _unpack(body, coding, max_bytes=max_bytes)
        if defect is not None:
            defects.append(defect)
        if unpacked is None:
            break
        body = unpacked
    return body, defects


def _unpack(body: bytes, coding: str, *, max_bytes: int) -> tuple[bytes | None, Defect | None]:
    """Undo one coding; what comes behind broken or beyond the bound is left out."""
    unpacked = b""
    rest = body
    for _ in range(1 if coding == "deflate" else _MAX_MEMBERS):
        unpacker = zlib.decompressobj(_WINDOW_BITS[coding])
        try:
            unpacked += unpacker.decompress(rest, max_bytes + 1 - len(unpacked))
        except zlib.error as error:
            at = len(body) - len(rest)
            return unpacked if at else None, _broken(at, f"expected {coding} data, saw {error}")
        if len(unpacked) > max_bytes:
            detail = f"expected at most {max_bytes} bytes unpacked, saw more"
            defect = Defect(layer="http", code="coding-too-large", at=0, detail=detail)
            return unpacked[:max_bytes], defect
        if not unpacker.eof:
            detail = f"expected the end of the {coding} data, saw the end of the body"
            return unpacked, _broken(len(body), detail)
        rest = unpacker.unused_data
        if not rest:
            return unpacked, None
    detail = f"expected the end of the body behind the {coding} data, saw {len(rest)} more bytes"
    return unpacked, _broken(len(body) - len(rest), detail)


def _broken(at: int, detail: str) -> Defect:
    return Defect(layer="http", code="broken-coding", at=at, detail=detail)
