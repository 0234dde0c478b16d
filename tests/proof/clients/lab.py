"""One run of the client suite against a client with a fault in it, in this process."""

from collections.abc import Sequence, Set
from typing import Any

from conformance.clients.attachment import Order
from conformance.clients.lab import Lab, open_lab
from conformance.clients.session import ClientOptions, open_client_session
from conformance.words.verdict import Check
from tests.proof.clients.event_client import EventClient

# Long enough for a loaded machine; a fault that never reports costs it at each case.
TIMEOUT_S = 1.5
JOBS = 64
SEED = 1
CAPABILITIES = frozenset({"reconnects", "states", "last-event-id", "close-in-handler"})


class InProcess:
    """Clients attached without HTTP in between: they report straight into the lab."""

    def __init__(self, lab: Lab, faults: Set[str]) -> None:
        self.name = "small client"
        self.url = "in this process"
        self.capabilities = CAPABILITIES
        self._lab = lab
        self._faults = faults

    async def start(self, order: Order) -> "RunningClient":
        play = self._lab.plays[order.tag]
        numbers = iter(range(1, 1_000_000))

        def tell(message: dict[str, Any]) -> None:
            play.report(next(numbers), dict(message))

        client = EventClient(
            url=order.stream_url,
            tell=tell,
            faults=self._faults,
            delay_ms=order.initial_delay_ms,
            headers=dict(order.headers),
            last_event_id=order.last_event_id or "",
            close_after_events=order.close_after_events,
        )
        client.start()
        return RunningClient(client)

    async def is_alive(self) -> bool:
        return True


class RunningClient:
    def __init__(self, client: EventClient) -> None:
        self._client = client

    async def close(self) -> None:
        self._client.close()


async def judge(faults: Set[str], *, only: Sequence[str] = ()) -> list[Check]:
    """Judge a client with these faults; return all checks."""
    options = ClientOptions(
        only=tuple(only),
        jobs=JOBS,
        timeout_s=TIMEOUT_S,
        patience_s=TIMEOUT_S,
        seed=SEED,
        settle_ms=30,
        ignores_reliance=True,
    )
    async with open_lab() as lab:
        session = await open_client_session(lab, InProcess(lab, faults), options)
        await session.run(lambda event: None)  # noqa: ARG005 - nothing is shown
        return session.report.checks
