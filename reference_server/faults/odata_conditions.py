"""Faults with what a service may do or not: conditions, languages."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from reference_server.faults.fault import Marks
from reference_server.faults.odata_forms import path_of, refused_operation, register, with_fields
from reference_server.odata.batch import Answered, Group, Item, ItemAnswered, Operation
from reference_server.odata.json_batch import read_json_batch, write_json_batch
from reference_server.odata.message import Fields, Request, Response
from reference_server.odata.multipart_batch import write_multipart_batch
from reference_server.odata.parts import inherited_fields
from reference_server.odata.service import ODataHandler

_TERM: Final = b"RequestDependencyConditionsSupported"
_GERMAN: Final = "de"
_SUCCEEDED: Final = "$succeeded"


def _denying_conditions(answer: ODataHandler) -> ODataHandler:
    def handle(request: Request) -> Response:
        response = answer(request)
        if path_of(request) != "$metadata" or response.failed:
            return response
        text = response.content.replace(_TERM + b'" Bool="true"', _TERM + b'" Bool="false"')
        return replace(response, body=[text.replace(_TERM + b'":true', _TERM + b'":false')])

    return handle


def _read_without(*given: Any, **named: Any) -> list[Item]:  # noqa: ANN401 - handed on
    """Read a JSON batch, and forget its conditions."""
    return [_each(item, _forgotten) for item in read_json_batch(*given, **named)]


def _read_refusing(*given: Any, **named: Any) -> list[Item]:  # noqa: ANN401 - handed on
    """Read a JSON batch, and fail the requests that have conditions."""
    return [_each(item, _failed) for item in read_json_batch(*given, **named)]


def _each(item: Item, change: Any) -> Item:  # noqa: ANN401 - one of those below
    if isinstance(item, Group):
        return replace(item, operations=[change(one) for one in item.operations])
    changed: Operation = change(item)
    return changed


def _forgotten(operation: Operation) -> Operation:
    return replace(operation, condition=None)


def _if_boolean(operation: Operation) -> Operation:
    condition = operation.condition
    is_boolean = condition is None or _SUCCEEDED in condition
    return operation if is_boolean else _forgotten(operation)


def _read_without_others(*given: Any, **named: Any) -> list[Item]:  # noqa: ANN401 - handed on
    """Read a JSON batch, and forget the conditions that ask for no success."""
    return [_each(item, _if_boolean) for item in read_json_batch(*given, **named)]


def _failed(operation: Operation) -> Operation:
    if operation.condition is None:
        return operation
    return refused_operation(operation, 424, "conditions are not known")


register(
    Marks(name="conditions-work-without-being-declared", breaks=["J19.1-18"]),
    "The member if is evaluated, and the metadata denies it.",
    wrap_odata=_denying_conditions,
)
register(
    Marks(name="unknown-conditions-are-passed-over", breaks=["J19.1-19"]),
    "The metadata denies conditions, and a request with one is carried out without it.",
    wrap_odata=_denying_conditions,
    odata_parts={"read_json": _read_without},
)
register(
    Marks(name="conditions-that-are-no-boolean-are-passed-over", breaks=["CAP-09"]),
    "A condition that asks for no success is passed over, also one that is no Boolean expression.",
    odata_parts={"read_json": _read_without_others},
)
register(
    Marks(name="legal-conditions-are-unknown", breaks=[]),
    "The metadata denies conditions, and a request with one gets 424.",
    wrap_odata=_denying_conditions,
    odata_parts={"read_json": _read_refusing},
)


def _in_german(item: ItemAnswered) -> ItemAnswered:
    if not isinstance(item, Answered) or not item.response.failed:
        return item
    if not item.operation.request.headers.get("accept-language", "").startswith(_GERMAN):
        return item
    return replace(item, response=with_fields(item.response, content_language=_GERMAN))


def _write_multipart(items: Sequence[ItemAnswered], **named: Any) -> tuple[str, list[bytes]]:  # noqa: ANN401 - handed on
    return write_multipart_batch([_in_german(item) for item in items], **named)


def _write_json(items: Sequence[ItemAnswered]) -> list[bytes]:
    return write_json_batch([_in_german(item) for item in items])


def _inherited_without_language(headers: Fields) -> Mapping[str, str]:
    fields = inherited_fields(headers)
    return {name: value for name, value in fields.items() if name.startswith("odata-")}


_GERMAN_PARTS: Final = {"write_multipart": _write_multipart, "write_json": _write_json}
register(
    Marks(name="legal-errors-are-german-too", breaks=[]),
    "Errors in batches are in German for who asks for it.",
    odata_parts=_GERMAN_PARTS,
)
register(
    Marks(name="language-is-not-inherited", breaks=["8.2.x-01"]),
    "Errors in batches are in German only where a request asks for it itself.",
    odata_parts={**_GERMAN_PARTS, "inherited": _inherited_without_language},
)
