"""How a client under test is held: started for a stream, told to listen, closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from conformance.words.json_value import Json


class ClientError(Exception):
    """The client under test could not be started or told something; the text says why."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a client is started with.

    `initial_delay_ms` is None where the client's own default is wanted. `close_after_events` asks
    it to close itself in the handler of that event. `script` is for browsers: it is run in place
    of the plain client, and what it returns is reported.
    """

    stream_url: str
    callback_url: str
    tag: str
    initial_delay_ms: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    last_event_id: str | None = None
    listen: Sequence[str] = ()
    close_after_events: int | None = None
    script: str | None = None
    values: Mapping[str, Json] = field(default_factory=dict)

    def as_json(self) -> dict[str, Json]:
        """Return the body of the contract's POST; what is not wanted is left out."""
        optional: dict[str, Json] = {
            "initialDelayMs": self.initial_delay_ms,
            "headers": dict(self.headers) or None,
            "lastEventId": self.last_event_id,
            "closeAfterEvents": self.close_after_events,
        }
        return {
            "streamUrl": self.stream_url,
            "callbackUrl": self.callback_url,
            "tag": self.tag,
            **{name: value for name, value in optional.items() if value is not None},
        }


class Running(Protocol):
    """One client at work."""

    async def close(self) -> None:
        """Close it; the contract's DELETE.

        Raises:
            ClientError: it could not be told.
        """


class Attachment(Protocol):
    """A way to get at clients under test.

    `capabilities` are the contract's words for what the client can do; `default_jobs` is how many
    cases are run at once if the user does not say.
    """

    name: str
    url: str
    capabilities: frozenset[str]
    default_jobs: int

    async def start(self, order: Order) -> Running:
        """Start a client; it has begun to connect, or is about to.

        Raises:
            ClientError: it was refused, or there was no answer.
        """

    async def is_alive(self) -> bool:
        """Tell whether clients can still be started."""
