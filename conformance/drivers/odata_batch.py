"""A batch as scenarios describe it, written in either format; nothing here touches a socket.

Knows both batch formats as a client writes them (Protocol 11.7.7, JSON Format 19.1). Refuses to
know what comes back.
"""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final, cast

from conformance.drivers.endpoint import Endpoint
from conformance.drivers.request import ITEM_INDEX, for_item, pieces_to_bytes
from conformance.errors import InputError
from conformance.words.json_value import Json, is_array, is_object
from conformance.words.template import to_json_text

MULTIPART: Final = "multipart"
JSON: Final = "json"
BOUNDARY: Final = "batch_wirecheck"
_CHANGESET_BOUNDARY: Final = "changeset_wirecheck_{}"
_CRLF: Final = b"\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One individual request of a batch, ready to be written in either format.

    `wire_id` is its Content-ID or `id`, empty for none. `form` says how the URL is written:
    `relative` to the service root, as absolute `path` with a Host field, or `absolute`. In
    multipart a body comes with Content-Length, if `tells_length`.
    """

    label: str
    method: str
    url: str
    wire_id: str
    headers: Sequence[tuple[str, str]] = ()
    body: bytes | None = None
    json_body: Json = None  # the same as a value, where it is one
    group: str = ""
    depends_on: tuple[str, ...] | None = None
    condition: str = ""
    form: str = "relative"
    tells_length: bool = True
    mime_headers: Sequence[tuple[str, str]] = ()
    extra: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """How the multipart around the operations is written."""

    boundary: str = BOUNDARY
    quoted: bool = False
    preamble: str = ""
    epilogue: str = ""
    line_end: bytes = _CRLF
    transfer_encoding: bool = False


#: What a request asks for that says nothing: on a batch, Accept chooses between the two formats,
#: so what its requests inherit of it means nothing (AMB-ODATA-37).
DEFAULT_ACCEPT: Final = ("Accept", "application/json")


def read_operations(
    rows: Sequence[Json],
    *,
    batch_format: str,
    resolve: Callable[[Mapping[str, Json]], Mapping[str, Json]],
) -> list[Operation]:
    """Turn the `requests` of a scenario's batch into operations; `times` repeats a row.

    `resolve` turns what is said of entities into a method, a URL and a body.
    """
    return [_read(resolve(row), batch_format) for row in _repeated(rows)]


def _repeated(rows: Sequence[Json]) -> Iterator[Mapping[str, Json]]:
    for row in rows:
        assert is_object(row)
        times = row.get("times", 1)
        assert isinstance(times, int)
        if times == 1 and ITEM_INDEX not in str(row.get("label", "")):
            yield row
            continue
        single = {name: value for name, value in row.items() if name != "times"}
        for index in range(1, times + 1):
            yield for_item(single, index)


def _read(row: Mapping[str, Json], batch_format: str) -> Operation:
    label = str(row["label"])
    group = str(row.get("group", ""))
    # Content-ID is asked for in change sets only; `id` of a JSON request always.
    default = label if group or batch_format == JSON else ""
    wire_id = row.get("id", default)
    depends_on = row.get("depends_on")
    body, json_body = _body(row)
    headers = _fields(row.get("headers"))
    if body is not None and not any(name.lower() == "content-type" for name, _ in headers):
        kind = "application/json" if "json" in row else "text/plain"
        headers = [("Content-Type", kind), *headers]
    if not any(name.lower() == "accept" for name, _ in headers):
        headers = [DEFAULT_ACCEPT, *headers]
    return Operation(
        label=label,
        method=str(row.get("method", "GET")),
        url=str(row.get("url", "")),
        wire_id="" if wire_id is None else str(wire_id),
        headers=[(name, value) for name, value in headers if value],
        body=body,
        json_body=json_body,
        group=group,
        depends_on=tuple(map(str, depends_on)) if is_array(depends_on) else None,
        condition=str(row.get("if", "")),
        form=str(row.get("form", "relative")),
        tells_length=("content-length", "") not in {(key.lower(), value) for key, value in headers},
        mime_headers=_fields(row.get("mime_headers")),
        extra=cast("Mapping[str, Json]", row.get("extra", {})),
    )


def _body(row: Mapping[str, Json]) -> tuple[bytes | None, Json]:
    if "json" in row:
        return to_json_text(row["json"]).encode(), row["json"]
    if "text" in row:
        return str(row["text"]).encode(), str(row["text"])
    if "raw" in row:
        data = pieces_to_bytes(row["raw"])
        return data, base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")
    return None, None


def _fields(headers: Json) -> list[tuple[str, str]]:
    """Return fields; one that is null stays as an empty value, which takes a default away."""
    if not is_object(headers):
        return []
    fields: list[tuple[str, str]] = []
    for name, value in headers.items():
        values = value if is_array(value) else [value]
        fields += [(name, "" if one is None else str(one)) for one in values]
    return fields


def read_framing(batch: Mapping[str, Json]) -> Framing:
    """Take the framing members of a scenario's batch."""
    return Framing(
        boundary=str(batch.get("boundary", BOUNDARY)),
        quoted=batch.get("quoted") is True,
        preamble=str(batch.get("preamble", "")),
        epilogue=str(batch.get("epilogue", "")),
        line_end=b"\n" if batch.get("line_end") == "lf" else _CRLF,
        transfer_encoding=batch.get("transfer_encoding") is True,
    )


