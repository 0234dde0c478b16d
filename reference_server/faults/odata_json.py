"""Faults with the JSON format: how it is read, and how it is written."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from reference_server.errors import JsonTextError
from reference_server.faults.odata_forms import (
    JSON,
    in_part,
    is_batch,
    is_json_format,
    on_answers,
    on_core,
    on_json_text,
    on_operations,
    on_responses,
    refusal,
    refused_operation,
)
from reference_server.json_text import Json, read, write
from reference_server.odata.batch import Answered, ItemAnswered, Operation
from reference_server.odata.errors import Code
from reference_server.odata.json_batch import write_json_batch
from reference_server.odata.message import METHODS, Parsed, Request, Response
from reference_server.odata.service import ODataHandler

_MAX_DEPTH: Final = 100
_NULL_ID: Final = "null~"
_TYPE: Final = re.compile(rb'"content-type":"[^"]*",|,"content-type":"[^"]*"')
_STATUS: Final = re.compile(rb'"status":([0-9]{3}),"headers"')
_BYTES: Final = re.compile(rb'"body":"([A-Za-z0-9_-]+={0,2})"')
_UNBODIED: Final = re.compile(rb',"x-unbodied":"1"\}\}')


@in_part("write_json", "empty-bodies-break-the-json", breaks=["J19.5-01"], museum=["OD-25"])
def empty_bodies_break_the_json(items: Sequence[ItemAnswered]) -> list[bytes]:
    """A response without a body is written with a member body and nothing behind the colon."""
    marked = [
        replace(item, response=_unbodied(item.response))
        if isinstance(item, Answered) and item.response.failed
        else item
        for item in items
    ]
    return [_UNBODIED.sub(rb'},"body" : }', b"".join(write_json_batch(marked)))]


def _unbodied(response: Response) -> Response:
    return replace(response, headers=[*response.headers, ("x-unbodied", "1")], body=())


@on_json_text("header-names-have-capitals", breaks=["J19.5-08"], museum=["OD-19"])
def header_names_have_capitals(text: bytes) -> bytes:
    """Header names in response objects are written as in HTTP."""
    return text.replace(b'"content-type":', b'"Content-Type":')


@on_json_text("statuses-are-texts", breaks=["J19.5-07"])
def statuses_are_texts(text: bytes) -> bytes:
    """The member status is a string."""
    return _STATUS.sub(rb'"status":"\1","headers"', text)


@in_part("write_json", "refused-requests-lose-their-id", breaks=["J19.4-05"], museum=["OD-27"])
def refused_requests_lose_their_id(items: Sequence[ItemAnswered]) -> list[bytes]:
    """Behind a failed request all ids are null, and the other statuses 200 without content."""
    written: list[ItemAnswered] = []
    has_failed = False
    for item in items:
        if not isinstance(item, Answered) or not (has_failed or item.response.failed):
            written.append(item)
            continue
        operation = replace(item.operation, id=_NULL_ID)
        response = Response(status=200) if has_failed else item.response
        written.append(Answered(operation=operation, response=response))
        has_failed = True
    text = b"".join(write_json_batch(written))
    return [text.replace(f'"id":"{_NULL_ID}"'.encode(), b'"id":null')]


@on_json_text("json-batches-have-a-context", breaks=["J19.5-01"])
def json_batches_have_a_context(text: bytes) -> bytes:
    """The response to a JSON batch has a context URL."""
    return text.replace(b"{", b'{"@context":"$metadata",', 1)


@on_json_text("json-bodies-are-texts", breaks=["J19.5-09"])
def json_bodies_are_texts(text: bytes) -> bytes:
    """A JSON body in a response object is a string that holds the JSON."""
    batch = read(text, max_depth=_MAX_DEPTH)
    assert isinstance(batch, dict)
    responses = batch["responses"]
    assert isinstance(responses, list)
    for one in responses:
        assert isinstance(one, dict)
        if isinstance(one.get("body"), dict):
            one["body"] = write(one["body"]).decode()
    return write(batch)


@on_json_text("media-types-are-left-out", breaks=["J19.5-10"])
def media_types_are_left_out(text: bytes) -> bytes:
    """No response object names the media type of its body."""
    return _TYPE.sub(b"", text)


@on_json_text("bytes-are-plain-base64", breaks=["J19.5-09"])
def bytes_are_plain_base64(text: bytes) -> bytes:
    """Binary bodies are in base64 with the alphabet that URLs can't hold."""
    swapped = bytes.maketrans(b"-_", b"+/")
    return _BYTES.sub(lambda found: b'"body":"' + found[1].translate(swapped) + b'"', text)


