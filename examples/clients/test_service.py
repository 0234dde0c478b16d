"""The test service of a client: the HTTP half of an adapter, with nothing but Python's own library.

An adapter says what its client can do and how one stream is read; the rest is here:

    async def read(params: dict[str, Any], report: Report) -> None:
        ...  # until it is cancelled; report.event(...), report.error(...)

    serve(read, name="my-client", capabilities=["once"])

The contract is that of launchdarkly/sse-contract-tests (docs/service_spec.md). A client that blocks
is read in a thread: see `in_thread`.
"""

import asyncio
import json
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

Read = Callable[[dict[str, Any], "Report"], Awaitable[None]]


class Report:
    """Tells the harness what a client saw, one message after another."""

    def __init__(self, callback_url: str, close_after_events: int | None) -> None:
        self._callback = urlsplit(callback_url)
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._close_after_events = close_after_events
        self._events = 0

    def event(self, type_: str, data: str, id_: str | None, **more: Any) -> bool:
        """Report an event; tell whether the client is to close itself now."""
        event = {"type": type_, "data": data, "id": id_}
        self._put({"kind": "event", "event": event, **more})
        self._events += 1
        return self._events == self._close_after_events

    def comment(self, text: str) -> None:
        self._put({"kind": "comment", "comment": text})

    def open(self, **more: Any) -> None:
        self._put({"kind": "open", **more})

    def error(self, error: object, **more: Any) -> None:
        text = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
        self._put({"kind": "error", "error": text, "comment": text, **more})

    def _put(self, message: dict[str, Any]) -> None:
        self._loop.call_soon_threadsafe(self._queue.put_nowait, message)

    async def send_all(self) -> None:
        """Send messages as they come, numbered from 1, over one connection."""
        url = self._callback
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        number = 0
        with suppress(ConnectionError):
            while True:
                body = json.dumps(await self._queue.get()).encode()
                number += 1
                head = f"POST {url.path}/{number} HTTP/1.1\r\nHost: {url.netloc}\r\n"
                head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                writer.write(head.encode() + body)
                await writer.drain()
                await reader.readuntil(b"\r\n\r\n")


async def in_thread(run: Callable[[], None], stop: Callable[[], None]) -> None:
    """Run a client that blocks; `stop` has to make it return, and is called from another thread."""
    done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def body() -> None:
        with suppress(Exception):  # what it did was reported, or it was stopped
            run()
        with suppress(RuntimeError):  # the loop may be gone by now
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=body, daemon=True).start()
    try:
        await done.wait()
    finally:
        stop()


class Service:
    def __init__(self, read: Read, *, name: str, capabilities: list[str]) -> None:
        self._read = read
        self._status = {"name": name, "capabilities": capabilities}
        self._running: dict[str, list[asyncio.Task[None]]] = {}
        self._count = 0
        self.stopped = asyncio.Event()

    async def answer(self, method: str, path: str, body: bytes) -> tuple[int, str, bytes]:
        """Return status, Location and body."""
        if path == "/":
            if method == "GET":
                return 200, "", json.dumps(self._status).encode()
            if method == "POST":
                params = json.loads(body)  # noqa: TID251 - the harness's, which we trust
                return 201, self._start(params), b""
            self.stopped.set()
            return 204, "", b""
        if path not in self._running:
            return 404, "", b""
        if method == "DELETE":
            for task in self._running.pop(path):
                task.cancel()
            return 204, "", b""
        return 202, "", b""

    def _start(self, params: dict[str, Any]) -> str:
        self._count += 1
        path = f"/streams/{self._count}"
        report = Report(params["callbackUrl"], params.get("closeAfterEvents"))
        create = asyncio.create_task
        self._running[path] = [create(self._guard(params, report)), create(report.send_all())]
        return path

    async def _guard(self, params: dict[str, Any], report: Report) -> None:
        try:
            await self._read(params, report)
        except Exception as error:  # noqa: BLE001 - whatever a client raises is what it reports
            report.error(error)

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, path, _ = head.split(" ", 2)
            fields = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:] if line)
            body = await reader.readexactly(int(fields.get("content-length", 0)))
            status, location, answer = await self.answer(method, path, body)
            lines = [f"HTTP/1.1 {status} OK", f"Content-Length: {len(answer)}"]
            lines += [f"Location: {location}"] if location else []
            lines += ["Content-Type: application/json", "Connection: close", "", ""]
            writer.write("\r\n".join(lines).encode() + answer)
            await writer.drain()
        writer.close()


def serve(read: Read, *, name: str, capabilities: list[str]) -> None:
    """Serve until DELETE / on the port that the command line gives."""

    async def run() -> None:
        service = Service(read, name=name, capabilities=capabilities)
        async with await asyncio.start_server(
            service.connection, "127.0.0.1", int(sys.argv[1]), limit=2**24
        ):
            await service.stopped.wait()

    asyncio.run(run())