def multipart_type(framing: Framing) -> str:
    """Return the Content-Type of a multipart batch."""
    boundary = f'"{framing.boundary}"' if framing.quoted else framing.boundary
    return f"multipart/mixed; boundary={boundary}"


def write_multipart(
    operations: Sequence[Operation], *, framing: Framing, endpoint: Endpoint
) -> bytes:
    """Write a multipart batch; operations of one group that follow one another are a change set."""
    parts: list[bytes] = []
    sets = 0
    for group, members in groupby(operations, key=lambda one: one.group):
        if not group:
            parts += [_part(one, framing, endpoint) for one in members]
            continue
        sets += 1
        boundary = _CHANGESET_BOUNDARY.format(sets)
        inner = [_part(one, framing, endpoint) for one in members]
        head = f"Content-Type: multipart/mixed; boundary={boundary}".encode()
        end = framing.line_end
        parts.append(head + end + end + _joined(inner, boundary, end))
    body = _joined(parts, framing.boundary, framing.line_end)
    if framing.preamble:
        body = framing.preamble.encode() + framing.line_end + body
    return body + framing.epilogue.encode()


def _joined(parts: Sequence[bytes], boundary: str, end: bytes) -> bytes:
    delimiter = b"--" + boundary.encode("latin-1")
    pieces = [piece for part in parts for piece in (delimiter, end, part, end)]
    return b"".join([*pieces, delimiter, b"--", end])


def _part(operation: Operation, framing: Framing, endpoint: Endpoint) -> bytes:
    mime = [("Content-Type", "application/http")]
    if framing.transfer_encoding:
        mime.append(("Content-Transfer-Encoding", "binary"))
    if operation.wire_id:
        mime.append(("Content-ID", operation.wire_id))
    changed = {name.lower() for name, _ in operation.mime_headers}
    mime = [field for field in mime if field[0].lower() not in changed]
    mime += [(name, value) for name, value in operation.mime_headers if value]
    url, host = _url_in_form(operation, endpoint)
    headers = [*host, *operation.headers]
    if operation.body is not None and operation.tells_length:
        headers.append(("Content-Length", str(len(operation.body))))
    lines = [*_lines(mime), "", f"{operation.method} {url} HTTP/1.1", *_lines(headers), "", ""]
    head = "\r\n".join(lines).encode("latin-1", "replace")
    if framing.line_end != _CRLF:
        head = head.replace(_CRLF, framing.line_end)
    return head + (operation.body or b"")


def _lines(fields: Sequence[tuple[str, str]]) -> list[str]:
    return [f"{name}: {value}" for name, value in fields]


def _url_in_form(operation: Operation, endpoint: Endpoint) -> tuple[str, list[tuple[str, str]]]:
    root = endpoint.target.rstrip("/")
    match operation.form:
        case "relative":
            return operation.url, []
        case "path":
            return f"{root}/{operation.url}", [("Host", endpoint.host_header)]
        case "absolute":
            return f"{endpoint.origin}{root}/{operation.url}", []
        case form:
            raise InputError("form", "relative, path or absolute", form)


def write_json(
    operations: Sequence[Operation], *, endpoint: Endpoint, in_capitals: bool = False
) -> Json:
    """Return a JSON batch (JSON Format 19.1), methods in small letters or in capitals."""
    requests = [_request_object(one, endpoint, in_capitals=in_capitals) for one in operations]
    return {"requests": requests}


def _request_object(operation: Operation, endpoint: Endpoint, *, in_capitals: bool) -> Json:
    root = endpoint.target.rstrip("/")
    url = f"{root}/{operation.url}" if operation.form == "path" else operation.url
    if operation.form == "absolute":
        url = f"{endpoint.origin}{root}/{operation.url}"
    request: dict[str, Json] = {
        "id": operation.wire_id,
        "method": operation.method.upper() if in_capitals else operation.method.lower(),
        "url": url,
    }
    if operation.group:
        request["atomicityGroup"] = operation.group
    if operation.depends_on is not None:
        request["dependsOn"] = list(operation.depends_on)
    if operation.condition:
        request["if"] = operation.condition
    if operation.headers:
        request["headers"] = {name.lower(): value for name, value in operation.headers}
    if operation.body is not None:
        request["body"] = operation.json_body
    changed: dict[str, Json] = {**request, **operation.extra}
    return {name: value for name, value in changed.items() if value != "$absent"}