@on_responses("texts-are-quoted", breaks=["J19.1-23", "J19.5-09"], formats=[JSON])
def texts_are_quoted(operation: Operation, response: Response) -> Response:  # noqa: ARG001 - as the form
    """A text body has quotation marks around it."""
    if not (response.header("content-type") or "").startswith("text/"):
        return response
    return replace(response, body=[b'"', response.content, b'"'])


def _refuse(name: str, pattern: bytes, summary: str, *, breaks: Sequence[str]) -> None:
    """Register a fault: JSON batches that hold a pattern are refused."""
    wanted = re.compile(pattern)

    def broken(request: Request, answer: ODataHandler) -> Response:
        if is_batch(request) and is_json_format(request) and wanted.search(_text(request)):
            return refusal(400, "the batch can't be read")
        return answer(request)

    broken.__doc__ = summary
    on_core(name, breaks=breaks)(broken)


def _text(request: Request) -> bytes:
    assert not isinstance(request.body, Parsed)
    return bytes(request.body)


_refuse(
    "methods-have-case",
    rb'"method":"(?![a-z]+")',
    "The member method has to be in lower case.",
    breaks=["J19.1-05"],
)
_refuse(
    "null-is-a-body",
    rb'"body":null',
    "A read whose body is null is refused for its body.",
    breaks=["J19.1-22"],
)
_refuse(
    "annotations-are-refused",
    rb'"@',
    "A batch object with an annotation is refused.",
    breaks=["J19.1-01"],
)
_refuse(
    "headers-are-required",
    rb'\{(?:"(?:id|method|url)":"[^"]*",?)+\}',
    "A request without the member headers is refused.",
    breaks=["J19.1-21"],
)


_refuse(
    "bodies-need-a-media-type",
    rb'"headers":\{\}[^{}]*"body":',
    "A request with a body and no media type is refused.",
    breaks=["J19.1-21"],
)


@on_operations("bodies-that-are-no-json-crash", breaks=["J19.1-23"], formats=[JSON])
def bodies_that_are_no_json_crash(operation: Operation) -> Operation:
    """A request of a JSON batch with a body of another type than JSON is answered 500."""
    if "json" in operation.request.headers.get("content-type", "json"):
        return operation
    return refused_operation(operation, 500, "the body is a string")


@on_operations("bodies-of-a-wrong-type-crash", breaks=["J19.1-23", "11.7.1-09"], formats=[JSON])
def bodies_of_a_wrong_type_crash(operation: Operation) -> Operation:
    """A request of a JSON batch whose body is not what its type says is answered 500."""
    refusal = operation.refusal
    if refusal is None or refusal.code != Code.INVALID_BODY:
        return operation
    return refused_operation(operation, 500, "the body is no string")


@on_core("json-is-for-4-01-only", breaks=["C40-ADV-02"])
def json_is_for_4_01_only(request: Request, answer: ODataHandler) -> Response:
    """A JSON batch of a client that knows 4.0 only is refused, as a service is free to do."""
    is_old = request.headers.get("odata-maxversion") == "4.0"
    if is_batch(request) and is_json_format(request) and is_old:
        return refusal(400, "a batch in JSON is of 4.01")
    return answer(request)


@on_operations("unknown-methods-read", breaks=["J19.1-05"], formats=[JSON])
def unknown_methods_read(operation: Operation) -> Operation:
    """A request with an unknown method is carried out as a read."""
    request = operation.request
    if request.method in METHODS:
        return operation
    return replace(operation, request=replace(request, method="GET"))


@on_operations("absolute-paths-in-json-are-refused", breaks=["J19.1-06"], formats=[JSON])
def absolute_paths_in_json_are_refused(operation: Operation) -> Operation:
    """A URL that is an absolute path leads to nothing."""
    if operation.request.url.startswith("/"):
        return refused_operation(operation, 404, "there is no such resource here")
    return operation


