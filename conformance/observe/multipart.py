"""A multipart body read whole, whatever it is (RFC 2046 section 5.1).

Knows delimiters, parts and their MIME header fields, and the boundary parameter of a Content-Type.
It refuses to know what a part holds. Nothing is repaired: what a lenient client would overlook is a
defect with its offset, and reading goes on as that client would.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conformance.observe.bounded_defects import BoundedDefects
from conformance.observe.defect import Defect

LAYER: Final = "multipart"
MAX_BOUNDARY_CHARACTERS: Final = 70
MAX_PARTS: Final = 100_000  # what comes behind them is not read: a part may have five bytes
_SHOWN_BYTES: Final = 60
# RFC 2046 section 5.1.1: bchars, of which the last is no space
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,\-./:=? ]*[0-9A-Za-z'()+_,\-./:=?]")
# RFC 2045 section 5.1: what needs no quotes
_TOKEN_TEXT: Final = re.compile(r"[!#$%&'*+\-.^_`|~{}0-9A-Za-z]+")
_NAME_END: Final = re.compile(r"[=;]")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*+)"')
_ESCAPE: Final = re.compile(r"\\(.)")
_NAME: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+)([ \t]*):")
_VALUE: Final = re.compile(rb"[\t\x20-\x7e]*")
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")
# What follows a boundary in its line. A hyphen too many is in a published example of OData's own.
_JUNK_BEHIND_CLOSE: Final = re.compile(rb"--(?:-+[ \t]*|[ \t].*)", re.DOTALL)
_WHITE: Final = b" \t"
_LF: Final = 0x0A
_CR: Final = 0x0D


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """The boundary parameter of a Content-Type; `text` is None when there is none to use."""

    text: str | None
    defects: tuple[Defect, ...]


def read_boundary(content_type: str) -> Boundary:
    """Read the boundary of a multipart's Content-Type, the first one where there are several.

    Its defects have no place in a body: their `at` is 0.

    Spec: RFC 2045 section 5.1, RFC 2046 section 5.1.1
    """
    defects = BoundedDefects(LAYER)
    values: list[str] = []
    for name, text, is_quoted in _parameters(content_type, defects):
        if name == "boundary":
            values.append(text)
            if not is_quoted and text and not _TOKEN_TEXT.fullmatch(text):
                defects.flaw("unquoted-boundary", 0, f"expected quotes around {text[:80]!r}")
    if not values:
        seen = content_type[:_SHOWN_BYTES]
        defects.flaw("no-boundary", 0, f"expected a boundary parameter, saw {seen!r}")
        return Boundary(text=None, defects=tuple(defects.kept))
    if len(values) > 1:
        defects.flaw("doubled-boundary", 0, f"expected one boundary, saw {values[:3]}")
    text = values[0]
    if not text:
        defects.flaw("empty-boundary", 0, "expected 1 to 70 characters, saw none")
        return Boundary(text=None, defects=tuple(defects.kept))
    if len(text) > MAX_BOUNDARY_CHARACTERS:
        detail = f"expected at most {MAX_BOUNDARY_CHARACTERS} characters, saw {len(text)}"
        defects.flaw("boundary-too-long", 0, detail)
    if not _BOUNDARY.fullmatch(text):
        defects.flaw("bad-boundary", 0, f"expected characters of RFC 2046, saw {text[:80]!r}")
    return Boundary(text=text, defects=tuple(defects.kept))


def _parameters(value: str, defects: BoundedDefects) -> Iterator[tuple[str, str, bool]]:
    """Yield name in lower case, text and whether it was quoted; white space around `=` is taken."""
    place = value.find(";")
    while place >= 0:
        end = _NAME_END.search(value, place + 1)
        if end is None:
            return
        if end.group() == ";":
            place = end.start()
            continue
        name = value[place + 1 : end.start()].strip(" \t").lower()
        start = end.end()
        while value[start : start + 1] in (" ", "\t"):
            start += 1
        quoted = _QUOTED.match(value, start)
        if quoted is not None:
            place = value.find(";", quoted.end())
            yield name, _ESCAPE.sub(r"\1", quoted.group(1)), True
            continue
        if value.startswith('"', start):
            defects.flaw("unclosed-quote", 0, f"expected '\"' behind {value[start : start + 80]!r}")
        place = value.find(";", start)
        yield name, value[start : place if place >= 0 else None].strip(" \t"), False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One body part; offsets count from the start of the outermost body.

    `fields` have names in lower case and values as Latin-1 text, folds taken out, which MIME
    allows (RFC 5322 section 2.2.3). A part without header block is all body.
    """

    at: int
    header_block: bytes
    fields: tuple[tuple[str, str], ...]
    body_at: int
    body: bytes

    def value(self, name: str) -> str | None:
        """Return the first value of a field; None when there is none."""
        return next((value for field, value in self.fields if field == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Multipart:
    """What one multipart body was seen to be.

    `crlf_ends` and `lf_ends` count the line ends of delimiters and MIME header lines. Without any
    delimiter the whole body is preamble.
    """

    preamble: bytes
    parts: tuple[Part, ...]
    epilogue: bytes
    is_closed: bool
    crlf_ends: int
    lf_ends: int
    defects: tuple[Defect, ...]


def read_multipart(data: bytes, boundary: str, *, at: int = 0) -> Multipart:
    """Read a whole multipart body.

    Args:
        data: the body, content codings taken off.
        boundary: as it stands in the Content-Type, quotes taken off; not empty.
        at: offset of `data` in the outermost body, which all offsets count from.

    Spec: RFC 2046 section 5.1.1, ODATA-11.7.7.1-01
    """
    return _Reader(data, boundary, at).read()


class _Line(StrEnum):
    DELIMITER = "delimiter"
    CLOSE = "close"
    OTHER = "other"


class _Reader:
    def __init__(self, data: bytes, boundary: str, at: int) -> None:
        self._data = data
        self._dashed = b"--" + boundary.encode("latin-1", "replace")
        self._at = at
        self._defects = BoundedDefects(LAYER)
        self._crlf_ends = 0
        self._lf_ends = 0

    def read(self) -> Multipart:
        parts: list[Part] = []
        preamble = epilogue = b""
        start: int | None = None  # of the part that is open
        is_closed = False
        for kind, begin, end, behind in self._delimiters():
            if start is None:
                preamble = self._data[:begin]
            elif len(parts) == MAX_PARTS:
                self._flaw("too-many-parts", start, f"expected at most {MAX_PARTS} parts")
                break
            elif start < end:
                parts.append(self._part(start, max(start, begin)))
            else:
                self._flaw("no-part", end, "expected a part between two delimiters, saw none")
            if kind is _Line.CLOSE:
                is_closed = True
                epilogue = self._data[behind:]
                if start is None:
                    self._flaw("no-part", end, "expected a part, saw the closing delimiter")
                break
            start = behind
        else:
            if start is None:
                preamble = self._data
                seen = self._data[:_SHOWN_BYTES]
                self._flaw("no-delimiter", 0, f"expected {self._dashed!r}, saw {seen!r}")
            else:
                if start < len(self._data):
                    parts.append(self._part(start, len(self._data)))
                detail = f"expected {self._dashed + b'--'!r}, saw the end of the body"
                self._flaw("no-close-delimiter", len(self._data), detail)
        return Multipart(
            preamble=preamble,
            parts=tuple(parts),
            epilogue=epilogue,
            is_closed=is_closed,
            crlf_ends=self._crlf_ends,
            lf_ends=self._lf_ends,
            defects=tuple(self._defects.kept),
        )

    def _flaw(self, code: str, place: int, detail: str) -> None:
        self._defects.flaw(code, self._at + place, f"{detail} (RFC 2046)")

    def _count_end(self, place: int) -> None:
        """Note the line end whose LF stands at a place."""
        if place and self._data[place - 1] == _CR:
            self._crlf_ends += 1
            return
        self._lf_ends += 1
        self._flaw("bare-lf", place, "expected CR LF, saw LF alone")

    def _delimiters(self) -> Iterator[tuple[_Line, int, int, int]]:
        """Yield each delimiter: kind, where it begins with its line end, its line, what follows.

        A boundary counts at the start of a line only. What goes on with other characters is the
        line of another boundary, though section 5.1.1 lets a reader take it for this one.
        """
        place = 0 if self._data.startswith(self._dashed) else self._next(0)
        while place >= 0:
            line_end = self._data.find(b"\n", place)
            behind = len(self._data) if line_end < 0 else line_end + 1
            rest = self._data[place + len(self._dashed) : behind].removesuffix(b"\n")
            kind = self._kind(rest.removesuffix(b"\r"), place)
            if kind is not _Line.OTHER:
                begin = place
                if place:
                    self._count_end(place - 1)
                    begin -= 2 if self._data[place - 2 : place - 1] == b"\r" else 1
                if line_end >= 0:
                    self._count_end(line_end)
                yield kind, begin, place, behind
            place = self._next(behind - 1)

    def _next(self, start: int) -> int:
        # With the LF before it: a body of nothing but boundaries is searched in one sweep.
        place = self._data.find(b"\n" + self._dashed, max(0, start))
        return place + 1 if place >= 0 else -1

    def _kind(self, rest: bytes, place: int) -> _Line:
        bare = rest.rstrip(_WHITE)
        if bare in (b"", b"--"):
            if bare != rest:
                detail = f"expected the end of the line behind the boundary, saw {rest[:60]!r}"
                self._flaw("transport-padding", place, detail)
            return _Line.CLOSE if bare else _Line.DELIMITER
        is_close = _JUNK_BEHIND_CLOSE.fullmatch(rest) is not None
        if is_close or rest[:1] in (b" ", b"\t"):
            detail = f"expected the end of the line behind the boundary, saw {rest[:60]!r}"
            self._flaw("bad-delimiter-line", place, detail)
            return _Line.CLOSE if is_close else _Line.DELIMITER
        detail = f"expected no line that begins like a delimiter, saw {self._dashed + rest[:60]!r}"
        self._flaw("boundary-in-part", place, detail)
        return _Line.OTHER

    def _part(self, start: int, end: int) -> Part:
        """Read the part between two delimiters."""
        block_end, body_start = start, start
        first = _NAME.match(self._data, start, end)
        if self._data.startswith((b"\r\n", b"\n"), start, end):
            body_start = self._data.find(b"\n", start) + 1
            self._count_end(body_start - 1)
        elif first is None and start < end:
            seen = self._data[start : min(end, start + _SHOWN_BYTES)]
            self._flaw("no-header-block", start, f"expected header fields, saw {seen!r}")
        elif start < end:
            blank = _BLANK_LINE.search(self._data, start, end)
            block_end = end if blank is None else blank.start()
            body_start = end if blank is None else blank.end()
            if blank is not None:
                self._count_end(block_end + (1 if blank.group().startswith(b"\r") else 0))
                self._count_end(body_start - 1)
            elif self._data[end - 1] != _LF:
                self._flaw("unended-header", end, "expected the end of a header line")
        return Part(
            at=self._at + start,
            header_block=self._data[start:block_end],
            fields=tuple(self._fields(start, block_end)),
            body_at=self._at + body_start,
            body=self._data[body_start:end],
        )

    def _fields(self, start: int, end: int) -> Iterator[tuple[str, str]]:
        name: str | None = None
        pieces: list[str] = []  # a field may be folded a million times
        place = start
        while place < end:
            line_end = self._data.find(b"\n", place, end)
            if line_end >= 0:
                self._count_end(line_end)
            stop = end if line_end < 0 else line_end
            line = self._data[place:stop]
            if line_end >= 0:  # the end of the last line is with the empty one: a CR is part of it
                line = line.removesuffix(b"\r")
            if line[:1] in (b" ", b"\t") and name is not None:
                pieces.append(self._text(line, place))
            elif (found := _NAME.match(line)) is None:
                detail = f"expected 'name: value', saw {line[:_SHOWN_BYTES]!r}"
                self._flaw("bad-header-line", place, detail)
            else:
                if name is not None:
                    yield name, " ".join(pieces)
                if found.group(2):
                    self._flaw("bad-header-line", place, "expected no space before the colon")
                name = found.group(1).decode("ascii").lower()
                pieces = [self._text(line[found.end() :], place)]
            place = stop + 1
        if name is not None:
            yield name, " ".join(pieces)

    def _text(self, data: bytes, place: int) -> str:
        bare = data.strip(_WHITE)
        if not _VALUE.fullmatch(bare):
            detail = f"expected printable ASCII, saw {bare[:_SHOWN_BYTES]!r}"
            self._flaw("bad-header-line", place, detail)
        return bare.decode("latin-1")
