"""The runs that the proof is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from reference_server.faults import FAULTS, Fault
from tests.proof.lab import CORS_ORIGIN, TIMEOUT_S, Setup

# Long enough that a stalled machine does not end a session that is in use (two uses a timeout).
_SHORT_TIMEOUT_MS: Final = 1_500
_CORS: Final[Mapping[str, Mapping[str, object]]] = {"jsonrpc": {"cors_origin": CORS_ORIGIN}}
_TIMED: Final = {**_CORS, "objectql": {"session_timeout_ms": _SHORT_TIMEOUT_MS}}
_NO_BATCH: Final = {"capabilities": {"jsonrpc.batch": False}}
_NOTHING_EXTRA: Final = {"objectql": {"chaining": False, "sessions": False, "progress": False}}
_TIMED_ROWS: Final = {"OBJQL-SESSION-11", "OBJQL-SESSION-12"}

# What a fault of streams can break; for speed nothing else is judged with one.
_STREAM_CASES: Final = ("sse/*", "OBJQL-PROGRESS-*")
# So little that what is not let go of soon shows: in all, more than what is open at once.
_LITTLE_ROOM: Final = {
    "replay_events": 120,
    "replay_bytes": 262_144,
    "max_replay_bytes": 393_216,
    "max_streams": 32,
    "max_streams_per_address": 30,
    "max_sessions": 24,
}
# The stream that counts, where others judge the streams of sessions.
_NUMBERS: Final = {
    "sse": {"finite": "/rpc/events?count=3&interval_ms=10", "refused": "/rpc/events?count=none"}
}
# The profile promises what a stream that ends can't keep; a head that waits costs each case; what
# else breaks beside the others hangs on which of several cases comes first.
_ONLY: Final = {
    "legal-streams-end-at-once": ("SSE-IANA-08",),
    "a-sixth-stream-waits": ("SSE-HTTP-21",),
    "sessions-share-one-stream": ("SSE-9.2.7-03", "OBJQL-PROGRESS-07"),
    "the-head-waits": ("SSE-HTTP-07",),
}
# Cases that run at once get into each other's streams, and what they rely on is not there then.
_ONE_BY_ONE: Final = frozenset({"sessions-share-one-stream"})
_PATIENT_S: Final = 10.0
# Many cases wait for what comes by itself.
_STREAM_JOBS: Final = 4

# What a fault of OData can break.
_SERVICE_CASES: Final = ("odata/*", "OBJQL-CHANGESET-*")
_SERVICE_JOBS: Final = 4
# The reference server declares less: lambda operators and the like are not there.
_ADVANCED: Final = {"capabilities": {"odata.advanced": True}}
_NO_SERVICE_BATCH: Final = {
    "capabilities": {
        "odata.batch": False,
        "odata.no-batch": True,
        "odata.multipart-batch": False,
        "odata.json-batch": False,
    }
}
# Faults that show only where a feature is off.
_WITHOUT: Final[Mapping[str, Sequence[str]]] = {
    "lacking-batches-are-404": ("batch",),
    "deleted-entities-stay": ("etags",),
}
# A service may ask for If-Match; the metadata does not tell.
_CAREFUL: Final = {"capabilities": {"odata.advanced": True, "odata.etag-required": True}}
_CAREFUL_FAULTS: Final = frozenset({"required-conditions-are-not-asked-for"})


def _service(
    name: str, *, fault: str | None = None, without: Sequence[str] = (), is_advanced: bool = True
) -> Setup:
    return Setup(
        name=name,
        fault=fault,
        without=without,
        claims=_ADVANCED if is_advanced else {},
        surfaces=("odata",),
        only=_SERVICE_CASES,
        jobs=_SERVICE_JOBS,
    )


def _careful(name: str) -> Setup:
    return replace(_service(name), claims=_CAREFUL, require_if_match=True)


#: Servers that keep everything; what they are said to offer differs.
HEALTHY: Final = (
    _service("healthy service"),
    _service("service without batches", without=("batch",), is_advanced=False),
    _careful("service that asks for conditions"),
    _service("service without more", without=("async", "etags"), is_advanced=False),
    Setup(name="healthy streams", surfaces=("sse",), only=_STREAM_CASES, jobs=_STREAM_JOBS),
    Setup(
        name="streams with little room",
        surfaces=("sse",),
        only=_STREAM_CASES,
        jobs=_STREAM_JOBS,
        bounds=_LITTLE_ROOM,
        claims=_NUMBERS,
    ),
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
    (
        Setup(
            name="batches of a service said to be lacking are there",
            claims=_NO_SERVICE_BATCH,
            surfaces=("odata",),
            only=("odata/batches-*",),
        ),
        frozenset({"ODATA-9.3.1-01", "ODATA-C40-MIN-01", "ODATA-CAP-01"}),
    ),
)


def _of_stream(fault: Fault) -> Setup:
    return Setup(
        name=fault.name,
        fault=fault.name,
        surfaces=("sse",),
        only=_ONLY.get(fault.name, _STREAM_CASES),
        jobs=1 if fault.name in _ONE_BY_ONE else _STREAM_JOBS,
        timeout_s=_PATIENT_S if fault.name == "the-head-waits" else TIMEOUT_S,
    )


def _of_service(fault: Fault) -> Setup:
    if fault.name in _CAREFUL_FAULTS:
        return replace(_careful(fault.name), fault=fault.name)
    without = _WITHOUT.get(fault.name, ())
    return _service(
        fault.name,
        fault=fault.name,
        without=without,
        is_advanced=bool(fault.breaks) and "batch" not in without,
    )


def _of(fault: Fault) -> Setup:
    if fault.surface == "sse":
        return _of_stream(fault)
    if fault.surface == "odata":
        return _of_service(fault)
    if _TIMED_ROWS & set(fault.breaks):
        return Setup(
            name=fault.name,
            fault=fault.name,
            claims=_TIMED,
            session_timeout_ms=_SHORT_TIMEOUT_MS,
        )
    return Setup(name=fault.name, fault=fault.name, claims=_CORS)


def _variant(fault: Fault) -> Setup:
    if fault.surface == "odata":
        # What ObjectQL promises beside goes further than what a service is free to do.
        return replace(_of_service(fault), only=("odata/*",))
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
