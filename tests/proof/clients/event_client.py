"""A small client of event streams, right, and wrong in the ways that it is told to.

It speaks HTTP over sockets of its own, so that nothing between it and the lab repairs anything.
"""

import asyncio
import contextlib
import zlib
from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol
from urllib.parse import urljoin, urlsplit

from tests.proof.clients.stream_parser import Event, StreamError, StreamParser

DEFAULT_DELAY_MS = 600
FLOOD_BYTES = 2 * 1024 * 1024
MAX_REDIRECTS = 20
_REDIRECTS = {301, 302, 303, 307, 308}
_GZIP_WINDOW = 31


class Listener(Protocol):
    """What is told of a client, in order."""

    def __call__(self, message: dict[str, Any]) -> None: ...


@dataclass
class Response:
    status: int
    fields: list[tuple[str, str]]
    reader: asyncio.StreamReader
    faults: AbstractSet[str]

    def value(self, name: str) -> str | None:
        exact = "field-names-are-exact" in self.faults
        found = [
            v for n, v in self.fields if n == name or (not exact and n.lower() == name.lower())
        ]
        return found[-1] if found else None

    async def body(self) -> AsyncIterator[bytes]:
        """Yield the pieces of the body; ConnectionError when it is cut."""
        pieces = self._raw_body()
        if (self.value("Content-Encoding") or "") != "gzip" or "ignores-codings" in self.faults:
            async for piece in pieces:
                yield piece
            return
        unpacker = zlib.decompressobj(wbits=_GZIP_WINDOW)
        async for piece in pieces:
            yield unpacker.decompress(piece)

    async def _raw_body(self) -> AsyncIterator[bytes]:
        length = self.value("Content-Length")
        if self.value("Transfer-Encoding") == "chunked":
            async for chunk in self._chunks():
                yield chunk
        elif length is not None and "knows-chunked-bodies-only" not in self.faults:
            left = int(length)
            while left and (piece := await self.reader.read(min(left, 65536))):
                left -= len(piece)
                yield piece
        elif "knows-chunked-bodies-only" not in self.faults:
            while piece := await self.reader.read(65536):
                yield piece

    async def _chunks(self) -> AsyncIterator[bytes]:
        try:
            while size := int(await self.reader.readuntil(b"\r\n"), 16):
                data = await self.reader.readexactly(size + 2)
                yield data[:-2]
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("the body was cut") from error


class FinalError(Exception):
    """The connection has failed for good."""


