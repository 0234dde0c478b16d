"""The requests beside a stream: they make its session, make it bring events, and end it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Final
from urllib.parse import urljoin

from conformance.drivers.endpoint import Endpoint, read_url
from conformance.drivers.http_answer import answer_of, describe_exchange
from conformance.drivers.request import pieces_to_bytes
from conformance.drivers.sse_fill import TRIGGER_NAMES, fill, fill_text, take, uses
from conformance.drivers.sse_requests import side_request
from conformance.drivers.wire import Exchange, Limits, Pace, Wire
from conformance.errors import InputError
from conformance.observe.json_text import observe_json
from conformance.words.json_value import ABSENT, Json, is_object

_SUCCESS: Final = range(200, 300)
# Of one request sent many times a report has the first ones and the last.
_SHOWN_TIMES: Final = 8


@dataclass(frozen=True, slots=True)
class Failure:
    """A request beside the stream that did not bring what it had to."""

    why: str


@dataclass(slots=True)
class Told:
    """What requests beside a stream came to, in order; `last` is None while none was sent."""

    statuses: list[Json] = field(default_factory=list)
    failed: int = 0
    why: str = ""
    last: Exchange | None = None

    @property
    def all_failed(self) -> bool:
        """Whether any was to be sent, and none succeeded."""
        return self.failed > 0 and self.failed >= len(self.statuses)

    def take(self, exchange: Exchange) -> None:
        """Count one; a success of HTTP that holds a JSON-RPC error is none."""
        self.last = exchange
        head = exchange.reader.head
        self.statuses.append(head.status if head else None)
        self.failed += head is None or head.status not in _SUCCESS or _is_rpc_error(exchange)

    def fail(self, failure: Failure) -> None:
        """Count one that could not be sent."""
        self.failed += 1
        self.why = failure.why

    def as_json(self) -> dict[str, Json]:
        """Return it as it stands in an observation; `answer` is the last body, where it is JSON."""
        told: dict[str, Json] = {
            "sent": len(self.statuses),
            "failed": self.failed,
            "statuses": self.statuses,
        }
        if self.why:
            told["why"] = self.why
        value = observe_json(self.last.reader.body).value if self.last is not None else ABSENT
        if value is not ABSENT:
            told["answer"] = value
        return told


class Aside:
    """Sends the requests that a profile's section describes, for one case.

    Args:
        endpoint: of the stream; other URLs may be relative to it.
        section: the profile's.
        limits: of each exchange.
        tls: for https.
        pace: lets requests through.
        unique: a word of the case.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        section: Mapping[str, Json],
        limits: Limits,
        tls: SSLContext | None,
        pace: Pace | None,
        unique: str,
    ) -> None:
        self._endpoint = endpoint
        self._section = section
        self._limits = limits
        self._tls = tls
        self._pace = pace
        self._unique = unique
        self._sessions: dict[str, str] = {}

    def values(self, row: Mapping[str, Json]) -> dict[str, str]:
        """Return what placeholders in a row stand for."""
        session = self._sessions.get(_session_name(row))
        return {} if session is None else {"session": session}

    async def need_session(
        self, row: Mapping[str, Json], concerned: Sequence[Json], done: list[Exchange]
    ) -> Failure | None:
        """Make a session, if what is sent needs one and there is none of its name yet.

        Args:
            row: what is sent; `session` names its session.
            concerned: what else may hold `{session}`.
            done: gains the exchange.
        """
        name, section = _session_name(row), self._section.get("session")
        if name in self._sessions or not is_object(section):
            return None
        if not uses([dict(row), *concerned], "session"):
            return None
        exchange = await self._exchange(section, {"unique": self._unique})
        done.append(exchange)
        answer = _answer(exchange, max_body_bytes=self._limits.max_body_bytes)
        taken = take(answer, str(section["take"]))
        if taken is None:
            got = exchange.outcome if answer["status"] is None else f"status {answer['status']}"
            return Failure(f"no session: {got}, and nothing at {section['take']}")
        self._sessions[name] = taken
        if is_object(then := section.get("then")):
            done.append(await self._exchange(then, {"unique": self._unique, "session": taken}))
        return None

    async def send(
        self, name: str, row: Mapping[str, Json], told: Told, done: list[Exchange]
    ) -> None:
        """Send a request of the profile, once or `times`.

        Args:
            name: `trigger` or `end`.
            row: `payload`, `name`, `id`, `count`, `times`, `session`; `{index}` in them counts.
            told: gains what it came to.
            done: gains the exchanges, of very many the first ones and the last.

        Raises:
            InputError: the profile has no such request.
        """
        section = self._section.get(name)
        if not is_object(section):
            raise InputError(f"sse.{name}", "a request of the profile", "none")
        times = row.get("times", 1)
        assert isinstance(times, int)
        given = {one: _text(row[one]) for one in TRIGGER_NAMES if one in row}
        given.setdefault("payload", f"wirecheck {self._unique}")
        given.setdefault("count", "1")
        failure = await self.need_session(row, [section], done)
        if failure is not None:
            told.fail(failure)
            return
        for index in range(1, times + 1):
            values = {one: text.replace("{index}", str(index)) for one, text in given.items()}
            exchange = await self._exchange(section, {**self.values(row), **values})
            told.take(exchange)
            if index <= _SHOWN_TIMES or index == times:
                done.append(exchange)

    async def _exchange(self, section: Mapping[str, Json], values: Mapping[str, str]) -> Exchange:
        """Send a request on a connection of its own."""
        endpoint = self._endpoint
        if "url" in section:
            url = urljoin(endpoint.url, fill_text(str(section["url"]), values))
            endpoint = read_url(url, where="sse")
        parts = {name: value for name, value in section.items() if name != "url"}
        filled = fill(parts, values, names=TRIGGER_NAMES)
        assert is_object(filled)
        tls = self._tls if endpoint.is_tls else None
        async with Wire(endpoint, limits=self._limits, tls=tls, pace=self._pace) as wire:
            return await wire.exchange(side_request(filled, endpoint=endpoint, values={}))


def answer_only(told: Told, *, limits: Limits) -> dict[str, Json]:
    """Return the observation of a step that only sent requests beside streams."""
    assert told.last is not None
    answer = answer_of(told.last, max_body_bytes=limits.max_body_bytes)
    return describe_exchange(told.last, answer)


def _session_name(row: Mapping[str, Json]) -> str:
    return str(row.get("session", ""))


def _text(pieces: Json) -> str:
    if isinstance(pieces, int):
        return str(pieces)
    return pieces_to_bytes(pieces).decode("utf-8", "surrogatepass")


def _answer(exchange: Exchange, *, max_body_bytes: int) -> dict[str, Json]:
    head = exchange.reader.head
    value = observe_json(answer_of(exchange, max_body_bytes=max_body_bytes).body).value
    return {
        "status": head.status if head else None,
        "headers": dict(head.joined()) if head else {},
        "body": None if value is ABSENT else value,
    }


def _is_rpc_error(exchange: Exchange) -> bool:
    """Tell whether an answer is a JSON-RPC error, which HTTP calls a success."""
    value = observe_json(exchange.reader.body).value
    return is_object(value) and "jsonrpc" in value and "error" in value
