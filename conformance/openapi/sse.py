"""An event stream as operations: how it is asked for, and the media type it has to have.

Bytes inside the stream are not OpenAPI's matter; its schema is that of one event.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from conformance.openapi.document import REFUSED, body_of, make_document
from conformance.words.json_value import Json

TAG: Final = "sse"
# A bad retry, an unknown field: the observer has more to say of them than a schema.
_EVENT: Final[dict[str, Json]] = {"type": "object"}
_LAST_EVENT_ID: Final[dict[str, Json]] = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    # Printable ASCII: what a client may send beyond it, no HTTP client library lets through.
    "schema": {"type": "string", "pattern": "^[!-~]{0,40}$"},
}


def describe_sse(targets: Sequence[str], *, origin: str) -> dict[str, Json]:
    """Return the document of streams.

    Args:
        targets: request-targets; what stands in a query is described as its parameters.
        origin: `scheme://host[:port]`.
    """
    paths: dict[str, Json] = {}
    for number, target in enumerate(targets):
        path, item = _path(target, number)
        paths[path] = item
    return make_document("Event streams", origin=origin, paths=paths)


def _path(target: str, number: int) -> tuple[str, Mapping[str, Json]]:
    parts = urlsplit(target)
    parameters: list[Json] = [_LAST_EVENT_ID]
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        schema: dict[str, Json] = {"type": "string", "enum": [value]}
        parameters.append({"name": name, "in": "query", "required": True, "schema": schema})
    responses: dict[str, Json] = {
        "200": {"description": "The stream", **body_of({"text/event-stream": _EVENT})},
        "204": {"description": "There is no more, and no need to ask again"},
        REFUSED: {"description": "There is no stream"},
    }
    operation: dict[str, Json] = {
        "operationId": f"stream-{number}",
        "tags": [TAG],
        "parameters": parameters,
        "responses": responses,
    }
    return parts.path, {"get": operation}
