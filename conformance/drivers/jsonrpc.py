"""The JSON-RPC driver: a message POSTed to the endpoint, and its answer observed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from ssl import SSLContext
from typing import Final
from weakref import WeakKeyDictionary

import anyio

from conformance.drivers.endpoint import Endpoint
from conformance.drivers.http_answer import answer_of, describe_exchange, look_at
from conformance.drivers.open_stream import is_event_stream
from conformance.drivers.request import Request, build_request, for_item, with_defaults
from conformance.drivers.sse_aside import Aside
from conformance.drivers.sse_fill import fill_text, uses
from conformance.drivers.sse_send import not_delivered
from conformance.drivers.step import StepResult
from conformance.drivers.wire import Exchange, Limits, Pace, Wire
from conformance.observe.event_messages import read_messages
from conformance.observe.exchange import SIGNS_OF_LIFE, Outcome
from conformance.observe.http import Ended
from conformance.observe.json_text import observe_json
from conformance.observe.jsonrpc import Shape, observe_jsonrpc, read_sent
from conformance.observe.rpc_ids import balance_ids, id_key
from conformance.words.json_value import ABSENT, Absent, Json, is_object, kind_of

DEFAULT_HEADERS: Final = (
    ("Content-Type", "application/json"),
    ("Accept", "application/json"),
    ("User-Agent", "wirecheck"),
)


class JsonRpcDriver:
    """Sends JSON-RPC messages to one endpoint.

    Args:
        endpoint: where to POST.
        headers: the profile's own, sent with every request; they replace defaults of their name.
        limits: time and size of each exchange.
        tls: the context for https endpoints.
        pace: lets requests through; None for as fast as the target answers.
        section: the profile's; with `session`, each case makes one when a header field needs it.
    """

    name = "jsonrpc"
    observation_schema = "observation/jsonrpc.schema.json"

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        headers: Sequence[tuple[str, str]] = (),
        limits: Limits | None = None,
        tls: SSLContext | None = None,
        pace: Pace | None = None,
        section: Mapping[str, Json] | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.limits = limits or Limits()
        self._section = section or {}
        self._asides: WeakKeyDictionary[Wire, Aside] = WeakKeyDictionary()
        self._tls = tls
        self._pace = pace
        fields = with_defaults(headers, DEFAULT_HEADERS)
        self._own_names = {name for name, _ in headers}
        self._headers = [("Host", endpoint.host_header), *fields]

    def open_wire(self, *, unique: str = "") -> Wire:
        """Return the connections for one case; not yet connected."""
        wire = Wire(self.endpoint, limits=self.limits, tls=self._tls, pace=self._pace)
        self._asides[wire] = Aside(
            self.endpoint,
            section=self._section,
            limits=self.limits,
            tls=self._tls,
            pace=self._pace,
            unique=unique,
        )
        return wire

    async def perform(self, wire: Wire, send: Mapping[str, Json]) -> StepResult:
        """Send one message, or with `times` several, and observe what comes back."""
        done: list[Exchange] = []
        aside = self._asides[wire]
        failure = await aside.need_session({}, [dict(self._headers)], done)
        if failure is not None:
            return StepResult(observation=not_delivered(failure.why), exchanges=done)
        values = aside.values({})
        if "times" in send:
            return await self._perform_many(wire, send, values, done)
        request = self._build(send, values)
        factor = send.get("timeout_factor", 1)
        assert isinstance(factor, int | float)
        exchange = await wire.exchange(request, timeout_factor=factor)
        observation = await look_at([exchange], lambda: self._observe(request, exchange))
        return StepResult(observation=observation, exchanges=[*done, exchange])

    async def is_alive(self) -> bool:
        """Tell whether the endpoint gives any HTTP response at all."""
        call: dict[str, Json] = {"jsonrpc": "2.0", "method": "wirecheck.nosuch.alive", "id": 1}
        async with self.open_wire() as wire:
            exchange = await wire.exchange(self._build({"jsonrpc": call}, {}))
        return exchange.outcome in SIGNS_OF_LIFE

    def _build(self, send: Mapping[str, Json], values: Mapping[str, str]) -> Request:
        """Return a request; a header field for a session that there is none of is left out."""
        headers = [(name, fill_text(value, values)) for name, value in self._headers]
        headers = [(name, value) for name, value in headers if not uses(value, "session")]
        request = build_request(send, target=self.endpoint.target, default_headers=headers)
        if "wire" not in send:
            return request
        told = request.head.decode("latin-1").lower()
        # Without a credential or a session such a request would be refused for the lack of it.
        lines = b"".join(
            f"{name}: {value}\r\n".encode("latin-1", "replace")
            for name, value in headers
            if name in self._own_names and f"\r\n{name}:".lower() not in told
        )
        return replace(request, head=request.head.replace(b"\r\n", b"\r\n" + lines, 1))

    def _observe(self, request: Request, exchange: Exchange) -> dict[str, Json]:
        answer = answer_of(exchange, max_body_bytes=self.limits.max_body_bytes)
        if exchange.outcome is not Outcome.ANSWERED:
            return describe_exchange(exchange, answer)
        sent, body, head = read_sent(request.body), answer.body, exchange.reader.head
        streamed = None
        if head is not None and is_event_stream(head) and body:
            streamed = read_messages(body, is_batch=sent.shape is Shape.BATCH)
            body = streamed.text
        text = observe_json(body)
        seen: dict[str, Json] = {
            "json": {
                "valid": text.is_valid,
                "kind": kind_of(text.value),
                "depth": text.depth,
                "defect_codes": [defect.code for defect in text.defects],
            },
            "jsonrpc": observe_jsonrpc(sent, text),
        }
        defects = list(text.defects) if body else []
        if streamed is not None:
            seen["messages"] = streamed.as_json()
            defects += streamed.defects
        return describe_exchange(exchange, answer, more_defects=defects) | seen

    async def _perform_many(
        self,
        wire: Wire,
        send: Mapping[str, Json],
        values: Mapping[str, str],
        before: Sequence[Exchange],
    ) -> StepResult:
        times = send["times"]
        assert isinstance(times, int)
        single = {name: value for name, value in send.items() if name not in _MANY}
        requests = [self._build(for_item(single, index), values) for index in range(1, times + 1)]
        connections = send.get("connections", 1)
        assert isinstance(connections, int)
        exchanges: dict[int, Exchange] = {}
        if send.get("pipelined"):
            exchanges = dict(enumerate(await wire.pipeline(requests)))
        elif connections == 1:
            await _in_turn(wire, requests, exchanges, range(times))
        else:
            async with anyio.create_task_group() as tasks:
                for lane in range(connections):
                    mine = range(lane, times, connections)
                    tasks.start_soon(self._lane, requests, exchanges, mine)
        done = sorted(exchanges.items())
        many = [exchange for _, exchange in done]
        observation = await look_at(
            many, lambda: _summary([self._observe(requests[at], one) for at, one in done])
        )
        return StepResult(observation=observation, exchanges=[*before, *many])

    async def _lane(
        self, requests: Sequence[Request], exchanges: dict[int, Exchange], mine: range
    ) -> None:
        async with self.open_wire() as wire:
            await _in_turn(wire, requests, exchanges, mine)


async def _in_turn(
    wire: Wire, requests: Sequence[Request], exchanges: dict[int, Exchange], mine: range
) -> None:
    """Send requests one after another; the first one that is waited for in vain is the last.

    A thousand requests to a target that hangs would take a thousand deadlines.
    """
    for index in mine:
        exchanges[index] = await wire.exchange(requests[index])
        if exchanges[index].reader.ended is Ended.DEADLINE:
            return


_MANY: Final = frozenset({"times", "connections", "pipelined"})


def _summary(observations: Sequence[dict[str, Json]]) -> dict[str, Json]:
    """Fold the observations of one repeated send into one.

    Returns:
        `outcome` of the first that was not answered, else `answered`, and `many`: how many were
        sent and answered, the ids that do not balance over all of them, and `misplaced_ids`, ids
        that came back as the answer to another request.
    """
    sent: list[Json] = []
    received: list[Json | Absent] = []
    misplaced: list[Json] = []
    statuses: list[Json] = []
    for observation in observations:
        rpc = observation.get("jsonrpc")
        http = observation.get("http")
        if is_object(http) and http["status"] not in statuses:
            statuses.append(http["status"])
        if not is_object(rpc):
            continue
        its_sent, its_responses = _ids_of(rpc)
        sent += its_sent
        received += its_responses
        wanted = {id_key(one) for one in its_sent}
        misplaced += [
            one for one in its_responses if one is not ABSENT and id_key(one) not in wanted
        ]
    balance = balance_ids(sent, received)
    outcomes = [observation["outcome"] for observation in observations]
    answered = outcomes.count(Outcome.ANSWERED.value)
    first_other = next((one for one in outcomes if one != Outcome.ANSWERED.value), None)
    return {
        "outcome": first_other or Outcome.ANSWERED.value,
        "many": {
            "sent": len(observations),
            "answered": answered,
            "statuses": statuses,
            "unanswered_ids": balance.unanswered,
            "unknown_ids": balance.unknown,
            "doubled_ids": balance.doubled,
            "misplaced_ids": misplaced,
        },
    }


def _ids_of(rpc: Mapping[str, Json]) -> tuple[list[Json], list[Json | Absent]]:
    sent, responses = rpc["sent"], rpc["responses"]
    assert is_object(sent)
    ids = sent["ids"]
    assert isinstance(ids, list)
    assert isinstance(responses, list)
    return ids, [one.get("id", ABSENT) if is_object(one) else ABSENT for one in responses]
