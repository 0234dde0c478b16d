"""Bytes of the peer read as JSON, strictly after RFC 8259; knows nothing of JSON-RPC or HTTP.

A text that keeps every rule takes the fast way through the standard library's scanner. Whatever
that way can't vouch for (an error, a name used twice, a lone surrogate, deep nesting) is read again
by `json_scan`, which knows the place of each thing and has no limit of depth.

The standard library alone is no judge: `json.loads` keeps the last of two equal names and takes
NaN, byte order marks, UTF-16 and lone surrogates.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
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
# One escape at a time, so that `\\ud800` holds none; the group is a surrogate without its pair.
_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F])|.)", re.DOTALL
)
# What holds more is not read at all: 16 MiB of `{},` are more than 600 MB as values.
MAX_VALUES: Final = 500_000
_MAX_QUOTES: Final = 4 * MAX_VALUES
_STRING_OR_COMMA: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"|(,)', re.DOTALL)
_OPENING: Final = b"[{"
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
# The first two characters of an object or array are ASCII, which in UTF-16 and UTF-32 stands beside
# NULs (RFC 4627 section 3). No UTF-8 text that begins so is JSON.
_WIDE: Final = re.compile(
    rb"\xff\xfe|\xfe\xff|\x00\x00\xfe\xff|\x00\x00\x00[\x01-\x7f]"
    rb"|[\x01-\x7f]\x00(?:[\x01-\x7f]\x00|\x00\x00|\Z)|\x00[\x01-\x7f](?:\x00[\x01-\x7f]|\Z)"
)


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
    """Return how deeply arrays and objects nest in a text, broken texts included.

    What stands in quotes does not count; a closing bracket without an opening one is passed over.
    """
    # Escaped backslashes first: what is left of an escaped quote then is no quote. Of the pieces
    # between quotes every other one is outside of strings.
    outside = data.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2]
    depth = deepest = 0
    for bracket in b"".join(outside).translate(None, _NO_BRACKETS):
        if bracket in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif depth:
            depth -= 1
    return deepest


def observe_json(data: bytes) -> JsonText:
    """Read a whole body as one JSON text.

    Args:
        data: the body's bytes, decoded from any content coding, nothing else done to it.

    Returns:
        Its value, depth and defects; offsets count bytes from the start of `data`. An empty or
        blank body is the defect `empty`. A text of more than `MAX_VALUES` values is taken for a
        broken one, of depth 0 if that many stand side by side.
    """
    depth = 0 if (is_too_much := _is_too_much(data)) else nesting_depth(data)
    if is_too_much or depth > MAX_VALUES:
        detail = f"expected at most {MAX_VALUES} values, saw more"
        too_much = Defect(layer="json", code="too-many-tokens", at=0, detail=detail)
        return JsonText(value=ABSENT, is_valid=False, depth=depth, defects=(too_much,))
    defects: list[Defect] = []
    start = 0
    if data.startswith(BOM):
        start = len(BOM)
        detail = "expected JSON text, saw a byte order mark (RFC 8259 section 8.1)"
        defects.append(Defect(layer="json", code="byte-order-mark", at=0, detail=detail))
    if _WIDE.match(data):
        defects.append(_not_utf8(data, at=0, looks="; it looks like UTF-16 or UTF-32"))
        return JsonText(value=ABSENT, is_valid=False, depth=depth, defects=tuple(defects))
    try:
        text = data[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        defects.append(_not_utf8(data, at=start + error.start))
        return JsonText(value=ABSENT, is_valid=False, depth=depth, defects=tuple(defects))
    if depth <= FAST_MAX_DEPTH and not _has_lone_surrogate(text):
        try:
            value: Json = _FAST.decode(text)
        except (_NeedsCareError, ValueError):
            pass
        else:
            return JsonText(value=value, is_valid=True, depth=depth, defects=tuple(defects))
    scanned, findings = scan(text, kept_depth=KEPT_DEPTH)
    defects += _placed(findings, text, start=start)
    is_valid = scanned is not ABSENT
    return JsonText(value=scanned, is_valid=is_valid, depth=depth, defects=tuple(defects))


def _is_too_much(data: bytes) -> bool:
    if data.count(b'"') > _MAX_QUOTES:
        return True
    if data.count(b",") < MAX_VALUES:
        return False
    commas = (1 for one in _STRING_OR_COMMA.finditer(data) if one.group(1))
    return sum(islice(commas, MAX_VALUES)) >= MAX_VALUES


def _has_lone_surrogate(text: str) -> bool:
    if not _SURROGATE_ESCAPE.search(text):
        return False
    return any(escape.group(1) for escape in _ESCAPE.finditer(text))


def _not_utf8(data: bytes, *, at: int, looks: str = "") -> Defect:
    detail = f"expected UTF-8, saw the byte {data[at]:#04x}{looks} (RFC 8259 section 8.1)"
    return Defect(layer="json", code="not-utf-8", at=at, detail=detail)


def _placed(findings: list[Finding], text: str, *, start: int) -> Iterator[Defect]:
    """Yield findings as defects in the order of their places, which count bytes from now on."""
    index, at = 0, start
    for finding in sorted(findings, key=lambda one: one.index):
        at += len(text[index : finding.index].encode("utf-8"))
        index = finding.index
        yield Defect(layer="json", code=finding.code, at=at, detail=finding.detail)
