"""The JSON-RPC half without a network: values in, values out, a clock that the test moves."""

from collections.abc import Callable
from dataclasses import dataclass, field

from reference_server.json_text import Json, read, write
from reference_server.jsonrpc.message import Call
from reference_server.jsonrpc.parts import Parts
from reference_server.jsonrpc.service import RpcService, Surroundings, rpc_service
from reference_server.settings import JsonRpcSettings, Settings, everything_on
from reference_server.store import Store

EVERYTHING = everything_on(Settings()).jsonrpc


@dataclass(slots=True)
class Half:
    """One endpoint; `crashes` holds what methods raised that they should not."""

    service: RpcService
    now_s: float = 0.0
    waited_s: list[float] = field(default_factory=list)
    crashes: list[tuple[Call, Exception]] = field(default_factory=list)

    def ask(self, value: Json) -> Json:
        """Send a value that has to be answered, and return the answer."""
        answer = self.service.answer(write(value))
        assert answer is not None
        return read(answer, max_depth=410)

    def tell(self, value: Json) -> None:
        """Send a value that must not be answered."""
        assert self.service.answer(write(value)) is None

    def result(self, method: str, params: Json = None) -> Json:
        """Call a method that has to succeed."""
        answer = self.ask(call(method, params))
        assert isinstance(answer, dict)
        assert "result" in answer, answer
        return answer["result"]

    def error(self, method: str, params: Json = None) -> Json:
        """Call a method that has to fail."""
        answer = self.ask(call(method, params))
        assert isinstance(answer, dict)
        return answer["error"]

    def bad_param(self, method: str, params: Json) -> tuple[Json, Json, Json]:
        """Call a method that has to refuse a param; return pointer, expected and seen."""
        error = self.error(method, params)
        assert isinstance(error, dict)
        assert (error["code"], error["message"]) == (-32602, "Invalid params")
        data = error["data"]
        assert isinstance(data, dict)
        return data["pointer"], data["expected"], data["seen"]


def half_of(
    store: Store,
    settings: JsonRpcSettings = EVERYTHING,
    *,
    parts: Parts | None = None,
    fresh_id: Callable[[], str] = lambda: "fresh",
) -> Half:
    """Put a half together."""
    around = Surroundings(
        store=store,
        clock=lambda: half.now_s,
        fresh_id=fresh_id,
        wait=lambda wait_s: half.waited_s.append(wait_s),  # noqa: PLW0108 - half comes later
        on_crash=lambda call, error: half.crashes.append((call, error)),
    )
    half = Half(rpc_service(settings, around, parts or Parts()))
    return half


def call(method: str, params: Json = None, request_id: Json = 1) -> dict[str, Json]:
    """Write a call; params of None are left out."""
    request: dict[str, Json] = {"jsonrpc": "2.0", "method": method, "id": request_id}
    if params is not None:
        request["params"] = params
    return request


def notification(method: str, params: Json = None) -> dict[str, Json]:
    """Write a notification."""
    request = call(method, params)
    del request["id"]
    return request
