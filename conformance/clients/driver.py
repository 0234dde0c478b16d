"""The driver of client scenarios: the lab serves, a client is started, what it does is observed."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Final

import anyio

from conformance.clients.attachment import Attachment, ClientError, Order, Running
from conformance.clients.lab import Lab
from conformance.clients.observation import not_started, observe_play
from conformance.clients.play import Ended, Play
from conformance.clients.recipe import read_serve
from conformance.drivers.endpoint import Endpoint
from conformance.drivers.step import StepResult
from conformance.drivers.wire import Exchange, Limits, Wire
from conformance.observe.exchange import ConnectionFacts, Outcome, Timing
from conformance.observe.http import ResponseReader
from conformance.words.json_value import Json, is_array, is_object

#: What clients are started with where a scenario says nothing: so short that reconnecting is quick.
INITIAL_DELAY_MS: Final = 50
#: How long the lab goes on listening when what was waited for has come: what should not follow
#: would be here by then.
SETTLE_MS: Final = 100.0


class ClientDriver:
    """Runs clients against the lab, one or more a case.

    Args:
        lab: what the clients connect to.
        attachment: how they are started.
        limits: how long a step waits for what it wants.
        settle_ms: how long it goes on listening then, if the scenario does not say.
        patience_s: the most that any step waits for what it wants, whatever the scenario says;
            None for no such bound.
    """

    name = "sse-client"
    observation_schema = "observation/sse-client.schema.json"

    def __init__(
        self,
        lab: Lab,
        attachment: Attachment,
        *,
        limits: Limits | None = None,
        settle_ms: float = SETTLE_MS,
        patience_s: float | None = None,
    ) -> None:
        self.lab = lab
        self.attachment = attachment
        self.limits = limits or Limits()
        self.settle_ms = settle_ms
        self.patience_s = patience_s
        self.endpoint = Endpoint(scheme="http", host="127.0.0.1", port=lab.port, target="/")

    def open_wire(self, *, unique: str = "") -> "ClientWire":
        """Return the place of one case in the lab; no client is started yet."""
        return ClientWire(self, unique=unique)

    async def perform(self, wire: Wire, send: Mapping[str, Json]) -> StepResult:
        """Set up what the lab serves, start or close the client, wait; observe the whole case.

        Where the client can't be started or told something, the outcome is `unreachable` and says
        why.
        """
        assert isinstance(wire, ClientWire)
        wire.play.begin_step()
        wire.play.serve(read_serve(send.get("serve", []), places=wire.places))
        client = send.get("client")
        try:
            if is_object(client):
                await wire.tell(client)
        except ClientError as error:
            return StepResult(observation=not_started(error.why), exchanges=wire.new_exchanges())
        until = send.get("until")
        await self._wait(wire.play, until if is_object(until) else {})
        return StepResult(observation=observe_play(wire.play), exchanges=wire.new_exchanges())

    async def _wait(self, play: Play, until: Mapping[str, Json]) -> None:
        for_ms = _milliseconds(until, "for_ms", self.limits.timeout_s * 1000)
        wanted = conditions(play, until)
        if wanted and self.patience_s is not None:
            for_ms = min(for_ms, self.patience_s * 1000)
        with anyio.move_on_after(for_ms / 1000) as deadline:
            if wanted:
                await play.wait_until(lambda: all(one() for one in wanted))
            else:
                await anyio.sleep_forever()
        if wanted and not deadline.cancelled_caught:
            settle_ms = _milliseconds(until, "settle_ms", self.settle_ms)
            await anyio.sleep(settle_ms / 1000)  # noqa: TID251 - a scenario's own bounded pause


class ClientWire(Wire):
    """One case: its play in the lab, and the client that runs against it."""

    def __init__(self, driver: ClientDriver, *, unique: str) -> None:
        super().__init__(driver.endpoint, limits=driver.limits)
        self._driver = driver
        self._token = unique or "case"
        self._running: list[Running] = []
        self._told = 0
        self.play = driver.lab.new_play(self._token)
        self.places = {
            "url": driver.lab.stream_url(self.play),
            "other": f"{driver.lab.other_origin}/s/{self._token}",
            "origin": driver.lab.origin,
            "other_origin": driver.lab.other_origin,
        }

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with anyio.CancelScope(shield=True):
            for running in self._running:
                try:
                    await running.close()
                except ClientError:
                    continue  # it is gone: that the next case will tell
            self._driver.lab.drop(self.play)
        await super().__aexit__(kind, error, trace)

    async def tell(self, client: Mapping[str, Json]) -> None:
        """Start a client or close those that run, as a step says.

        Raises:
            ClientError: it could not be told.
        """
        if client.get("close") is True:
            running, self._running = self._running, []
            for one in running:
                await one.close()
            self.play.closed()
            return
        self._running.append(await self._driver.attachment.start(self._order(client)))
        # Responses wait until the client has been told all that it has to listen to.
        self.play.ready.set()

    def _order(self, client: Mapping[str, Json]) -> Order:
        delay = client.get("initial_delay_ms", INITIAL_DELAY_MS)
        headers = client.get("headers", {})
        listen = client.get("listen", [])
        closes_after = client.get("close_after_events")
        assert delay is None or isinstance(delay, int)
        assert closes_after is None or isinstance(closes_after, int)
        return Order(
            stream_url=self.places["url"] + str(client.get("suffix", "")),
            callback_url=self._driver.lab.callback_url(self.play),
            tag=self._token,
            initial_delay_ms=delay,
            headers={n: str(v) for n, v in headers.items()} if is_object(headers) else {},
            last_event_id=_text_or_none(client.get("last_event_id")),
            listen=[str(one) for one in listen] if is_array(listen) else [],
            close_after_events=closes_after,
            script=_text_or_none(client.get("script")),
            values=dict(self.places),
        )

    def new_exchanges(self) -> list[Exchange]:
        """Return the connections that were not told of yet: what was asked, what was answered."""
        attempts = self.play.attempts[self._told :]
        self._told = len(self.play.attempts)
        return [
            Exchange(
                url=self.places["url"],
                method=one.incoming.method,
                sent=one.incoming.raw,
                received=bytes(one.sent),
                reader=ResponseReader(request_method=one.incoming.method, max_body_bytes=0),
                timing=Timing(
                    first_byte_ms=None,
                    total_ms=((one.ended_s or self.play.clock()) - one.at_s) * 1000,
                ),
                connection=ConnectionFacts(reused=False, closed_by_peer=one.ended is Ended.CLIENT),
                outcome=Outcome.ANSWERED,
            )
            for one in attempts
        ]


def conditions(play: Play, until: Mapping[str, Json]) -> Sequence[Callable[[], bool]]:
    """Return what a step waits for; all of it has to hold."""
    counted: dict[str, Callable[[], int]] = {
        "events": lambda: len(play.of_kind("event")),
        "comments": lambda: len(play.of_kind("comment")),
        "errors": lambda: len(play.of_kind("error")),
        "opens": lambda: len(play.of_kind("open")),
        "requests": lambda: len(play.attempts),
        "ended": lambda: sum(one.ended is Ended.LAB for one in play.attempts),
        "left": lambda: sum(one.ended is Ended.CLIENT for one in play.attempts),
        "returned": lambda: len(play.of_kind("returned")) + len(play.of_kind("threw")),
    }
    wanted: list[Callable[[], bool]] = []
    for name, count in counted.items():
        least = until.get(name)
        if isinstance(least, int):
            wanted.append(partial(_reached, count, least))
    if (data := until.get("data")) is not None:
        wanted.append(lambda: any(_data(one.message) == data for one in play.of_kind("event")))
    return wanted


def _reached(count: Callable[[], int], least: int) -> bool:
    return count() >= least


def _data(message: Mapping[str, Json]) -> Json:
    event = message.get("event")
    return event.get("data") if is_object(event) else None


def _milliseconds(until: Mapping[str, Json], name: str, default: float) -> float:
    value = until.get(name, default)
    assert isinstance(value, int | float)
    return float(value)


def _text_or_none(value: Json) -> str | None:
    return None if value is None else str(value)
