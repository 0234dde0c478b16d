"""system.* and rpc.discover: what the server can do, told by itself.

Names that start with `rpc.` are reserved for extensions; `rpc.discover` is OpenRPC's.

Spec: JSONRPC-4-09, JSONRPC-8-01, JSONRPC-8-02
"""

from collections.abc import Callable, Mapping

from reference_server.json_text import Json
from reference_server.jsonrpc import openrpc
from reference_server.jsonrpc.errors import ParamError
from reference_server.jsonrpc.methods import Method, Param


def system_methods(known: Callable[[], Mapping[str, Method]]) -> list[Method]:
    """Make the methods; `known` returns all methods, these among them, once there are all."""

    def describe(name: str) -> Json:
        method = known().get(name)
        if method is None:
            raise ParamError("method", "", "the name of a method", "an unknown name")
        return openrpc.described(method)

    return [
        Method(
            name="system.listMethods",
            summary="The names of all methods",
            run=lambda: [*sorted(known())],
            result={"type": "array", "items": {"type": "string"}},
            safe=True,
        ),
        Method(
            name="system.describe",
            summary="One method: its params, result and examples",
            run=describe,
            params=(Param(name="method", schema={"type": "string"}),),
            result={"type": "object"},
            safe=True,
        ),
        Method(
            name="rpc.discover",
            summary="This service as an OpenRPC document",
            run=lambda: openrpc.document(known().values()),
            result={"type": "object", "required": ["openrpc", "info", "methods"]},
            safe=True,
        ),
    ]
