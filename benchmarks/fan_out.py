"""Fan-out of progress streams: the reference server beside sse-starlette and better-sse.

Each server sends the same events to the same clients, which live in a process of their own. What
counts is the CPU time of the server a delivery; deliveries a second of wall time are told beside
it, and depend on what else the machine does. "In a burst" the events are there at once, as a
`batchImport` makes them; "one by one" each has gone out before the next one comes.
"""

import http.client
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Final

from benchmarks.ratio import Ratio, median
from examples.targets.__main__ import free_port, install, listens, stop

HERE: Final = Path(__file__).resolve().parent
BETTER_SSE: Final = "npm-better-sse"
# Clients, events of a burst, events one by one and the milliseconds between two of these.
SIZES: Final = ((10, 4_000, 200, 2.0), (100, 600, 50, 20.0), (1_000, 80, 10, 150.0))
ROUNDS: Final = 3
IDLE_STREAMS: Final = 5_000
FEW_STREAMS: Final = 20
START_S: Final = 60.0
LIMIT: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fan:
    """What deliveries took: microseconds of the server's CPU each, and how many a second."""

    cpu_us: float
    per_second: float


class Server:
    """One server in a process of its own."""

    def __init__(self, name: str, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.name, self.port = name, port
        self._process = process

    def cpu_s(self) -> float:
        return float(self._ask("GET", "/cpu"))

    def burst(self, events: int, pause_ms: float) -> None:
        self._ask("POST", f"/burst?events={events}&pause_ms={pause_ms}")

    def resident_kib(self) -> int:
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0])

    def _ask(self, method: str, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request(method, path, headers={"Connection": "close"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status < 300, f"{self.name}: {answer.status} {text[:200]!r}"
        return text


def command(name: str) -> list[str]:
    if name != "better-sse":
        return [sys.executable, "-m", "benchmarks.fan_out_servers", name]
    # node resolves imports from where a file lies.
    home = Path(os.environ.get("LAB", str(Path(gettempdir()) / "wirecheck-targets"))) / BETTER_SSE
    return ["node", str(shutil.copy(HERE / "fan_out_better_sse.mjs", home))]


@contextmanager
def serving(name: str) -> Iterator[Server]:
    port = free_port()
    process = subprocess.Popen(
        command(name),
        env=os.environ | {"PORT": str(port)},
        cwd=HERE.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + START_S
        while not listens(port):
            assert process.poll() is None, f"{name} did not start"
            assert time.monotonic() < deadline, f"{name} does not listen"
            process.poll()
        yield Server(name, process, port)
    finally:
        stop(process)


class Clients:
    """The other process; `opened` clients read the stream of a server until it is closed."""

    def __init__(self, server: Server, count: int) -> None:
        self.count = count
        module = [sys.executable, "-m", "benchmarks.fan_out_clients", str(server.port), str(count)]
        self._process = subprocess.Popen(
            module, cwd=HERE.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._line() == "open"

    def expect(self) -> None:
        """Begin to count."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def received(self) -> int:
        """Wait until every client has seen the end; return how many events all had together."""
        return int(self._line())

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextmanager
def listening(server: Server, count: int) -> Iterator[Clients]:
    clients = Clients(server, count)
    try:
        yield clients
    finally:
        clients.close()


def deliver(server: Server, clients: Clients, events: int, pause_ms: float) -> Fan:
    """Send events to all clients, and one more that tells them that it was the last."""
    clients.expect()
    cpu_s, begun_s = server.cpu_s(), time.perf_counter()
    server.burst(events, pause_ms)
    received = clients.received()
    took_s = time.perf_counter() - begun_s
    cpu_s = server.cpu_s() - cpu_s
    deliveries = (events + 1) * clients.count
    assert received == deliveries, f"{server.name}: {received} of {deliveries} deliveries"
    return Fan(cpu_us=cpu_s / deliveries * 1e6, per_second=deliveries / took_s)


def fan_out(name: str) -> dict[str, Fan]:
    """Return the medians of one server by what was measured."""
    fans = {}
    for count, burst, paced, pause_ms in SIZES:
        with serving(name) as server, listening(server, count) as clients:
            deliver(server, clients, paced, 0.0)  # warm
            for how, events, between_ms in (
                ("in a burst", burst, 0.0),
                ("one by one", paced, pause_ms),
            ):
                rounds = [deliver(server, clients, events, between_ms) for _ in range(ROUNDS)]
                fans[f"to {count:,} clients, {how}"] = Fan(
                    cpu_us=median([one.cpu_us for one in rounds]),
                    per_second=median([one.per_second for one in rounds]),
                )
    return fans


def idle_kib(name: str) -> float:
    """Return what one more idle stream takes of the server's memory, in KiB."""
    with serving(name) as server, listening(server, FEW_STREAMS):
        before = server.resident_kib()
        with listening(server, IDLE_STREAMS):
            return (server.resident_kib() - before) / IDLE_STREAMS


def others() -> Sequence[str]:
    if shutil.which("npm") is None:
        print("better-sse: left out, needs node and npm")
        return ["sse-starlette"]
    install(BETTER_SSE)
    return ["sse-starlette", "better-sse"]


def is_promised(what: str, name: str) -> bool:
    """Tell where we promise to be ahead.

    One by one an event to a client is a call of `send`, for whoever makes it; node makes it with
    less around it, and of 10 clients the timer between two events is half the work.
    """
    return "burst" in what or (name == "sse-starlette" and "to 10 " not in what)


def compared(ours: Mapping[str, Fan], theirs: Mapping[str, Fan], name: str) -> Iterator[Ratio]:
    for what, fan in ours.items():
        other = theirs[what]
        yield Ratio(
            name=f"a delivery {what}",
            measured=fan.cpu_us,
            baseline=other.cpu_us,
            baseline_name=f"{name}'s",
            unit="µs of CPU",
            limit=LIMIT if is_promised(what, name) else None,
            note=f"{fan.per_second:,.0f} and {other.per_second:,.0f} deliveries/s",
        )


def measure() -> Iterator[Ratio]:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    names = others()
    ours, our_kib = fan_out("reference"), idle_kib("reference")
    for name in names:
        yield from compared(ours, fan_out(name), name)
        yield Ratio(
            name=f"an idle stream of {IDLE_STREAMS:,}",
            measured=our_kib,
            baseline=idle_kib(name),
            baseline_name=f"{name}'s",
            unit="KiB",
            limit=LIMIT,
        )
