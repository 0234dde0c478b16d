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
_NOTHING_EXTRA: Final = {"objectql": {"chaining": False, "sessions": False}}
_TIMED_ROWS: Final = {"OBJQL-SESSION-11", "OBJQL-SESSION-12"}

#: Servers that keep everything; what they are said to offer differs.
HEALTHY: Final = (
    Setup(name="healthy", claims=_TIMED, session_timeout_ms=_SHORT_TIMEOUT_MS),
    Setup(name="without batches", fault="batches-are-refused", claims=_NO_BATCH),
    Setup(
        name="without extensions",
        without=("chaining", "sessions", "introspection"),
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
        frozenset({"OBJQL-OFF-01", "OBJQL-OFF-02"}),
    ),
)


def _of(fault: Fault) -> Setup:
    if _TIMED_ROWS & set(fault.breaks):
        return Setup(
            name=fault.name,
            fault=fault.name,
            claims=_TIMED,
            session_timeout_ms=_SHORT_TIMEOUT_MS,
        )
    return Setup(name=fault.name, fault=fault.name, claims=_CORS)


def _variant(fault: Fault) -> Setup:
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
