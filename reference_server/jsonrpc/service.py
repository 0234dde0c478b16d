"""The JSON-RPC half put together: settings and pieces in, one bytes-to-bytes function out.

Knows which feature brings which methods. Refuses to know HTTP.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from reference_server.json_text import Json
from reference_server.jsonrpc.action_methods import action_methods, actions
from reference_server.jsonrpc.binding import carry_out
from reference_server.jsonrpc.core import Core, RpcHandler, Run
from reference_server.jsonrpc.example_methods import example_methods
from reference_server.jsonrpc.message import Absent, Call, Params
from reference_server.jsonrpc.metadata_methods import metadata_methods
from reference_server.jsonrpc.methods import Method, registry
from reference_server.jsonrpc.object_methods import object_methods
from reference_server.jsonrpc.parts import Parts
from reference_server.jsonrpc.progress import ProgressSink
from reference_server.jsonrpc.session_methods import session_methods
from reference_server.jsonrpc.stream_actions import stream_actions
from reference_server.jsonrpc.system_methods import system_methods
from reference_server.settings import JsonRpcSettings
from reference_server.store import Store

# Parsing this much takes about a millisecond, as long as an event loop may stand still.
INLINE_MAX_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the half needs from outside.

    Attributes:
        clock: monotonic seconds.
        fresh_id: text that never came before, and that nobody can guess.
        wait: blocks for so many seconds, or less if the server ends.
        on_crash: is told when a method raises what it should not.
        progress: where progress is told, None if nowhere.
    """

    store: Store
    clock: Callable[[], float]
    fresh_id: Callable[[], str]
    wait: Callable[[float], object]
    on_crash: Callable[[Call, Exception], None]
    progress: ProgressSink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcService:
    """One endpoint; `may_block` tells of a message whether answering it could take long."""

    answer: RpcHandler
    may_block: Callable[[bytes], bool]
    methods: Mapping[str, Method]


def rpc_service(settings: JsonRpcSettings, around: Surroundings, parts: Parts) -> RpcService:
    """Put the half together."""
    methods = _methods(settings, around, parts)

    def run(method: Method, params: Params | Absent) -> Json:
        return carry_out(method, parts.bind(method, params))

    def lookup(name: str) -> Run:
        return partial(run, parts.find_method(methods, name))

    core = Core(lookup=lookup, on_crash=around.on_crash, settings=settings, parts=parts)
    return RpcService(answer=core.answer, may_block=_may_block(methods), methods=methods)


def _methods(settings: JsonRpcSettings, around: Surroundings, parts: Parts) -> dict[str, Method]:
    known_actions = actions(around.store)
    if around.progress is not None:
        known_actions |= registry(stream_actions(around.progress))
    methods = [
        *object_methods(around.store, around.progress),
        *metadata_methods(known_actions),
        *action_methods(known_actions),
    ]
    if settings.enable_sessions:
        sessions = parts.sessions(
            fresh_id=around.fresh_id,
            timeout_s=settings.session_timeout_ms / 1000,
            max_sessions=settings.max_sessions,
            max_session_bytes=settings.max_session_bytes,
        )
        methods += session_methods(sessions, around.clock, around.progress)
    if settings.enable_examples:
        methods += example_methods(around.wait)
    if settings.enable_introspection:
        methods += system_methods(lambda: known)
    known = registry(methods)
    return known


def _may_block(methods: Mapping[str, Method]) -> Callable[[bytes], bool]:
    """Tell long messages from short ones without parsing them.

    A method that blocks has its name in the text, between quotes, unless the name is escaped: so a
    text with a backslash counts as one that may block.
    """
    names = [re.escape(name.encode()) for name, method in methods.items() if method.blocks]
    blocking = re.compile(b'"(?:' + b"|".join(names) + b')"')

    def may_block(body: bytes) -> bool:
        return len(body) > INLINE_MAX_BYTES or b"\\" in body or blocking.search(body) is not None

    return may_block
