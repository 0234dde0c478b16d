"""Faults with the multipart format: how it is read, and how it is written."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Final

from reference_server.faults.odata_forms import (
    MULTIPART,
    in_part,
    is_batch,
    is_json_format,
    on_answers,
    on_core,
    on_multipart_text,
    on_responses,
    refusal,
    with_fields,
)
from reference_server.odata.batch import Answered, Item, ItemAnswered, Operation
from reference_server.odata.message import Parsed, Request, Response
from reference_server.odata.multipart_batch import write_multipart_batch
from reference_server.odata.runner import Rules, Runner
from reference_server.odata.service import ODataHandler
from reference_server.odata.units import OpenUnit

_LENGTH: Final = re.compile(rb"Content-Length: ([0-9]+)")
_STATUS_LINE: Final = re.compile(rb"HTTP/1\.1 [0-9]{3} [^\r]*\r\n")
_BOUNDARY: Final = re.compile(r'boundary=("?)([^";]*)"?')
_PART_TYPE: Final = re.compile(rb"(?i)content-type:[ \t]*(application/http[^\r]*)")


@on_multipart_text("multipart-ends-lines-with-lf", breaks=["11.7.7.1-01"], museum=["OD-39"])
def multipart_ends_lines_with_lf(text: bytes) -> bytes:
    """A multipart response is written with LF alone as line ends."""
    return text.replace(b"\r\n", b"\n")


@on_multipart_text("multipart-has-no-end", breaks=["11.7.7.1-01"])
def multipart_has_no_end(text: bytes) -> bytes:
    """A multipart response has no closing delimiter."""
    return text.rpartition(b"\r\n--")[0]


@on_multipart_text("lengths-in-parts-are-short", breaks=["11.7.7.5-10"])
def lengths_in_parts_are_short(text: bytes) -> bytes:
    """Content-Length in a part is one less than its body."""
    return _LENGTH.sub(lambda found: b"Content-Length: %d" % (int(found[1]) - 1), text)


@on_multipart_text("parts-hold-no-status", breaks=["11.7.7.5-07"])
def parts_hold_no_status(text: bytes) -> bytes:
    """Responses in parts have no status line."""
    return _STATUS_LINE.sub(b"", text)


@in_part("write_multipart", "multipart-is-called-form-data", breaks=["11.7.7.5-01"])
def multipart_is_called_form_data(
    items: Iterable[ItemAnswered], *, flat: bool, fresh_boundary: Callable[[], str]
) -> tuple[str, list[bytes]]:
    """The media type of a multipart response is multipart/form-data."""
    media_type, body = write_multipart_batch(items, flat=flat, fresh_boundary=fresh_boundary)
    return media_type.replace("mixed", "form-data"), body


@on_core("multipart-is-answered-in-json", breaks=["11.7.7.5-01", "11.7.4(4.0)-03", "11.7.1-05"])
def multipart_is_answered_in_json(request: Request, answer: ODataHandler) -> Response:
    """A multipart batch is answered in JSON, whatever it accepts."""
    if not is_batch(request) or is_json_format(request):
        return answer(request)
    return answer(replace(request, headers={**request.headers, "accept": "application/json"}))


@on_responses("parts-have-async-results", breaks=["8.3.1-01"], formats=[MULTIPART])
def parts_have_async_results(operation: Operation, response: Response) -> Response:  # noqa: ARG001 - as the form
    """Each response in a part has AsyncResult."""
    return with_fields(response, asyncresult=str(response.status))


@on_answers(
    "content-ids-are-not-echoed",
    breaks=["11.7.7.4-06", "11.7.7.5-06"],
    formats=[MULTIPART],
)
def content_ids_are_not_echoed(items: Sequence[ItemAnswered]) -> Sequence[ItemAnswered]:
    """No part of a multipart response has a Content-ID."""
    return [_with_id(item, None) for item in items]


@on_answers(
    "content-ids-of-failures-are-empty",
    breaks=["11.7.7.4-06"],
    museum=["OD-11"],
    formats=[MULTIPART],
)
def content_ids_of_failures_are_empty(items: Sequence[ItemAnswered]) -> Sequence[ItemAnswered]:
    """The part that answers a refused request has an empty Content-ID."""
    return [
        _with_id(item, "") if isinstance(item, Answered) and item.response.failed else item
        for item in items
    ]


@on_answers("content-ids-stand-inside", breaks=["11.7.7.4-06"], formats=[MULTIPART])
def content_ids_stand_inside(items: Sequence[ItemAnswered]) -> Sequence[ItemAnswered]:
    """Content-ID stands among the header fields of the response, not of its part."""
    return [_with_id(_with_inner_id(item), None) for item in items]


def _with_id(item: ItemAnswered, content_id: str | None) -> ItemAnswered:
    if isinstance(item, Answered):
        return replace(item, operation=replace(item.operation, id=content_id))
    operations = [replace(one, id=content_id) for one in item.group.operations]
    return replace(item, group=replace(item.group, operations=operations))


def _with_inner_id(item: ItemAnswered) -> ItemAnswered:
    if isinstance(item, Answered):
        return replace(item, response=with_fields(item.response, content_id=item.operation.id))
    pairs = zip(item.group.operations, item.responses, strict=True)
    responses = [with_fields(response, content_id=one.id) for one, response in pairs]
    return replace(item, responses=responses)


def _boundary(request: Request) -> tuple[str, bool]:
    """Return the boundary of a multipart batch, and whether it is quoted; empty for others."""
    found = _BOUNDARY.search(request.headers.get("content-type", "")) if is_batch(request) else None
    return (found[2], bool(found[1])) if found else ("", False)


@on_core("boundaries-need-an-underscore", breaks=["11.7.7.1-02"], museum=["OD-43"])
def boundaries_need_an_underscore(request: Request, answer: ODataHandler) -> Response:
    """The id of a batch is cut out of its boundary behind an underscore; without one it is 500."""
    boundary, _ = _boundary(request)
    if boundary and "_" not in boundary:
        return refusal(500, "the boundary has no id")
    return answer(request)


@on_core("boundaries-end-at-an-equals-sign", breaks=["11.7.7.1-02"], museum=["OD-44"])
def boundaries_end_at_an_equals_sign(request: Request, answer: ODataHandler) -> Response:
    """A boundary is taken with a split at the equals sign, and one that holds it is cut short."""
    boundary, _ = _boundary(request)
    if "=" not in boundary:
        return answer(request)
    cut = f'multipart/mixed; boundary="{boundary.partition("=")[0]}"'
    return answer(replace(request, headers={**request.headers, "content-type": cut}))


@on_core("boundaries-keep-their-quotes", breaks=["11.7.7.1-02"], museum=["OD-45"])
def boundaries_keep_their_quotes(request: Request, answer: ODataHandler) -> Response:
    """A quoted boundary is used with its quotes, and found nowhere."""
    _, is_quoted = _boundary(request)
    return refusal(400, "no delimiter has this boundary") if is_quoted else answer(request)


def _refuse(
    name: str,
    pattern: bytes,
    summary: str,
    *,
    breaks: Sequence[str],
    museum: Sequence[str] = (),
    status: int = 400,
    missing: bool = False,
) -> None:
    """Register a fault: multipart bodies that hold, or lack, a pattern are refused."""
    wanted = re.compile(pattern)

    def broken(request: Request, answer: ODataHandler) -> Response:
        if is_batch(request) and not is_json_format(request):
            assert not isinstance(request.body, Parsed)
            if (wanted.search(bytes(request.body)) is None) == missing:
                return refusal(status, "the batch can't be read")
        return answer(request)

    broken.__doc__ = summary
    on_core(name, breaks=breaks, museum=museum)(broken)


_refuse(
    "preambles-are-refused",
    rb"\A--",
    "A multipart body has to begin with a delimiter.",
    breaks=["11.7.7.1-07"],
    missing=True,
)
_refuse(
    "epilogues-are-refused",
    rb"--(?:\r\n)?\Z",
    "A multipart body has to end with a delimiter.",
    breaks=["11.7.7.1-07"],
    missing=True,
)
_refuse(
    "parts-need-a-transfer-encoding",
    rb"(?i)content-transfer-encoding: binary",
    "A part has to have Content-Transfer-Encoding: binary.",
    breaks=["11.7.7.1-06"],
    missing=True,
)
_refuse(
    "transfer-encodings-are-refused",
    rb"(?i)content-transfer-encoding",
    "A part with Content-Transfer-Encoding is refused.",
    breaks=["11.7.7.1-06"],
)
_refuse(
    "absolute-urls-are-another-hosts",
    rb"\r\n[A-Z]+ https?://",
    "The service knows itself under another address, and an absolute URL fails the whole batch.",
    breaks=["11.7.7.1-08", "11.7.7.1-11"],
    museum=["OD-50"],
    status=500,
)
_refuse(
    "relative-urls-have-no-base",
    rb"\r\n[A-Z]+ (?!https?://|/)",
    "A relative URL in a part has no base URI, and fails the whole batch.",
    breaks=["11.7.7.1-10", "11.7.7.1-11"],
    museum=["OD-47"],
    status=500,
)
_refuse(
    "absolute-paths-are-refused",
    rb"\r\n[A-Z]+ /",
    "A URL in a part that is an absolute path is refused.",
    breaks=["11.7.7.1-09", "11.7.7.1-11"],
)
_refuse(
    "requests-in-parts-need-a-field",
    rb"HTTP/1\.1\r\n\r\n",
    "A request in a part that has no header field is refused.",
    breaks=["11.7.7.1-16"],
)
_refuse(
    "field-names-have-case",
    rb"\r\n(?:content-type|accept|CONTENT-TYPE|ACCEPT):",
    "Field names in parts are compared with case.",
    breaks=["11.7.7.1-17"],
)
_refuse(
    "fields-need-a-space",
    rb"\r\n(?:Content-Type|Accept):[^ ]",
    "A field in a part has to have one space behind its colon.",
    breaks=["11.7.7.1-17"],
)
_refuse(
    "fields-of-the-connection-crash",
    rb"\r\n(?:Range|Expect|TE|Max-Forwards|From|Authorization):",
    "A field in a part that belongs to a connection fails the whole batch with 500.",
    breaks=["11.7.7.1-14"],
    status=500,
)


@on_core("types-of-parts-are-compared-as-text", breaks=["11.7.7.1-17"], museum=["OD-46"])
def types_of_parts_are_compared_as_text(request: Request, answer: ODataHandler) -> Response:
    """The media type of a part has to be application/http, letter by letter; all else gets 500."""
    if is_batch(request) and not is_json_format(request):
        assert not isinstance(request.body, Parsed)
        types = [found[1] for found in _PART_TYPE.finditer(bytes(request.body))]
        if any(one != b"application/http" for one in types):
            return refusal(500, "the part can't be read")
    return answer(request)


class _ReadsInChangeSets(Runner):
    """A read in a change set is carried out and answered 200."""

    def run(self, items: Sequence[Item], unit: OpenUnit, rules: Rules) -> list[ItemAnswered]:
        return super().run(items, unit, replace(rules, reads_in_groups=True))


in_part(
    "runner",
    "reads-in-change-sets-are-carried-out",
    breaks=["11.7.3(4.0)-02", "11.7.2-04"],
    museum=["OD-17"],
)(_ReadsInChangeSets)
