"""The observer of event streams beside httpx-sse, on the same bytes in the same pieces.

Both read in memory, httpx-sse from a response of httpx as its users do. Ours keeps what it read.
"""

import gc
import time
from collections.abc import Callable, Iterator, Sequence

import httpx
from httpx_sse import EventSource

from benchmarks.ratio import Ratio, median
from conformance.observe.event_stream import EventStreamReader

ROUNDS = 7
EVENTS = 40_000
SOCKET_BYTES = 65_536
SEGMENT_BYTES = 1_400
# A line twice as long in the same pieces; quadratic reading would come to 4.
GROWTH_LIMIT = 3.0
SPEED_LIMIT = 1.0

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


def beside_httpx_sse(name: str, pieces: Sequence[bytes], limit: float | None) -> Ratio:
    ours, theirs = [], []
    for _ in range(ROUNDS):
        here, count = timed(read_here, pieces)
        there, other_count = timed(read_by_httpx_sse, pieces)
        assert count == other_count, f"{count} and {other_count} events of one stream"
        ours.append(here)
        theirs.append(there)
    megabytes = sum(map(len, pieces)) / 1e6
    return Ratio(
        name=f"{name}, pieces of {len(pieces[0]):,} bytes",
        measured=median(ours),
        baseline=median(theirs),
        baseline_name="httpx-sse",
        unit="s",
        limit=limit,
        note=f"{megabytes / median(ours):.0f} and {megabytes / median(theirs):.0f} MB/s",
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


def measure() -> Iterator[Ratio]:
    for name, stream in (("tokens", TOKENS), ("progress", PROGRESS), ("texts", TEXTS)):
        yield beside_httpx_sse(name, cut(stream, SOCKET_BYTES), SPEED_LIMIT)
        yield beside_httpx_sse(name, cut(stream, SEGMENT_BYTES), None)
        yield beside_httpx_sse(f"{name}, one by one", by_event(stream), None)
    yield growth("in pieces", b"data: 4567" * 1_000_000, SOCKET_BYTES)
    yield growth("byte by byte", b"data: 4567" * 50_000, 1)
