"""The recipe of examples/reconnecting_client.py."""

import sys
from pathlib import Path
from typing import Any

from test_service import Report, serve

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from reconnecting_client import ReconnectingClient, StreamRefusedError


async def read(params: dict[str, Any], report: Report) -> None:
    class Reporting(ReconnectingClient):
        async def on_open(self) -> None:
            report.open(state="open")

        async def on_error(self, error: Exception | None) -> None:
            report.error(error or "the stream ended", state="connecting")

    client = Reporting(
        params["streamUrl"],
        headers=params.get("headers", {}),
        last_event_id=params.get("lastEventId", ""),
        retry_ms=params.get("initialDelayMs", 3_000),
    )
    try:
        async for event in client.events():
            if report.event(event.event, event.data, event.id, state="open"):
                return
    except StreamRefusedError as error:
        report.error(error, state="closed")
    else:
        report.error("the server answered 204", state="closed")


serve(
    read,
    name="reconnecting-client",
    capabilities=["reconnects", "headers", "states", "last-event-id", "close-in-handler"],
)
