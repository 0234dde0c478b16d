"""What an operator can choose; the names are the seed's, in snake case.

Every opt-in feature is off here and on in `everything_on`. Knows ranges and defaults; refuses to
know what a feature does.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from reference_server.errors import InputError, nearest

#: Names that `--without` takes, each with the flag of `JsonRpcSettings` that it clears.
FEATURES: Final = {
    "chaining": "enable_chaining",
    "examples": "enable_examples",
    "introspection": "enable_introspection",
    "progress": "enable_progress",
    "sessions": "enable_sessions",
}

# CPython's JSON scanner recurses once a level and Python allows 1000 frames, callers included.
DEPTH_LIMIT: Final = 400

_RANGES: Final = {
    "session_timeout_ms": (1, 31 * 24 * 3_600_000),
    "max_body_bytes": (1, 1 << 30),
    "max_batch": (1, 1_000_000),
    "max_depth": (1, DEPTH_LIMIT),
    "max_sessions": (1, 10_000_000),
    "max_session_bytes": (1, 1 << 30),
}


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
        path = self.base_path
        if not path.startswith("/") or (path.endswith("/") and path != "/") or "?" in path:
            raise InputError("base_path", "a path such as /rpc", path)
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise InputError(name, f"a number from {least} to {most}", value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All of the server; each protocol has a part of its own."""

    jsonrpc: JsonRpcSettings = field(default_factory=JsonRpcSettings)
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
    flags: dict[str, Any] = {flag: flag not in off for flag in FEATURES.values()}
    switched = replace(settings.jsonrpc, **flags)
    return replace(settings, jsonrpc=switched)
