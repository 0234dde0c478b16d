"""Bytes of the peer read as JSON, strictly after RFC 8259; knows nothing of JSON-RPC or HTTP.

A text that keeps every rule takes the fast way through the standard library's scanner. Whatever
that way can't vouch for (an error, a name used twice, a surrogate, deep nesting) is read again by
`json_scan`, which knows the place of each thing and has no limit of depth.

The standard library alone is no judge: `json.loads` keeps the last of two equal names and takes
NaN, byte order marks, UTF-16 and lone surrogates.
"""

import json
import re
from dataclasses import dataclass
from typing import Final

from conformance.observe.defect import Defect
from conformance.observe.json_number import exact_integer, exact_number
from conformance.observe.json_scan import Finding, scan
from conformance.words.json_value import ABSENT, Absent, Json

BOM: Final = b"\xef\xbb\xbf"
# The C scanner recurses, and Python allows it about 1,000 levels less the caller's own.
FAST_MAX_DEPTH: Final = 200
# What a value deeper than this holds below is cut off, so that no reader of an observation
# recurses for ever; the depth itself is counted to the end.
KEPT_DEPTH: Final = 400
_SURROGATE_ESCAPE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_DEPTH_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonText:
    """What one text was seen to be.

    `value` is absent when the text is no JSON. `is_valid` says that the grammar, the encoding and
    the end of the text were right; a byte order mark or a name used twice leaves it true, since
    RFC 8259 lets a reader go on there (sections 8.1 and 4). `depth` counts nested arrays and
    objects, 0 for a bare number.
    """

    value: Json | Absent
    is_valid: bool
    depth: int
    defects: tuple[Defect, ...]


class _NeedsCareError(Exception):
    """The fast way met something that it can't judge."""


def _refuse_constant(name: str) -> Json:
    raise _NeedsCareError(name)


def _unique_members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _NeedsCareError
    return members


_FAST: Final = json.JSONDecoder(
    object_pairs_hook=_unique_members,
    parse_constant=_refuse_constant,
    parse_float=exact_number,
    parse_int=exact_integer,
)


def nesting_depth(data: bytes) -> int:
    """Return how deeply arrays and objects nest in a text, broken texts included."""
    if data.count(b"[") + data.count(b"{") <= 1:
        return data.count(b"[") + data.count(b"{")
    depth = deepest = 0
    for token in _DEPTH_TOKEN.finditer(data):
        character = data[token.start()]
        if character in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in b"]}":
            depth -= 1
    return deepest


def observe_json(data: bytes) -> JsonText:
    """Read a whole body as one JSON text.

    Args:
        data: the body's bytes, decoded from any content coding, nothing else done to it.

    Returns:
        Its value, depth and defects; offsets count bytes from the start of `data`. An empty or
        blank body is the defect `empty`.
    """
    defects: list[Defect] = []
    start = 0
    if data.startswith(BOM):
        start = len(BOM)
        detail = "expected JSON text, saw a byte order mark (RFC 8259 section 8.1)"
        defects.append(Defect(layer="json", code="byte-order-mark", at=0, detail=detail))
    depth = nesting_depth(data)
    try:
        text = data[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        defects.append(_not_utf8(data, at=start + error.start))
        return JsonText(value=ABSENT, is_valid=False, depth=depth, defects=tuple(defects))
    if depth <= FAST_MAX_DEPTH and not _SURROGATE_ESCAPE.search(text):
        try:
            value: Json = _FAST.decode(text)
        except (_NeedsCareError, ValueError):
            pass
        else:
            return JsonText(value=value, is_valid=True, depth=depth, defects=tuple(defects))
    scanned, findings = scan(text, kept_depth=KEPT_DEPTH)
    defects.extend(_defect(finding, text, start=start) for finding in findings)
    is_valid = scanned is not ABSENT
    return JsonText(value=scanned, is_valid=is_valid, depth=depth, defects=tuple(defects))


def _not_utf8(data: bytes, *, at: int) -> Defect:
    head = data[:4]
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head
    looks = "; it looks like UTF-16 or UTF-32" if wide else ""
    detail = f"expected UTF-8, saw the byte {data[at]:#04x}{looks} (RFC 8259 section 8.1)"
    return Defect(layer="json", code="not-utf-8", at=at, detail=detail)


def _defect(finding: Finding, text: str, *, start: int) -> Defect:
    at = start + len(text[: finding.index].encode("utf-8"))
    return Defect(layer="json", code=finding.code, at=at, detail=finding.detail)
