"""Faults with single changes in batches: what is done, in which order, under which conditions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from reference_server.errors import ServerError
from reference_server.faults.fault import Marks
from reference_server.faults.odata_forms import (
    JSON,
    MULTIPART,
    in_part,
    is_batch,
    on_core,
    on_operations,
    on_responses,
    refused_operation,
    register,
    with_fields,
)
from reference_server.json_text import Json, read
from reference_server.odata.batch import Item, ItemAnswered, Operation
from reference_server.odata.message import READS, Parsed, Request, Response
from reference_server.odata.multipart_batch import read_multipart_batch
from reference_server.odata.references import Resolver
from reference_server.odata.runner import Rules, Runner
from reference_server.odata.service import ODataHandler
from reference_server.odata.units import OpenUnit

_CREATED: Final = 201
_NO_CONTENT: Final = 204
_NOT_TRIED: Final = 424


def _read_without_single_changes(*given: Any, **named: Any) -> list[Item]:  # noqa: ANN401 - handed on
    def changed(item: Item) -> Item:
        if not isinstance(item, Operation) or item.request.method in READS:
            return item
        return refused_operation(item, 400, "changes stand in change sets")

    return [changed(item) for item in read_multipart_batch(*given, **named)]


register(
    Marks(name="changes-stand-in-change-sets-only", breaks=["11.7-03", "11.4-01"]),
    "A change outside of change sets is refused.",
    odata_parts={"read_multipart": _read_without_single_changes},
)


def _is_read(item: Item) -> bool:
    return isinstance(item, Operation) and item.request.method in READS


class _ReadsFirst(Runner):
    def run(self, items: Sequence[Item], unit: OpenUnit, rules: Rules) -> list[ItemAnswered]:
        if rules.reads_in_groups or any(map(_has_dependencies, items)):
            return super().run(items, unit, rules)
        return _in_order(items, lambda order: Runner.run(self, order, unit, rules))


class _DependentReadsFirst(Runner):
    def run(self, items: Sequence[Item], unit: OpenUnit, rules: Rules) -> list[ItemAnswered]:
        if not rules.reads_in_groups:
            return super().run(items, unit, rules)
        free = [
            replace(one, depends_on=()) if isinstance(one, Operation) and _is_read(one) else one
            for one in items
        ]
        return _in_order(free, lambda order: Runner.run(self, order, unit, rules))


def _has_dependencies(item: Item) -> bool:
    return isinstance(item, Operation) and bool(item.depends_on)


def _in_order(
    items: Sequence[Item], run: Callable[[Sequence[Item]], list[ItemAnswered]]
) -> list[ItemAnswered]:
    """Carry reads out before all else; answer in the order of the batch."""
    places = sorted(range(len(items)), key=lambda at: not _is_read(items[at]))
    answered = run([items[at] for at in places])
    return [one for _, one in sorted(zip(places, answered, strict=False), key=lambda it: it[0])]


register(
    Marks(
        name="reads-are-carried-out-first",
        breaks=["11.7.2-03", "11.7.7.4-01", "11.7.2(4.0)-01"],
    ),
    "The reads of a multipart batch are carried out before its changes.",
    odata_parts={"runner": _ReadsFirst},
)
register(
    Marks(name="dependent-reads-are-carried-out-first", breaks=["J19.4-02"]),
    "The reads of a JSON batch are carried out first, whatever they depend on.",
    odata_parts={"runner": _DependentReadsFirst},
)


@on_operations("changes-in-batches-are-not-made", breaks=["11.4-02"])
def changes_in_batches_are_not_made(operation: Operation) -> Operation:
    """A PATCH in a batch is answered well, and changes nothing."""
    if operation.request.method != "PATCH":
        return operation
    return replace(operation, request=replace(operation.request, body=Parsed({})))


@on_operations("deletions-in-batches-are-not-made", breaks=["11.4-02"])
def deletions_in_batches_are_not_made(operation: Operation) -> Operation:
    """A DELETE in a batch is answered well, and deletes nothing."""
    request = operation.request
    if request.method != "DELETE":
        return operation
    headers = {**request.headers, "content-type": "application/json"}
    changed = replace(request, method="PATCH", headers=headers, body=Parsed({}))
    return replace(operation, request=changed)


@on_operations("upserts-in-batches-are-refused", breaks=["11.4-03"])
def upserts_in_batches_are_refused(operation: Operation) -> Operation:
    """A PUT in a batch does not create, though one alone does."""
    return _with_field(operation, "if-match", "*") if _is_put(operation) else operation


def _is_put(operation: Operation) -> bool:
    headers = operation.request.headers
    return operation.request.method == "PUT" and not {"if-match", "if-none-match"} & set(headers)


def _with_field(operation: Operation, name: str, value: str | None) -> Operation:
    headers = {key: one for key, one in operation.request.headers.items() if key != name}
    if value is not None:
        headers[name] = value
    return replace(operation, request=replace(operation.request, headers=headers))


@on_operations("if-match-in-batches-is-ignored", breaks=["8.2.4-02", "8.2.4-05"])
def if_match_in_batches_is_ignored(operation: Operation) -> Operation:
    """If-Match of a request in a batch is not looked at."""
    return _with_field(operation, "if-match", None)


@on_operations("if-none-match-in-batches-is-ignored", breaks=["8.2.5-02", "8.2.5-03"])
def if_none_match_in_batches_is_ignored(operation: Operation) -> Operation:
    """If-None-Match of a request in a batch is not looked at."""
    return _with_field(operation, "if-none-match", None)


@on_operations("if-none-match-in-batches-always-holds", breaks=["8.2.5-02"])
def if_none_match_in_batches_always_holds(operation: Operation) -> Operation:
    """A read in a batch with any If-None-Match gets 304."""
    if operation.request.method != "GET" or "if-none-match" not in operation.request.headers:
        return operation
    return _with_field(operation, "if-none-match", "*")


@on_operations("if-match-in-batches-never-holds", breaks=["8.2.4-03"])
def if_match_in_batches_never_holds(operation: Operation) -> Operation:
    """A request in a batch with If-Match is refused."""
    if "if-match" not in operation.request.headers:
        return operation
    return refused_operation(operation, 412, "the entity has another ETag")


@on_operations("required-conditions-are-not-asked-for", breaks=["8.2.4-04"])
def required_conditions_are_not_asked_for(operation: Operation) -> Operation:
    """A change in a batch needs no If-Match, though one alone does."""
    if operation.request.method not in {"PATCH", "DELETE"}:
        return operation
    if {"if-match", "if-none-match"} & set(operation.request.headers):
        return operation
    return _with_field(operation, "if-match", "*")


@on_core("batches-have-etags", breaks=["8.3.2-01"])
def batches_have_etags(request: Request, answer: ODataHandler) -> Response:
    """The response to a batch has an ETag."""
    response = answer(request)
    return with_fields(response, etag='"batch"') if is_batch(request) else response


@on_responses("creations-tell-no-location", breaks=["8.3.3-01", "11.4-01"])
def creations_tell_no_location(_operation: Operation, response: Response) -> Response:
    """A creation in a batch is answered without Location."""
    return with_fields(response, location=None)


@on_responses("creations-without-content-tell-no-id", breaks=["8.3.4-01"])
def creations_without_content_tell_no_id(_operation: Operation, response: Response) -> Response:
    """A creation in a batch that is answered 204 has no OData-EntityId."""
    return with_fields(response, odata_entityid=None)


@on_responses("creations-are-201-without-content", breaks=["9.1-01"])
def creations_are_201_without_content(operation: Operation, response: Response) -> Response:
    """A creation in a batch is answered 201, and shows nothing of it."""
    if operation.request.method != "POST" or response.status not in {_CREATED, _NO_CONTENT}:
        return response
    return replace(with_fields(response, content_type=None), status=_CREATED, body=())


@in_part("runner", "refused-changes-are-made", breaks=["9.2-01"])
class RefusedChangesMade(Runner):
    """A change in a batch that is refused changes something all the same."""

    def _single(
        self,
        operation: Operation,
        unit: OpenUnit,
        rules: Rules,
        resolver: Resolver,
        later: Callable[[Request], Response | None] | None,
    ) -> Response:
        request = operation.request
        key = _key_in(request.body)
        response = super()._single(operation, unit, rules, resolver, later)
        if request.method in READS or not response.failed or response.status == _NOT_TRIED:
            return response
        kept: dict[str, Json] = {"name": "kept"}
        if request.method == "POST":
            kept = {"name": key, "_id": key}
        try:
            with unit(True) as work:  # noqa: FBT003 - see OpenUnit
                self._answer(replace(request, body=Parsed(kept)), work)
        except ServerError:
            pass
        return response


def _key_in(body: bytes | memoryview | Parsed) -> Json:
    value = body.value if isinstance(body, Parsed) else read(bytes(body) or b"{}", max_depth=9)
    return value.get("_id") if isinstance(value, dict) else None


@on_operations("texts-get-quotation-marks", breaks=["J19.1-23"], museum=["OD-28"], formats=[JSON])
def texts_get_quotation_marks(operation: Operation) -> Operation:
    """A body of a text type in a JSON batch is stored with quotation marks around it."""
    request = operation.request
    is_text = request.headers.get("content-type", "").startswith("text/")
    if not is_text or isinstance(request.body, Parsed):
        return operation
    return replace(operation, request=replace(request, body=b'"' + bytes(request.body) + b'"'))


@on_operations("parts-need-a-length", breaks=["11.7-04"], museum=["OD-42"], formats=[MULTIPART])
def parts_need_a_length(operation: Operation) -> Operation:
    """A request in a part with a body and without Content-Length is refused."""
    request = operation.request
    if not request.body or "content-length" in request.headers:
        return operation
    return refused_operation(operation, 400, "a body has a length")
