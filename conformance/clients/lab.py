"""The lab: a server on loopback that plays streams, and listens to what clients report.

It can send any byte at any time, close, reset and refuse, so it speaks HTTP over sockets of its
own. Streams are at `/s/TOKEN`, callbacks at `/c/TOKEN/NUMBER`; the page for browsers and its
questions at `/browser`.
"""

import asyncio
import contextlib
import logging
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import anyio

from conformance.clients.incoming import BadRequestError, Incoming, RequestReader
from conformance.clients.play import MAX_ATTEMPTS, Attempt, Ended, Play
from conformance.clients.recipe import Framer, Recipe, Then
from conformance.observe.json_text import observe_json

_LOG: Final = logging.getLogger(__name__)
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)  # SO_LINGER with no time: RST instead of FIN
_BACKLOG: Final = 512
_HEAD_TIMEOUT_S: Final = 30.0
_EMPTY: Final = b"HTTP/1.1 %d %b\r\nContent-Length: 0\r\n%bConnection: %b\r\n\r\n"
#: The page asks from another origin than the streams have, so that it takes no connection of
#: theirs: browsers allow six a host.
CORS: Final = (
    b"Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: *\r\n"
    b"Access-Control-Allow-Headers: *\r\nAccess-Control-Max-Age: 600\r\n"
)

Clock = Callable[[], float]
#: Answers a request that is no stream's and no callback; None when it is not concerned either.
Ask = Callable[[Incoming], Awaitable[bytes | None]]


class Lab:
    """Plays by their tokens, on two ports: to browsers these are two origins of one site.

    Open it by `async with open_lab()`.
    """

    def __init__(self, server: asyncio.Server, *, other_port: int, clock: Clock) -> None:
        self.port = int(server.sockets[0].getsockname()[1])
        self.other_port = other_port
        self.clock = clock
        self.plays: dict[str, Play] = {}
        self.ask: Ask | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port of the streams."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def other_origin(self) -> str:
        """The same server on its other port."""
        return f"http://127.0.0.1:{self.other_port}"

    def new_play(self, token: str) -> Play:
        """Return a new case; its streams are at `stream_url`."""
        play = Play(token, clock=self.clock)
        self.plays[token] = play
        return play

    def drop(self, play: Play) -> None:
        """Forget a case; its connections are closed."""
        play.is_over = True
        play.notify()
        self.plays.pop(play.token, None)

    def stream_url(self, play: Play) -> str:
        """Return where a client is sent."""
        return f"{self.origin}/s/{play.token}"

    def callback_url(self, play: Play) -> str:
        """Return where it reports; `/NUMBER` is added."""
        return f"{self.origin}/c/{play.token}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        connection = _Connection(reader, writer)
        try:
            await self._requests(connection)
        except (BadRequestError, TimeoutError) as error:
            _LOG.debug("a request that can't be read: %s", error)
            with contextlib.suppress(OSError):
                await connection.send(_EMPTY % (400, b"Bad Request", b"", b"close"))
        except OSError as error:
            _LOG.debug("a connection was lost: %s", error)
        finally:
            writer.close()

    async def _requests(self, connection: "_Connection") -> None:
        requests = RequestReader(connection)
        while True:
            with anyio.fail_after(_HEAD_TIMEOUT_S):
                incoming = await requests.read()
            if incoming is None:
                return
            play = self._play_of(incoming)
            if play is not None and incoming.path.startswith("/s/"):
                await _play(play, incoming, connection)
                return
            answer = await self._answer(incoming, play)
            await connection.send(answer)

    def _play_of(self, incoming: Incoming) -> Play | None:
        parts = incoming.path.split("/")
        return self.plays.get(parts[2]) if len(parts) > 2 else None  # noqa: PLR2004 - "", s, TOKEN

    async def _answer(self, incoming: Incoming, play: Play | None) -> bytes:
        if incoming.method == "OPTIONS":
            return _EMPTY % (204, b"No Content", CORS, b"keep-alive")
        number = incoming.path.rpartition("/")[2]
        if play is not None and incoming.path.startswith("/c/") and number.isdigit():
            play.report(int(number), observe_json(incoming.body).value)
            return _EMPTY % (202, b"Accepted", CORS, b"keep-alive")
        answer = await self.ask(incoming) if self.ask is not None else None
        return answer or _EMPTY % (404, b"Not Found", CORS, b"keep-alive")


