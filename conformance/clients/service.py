"""A client attached over HTTP, by the contract of launchdarkly/sse-contract-tests.

The contract: https://github.com/launchdarkly/sse-contract-tests/blob/main/docs/service_spec.md.
GET / tells capabilities, POST / starts a client, its Location takes commands by POST and is closed
by DELETE. What we add are capabilities and members that other services are never sent.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin

from conformance.clients.attachment import ClientError, Order
from conformance.drivers.endpoint import Endpoint, read_url
from conformance.drivers.request import Request, build_request
from conformance.drivers.wire import Exchange, Limits, Wire
from conformance.errors import TargetUnreachableError
from conformance.observe.exchange import Outcome
from conformance.observe.json_text import observe_json
from conformance.words.json_value import Json, is_array, is_object

#: Cases at once: nearly all of a case is waiting for the client.
DEFAULT_JOBS: Final = 8
_SUCCESS: Final = range(200, 300)
_NOT_FOUND: Final = 404  # a client that is gone already is closed


class ClientService:
    """A test service at a URL.

    Args:
        endpoint: of the service.
        capabilities: what its status resource told.
        limits: of each request to it.
    """

    def __init__(
        self, endpoint: Endpoint, *, name: str, capabilities: frozenset[str], limits: Limits
    ) -> None:
        self.endpoint = endpoint
        self.url = endpoint.url
        self.name = name
        self.capabilities = capabilities
        self.limits = limits
        self.default_jobs = DEFAULT_JOBS

    async def start(self, order: Order) -> "RunningService":
        """Start a client, and have it listen where it has to be told the types.

        Raises:
            ClientError: it was refused, or there was no answer.
        """
        exchange = await _ask(self.endpoint, "POST", order.as_json(), self.limits)
        locations = exchange.reader.head.values("location") if exchange.reader.head else []
        if not locations:
            raise ClientError("the service named no Location for a client that it started")
        url = urljoin(self.url, locations[0])
        running = RunningService(read_url(url, where="Location"), self.limits)
        if "event-type-listeners" in self.capabilities:
            for name in order.listen:
                await running.command({"command": "listen", "listen": {"type": name}})
        return running

    async def is_alive(self) -> bool:
        """Tell whether the status resource answers."""
        try:
            await _ask(self.endpoint, "GET", None, self.limits)
        except ClientError:
            return False
        return True


class RunningService:
    """One client of a test service."""

    def __init__(self, endpoint: Endpoint, limits: Limits) -> None:
        self._endpoint = endpoint
        self._limits = limits

    async def command(self, command: Mapping[str, Json]) -> None:
        """Tell it something.

        Raises:
            ClientError: it was refused, or there was no answer.
        """
        await _ask(self._endpoint, "POST", command, self._limits)

    async def close(self) -> None:
        """Close the client.

        Raises:
            ClientError: it was refused, or there was no answer.
        """
        await _ask(self._endpoint, "DELETE", None, self._limits, also=_NOT_FOUND)


async def find_service(url: str, *, where: str, limits: Limits) -> ClientService:
    """Ask a service for its name and capabilities.

    Raises:
        InputError: no URL.
        TargetUnreachableError: no answer, or none of success.
    """
    endpoint = read_url(url, where=where)
    try:
        exchange = await _ask(endpoint, "GET", None, limits)
    except ClientError as error:
        raise TargetUnreachableError(endpoint.url, error.why) from error
    status = observe_json(exchange.reader.body).value
    named: Mapping[str, Json] = status if is_object(status) else {}
    words = named.get("capabilities")
    return ClientService(
        endpoint,
        name=str(named.get("name", "")),
        capabilities=frozenset(map(str, words)) if is_array(words) else frozenset(),
        limits=limits,
    )


async def stop_service(service: ClientService) -> None:
    """Ask the service to quit, as the contract has it; whatever it answers."""
    async with Wire(service.endpoint, limits=service.limits) as wire:
        await wire.exchange(_request(service.endpoint, "DELETE", None))


async def _ask(
    endpoint: Endpoint,
    method: str,
    body: Json,
    limits: Limits,
    *,
    also: int | None = None,
) -> Exchange:
    async with Wire(endpoint, limits=limits) as wire:
        exchange = await wire.exchange(_request(endpoint, method, body))
    if exchange.outcome is not Outcome.ANSWERED:
        told = exchange.unreachable or exchange.outcome.value
        raise ClientError(f"{method} {endpoint.url}: {told}")
    head = exchange.reader.head
    assert head is not None
    if head.status not in _SUCCESS and head.status != also:
        text = exchange.reader.body[:200].decode("utf-8", "replace")
        raise ClientError(f"{method} {endpoint.url}: status {head.status}, {text!r}")
    return exchange


def _request(endpoint: Endpoint, method: str, body: Json) -> Request:
    send: dict[str, Json] = {"method": method}
    if body is not None:
        send["jsonrpc"] = body  # any JSON value as a body
    headers = [("Host", endpoint.host_header), ("Content-Type", "application/json")]
    return build_request(send, target=endpoint.target, default_headers=headers)
