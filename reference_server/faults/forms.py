"""The forms that a fault takes: each decorator puts a function that does wrong around the server.

A function's docstring says what the server does wrong; it is the fault's summary.
"""

from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final, TypeAlias

from reference_server.errors import JsonTextError
from reference_server.faults.fault import Marks, register
from reference_server.json_text import Json, read, write
from reference_server.jsonrpc.core import RpcHandler

_ANY_DEPTH: Final = 400


class Dropped(Enum):
    """The type of `DROPPED`: no response at all."""

    DROPPED = "dropped"


DROPPED: Final = Dropped.DROPPED
Object: TypeAlias = dict[str, Json]


def parsed(body: bytes) -> Json | Dropped:
    """Return the value of a JSON text, `DROPPED` when it is none."""
    try:
        return read(body, max_depth=_ANY_DEPTH)
    except JsonTextError:
        return DROPPED


def entries_of(body: bytes) -> list[Json]:
    """Return the entries of a batch, or a single message as one; none when it is no JSON."""
    value = parsed(body)
    if value is DROPPED:
        return []
    return value if isinstance(value, list) else [value]


def is_notification(entry: Json) -> bool:
    """Tell whether a message looks like a valid request without an id."""
    return (
        isinstance(entry, dict)
        and entry.get("jsonrpc") == "2.0"
        and isinstance(entry.get("method"), str)
        and "id" not in entry
        and isinstance(entry.get("params", []), list | dict)
    )


def is_call(entry: Json) -> bool:
    """Tell whether a message looks like a valid request with an id."""
    return (
        isinstance(entry, dict)
        and "id" in entry
        and is_notification({name: one for name, one in entry.items() if name != "id"})
    )


def error(code: int, message: str, request_id: Json = None) -> Object:
    """Return an error response."""
    return {"jsonrpc": "2.0", "error": {"code": code, "message": message}, "id": request_id}


def result(value: Json, request_id: Json) -> Object:
    """Return a result response."""
    return {"jsonrpc": "2.0", "result": value, "id": request_id}


def call_for(response: Object, entries: Sequence[Json]) -> Object:
    """Return the request that a response answers, an empty object when it can't be told."""
    for entry in entries:
        if isinstance(entry, dict) and "id" in entry and same(entry["id"], response.get("id")):
            return entry
    return entries[0] if len(entries) == 1 and isinstance(entries[0], dict) else {}


def same(one: Json, other: Json) -> bool:
    """Compare values as JSON does: true is no 1."""
    return one == other and isinstance(one, bool) is isinstance(other, bool)


#: Reads a body, may ask the core, returns what is sent.
RpcFault: TypeAlias = Callable[[bytes, RpcHandler], bytes | None]
#: Gets a response of the core and the request that it answers; returns what is sent instead.
ResponseFault: TypeAlias = Callable[[Object, Object], Json | Dropped]
#: Gets a message, returns what the core shall see instead.
MessageFault: TypeAlias = Callable[[Json], Json]


def on_body(
    name: str,
    *,
    breaks: Sequence[str],
    museum: Sequence[str] = (),
) -> Callable[[RpcFault], RpcFault]:
    """Put a function between the body and the core."""

    def decorate(broken: RpcFault) -> RpcFault:
        def wrap(answer: RpcHandler) -> RpcHandler:
            return lambda body: broken(body, answer)

        marks = Marks(name=name, breaks=breaks, museum=museum)
        register(marks, broken.__doc__, wrap_rpc=wrap)
        return broken

    return decorate


def on_response(
    name: str,
    *,
    breaks: Sequence[str],
    museum: Sequence[str] = (),
) -> Callable[[ResponseFault], ResponseFault]:
    """Let a function rewrite each response, of single calls and of batches."""

    def decorate(broken: ResponseFault) -> ResponseFault:
        def wrap(answer: RpcHandler) -> RpcHandler:
            return lambda body: _rewritten(body, answer(body), broken)

        marks = Marks(name=name, breaks=breaks, museum=museum)
        register(marks, broken.__doc__, wrap_rpc=wrap)
        return broken

    return decorate


def on_message(
    name: str,
    *,
    breaks: Sequence[str],
    museum: Sequence[str] = (),
) -> Callable[[MessageFault], MessageFault]:
    """Let a function rewrite each message before the core sees it, single or in a batch."""

    def decorate(broken: MessageFault) -> MessageFault:
        def wrap(answer: RpcHandler) -> RpcHandler:
            def handle(body: bytes) -> bytes | None:
                value = parsed(body)
                if value is DROPPED:
                    return answer(body)
                seen: Json = list(map(broken, value)) if isinstance(value, list) else broken(value)
                return answer(body if seen == value else write(seen))

            return handle

        marks = Marks(name=name, breaks=breaks, museum=museum)
        register(marks, broken.__doc__, wrap_rpc=wrap)
        return broken

    return decorate


def _rewritten(body: bytes, answer: bytes | None, broken: ResponseFault) -> bytes | None:
    if answer is None:
        return None
    entries = entries_of(body)
    value = parsed(answer)
    if isinstance(value, list):
        kept = [
            one
            for response in value
            if isinstance(response, dict)
            and (one := broken(response, call_for(response, entries))) is not DROPPED
        ]
        return write(kept) if kept else None
    assert isinstance(value, dict)
    single = broken(value, call_for(value, entries))
    return None if single is DROPPED else write(single)
