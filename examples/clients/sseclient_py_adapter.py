"""sseclient-py: reads events off an iterator of bytes; requests brings them."""

import socket
from contextlib import suppress
from typing import Any

import requests
import sseclient
from test_service import Report, in_thread, serve


async def read(params: dict[str, Any], report: Report) -> None:
    responses: list[requests.Response] = []

    def run() -> None:
        headers = {"Accept": "text/event-stream", **params.get("headers", {})}
        try:
            response = requests.get(params["streamUrl"], stream=True, headers=headers)
            responses.append(response)
            for event in sseclient.SSEClient(response).events():
                if report.event(event.event, event.data, event.id):
                    return
        except Exception as error:
            report.error(error)
            raise

    def stop() -> None:
        # close() alone does not wake a thread that waits in recv().
        for response in responses:
            with suppress(Exception):
                response.raw._fp.fp.raw._sock.shutdown(socket.SHUT_RDWR)  # noqa: SLF001 - no public way
            response.close()

    await in_thread(run, stop)


serve(read, name="sseclient-py", capabilities=["once", "headers", "close-in-handler"])
