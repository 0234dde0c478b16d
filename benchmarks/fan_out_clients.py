"""Many clients of one stream, in a process of their own.

    python -m benchmarks.fan_out_clients PORT CLIENTS

Says "open" when every client has its first event; then, for each line of its stdin, the number of
events that all have received together, once all have seen the one that says END.
"""

import asyncio
import resource
import sys

PATH = "/rpc/progress/s"
AT_ONCE = 100  # connections on their way
PATIENCE_S = 60.0  # an event that is lost would be waited for without end
FIRST = b"connected"
EVENT = b"progress.update"
LAST = b'"END"'
TAIL_BYTES = max(map(len, (FIRST, EVENT, LAST))) - 1


class World:
    def __init__(self, clients: int) -> None:
        self.clients = clients
        self.opened = self.ended = self.events = 0
        self.changed = asyncio.Event()

    async def until(self, name: str) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while getattr(self, name) < self.clients:
                self.changed.clear()
                await self.changed.wait()


class Client(asyncio.Protocol):
    """Reads a stream as cheaply as can be: what it takes is taken from the server's core."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tail = b""
        self._is_open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % PATH.encode())

    def data_received(self, data: bytes) -> None:
        seen, world = self._tail + data, self._world
        if not self._is_open and FIRST in seen:
            self._is_open = True
            world.opened += 1
            world.changed.set()
        # The tail is shorter than each word, so that none is counted twice.
        tail = self._tail
        world.events += seen.count(EVENT) - tail.count(EVENT)
        if (ended := seen.count(LAST) - tail.count(LAST)) > 0:
            world.ended += ended
            world.changed.set()
        self._tail = seen[-TAIL_BYTES:]


async def main(port: int, clients: int) -> None:
    loop = asyncio.get_running_loop()
    world = World(clients)
    for done in range(0, clients, AT_ONCE):
        await asyncio.gather(
            *(
                loop.create_connection(lambda: Client(world), "127.0.0.1", port)
                for _ in range(min(AT_ONCE, clients - done))
            )
        )
    await world.until("opened")
    print("open", flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        await world.until("ended")
        print(world.events, flush=True)
        world.ended = world.events = 0


if __name__ == "__main__":
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
