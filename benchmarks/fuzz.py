"""`wirecheck fuzz` against the reference server, beside the same bytes over bare sockets.

Both are one message at a time. The search makes its messages up, has each answer observed and
judged, and is measured with its start: that is what its users wait for.
"""

import asyncio
import contextlib
import io
import re
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import anyio.from_thread

from benchmarks.ratio import Ratio, median
from benchmarks.recording import Recorded, recording, replay
from conformance.drivers.embedded import embedded_server
from conformance.fuzz_command import FuzzOptions, fuzz
from conformance.session import RunOptions

ROUNDS = 3
EXAMPLES = 100
BUDGET_S = 120.0
SEED = 1
#: Where each surface of the reference server is.
SURFACES = {"jsonrpc": "/rpc", "odata": "/odata"}


def search(surface: str, url: str) -> int:
    """Search, without consent to write; return the number of messages."""
    said = io.StringIO()
    options = RunOptions(**{surface: url}, seed=SEED)  # type: ignore[arg-type]  # a URL's option
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(io.StringIO()):
        fuzz(options, FuzzOptions(max_examples=EXAMPLES, budget_s=BUDGET_S))
    counted = re.search(r"([0-9]+) messages, 0 finds", said.getvalue())
    assert counted is not None, said.getvalue()
    return int(counted[1])


def record(surface: str, path: str, port: int) -> list[Recorded]:
    with anyio.from_thread.start_blocking_portal() as portal:
        context = portal.wrap_async_context_manager(recording(port))
        with context as (proxy, connections):
            search(surface, f"http://127.0.0.1:{proxy}{path}")
    return connections


def measure() -> Iterator[Ratio]:
    for surface, path in SURFACES.items():
        with embedded_server() as origin:
            port = urlsplit(origin).port or 0
            connections = record(surface, path, port)
            turns = sum(len(one.turns) for one in connections)
            searched, replayed, messages = [], [], 0
            for _ in range(ROUNDS):
                begun = time.perf_counter()
                messages = search(surface, f"{origin}{path}")
                searched.append(time.perf_counter() - begun)
                begun = time.perf_counter()
                asyncio.run(replay(port, connections, jobs=1))
                replayed.append(time.perf_counter() - begun)
        yield Ratio(
            name=f"a search of {surface}",
            measured=median(searched),
            baseline=median(replayed),
            baseline_name="its bytes replayed bare",
            unit="s",
            limit=None,
            note=f"{messages / median(searched):.0f} examples/s of {messages}; {turns} turns",
        )
