"""The pieces that the JSON-RPC half is put together from, each replaceable by name.

A fault of the suite swaps one piece for a broken one (`Fault.parts`); the server itself never does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from reference_server import json_text
from reference_server.json_text import Json
from reference_server.jsonrpc import binding, chaining, message, methods, reply
from reference_server.jsonrpc.binding import Binding
from reference_server.jsonrpc.message import Absent, Call, Id, InvalidRequest, Params
from reference_server.jsonrpc.methods import Method
from reference_server.jsonrpc.sessions import Sessions


class ReadJson(Protocol):
    """Bytes to a value; raises `JsonTextError`."""

    def __call__(self, body: bytes, *, max_depth: int) -> Json:
        """See `json_text.read`."""


class ErrorReply(Protocol):
    """An error to a Response object."""

    def __call__(
        self, request_id: Id, code: int, message: str, data: Json = None
    ) -> dict[str, Json]:
        """See `reply.error_reply`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Every field is what the server uses when nothing is replaced."""

    read_json: ReadJson = json_text.read
    write_json: Callable[[Json], bytes] = json_text.write
    classify: Callable[[Json], Call | InvalidRequest] = message.classify
    find_method: Callable[[Mapping[str, Method], str], Method] = methods.find_method
    bind: Callable[[Method, Params | Absent], Binding] = binding.bind
    result_reply: Callable[[Id, Json], dict[str, Json]] = reply.result_reply
    error_reply: ErrorReply = reply.error_reply
    join: Callable[[Sequence[bytes]], bytes | None] = reply.join
    resolver: type[chaining.Resolver] = chaining.Resolver
    sessions: type[Sessions] = Sessions
