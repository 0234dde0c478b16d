"""The whole JSON-RPC suite against the same bytes over bare sockets, at the same concurrency."""

import asyncio
import functools
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import anyio

from benchmarks.ratio import Ratio, median
from benchmarks.recording import Recorded, recording, replay
from conformance.drivers.embedded import embedded_server
from conformance.session import DEFAULT_JOBS, EMBEDDED_PROFILE, RunOptions, open_session
from conformance.words.json_value import is_object
from conformance.words.template import to_json_text
from conformance.words.yaml_file import load_yaml

ROUNDS = 7
LIMIT = 1.5
SEED = 1


@functools.cache
def profile() -> Path:
    """Write the embedded server's profile with its JSON-RPC parts only; return where."""
    whole = load_yaml(EMBEDDED_PROFILE)
    assert is_object(whole)
    kept = {name: part for name, part in whole.items() if name not in ("odata", "sse")}
    path = Path(tempfile.mkdtemp(prefix="wirecheck-bench-")) / "jsonrpc.yaml"
    path.write_text(to_json_text(kept), encoding="utf-8")
    return path


def options(port: int) -> RunOptions:
    return RunOptions(
        jsonrpc=f"http://127.0.0.1:{port}/rpc",
        profile=profile(),
        allow_writes=True,
        seed=SEED,
    )


async def judge(port: int) -> int:
    """Run the suite; return the number of cases that it planned."""
    session = await open_session(options(port))
    await session.run(lambda event: None)  # noqa: ARG005 - nothing is shown
    session.report.text()
    return len({(check.scenario, check.case) for check in session.report.checks})


async def record(port: int) -> list[Recorded]:
    async with recording(port) as (proxy, connections):
        await judge(proxy)
    return connections


def fresh_port() -> Iterator[int]:
    """Yield the ports of servers that have seen nothing yet, one after the other."""
    while True:
        with embedded_server() as origin:
            yield urlsplit(origin).port or 0


def measure() -> Iterator[Ratio]:
    ports = fresh_port()
    connections = anyio.run(record, next(ports))
    judged, replayed, short, cases = [], [], 0, 0
    for _ in range(ROUNDS):
        port = next(ports)
        begun = time.perf_counter()
        cases = anyio.run(judge, port)
        judged.append(time.perf_counter() - begun)
        port = next(ports)
        begun = time.perf_counter()
        short += asyncio.run(replay(port, connections, jobs=DEFAULT_JOBS))
        replayed.append(time.perf_counter() - begun)
    ports.close()  # type: ignore[attr-defined]  # it is a generator
    turns = sum(len(one.turns) for one in connections)
    counted = (
        f"{len(connections)} connections, {turns} turns, {DEFAULT_JOBS} jobs; "
        f"{short} answers of {turns * ROUNDS} were short"
    )
    yield Ratio(
        name="the JSON-RPC suite",
        measured=median(judged),
        baseline=median(replayed),
        baseline_name="its bytes replayed bare",
        unit="s",
        limit=LIMIT,
        note=f"{cases} cases, {cases / median(judged):.0f} cases/s; {counted}",
    )
