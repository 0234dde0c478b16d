"""Batches for the tests: written in both formats, and read back by readers that are not ours."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import TypeAlias

from reference_server.json_text import Json, write
from reference_server.odata.message import Response

MULTIPART = "multipart/mixed; boundary=b"
JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class One:
    """One request; `body` is JSON, `raw` anything else."""

    method: str
    url: str
    id: str | None = None
    body: Json = None
    raw: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    depends_on: Sequence[str] = ()
    condition: str | None = None

    @property
    def content(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return b"" if self.body is None else write(self.body)

    @property
    def fields(self) -> dict[str, str]:
        if self.body is None or "content-type" in self.headers:
            return dict(self.headers)
        return {"content-type": "application/json", **self.headers}


#: What a batch is made of; a list is a change set or an atomicity group.
Items: TypeAlias = Sequence[One | list[One]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One response; names of fields in lower case."""

    status: int
    headers: dict[str, str]
    content: bytes
    id: str | None = None
    group: str | None = None

    @property
    def json(self) -> dict[str, Json]:
        value = json.JSONDecoder().decode(self.content.decode())
        assert isinstance(value, dict)
        return value

    @property
    def code(self) -> Json:
        error = self.json["error"]
        assert isinstance(error, dict)
        return error["code"]


def get(url: str, request_id: str | None = None, **headers: str) -> One:
    return One(method="GET", url=url, id=request_id, headers=_named(headers))


def post(url: str, body: Json, request_id: str | None = None, **headers: str) -> One:
    return One(method="POST", url=url, body=body, id=request_id, headers=_named(headers))


def patch(url: str, body: Json, request_id: str | None = None, **headers: str) -> One:
    return One(method="PATCH", url=url, body=body, id=request_id, headers=_named(headers))


def delete(url: str, request_id: str | None = None, **headers: str) -> One:
    return One(method="DELETE", url=url, id=request_id, headers=_named(headers))


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def multipart(items: Items, *, boundary: str = "b") -> bytes:
    """Write a batch; a list is a change set."""
    parts = []
    for number, item in enumerate(items):
        if isinstance(item, One):
            parts.append(_part(item))
            continue
        inner = f"cs{number}"
        head = f"Content-Type: multipart/mixed; boundary={inner}\r\n\r\n".encode()
        parts.append(head + _joined([_part(one) for one in item], inner))
    return _joined(parts, boundary)


def _joined(parts: Sequence[bytes], boundary: str) -> bytes:
    delimiter = f"--{boundary}".encode()
    return b"".join(delimiter + b"\r\n" + part + b"\r\n" for part in parts) + delimiter + b"--\r\n"


def _part(one: One) -> bytes:
    lines = ["Content-Type: application/http"]
    if one.id is not None:
        lines.append(f"Content-ID: {one.id}")
    lines += ["", f"{one.method} {one.url} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in one.fields.items()]
    if one.content:
        lines.append(f"Content-Length: {len(one.content)}")
    return "\r\n".join([*lines, "", ""]).encode() + one.content


def json_batch(items: Items) -> bytes:
    """Write a batch; a list is an atomicity group, `g` and its place; ids are made up."""
    requests: list[Json] = []
    for number, item in enumerate(items):
        inside = [item] if isinstance(item, One) else item
        for one in inside:
            request: dict[str, Json] = {
                "id": one.id or f"r{len(requests)}",
                "method": one.method,
                "url": one.url,
                "headers": dict(one.fields),
            }
            if not isinstance(item, One):
                request["atomicityGroup"] = f"g{number}"
            if one.depends_on:
                request["dependsOn"] = list(one.depends_on)
            if one.condition is not None:
                request["if"] = one.condition
            if one.body is not None:
                request["body"] = one.body
            if one.raw is not None:
                request["body"] = base64.urlsafe_b64encode(one.raw).decode()
            requests.append(request)
    return write({"requests": requests})


def answers(response: Response) -> list[Answer | list[Answer]]:
    """Read the response to a batch; a list is a change set that succeeded (multipart)."""
    content_type = response.header("content-type") or ""
    if content_type.startswith("application/json"):
        return [*json_answers(response.content)]
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    whole = BytesParser(policy=HTTP).parsebytes(head + response.content)
    assert not whole.defects
    return [_read(part) for part in _parts(whole)]


def flat(response: Response) -> list[Answer]:
    """Read the response to a batch, without its structure."""
    found: list[Answer] = []
    for item in answers(response):
        found += item if isinstance(item, list) else [item]
    return found


def json_answers(text: bytes) -> list[Answer]:
    whole = json.JSONDecoder().decode(text.decode())
    assert list(whole) == ["responses"]
    return [_json_answer(each) for each in whole["responses"]]


def _json_answer(value: dict[str, Json]) -> Answer:
    headers, status, body = value["headers"], value["status"], value.get("body")
    assert isinstance(headers, dict)
    assert isinstance(status, int)
    kind = str(headers.get("content-type", ""))
    content = b"" if body is None else write(body)
    if isinstance(body, str) and kind.startswith("text/"):
        content = body.encode()
    elif isinstance(body, str) and "json" not in kind:
        content = base64.urlsafe_b64decode(body)
    request_id, group = value.get("id"), value.get("atomicityGroup")
    return Answer(
        status=status,
        headers={name: str(text) for name, text in headers.items()},
        content=content,
        id=None if request_id is None else str(request_id),
        group=None if group is None else str(group),
    )


def _parts(message: Message) -> list[Message]:
    parts = message.get_payload()
    assert isinstance(parts, list)
    return [part for part in parts if isinstance(part, Message)]


def _read(part: Message) -> Answer | list[Answer]:
    if part.get_content_type() == "multipart/mixed":
        assert not part.defects
        return [_http_answer(each) for each in _parts(part)]
    return _http_answer(part)


def _http_answer(part: Message) -> Answer:
    assert part.get_content_type() == "application/http"
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    head, _, content = payload.partition(b"\r\n\r\n")
    status_line, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
    assert int(headers.get("content-length", "0")) == len(content)
    content_id = part.get("content-id")
    return Answer(
        status=int(status_line.split(" ")[1]),
        headers=headers,
        content=content,
        id=None if content_id is None else str(content_id),
    )
