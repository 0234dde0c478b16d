"""The SSE driver: streams opened and held over steps, triggers sent while they are read."""

from collections.abc import Mapping, Sequence
from ssl import SSLContext
from types import TracebackType
from typing import Final

import anyio

from conformance.drivers.connection import open_connection
from conformance.drivers.endpoint import Endpoint
from conformance.drivers.http_answer import answer_of, describe_exchange
from conformance.drivers.open_stream import OpenStream, Wanted
from conformance.drivers.request import Request, with_defaults
from conformance.drivers.side_by_side import held_of, side_by_side
from conformance.drivers.sse_aside import Aside, Failure, Told, answer_only
from conformance.drivers.sse_requests import STREAM_HEADERS, stream_request
from conformance.drivers.sse_send import each, not_delivered, rows_of, wanted_of
from conformance.drivers.step import StepResult
from conformance.drivers.wire import Exchange, Limits, Pace, Wire
from conformance.errors import TargetUnreachableError
from conformance.observe.event_record import StreamEnded
from conformance.observe.exchange import SIGNS_OF_LIFE
from conformance.words.json_value import Json, is_array, is_object

# Of a client that does not read: little enough that its target soon has to wait for it.
_SLOW_BUFFER_BYTES: Final = 4096
_ASIDE: Final = frozenset({"trigger", "end", "request"})


class SseDriver:
    """Opens event streams at one URL, and sends what makes them bring events.

    Args:
        endpoint: of the stream; its URL may hold `{session}`.
        section: the profile's: `session`, `trigger`, `end`, `method`, `json`, `other`.
        headers: the profile's own, sent with every request; they replace defaults of their name.
        limits: time and size of each exchange.
        tls: the context for https endpoints.
        pace: lets requests through; None for as fast as the target answers.
    """

    name = "sse"
    observation_schema = "observation/sse.schema.json"

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        section: Mapping[str, Json],
        headers: Sequence[tuple[str, str]] = (),
        limits: Limits | None = None,
        tls: SSLContext | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.section = section
        self.limits = limits or Limits()
        self.tls = tls
        self.pace = pace
        self.headers = with_defaults(headers, STREAM_HEADERS)

    def open_wire(self, *, unique: str = "") -> "SseWire":
        """Return the streams of one case; none is open yet."""
        return SseWire(self, unique=unique)

    async def perform(self, wire: Wire, send: Mapping[str, Json]) -> StepResult:
        """Open, send beside and read, and close, in this order; observe the first stream concerned.

        A step that concerns no stream observes the last answer to what it sent. Where a request
        around the streams fails, the outcome is `unreachable` and says why.
        """
        assert isinstance(wire, SseWire)
        done: list[Exchange] = []
        request = send.get("request")
        if is_object(request) and "read" not in send:
            return await wire.plain(request, done)
        opened: list[OpenStream] = []
        if "open" in send:
            failure = await wire.open_all(send["open"], opened, done)
            if failure is not None:
                return StepResult(observation=not_delivered(failure.why), exchanges=done)
        told = Told()
        reads = send.get("read", {} if _ASIDE & set(send) else None)
        concerned = opened if reads is None else wire.named(reads)
        if reads is not None:
            await wire.read_all(concerned, reads, send, told, done)
        observation = _observe(concerned, told, self.limits)
        if is_object(reads) and "holding" in reads and concerned:
            observation["held"] = held_of(concerned[0], str(reads["holding"]))
        done += [one.exchange() for one in concerned]
        observation |= side_by_side(concerned, reads)
        if "close" in send:
            await wire.close_streams(send["close"])
        return StepResult(observation=observation, exchanges=done)

    async def is_alive(self) -> bool:
        """Tell whether a request for a stream gets any HTTP response at all."""
        async with self.open_wire() as wire:
            opened: list[OpenStream] = []
            failure = await wire.open_all({}, opened, [])
            if failure is not None or not opened:
                return False
            return opened[0].reader.head is not None or opened[0].outcome in SIGNS_OF_LIFE


