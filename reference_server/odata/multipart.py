"""multipart bodies after RFC 2046: bytes to parts and back.

A part is cut out of the body, never copied. Strict where the RFC is: lines end in CRLF, the
closing delimiter is there, a part is header fields, an empty line and content. Refuses to know
what is in a part.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from types import MappingProxyType
from typing import Final

from reference_server.odata.errors import Code, ODataError, refused
from reference_server.odata.message import Fields, merged

MAX_HEADER_BYTES: Final = 16_384
MAX_HEADER_FIELDS: Final = 100

# RFC 2046, 5.1.1: bchars, no space at the end.
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]")
# RFC 9110, 5: a name, a colon without white space before it, a value of visible characters.
_FIELD: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_END_OF_HEADERS: Final = b"\r\n\r\n"


def malformed(message: str) -> ODataError:
    """Make the error for a body that breaks its format."""
    return refused(400, Code.MALFORMED_BATCH, message)


@dataclass(frozen=True, slots=True)
class Part:
    """One body part; names of fields are in lower case."""

    headers: Fields
    content: memoryview


def check_boundary(text: str | None) -> bytes:
    """Return a boundary as bytes.

    Raises:
        ODataError: 400, there is none, or it breaks RFC 2046.

    Spec: ODATA-11.7.7.1-02
    """
    if text is None:
        raise malformed("multipart/mixed without the parameter boundary")
    if _BOUNDARY.fullmatch(text) is None:
        raise malformed(f"{text[:80]!r} is no boundary")
    return text.encode("ascii")


def read_multipart(body: memoryview, boundary: bytes, *, max_parts: int) -> Iterator[Part]:
    """Cut a body into its parts; what is before the first and after the last is ignored.

    Raises:
        ODataError: 400 at the first thing that is wrong, 413 for one part too many.

    Spec: ODATA-11.7.7.1-01, ODATA-11.7.7.1-07, ODATA-11.7.7.1-16
    """
    # A delimiter begins a line; one with more behind it than white space belongs to another
    # boundary that this one is the beginning of.
    rest = re.escape(boundary) + rb"(--)?[ \t]*(?=\r\n|\Z)"
    first = re.compile(rb"--" + rest).match(body)
    # The pattern begins with plain text, which makes the search for it twenty times as fast.
    others = re.compile(rb"\r\n--" + rest).finditer(body)
    start, count = None, 0
    for found in others if first is None else chain([first], others):
        if start is not None:
            count += 1
            if count > max_parts:
                raise refused(413, Code.TOO_LARGE, f"a batch of more than {max_parts} requests")
            yield _part(body[start : found.start()], count)
        if found[1] is not None:
            if start is None:
                raise malformed("a closing delimiter, and no part before it")
            return
        if found.end() == len(body):
            break
        start = found.end() + 2
    if start is None:
        raise malformed("no delimiter line with the boundary that Content-Type names")
    raise malformed("the closing delimiter is missing")


def _part(content: memoryview, number: int) -> Part:
    block, rest = split_head(content, f"part {number}")
    return Part(read_fields(block), rest)


def split_head(content: memoryview, where: str) -> tuple[bytes, memoryview]:
    """Part header lines, without their last CRLF, from what follows the empty line.

    Raises:
        ODataError: 400, there is no empty line, or it comes too late.
    """
    if bytes(content[:2]) == b"\r\n":
        return b"", content[2:]
    head = bytes(content[: MAX_HEADER_BYTES + len(_END_OF_HEADERS)])
    end = head.find(_END_OF_HEADERS)
    if end < 0:
        size = f"within {MAX_HEADER_BYTES} bytes " if len(content) > MAX_HEADER_BYTES else ""
        raise malformed(f"{where}: no empty line {size}ends the header fields")
    return head[:end], content[end + len(_END_OF_HEADERS) :]


@lru_cache(maxsize=256)
def read_fields(block: bytes) -> Fields:
    """Read header lines.

    Raises:
        ODataError: 400 for a line that is no field: no colon, white space before it, folded, a
            line that ends in LF alone, control characters.

    Spec: ODATA-11.7.7.1-17
    """
    lines = block.split(b"\r\n") if block else []
    if len(lines) > MAX_HEADER_FIELDS:
        raise malformed(f"more than {MAX_HEADER_FIELDS} header fields")
    return MappingProxyType(merged(_field(line) for line in lines))


def _field(line: bytes) -> tuple[str, str]:
    found = _FIELD.fullmatch(line)
    if found is None:
        raise malformed(f"{line[:80].decode('latin-1')!r} is no header field")
    return found[1].decode("ascii"), found[2].decode("latin-1").rstrip(" \t")


def write_multipart(parts: Iterable[Sequence[bytes]], boundary: bytes) -> list[bytes]:
    """Put parts, each a list of pieces with its header, between delimiters.

    Spec: ODATA-11.7.7.1-01
    """
    pieces: list[bytes] = []
    between = b"--" + boundary + b"\r\n"
    for part in parts:
        pieces.append(between)
        pieces += part
        between = b"\r\n--" + boundary + b"\r\n"
    pieces.append(b"\r\n--" + boundary + b"--\r\n")
    return pieces
