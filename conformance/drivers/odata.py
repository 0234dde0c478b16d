"""The OData driver: requests and batches sent to a service, and their answers observed."""

import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ssl import SSLContext
from types import TracebackType
from typing import Final

import anyio

from conformance.drivers.endpoint import Endpoint
from conformance.drivers.http_answer import answer_of, describe_exchange, look_at
from conformance.drivers.odata_batch import (
    JSON,
    Operation,
    multipart_type,
    read_framing,
    read_operations,
    write_json,
    write_multipart,
)
from conformance.drivers.odata_clean_up import MISSING, delete_made, left_over
from conformance.drivers.odata_entities import (
    CHANGING,
    CREATING,
    READING,
    WRITING,
    Bench,
    Workshop,
    entities_in,
    request_target,
)
from conformance.drivers.request import Request, build_request, pieces_to_bytes, with_defaults
from conformance.drivers.step import StepResult
from conformance.drivers.wire import Exchange, Limits, Pace, Wire
from conformance.observe.exchange import SIGNS_OF_LIFE, Outcome
from conformance.observe.json_text import observe_json
from conformance.observe.odata_batch import SentBatch, SentRequest, observe_batch
from conformance.observe.odata_response import observe_odata
from conformance.words.json_value import ABSENT, Absent, Json, is_array, is_object
from conformance.words.template import UnresolvedTemplateError, to_json_text

BATCH: Final = "$batch"
METADATA: Final = "$metadata"
DEFAULT_HEADERS: Final = (
    ("Accept", "application/json"),
    ("OData-MaxVersion", "4.01"),
    ("User-Agent", "wirecheck"),
)
_CLEAN_UP_S: Final = 20.0  # for all that one case made; what is left by then is told
_OK: Final = 200
_CREATED: Final = 201
_SUCCESS: Final = range(200, 300)
_REFUSED: Final = range(400, 600)
_SERVER_ERROR: Final = 500


