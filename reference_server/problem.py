"""Error pages that are no protocol's own: problem details (RFC 9457), so that all are JSON."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from reference_server.json_text import write

#: ASGI's; spelt out here so that the cores, whose edges come by, stay clear of the framework.
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers: TypeAlias = Iterable[tuple[bytes, bytes]]

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"


def problem(status: int, detail: str) -> bytes:
    """Write a problem document."""
    return write({"title": HTTPStatus(status).phrase, "status": status, "detail": detail})


async def send_problem(send: Send, status: int, detail: str, headers: Headers = ()) -> None:
    """Answer with a problem document."""
    media_type = (b"content-type", PROBLEM_MEDIA_TYPE.encode())
    await send_page(send, status, problem(status, detail), [media_type, *headers])


async def send_page(send: Send, status: int, body: bytes, headers: Headers) -> None:
    """Answer with a whole body; its length is added."""
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
