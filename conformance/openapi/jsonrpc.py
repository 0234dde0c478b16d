"""A JSON-RPC endpoint as one operation: what may be POSTed to it, and what has to come back.

Knows requests and responses (sections 4 to 6) and OpenRPC's params. HTTP's status is no oracle
here: the errors of the protocol come with 200, or with whatever the endpoint likes.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from conformance.openapi.document import body_of, make_document, reference
from conformance.words.json_value import Json, is_array, is_object

TAG: Final = "jsonrpc"
MAX_CALLS: Final = 4  # of a batch; more show nothing else
_HARMLESS: Final = ("ok", "no_params", "positional", "named")
# The drafts of JSON-RPC over HTTP name these (JSONRPC-HTTP-06).
_MEDIA_TYPES: Final = ("application/json", "application/json-rpc", "application/jsonrequest")
# Few: of names or params without bounds a generator makes up so many that no other call is left.
_UNKNOWN: Final[dict[str, Json]] = {"enum": ["wirecheck.nosuch", "rpc.wirecheckNosuch", ""]}
_ANY_PARAMS: Final[dict[str, Json]] = {"enum": [[], {}, [1], {"wirecheck": None}]}
_ID: Final[dict[str, Json]] = {"type": ["string", "integer", "null"]}


def describe_jsonrpc(
    path: str,
    *,
    origin: str,
    bindings: Mapping[str, Json],
    openrpc: Json = None,
    allows_writes: bool = False,
) -> dict[str, Json]:
    """Return the document of an endpoint.

    Args:
        path: the request-target of the endpoint.
        origin: `scheme://host[:port]`.
        bindings: the profile's section, gaps filled by discovery.
        openrpc: what `rpc.discover` returned; of its methods those marked `x-safe` are described.
        allows_writes: describe its other methods too, but the one bound as slow.
    """
    calls = [*_bound(bindings), *_discovered(openrpc, bindings, allows_writes=allows_writes)]
    calls.append(_call(_UNKNOWN, _ANY_PARAMS))
    schemas: dict[str, Json] = {
        "Call": {"anyOf": calls},
        "Notification": {"anyOf": [_without_id(one) for one in calls]},
        "Message": {"anyOf": [reference("Call"), reference("Notification")]},
        "Batch": {
            "type": "array",
            # Each place by its own: of `items` alone hardly any batches are made up.
            "prefixItems": [reference("Message")] * MAX_CALLS,
            "items": False,
            "minItems": 1,
            "maxItems": MAX_CALLS,
        },
        "Response": _RESPONSE,
        "Answer": {
            "anyOf": [
                reference("Response"),
                {"type": "array", "items": reference("Response"), "minItems": 1},
            ]
        },
    }
    asked = body_of({_MEDIA_TYPES[0]: {"anyOf": [reference("Message"), reference("Batch")]}})
    answered = body_of(dict.fromkeys(_MEDIA_TYPES, reference("Answer")))
    operation: dict[str, Json] = {
        "operationId": "call",
        "tags": [TAG],
        "requestBody": {"required": True, **asked},
        "responses": {
            "200": {"description": "One response, or those of a batch", **answered},
            "202": {"description": "Nothing is to be answered"},
            "204": {"description": "Nothing is to be answered"},
            "4XX": {"description": "HTTP refused it, or the error of the protocol has a status"},
        },
    }
    return make_document(
        "JSON-RPC 2.0 endpoint", origin=origin, paths={path: {"post": operation}}, schemas=schemas
    )


#: Section 5: a result or an error, never both; `jsonrpc` and `id` always.
_RESPONSE: Final[dict[str, Json]] = {
    "type": "object",
    "required": ["jsonrpc", "id"],
    "properties": {
        "jsonrpc": {"const": "2.0"},
        "id": {"type": ["string", "number", "null"]},
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
        },
    },
    "oneOf": [{"required": ["result"]}, {"required": ["error"]}],
}


def _call(method: Json, params: Json = None, *, needs_params: bool = False) -> dict[str, Json]:
    """Return the schema of a call."""
    properties: dict[str, Json] = {"jsonrpc": {"const": "2.0"}, "method": method, "id": _ID}
    if params is not None:
        properties["params"] = params
    return {
        "type": "object",
        "required": ["jsonrpc", "method", "id", *(["params"] if needs_params else [])],
        "properties": properties,
        "additionalProperties": False,
    }


def _without_id(call: Mapping[str, Json]) -> dict[str, Json]:
    """Return the schema of the notification that is a call without its id (section 4.1)."""
    properties, required = call["properties"], call["required"]
    assert is_object(properties)
    assert is_array(required)
    return {
        **call,
        "required": [name for name in required if name != "id"],
        "properties": {name: one for name, one in properties.items() if name != "id"},
    }


def _bound(bindings: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Yield the calls that are known to succeed, as they are known."""
    for name in _HARMLESS:
        binding = bindings.get(name)
        if is_object(binding):
            params: Json = {"const": binding["params"]} if "params" in binding else None
            yield _call({"const": binding["method"]}, params, needs_params=params is not None)


def _discovered(
    openrpc: Json, bindings: Mapping[str, Json], *, allows_writes: bool
) -> Iterator[dict[str, Json]]:
    methods = openrpc.get("methods") if is_object(openrpc) else None
    slow = bindings.get("slow")
    # A number that was made up would be taken for a time to wait.
    left_out = slow.get("method") if is_object(slow) else None
    for method in methods if is_array(methods) else ():
        if not is_object(method) or not isinstance(method.get("name"), str):
            continue
        if (method.get("x-safe") is True or allows_writes) and method["name"] != left_out:
            yield from _of_method(method)


def _of_method(method: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Yield a call by position and one by name, those of them that the method takes."""
    rows = method.get("params")
    params = [one for one in rows if is_object(one)] if is_array(rows) else []
    name: dict[str, Json] = {"const": method["name"]}
    if not params:
        yield _call(name)
        return
    structure = method.get("paramStructure", "either")
    needed = [one for one in params if one.get("required") is True]
    if method.get("x-variadic") is True:
        yield _call(name, {"type": "array", "items": _schema_of(params[-1])})
    elif structure in ("either", "by-position"):
        yield _call(name, _by_position(params, len(needed)), needs_params=bool(needed))
    if structure in ("either", "by-name"):
        yield _call(name, _by_name(params, needed), needs_params=bool(needed))


def _by_position(params: Sequence[Mapping[str, Json]], needed: int) -> Json:
    return {
        "type": "array",
        "prefixItems": [_schema_of(one) for one in params],
        "items": False,
        "minItems": needed,
        "maxItems": len(params),
    }


def _by_name(
    params: Sequence[Mapping[str, Json]], needed: Sequence[Mapping[str, Json]]
) -> dict[str, Json]:
    return {
        "type": "object",
        "properties": {str(one.get("name")): _schema_of(one) for one in params},
        "required": [str(one.get("name")) for one in needed],
        "additionalProperties": False,
    }


def _schema_of(param: Mapping[str, Json]) -> Json:
    """Return a param's schema; one that refers elsewhere in its own document allows everything."""
    schema = param.get("schema", {})
    return {} if _refers(schema) else schema


def _refers(value: Json) -> bool:
    if is_object(value):
        return "$ref" in value or any(_refers(one) for one in value.values())
    return is_array(value) and any(_refers(one) for one in value)
