"""Requests sent and responses read, byte by byte, within time and size.

A `Wire` is what one case talks over: it keeps the connection open from step to step as a client
would, and remembers all that went over it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ssl import SSLContext
from types import TracebackType
from typing import Final, Protocol, Self

import anyio

from conformance.drivers.connection import Connection, open_connection
from conformance.drivers.endpoint import Endpoint
from conformance.drivers.request import Request
from conformance.errors import TargetUnreachableError
from conformance.observe.exchange import ConnectionFacts, Outcome, Timing, outcome_of
from conformance.observe.http import Ended, ResponseReader

# More than sockets buffer: a request beyond it is sent while the response is already being read.
_SENT_AT_ONCE_BYTES: Final = 32 * 1024
_CONTINUE_STATUS: Final = 100


class Pace(Protocol):
    """Lets requests through at the rate that the profile allows."""

    async def wait(self) -> None:
        """Return when the next request may be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of each exchange."""

    timeout_s: float = 5.0
    max_body_bytes: int = 16 * 1024 * 1024

    @property
    def max_received_bytes(self) -> int:
        """What one exchange may bring in all: framing, interim responses and further bytes too."""
        return 2 * self.max_body_bytes


@dataclass(slots=True, kw_only=True)
class Exchange:
    """One request with what came back, to the byte.

    `received` holds every byte, framing and interim responses included. `unreachable` says why no
    connection could be made; then nothing was sent.
    """

    url: str
    method: str
    sent: bytes
    received: bytes
    reader: ResponseReader
    timing: Timing
    connection: ConnectionFacts
    outcome: Outcome
    unreachable: str = ""
    continued: str = ""  # what Expect: 100-continue got: "100", "final" or "silence"


@dataclass(slots=True)
class _Progress:
    """What has been sent and read so far, kept even when the deadline cuts in."""

    reader: ResponseReader
    started_s: float
    received: bytearray = field(default_factory=bytearray)
    first_byte_ms: float | None = None
    continued: str = ""
    is_too_large: bool = False

    def take(self, data: bytes, clock: Callable[[], float]) -> None:
        at_ms = (clock() - self.started_s) * 1000
        if self.first_byte_ms is None:
            self.first_byte_ms = at_ms
        self.received += data
        self.reader.feed(data, at_ms=at_ms)


class Wire:
    """The connections of one case to one endpoint; close it by `async with`."""

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        limits: Limits,
        tls: SSLContext | None = None,
        pace: Pace | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.endpoint = endpoint
        self.limits = limits
        self._tls = tls
        self._pace = pace
        self._clock = clock
        self._kept: Connection | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._drop()

    async def exchange(self, request: Request, *, timeout_factor: float = 1.0) -> Exchange:
        """Send a request and read its response.

        A connection that was kept from an earlier step and turns out closed without a byte is
        replaced once, as every client does (RFC 9112 section 9.3.1). Where that can't be, the
        exchange is the first one: its request was sent, and may be what the target died of.
        """
        if self._pace is not None:
            await self._pace.wait()
        if request.is_fresh:
            await self._drop()
        timeout_s = self.limits.timeout_s * timeout_factor
        exchange: Exchange | None = None
        if self._kept is not None:
            exchange = await self._over(self._kept, request, reused=True, timeout_s=timeout_s)
            if exchange.outcome not in (Outcome.CLOSED, Outcome.RESET):
                return exchange
        try:
            connection = await open_connection(self.endpoint, tls=self._tls, timeout_s=timeout_s)
        except TargetUnreachableError as error:
            return exchange or self._unreachable(request, error)
        return await self._over(connection, request, reused=False, timeout_s=timeout_s)

    async def pipeline(self, requests: Sequence[Request]) -> list[Exchange]:
        """Send all requests at once on one connection, then read a response for each.

        Responses come in the order of the requests (RFC 9112 section 9.3.2); a peer may also close
        after any of them, and what was not read then is not answered.
        """
        await self._drop()
        limit_s = self.limits.timeout_s
        try:
            connection = await open_connection(self.endpoint, tls=self._tls, timeout_s=limit_s)
        except TargetUnreachableError as error:
            return [self._unreachable(request, error) for request in requests]
        exchanges: list[Exchange] = []
        async with connection:
            everything = b"".join(request.data for request in requests)
            with anyio.move_on_after(limit_s):
                await connection.send(everything)
            left_over = b""
            for request in requests:
                progress = self._progress(request)
                with anyio.move_on_after(limit_s) as deadline:
                    if left_over:
                        progress.take(left_over, self._clock)
                    await self._read(connection, request, progress)
                left_over = progress.reader.excess
                if deadline.cancelled_caught:
                    limit_s = 0.0  # silence is waited for once, not again for each of the others
                self._end(progress, connection, cut=deadline.cancelled_caught)
                exchanges.append(self._finished(request, progress, connection, reused=True))
        return exchanges

    def _progress(self, request: Request) -> _Progress:
        reader = ResponseReader(
            request_method=request.method, max_body_bytes=self.limits.max_body_bytes
        )
        return _Progress(reader, self._clock())

    async def _drop(self) -> None:
        if self._kept is not None:
            kept, self._kept = self._kept, None
            await kept.close()

    def _unreachable(self, request: Request, error: TargetUnreachableError) -> Exchange:
        reader = ResponseReader(request_method=request.method, max_body_bytes=0)
        return Exchange(
            url=self.endpoint.url,
            method=request.method,
            sent=b"",
            received=b"",
            reader=reader,
            timing=Timing(first_byte_ms=None, total_ms=0.0),
            connection=ConnectionFacts(reused=False, closed_by_peer=False),
            outcome=Outcome.UNREACHABLE,
            unreachable=error.why,
        )

    async def _over(
        self, connection: Connection, request: Request, *, reused: bool, timeout_s: float
    ) -> Exchange:
        progress = self._progress(request)
        self._kept = None
        try:
            with anyio.move_on_after(timeout_s) as deadline:
                await self._talk(connection, request, progress, timeout_s=timeout_s)
        except BaseException:
            # Given up from outside, as by who waits for a target's return: no one else closes it.
            await connection.close()
            raise
        self._end(progress, connection, cut=deadline.cancelled_caught)
        progress.reader.drain_excess()
        await self._keep_or_close(connection, request, progress)
        return self._finished(request, progress, connection, reused=reused)

    def _end(self, progress: _Progress, connection: Connection, *, cut: bool) -> None:
        reader = progress.reader
        if cut:
            reader.end(Ended.DEADLINE)
        elif connection.ended is not None:
            reader.end(connection.ended)
        elif reader.is_too_large or progress.is_too_large:
            reader.end(Ended.LIMIT)

    def _finished(
        self, request: Request, progress: _Progress, connection: Connection, *, reused: bool
    ) -> Exchange:
        return Exchange(
            url=self.endpoint.url,
            method=request.method,
            sent=request.data,
            received=bytes(progress.received),
            reader=progress.reader,
            timing=Timing(
                first_byte_ms=progress.first_byte_ms,
                total_ms=(self._clock() - progress.started_s) * 1000,
            ),
            connection=ConnectionFacts(
                reused=reused, closed_by_peer=connection.ended is Ended.CLOSED
            ),
            outcome=outcome_of(progress.reader),
            continued=progress.continued,
        )

    async def _keep_or_close(
        self, connection: Connection, request: Request, progress: _Progress
    ) -> None:
        reader = progress.reader
        keeps = reader.head is not None and reader.head.keeps_open and not request.reads_to_end
        if progress.continued == "final":
            keeps = False  # the peer would take the next request for the body that was held back
        if reader.is_complete and keeps and not reader.excess and connection.ended is None:
            self._kept = connection
        else:
            await connection.close()

    async def _talk(
        self, connection: Connection, request: Request, progress: _Progress, *, timeout_s: float
    ) -> None:
        if request.expects_continue:
            await self._send_expecting(connection, request, progress, timeout_s=timeout_s)
            await self._read(connection, request, progress)
        elif len(request.head) + len(request.framed) <= _SENT_AT_ONCE_BYTES:
            await connection.send(request.data)
            await self._read(connection, request, progress)
        else:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(connection.send, request.data)
                await self._read(connection, request, progress)
                tasks.cancel_scope.cancel()

    async def _read(self, connection: Connection, request: Request, progress: _Progress) -> None:
        reader = progress.reader
        while not reader.is_over or (request.reads_to_end and not reader.is_too_large):
            data = await connection.receive()
            if not data:
                return
            progress.take(data, self._clock)
            if len(progress.received) > self.limits.max_received_bytes:
                progress.is_too_large = True
                return

    async def _send_expecting(
        self, connection: Connection, request: Request, progress: _Progress, *, timeout_s: float
    ) -> None:
        """Send the head, hold the body back until 100, a final response, or half the deadline."""
        await connection.send(request.head)
        reader = progress.reader
        with anyio.move_on_after(timeout_s / 2):
            while reader.head is None and _CONTINUE_STATUS not in reader.interim:
                data = await connection.receive()
                if not data:
                    break
                progress.take(data, self._clock)
        if reader.head is not None:
            progress.continued = "final"
            return
        progress.continued = "100" if _CONTINUE_STATUS in reader.interim else "silence"
        await connection.send(request.framed)
