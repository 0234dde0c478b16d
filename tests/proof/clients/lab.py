"""One run of the client suite against a client with a fault in it, in this process."""

import asyncio
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from conformance.clients.attachment import Order
from conformance.clients.lab import Lab, open_lab
from conformance.clients.session import ClientOptions, open_client_session
from conformance.engine.scenario import Scenario
from conformance.words.verdict import Check
from tests.proof.clients.event_client import EventClient

# A fault that never reports costs it at each case.
TIMEOUT_S = 3.0
JOBS = 48
SEED = 1
CAPABILITIES = frozenset({"reconnects", "states", "last-event-id", "close-in-handler"})


class InProcess:
    """Clients attached without HTTP in between: they report straight into the lab."""

    def __init__(self, lab: Lab, faults: AbstractSet[str]) -> None:
        self.name = "small client"
        self.url = "in this process"
        self.capabilities = CAPABILITIES
        self.default_jobs = JOBS
        self._lab = lab
        self._faults = faults
        self._clients: list[EventClient] = []

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
        self._clients.append(client)
        return RunningClient(client)

    async def is_alive(self) -> bool:
        return True

    async def stop(self) -> None:
        """End what a fault left running."""
        tasks = [client.task for client in self._clients if client.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class RunningClient:
    def __init__(self, client: EventClient) -> None:
        self._client = client

    async def close(self) -> None:
        self._client.close()


async def judge(
    faults: AbstractSet[str],
    scenarios: Sequence[Scenario],
    *,
    timeout_s: float = TIMEOUT_S,
    jobs: int = JOBS,
) -> list[Check]:
    """Judge a client with these faults; return all checks."""
    options = ClientOptions(
        jobs=jobs,
        timeout_s=timeout_s,
        patience_s=2 * timeout_s,
        seed=SEED,
        settle_ms=30,
    )
    async with open_lab() as lab:
        clients = InProcess(lab, faults)
        session = await open_client_session(lab, clients, options, scenarios=scenarios)
        await session.run(lambda event: None)  # noqa: ARG005 - nothing is shown
        await clients.stop()
        return session.report.checks
