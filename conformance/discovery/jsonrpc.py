"""A JSON-RPC endpoint asked what it offers: `rpc.discover`, `system.*`, and the spec's examples.

Everything that is called here either does not exist, or only reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from conformance.discovery.found import Found
from conformance.discovery.openrpc import bindings_from, is_openrpc
from conformance.drivers.step import Driver
from conformance.drivers.wire import Wire
from conformance.words.json_value import ABSENT, Absent, Json, is_array, is_object
from conformance.words.pointer import resolve

_UNKNOWN: Final = "wirecheck.nosuch.discovery"
_METHOD_NOT_FOUND: Final = -32601
# Section 7 of the specification: what its example methods take and return.
_SUBTRACT: Final[dict[str, Json]] = {"method": "subtract", "params": [42, 23], "result": 19}
_SUBTRACT_NAMED: Final[dict[str, Json]] = {
    "method": "subtract",
    "params": {"minuend": 42, "subtrahend": 23},
    "result": 19,
}
_SUM: Final[dict[str, Json]] = {"method": "sum", "params": [1, 2, 4], "result": 7}
_GET_DATA: Final[dict[str, Json]] = {"method": "get_data", "result": ["hello", 5]}


@dataclass(slots=True)
class _Probe:
    """Asks one endpoint; holds what has been found so far."""

    driver: Driver
    wire: Wire
    bindings: dict[str, Json] = field(default_factory=dict)
    offers: dict[str, bool] = field(default_factory=dict)

    async def observe(self, method: str, params: Json | Absent = ABSENT) -> dict[str, Json]:
        call: dict[str, Json] = {"jsonrpc": "2.0", "method": method, "id": 1}
        if params is not ABSENT:
            call["params"] = params
        return (await self.driver.perform(self.wire, {"jsonrpc": call})).observation

    async def result(self, method: str, params: Json | Absent = ABSENT) -> Json | Absent:
        observation = await self.observe(method, params)
        return resolve(observation, ("jsonrpc", "response", "result"))

    async def gives(self, call: Mapping[str, Json]) -> bool:
        result = await self.result(str(call["method"]), call.get("params", ABSENT))
        return result is not ABSENT and result == call["result"]

    def fill(self, name: str, binding: Json) -> None:
        self.bindings.setdefault(name, binding)


async def discover_jsonrpc(
    driver: Driver, *, known: tuple[str, Json | Absent] | None = None
) -> Found:
    """Probe an endpoint; five to ten requests, none of which changes anything.

    The first probe's answer tells whether JSON-RPC is spoken there at all. `known` is the method
    and the params of a call that is said to succeed; asked when an unknown method got no answer.
    """
    async with driver.open_wire() as wire:
        probe = _Probe(driver, wire)
        first = await probe.observe(_UNKNOWN)
        if "http" not in first:
            # It may only dislike unknown methods: what it is said to know decides.
            first = await probe.observe(*known) if known else await probe.observe("rpc.discover")
        told = describe(first)
        if not speaks_jsonrpc(first):
            return Found(speaks=False, answers="http" in first, first_answer=told)
        await _ask_openrpc(probe)
        await _ask_system(probe)
        await _ask_examples(probe)
    return Found(speaks=True, first_answer=told, bindings=probe.bindings, offers=probe.offers)


def speaks_jsonrpc(observation: Mapping[str, Json]) -> bool:
    """Tell whether an answer to a call is, right or wrong, a JSON-RPC response."""
    response = resolve(observation, ("jsonrpc", "response"))
    if not is_object(response):
        return False
    return bool({"error", "result"} & set(response)) and bool({"jsonrpc", "id"} & set(response))


def describe(observation: Mapping[str, Json]) -> str:
    """Return one line on how a target answered a call."""
    summary = str(observation["summary"])
    if observation["outcome"] == "answered":
        return summary
    why = observation.get("unreachable")
    return f"{summary} ({observation['outcome']}" + (f": {why})" if why else ")")


async def _ask_openrpc(probe: _Probe) -> None:
    observation = await probe.observe("rpc.discover")
    result = resolve(observation, ("jsonrpc", "response", "result"))
    if is_object(result) and is_openrpc(result):
        probe.offers["jsonrpc.discover"] = True
        for name, binding in bindings_from(result).items():
            probe.fill(name, binding)
        probe.fill("no_params", {"method": "rpc.discover"})
    elif resolve(observation, ("jsonrpc", "response", "error", "code")) == _METHOD_NOT_FOUND:
        probe.offers["jsonrpc.discover"] = False
    elif result is not ABSENT:
        # It answers, but with no OpenRPC document: the rows about it have something to judge.
        probe.offers["jsonrpc.discover"] = True


async def _ask_system(probe: _Probe) -> None:
    names = await probe.result("system.listMethods")
    if not is_array(names) or not all(isinstance(name, str) for name in names):
        return
    probe.offers["jsonrpc.list-methods"] = True
    probe.fill("methods", names)
    probe.fill("no_params", {"method": "system.listMethods"})
    if "system.describe" not in names:
        return
    about: list[Json] = ["system.describe"]
    described = await probe.result("system.describe", about)
    if described is ABSENT:
        return
    probe.fill("positional", {"method": "system.describe", "params": about, "result": described})
    name = resolve(described, ("params", "0", "name"))
    if isinstance(name, str):
        by_name: dict[str, Json] = {name: about[0]}
        binding: dict[str, Json] = {
            "method": "system.describe", "params": by_name, "result": described,
        }  # fmt: skip
        probe.fill("named", binding)


async def _ask_examples(probe: _Probe) -> None:
    by_position = await probe.gives(_SUBTRACT)
    by_name = await probe.gives(_SUBTRACT_NAMED)
    data = await probe.gives(_GET_DATA)
    if data:
        probe.fill("no_params", _GET_DATA)
    if by_position:
        probe.fill("positional", _SUBTRACT)
    if by_name:
        probe.fill("named", _SUBTRACT_NAMED)
    if by_position and by_name and data and await probe.gives(_SUM):
        probe.fill("examples", binding=True)
