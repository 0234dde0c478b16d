"""The observer of event streams beside httpx-sse and npm eventsource-parser, on the same pieces.

All read in memory: httpx-sse from a response of httpx, eventsource-parser behind a TextDecoder, as
their users do. Ours keeps what it read, with the place of everything; theirs only count events.
"""

import gc
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import httpx
from httpx_sse import EventSource

from benchmarks.ratio import Ratio, median
from conformance.observe.event_stream import EventStreamReader
from examples.clients.__main__ import NODE, install_node

ROUNDS = 7
EVENTS = 40_000
SOCKET_BYTES = 65_536
SEGMENT_BYTES = 1_400
# A line twice as long in the same pieces; quadratic reading would come to 4.
GROWTH_LIMIT = 3.0
SPEED_LIMIT = 1.0
# Of small pieces much of the time goes into noting when each came, which httpx-sse does not.
SMALL_PIECES_LIMIT = 1.5

TOKENS = b"".join(
    b'data: {"id":"c-1","object":"chat.completion.chunk","created":1700000000,"model":"m",'
    b'"choices":[{"index":0,"delta":{"content":"token %d"}}]}\n\n' % number
    for number in range(EVENTS)
)
PROGRESS = b"".join(
    b'id: %d\nevent: progress\ndata: {"jsonrpc":"2.0","method":"progress.update",'
    b'"params":{"id":"import","progress":%d,"total":40000,"message":"reading"}}\n\n'
    % (number, number)
    for number in range(EVENTS)
)
TEXTS = b"".join(
    b"id: %d\n" % number + b"data: a line of a text of several lines\n" * 8 + b"\n"
    for number in range(EVENTS // 4)
)


class Pieces(httpx.SyncByteStream):
    """A response body in pieces."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)


def cut(stream: bytes, size: int) -> list[bytes]:
    return [stream[at : at + size] for at in range(0, len(stream), size)]


def by_event(stream: bytes) -> list[bytes]:
    return [block + b"\n\n" for block in stream.split(b"\n\n")[:-1]]


def read_here(pieces: Sequence[bytes]) -> int:
    reader = EventStreamReader()
    for at, piece in enumerate(pieces):
        reader.feed(piece, at_ms=float(at))
    return reader.record.event_count


def read_by_httpx_sse(pieces: Sequence[bytes]) -> int:
    head = {"Content-Type": "text/event-stream"}
    response = httpx.Response(200, headers=head, stream=Pieces(pieces))
    return sum(1 for _ in EventSource(response).iter_sse())


def timed(read: Callable[[Sequence[bytes]], int], pieces: Sequence[bytes]) -> tuple[float, int]:
    gc.collect()
    begun = time.process_time()  # neither waits for anything, and other processes may be busy
    count = read(pieces)
    return time.process_time() - begun, count


def read_by_eventsource_parser(pieces: Sequence[bytes], home: Path) -> tuple[list[float], int]:
    """Return how long each round took in node, and the number of events."""
    program = shutil.copy(Path(__file__).with_name("event_stream_parser.mjs"), home)
    with tempfile.TemporaryDirectory() as folder:
        stream, lengths = Path(folder) / "stream", Path(folder) / "lengths"
        stream.write_bytes(b"".join(pieces))
        lengths.write_text(json.dumps([*map(len, pieces)]), encoding="ascii")
        command = ["node", str(program), str(stream), str(lengths), str(ROUNDS)]
        done = subprocess.run(command, check=True, capture_output=True)
    told = json.loads(done.stdout)  # noqa: TID251 - our own program wrote it
    return told["seconds"], told["events"]


def beside_others(
    name: str, pieces: Sequence[bytes], limit: float, home: Path | None
) -> Iterator[Ratio]:
    """Compare on one stream; `home` is where eventsource-parser is installed, None for nowhere."""
    ours, theirs = [], {"httpx-sse": list[float]()}
    counts = set()
    for _ in range(ROUNDS):
        for read, times in ((read_here, ours), (read_by_httpx_sse, theirs["httpx-sse"])):
            took, count = timed(read, pieces)
            times.append(took)
            counts.add(count)
    if home is not None:
        theirs["eventsource-parser"], count = read_by_eventsource_parser(pieces, home)
        counts.add(count)
    assert len(counts) == 1, f"{counts} events of one stream"
    megabytes = sum(map(len, pieces)) / 1e6
    for other, times in theirs.items():
        yield Ratio(
            name=f"{name}, pieces of {len(pieces[0]):,} bytes",
            measured=median(ours),
            baseline=median(times),
            baseline_name=other,
            unit="s",
            # node compiles what it runs: no reader in Python comes near it.
            limit=limit if other == "httpx-sse" else None,
            note=f"{megabytes / median(ours):.0f} and {megabytes / median(times):.0f} MB/s",
        )


def growth(name: str, line: bytes, piece_bytes: int) -> Ratio:
    half, whole = cut(line, piece_bytes), cut(line * 2, piece_bytes)
    once, twice = [], []
    for _ in range(ROUNDS):
        once.append(timed(read_here, half)[0])
        twice.append(timed(read_here, whole)[0])
    return Ratio(
        name=f"a line of {2 * len(line):,} bytes, {name}",
        measured=median(twice),
        baseline=median(once),
        baseline_name="half of it",
        unit="s",
        limit=GROWTH_LIMIT,
        note=f"{2 * len(line) / 1e6 / median(twice):.1f} MB/s",
    )


def installed() -> Path | None:
    """Install what is read with in node, if it and npm are there; return where."""
    if shutil.which("npm") is None:
        print("eventsource-parser: left out, needs node and npm")
        return None
    install_node()
    return NODE


def measure() -> Iterator[Ratio]:
    home = installed()
    for name, stream in (("tokens", TOKENS), ("progress", PROGRESS), ("texts", TEXTS)):
        yield from beside_others(name, cut(stream, SOCKET_BYTES), SPEED_LIMIT, home)
        yield from beside_others(name, cut(stream, SEGMENT_BYTES), SMALL_PIECES_LIMIT, home)
        yield from beside_others(f"{name}, one by one", by_event(stream), SMALL_PIECES_LIMIT, home)
    yield growth("in pieces", b"data: 4567" * 1_000_000, SOCKET_BYTES)
    yield growth("byte by byte", b"data: 4567" * 50_000, 1)
