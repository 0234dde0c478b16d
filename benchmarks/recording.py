"""A proxy that notes what passes through it, and a bare client that plays it again.

The replay parses nothing: it sends the same bytes and counts the bytes that come back.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

CHUNK_BYTES = 65_536
# A replayed answer may be shorter by a digit; one that is waited for in vain would tell nothing.
SHORT_ANSWER_S = 2.0


@dataclass
class Turn:
    """Bytes that the client sent, then how many the server sent before the client went on."""

    sent: bytearray = field(default_factory=bytearray)
    received: int = 0


@dataclass
class Recorded:
    """One connection; `closed` says that the server ended it."""

    turns: list[Turn] = field(default_factory=list)
    closed: bool = False


@contextlib.asynccontextmanager
async def recording(port: int) -> AsyncIterator[tuple[int, list[Recorded]]]:
    """Yield the port of a proxy before `port`, and the list that it fills."""
    connections: list[Recorded] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recorded = Recorded()
        connections.append(recorded)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)

        async def up() -> None:
            while data := await reader.read(CHUNK_BYTES):
                if not recorded.turns or recorded.turns[-1].received:
                    recorded.turns.append(Turn())
                recorded.turns[-1].sent += data
                far_writer.write(data)
                await far_writer.drain()
            far_writer.close()

        async def down() -> None:
            while data := await far_reader.read(CHUNK_BYTES):
                if recorded.turns:
                    recorded.turns[-1].received += len(data)
                writer.write(data)
                await writer.drain()
            recorded.closed = not reader.at_eof()
            writer.close()

        await asyncio.gather(up(), down(), return_exceptions=True)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], connections


async def replay(port: int, connections: Sequence[Recorded], *, jobs: int) -> int:
    """Play all connections, `jobs` at a time; return how many answers were short."""
    waiting = iter(connections)
    short = 0

    async def work() -> None:
        nonlocal short
        for recorded in waiting:
            short += await _play(port, recorded)

    await asyncio.gather(*(work() for _ in range(jobs)))
    return short


async def _play(port: int, recorded: Recorded) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    short = 0
    with contextlib.suppress(ConnectionError):
        for turn in recorded.turns:
            writer.write(turn.sent)
            await writer.drain()
            short += not await _receive(reader, turn.received)
    writer.transport.abort()
    return short


async def _receive(reader: asyncio.StreamReader, count: int) -> bool:
    while count > 0:
        try:
            async with asyncio.timeout(SHORT_ANSWER_S):
                data = await reader.read(CHUNK_BYTES)
        except TimeoutError:
            return False
        if not data:
            return True
        count -= len(data)
    return True
