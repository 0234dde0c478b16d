"""A client of event streams that reconnects: a recipe over httpx and httpx-sse.

httpx-sse reads one response. What EventSource does around it in a browser is here, as HTML 9.2 says
it, with what a service needs beside: exponential backoff with jitter after failures.

    async for event in ReconnectingClient("https://example.org/events").events():
        print(event.event, event.data, event.id)

It ends when the server answers 204, and raises `StreamRefusedError` on any other answer that is no
event stream. `Last-Event-ID` and `retry` are kept over connections.

Events are made by httpx-sse (tried with 0.4.3). `_StrictResponse` hands it what it reads as the
specification does: text decoded as UTF-8 whatever the charset, without a byte order mark, with one
kind of line end, and without blocks that hold no data, which it would take for events.
"""

import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import anyio
import httpx
from httpx_sse import EventSource, ServerSentEvent

MEDIA_TYPE = "text/event-stream"
DEFAULT_RETRY_MS = 3_000
MAX_WAIT_S = 60.0
MAX_LINE_CHARACTERS = 16 * 1024 * 1024
_BOM = "\ufeff"
_NO_CONTENT = 204
_OK = 200


class StreamRefusedError(Exception):
    """The answer is no event stream; asking again would not help (HTML 9.2.2)."""

    def __init__(self, status: int, media_type: str) -> None:
        super().__init__(f"expected 200 and {MEDIA_TYPE}, saw {status} and {media_type!r}")
        self.status = status
        self.media_type = media_type


@dataclass
class Backoff:
    """How long to wait before the next attempt.

    The reconnection time is a floor (HTML 9.2.3). After failures in a row it is doubled each time,
    up to `max_wait_s`, and jitter of up to `jitter` of it is added, so that clients that lost the
    same server do not come back all at once.
    """

    max_wait_s: float = MAX_WAIT_S
    jitter: float = 0.3
    failures: int = 0

    def wait_s(self, retry_ms: int) -> float:
        floor_s = retry_ms / 1000
        doubled_s = floor_s * 2.0 ** max(0, self.failures - 1)
        wait_s = max(floor_s, min(doubled_s, self.max_wait_s))
        return wait_s * (1 + random.random() * self.jitter)


@dataclass
class ReconnectingClient:
    """An event stream that goes on over connections.

    `client` may be shared; it follows redirects only if it is told to. `retry_ms` and
    `last_event_id` are what the next connection is made with.
    """

    url: str
    client: httpx.AsyncClient | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    last_event_id: str = ""
    retry_ms: int = DEFAULT_RETRY_MS
    backoff: Backoff = field(default_factory=Backoff)

    async def on_open(self) -> None:
        """Called for each connection that brings an event stream; override it."""

    async def on_error(self, error: Exception | None) -> None:
        """Called when a connection is lost, before the wait; None for an end; override it."""

    async def events(self) -> AsyncIterator[ServerSentEvent]:
        """Yield events as they come, over as many connections as it takes.

        Raises:
            StreamRefusedError: an answer other than 200 with an event stream, or 204.
        """
        own = httpx.AsyncClient(follow_redirects=True, timeout=httpx.Timeout(10, read=None))
        client = self.client or own
        async with own:
            while True:
                lost: Exception | None = None
                try:
                    async with client.stream("GET", self.url, headers=self._headers()) as response:
                        if response.status_code == _NO_CONTENT:
                            return
                        _check(response)
                        self.backoff.failures = 0
                        await self.on_open()
                        async for event in EventSource(_StrictResponse(response, self)).aiter_sse():
                            yield event
                except (httpx.TransportError, httpx.TooManyRedirects, httpx.InvalidURL) as error:
                    lost = error
                    self.backoff.failures += 1
                await self.on_error(lost)
                await anyio.sleep(self.backoff.wait_s(self.retry_ms))  # noqa: TID251 - the wait

    def _headers(self) -> list[tuple[bytes, bytes]]:
        headers = {"Accept": MEDIA_TYPE, "Cache-Control": "no-cache", **self.headers}
        if self.last_event_id:
            headers["Last-Event-ID"] = self.last_event_id
        # As bytes: httpx encodes text as ASCII, the specification says UTF-8.
        return [(name.encode(), value.encode()) for name, value in headers.items()]


def _check(response: httpx.Response) -> None:
    media_type = response.headers.get("content-type", "")
    essence = media_type.partition(";")[0].strip().lower()
    if response.status_code != _OK or essence != MEDIA_TYPE:
        raise StreamRefusedError(response.status_code, media_type)


class _StrictResponse(httpx.Response):
    """What httpx-sse reads: the text of a response as the specification would have it.

    It passes on whole blocks that hold data, and keeps id and retry in the client.
    """

    def __init__(self, response: httpx.Response, client: ReconnectingClient) -> None:
        super().__init__(_OK, headers={"content-type": MEDIA_TYPE})
        self._wrapped = response
        self._client = client
        self._id = client.last_event_id
        self._block: list[str] = []
        self._has_data = False

    async def aiter_text(self, chunk_size: int | None = None) -> AsyncIterator[str]:  # noqa: ARG002
        self._wrapped.encoding = "utf-8"
        pending, after_cr, at_start = "", False, True
        async for piece in self._wrapped.aiter_text():
            text = piece.removeprefix(_BOM) if at_start else piece
            at_start = False
            if after_cr:
                text = text.removeprefix("\n")
            after_cr = text.endswith("\r")
            pending += text.replace("\r\n", "\n").replace("\r", "\n")
            *lines, pending = pending.split("\n")
            if len(pending) > MAX_LINE_CHARACTERS:
                raise httpx.ReadError("a line without end")
            for line in lines:
                if block := self._take(line):
                    yield block
        # What no blank line ended is dropped, and so is what httpx-sse would make of it.

    def _take(self, line: str) -> str:
        """Take one line; return a block when the line ends one that holds data."""
        if not line:
            return self._end_of_block()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "data" | "event":
                self._block.append(line)
                self._has_data |= name == "data"
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdigit():
                self._client.retry_ms = int(value)
        return ""

    def _end_of_block(self) -> str:
        lines, has_data = self._block, self._has_data
        self._block, self._has_data = [], False
        self._client.last_event_id = self._id
        if not has_data:
            return ""
        return "\n".join([f"id:{' ' + self._id if self._id else ''}", *lines, "", ""])