@dataclass
class EventClient:
    """One client: `run` it, `close` it."""

    url: str
    tell: Listener
    faults: AbstractSet[str] = frozenset()
    delay_ms: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    last_event_id: str = ""
    close_after_events: int | None = None

    #: What the faults of a cache and of a flood remember over clients of one URL.
    caches: ClassVar[dict[str, bytes]] = {}
    flooded: ClassVar[set[str]] = set()

    def __post_init__(self) -> None:
        self.state = "connecting"
        self.retry_ms = self._default_ms()
        self.attempts = 0
        self.events = 0
        self.first_id = self.last_event_id
        self.left_over: StreamParser | None = None
        self.writer: asyncio.StreamWriter | None = None
        self.task: asyncio.Task[None] | None = None
        self.opened = False
        self.by_length = False

    def _default_ms(self) -> int:
        if self.delay_ms is not None:
            return self.delay_ms
        return 100 if self.has("waits-a-moment-only") else DEFAULT_DELAY_MS

    def has(self, fault: str) -> bool:
        return fault in self.faults

    def start(self) -> None:
        self.task = asyncio.get_running_loop().create_task(self.run())

    def close(self) -> None:
        """Close it from outside."""
        self.state = "closed"
        if self.has("close-fires-an-error"):
            self._error("closed")
        if self.has("connects-after-close"):
            self.state = "connecting"
            return
        waits = self.writer is None
        if (waits and self.has("close-does-not-stop-the-wait")) or self.has(
            "close-leaves-the-connection-open"
        ):
            return
        if self.task is not None:
            self.task.cancel()

    def _error(self, text: str) -> None:
        message = {"kind": "error", "error": text, "state": self.state}
        if self.has("errors-have-no-text"):
            message["error"] = "error"
        self.tell(message)
        if self.has("errors-come-twice"):
            self.tell(message)

    async def run(self) -> None:
        """Connect, read, and connect again until it is closed or has failed."""
        with contextlib.suppress(StreamError):
            while True:
                if not await self._attempt():
                    return
                if self.state == "closed" and not self.has("close-does-not-stop-the-wait"):
                    return
                if not await self._wait():
                    return

    async def _attempt(self) -> bool:
        """Make one connection and read it; tell whether to make another one."""
        self.attempts += 1
        if (cached := self.caches.get(self.url)) is not None or self.url in self.flooded:
            self._parse(StreamParser(self.faults, set_retry=self._set_retry), cached or b"")
            return False
        text = "the stream ended"
        try:
            await self._read(await self._request())
        except FinalError as error:
            return self._failed(str(error))
        except StreamError as error:
            self.state = "closed"
            self._error(str(error))
            raise
        except (ConnectionError, OSError, asyncio.IncompleteReadError) as error:
            text = f"the connection was lost: {error!r}"
            if self.has("network-errors-are-final"):
                return self._failed(text)
        finally:
            self._drop()
        if self.state == "closed":
            return False
        if self.has("an-end-by-length-is-final") and self.by_length:
            return self._failed("the end")
        self.state = "open" if self.has("state-stays-open") else "connecting"
        if not self.has("an-end-is-no-error"):
            self._error(text)
        return not self.has("an-end-is-final")

    def _failed(self, text: str) -> bool:
        goes_on = (
            self.has("retries-after-failures")
            or (self.has("retries-after-5xx") and "status 5" in text)
            or (self.has("connects-after-204") and "status 204" in text)
            or (self.has("retries-after-failed-reconnects") and self.attempts > 1)
        )
        self.state = (
            "connecting" if goes_on or self.has("a-failure-leaves-it-connecting") else "closed"
        )
        if not self.has("failures-are-silent"):
            self._error(text)
        return goes_on

    def _drop(self) -> None:
        if self.writer is not None:
            self.writer.transport.abort()
            self.writer = None

    async def _wait(self) -> bool:
        milliseconds = float(self.retry_ms)
        if self.has("does-not-wait") or (self.has("waits-once") and self.attempts > 1):
            milliseconds = 0
        if self.has("waits-half-the-time"):
            milliseconds /= 2
        if self.has("forgets-the-reconnection-time"):
            self.retry_ms = self._default_ms()
        await asyncio.sleep(milliseconds / 1000)  # noqa: TID251 - the reconnection time itself
        return True

    async def _request(self) -> Response:
        url = self.url
        for _ in range(200 if self.has("follows-redirects-for-ever") else MAX_REDIRECTS):
            response = await self._ask(url)
            location = response.value("Location")
            follows = response.status in _REDIRECTS and location
            if response.status in (302, 303, 308) and self.has("follows-301-and-307-only"):
                follows = None
            if self.has("follows-no-redirects") or not follows:
                return response
            assert location is not None
            try:
                url = urljoin(url, location)
                if not urlsplit(url).hostname:
                    raise ConnectionError("a redirect to nowhere")
            finally:
                self._drop()
        raise ConnectionError("too many redirects")

    async def _ask(self, url: str) -> Response:
        parts = urlsplit(url)
        reader, self.writer = await asyncio.open_connection(parts.hostname, parts.port, limit=2**20)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        if self.has("sends-the-fragment") and parts.fragment:
            target += f"#{parts.fragment}"
        method = "POST" if self.has("asks-by-post") else "GET"
        lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", *self._fields()]
        encoding = "latin-1" if self.has("sends-ids-as-latin-1") else "utf-8"
        head = "\r\n".join([*lines, "", ""]).encode(encoding, "replace")
        self.writer.write(head)
        status_line = await reader.readuntil(b"\r\n")
        status = int(status_line.split(b" ")[1])
        fields: list[tuple[str, str]] = []
        while line := (await reader.readuntil(b"\r\n"))[:-2]:
            name, _, value = line.decode("latin-1").partition(":")
            fields.append((name, value.strip()))
        return Response(status, fields, reader, self.faults)

    def _fields(self) -> list[str]:
        fields = []
        if not self.has("does-not-say-what-it-accepts"):
            fields.append("Accept: text/event-stream")
        if not self.has("does-not-mind-caches"):
            fields.append("Cache-Control: no-cache")
        if not self.has("offers-no-coding"):
            fields.append("Accept-Encoding: gzip")
        if self.has("counts-its-attempts"):
            fields.append(f"X-Attempt: {self.attempts}")
        fields += [f"{name}: {value}" for name, value in self.headers.items()]
        id_ = self.last_event_id
        if self.has("sends-the-first-id-for-ever"):
            id_ = self.first_id
        if self.has("sends-no-id"):
            id_ = ""
        if id_ or self.has("sends-an-empty-id"):
            fields.append(f"Last-Event-ID: {id_}")
        return fields

    def _check(self, response: Response) -> None:
        wrong_status = response.status != 200
        if self.has("any-success-will-do"):
            wrong_status = not 200 <= response.status < 300
        if self.has("any-client-error-will-do") and 400 <= response.status < 500:
            wrong_status = False
        if self.has("any-server-error-will-do") and response.status >= 500:
            wrong_status = False
        if self.has("no-content-is-an-end") and response.status == 204:
            wrong_status = False
        if wrong_status and not self.has("any-status-will-do"):
            raise FinalError(f"status {response.status}")
        media_type = response.value("Content-Type")
        if media_type is None:
            if self.has("no-media-type-will-do") or response.status == 204:
                return
            raise FinalError("no Content-Type")
        if not self._is_stream(media_type) and not self.has("any-media-type-will-do"):
            raise FinalError(f"Content-Type {media_type!r}")

    def _is_stream(self, media_type: str) -> bool:
        if self.has("compares-the-whole-media-type"):
            return media_type.lower() in ("text/event-stream", "text/event-stream;")
        if self.has("looks-for-the-media-type-anywhere"):
            return "text/event-stream" in media_type.lower()
        if self.has("minds-a-semicolon") and media_type.endswith(";"):
            return False
        essence = media_type.partition(";")[0].strip()
        if self.has("compares-the-media-type-literally"):
            return essence == "text/event-stream"
        return essence.lower() == "text/event-stream"

    def _announce(self) -> None:
        self.state = "open"
        if self.opened and self.has("announces-only-once"):
            return
        self.opened = True
        if self.has("announces-nothing"):
            return
        state = "connecting" if self.has("announces-too-early") else "open"
        self.tell({"kind": "open", "state": state})
        if self.has("announces-twice"):
            self.tell({"kind": "open", "state": state})

    async def _read(self, response: Response) -> None:
        self._check(response)
        self.by_length = response.value("Content-Length") is not None
        late = self.has("announces-after-the-first-event")
        if not late:
            self._announce()
        parser = self._parser(response)
        self.left_over = parser
        held = b""
        async for piece in response.body():
            if len(piece) > FLOOD_BYTES and self.has("is-stuck-after-a-flood"):
                self.flooded.add(self.url)
            if self.has("reads-to-the-end-first"):
                held += piece
            else:
                self._parse(parser, piece)
            if late and self.events and not self.opened:
                self._announce()
            if self.state == "closed":
                return
        if held:
            self._parse(parser, held)
        for event in parser.end():
            self._deliver(event)
        if self.has("reads-from-a-cache") and "max-age" in (response.value("Cache-Control") or ""):
            self.caches[self.url] = b"data: one\n\n"

    def _parser(self, response: Response) -> StreamParser:
        charset = (response.value("Content-Type") or "").partition("charset=")[2]
        if self.has("carries-half-a-block-over") and self.left_over is not None:
            return self.left_over
        parser = StreamParser(
            self.faults,
            last_event_id=self.last_event_id,
            charset=charset or "utf-8",
            set_retry=self._set_retry,
        )
        if self.has("starts-each-connection-without-id") and self.attempts > 0:
            parser.last_event_id = parser.id_buffer = ""
            self.last_event_id = ""
        return parser

    def _set_retry(self, milliseconds: int) -> None:
        self.retry_ms = milliseconds

    def _parse(self, parser: StreamParser, piece: bytes) -> None:
        for event in parser.feed(piece):
            self.last_event_id = parser.last_event_id
            self._deliver(event)
            if self.state == "closed" and not self.has("delivers-after-close"):
                return
        self.last_event_id = parser.last_event_id

    def _deliver(self, event: Event) -> None:
        self.events += 1
        if self.has("loses-events") and event.data == "500":
            return
        state = "connecting" if self.has("state-is-late") else self.state
        told = {"type": event.type, "data": event.data, "id": event.id}
        self.tell({"kind": "event", "event": told, "state": state})
        if self.events == self.close_after_events:
            self.state = "closed"
