"""Bindings completed: what scenarios need that follows from what a profile says.

A call binding `{method, params}` gains `members`, its members as JSON text
(`"method":"sum","params":[1,2]`), since a call with params left out can't be written with a
template inside a JSON value. Variants of the params (too few, swapped, another case …) are made
here once, so that scenarios stay data.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from conformance.words.json_value import ABSENT, Absent, Json, is_array, is_object
from conformance.words.template import to_json_text

_CALLS: Final = (
    "ok", "no_params", "positional", "named", "invalid_params", "failing", "application_error",
    "slow", "void",
)  # fmt: skip
UNKNOWN_NAME: Final = "wirecheck_no_such_name"


def call_members(method: str, params: Json | Absent) -> str:
    """Return the members `method` and `params` as JSON text, `params` only when there are any."""
    text = f'"method":{to_json_text(method)}'
    return text if params is ABSENT else f'{text},"params":{to_json_text(params)}'


def complete_jsonrpc(rpc: Mapping[str, Json]) -> dict[str, Json]:
    """Return the `jsonrpc` part of a target document with all that follows from its bindings."""
    bindings = dict(rpc)
    _derive_calls(bindings)
    for name in _CALLS:
        if is_object(call := bindings.get(name)):
            bindings[name] = _with_members(call)
    if is_object(positional := bindings.get("positional")):
        bindings["positional"] = {**positional, **_positional_variants(positional)}
    if is_object(named := bindings.get("named")):
        bindings["named"] = {**named, **_named_variants(named)}
    if is_object(echo := bindings.get("echo")):
        bindings["echo"] = {**echo, **_echo_text(echo)}
    if is_object(effect := bindings.get("effect")):
        completed: dict[str, Json] = {}
        for part, call in effect.items():
            assert is_object(call)
            completed[part] = _with_members(call)
        bindings["effect"] = completed
    if isinstance(most := bindings.get("max_body_bytes"), int):
        bindings["half_body_bytes"] = most // 2
    return bindings


def _derive_calls(bindings: dict[str, Json]) -> None:
    """Fill `ok`, `no_params`, `positional` and `named` from one another where they fit."""
    if is_object(ok := bindings.get("ok")):
        params = ok.get("params", ABSENT)
        if params is ABSENT or not params:
            bindings.setdefault("no_params", ok)
        elif is_array(params):
            bindings.setdefault("positional", ok)
        else:
            bindings.setdefault("named", ok)
        return
    for name in ("no_params", "positional", "named"):
        if is_object(call := bindings.get(name)):
            bindings["ok"] = call
            return


def _with_members(call: Mapping[str, Json]) -> dict[str, Json]:
    method = str(call["method"])
    members = call_members(method, call.get("params", ABSENT))
    return {**call, "members": members, "other_case": method.swapcase()}


def _positional_variants(call: Mapping[str, Json]) -> dict[str, Json]:
    method, params = str(call["method"]), call["params"]
    assert is_array(params)
    return {
        "too_few": call_members(method, params[:-1]),
        "too_many": call_members(method, [*params, params[-1]]),
        "swapped": call_members(method, list(reversed(params))),
        "wrong_type": call_members(method, [_of_another_type(params[0]), *params[1:]]),
    }


def _of_another_type(value: Json) -> Json:
    return [] if isinstance(value, str) else "wirecheck"


def _named_variants(call: Mapping[str, Json]) -> dict[str, Json]:
    method, params = str(call["method"]), call["params"]
    assert is_object(params)
    names: Sequence[str] = list(params)
    reverse: dict[str, Json] = {name: params[name] for name in reversed(names)}
    other_case: dict[str, Json] = {name.swapcase(): value for name, value in params.items()}
    unknown: dict[str, Json] = {**params, UNKNOWN_NAME: 1}
    without: dict[str, Json] = {name: params[name] for name in names[1:]}
    wrong: dict[str, Json] = {**params, names[0]: _of_another_type(params[names[0]])}
    referring: dict[str, Json] = {**params, names[0]: "$1.result"}
    return {
        "values": list(params.values()),
        "reversed": call_members(method, reverse),
        "other_case": call_members(method, other_case),
        "unknown_name": call_members(method, unknown),
        "missing_name": call_members(method, without),
        "wrong_type": call_members(method, wrong),
        "first_value": to_json_text(params[names[0]]),
        "with_reference": call_members(method, referring),
    }


def _echo_text(echo: Mapping[str, Json]) -> dict[str, Json]:
    """Return the text before and behind the echoed value."""
    method = f'"method":{to_json_text(str(echo["method"]))}'
    if "by_name" in echo:
        name = to_json_text(str(echo["by_name"]))
        return {"head": f'{method},"params":{{{name}:', "tail": "}"}
    return {"head": f'{method},"params":[', "tail": "]"}


def complete_objectql(objectql: Mapping[str, Json]) -> dict[str, Json]:
    """Return the `objectql` part of a target document with what follows from it."""
    timeout_ms = objectql.get("session_timeout_ms")
    if not isinstance(timeout_ms, int):
        return dict(objectql)
    return {**objectql, "half_timeout_ms": timeout_ms // 2}
