"""One run of the suite against the reference server with a fault in it, in this process.

Here, and only here, both halves meet: the server on a real port, the suite knowing its URL.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import anyio

from conformance.session import EMBEDDED_PROFILE, RunOptions, open_session
from conformance.words.template import to_json_text
from conformance.words.verdict import RED, Check, Verdict
from conformance.words.yaml_file import load_yaml
from reference_server.app import create_app
from reference_server.faults import Fault, fault
from reference_server.server import listen, server_for, url_of
from reference_server.settings import (
    JsonRpcSettings,
    ODataSettings,
    ProgressSettings,
    Settings,
    everything_on,
)

# Long enough for a loaded machine, and no more: a fault that never answers costs it at each case.
TIMEOUT_S: Final = 2.0
SEED: Final = 1
CORS_ORIGIN: Final = "http://allowed.example"
# Short: each run watches idle streams for two and a half.
HEARTBEAT_MS: Final = 600
MAX_STREAMS: Final = 20
#: Where each surface beside JSON-RPC is.
PATHS: Final = {"odata": "/odata", "sse": "/rpc/progress/{session}"}
_STREAM_CLAIMS: Final[Mapping[str, object]] = {
    "heartbeat_ms": HEARTBEAT_MS,
    "max_streams": MAX_STREAMS,
    "cors_origin": CORS_ORIGIN,
}
Key = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """How the server is started, and what the profile says beside the embedded one's.

    `claims` are merged into the profile's sections; `only` restricts the run to some cases, and
    `surfaces` to those beside JSON-RPC that are opened. `bounds` are of the progress streams.
    """

    name: str
    fault: str | None = None
    without: Sequence[str] = ()
    session_timeout_ms: int = 1_800_000
    require_if_match: bool = False
    bounds: Mapping[str, int] = field(default_factory=dict)
    claims: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    only: Sequence[str] = ()
    surfaces: Sequence[str] = ()
    jobs: int = 1
    timeout_s: float = TIMEOUT_S


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run came to: the verdict of each check, and what was told of it."""

    verdicts: Mapping[Key, str]
    told: Mapping[Key, str]
    levels: Mapping[str, str]

    def noticed(self, key: Key) -> bool:
        """Tell whether a check says that something is not as it might be.

        Red; or, for permissions, that they are not used; or a remark, where a row allows no more.
        """
        verdict = self.verdicts.get(key)
        is_remark = self.told.get(key, "").startswith(("remark:", "in "))
        return verdict in RED or verdict == Verdict.NOT_APPLICABLE or is_remark

    @property
    def red(self) -> set[Key]:
        """The checks that failed or warned."""
        return {key for key, verdict in self.verdicts.items() if verdict in RED}

    @property
    def turned(self) -> set[str]:
        """The requirements that broke, and the permissions that are not used."""
        unused = {
            key[0]
            for key, verdict in self.verdicts.items()
            if verdict == Verdict.NOT_APPLICABLE and self.levels[key[0]] == "MAY"
        }
        return {key[0] for key in self.red} | unused


def settings_of(setup: Setup) -> Settings:
    """Return how the reference server is to be set up."""
    return everything_on(
        Settings(
            jsonrpc=JsonRpcSettings(
                session_timeout_ms=setup.session_timeout_ms, cors_origin=CORS_ORIGIN
            ),
            odata=ODataSettings(require_if_match=setup.require_if_match),
            progress=ProgressSettings(
                heartbeat_ms=HEARTBEAT_MS, max_streams_per_session=MAX_STREAMS, **setup.bounds
            ),
        ),
        without=setup.without,
    )


def write_profile(setup: Setup, folder: Path) -> Path:
    """Write what a setup's profile says into a folder; return its path."""
    profile = load_yaml(EMBEDDED_PROFILE)
    assert isinstance(profile, dict)
    for surface in PATHS.keys() - set(setup.surfaces):
        profile.pop(surface, None)
    own = {"sse": _STREAM_CLAIMS} if "sse" in setup.surfaces else {}
    for section, members in [*own.items(), *setup.claims.items()]:
        profile[section] = {**profile.get(section, {}), **members}
    path = folder / f"{setup.name.replace(' ', '-')}.yaml"
    path.write_text(to_json_text(profile), encoding="utf-8")
    return path


@contextmanager
def served(setup: Setup) -> Iterator[str]:
    """Start the reference server on a thread; yield its URL."""
    faults: list[Fault] = [fault(setup.fault)] if setup.fault else []
    settings = settings_of(setup)
    with listen("127.0.0.1", 0) as listener:
        app = create_app(settings, faults=faults)
        server = server_for(app, faults=faults)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield url_of(listener)
        finally:
            server.stop()
            thread.join()
            app.store.close()


def run(setup: Setup, folder: Path) -> Outcome:
    """Judge the server of a setup; the profile is written into `folder`."""
    path = write_profile(setup, folder)
    with served(setup) as url:
        urls = {surface: f"{url}{PATHS[surface]}" for surface in setup.surfaces}
        options = RunOptions(
            jsonrpc=f"{url}/rpc",
            odata=urls.get("odata"),
            sse=urls.get("sse"),
            profile=path,
            allow_writes=True,
            jobs=setup.jobs,
            timeout_s=setup.timeout_s,
            seed=SEED,
            only=tuple(setup.only),
        )
        checks = anyio.run(_judged, options)
    return Outcome(
        verdicts={check.key: check.verdict.value for check in checks},
        told={check.key: check.message for check in checks},
        levels={check.requirement: check.level for check in checks},
    )


async def _judged(options: RunOptions) -> list[Check]:
    opened = await open_session(options)
    await opened.run(lambda event: None)  # noqa: ARG005 - nothing is shown
    return opened.report.checks
