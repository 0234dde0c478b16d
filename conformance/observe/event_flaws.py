"""What is wrong with one line of an event stream, each with its place; knows no other line.

HTML section 9.2.5 has the grammar. Much of what stands here keeps it and is of no use all the same:
a field that no client knows says nothing, however well it is formed.
"""

import re
from collections.abc import Iterator
from typing import Final

from conformance.observe.defect import Defect

KNOWN_FIELDS: Final = frozenset({b"data", b"event", b"id", b"retry"})
BOM: Final = b"\xef\xbb\xbf"
# What stands between line ends and is no text; a tab is common in what people send.
CONTROLS: Final = bytes({*range(0x20), 0x7F} - set(b"\t\n\r"))
MAX_RETRY_DIGITS: Final = 20  # 2^64 ms is the age of the earth a few times over
MAX_BAD_SEQUENCES: Final = 50  # looked at in one line
_SHOWN_BYTES: Final = 40
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DIGITS: Final = re.compile(rb"[0-9]+")
# Unicode table 3-7. Of a broken sequence the longest beginning of a whole one is one error, which
# becomes one U+FFFD (Encoding section 4.2); a surrogate or what lies beyond U+10FFFF has none.
_WELL_FORMED: Final = re.compile(
    rb"(?:[\x00-\x7f]++|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]"
    rb"|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}"
    rb"|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})*+"
)
_BROKEN: Final = re.compile(
    rb"\xe0[\xa0-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]|\xed[\x80-\x9f]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]?|[\xf1-\xf3][\x80-\xbf]{1,2}|\xf4[\x80-\x8f][\x80-\xbf]?|[\x80-\xff]"
)
_FIRST_LEAD: Final = 0xC2  # of the bytes that begin a character of several
_SURROGATE: Final = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")


def flaw(code: str, at: int, detail: str) -> Defect:
    """Return a defect of this layer; `at` counts from the start of the stream."""
    return Defect(layer="sse", code=code, at=at, detail=detail)


def shown(data: bytes) -> str:
    """Return the beginning of some bytes for a message."""
    return repr(data[:_SHOWN_BYTES])[1:]


def needs_care(line: bytes) -> bool:
    """Tell whether a line holds more than printable ASCII and tabs."""
    return not line.isascii() or _CONTROL.search(line) is not None


def text_flaws(line: bytes, *, at: int, is_cut: bool = False) -> Iterator[Defect]:
    """Yield the places where a line is no UTF-8 (section 9.2.5), surrogates apart.

    Args:
        line: without its end.
        at: its place in the stream.
        is_cut: we hold its beginning only, so that its last character may lack bytes.
    """
    place = 0
    for _ in range(MAX_BAD_SEQUENCES):
        begun = _WELL_FORMED.match(line, place)
        assert begun is not None  # it also matches nothing
        place = begun.end()
        if place == len(line):
            return
        if surrogate := _SURROGATE.match(line, place):
            detail = f"expected a Unicode scalar value, saw a surrogate {shown(surrogate.group())}"
            yield flaw("encoded-surrogate", at + place, detail)
            place = surrogate.end()
            continue
        broken = _BROKEN.match(line, place)
        assert broken is not None  # it matches each byte that can't begin a character
        if is_cut and broken.end() == len(line) and line[place] >= _FIRST_LEAD:
            return
        yield flaw("invalid-utf-8", at + place, f"expected UTF-8, saw {shown(broken.group())}")
        place = broken.end()


def name_flaw(name: bytes, *, at: int, has_colon: bool) -> Defect | None:
    """Return why no client knows a field name; the closest cause only.

    Spec: SSE-9.2.5-04, SSE-9.2.5-07, SSE-9.2.5-08, SSE-9.2.6-67
    """
    seen = shown(name)
    if name.startswith(BOM):
        return flaw("byte-order-mark", at, f"expected a field name, saw a byte order mark {seen}")
    bare = name.strip(b" \t")
    if bare != name and bare.lower() in KNOWN_FIELDS:
        return flaw("spaced-field-name", at, f"expected no space around a field name, saw {seen}")
    if name.lower() in KNOWN_FIELDS:
        return flaw("wrong-case-field", at, f"expected a field name in lower case, saw {seen}")
    if (found := _CONTROL.search(name)) is not None:
        detail = f"expected text in a field name, saw the byte {found.group()[0]:#04x}"
        return flaw("control-in-name", at + found.start(), detail)
    if not has_colon:
        detail = f"expected a field, a comment or a blank line, saw a line without a colon {seen}"
        return flaw("line-without-colon", at, detail)
    return flaw("unknown-field", at, f"expected data, event, id or retry, saw {seen}")


def control_flaw(value: bytes, *, at: int) -> Defect | None:
    """Return the first control character of a value, tabs aside.

    The grammar allows them, and clients hand them on (SSE-9.2.5-15).
    """
    found = _CONTROL.search(value)
    if found is None:
        return None
    detail = f"expected text in a value, saw the byte {found.group()[0]:#04x}"
    return flaw("control-in-value", at + found.start(), detail)


def id_flaw(value: bytes, *, at: int) -> Defect | None:
    """Return the NUL that makes clients ignore an id (SSE-9.2.6-69)."""
    place = value.find(b"\0")
    if place < 0:
        return None
    return flaw("nul-in-id", at + place, "expected an id, saw NUL in it: clients ignore the field")


def read_retry(value: bytes, *, at: int) -> int | Defect:
    """Return a reconnection time in milliseconds, or what is wrong with it (SSE-9.2.6-70).

    An empty value is a defect too: nothing in base ten. So is one of more digits than any client
    counts to, `huge-retry`, though it is nothing but digits.
    """
    if not _DIGITS.fullmatch(value):
        return flaw("bad-retry", at, f"expected ASCII digits, saw {shown(value)}")
    digits = value.lstrip(b"0")
    if len(digits) > MAX_RETRY_DIGITS:
        detail = f"expected at most {MAX_RETRY_DIGITS} digits, saw {len(digits)}"
        return flaw("huge-retry", at, detail)
    return int(digits or b"0")
