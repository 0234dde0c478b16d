"""The forms that a fault of streams takes: around an event's bytes, a part, an answer, the wire.

A docstring says what the server does wrong; it is the fault's summary.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

from reference_server.faults.fault import FAULTS, Fault, Marks, Wire
from reference_server.faults.wires import Untouched
from reference_server.sse.event import Event, encode_event
from reference_server.sse.hub import Hub

#: Gets an event and returns its bytes.
EventFault: TypeAlias = Callable[[Event], bytes]
#: Gets the application and one request for a stream; answers it.
StreamAppFault: TypeAlias = Callable[[ASGIApp, Scope, Receive, Send], Awaitable[None]]
_STREAM_PATHS: Final = ("/rpc/progress/", "/rpc/events")


def register(
    marks: Marks,
    summary: str | None,
    *,
    wrap_app: Callable[[ASGIApp], ASGIApp] | None = None,
    stream_parts: Mapping[str, object] | None = None,
    wire: Callable[[], Wire] | None = None,
) -> None:
    """Put a fault of streams on the list; ids are written without `SSE-` and `MUS-`."""
    assert marks.name not in FAULTS, marks.name
    assert summary, marks.name
    FAULTS[marks.name] = Fault(
        name=marks.name,
        summary=summary.split("\n", 1)[0].rstrip("."),
        breaks=tuple(one if one.startswith("OBJQL-") else f"SSE-{one}" for one in marks.breaks),
        museum=tuple(f"MUS-{one}" for one in marks.museum),
        surface="sse",
        wrap_app=wrap_app,
        stream_parts=stream_parts or {},
        wire=wire,
    )


def on_event(
    name: str, *, breaks: Sequence[str], museum: Sequence[str] = ()
) -> Callable[[EventFault], EventFault]:
    """Let a function write each event."""

    def decorate(broken: EventFault) -> EventFault:
        marks = Marks(name=name, breaks=breaks, museum=museum)
        register(marks, broken.__doc__, stream_parts={"encode_event": broken})
        return broken

    return decorate


def in_part(
    part: str, name: str, *, breaks: Sequence[str], museum: Sequence[str] = ()
) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Let a function stand for a part."""

    def decorate(broken: Callable[..., object]) -> Callable[..., object]:
        marks = Marks(name=name, breaks=breaks, museum=museum)
        register(marks, broken.__doc__, stream_parts={part: broken})
        return broken

    return decorate


def on_hub(
    name: str,
    *,
    breaks: Sequence[str],
    museum: Sequence[str] = (),
    beside: Mapping[str, object] | None = None,
) -> Callable[[type[Hub]], type[Hub]]:
    """Let a class stand for the hub; `beside` are other parts that belong to the fault."""

    def decorate(broken: type[Hub]) -> type[Hub]:
        marks = Marks(name=name, breaks=breaks, museum=museum)
        register(marks, broken.__doc__, stream_parts={"hub": broken, **(beside or {})})
        return broken

    return decorate


def on_stream_request(
    name: str, *, breaks: Sequence[str], museum: Sequence[str] = ()
) -> Callable[[StreamAppFault], StreamAppFault]:
    """Let a function answer each request for a stream, around the application."""

    def decorate(broken: StreamAppFault) -> StreamAppFault:
        def wrap(app: ASGIApp) -> ASGIApp:
            async def handle(scope: Scope, receive: Receive, send: Send) -> None:
                if scope["path"].startswith(_STREAM_PATHS):
                    await broken(app, scope, receive, send)
                else:
                    await app(scope, receive, send)

            return handle

        register(Marks(name=name, breaks=breaks, museum=museum), broken.__doc__, wrap_app=wrap)
        return broken

    return decorate


def on_stream_wire(
    name: str, *, breaks: Sequence[str], museum: Sequence[str] = ()
) -> Callable[[type[Untouched]], type[Untouched]]:
    """Put a class between each connection and the server."""

    def decorate(broken: type[Untouched]) -> type[Untouched]:
        register(Marks(name=name, breaks=breaks, museum=museum), broken.__doc__, wire=broken)
        return broken

    return decorate


def field_of(scope: Scope, name: bytes) -> bytes | None:
    """Return a request's header field, None without it."""
    fields: dict[bytes, bytes] = dict(scope["headers"])
    return fields.get(name)


def plain(event: Event) -> bytes:
    """Write an event rightly."""
    return encode_event(event)
