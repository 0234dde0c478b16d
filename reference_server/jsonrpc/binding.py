"""Params to the values of a signature: by position, by name, defaults filled in, schemas checked.

Knows section 4.2. Refuses to know what a method does with the values.
"""

from dataclasses import dataclass

from reference_server.json_pointer import escaped
from reference_server.json_text import Json
from reference_server.jsonrpc.errors import InvalidParamsError, ParamError
from reference_server.jsonrpc.message import ABSENT, Absent, Params
from reference_server.jsonrpc.methods import Method, Param
from reference_server.jsonrpc.schema_check import one_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """Values in the order of the signature, and where in `params` each of them came from."""

    values: list[Json]
    pointers: dict[str, str]


def bind(method: Method, params: Params | Absent) -> Binding:
    """Fit `params` to the signature; absent params are no values.

    Raises:
        InvalidParamsError: a value is missing, unknown, one too many, or of the wrong kind.

    Spec: JSONRPC-4.2-06 to JSONRPC-4.2-21, JSONRPC-5.1-10
    """
    if method.variadic:
        return _bind_variadic(method.params[0], params)
    if isinstance(params, list):
        return _bind_positions(method.params, params)
    return _bind_names(method.params, {} if params is ABSENT else params)


def carry_out(method: Method, binding: Binding) -> Json:
    """Run a method on bound values.

    Raises:
        InvalidParamsError: the method itself refuses a value.
        RpcError: the call fails.
    """
    try:
        return method.run(*binding.values)
    except ParamError as error:
        pointer = binding.pointers[error.name] + error.path
        raise InvalidParamsError(pointer, error.expected, error.seen) from error


def _bind_variadic(param: Param, params: Params | Absent) -> Binding:
    if isinstance(params, dict) and params:
        raise InvalidParamsError("", "an Array", "an Object")
    values = params if isinstance(params, list) else []
    for place, value in enumerate(values):
        _check(param, value, f"/{place}")
    return Binding(values=values, pointers={param.name: ""})


def _bind_positions(signature: tuple[Param, ...], params: list[Json]) -> Binding:
    if len(params) > len(signature):
        raise InvalidParamsError(
            f"/{len(signature)}", f"at most {len(signature)} values", f"{len(params)} values"
        )
    values, pointers = list(params), {}
    for place, param in enumerate(signature):
        pointer = pointers[param.name] = f"/{place}"
        if place < len(params):
            _check(param, params[place], pointer)
        else:
            values.append(_default(param, pointer))
    return Binding(values=values, pointers=pointers)


def _bind_names(signature: tuple[Param, ...], params: dict[str, Json]) -> Binding:
    values, pointers = [], {}
    for param in signature:
        pointer = pointers[param.name] = escaped(param.name)
        if param.name in params:
            value = params[param.name]
            _check(param, value, pointer)
            values.append(value)
        else:
            values.append(_default(param, pointer))
    if len(params) > len(signature) or params.keys() - pointers.keys():
        unknown = next(name for name in params if name not in pointers)
        known = one_of(pointers) if pointers else "no params"
        raise InvalidParamsError(escaped(unknown), known, "an unknown name")
    return Binding(values=values, pointers=pointers)


def _check(param: Param, value: Json, pointer: str) -> None:
    problem = param.check(value)
    if problem is not None:
        raise InvalidParamsError(pointer + problem.path, problem.expected, problem.seen)


def _default(param: Param, pointer: str) -> Json:
    if param.required:
        raise InvalidParamsError(pointer, f"a value for {param.name}", "nothing")
    return param.default
