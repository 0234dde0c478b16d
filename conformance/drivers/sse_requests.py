"""Requests of the SSE driver as bytes: those for a stream, and those beside it.

Knows rows of a scenario and sections of a profile. Refuses to know connections.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from conformance.drivers.endpoint import Endpoint
from conformance.drivers.request import Request, build_request, pieces_to_bytes
from conformance.drivers.sse_fill import fill, fill_text
from conformance.words.json_value import ABSENT, Json, is_object
from conformance.words.template import to_json_text

#: As EventSource sends them (HTML section 9.2.3).
STREAM_HEADERS: Final = (
    ("Accept", "text/event-stream"),
    ("Cache-Control", "no-store"),
    ("User-Agent", "wirecheck"),
)
_ASIDE_HEADERS: Final = (
    ("Accept", "application/json, text/event-stream"),
    ("User-Agent", "wirecheck"),
)
# Of a row; the rest is what `build_request` knows.
_OWN: Final = frozenset(
    {
        "stream",
        "path",
        "json",
        "times",
        "take",
        "then",
        "last_event_id",
        "version",
        "timeout_factor",
        "session",
        "other",
        "slow",
    }
)


def stream_request(
    row: Mapping[str, Json],
    *,
    section: Mapping[str, Json],
    endpoint: Endpoint,
    headers: Sequence[tuple[str, str]],
    values: Mapping[str, str],
) -> Request:
    """Return a request for a stream.

    Args:
        row: of an `open` or a `request`: `path`, `method`, `headers`, `json`, `version`,
            `last_event_id`; where it does not say, the section and the endpoint do.
        section: the profile's.
        endpoint: of the stream.
        headers: sent unless the row names them.
        values: what placeholders stand for.
    """
    filled = [(name, fill_text(value, values)) for name, value in headers]
    method = row.get("method", section.get("method"))
    content = row.get("json", section.get("json") if method == section.get("method") else None)
    return _request({**row, "method": method}, content, endpoint, filled, values)


def side_request(
    row: Mapping[str, Json], *, endpoint: Endpoint, values: Mapping[str, str]
) -> Request:
    """Return a request beside a stream, of a section whose placeholders are filled in."""
    return _request(row, row.get("json"), endpoint, list(_ASIDE_HEADERS), values)


def _request(
    row: Mapping[str, Json],
    content: Json,
    endpoint: Endpoint,
    headers: list[tuple[str, str]],
    values: Mapping[str, str],
) -> Request:
    send = {name: value for name, value in row.items() if name not in _OWN}
    headers = [("Host", endpoint.host_header), *headers]
    body: bytes | None = None
    if content is not None:
        filled = fill(content, values)
        body = to_json_text(None if filled is ABSENT else filled).encode()
        headers.append(("Content-Type", "application/json"))
    if send.get("method") is None:
        send["method"] = "GET" if body is None else "POST"
    if (last_id := row.get("last_event_id")) is not None:
        # The field's value is UTF-8 (HTML section 9.2.4); a head is written as Latin-1.
        value = pieces_to_bytes(last_id).decode("latin-1")
        given = row.get("headers")
        send["headers"] = {**(given if is_object(given) else {}), "Last-Event-ID": value}
    send["target"] = fill_text(str(row.get("path", endpoint.target)), values)
    request = build_request(send, target=endpoint.target, default_headers=headers, body=body)
    if "version" in row:
        version = f" HTTP/{row['version']}\r\n".encode()
        request = replace(request, head=request.head.replace(b" HTTP/1.1\r\n", version, 1))
    return request
