"""Bytes of the wire as people and reports see them."""

import base64
import hashlib
import re
from collections.abc import Mapping
from typing import Final

from conformance.words.json_value import Json

# Whole bodies are kept up to here; of longer ones the beginning, the end and the digest.
KEPT_BYTES: Final = 64 * 1024
_HEAD_BYTES: Final = 4 * 1024
_TAIL_BYTES: Final = 1024
# Control characters, and what turns the direction of the text around it.
_UNPRINTABLE: Final = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)


def as_json(data: bytes) -> dict[str, Json]:
    """Return bytes as they stand in a report: `{size, text}` or `{size, base64}`.

    What is longer than `KEPT_BYTES` is cut in the middle; then `elided` counts the bytes left out
    behind the first `head` bytes, and `sha256` is of the whole.
    """
    if len(data) <= KEPT_BYTES:
        return {"size": len(data), **_encoded(data)}
    kept = data[:_HEAD_BYTES] + data[-_TAIL_BYTES:]
    return {
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "head": _HEAD_BYTES,
        "elided": len(data) - len(kept),
        **_encoded(kept),
    }


def _encoded(data: bytes) -> dict[str, Json]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode("ascii")}
    if _UNPRINTABLE.search(text):
        return {"base64": base64.b64encode(data).decode("ascii")}
    return {"text": text}


def from_json(document: Mapping[str, Json]) -> bytes:
    """Return the bytes that `as_json` kept; of a cut one, beginning and end without the middle."""
    if "base64" in document:
        return base64.b64decode(str(document["base64"]))
    return str(document.get("text", "")).encode("utf-8")


def readable(data: bytes, *, most: int = 2_000) -> str:
    """Return bytes as text for a terminal: line ends kept, everything unprintable escaped.

    Terminal control sequences come out as visible escapes, never as themselves.
    """
    cut = data[:most]
    text = cut.decode("utf-8", "backslashreplace").replace("\r\n", "\n").replace("\r", "\\r")
    text = _UNPRINTABLE.sub(lambda found: _escape(found.group()), text)
    left = len(data) - len(cut)
    return f"{text}… ({left} more bytes)" if left else text


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"  # noqa: PLR2004 - one byte
