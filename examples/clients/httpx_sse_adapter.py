"""httpx-sse: an iterator over one response; it never connects again by itself."""

from typing import Any

import httpx
from httpx_sse import aconnect_sse
from test_service import Report, serve


async def read(params: dict[str, Any], report: Report) -> None:
    headers = params.get("headers", {})
    if "lastEventId" in params:
        headers["Last-Event-ID"] = params["lastEventId"]
    async with (
        httpx.AsyncClient(timeout=None, follow_redirects=True) as client,
        aconnect_sse(client, "GET", params["streamUrl"], headers=headers) as source,
    ):
        async for event in source.aiter_sse():
            if report.event(event.event, event.data, event.id):
                return


serve(read, name="httpx-sse", capabilities=["once", "headers", "last-event-id", "close-in-handler"])
