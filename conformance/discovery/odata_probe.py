"""Requests that only read, sent to a service one after another, and what came back.

Knows the OData driver. Whatever comes back is a `Reply`, silence included.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from conformance.drivers.http_answer import answer_of
from conformance.drivers.odata import ODataDriver
from conformance.drivers.wire import Wire
from conformance.observe.json_text import observe_json
from conformance.words.json_value import ABSENT, Json, is_object
from conformance.words.pointer import resolve

OK: Final = 200
NOT_FOUND: Final = 404
SUCCESS: Final = range(200, 300)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one request got; `body` has its content codings taken off."""

    observation: Mapping[str, Json]
    body: bytes

    @property
    def status(self) -> int:
        """The status code; 0 where no response began."""
        status = resolve(self.observation, ("http", "status"))
        return status if isinstance(status, int) else 0

    @property
    def is_ok(self) -> bool:
        """Whether a whole response came, and it is a 200."""
        return self.status == OK and self.observation["outcome"] == "answered"

    @property
    def essence(self) -> str:
        """The media type without parameters, in lower case; empty for none."""
        essence = resolve(self.observation, ("http", "content_type", "essence"))
        return essence if isinstance(essence, str) else ""

    def inner_status(self, label: str) -> int:
        """Return the status of one request of a batch; 0 where it has none."""
        status = resolve(self.observation, ("batch", "answers", label, "status"))
        return status if isinstance(status, int) else 0

    def header(self, name: str) -> str:
        """Return a header field by its name in lower case; empty for none."""
        value = resolve(self.observation, ("http", "headers", name))
        return value if isinstance(value, str) else ""

    def json(self) -> Json:
        """Return the body as JSON; null where it is none."""
        value = observe_json(self.body).value
        return None if value is ABSENT else value


@dataclass(frozen=True, slots=True)
class Prober:
    """Asks one service, over one wire."""

    driver: ODataDriver
    wire: Wire

    async def get(self, url: str, *, accept: str = "") -> Reply:
        """Read a URL, relative to the service root."""
        send: dict[str, Json] = {"method": "GET", "url": url}
        if accept:
            send["headers"] = {"Accept": accept}
        return await self.send(send)

    async def send(self, send: Mapping[str, Json]) -> Reply:
        """Send what a step could say."""
        result = await self.driver.perform(self.wire, send)
        exchange = result.exchanges[-1]
        answer = answer_of(exchange, max_body_bytes=self.driver.limits.max_body_bytes)
        return Reply(observation=result.observation, body=answer.body)


@dataclass(slots=True)
class Findings:
    """What has been found so far; the first thing said stays."""

    bindings: dict[str, Json] = field(default_factory=dict)
    offers: dict[str, bool] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def offer(self, name: str, *, has: bool) -> None:
        """Note a capability, unless something was said of it before."""
        self.offers.setdefault(name, has)


def member_text(value: Json, *names: str) -> str:
    """Return the first of some members that is a text; empty for none."""
    if is_object(value):
        for name in names:
            if isinstance(found := value.get(name), str):
                return found
    return ""
