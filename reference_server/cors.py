"""Cross-origin use: which fields a response to a page of another origin carries (Fetch, CORS).

Knows origins and preflights. Refuses to know what is answered.
"""

from typing import Final

from starlette.types import Message, Scope, Send

_PREFLIGHT: Final = (
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"600"),
)


def with_cors(send: Send, scope: Scope, *, allowed: str) -> Send:
    """Return a `send` that adds the fields of CORS where the request comes from an allowed origin.

    `allowed` is an origin, or `*` for any.

    Spec: JSONRPC-HTTP-33
    """
    headers = dict(scope["headers"])
    origin: bytes | None = headers.get(b"origin")
    if origin is None or (allowed != "*" and origin != allowed.encode("latin-1")):
        return send
    fields = [(b"access-control-allow-origin", allowed.encode("latin-1")), (b"vary", b"origin")]
    if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
        fields += _PREFLIGHT

    async def send_with_fields(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *fields]}
        await send(message)

    return send_with_fields
