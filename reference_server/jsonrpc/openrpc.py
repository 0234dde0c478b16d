"""The registry of methods as an OpenRPC 1.3 document.

Knows OpenRPC's names. What it has none for is marked `x-…`: a method that changes nothing is
`x-safe`, one that takes any number of values `x-variadic`. Refuses to know what methods do.
"""

from collections.abc import Iterable
from typing import Final

from reference_server import __version__
from reference_server.json_text import Json
from reference_server.jsonrpc.methods import Example, Method, Param

OPENRPC_VERSION: Final = "1.3.2"

# The document names the service's own methods; the one that fetches it belongs to OpenRPC.
_DISCOVER: Final = "rpc.discover"


def document(methods: Iterable[Method]) -> Json:
    """Describe all methods, in the order of their names.

    Spec: JSONRPC-8-02
    """
    listed = sorted(methods, key=lambda method: method.name)
    return {
        "openrpc": OPENRPC_VERSION,
        "info": {"title": "Wirecheck reference server", "version": __version__},
        "methods": [described(method) for method in listed if method.name != _DISCOVER],
    }


def described(method: Method) -> Json:
    """Describe one method as a Method Object."""
    result: dict[str, Json] = {"name": "result", "schema": dict(method.result)}
    described: dict[str, Json] = {
        "name": method.name,
        "summary": method.summary,
        "paramStructure": "by-position" if method.variadic else "either",
        "params": [_param(param, variadic=method.variadic) for param in method.params],
        "result": result,
        "x-safe": method.safe,
    }
    if method.variadic:
        described["x-variadic"] = True
    if method.examples:
        described["examples"] = [_example(method, example) for example in method.examples]
    return described


def _param(param: Param, *, variadic: bool) -> Json:
    described: dict[str, Json] = {"name": param.name}
    if param.summary:
        described["summary"] = param.summary
    schema = dict(param.schema)
    if not param.required and not variadic:
        schema["default"] = param.default
    return {**described, "required": param.required, "schema": schema}


def _example(method: Method, example: Example) -> Json:
    if isinstance(example.params, dict):
        named = list(example.params.items())
    elif method.variadic:
        named = [(method.params[0].name, value) for value in example.params]
    else:
        names = (param.name for param in method.params)
        named = list(zip(names, example.params, strict=False))
    params: list[Json] = [{"name": name, "value": value} for name, value in named]
    return {
        "name": example.name,
        "params": params,
        "result": {"name": "result", "value": example.result},
    }