@on_answers("json-stops-at-errors", breaks=["J19.4-03", "CAP-04"], museum=["OD-23"], formats=[JSON])
def json_stops_at_errors(items: Sequence[ItemAnswered]) -> Sequence[ItemAnswered]:
    """Behind the first failed request all others of a JSON batch are answered 424."""
    written: list[ItemAnswered] = []
    has_failed = False
    for item in items:
        if has_failed and isinstance(item, Answered):
            written.append(replace(item, response=refusal(424, "an earlier request failed")))
            continue
        has_failed = has_failed or (isinstance(item, Answered) and item.response.failed)
        written.append(item)
    return written


@on_answers("json-answers-lose-the-order", breaks=["J19.5-03"], formats=[JSON])
def json_answers_lose_the_order(items: Sequence[ItemAnswered]) -> Sequence[ItemAnswered]:
    """Response objects come last to first, those to a multipart batch too."""
    return items[::-1]


@on_operations(
    "dependencies-are-ignored",
    breaks=["11.7.2-02", "J19.1-16", "9.2.6-01"],
    formats=[JSON],
)
def dependencies_are_ignored(operation: Operation) -> Operation:
    """A request is carried out whatever became of those that it depends on."""
    return replace(operation, depends_on=())


@on_operations("dependents-always-fail", breaks=["11.7.2-02"], formats=[JSON])
def dependents_always_fail(operation: Operation) -> Operation:
    """A request that depends on others is answered 424, whatever became of them."""
    if not operation.depends_on:
        return operation
    return refused_operation(operation, 424, "it depends on others")


@on_operations("batches-nest", breaks=["J19.1-02"], formats=[JSON])
def batches_nest(operation: Operation) -> Operation:
    """A batch in a batch is answered 200."""
    request = operation.request
    if not request.url.startswith("$batch"):
        return operation
    return replace(operation, request=replace(request, method="GET", url="categories", body=b""))


def _rewriting(
    name: str,
    change: Callable[[list[dict[str, Json]]], Sequence[Json]],
    *,
    breaks: Sequence[str],
    museum: Sequence[str] = (),
) -> None:
    """Register a fault: a JSON batch is read as if its requests were others."""

    def broken(request: Request, answer: ODataHandler) -> Response:
        if not is_batch(request) or not is_json_format(request):
            return answer(request)
        try:
            batch = read(_text(request), max_depth=_MAX_DEPTH)
        except JsonTextError:
            return answer(request)
        requests = batch.get("requests") if isinstance(batch, dict) else None
        if not isinstance(requests, list) or not all(isinstance(one, dict) for one in requests):
            return answer(request)
        known = [one for one in requests if isinstance(one, dict)]
        body = write({"requests": list(change(known))})
        return answer(replace(request, body=body))

    broken.__doc__ = change.__doc__
    on_core(name, breaks=breaks, museum=museum)(broken)


def _without_forward_references(requests: list[dict[str, Json]]) -> Sequence[Json]:
    """A request may depend on a later one, and both are carried out."""
    earlier: set[Json] = set()
    for one in requests:
        names = one.get("dependsOn")
        if isinstance(names, list):
            one["dependsOn"] = [name for name in names if name in earlier]
        earlier |= {str(one.get("id")), str(one.get("atomicityGroup"))}
    return requests


_rewriting(
    "later-requests-may-be-depended-on",
    _without_forward_references,
    breaks=["J19.1-13"],
    museum=["OD-21"],
)


def _torn_groups_together(requests: list[dict[str, Json]]) -> Sequence[Json]:
    """Requests of one group need not stand together."""
    order: dict[str, list[Json]] = {}
    for index, one in enumerate(requests):
        order.setdefault(str(one.get("atomicityGroup", f" {index}")), []).append(one)
    return [one for members in order.values() for one in members]


_rewriting(
    "groups-need-not-stand-together",
    _torn_groups_together,
    breaks=["J19.1-11"],
    museum=["OD-22"],
)


def _ids_in_lower_case(requests: list[dict[str, Json]]) -> Sequence[Json]:
    """Ids are compared without case, so that two that differ in it are one."""
    for one in requests:
        if isinstance(name := one.get("id"), str):
            one["id"] = name.lower()
    return requests


_rewriting("ids-have-no-case", _ids_in_lower_case, breaks=["11.7.3-02"])
