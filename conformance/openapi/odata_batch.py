"""What may be asked of `$batch`: one schema for both formats, since one batch serves both.

A value of it is a JSON batch (JSON Format 19.1). Who sends it as multipart writes it so.
"""

from collections.abc import Mapping
from typing import Any, Final

from conformance.discovery.csdl import Metadata
from conformance.openapi.document import body_of
from conformance.openapi.odata_types import entity_written
from conformance.words.json_value import Json, is_object

JSON_TYPE: Final = "application/json"
MULTIPART_TYPE: Final = "multipart/mixed"
MAX_REQUESTS: Final = 4
#: Requests from here on may be members of one atomicity group, which has to be in one piece.
_FIRST_IN_GROUP: Final = 2
_READS: Final = ("any", "list", "entity", "missing", "missing_entity", "function")


def batch_operation(
    metadata: Metadata, bindings: Mapping[str, Json], *, allows_writes: bool
) -> dict[str, Any]:
    """Return request body and responses of the operation that takes batches."""
    requests = [
        _request(number, metadata, bindings, allows_writes=allows_writes)
        for number in range(MAX_REQUESTS)
    ]
    batch: Json = {
        "type": "object",
        "required": ["requests"],
        "properties": {
            "requests": {
                "type": "array",
                "prefixItems": requests,
                "items": False,
                "minItems": 1,
                "maxItems": MAX_REQUESTS,
            }
        },
        "additionalProperties": False,
    }
    answered: Json = {
        "type": "object",
        "required": ["responses"],
        "properties": {
            "responses": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["id", "status"],
                    "properties": {
                        "id": {"type": "string"},
                        "status": {"type": "integer", "minimum": 100, "maximum": 599},
                    },
                },
            }
        },
    }
    asked = body_of({JSON_TYPE: batch, MULTIPART_TYPE: batch})
    done = body_of({JSON_TYPE: answered, MULTIPART_TYPE: {}})
    return {
        "requestBody": {"required": True, **asked},
        "responses": {"200": {"description": "What came of the requests", **done}},
    }


def _request(
    number: int, metadata: Metadata, bindings: Mapping[str, Json], *, allows_writes: bool
) -> Json:
    """Return the schema of one request; its id is its own, since ids must not come twice."""
    identity: dict[str, Json] = {"id": {"const": f"r{number}"}}
    reads = _request_object(
        {**identity, "method": {"const": "get"}, "url": {"enum": _urls(bindings)}}
    )
    write = bindings.get("write")
    entity_set = metadata.sets.get(str(write.get("set", ""))) if is_object(write) else None
    entity_type = metadata.type_of(entity_set) if entity_set is not None else None
    if not allows_writes or entity_set is None or entity_type is None:
        return reads
    created: dict[str, Json] = {
        **identity,
        "method": {"const": "post"},
        "url": {"const": entity_set.name},
        "headers": {"const": {"content-type": JSON_TYPE}},
        "body": entity_written(metadata, entity_type),
    }
    if number >= _FIRST_IN_GROUP:
        created["atomicityGroup"] = {"const": "g"}
    return {"anyOf": [reads, _request_object(created)]}


def _request_object(properties: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "type": "object",
        "required": list(properties),
        "properties": dict(properties),
        "additionalProperties": False,
    }


def _urls(bindings: Mapping[str, Json]) -> list[Json]:
    """Return URLs of what is there and of what is not."""
    read = bindings.get("read")
    known = read if is_object(read) else {}
    return [known[name] for name in _READS if known.get(name)] or ["$metadata"]
