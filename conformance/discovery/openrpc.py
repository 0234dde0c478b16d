"""Bindings taken from an OpenRPC document; pure: a document in, bindings out.

Only methods that are known to be harmless are taken: `rpc.discover` itself, and those that the
document marks with `x-safe: true`. A name says nothing about what a method does.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from conformance.words.json_value import Absent, Json, is_array, is_object

_WRONG: Final = "wirecheck"


def is_openrpc(value: Json | Absent) -> bool:
    """Tell whether a value is an OpenRPC document with methods."""
    return (
        is_object(value)
        and isinstance(value.get("openrpc"), str)
        and is_array(value.get("methods"))
    )


def method_names(document: Mapping[str, Json]) -> list[str]:
    """Return the names of all methods, in the document's order."""
    return [str(one["name"]) for one in _methods(document)]


def bindings_from(document: Mapping[str, Json]) -> dict[str, Json]:
    """Return bindings for what the document's harmless methods show.

    From examples: `no_params`, `positional`, `named` (with results). From the schema of a first
    param: `invalid_params`. A method that takes and returns one value of any type: `echo`.
    """
    found: dict[str, Json] = {"methods": list(method_names(document))}
    for method in _methods(document):
        if method.get("x-safe") is not True:
            continue
        for name, binding in _from_examples(method).items():
            if name not in found or _is_richer(binding, found[name]):
                found[name] = binding
        for name, value in (("invalid_params", _invalid(method)), ("echo", _echo(method))):
            if value is not None:
                found.setdefault(name, value)
    return found


def _methods(document: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    methods = document.get("methods")
    if not is_array(methods):
        return []
    return [one for one in methods if is_object(one) and isinstance(one.get("name"), str)]


def _params(method: Mapping[str, Json]) -> Sequence[Mapping[str, Json]]:
    params = method.get("params")
    return [one for one in params if is_object(one)] if is_array(params) else []


def _from_examples(method: Mapping[str, Json]) -> dict[str, Json]:
    examples = method.get("examples")
    first = examples[0] if is_array(examples) and examples else None
    if not is_object(first):
        return {}
    pairs = first.get("params")
    values = [one for one in pairs if is_object(one)] if is_array(pairs) else []
    result = first.get("result")
    outcome: dict[str, Json] = {}
    if is_object(result) and "value" in result:
        outcome = {"result": result["value"]}
    name = str(method["name"])
    if not values:
        return {"no_params": {"method": name, **outcome}}
    structure = method.get("paramStructure", "either")
    found: dict[str, Json] = {}
    if structure in ("either", "by-position"):
        by_position: list[Json] = [one.get("value") for one in values]
        found["positional"] = {"method": name, "params": by_position, **outcome}
    if structure in ("either", "by-name") and all(_has_name(one) for one in values):
        by_name: dict[str, Json] = {str(one["name"]): one.get("value") for one in values}
        found["named"] = {"method": name, "params": by_name, **outcome}
    return found


def _has_name(param: Mapping[str, Json]) -> bool:
    return isinstance(param.get("name"), str)


def _is_richer(one: Json, other: Json) -> bool:
    """Tell whether a binding shows more than another: a result, and two different values."""
    return _richness(one) > _richness(other)


def _richness(binding: Json) -> tuple[bool, bool]:
    if not is_object(binding):
        return (False, False)
    params = binding.get("params")
    values = list(params.values()) if is_object(params) else params
    several = is_array(values) and len(values) > 1 and values[0] != values[-1]
    return (several, "result" in binding)


def _types(param: Mapping[str, Json]) -> list[Json] | None:
    schema = param.get("schema")
    kinds = schema.get("type") if is_object(schema) else None
    if isinstance(kinds, str):
        return [kinds]
    return list(kinds) if is_array(kinds) else None


def _invalid(method: Mapping[str, Json]) -> Json:
    """Return a call whose first value is of a type that its schema rules out."""
    params = _params(method)
    if not params:
        return None
    kinds = _types(params[0])
    if kinds is None:
        return None
    if "string" in kinds and "array" in kinds:
        return None
    wrong: Json = [] if "string" in kinds else _WRONG
    if method.get("paramStructure") == "by-name":
        name = str(params[0].get("name"))
        return {"method": method["name"], "params": {name: wrong}} if _has_name(params[0]) else None
    return {"method": method["name"], "params": [wrong]}


def _echo(method: Mapping[str, Json]) -> Json:
    params = _params(method)
    is_echo = str(method["name"]).rpartition(".")[2] == "echo" and len(params) == 1
    if not is_echo:
        return None
    if method.get("paramStructure") == "by-name":
        name = params[0].get("name")
        return {"method": method["name"], "by_name": name} if _has_name(params[0]) else None
    return {"method": method["name"]}
