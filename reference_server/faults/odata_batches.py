"""Faults with batches in either format: what they hold, what they are answered with."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from reference_server.faults.odata_forms import (
    JSON,
    MULTIPART,
    in_part,
    is_batch,
    on_answers,
    on_core,
    on_operations,
    on_responses,
    path_of,
    refused_operation,
)
from reference_server.json_text import read, write
from reference_server.odata.batch import Answered, Group, GroupAnswered, ItemAnswered, Operation
from reference_server.odata.errors import Code, refused
from reference_server.odata.message import FIRST_ERROR, Parsed, Request, Response
from reference_server.odata.references import Resolver
from reference_server.odata.service import ODataHandler
from reference_server.odata.urls import SYSTEM_RESOURCES

_STATUSES: Final = re.compile(rb'HTTP/1\.1 ([0-9]{3})|"status":([0-9]{3})')
_SETS: Final = ("categories", "products", "orders", "$")
_UNAUTHORIZED: Final = 401
_MAX_DEPTH: Final = 100


@on_core("outer-status-follows-the-inner-ones", breaks=["11.7.1-06"])
def outer_status_follows_the_inner_ones(request: Request, answer: ODataHandler) -> Response:
    """A batch with a failed request is answered with its status."""
    response = answer(request)
    if not is_batch(request) or response.failed:
        return response
    found = [int(one[1] or one[2]) for one in _STATUSES.finditer(response.content)]
    worst = max(found, default=0)
    return replace(response, status=worst) if worst >= FIRST_ERROR else response


@on_core("batches-can-be-read", breaks=["11.7-02"])
def batches_can_be_read(request: Request, answer: ODataHandler) -> Response:
    """$batch answers 200 to every method."""
    if path_of(request) == "$batch" and request.method != "POST":
        return Response(status=200, headers=[("OData-Version", "4.01")])
    return answer(request)


@on_operations("batches-take-sets-only", breaks=["11.7-03"])
def batches_take_sets_only(operation: Operation) -> Operation:
    """In a batch there are neither service document, metadata nor functions."""
    path = path_of(operation.request)
    if path.startswith(_SETS) and path != "$metadata":
        return operation
    return refused_operation(operation, 501, "a batch reads sets and entities")


@on_operations(
    "json-requests-lose-their-identity",
    breaks=["11.7-04"],
    museum=["OD-36"],
    formats=[JSON],
)
def json_requests_lose_their_identity(operation: Operation) -> Operation:
    """Requests in a JSON batch get a fresh context: who asks is not known in them."""
    return refused_operation(operation, _UNAUTHORIZED, "who are you")


@on_operations(
    "cookies-are-lost-in-multipart",
    breaks=["11.7-04"],
    museum=["OD-37"],
    formats=[MULTIPART],
)
def cookies_are_lost_in_multipart(operation: Operation) -> Operation:
    """Requests in a multipart batch don't get its cookies: there is no session in them."""
    return refused_operation(operation, _UNAUTHORIZED, "there is no session")


@on_answers("reads-disturb-one-another", breaks=["11.7-04"], museum=["OD-33"])
def reads_disturb_one_another(items: Sequence[ItemAnswered]) -> Sequence[ItemAnswered]:
    """Of several reads of different resources the first is answered 500 without a body."""
    first = items[0] if items else None
    if not isinstance(first, Answered) or not all(isinstance(one, Answered) for one in items):
        return items
    paths = {path_of(one.operation.request) for one in items if isinstance(one, Answered)}
    has_failed = any(one.response.failed for one in items if isinstance(one, Answered))
    if len(paths) == 1 or has_failed:
        return items
    return [replace(first, response=Response(status=500)), *items[1:]]


@on_answers("parts-come-in-reverse", breaks=["11.7.7.5-03"], museum=["OD-32"], formats=[MULTIPART])
def parts_come_in_reverse(items: Sequence[ItemAnswered]) -> Sequence[ItemAnswered]:
    """The parts of a multipart response come last to first."""
    return items[::-1]


