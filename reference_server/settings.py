"""What an operator can choose; the names are the seed's, in snake case.

Every opt-in feature is off here and on in `everything_on`. Knows ranges and defaults; refuses to
know what a feature does.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from reference_server.errors import InputError, nearest

#: Names that `--without` takes, each with the flag that it clears.
JSONRPC_FEATURES: Final = {
    "chaining": "enable_chaining",
    "examples": "enable_examples",
    "introspection": "enable_introspection",
    "progress": "enable_progress",
    "sessions": "enable_sessions",
}
ODATA_FEATURES: Final = {
    "async": "enable_async",
    "batch": "enable_batch",
    "etags": "enable_etags",
}
FEATURES: Final = dict(sorted((ODATA_FEATURES | JSONRPC_FEATURES).items()))

# CPython's JSON scanner recurses once a level and Python allows 1000 frames, callers included.
DEPTH_LIMIT: Final = 400

_JSONRPC_RANGES: Final = {
    "session_timeout_ms": (1, 31 * 24 * 3_600_000),
    "max_body_bytes": (1, 1 << 30),
    "max_batch": (1, 1_000_000),
    "max_depth": (1, DEPTH_LIMIT),
    "max_sessions": (1, 10_000_000),
    "max_session_bytes": (1, 1 << 30),
}
_ODATA_RANGES: Final = {
    "max_body_bytes": (1, 1 << 30),
    "max_operations": (1, 1_000_000),
    "max_depth": (1, DEPTH_LIMIT),
    "max_jobs": (1, 1_000_000),
}

# The smallest buffers hold one event of any size that is allowed (`sse.event.MAX_FRAME_BYTES`).
_PROGRESS_RANGES: Final = {
    "heartbeat_ms": (10, 3_600_000),
    "retry_ms": (0, 3_600_000),
    "replay_events": (1, 1_000_000),
    "replay_bytes": (65_536, 1 << 30),
    "max_replay_bytes": (65_536, 1 << 40),
    "max_streams": (1, 10_000_000),
    "max_streams_per_session": (1, 10_000_000),
    "max_streams_per_address": (1, 10_000_000),
    "max_sessions": (1, 10_000_000),
}

# CSDL 15.2: a name with dots between simple identifiers.
_NAMESPACE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}(\.[A-Za-z_][A-Za-z0-9_]{0,127})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonRpcSettings:
    """The JSON-RPC half.

    Raises:
        InputError: a value is out of range, or the path is no absolute path.
    """

    base_path: str = "/rpc"
    enable_progress: bool = False
    enable_chaining: bool = False
    enable_sessions: bool = False
    enable_examples: bool = False
    enable_introspection: bool = False
    session_timeout_ms: int = 1_800_000
    max_body_bytes: int = 8 * 1024 * 1024
    max_batch: int = 2000
    max_depth: int = 200
    max_sessions: int = 10_000
    max_session_bytes: int = 65_536
    cors_origin: str | None = None

    def __post_init__(self) -> None:
        _check(self.base_path, "/rpc", _values(self, _JSONRPC_RANGES), _JSONRPC_RANGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ODataSettings:
    """The OData half.

    Attributes:
        namespace: of the schema in `$metadata`.
        require_if_match: a change of an entity that is there has to name its ETag; not switched
            on by `everything_on`, since it is a rule and no offer.
        max_operations: most requests of a batch, those in change sets counted one by one.
        max_jobs: answers that are kept for later.

    Raises:
        InputError: a value is out of range, the path is no absolute path, or the namespace none.
    """

    base_path: str = "/odata"
    enable_async: bool = False
    enable_batch: bool = False
    enable_etags: bool = False
    require_if_match: bool = False
    namespace: str = "Wirecheck"
    max_body_bytes: int = 64 * 1024 * 1024
    max_operations: int = 10_000
    max_depth: int = 100
    max_jobs: int = 100
    cors_origin: str | None = None

    def __post_init__(self) -> None:
        _check(self.base_path, "/odata", _values(self, _ODATA_RANGES), _ODATA_RANGES)
        if _NAMESPACE.fullmatch(self.namespace) is None:
            raise InputError("namespace", "a namespace such as Wirecheck", self.namespace)


def _check(
    path: str,
    example: str,
    values: Mapping[str, int],
    ranges: Mapping[str, tuple[int, int]],
) -> None:
    if not path.startswith("/") or (path.endswith("/") and path != "/") or "?" in path:
        raise InputError("base_path", f"a path such as {example}", path)
    _check_ranges(values, ranges)


def _check_ranges(values: Mapping[str, int], ranges: Mapping[str, tuple[int, int]]) -> None:
    for name, (least, most) in ranges.items():
        if not least <= values[name] <= most:
            raise InputError(name, f"a number from {least} to {most}", values[name])


def _values(settings: object, names: Iterable[str]) -> dict[str, int]:
    return {name: getattr(settings, name) for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressSettings:
    """The streams of progress; `JsonRpcSettings.enable_progress` switches them on.

    Attributes:
        heartbeat_ms: every stream gets a comment so often.
        retry_ms: a client is told to wait so long before it connects again.
        replay_events: what is kept of one session, for clients that come back or are behind.
        replay_bytes: likewise, in bytes.
        max_replay_bytes: what is kept of all sessions together.
        max_streams: open at once.
        max_streams_per_session: likewise, of one session.
        max_streams_per_address: likewise, from one client address.
        max_sessions: that events are kept of at once.

    Raises:
        InputError: a value is out of range.
    """

    heartbeat_ms: int = 30_000
    retry_ms: int = 1000
    replay_events: int = 1000
    replay_bytes: int = 1 << 20
    max_replay_bytes: int = 64 << 20
    max_streams: int = 10_000
    max_streams_per_session: int = 1000
    max_streams_per_address: int = 5000
    max_sessions: int = 10_000

    def __post_init__(self) -> None:
        _check_ranges(_values(self, _PROGRESS_RANGES), _PROGRESS_RANGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of the server; each protocol has a part of its own.

    With a `redis_url` several processes share their progress streams.
    """

    jsonrpc: JsonRpcSettings = field(default_factory=JsonRpcSettings)
    odata: ODataSettings = field(default_factory=ODataSettings)
    progress: ProgressSettings = field(default_factory=ProgressSettings)
    redis_url: str | None = None
    database_url: str = "sqlite://"


def everything_on(settings: Settings, *, without: Iterable[str] = ()) -> Settings:
    """Switch every feature on but those named in `without`.

    Raises:
        InputError: a name is no feature.
    """
    off = set()
    for name in without:
        if name not in FEATURES:
            expected = f"one of {', '.join(FEATURES)}"
            raise InputError("--without", expected, name, nearest(name, FEATURES))
        off.add(FEATURES[name])
    # Any: the flags are bool, but replace() can't tell that from their names.
    jsonrpc: dict[str, Any] = {flag: flag not in off for flag in JSONRPC_FEATURES.values()}
    odata: dict[str, Any] = {flag: flag not in off for flag in ODATA_FEATURES.values()}
    return replace(
        settings,
        jsonrpc=replace(settings.jsonrpc, **jsonrpc),
        odata=replace(settings.odata, **odata),
    )
