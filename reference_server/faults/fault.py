"""What a fault is, and the list of all of them.

A fault breaks what it says, and nothing else. It takes hold at the outermost place that can do it:
around the core, around the application, in one of its parts, or on the wire.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from starlette.types import ASGIApp

from reference_server.jsonrpc.core import RpcHandler
from reference_server.odata.service import ODataHandler


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
        museum: the ids of the real bugs that it rebuilds.
        surface: where it shows: jsonrpc, odata or sse.
        wrap_rpc: around the core, bytes to bytes.
        wrap_app: around the ASGI application, HTTP requests only.
        parts: fields of `jsonrpc.parts.Parts` to replace.
        wrap_odata: around the OData core, request to response.
        odata_parts: fields of `odata.parts.Parts` to replace.
        stream_parts: fields of `sse.parts.StreamParts` to replace.
        wire: makes what stands between one connection and the server.
    """

    name: str
    summary: str
    breaks: tuple[str, ...]
    museum: tuple[str, ...] = ()
    surface: str = "jsonrpc"
    wrap_rpc: Callable[[RpcHandler], RpcHandler] | None = None
    wrap_app: Callable[[ASGIApp], ASGIApp] | None = None
    parts: Mapping[str, object] = field(default_factory=dict)
    wrap_odata: Callable[[ODataHandler], ODataHandler] | None = None
    odata_parts: Mapping[str, object] = field(default_factory=dict)
    stream_parts: Mapping[str, object] = field(default_factory=dict)
    wire: Callable[[], Wire] | None = None


#: All faults, under their names; the topic modules fill it.
FAULTS: Final[dict[str, Fault]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What is said of a fault beside what it does: see `Fault`."""

    name: str
    breaks: Sequence[str]
    museum: Sequence[str] = ()


def register(
    marks: Marks,
    summary: str | None,
    *,
    wrap_rpc: Callable[[RpcHandler], RpcHandler] | None = None,
    wrap_app: Callable[[ASGIApp], ASGIApp] | None = None,
    parts: Mapping[str, object] | None = None,
    wire: Callable[[], Wire] | None = None,
) -> None:
    """Put a fault on the list; ids of requirements are written without their spec's prefix."""
    assert marks.name not in FAULTS, marks.name
    assert summary, marks.name
    FAULTS[marks.name] = Fault(
        name=marks.name,
        summary=summary.split("\n", 1)[0].rstrip("."),
        breaks=tuple(map(_full_id, marks.breaks)),
        museum=tuple(f"MUS-{one}" for one in marks.museum),
        wrap_rpc=wrap_rpc,
        wrap_app=wrap_app,
        parts=parts or {},
        wire=wire,
    )


def _full_id(short: str) -> str:
    return short if short.startswith(("OBJQL-", "JSONRPC-")) else f"JSONRPC-{short}"
