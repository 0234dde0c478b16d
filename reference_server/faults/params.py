"""Faults with params: structure, names, positions, types."""

from typing import Final

from reference_server.faults.forms import (
    Object,
    error,
    is_call,
    on_body,
    on_message,
    on_response,
    parsed,
    result,
)
from reference_server.json_text import Json, write
from reference_server.jsonrpc.core import RpcHandler

_SUBTRACT: Final = ("minuend", "subtrahend")


def _call(body: bytes) -> Object:
    value = parsed(body)
    return value if isinstance(value, dict) and "method" in value else {}


@on_body(
    "primitive-params-are-spread",
    breaks=["4.2-02", "4.2-03", "4.2-04", "4.2-05"],
    museum=["JR-55"],
)
def primitive_params_are_spread(body: bytes, answer: RpcHandler) -> bytes | None:
    """A string as params becomes one value a letter, other primitives none; the call is made."""
    call = _call(body)
    params = call.get("params", [])
    if not call or isinstance(params, list | dict) or not is_call(call | {"params": []}):
        return answer(body)
    return write(result(None, call["id"]))


@on_response(
    "primitive-params-are-invalid-params",
    breaks=["4.2-02", "4.2-03", "4.2-04"],
)
def primitive_params_are_invalid_params(response: Object, call: Object) -> Json:
    """A primitive as params is told as Invalid params."""
    if not isinstance(call.get("params", []), list | dict) and "error" in response:
        return error(-32602, "Invalid params", response.get("id"))
    return response


@on_body("null-params-crash", breaks=["4.2-05"], museum=["JR-67"])
def null_params_crash(body: bytes, answer: RpcHandler) -> bytes | None:
    """Null as params reaches the method unchecked and is told as Internal error."""
    call = _call(body)
    if "params" in call and call["params"] is None and "id" in call:
        return write(error(-32603, "Cannot read properties of null", call["id"]))
    return answer(body)


@on_message("null-params-are-taken", breaks=["4.2-05"])
def null_params_are_taken(message: Json) -> Json:
    """Null as params is taken for none."""
    if isinstance(message, dict) and "params" in message and message["params"] is None:
        return {name: member for name, member in message.items() if name != "params"}
    return message


@on_body("params-are-required", breaks=["4-15"])
def params_are_required(body: bytes, answer: RpcHandler) -> bytes | None:
    """A call without params is refused."""
    call = _call(body)
    if is_call(call) and "params" not in call and call["method"] == "get_data":
        return write(error(-32600, "Invalid Request", call["id"]))
    return answer(body)


@on_body("empty-arrays-are-one-value", breaks=["4.2-17"])
def empty_arrays_are_one_value(body: bytes, answer: RpcHandler) -> bytes | None:
    """An empty array as params calls the method with one value, which makes the result another."""
    return _extended(body, answer, [])


@on_body("empty-objects-are-one-value", breaks=["4.2-18"])
def empty_objects_are_one_value(body: bytes, answer: RpcHandler) -> bytes | None:
    """An empty object as params calls the method with one value, which makes the result another."""
    return _extended(body, answer, {})


def _extended(body: bytes, answer: RpcHandler, params: Json) -> bytes | None:
    call = _call(body)
    reply = answer(body)
    response = parsed(reply or b"")
    if call.get("params") != params or not isinstance(response, dict):
        return reply
    if call.get("method") == "get_data" and "result" in response:
        return write(response | {"result": [response["result"], params]})
    return reply


@on_body("empty-arrays-are-refused", breaks=["4.2-17"])
def empty_arrays_are_refused(body: bytes, answer: RpcHandler) -> bytes | None:
    """An empty array as params is refused, since params are taken by name."""
    return _refused(body, answer, [])


@on_body("empty-objects-are-refused", breaks=["4.2-18"])
def empty_objects_are_refused(body: bytes, answer: RpcHandler) -> bytes | None:
    """An empty object as params is refused, since params are taken by position."""
    return _refused(body, answer, {})


def _refused(body: bytes, answer: RpcHandler, params: Json) -> bytes | None:
    call = _call(body)
    if is_call(call) and call.get("params") == params and call["method"] == "get_data":
        return write(error(-32602, "Invalid params", call["id"]))
    return answer(body)


@on_message("positions-are-reversed", breaks=["4.2-06", "4.2-21"])
def positions_are_reversed(message: Json) -> Json:
    """Values reach the method last to first."""
    if isinstance(message, dict) and isinstance(params := message.get("params"), list):
        if message.get("method") == "subtract" and len(params) == 2:
            return message | {"params": params[::-1]}
    return message


@on_message("position-does-not-matter", breaks=["4.2-07"])
def position_does_not_matter(message: Json) -> Json:
    """Two numbers reach the method the larger first."""
    if isinstance(message, dict) and isinstance(params := message.get("params"), list):
        if message.get("method") == "subtract" and params == [23, 42]:
            return message | {"params": params[::-1]}
    return message


