"""The header fields of a stream.

Knows caching, proxies and other origins. Refuses to know bodies.
"""

from collections.abc import Iterable
from typing import Final, TypeAlias

Fields: TypeAlias = Iterable[tuple[bytes, bytes]]

_PREFLIGHT: Final = (
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"last-event-id, cache-control"),
    (b"access-control-max-age", b"600"),
)


def stream_headers() -> list[tuple[bytes, bytes]]:
    """Return the fields of an answer that is a stream; how it is framed, HTTP says itself.

    No charset: UTF-8 is the only one.

    Spec: SSE-9.2.5-01, SSE-IANA-02, SSE-HTTP-09
    """
    return [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store"),
        # nginx collects what it passes on unless it is told not to.
        (b"x-accel-buffering", b"no"),
    ]


def cors_headers(
    fields: Fields, *, allowed: str | None, preflight: bool
) -> list[tuple[bytes, bytes]]:
    """Return the fields of CORS for a request with these header fields.

    `allowed` is an origin, `*` for any, or None for none. Credentials go with a named origin only.

    Spec: SSE-HTTP-17 to SSE-HTTP-20
    """
    if allowed is None:
        return []
    headers = dict(fields)
    origin = headers.get(b"origin")
    any_origin = allowed == "*"
    # Also where the origin is another one, or none: a cache must not hand that answer on.
    found = [] if any_origin else [(b"vary", b"origin")]
    if origin is None or not (any_origin or origin == allowed.encode("latin-1")):
        return found
    found.append((b"access-control-allow-origin", allowed.encode("latin-1")))
    if not any_origin:
        found.append((b"access-control-allow-credentials", b"true"))
    if preflight and b"access-control-request-method" in headers:
        found += _PREFLIGHT
    return found