@contextlib.asynccontextmanager
async def open_lab(*, clock: Clock = time.monotonic) -> AsyncIterator[Lab]:
    """Listen on two ports that the kernel chooses, until the block ends."""
    labs: list[Lab] = []
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(labs[0].serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server, other = [await _listen(accept) for _ in range(2)]
    other_port = int(other.sockets[0].getsockname()[1])
    labs.append(Lab(server, other_port=other_port, clock=clock))
    try:
        yield labs[0]
    finally:
        server.close()
        other.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _listen(
    accept: Callable[[asyncio.StreamReader, asyncio.StreamWriter], None],
) -> asyncio.Server:
    listener = socket.create_server(("127.0.0.1", 0), backlog=_BACKLOG)
    # asyncio leaves Nagle on for sockets made this way: small pieces would wait for each other.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return await asyncio.start_server(accept, sock=listener, backlog=_BACKLOG)


class _Connection:
    """One accepted connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def receive(self, max_bytes: int = 65536) -> bytes:
        """Return what has come; empty at the end."""
        return await self._reader.read(max_bytes)

    async def send(self, data: bytes) -> None:
        """Send bytes, as fast as they are taken."""
        self._writer.write(data)
        await self._writer.drain()

    async def until_left(self) -> None:
        """Return when the client has closed or reset the connection."""
        with contextlib.suppress(OSError):
            while await self._reader.read(65536):
                pass

    def abandon(self) -> None:
        """Close it without sending what the client has not taken."""
        self._writer.transport.abort()

    def reset(self) -> None:
        """End it by RST, so that the client sees a network error and no end."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self._writer.transport.abort()


async def _play(play: Play, incoming: Incoming, connection: _Connection) -> None:
    """Answer a request for a stream, and stay with it until someone ends it."""
    if len(play.attempts) >= MAX_ATTEMPTS:
        connection.reset()
        return
    attempt = play.request(incoming)
    recipe = play.next_recipe()
    async with anyio.create_task_group() as tasks:

        async def until_left() -> None:
            await connection.until_left()
            play.ended(attempt, Ended.CLIENT)
            tasks.cancel_scope.cancel()

        async def until_over() -> None:
            # A client that does not read would hold up the sending for ever.
            await play.wait_until(lambda: play.is_over)
            play.ended(attempt, Ended.LAB)
            connection.abandon()
            tasks.cancel_scope.cancel()

        tasks.start_soon(until_left)
        tasks.start_soon(until_over)
        try:
            await _send(play, attempt, recipe, connection)
        except OSError:
            play.ended(attempt, Ended.CLIENT)
        tasks.cancel_scope.cancel()


async def _send(play: Play, attempt: Attempt, recipe: Recipe, connection: _Connection) -> None:
    await play.ready.wait()
    await _pause(recipe.wait_ms)
    if recipe.refuses:
        _end(play, attempt, recipe.then, connection)
        return
    coding = recipe.coding if _offers(attempt.incoming, recipe.coding) else ""
    framer = Framer(recipe, coding=coding)
    if not recipe.is_raw:
        head = recipe.head_bytes(coding=coding)
        play.sent(attempt, head)
        await connection.send(head)
    if recipe.has_body:
        for piece in recipe.pieces:
            await _pause(piece.after_ms)
            data = framer.piece(piece.data)
            play.sent(attempt, data, is_piece=True)
            await connection.send(data)
    if recipe.then is Then.KEEP and recipe.has_body:
        await anyio.sleep_forever()
    if recipe.then is Then.END and recipe.has_body:
        last = framer.end()
        play.sent(attempt, last)
        await connection.send(last)
    _end(play, attempt, recipe.then, connection)


def _end(play: Play, attempt: Attempt, then: Then, connection: _Connection) -> None:
    # Noted before it happens: what the client does next is measured from here.
    play.ended(attempt, Ended.LAB, with_last_bytes=then is Then.END)
    if then is Then.RESET:
        connection.reset()


def _offers(incoming: Incoming, coding: str) -> bool:
    offered = b",".join(incoming.values("accept-encoding")).lower()
    return bool(coding) and coding.encode() in offered


async def _pause(milliseconds: float) -> None:
    if milliseconds:
        await anyio.sleep(milliseconds / 1000)  # noqa: TID251 - a scenario's own bounded pause