@on_message("names-are-bound-in-order", breaks=["4.2-09"])
def names_are_bound_in_order(message: Json) -> Json:
    """Named values are bound in the order in which they stand, whatever their names are."""
    if isinstance(message, dict) and isinstance(params := message.get("params"), dict):
        if message.get("method") == "subtract" and set(params) == set(_SUBTRACT):
            return message | {"params": list(params.values())}
    return message


@on_body("names-are-not-taken", breaks=["4.2-08"])
def names_are_not_taken(body: bytes, answer: RpcHandler) -> bytes | None:
    """Named params give a result that is not that of the values."""
    call = _call(body)
    reply = answer(body)
    response = parsed(reply or b"")
    if isinstance(call.get("params"), dict) and isinstance(response, dict):
        if call["method"] == "subtract" and "result" in response:
            return write(response | {"result": 0})
    return reply


@on_message("names-are-taken-without-case", breaks=["4.2-11"])
def names_are_taken_without_case(message: Json) -> Json:
    """Names of params are compared without case."""
    if isinstance(message, dict) and isinstance(params := message.get("params"), dict):
        if message.get("method") == "subtract":
            return message | {"params": {name.lower(): one for name, one in params.items()}}
    return message


@on_message("missing-values-are-zero", breaks=["4.2-13"])
def missing_values_are_zero(message: Json) -> Json:
    """A missing positional value is taken for 0."""
    if isinstance(message, dict) and isinstance(params := message.get("params"), list):
        if message.get("method") == "subtract" and len(params) == 1:
            return message | {"params": [*params, 0]}
    return message


@on_message("values-too-many-are-ignored", breaks=["4.2-14"])
def values_too_many_are_ignored(message: Json) -> Json:
    """Positional values too many are ignored."""
    if isinstance(message, dict) and isinstance(params := message.get("params"), list):
        if message.get("method") == "subtract":
            return message | {"params": params[:2]}
    return message


@on_message("unknown-names-are-ignored", breaks=["4.2-15"])
def unknown_names_are_ignored(message: Json) -> Json:
    """Named values that the method does not know are ignored."""
    if isinstance(message, dict) and isinstance(params := message.get("params"), dict):
        if message.get("method") == "subtract" and set(_SUBTRACT) <= set(params):
            return message | {"params": {name: params[name] for name in _SUBTRACT}}
    return message


@on_response(
    "invalid-params-are-internal-errors",
    breaks=["5.1-10", "4.2-16"],
    museum=["JR-51"],
)
def invalid_params_are_internal_errors(response: Object, _call: Object) -> Json:
    """Params that do not fit are told as Internal error."""
    failure = response.get("error")
    if isinstance(failure, dict) and failure["code"] == -32602:
        return error(-32603, "Internal error", response.get("id"))
    return response


@on_body("values-of-other-types-are-converted", breaks=["4.2-16"])
def values_of_other_types_are_converted(body: bytes, answer: RpcHandler) -> bytes | None:
    """A string as first number is converted; what is no number counts as 0."""
    call = _call(body)
    params = call.get("params")
    if is_call(call) and call["method"] == "subtract" and isinstance(params, (list, dict)):
        first = next(iter(params if isinstance(params, list) else params.values()), None)
        if isinstance(first, str):
            return write(result(0, call["id"]))
    return answer(body)


@on_message("empty-structures-are-left-out", breaks=["4.2-19", "2-01"])
def empty_structures_are_left_out(message: Json) -> Json:
    """Empty arrays and objects inside params are left out."""
    if isinstance(message, dict) and message.get("method") == "echo":
        if isinstance(params := message.get("params"), list):
            return message | {"params": [_pruned(one) for one in params]}
    return message


def _pruned(value: Json) -> Json:
    if isinstance(value, list):
        return [_pruned(one) for one in value if one not in ([], {})]
    if isinstance(value, dict):
        return {
            name.lstrip("$"): _pruned(one) for name, one in value.items() if one not in ([], {})
        }
    return value


@on_body("null-values-are-missing-values", breaks=["4.2-20"])
def null_values_are_missing_values(body: bytes, answer: RpcHandler) -> bytes | None:
    """A null inside params is taken for a missing value."""
    call = _call(body)
    if is_call(call) and call["method"] == "echo" and call.get("params") == [None]:
        return write(error(-32602, "Invalid params", call["id"]))
    return answer(body)


@on_body("other-structures-give-wrong-results", breaks=["4.2-21"])
def other_structures_give_wrong_results(body: bytes, answer: RpcHandler) -> bytes | None:
    """Params with names that the method does not know give a result all the same."""
    call = _call(body)
    params = call.get("params")
    if is_call(call) and call["method"] == "subtract":
        names = {one.lower() for one in params} if isinstance(params, dict) else set(_SUBTRACT)
        if names and not names & set(_SUBTRACT):
            return write(result(65, call["id"]))
    return answer(body)
