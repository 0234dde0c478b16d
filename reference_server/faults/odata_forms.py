"""The forms that a fault of OData takes: around the core, a part, the requests or the responses.

A docstring says what the server does wrong; it is the fault's summary.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

from starlette.types import ASGIApp

from reference_server.faults.fault import FAULTS, Fault, Marks
from reference_server.odata.batch import Answered, Group, Item, ItemAnswered, Operation
from reference_server.odata.errors import Code, Refusal, error_response
from reference_server.odata.json_batch import read_json_batch, write_json_batch
from reference_server.odata.message import Request, Response
from reference_server.odata.multipart_batch import read_multipart_batch, write_multipart_batch
from reference_server.odata.service import ODataHandler
from reference_server.odata.versions import LATEST

MULTIPART: Final = "multipart"
JSON: Final = "json"
BOTH: Final = (MULTIPART, JSON)

#: Gets a request, single or a batch, and the core; answers it.
CoreFault: TypeAlias = Callable[[Request, ODataHandler], Response]
#: Gets a request of a batch, and returns it as the server understands it.
OperationFault: TypeAlias = Callable[[Operation], Operation]
#: Gets a response of a batch, and returns it as the peer sees it.
ResponseFault: TypeAlias = Callable[[Operation, Response], Response]
#: Gets all responses of a batch.
AnswersFault: TypeAlias = Callable[[Sequence[ItemAnswered]], Sequence[ItemAnswered]]
#: Gets the whole body of a batch's response, or another text.
TextFault: TypeAlias = Callable[[bytes], bytes]


def register(
    marks: Marks,
    summary: str | None,
    *,
    wrap_odata: Callable[[ODataHandler], ODataHandler] | None = None,
    odata_parts: Mapping[str, object] | None = None,
    wrap_app: Callable[[ASGIApp], ASGIApp] | None = None,
) -> None:
    """Put a fault of OData on the list; ids are written without `ODATA-` and `MUS-`."""
    assert marks.name not in FAULTS, marks.name
    assert summary, marks.name
    FAULTS[marks.name] = Fault(
        name=marks.name,
        summary=summary.split("\n", 1)[0].rstrip("."),
        breaks=tuple(one if one.startswith("OBJQL-") else f"ODATA-{one}" for one in marks.breaks),
        museum=tuple(f"MUS-{one}" for one in marks.museum),
        surface="odata",
        wrap_odata=wrap_odata,
        odata_parts=odata_parts or {},
        wrap_app=wrap_app,
    )


def on_core(
    name: str, *, breaks: Sequence[str], museum: Sequence[str] = ()
) -> Callable[[CoreFault], CoreFault]:
    """Let a function answer each request, with the core at hand."""

    def decorate(broken: CoreFault) -> CoreFault:
        def wrap(answer: ODataHandler) -> ODataHandler:
            return lambda request: broken(request, answer)

        marks = Marks(name=name, breaks=breaks, museum=museum)
        register(marks, broken.__doc__, wrap_odata=wrap)
        return broken

    return decorate


def in_part(
    part: str, name: str, *, breaks: Sequence[str], museum: Sequence[str] = ()
) -> Callable[[Any], Any]:  # Any: a part is a function or a class, and stays what it is
    """Let a function or class stand for a part."""

    def decorate(broken: Any) -> Any:  # noqa: ANN401 - see above
        marks = Marks(name=name, breaks=breaks, museum=museum)
        register(marks, broken.__doc__, odata_parts={part: broken})
        return broken

    return decorate


def on_operations(
    name: str,
    *,
    breaks: Sequence[str],
    museum: Sequence[str] = (),
    formats: Collection[str] = BOTH,
) -> Callable[[OperationFault], OperationFault]:
    """Let a function change each request of a batch, in change sets too."""

    def decorate(broken: OperationFault) -> OperationFault:
        def changed(item: Item) -> Item:
            if isinstance(item, Group):
                return replace(item, operations=[broken(one) for one in item.operations])
            return broken(item)

        # Any: whatever the readers take is handed on.
        def read_multipart(*given: Any, **named: Any) -> list[Item]:  # noqa: ANN401
            return [changed(item) for item in read_multipart_batch(*given, **named)]

        def read_json(*given: Any, **named: Any) -> list[Item]:  # noqa: ANN401
            return [changed(item) for item in read_json_batch(*given, **named)]

        readers = {MULTIPART: read_multipart, JSON: read_json}
        parts = {f"read_{one}": readers[one] for one in formats}
        marks = Marks(name=name, breaks=breaks, museum=museum)
        register(marks, broken.__doc__, odata_parts=parts)
        return broken

    return decorate


def on_answers(
    name: str,
    *,
    breaks: Sequence[str],
    museum: Sequence[str] = (),
    formats: Collection[str] = BOTH,
) -> Callable[[AnswersFault], AnswersFault]:
    """Let a function change what a batch is answered with, before it is written."""

    def decorate(broken: AnswersFault) -> AnswersFault:
        # Any: whatever the writers take is handed on.
        def write_multipart(items: Any, **named: Any) -> tuple[str, list[bytes]]:  # noqa: ANN401
            return write_multipart_batch(broken(list(items)), **named)

        def write_json(items: Any) -> list[bytes]:  # noqa: ANN401
            return write_json_batch(broken(list(items)))

        writers = {MULTIPART: write_multipart, JSON: write_json}
        parts = {f"write_{one}": writers[one] for one in formats}
        marks = Marks(name=name, breaks=breaks, museum=museum)
        register(marks, broken.__doc__, odata_parts=parts)
        return broken

    return decorate


def on_responses(
    name: str,
    *,
    breaks: Sequence[str],
    museum: Sequence[str] = (),
    formats: Collection[str] = BOTH,
) -> Callable[[ResponseFault], ResponseFault]:
    """Let a function change each response of a batch, those of change sets too."""

    def decorate(broken: ResponseFault) -> ResponseFault:
        def changed(item: ItemAnswered) -> ItemAnswered:
            if isinstance(item, Answered):
                return replace(item, response=broken(item.operation, item.response))
            pairs = zip(item.group.operations, item.responses, strict=True)
            failure = item.failure
            if failure is not None:
                failure = broken(item.group.operations[0], failure)
            responses = [broken(one, response) for one, response in pairs]
            return replace(item, responses=responses, failure=failure)

        def all_changed(items: Sequence[ItemAnswered]) -> Sequence[ItemAnswered]:
            return [changed(item) for item in items]

        all_changed.__doc__ = broken.__doc__
        on_answers(name, breaks=breaks, museum=museum, formats=formats)(all_changed)
        return broken

    return decorate


def on_multipart_text(
    name: str, *, breaks: Sequence[str], museum: Sequence[str] = ()
) -> Callable[[TextFault], TextFault]:
    """Let a function change the bytes of each multipart response."""

    def decorate(broken: TextFault) -> TextFault:
        # Any: whatever the writer takes is handed on.
        def write(*given: Any, **named: Any) -> tuple[str, list[bytes]]:  # noqa: ANN401
            content_type, pieces = write_multipart_batch(*given, **named)
            return content_type, [broken(b"".join(pieces))]

        marks = Marks(name=name, breaks=breaks, museum=museum)
        register(marks, broken.__doc__, odata_parts={"write_multipart": write})
        return broken

    return decorate


def on_json_text(
    name: str, *, breaks: Sequence[str], museum: Sequence[str] = ()
) -> Callable[[TextFault], TextFault]:
    """Let a function change the bytes of each JSON response to a batch."""

    def decorate(broken: TextFault) -> TextFault:
        def write(items: Sequence[ItemAnswered]) -> list[bytes]:
            return [broken(b"".join(write_json_batch(items)))]

        marks = Marks(name=name, breaks=breaks, museum=museum)
        register(marks, broken.__doc__, odata_parts={"write_json": write})
        return broken

    return decorate


def on_metadata(
    name: str, *, breaks: Sequence[str], museum: Sequence[str] = ()
) -> Callable[[TextFault], TextFault]:
    """Let a function change each metadata document, XML or JSON."""

    def decorate(broken: TextFault) -> TextFault:
        def changed(request: Request, answer: ODataHandler) -> Response:
            response = answer(request)
            if path_of(request) != "$metadata" or response.failed:
                return response
            return replace(response, body=[broken(response.content)])

        changed.__doc__ = broken.__doc__
        on_core(name, breaks=breaks, museum=museum)(changed)
        return broken

    return decorate


def path_of(request: Request) -> str:
    """Return the path of a request below the service root, as it stood on the wire."""
    path = request.url.partition("?")[0].replace("%24", "$")
    root = "/" + request.root.split("://", 1)[-1].partition("/")[2]
    return path.removeprefix(request.root).removeprefix(root).strip("/")


def is_batch(request: Request) -> bool:
    """Tell whether a request is a batch."""
    return request.method == "POST" and path_of(request) == "$batch"


def with_fields(response: Response, **fields: str | None) -> Response:
    """Set header fields of a response, None takes one away; `_` stands for a hyphen."""
    changed = {name.replace("_", "-").lower(): value for name, value in fields.items()}
    kept = [field for field in response.headers if field[0].lower() not in changed]
    added = [(name.title(), value) for name, value in changed.items() if value is not None]
    return replace(response, headers=[*kept, *added])


def is_json_format(request: Request) -> bool:
    """Tell whether a batch is in the JSON format."""
    return request.headers.get("content-type", "").startswith("application/json")


def refusal(status: int, message: str) -> Response:
    """Return an error object with a status."""
    told = Refusal(status=status, code=Code.BAD_REQUEST, message=message)
    return error_response(told, LATEST.value)


def refused_operation(operation: Operation, status: int, message: str) -> Operation:
    """Return a request of a batch that is answered with an error."""
    told = Refusal(status=status, code=Code.BAD_REQUEST, message=message)
    return replace(operation, refusal=told)
