"""Named, deliberate violations that the server can be started with.

A fault breaks what it says, and nothing else. It takes hold at the outermost place that can do it:
around the core, around the application, in one of its parts, or on the wire.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from starlette.types import ASGIApp

from reference_server.errors import InputError, nearest
from reference_server.jsonrpc.core import RpcHandler


class Wire(Protocol):
    """What stands between one connection's bytes and the server."""

    def received(self, data: bytes) -> bytes:
        """Return what the server shall see instead of `data`; pieces are as they arrive."""

    def sent(self, data: bytes) -> bytes:
        """Return what the peer shall see instead of `data`; pieces are as they are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One violation.

    Attributes:
        name: kebab-case, for `--fault`.
        summary: what the server does wrong, in one sentence.
        breaks: the requirements that it breaks.
        also: further requirements that can't stay whole next to it.
        museum: the id of the real bug that it rebuilds.
        wrap_rpc: around the core, bytes to bytes.
        wrap_app: around the ASGI application, HTTP requests only.
        parts: fields of `jsonrpc.parts.Parts` to replace.
        wire: makes what stands between one connection and the server.
    """

    name: str
    summary: str
    breaks: tuple[str, ...]
    also: tuple[str, ...] = ()
    museum: str | None = None
    wrap_rpc: Callable[[RpcHandler], RpcHandler] | None = None
    wrap_app: Callable[[ASGIApp], ASGIApp] | None = None
    parts: Mapping[str, object] = field(default_factory=dict)
    wire: Callable[[], Wire] | None = None


#: All faults, under their names.
FAULTS: Final[Mapping[str, Fault]] = {}


def fault(name: str) -> Fault:
    """Find a fault.

    Raises:
        InputError: there is none.
    """
    if name not in FAULTS:
        hint = nearest(name, FAULTS) or "`faults` lists them"
        raise InputError("--fault", "the name of a fault", name, hint)
    return FAULTS[name]
