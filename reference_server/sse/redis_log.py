"""The log of several processes, as one Redis stream.

Knows Redis; it is not imported without `--redis`. Refuses to know who listens. Every process reads
the whole stream, from its beginning on, so that each can take up a client that another one lost.

An entry that was written twice, as its first answer was lost, is taken once: each process numbers
its entries.
"""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from threading import Lock
from typing import Any, Final

import anyio
import redis
from redis.asyncio import Redis
from redis.exceptions import RedisError

from reference_server.errors import InputError, JsonTextError
from reference_server.json_text import Json, read, write
from reference_server.sse.errors import EventError
from reference_server.sse.event import Event, encode_event
from reference_server.sse.log import Entry, Kind, Take

_log = logging.getLogger(__name__)

KEY: Final = "wirecheck:progress"

# Redis keeps about so many; more than that a process that comes late can't replay.
MAX_ENTRIES: Final = 10_000
# While Redis is away, so many wait; then the oldest are lost, and a line in the log says so.
MAX_WAITING: Final = 10_000

_PAGE: Final = 500
_BLOCK_MS: Final = 1000
# Longer than a read may block, or every quiet second would be an error.
_SOCKET_TIMEOUT_S: Final = 5.0
_RETRY_S: Final = 0.5
# Processes whose last number is remembered.
_MAX_PROCESSES: Final = 1024


class RedisLog:
    """An `EventLog` over Redis 5 or later.

    Args:
        take: gets every entry, in the event loop of `run`.
        url: `redis://host:port/database`.
        process: text that no other process has.
        timeout_s: Redis forgets all so long after the last entry.

    Raises:
        InputError: Redis is not there.
    """

    def __init__(self, take: Take, *, url: str, process: str, timeout_s: float) -> None:
        self._take = take
        self._url = url
        self._process = process
        self._timeout_ms = max(1, round(timeout_s * 1000))
        # With the number of each, so that an entry keeps it however often it is written.
        self._waiting: deque[tuple[int, Entry]] = deque()
        self._last = 0
        self._lock = Lock()
        self._seen: OrderedDict[str, int] = OrderedDict()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._more = anyio.Event()
        try:
            with redis.Redis.from_url(url, socket_timeout=_SOCKET_TIMEOUT_S) as client:
                client.ping()
        except (RedisError, ValueError) as error:
            # Not the whole URL, which may hold a password.
            seen = url.rpartition("@")[2]
            raise InputError("--redis", "the URL of a Redis", seen, str(error)) from error

    def append(self, entry: Entry) -> None:
        """Put an entry in line; it comes back from Redis.

        Raises:
            EventError: the event has no place in a stream.
        """
        if entry.event is not None:
            encode_event(entry.event)  # afterwards there is nobody to tell
        with self._lock:
            self._last += 1
            self._waiting.append((self._last, entry))
            if len(self._waiting) > MAX_WAITING:
                self._waiting.popleft()
                _log.warning("Redis is too slow, or away: an event is lost")
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._wake_writer)

    async def run(self, *, ready: Callable[[], None]) -> None:
        """Write what is in line and hand on what comes, until cancelled."""
        self._loop = asyncio.get_running_loop()
        client = Redis.from_url(self._url, protocol=2, socket_timeout=_SOCKET_TIMEOUT_S)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._write, client)
                await self._read(client, ready)
        finally:
            # Cancelled as we are, no other wait would come to its end.
            with anyio.CancelScope(shield=True):
                await client.aclose()

    def _wake_writer(self) -> None:
        self._more.set()

    async def _write(self, client: Redis) -> None:
        while True:
            self._more = anyio.Event()
            while self._waiting:
                first = self._waiting[0]
                try:
                    await self._add(client, *first)
                except RedisError as error:
                    _log.warning("Redis takes no event: %s", error)
                    await self._pause()
                    continue
                with self._lock:
                    # It is still there unless `append` made room in the meantime.
                    if self._waiting and self._waiting[0] is first:
                        self._waiting.popleft()
            await self._more.wait()

    async def _add(self, client: Redis, number: int, entry: Entry) -> None:
        fields: Json = {
            "process": self._process,
            "number": number,
            "session": entry.session_id,
            "kind": entry.kind.value,
            "event": _event_out(entry.event),
        }
        async with client.pipeline(transaction=True) as pipe:
            pipe.xadd(KEY, {"entry": write(fields)}, maxlen=MAX_ENTRIES, approximate=True)
            pipe.pexpire(KEY, self._timeout_ms)
            await pipe.execute()

    async def _read(self, client: Redis, ready: Callable[[], None]) -> None:
        last_id = "0-0"
        block_ms: int | None = None  # what is there already comes at once
        while True:
            try:
                # Any: the declared type is that of every version of the protocol.
                answer: Any = await client.xread({KEY: last_id}, count=_PAGE, block=block_ms)
            except RedisError as error:
                _log.warning("Redis gives no events: %s", error)
                await self._pause()
                continue
            rows = answer[0][1] if answer else []
            if not rows and block_ms is None:
                ready()
                block_ms = _BLOCK_MS
            for row_id, row in rows:
                last_id = row_id.decode()
                self._hand_on(last_id, row)

    def _hand_on(self, row_id: str, row: Mapping[bytes, bytes]) -> None:
        try:
            entry = self._entry(row_id, row)
            if entry is not None:
                self._take(entry)
        except (JsonTextError, EventError, KeyError, ValueError, AssertionError) as error:
            _log.warning("an entry of %s is not ours: %r", KEY, error)

    def _entry(self, row_id: str, row: Mapping[bytes, bytes]) -> Entry | None:
        """Read an entry; None if it came before."""
        fields = read(row[b"entry"], max_depth=3)
        assert isinstance(fields, dict)
        process, number, session = fields["process"], fields["number"], fields["session"]
        assert isinstance(process, str)
        assert isinstance(number, int)
        assert isinstance(session, str)
        if number <= self._seen.get(process, 0):
            return None
        self._seen[process] = number
        self._seen.move_to_end(process)
        if len(self._seen) > _MAX_PROCESSES:
            self._seen.popitem(last=False)
        event = _event_in(fields["event"])
        if event is not None and event.data is not None and event.event_id is None:
            event = replace(event, event_id=row_id)
        return Entry(session_id=session, kind=Kind(str(fields["kind"])), event=event)

    async def _pause(self) -> None:
        with anyio.move_on_after(_RETRY_S):
            await anyio.Event().wait()


def _event_out(event: Event | None) -> Json:
    if event is None:
        return None
    return [event.data, event.event_id, event.name, event.retry_ms, event.comment]


def _event_in(value: Json) -> Event | None:
    if value is None:
        return None
    assert isinstance(value, list)
    data, event_id, name, retry_ms, comment = value
    assert retry_ms is None or isinstance(retry_ms, int)
    return Event(
        data=_text_in(data),
        event_id=_text_in(event_id),
        name=_text_in(name),
        retry_ms=retry_ms,
        comment=_text_in(comment),
    )


def _text_in(value: Json) -> str | None:
    assert value is None or isinstance(value, str)
    return value
