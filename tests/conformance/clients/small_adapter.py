"""The small client of the proof behind the HTTP contract: a test service in a process."""

import asyncio
import contextlib
from typing import Any

from examples.clients.test_service import Report, serve
from tests.proof.clients.event_client import EventClient


async def read(params: dict[str, Any], report: Report) -> None:
    def tell(message: dict[str, Any]) -> None:
        kind, state = message["kind"], message["state"]
        if kind == "event":
            event = message["event"]
            report.event(event["type"], event["data"], event["id"], state=state)
        elif kind == "open":
            report.open(state=state)
        else:
            report.error(message["error"], state=state)

    client = EventClient(
        url=params["streamUrl"],
        tell=tell,
        delay_ms=params.get("initialDelayMs"),
        last_event_id=params.get("lastEventId", ""),
        close_after_events=params.get("closeAfterEvents"),
    )
    client.start()
    assert client.task is not None
    try:
        await client.task
    finally:
        client.close()
        with contextlib.suppress(asyncio.CancelledError):
            await client.task


if __name__ == "__main__":
    serve(
        read,
        name="small client",
        capabilities=["reconnects", "states", "last-event-id", "close-in-handler"],
    )
