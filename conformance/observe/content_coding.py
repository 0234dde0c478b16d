"""Content codings taken off a body, within a bound (RFC 9110 section 8.4.1)."""

import zlib
from typing import Final

from conformance.observe.defect import Defect

_WINDOW_BITS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}


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
        unpacker = zlib.decompressobj(_WINDOW_BITS[coding])
        try:
            unpacked = unpacker.decompress(body, max_bytes)
        except zlib.error as error:
            detail = f"expected {coding} data, saw {error}"
            defects.append(Defect(layer="http", code="broken-coding", at=0, detail=detail))
            break
        if unpacker.unconsumed_tail:
            detail = f"expected at most {max_bytes} bytes unpacked, saw more"
            defects.append(Defect(layer="http", code="coding-too-large", at=0, detail=detail))
        elif not unpacker.eof:
            detail = f"expected the end of the {coding} data, saw the end of the body"
            defects.append(Defect(layer="http", code="broken-coding", at=len(body), detail=detail))
        body = unpacked
    return body, defects
