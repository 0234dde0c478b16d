"""The suite at the server: sessions opened once, and cases run against a server that is changed."""

import gc
import os
import signal
import socket
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import _lru_cache_wrapper
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import anyio

from conformance.engine.case_run import CaseResult, CaseRunner
from conformance.engine.plan import PlannedCase
from conformance.engine.scenario import Case
from conformance.engine.schedule import Schedule
from conformance.session import RunOptions, Session, open_session
from conformance.words.events import CaseFinished, RunEvent
from conformance.words.verdict import RED, Check, Verdict
from reference_server.server import listen, url_of
from tests.proof.lab import PATHS, SEED, Key, Setup, settings_of, write_profile
from tests.proof.mutation.trace import Line, Touched

# Silence is a kill: long enough that a loaded machine does not look like it.
EXCHANGE_TIMEOUT_S: Final = 5.0
# Of several cases under way when a server falls silent none is blamed; here one fault is enough.
_KILLS: Final = RED | {Verdict.ERROR}
#: Shows what a run came to: the check, and what was told of it.
Red = tuple[Key, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One setup with a port of its own and a session that knows it.

    What the server offers was found out while it was whole, as a profile would tell it: a mutant
    can't make checks not applicable by no longer offering what they are about.
    """

    setup: Setup
    listener: socket.socket
    session: Session


def start(setup: Setup, listener: socket.socket) -> threading.Thread:
    """Start the server on a thread that ends with the process.

    The server's modules are looked up now: they may have been imported anew.
    """
    from reference_server.app import create_app
    from reference_server.faults import fault
    from reference_server.server import server_for

    faults = [fault(setup.fault)] if setup.fault else []
    server = server_for(create_app(settings_of(setup), faults=faults), faults=faults)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    return thread


def open_bench(setup: Setup, folder: Path) -> Bench:
    """Open a session at the unchanged server, which another process serves meanwhile."""
    listener = listen("127.0.0.1", 0)
    url = url_of(listener)
    surfaces = {surface: f"{url}{PATHS[surface]}" for surface in setup.surfaces}
    options = RunOptions(
        jsonrpc=f"{url}/rpc",
        odata=surfaces.get("odata"),
        sse=surfaces.get("sse"),
        profile=write_profile(setup, folder),
        allow_writes=True,
        jobs=setup.jobs,
        timeout_s=EXCHANGE_TIMEOUT_S,
        seed=SEED,
        only=tuple(setup.only),
        ignores_reliance=True,
    )
    serving = os.fork()
    if serving == 0:
        start(setup, listener).join()
        os._exit(0)
    try:
        session = anyio.run(open_session, options)
    finally:
        os.kill(serving, signal.SIGKILL)
        os.waitpid(serving, 0)
    return Bench(setup=setup, listener=listener, session=session)


class _Watched(CaseRunner):
    """Says whose turn it is, and lets nothing of the server be known from the case before.

    What a cache answers runs no line: else a case would look as if it did not need it.
    """

    touched: Touched
    caches: "Sequence[_lru_cache_wrapper[object]]"

    async def run(self, case: Case) -> CaseResult:
        for cache in self.caches:
            cache.cache_clear()
        self.touched.switch(case.id)
        return await super().run(case)


@dataclass(frozen=True, slots=True, kw_only=True)
class Healthy:
    """What the unchanged server came to: red checks, seconds a case, and lines a case if asked."""

    red: frozenset[Key]
    took_s: Mapping[str, float]
    lines: Mapping[str, frozenset[Line]] = field(default_factory=dict)


def judge_healthy(bench: Bench, folder: str | None = None) -> Healthy:
    """Judge the unchanged server; with a folder, record which case touches which line below it."""
    if folder is None:
        start(bench.setup, bench.listener)
        return _judged(bench, bench.session.runner, 0)
    touched = Touched(folder)
    runner = _watched_runner(bench, touched)
    with touched.watching():
        start(bench.setup, bench.listener)
        _wait_for_start(bench.listener)
        healthy = _judged(bench, runner, 1)
    lines = {who: frozenset(lines) for who, lines in touched.lines.items()}
    return replace(healthy, lines=lines)


def _wait_for_start(listener: socket.socket) -> None:
    """Let all that the start does be done before the first case is said to do it."""
    connection = HTTPConnection(*listener.getsockname()[:2])
    connection.request("HEAD", "/")
    connection.getresponse().close()
    connection.close()


def _watched_runner(bench: Bench, touched: Touched) -> _Watched:
    session = bench.session
    runner = _Watched(
        drivers=session.drivers,
        target=session.target,
        catalogue=session.catalogue,
        seed=session.seed,
        watchers=session.plan.watchers,
    )
    runner.touched = touched
    runner.caches = [
        one
        for one in gc.get_objects()
        if isinstance(one, _lru_cache_wrapper)
        and one.__wrapped__.__code__.co_filename.startswith(touched.folder)
    ]
    return runner


def _judged(bench: Bench, runner: CaseRunner, jobs: int) -> Healthy:
    judged = {one.case.id for one in bench.session.plan.cases if one.not_judged is None}
    red: set[Key] = set()
    took_s: dict[str, float] = {}

    def take(event: RunEvent) -> None:
        if isinstance(event, CaseFinished):
            if event.case in judged:
                took_s[event.case] = event.duration_s
            red.update(one.key for one in event.checks if _is_told(one))

    _run(bench, bench.session.plan.cases, take, runner=runner, jobs=jobs)
    return Healthy(red=frozenset(red), took_s=took_s)


def judge(
    bench: Bench,
    cases: Sequence[str],
    *,
    known: Collection[Key],
    on_red: Callable[[Red], None],
) -> None:
    """Judge a changed server that was started, by some cases.

    Args:
        bench: whose server it is.
        cases: ids, in the order to run them in.
        known: checks that are red without the change.
        on_red: takes each new red check and its message.
    """
    planned = {one.case.id: one for one in bench.session.plan.cases}
    chosen = [planned[one] for one in cases]

    def take(event: RunEvent) -> None:
        if isinstance(event, CaseFinished):
            for check in event.checks:
                if _counts(check, known):
                    on_red((check.key, check.message))

    _run(bench, chosen, take, runner=bench.session.runner, jobs=0)


def _counts(check: Check, known: Collection[Key]) -> bool:
    return _is_told(check) and check.key not in known


def _is_told(check: Check) -> bool:
    """Tell whether a reader of the report sees that something is not as it might be."""
    return check.verdict in _KILLS or check.message.startswith("remark:")


def _run(
    bench: Bench,
    cases: Sequence[PlannedCase],
    take: Callable[[RunEvent], None],
    *,
    runner: CaseRunner,
    jobs: int,
) -> None:
    session = bench.session
    schedule = Schedule(
        replace(session.plan, cases=tuple(cases)),
        runner=runner,
        catalogue=session.catalogue,
        lifeline=session.process,
        emit=take,
        jobs=jobs or session.jobs,
    )

    async def run() -> None:
        await schedule.run(seed=SEED)

    anyio.run(run)