class SseWire(Wire):
    """The connections of one case: streams by name, and its sessions."""

    def __init__(self, driver: SseDriver, *, unique: str) -> None:
        super().__init__(driver.endpoint, limits=driver.limits, tls=driver.tls, pace=driver.pace)
        self._driver = driver
        self._aside = Aside(
            driver.endpoint,
            section=driver.section,
            limits=driver.limits,
            tls=driver.tls,
            pace=driver.pace,
            unique=unique,
        )
        self.streams: dict[str, OpenStream] = {}

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with anyio.CancelScope(shield=True):
            await self.close_streams(None)
        await super().__aexit__(kind, error, trace)

    async def close_streams(self, which: Json) -> None:
        """Close streams: those of the names, or all."""
        names = [str(one) for one in which] if is_array(which) else list(self.streams)
        for name in names:
            stream = self.streams.pop(name, None)
            if stream is not None:
                await stream.close()

    def named(self, reads: Json) -> list[OpenStream]:
        """Return the streams that a `read` is about: those it names, or all that are open."""
        names = reads.get("streams") if is_object(reads) else None
        if is_array(names):
            return [self.streams[str(one)] for one in names if str(one) in self.streams]
        return list(self.streams.values())

    async def plain(self, row: Mapping[str, Json], done: list[Exchange]) -> StepResult:
        """Send a request that is answered at once."""
        failure = await self._need_session(row, done)
        if failure is not None:
            return StepResult(observation=not_delivered(failure.why), exchanges=done)
        factor = row.get("timeout_factor", 1)
        assert isinstance(factor, int | float)
        exchange = await self.exchange(self._request(row), timeout_factor=factor)
        done.append(exchange)
        answer = answer_of(exchange, max_body_bytes=self.limits.max_body_bytes)
        return StepResult(observation=describe_exchange(exchange, answer), exchanges=done)

    async def open_all(
        self, opens: Json, opened: list[OpenStream], done: list[Exchange]
    ) -> Failure | None:
        """Open streams side by side; each gets the run's timeout to begin its response.

        A stream of a name that is open already takes its place.
        """
        rows = [self._elsewhere(row) for row in rows_of(opens)]
        for row in rows:
            failure = await self._need_session(row, done)
            if failure is not None:
                return failure
        await self.close_streams([row["stream"] for row in rows])
        failures: list[Failure] = []
        try:
            async with anyio.create_task_group() as tasks:
                for row in rows:
                    tasks.start_soon(self._open_one, row, opened, failures)
        except BaseException:
            # Given up from outside: they are not among the streams yet that are closed at the end.
            with anyio.CancelScope(shield=True):
                for one in opened:
                    await one.close()
            raise
        places = {str(row["stream"]): place for place, row in enumerate(rows)}
        opened.sort(key=lambda one: places[one.name])
        self.streams |= {one.name: one for one in opened}
        return failures[0] if failures else None

    def _elsewhere(self, row: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return a row as it is for the other stream, if it asks for that."""
        if row.get("other") is not True:
            return row
        path = self._driver.section.get("other")
        return {**row, "session": "other"} if path is None else {**row, "path": path}

    async def _open_one(
        self, row: Mapping[str, Json], opened: list[OpenStream], failures: list[Failure]
    ) -> None:
        if self._driver.pace is not None:
            await self._driver.pace.wait()
        limit_s = self.limits.timeout_s
        try:
            connection = await open_connection(
                self.endpoint,
                tls=self._driver.tls,
                timeout_s=limit_s,
                buffer_bytes=_SLOW_BUFFER_BYTES if row.get("slow") is True else None,
            )
        except TargetUnreachableError as error:
            failures.append(Failure(error.why))
            return
        stream = OpenStream(
            str(row["stream"]),
            url=self.endpoint.url,
            request=self._request(row),
            connection=connection,
            limits=self.limits,
        )
        opened.append(stream)
        with anyio.move_on_after(limit_s):
            await stream.read_head()
        if stream.reader.head is not None and stream.events is None:
            # No stream: read to its end what it is instead.
            with anyio.move_on_after(limit_s):
                await stream.read(Wanted(ends=True))
        stream.pause(StreamEnded.CONDITION)

    async def read_all(
        self,
        streams: Sequence[OpenStream],
        reads: Json,
        send: Mapping[str, Json],
        told: Told,
        done: list[Exchange],
    ) -> None:
        """Read streams side by side, while requests are sent; `told` gains what these came to.

        `trigger` makes the stream bring events, `end` ends it for good; both are the profile's.
        """
        wanted, for_s = wanted_of(reads, self.limits)
        for one in streams:
            if one.was_told:
                one.start_record()
        is_sent = False
        with anyio.move_on_after(for_s) as deadline:
            async with anyio.create_task_group() as tasks:
                for one in streams:
                    tasks.start_soon(one.read, wanted)
                await self._send_aside(send, told, done)
                is_sent = True
                if told.all_failed:
                    deadline.cancel()  # nothing comes of them
        if not is_sent:
            told.fail(Failure("no answer before the time of the step was over"))
        how = StreamEnded.DEADLINE if deadline.cancelled_caught else StreamEnded.COUNT
        for one in streams:
            one.pause(how)

    async def _send_aside(self, send: Mapping[str, Json], told: Told, done: list[Exchange]) -> None:
        for row in each(send.get("trigger")):
            await self._aside.send("trigger", row, told, done)
        if send.get("end") is True and "end" in self._driver.section:
            await self._aside.send("end", {}, told, done)
        request = send.get("request")
        if is_object(request):
            failure = await self._need_session(request, done)
            if failure is not None:
                told.fail(failure)
                return
            exchange = await self.exchange(self._request(request))
            done.append(exchange)
            told.take(exchange)

    async def _need_session(self, row: Mapping[str, Json], done: list[Exchange]) -> Failure | None:
        driver = self._driver
        concerned: list[Json] = [dict(driver.headers), driver.section.get("json")]
        concerned += [] if "path" in row else [self.endpoint.target]
        return await self._aside.need_session(row, concerned, done)

    def _request(self, row: Mapping[str, Json]) -> Request:
        return stream_request(
            row,
            section=self._driver.section,
            endpoint=self.endpoint,
            headers=self._driver.headers,
            values=self._aside.values(row),
        )


def _observe(streams: Sequence[OpenStream], told: Told, limits: Limits) -> dict[str, Json]:
    """Describe the first stream, or else the last answer to what was sent beside."""
    if streams:
        observation = streams[0].observe()
    elif told.last is not None:
        observation = answer_only(told, limits=limits)
    else:
        observation = not_delivered(told.why or "no stream of this case is open")
    if told.last is not None or told.why:
        observation["triggered"] = told.as_json()
    return observation