class ODataDriver:
    """Sends requests to one service.

    Args:
        endpoint: the service root.
        headers: the profile's own, sent with every request; they replace defaults of their name.
        limits: time and size of each exchange.
        tls: the context for https endpoints.
        pace: lets requests through; None for as fast as the target answers.
        workshop: makes up entities; None where nothing may be written.
    """

    name = "odata"
    observation_schema = "observation/odata.schema.json"

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        headers: Sequence[tuple[str, str]] = (),
        limits: Limits | None = None,
        tls: SSLContext | None = None,
        pace: Pace | None = None,
        workshop: Workshop | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.limits = limits or Limits()
        #: What makes up entities, by role: "" for the set that may be written to.
        self.workshops: dict[str, Workshop] = {} if workshop is None else {"": workshop}
        #: Whether methods in JSON batches are written in capitals, for who takes no others.
        self.writes_capitals = False
        #: Whether changes that name no condition are sent with If-Match: *.
        self.states_conditions = False
        #: Describes a metadata document, its media type and bytes given; None: it is not looked at.
        self.describe_metadata: Callable[[str, bytes], Json] | None = None
        #: What was read when the run began, relative to the root.
        self.read_before = ""
        #: URLs of entities that a run made and that could not be deleted.
        self.left_over: list[str] = []
        self.tls = tls
        self.pace = pace
        fields = with_defaults(headers, DEFAULT_HEADERS)
        self._headers = [("Host", endpoint.host_header), *fields]

    def open_wire(self, *, unique: str = "") -> "ODataWire":
        """Return the connections and entities for one case; not yet connected."""
        return ODataWire(self, unique=unique)

    async def perform(self, wire: Wire, send: Mapping[str, Json]) -> StepResult:
        """Send one request or batch, and observe what comes back."""
        assert isinstance(wire, ODataWire)
        asked = self._ask(wire, send)
        if asked.sent is not None:
            wire.asked = asked
        factor = send.get("timeout_factor", 1)
        assert isinstance(factor, int | float)
        exchange = await wire.exchange(asked.request, timeout_factor=factor)
        bench = wire.bench
        observation = await look_at([exchange], lambda: self._observe(asked, exchange, bench))
        _learn(bench, asked, observation)
        return StepResult(observation=observation, exchanges=[exchange])

    async def is_alive(self) -> bool:
        """Tell whether the service root gives any HTTP response at all."""
        async with self.open_wire() as wire:
            exchange = await wire.exchange(self.request({"method": "GET", "url": ""}))
        return exchange.outcome in SIGNS_OF_LIFE

    async def is_ready(self) -> bool:
        """Tell whether what was read when the run began gets an answer that is no server error."""
        async with self.open_wire() as wire:
            result = await self.perform(wire, {"method": "GET", "url": self.read_before})
        http = result.observation.get("http")
        status = http.get("status") if is_object(http) else None
        return isinstance(status, int) and status < _SERVER_ERROR

    def request(self, send: Mapping[str, Json], *, body: bytes | None = None) -> Request:
        """Turn a `send` with a `url` relative to the root, or none of it, into a request."""
        plain: dict[str, Json] = {name: v for name, v in send.items() if name not in _OWN}
        headers = self._headers
        if body is None and "json" in send:
            body = to_json_text(send["json"]).encode()
            headers = [*headers, ("Content-Type", "application/json")]
        elif body is None and "text" in send:
            body = str(send["text"]).encode()
            headers = [*headers, ("Content-Type", "text/plain")]
        has_body = body is not None or bool({"raw", "base64", "wire"} & set(plain))
        plain.setdefault("method", "POST" if has_body else "GET")
        target = f"{self.endpoint.target.rstrip('/')}/{send.get('url', '')}"
        return build_request(plain, target=target, default_headers=headers, body=body)

    def _ask(self, wire: "ODataWire", send: Mapping[str, Json]) -> "_Asked":
        bench = wire.bench
        batch = send.get("batch")
        if "result" in send:
            return self._ask_for_result(wire.asked, send)
        if not is_object(batch):
            resolved = bench.resolve(send)
            is_metadata = str(resolved.get("url", "")).startswith(METADATA)
            request = self.request(resolved)
            return _Asked(request=request, verbs=_verbs("", send), is_metadata=is_metadata)
        rows = batch["requests"]
        assert is_array(rows)
        verbs: dict[str, tuple[str, str]] = {}

        def resolve(row: Mapping[str, Json]) -> Mapping[str, Json]:
            verbs.update(_verbs(str(row["label"]), row))
            return bench.resolve(row)

        batch_format = str(batch["format"])
        operations = read_operations(rows, batch_format=batch_format, resolve=resolve)
        headers: dict[str, Json] = {}
        if batch_format == JSON:
            headers["Content-Type"] = "application/json"
            body = to_json_text(self._json_batch(batch, operations)).encode()
        else:
            framing = read_framing(batch)
            headers["Content-Type"] = multipart_type(framing)
            headers["Accept"] = "multipart/mixed"
            body = write_multipart(operations, framing=framing, endpoint=self.endpoint)
        if "raw" in batch:
            body = pieces_to_bytes(batch["raw"])
        if batch.get("gzip") is True:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, mtime=0)
        given = send.get("headers")
        names = {name.lower() for name in given} if is_object(given) else set()
        kept = {name: value for name, value in headers.items() if name.lower() not in names}
        plain = {name: value for name, value in send.items() if name != "batch"}
        plain["headers"] = {**kept, **(given if is_object(given) else {})}
        request = self.request({"url": BATCH, **plain}, body=body)
        return _Asked(request=request, sent=_sent(batch_format, operations), verbs=verbs)

    def _ask_for_result(self, before: "_Asked | None", send: Mapping[str, Json]) -> "_Asked":
        target = request_target(str(send["result"]), self.endpoint)
        if not target:
            raise UnresolvedTemplateError("a URL on the service's own host")
        plain = {name: value for name, value in send.items() if name != "result"}
        request = self.request({**plain, "target": target})
        if before is None:
            return _Asked(request=request)
        return replace(before, request=request, is_result=True)

    def _json_batch(self, batch: Mapping[str, Json], operations: Sequence[Operation]) -> Json:
        written = write_json(operations, endpoint=self.endpoint, in_capitals=self.writes_capitals)
        extra = batch.get("extra")
        assert is_object(written)
        return {**written, **extra} if is_object(extra) else written

    def _observe(self, asked: "_Asked", exchange: Exchange, bench: Bench) -> dict[str, Json]:
        answer = answer_of(exchange, max_body_bytes=self.limits.max_body_bytes)
        head = exchange.reader.head
        if exchange.outcome is not Outcome.ANSWERED or head is None:
            return describe_exchange(exchange, answer)
        content_type = next(iter(head.values("content-type")), "")
        seen: dict[str, Json] = {}
        seen["odata"] = observe_odata(head, answer.body)
        is_there = not asked.is_result or head.status == _OK
        if asked.sent is not None and is_there:
            seen["batch"] = observe_batch(asked.sent, content_type, answer.body)
        if asked.is_metadata and head.status == _OK and self.describe_metadata is not None:
            seen["csdl"] = self.describe_metadata(content_type, answer.body)
        observation = describe_exchange(exchange, answer) | seen
        if "" in asked.verbs:
            body = observe_json(answer.body).value
            read = None if body is ABSENT else body
            _note_found(seen["odata"], bench, asked.verbs[""], head.status, read)
        for label, response in _responses(asked, observation).items():
            if label in asked.verbs:
                status, body = response.get("status"), response.get("body")
                _note_found(response, bench, asked.verbs[label], status, body)
        return observation


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One request, and which entities it is about: label → verb and name ("" when single).

    `is_result` says that it asks for the result of the batch that was sent before.
    """

    request: Request
    sent: SentBatch | None = None
    verbs: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    is_metadata: bool = False
    is_result: bool = False


_OWN: Final = frozenset({"url", "json", "text", "batch", "timeout_factor"})


def _verbs(label: str, row: Mapping[str, Json]) -> dict[str, tuple[str, str]]:
    verb = next((one for one in (*WRITING, *READING) if one in row), None)
    return {label: (verb, str(row[verb]))} if verb else {}


def _sent(batch_format: str, operations: Sequence[Operation]) -> SentBatch:
    return SentBatch(
        format=batch_format,
        requests=[
            SentRequest(
                label=one.label,
                group=one.group or None,
                wire_id=one.wire_id or None,
                method=one.method,
                url=one.url,
            )
            for one in operations
        ],
    )


def _responses(asked: _Asked, observation: Mapping[str, Json]) -> dict[str, Mapping[str, Json]]:
    """Return what each verb got: status, headers and, where it is JSON, body."""
    if asked.sent is None:
        http = observation.get("http")
        return {"": http} if is_object(http) else {}
    batch = observation.get("batch")
    answers = batch.get("answers") if is_object(batch) else None
    if not is_object(answers):
        return {}
    return {label: one for label, one in answers.items() if is_object(one)}


def _note_found(place: Json, bench: Bench, verb: tuple[str, str], status: Json, body: Json) -> None:
    """Note what a read or a search brought: how many, and with which values if one."""
    assert isinstance(place, dict)
    if verb[0] not in READING:
        return
    if status in MISSING:
        place["found"] = 0
    elif status == _OK:
        found = entities_in(body)
        place["found"] = len(found)
        if len(found) == 1:
            place["state"] = bench.state_of(verb[1], found[0])


def _learn(bench: Bench, asked: _Asked, observation: Mapping[str, Json]) -> None:
    """Take over where created entities are, and which are gone."""
    responses = _responses(asked, observation)
    for label, (verb, named) in asked.verbs.items():
        name = f"{named}-clash" if verb == "clash" else named
        response = responses.get(label)
        status = response.get("status") if response else None
        if response is None or not isinstance(status, int):
            continue
        if verb in CREATING and status in _REFUSED:
            bench.refused(name)
        if status not in _SUCCESS:
            continue
        if verb in CREATING:
            bench.get(name).was_made = True
            bench.get(name).is_gone = False
            if verb in CHANGING and status != _CREATED:
                continue  # whatever its Location says, the entity is where it was
            headers = response.get("headers")
            location = headers.get("location") if is_object(headers) else None
            if isinstance(location, str):
                bench.learn(name, location)
        elif verb == "delete" and asked.sent is None:
            # In a batch it may be undone, whatever its own answer says.
            bench.get(name).is_gone = True


class ODataWire(Wire):
    """The connections of one case, and the entities it made: at its end these are deleted."""

    def __init__(self, driver: ODataDriver, *, unique: str) -> None:
        super().__init__(driver.endpoint, limits=driver.limits, tls=driver.tls, pace=driver.pace)
        self._driver = driver
        self.bench = Bench(
            driver.endpoint,
            driver.workshops,
            unique,
            states_conditions=driver.states_conditions,
        )
        #: The last batch, whose result may come later.
        self.asked: _Asked | None = None

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # What refers to others goes before them.
        made = list(reversed(self.bench.sent()))
        if made:
            # Also after a failure or an interrupt: what was made goes again.
            with anyio.CancelScope(shield=True), anyio.move_on_after(_CLEAN_UP_S):
                await delete_made(made, ask=self._ask)
            self._driver.left_over += left_over(one for one, _ in made)
        await super().__aexit__(kind, error, trace)

    async def _ask(self, send: Mapping[str, Json]) -> tuple[int, Json]:
        """Send a request; return status, 0 for none, and body, null for none."""
        exchange = await self.exchange(self._driver.request(send))
        head = exchange.reader.head
        value = await look_at([exchange], lambda: self._value(exchange))
        return (head.status if head is not None else 0), (None if value is ABSENT else value)

    def _value(self, exchange: Exchange) -> Json | Absent:
        answer = answer_of(exchange, max_body_bytes=self.limits.max_body_bytes)
        return observe_json(answer.body).value
