"""One HTTP response as the body of an `application/http` part (RFC 9112, OData 11.7.7.5).

Knows status line, header fields and body of one whole message, whose end is the end of its bytes.
Refuses to know what the body holds. Nothing is repaired: a Content-Length that is not the size of
the body is a defect, and the body is what is there.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final

from conformance.observe.bounded_defects import BoundedDefects
from conformance.observe.defect import Defect
from conformance.observe.http import MAX_HEAD_BYTES
from conformance.observe.http_head import STATUS_NO_CONTENT, Head, is_status_line, read_head

_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")
_FOLD: Final = re.compile(rb"\n[ \t]")
# More lines of one field than any server folds; each costs a copy of those before it.
MAX_FOLDS: Final = 256
# RFC 9112 section 3: request-line, the mark of a server that echoes what it got
_REQUEST_LINE: Final = re.compile(rb"[A-Z]+ [^\r\n]* ?HTTP/")
_DIGITS: Final = re.compile(r"[0-9]{1,16}")
_SHOWN_BYTES: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpMessage:
    """What the bytes of one message were seen to be.

    `head` is None when they begin with no status line; then all is `body`. `body_at` counts from
    the start of the outermost body. `declared_length` is Content-Length where it is one number.
    """

    head: Head | None
    body_at: int
    body: bytes
    declared_length: int | None
    defects: tuple[Defect, ...]


def read_message(data: bytes, *, at: int = 0) -> HttpMessage:
    """Read one whole response.

    Args:
        data: from the status line to the end of the body.
        at: offset of `data` in the outermost body, which all offsets count from.

    Spec: ODATA-11.7.7.5-07, ODATA-11.7.7.5-10
    """
    defects = BoundedDefects("http")
    start = len(data) - len(data.lstrip(b"\r\n"))
    if start:
        defects.flaw("blank-line-before-head", at, "expected a status line, saw an empty line")
    found = _find_head(data, start, at, defects)
    if found is None:
        return _without_head(data, at, defects)
    block, body_start = found
    head, head_defects = read_head(block, at=at + start)
    defects.take(head_defects)
    if head is None:
        return _without_head(data, at, defects)
    body = data[body_start:]
    declared = _check_length(head, body, at=at + start, defects=defects)
    _check_framing(head, body, at=at + body_start, defects=defects)
    return HttpMessage(
        head=head,
        body_at=at + body_start,
        body=body,
        declared_length=declared,
        defects=tuple(defects.kept),
    )


def joined_fields(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return one value a name, several of a name joined by a comma (RFC 9110 section 5.3)."""
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value)
    return {name: ", ".join(several) for name, several in values.items()}


def _without_head(data: bytes, at: int, defects: BoundedDefects) -> HttpMessage:
    kept = tuple(defects.kept)
    return HttpMessage(head=None, body_at=at, body=data, declared_length=None, defects=kept)


def _find_head(
    data: bytes, start: int, at: int, defects: BoundedDefects
) -> tuple[bytes, int] | None:
    """Return the lines of the head, and where the body begins; None when there is no head."""
    if start == len(data):
        defects.flaw("empty-message", at + start, "expected a status line, saw nothing")
        return None
    seen = data[start : start + _SHOWN_BYTES]
    if not is_status_line(data[start : start + 5]):
        is_request = _REQUEST_LINE.match(data[start : start + MAX_HEAD_BYTES].split(b"\n")[0])
        code = "request-line" if is_request else "no-status-line"
        defects.flaw(code, at + start, f"expected a status line, saw {seen!r}")
        return None
    end = _HEAD_END.search(data, start, start + MAX_HEAD_BYTES)
    if end is not None:
        block, body_start = data[start : end.start()], end.end()
        _check_ends(end.group(), at + end.start(), defects)
    elif len(data) - start >= MAX_HEAD_BYTES:
        defects.flaw("endless-head", at + start, f"expected a head of {MAX_HEAD_BYTES} bytes")
        return None
    else:
        # The line end before the delimiter belongs to the delimiter, and was not sent twice.
        defects.flaw("unended-head", at + len(data), "expected an empty line behind the head")
        block, body_start = data[start:], len(data)
    folds = [fold.start() for fold in islice(_FOLD.finditer(block), MAX_FOLDS + 1)]
    if len(folds) > MAX_FOLDS:
        defects.flaw("endless-head", at + start, f"expected at most {MAX_FOLDS} folded lines")
        block = block[: folds[-1]].removesuffix(b"\r")
    return block, body_start


def _check_ends(ends: bytes, at: int, defects: BoundedDefects) -> None:
    if ends == b"\r\n\r\n":
        return
    lone_at = at + (2 if ends == b"\r\n\n" else 0)
    defects.flaw("bare-lf", lone_at, "expected CR LF twice, saw LF (RFC 9112)")


def _check_length(head: Head, body: bytes, *, at: int, defects: BoundedDefects) -> int | None:
    values = head.values("content-length")
    texts = {part.strip(" \t") for value in values for part in value.split(",")}
    if len(texts) > 1:
        defects.flaw("length-conflict", at, f"expected one length, saw {sorted(texts)[:3]}")
    if len(texts) != 1:
        return None
    text = texts.pop()
    if not _DIGITS.fullmatch(text):
        defects.flaw("bad-length", at, f"expected digits in Content-Length, saw {text[:40]!r}")
        return None
    declared = int(text)
    if head.status == STATUS_NO_CONTENT:
        defects.flaw("length-on-204", at, "expected no Content-Length (RFC 9110 section 8.6)")
    if declared != len(body) and not (head.forbids_body and not body):
        detail = f"expected {declared} bytes by Content-Length, saw {len(body)}"
        defects.flaw("length-mismatch", at, detail)
    return declared


def _check_framing(head: Head, body: bytes, *, at: int, defects: BoundedDefects) -> None:
    if head.values("transfer-encoding"):
        detail = "expected no transfer coding in a part, saw Transfer-Encoding"
        defects.flaw("transfer-coding-in-part", at, detail)
    if body and head.forbids_body:
        detail = f"expected no body (RFC 9112 section 6.3), saw {len(body)} bytes"
        defects.flaw(f"body-on-{head.status}", at, detail)