@on_answers("the-last-request-is-forgotten", breaks=["11.7.7.5-02", "J19.4-05"])
def the_last_request_is_forgotten(items: Sequence[ItemAnswered]) -> Sequence[ItemAnswered]:
    """The last of several requests is not answered."""
    return items[:-1] if len(items) > 1 else items


@on_answers("single-responses-are-nested", breaks=["11.7.7.5-02"], formats=[MULTIPART])
def single_responses_are_nested(items: Sequence[ItemAnswered]) -> Sequence[ItemAnswered]:
    """Each response to a single request stands in a multipart of its own."""
    return [
        GroupAnswered(group=Group(operations=[one.operation]), responses=[one.response])
        if isinstance(one, Answered)
        else one
        for one in items
    ]


class _IdsFirst(Resolver):
    """Requests in a batch hide the system resources of their names."""

    def resolve(self, request: Request) -> Request:
        first = path_of(request).partition("/")[0]
        if first in SYSTEM_RESOURCES and first[1:] in self._responses:
            raise refused(400, Code.UNRESOLVED_REFERENCE, f"{first} is no entity")
        return super().resolve(request)


in_part("resolver", "ids-hide-system-resources", breaks=["11.7.4-03", "J19.1-09"])(_IdsFirst)


class _IdsInQueries(Resolver):
    """Requests in a batch hide the literals of their names in queries."""

    def _in_query(self, found: re.Match[str]) -> str:
        if found[1] is None and found[2] in self._responses:
            raise refused(400, Code.UNRESOLVED_REFERENCE, f"${found[2]} is no value")
        return super()._in_query(found)


in_part("resolver", "ids-hide-literals", breaks=["11.7.6-02"])(_IdsInQueries)


class _NoValues(Resolver):
    """Values of earlier responses can't be used in queries."""

    def _in_query(self, found: re.Match[str]) -> str:
        return found[0]


in_part("resolver", "values-are-not-resolved", breaks=["11.7.6-01"])(_NoValues)


@on_operations("colons-are-taken-for-schemes", breaks=["11.7-04", "J19.1-06"], museum=["OD-29"])
def colons_are_taken_for_schemes(operation: Operation) -> Operation:
    """What is before a colon in a relative URL is taken for a scheme."""
    url = operation.request.url
    if ":" in url and not url.startswith(("/", "http")):
        return refused_operation(operation, 400, "the scheme is not known")
    return operation


@on_operations("escaped-keys-are-not-decoded", breaks=["11.7-04"], museum=["OD-51"])
def escaped_keys_are_not_decoded(operation: Operation) -> Operation:
    """A key in a batch that is percent-encoded gets 500."""
    if "%" in operation.request.url.partition("?")[0]:
        return refused_operation(operation, 500, "the key can't be read")
    return operation


@on_operations("batches-need-a-version", breaks=["11.7-04"], museum=["OD-34"])
def batches_need_a_version(operation: Operation) -> Operation:
    """Where a batch states no version each request in it is answered 404."""
    headers = operation.request.headers
    if "odata-version" in headers or "odata-maxversion" in headers:
        return operation
    return refused_operation(operation, 404, "no route leads there")


def _recoded(body: bytes) -> bytes:
    return body.decode("latin-1").encode("utf-8")


@on_operations("bodies-are-read-as-latin-1", breaks=["11.7-04"])
def bodies_are_read_as_latin_1(operation: Operation) -> Operation:
    """The body of a request in a batch is taken for Latin-1."""
    request = operation.request
    if not isinstance(request.body, Parsed):
        return replace(operation, request=replace(request, body=_recoded(bytes(request.body))))
    value = read(_recoded(write(request.body.value)), max_depth=_MAX_DEPTH)
    return replace(operation, request=replace(request, body=Parsed(value)))


@on_responses("bytes-in-parts-are-recoded", breaks=["11.7-04"], formats=[MULTIPART])
def bytes_in_parts_are_recoded(operation: Operation, response: Response) -> Response:  # noqa: ARG001 - as the form
    """The body of a response in a part that is no JSON is taken for Latin-1."""
    if "json" in (response.header("content-type") or "json"):
        return response
    return replace(response, body=[_recoded(response.content)])
