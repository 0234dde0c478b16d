"""The head of an HTTP/1.1 response, line by line (RFC 9112 sections 2 to 6)."""

import re
from dataclasses import dataclass
from typing import Final

from conformance.observe.defect import Defect
from conformance.words.json_value import Json

# RFC 9112 section 4: status-line = HTTP-version SP status-code SP [ reason-phrase ]
_STATUS_LINE: Final = re.compile(rb"HTTP/(\d)\.(\d) (\d{3}) ([\t\x20-\x7e\x80-\xff]*)")
# What clients overlook: the second SP left out, control characters, more digits.
_LOOSE_STATUS_LINE: Final = re.compile(rb"HTTP/(\d)\.(\d) (\d{3})(?: ([^\r\n]*))?")
# RFC 9110 section 5.5: field-content without the white space around it
_FIELD_VALUE: Final = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
# RFC 9110 section 5.6.2: token
_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_OWS: Final = b" \t"
_PARAMETER: Final = re.compile(r';[ \t]*([^\s=;"]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))[ \t]*')
# RFC 9110 section 15: "Values outside the range 100..599 are invalid."
_STATUS_CODES: Final = range(100, 600)
_STATUS_CONTINUE: Final = 100
_STATUS_OK: Final = 200
STATUS_NO_CONTENT: Final = 204
_STATUS_NOT_MODIFIED: Final = 304


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A status line and header fields; names in lower case, values as Latin-1 text."""

    version: str
    status: int
    reason: str
    fields: tuple[tuple[str, str], ...]

    def values(self, name: str) -> list[str]:
        """Return the values of each field line of this name, in order."""
        return [value for field, value in self.fields if field == name]

    def joined(self) -> dict[str, Json]:
        """Return one value a name, several lines joined by a comma (RFC 9110 section 5.3)."""
        headers: dict[str, str] = {}
        for name, value in self.fields:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return dict(headers)

    def elements(self, name: str) -> list[str]:
        """Return the elements of a comma-separated field in lower case (RFC 9110 section 5.6.1)."""
        parts = (part for value in self.values(name) for part in value.split(","))
        return [bare.lower() for part in parts if (bare := part.strip(" \t"))]

    @property
    def is_interim(self) -> bool:
        """Whether a final response is still to come (RFC 9110 section 15.2)."""
        return _STATUS_CONTINUE <= self.status < _STATUS_OK

    @property
    def forbids_body(self) -> bool:
        """Whether the status alone rules out a body (RFC 9112 section 6.3)."""
        return self.is_interim or self.status in (STATUS_NO_CONTENT, _STATUS_NOT_MODIFIED)

    @property
    def keeps_open(self) -> bool:
        """Whether the connection is offered for further requests (RFC 9112 section 9.3)."""
        options = self.elements("connection")
        return "close" not in options and (self.version >= "1.1" or "keep-alive" in options)


def is_status_line(data: bytes) -> bool:
    """Tell whether bytes may be, or grow into, an HTTP/1.x response."""
    wanted = b"HTTP/"
    return data[: len(wanted)] == wanted[: len(data)]


def read_head(block: bytes, *, at: int) -> tuple[Head | None, list[Defect]]:
    """Read a head without its closing empty line; None when it has no status line.

    Args:
        block: the lines of the head, with their line ends.
        at: offset of the block in the whole response.
    """
    defects: list[Defect] = []
    lines: list[tuple[int, bytes]] = []
    place = at
    *ended, last = block.split(b"\n")
    for line in ended:
        bare = line.removesuffix(b"\r")
        if bare == line:
            defects.append(_defect("bare-lf", place + len(line), "expected CR LF, saw LF alone"))
        lines.append((place, bare))
        place += len(line) + 1
    lines.append((place, last))  # its end is with the empty line: a CR here is part of it
    first_at, first = lines[0]
    status_line = _STATUS_LINE.fullmatch(first)
    if status_line is None:
        loose = _LOOSE_STATUS_LINE.match(first)
        defects.append(
            _defect("bad-status-line", first_at, f"expected a status line, saw {first[:60]!r}")
        )
        if loose is None:
            return None, defects
        status_line = loose
    major, minor, status, reason = status_line.groups(default=b"")
    if int(status) not in _STATUS_CODES:
        detail = f"expected a status code from 100 to 599, saw {status.decode()}"
        defects.append(_defect("bad-status-code", first_at, detail))
    fields = _read_fields(lines[1:], defects)
    head = Head(
        version=f"{major.decode()}.{minor.decode()}",
        status=int(status),
        reason=reason.decode("latin-1"),
        fields=tuple(fields),
    )
    return head, defects


def field_flaws(line: bytes, *, at: int, is_first: bool) -> list[Defect]:
    """Return what is wrong with one line of a trailer section (RFC 9112 section 7.1.2).

    Args:
        line: without its end.
        at: offset of the line in the whole response.
        is_first: nothing stands before it that it could be a fold of.
    """
    defects: list[Defect] = []
    if line[:1] in (b" ", b"\t") and not is_first:
        defects.append(_defect("folded-header", at, "expected one line a field, saw a fold"))
        _field_value(line, at, defects)
    else:
        _read_fields([(at, line)], defects)
    return defects


def _read_fields(lines: list[tuple[int, bytes]], defects: list[Defect]) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for at, line in lines:
        if not line:
            continue
        if line[:1] in (b" ", b"\t") and fields:
            defects.append(_defect("folded-header", at, "expected one line a field, saw a fold"))
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {_field_value(line, at, defects)}")
            continue
        name_bytes, colon, value_bytes = line.partition(b":")
        if not colon or not _TOKEN.fullmatch(name_bytes):
            defects.append(
                _defect("bad-header-line", at, f"expected 'name: value', saw {line[:60]!r}")
            )
            continue
        value = _field_value(value_bytes, at, defects)
        fields.append((name_bytes.decode("ascii").lower(), value))
    return fields


def _field_value(data: bytes, at: int, defects: list[Defect]) -> str:
    bare = data.strip(_OWS)
    if not _FIELD_VALUE.fullmatch(bare):
        detail = f"expected no control characters, saw {bare[:60]!r}"
        defects.append(_defect("bad-header-line", at, detail))
    return bare.decode("latin-1")


def read_media_type(value: str) -> dict[str, Json]:
    """Return `{essence, parameters}` of a Content-Type; names in lower case."""
    essence, _, rest = value.partition(";")
    parameters: dict[str, Json] = {}
    for name, quoted, plain in _PARAMETER.findall(f";{rest}"):
        text = re.sub(r"\\(.)", r"\1", quoted) if quoted else plain
        parameters.setdefault(name.lower(), text)
    return {"essence": essence.strip(" \t").lower(), "parameters": parameters}


def _defect(code: str, at: int, detail: str) -> Defect:
    return Defect(layer="http", code=code, at=at, detail=f"{detail} (RFC 9112)")
