"""The runs that the proof is made of."""

from collections.abc import Mapping
from typing import Final

from reference_server.faults import FAULTS, Fault
from tests.proof.lab import CORS_ORIGIN, Setup

# Long enough that a stalled machine does not end a session that is in use (two uses a timeout).
_SHORT_TIMEOUT_MS: Final = 1_500
_CORS: Final[Mapping[str, Mapping[str, object]]] = {"jsonrpc": {"cors_origin": CORS_ORIGIN}}
_TIMED: Final = {**_CORS, "objectql": {"session_timeout_ms": _SHORT_TIMEOUT_MS}}
_NO_BATCH: Final = {"capabilities": {"jsonrpc.batch": False}}
_NOTHING_EXTRA: Final = {"objectql": {"chaining": False, "sessions": False, "progress": False}}
_TIMED_ROWS: Final = {"OBJQL-SESSION-11", "OBJQL-SESSION-12"}

# What a fault of streams can break; for speed nothing else is judged with one.
_STREAM_CASES: Final = ("sse/*", "OBJQL-PROGRESS-*")
# Many cases wait for what comes by itself.
_STREAM_JOBS: Final = 4

#: Servers that keep everything; what they are said to offer differs.
HEALTHY: Final = (
    Setup(name="healthy streams", surfaces=("sse",), only=_STREAM_CASES, jobs=_STREAM_JOBS),
    Setup(name="healthy", claims=_TIMED, session_timeout_ms=_SHORT_TIMEOUT_MS),
    Setup(name="without batches", fault="batches-are-refused", claims=_NO_BATCH),
    Setup(
        name="without extensions",
        without=("chaining", "sessions", "introspection", "progress"),
        claims=_NOTHING_EXTRA,
    ),
)

#: Servers that are not what their profile says; requirement ids that this breaks.
LIARS: Final = (
    (
        Setup(
            name="batches said to be off crash",
            fault="batches-get-a-page",
            claims=_NO_BATCH,
            only=("jsonrpc/*",),
        ),
        frozenset({"JSONRPC-6-29"}),
    ),
    (
        Setup(name="extensions said to be off are on", claims=_NOTHING_EXTRA, only=("objectql/*",)),
        frozenset({"OBJQL-OFF-01", "OBJQL-OFF-02", "OBJQL-OFF-03"}),
    ),
)


def _of_stream(fault: Fault) -> Setup:
    return Setup(
        name=fault.name,
        fault=fault.name,
        surfaces=("sse",),
        only=_STREAM_CASES,
        jobs=_STREAM_JOBS,
    )


def _of(fault: Fault) -> Setup:
    if fault.surface == "sse":
        return _of_stream(fault)
    if _TIMED_ROWS & set(fault.breaks):
        return Setup(
            name=fault.name,
            fault=fault.name,
            claims=_TIMED,
            session_timeout_ms=_SHORT_TIMEOUT_MS,
        )
    return Setup(name=fault.name, fault=fault.name, claims=_CORS)


def _variant(fault: Fault) -> Setup:
    if fault.surface == "sse":
        return _of_stream(fault)
    claims = {"jsonrpc": {"cors_origin": CORS_ORIGIN, "get": {"query": "method=get_data&id=1"}}}
    # Chaining asks for the order in which entries stand; the specification does not.
    only = ("jsonrpc/*",) if fault.name == "legal-batches-run-backwards" else ()
    return Setup(name=fault.name, fault=fault.name, claims=claims, only=only)


#: One server a fault.
BROKEN: Final = {name: _of(one) for name, one in FAULTS.items() if one.breaks}
#: One server a legal choice.
VARIANTS: Final = {name: _variant(one) for name, one in FAULTS.items() if not one.breaks}

#: All of them, by name.
SETUPS: Final = {
    one.name: one
    for one in [*HEALTHY, *(one for one, _ in LIARS), *BROKEN.values(), *VARIANTS.values()]
}
