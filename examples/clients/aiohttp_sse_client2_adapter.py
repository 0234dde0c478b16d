"""aiohttp-sse-client2, the kept fork of aiohttp-sse-client: an EventSource to iterate over."""

from datetime import timedelta
from typing import Any

from aiohttp_sse_client2.client import EventSource
from test_service import Report, serve

STATES = ("connecting", "open", "closed")


async def read(params: dict[str, Any], report: Report) -> None:
    options: dict[str, Any] = {"headers": params.get("headers", {})}
    if (delay_ms := params.get("initialDelayMs")) is not None:
        options["reconnection_time"] = timedelta(milliseconds=delay_ms)

    def told() -> str:
        return STATES[source.ready_state]

    def failed() -> None:
        # What ends it for good is raised as well, with a text.
        if told() != "closed":
            report.error("on_error was called", state=told())

    def opened() -> None:
        report.open(state=told())

    source = EventSource(params["streamUrl"], on_open=opened, on_error=failed, **options)
    try:
        async with source:
            async for event in source:
                if report.event(event.type, event.data, event.last_event_id, state=told()):
                    return
    except Exception as error:  # noqa: BLE001 - whatever it raises is reported
        report.error(error, state=told())


serve(
    read,
    name="aiohttp-sse-client2",
    capabilities=["reconnects", "headers", "states", "close-in-handler"],
)
