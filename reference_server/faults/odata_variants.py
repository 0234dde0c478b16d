"""Legal choices of OData services: they break nothing, and nothing may turn red by them."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Final

from reference_server.faults.fault import Marks
from reference_server.faults.odata_forms import (
    is_batch,
    is_json_format,
    on_answers,
    on_core,
    on_operations,
    path_of,
    refusal,
    register,
    with_fields,
)
from reference_server.json_text import read, write
from reference_server.odata.batch import Answered, ItemAnswered, Operation
from reference_server.odata.message import Fields, Parsed, Request, Response
from reference_server.odata.service import ODataHandler
from reference_server.odata.urls import MONITORS
from reference_server.odata.versions import LATEST, Version, version_of

_MAX_DEPTH: Final = 100
_MANY: Final = 60
_PAGE: Final = 5
_REQUESTS: Final = re.compile(rb'HTTP/1\.1\r\n|"method":')
_BATCH_TERMS: Final = re.compile(
    rb'(?<=<Annotation Term="Capabilities.BatchSupported" )Bool="true"'
    rb'|(?<=<Annotation Term="Capabilities.BatchContinueOnErrorSupported" )Bool="true"'
    rb'|(?<=<PropertyValue Property="Supported" )Bool="true"'
    rb'|(?<=<PropertyValue Property="ContinueOnErrorSupported" )Bool="true"'
)


@on_core("legal-batches-have-a-limit", breaks=[])
def batches_have_a_limit(request: Request, answer: ODataHandler) -> Response:
    """A batch of more than 60 requests is refused."""
    if is_batch(request):
        assert not isinstance(request.body, Parsed)
        if len(_REQUESTS.findall(bytes(request.body))) > _MANY:
            return refusal(413, "a batch of more than 60 requests")
    return answer(request)


def _declared_off(answer: ODataHandler) -> ODataHandler:
    def handle(request: Request) -> Response:
        if path_of(request) == "$batch":
            return refusal(501, "there is no $batch here")
        response = answer(request)
        if path_of(request) != "$metadata" or response.failed:
            return response
        text = _BATCH_TERMS.sub(b'Bool="false"', response.content)
        for name in (b".Batch", b".BatchContinueOnError", b'"', b'"ContinueOnError'):
            text = text.replace(name + b'Supported":true', name + b'Supported":false')
        return replace(response, body=[text])

    return handle


register(
    Marks(name="legal-batches-are-declared-off", breaks=[]),
    "There are no batches, and the metadata says so.",
    wrap_odata=_declared_off,
)


class _Pages:
    """Cuts results after five responses, and keeps what is left under fresh URLs."""

    def __init__(self, answer: ODataHandler) -> None:
        self._answer = answer
        self._left: dict[str, Response] = {}
        self._numbers = count(1)

    def __call__(self, request: Request) -> Response:
        response = self._left.pop(path_of(request), None) or self._answer(request)
        is_result = is_batch(request) or path_of(request).startswith(f"{MONITORS}/")
        if not is_result or response.status != 200:
            return response
        media_type = response.header("content-type") or ""
        if media_type.startswith("application/json"):
            return self._json(request, response)
        if media_type.startswith("multipart/mixed") and not is_batch(request):
            return self._multipart(request, response, media_type.partition("boundary=")[2])
        return response

    def _keep(self, request: Request, response: Response) -> str:
        path = f"{MONITORS}/page-{next(self._numbers)}"
        self._left[path] = response
        return f"{request.root}/{path}"

    def _json(self, request: Request, response: Response) -> Response:
        batch = read(response.content, max_depth=_MAX_DEPTH)
        responses = batch.get("responses") if isinstance(batch, dict) else None
        if not isinstance(responses, list) or len(responses) <= _PAGE:
            return response
        if b'"atomicityGroup"' in response.content:
            return response  # all or nothing comes at once
        left = replace(response, body=[write({"responses": responses[_PAGE:]})])
        link = self._keep(request, left)
        text = write({"@nextLink": link, "responses": responses[:_PAGE]})
        return replace(response, body=[text])

    def _multipart(self, request: Request, response: Response, boundary: str) -> Response:
        delimiter = f"\r\n--{boundary}".encode()
        parts = (b"\r\n" + response.content).split(delimiter)
        before, inside, end = parts[0], parts[1:-1], parts[-1]
        if len(inside) <= _PAGE:
            return response

        def joined(pieces: list[bytes]) -> bytes:
            return delimiter.join([before, *pieces, end]).removeprefix(b"\r\n")

        left = replace(response, body=[joined(inside[_PAGE:])])
        link = self._keep(request, left)
        promise = (
            "\r\nContent-Type: application/http\r\n\r\n"
            f"HTTP/1.1 202 Accepted\r\nLocation: {link}\r\n\r\n"
        )
        return replace(response, body=[joined([*inside[:_PAGE], promise.encode()])])


register(
    Marks(name="legal-results-come-in-pages", breaks=[]),
    "Results of more than five responses come in pieces that lead on.",
    wrap_odata=_Pages,
)


@on_operations("legal-bodies-of-reads-are-ignored", breaks=[])
def bodies_of_reads_are_ignored(operation: Operation) -> Operation:
    """A read with a body is carried out."""
    if operation.refusal is not None and operation.refusal.target == "body":
        return replace(operation, refusal=None)
    return operation


@on_operations("legal-page-sizes-are-ignored", breaks=[])
def page_sizes_are_ignored(operation: Operation) -> Operation:
    """A read in a batch is not cut to the page that it prefers."""
    headers = dict(operation.request.headers)
    if "maxpagesize" in headers.get("prefer", ""):
        del headers["prefer"]
    return replace(operation, request=replace(operation.request, headers=headers))


@on_core("legal-parameters-of-json-are-refused", breaks=[])
def parameters_of_json_are_refused(request: Request, answer: ODataHandler) -> Response:
    """A JSON batch whose media type has parameters is refused."""
    if is_batch(request) and is_json_format(request) and ";" in request.headers["content-type"]:
        return refusal(415, "only application/json is taken")
    return answer(request)


@on_answers("legal-errors-have-no-body", breaks=[])
def errors_have_no_body(items: Sequence[ItemAnswered]) -> Sequence[ItemAnswered]:
    """A single request that fails in a batch has a status and nothing else."""
    return [
        replace(item, response=_without_body(item.response))
        if isinstance(item, Answered) and item.response.failed
        else item
        for item in items
    ]


def _without_body(response: Response) -> Response:
    return replace(with_fields(response, content_type=None, content_language=None), body=[])


def _of_4_0(answer: ODataHandler) -> ODataHandler:
    def handle(request: Request) -> Response:
        if is_batch(request) and is_json_format(request):
            return refusal(415, "only multipart is taken")
        response = answer(request)
        if path_of(request) != "$metadata" or response.failed:
            return response
        text = response.content.replace(b"4.0 4.01", b"4.0")
        text = text.replace(b"<String>application/json</String></Collection></PropertyValue>", b"")
        text = text.replace(
            b"<String>multipart/mixed</String>",
            b"<String>multipart/mixed</String></Collection></PropertyValue>",
        )
        return replace(response, body=[text.replace(b',"application/json"]}', b"]}")])

    return handle


def _always_4_0(headers: Fields, inherited: Version = LATEST) -> Version:
    version_of(headers, inherited)  # refuses what it does not know
    return Version.V4


register(
    Marks(name="legal-service-of-4-0", breaks=[]),
    "The service speaks 4.0 alone, and takes multipart batches alone.",
    wrap_odata=_of_4_0,
    odata_parts={"version_of": _always_4_0},
)
