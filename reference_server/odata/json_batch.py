"""Batches in the JSON format (JSON Format 19).

Knows request objects and response objects. Refuses to know what they do.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from reference_server.errors import JsonTextError
from reference_server.json_text import Json, read, write
from reference_server.odata.batch import Answered, Group, GroupAnswered, Item, ItemAnswered
from reference_server.odata.batch import Operation as One
from reference_server.odata.errors import Code, ODataError, Refusal, refused
from reference_server.odata.media_type import media_type
from reference_server.odata.message import Fields, Parsed, Request, Response
from reference_server.odata.multipart import malformed
from reference_server.odata.multipart_batch import REQUEST_ID
from reference_server.rows import from_base64url

# Reading JSON takes several times its size; no request is as large as this.
MAX_REQUEST_BYTES: Final = 8 * 1024 * 1024

_MEMBERS: Final = frozenset(
    {"id", "method", "url", "atomicityGroup", "dependsOn", "if", "headers", "body"}
)
_FIELD_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FIELD_VALUE: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_BODYLESS: Final = frozenset({"GET", "DELETE"})
# Strings are skipped whole: what is in them is no bracket.
_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)
_REQUESTS: Final = b'"requests"'
_COLON: Final = re.compile(rb"[ \t\r\n]*:[ \t\r\n]*\Z")


def read_json_batch(
    body: bytes | bytearray | memoryview,
    *,
    root: str,
    inherited: Fields,
    max_operations: int,
    max_depth: int,
) -> list[Item]:
    """Read a batch.

    Args:
        body: the JSON text.
        root: URL of the service root.
        inherited: fields of the batch that hold for requests which lack them.
        max_operations: most requests.
        max_depth: most brackets that are open at once.

    Raises:
        ODataError: 400 at the first thing that is wrong, 413; nothing may be processed then.

    Spec: ODATA-J19.1-01 to ODATA-J19.1-25
    """
    reader = _Reader(root, inherited)
    operations = []
    for number, value in enumerate(_request_objects(body, max_depth), start=1):
        if number > max_operations:
            raise refused(413, Code.TOO_LARGE, f"a batch of more than {max_operations} requests")
        operations.append(reader.operation(value, number))
    return _grouped(operations)


def _request_objects(
    body: bytes | bytearray | memoryview, max_depth: int
) -> Iterator[dict[str, Json]]:
    """Read the request objects one by one, which takes far less memory than the whole at once.

    The objects are cut out first; the rest has to be JSON with `{}` in their places.
    """
    spans = list(_object_spans(body))
    view = memoryview(body)
    rest, at = bytearray(), 0
    for start, end in spans:
        rest += view[at:start]
        rest += b"{}"
        at = end
    rest += view[at:]
    whole = _json(bytes(rest), max_depth)
    requests = whole.get("requests") if isinstance(whole, dict) else None
    if not isinstance(requests, list):
        raise malformed("expected an object with a list requests")
    assert isinstance(whole, dict)
    for name in whole:
        if name != "requests" and "@" not in name:
            raise malformed(f"{name[:40]!r} is no member of a batch")
    if len(requests) != len(spans) or any(each != {} for each in requests):
        raise malformed("each of the requests is an object")
    for start, end in spans:
        if end - start > MAX_REQUEST_BYTES:
            raise refused(413, Code.TOO_LARGE, f"a request of more than {MAX_REQUEST_BYTES} bytes")
        value = _json(bytes(view[start:end]), max_depth)
        assert isinstance(value, dict)
        yield value


def _object_spans(body: bytes | bytearray | memoryview) -> Iterator[tuple[int, int]]:
    """Tell where the objects in the top-level list `requests` begin and end."""
    depth, start, in_requests, key_end = 0, 0, False, -1
    for found in _TOKEN.finditer(body):
        first = found[0][0]
        if first == ord('"'):
            key_end = found.end() if depth == 1 and found[0] == _REQUESTS else -1
        elif first in b"[{":
            depth += 1
            if first == ord("[") and depth == _LIST_DEPTH:
                between = bytes(body[key_end : found.start()]) if key_end >= 0 else b""
                in_requests = _COLON.match(between) is not None
            elif depth == _OBJECT_DEPTH and in_requests:
                start = found.start() if first == ord("{") else -1
        else:
            if depth == _OBJECT_DEPTH and in_requests and start >= 0 and first == ord("}"):
                yield start, found.end()
                start = -1
            depth -= 1
            in_requests = in_requests and depth >= _LIST_DEPTH


_LIST_DEPTH: Final = 2
_OBJECT_DEPTH: Final = 3


def _json(text: bytes, max_depth: int) -> Json:
    try:
        return read(text, max_depth=max_depth)
    except JsonTextError as error:
        raise malformed(f"the batch is {error}") from error


@dataclass(frozen=True, slots=True)
class _Named:
    operation: One
    group: str | None


class _Reader:
    def __init__(self, root: str, inherited: Fields) -> None:
        self._root = root
        self._inherited = inherited
        self._ids: set[str] = set()
        self._groups: set[str] = set()
        self._last: str | None = None

    def operation(self, given: Mapping[str, Json], number: int) -> _Named:
        where = f"request {number}"
        for name in given:
            if name not in _MEMBERS and "@" not in name:
                raise malformed(f"{where}: {name[:40]!r} is no member of a request")
        method, url = given.get("method"), given.get("url")
        if not isinstance(method, str) or not isinstance(url, str):
            raise malformed(f"{where}: method and url have to be strings")
        request_id = self._id(given.get("id"), where)
        group = self._group(given.get("atomicityGroup"), where)
        depends_on = self._depends_on(given.get("dependsOn"), request_id, group, where)
        self._ids.add(request_id)
        condition = given.get("if")
        if condition is not None and not isinstance(condition, str):
            raise malformed(f"{where}: if has to be a string")
        headers = _headers(given.get("headers"), where)
        body, refusal = _body(given.get("body"), headers, method.upper())
        request = Request(
            method=method.upper(),
            url=url,
            root=self._root,
            headers={**self._inherited, **headers},
            body=body,
            inside=True,
        )
        operation = One(
            request=request,
            id=request_id,
            depends_on=depends_on,
            condition=condition,
            refusal=refusal,
        )
        return _Named(operation, group)

    def _id(self, value: Json, where: str) -> str:
        if not isinstance(value, str) or REQUEST_ID.fullmatch(value) is None:
            raise malformed(f"{where}: id has to be a string of letters, digits, - . _ ~")
        if value in self._ids or value in self._groups:
            raise malformed(f"{where}: the id {value[:40]!r} is there twice")
        return value

    def _group(self, value: Json, where: str) -> str | None:
        if value is None:
            self._last = None
            return None
        if not isinstance(value, str) or REQUEST_ID.fullmatch(value) is None:
            raise malformed(f"{where}: atomicityGroup has to be a string like an id")
        if value in self._ids:
            raise malformed(f"{where}: the group {value[:40]!r} has the name of a request")
        if value in self._groups and self._last != value:
            raise malformed(f"{where}: the group {value[:40]!r} is in two places")
        self._groups.add(value)
        self._last = value
        return value

    def _depends_on(
        self, value: Json, request_id: str, group: str | None, where: str
    ) -> tuple[str, ...]:
        if value is None:
            return ()
        if not isinstance(value, list):
            raise malformed(f"{where}: dependsOn has to be a list of strings")
        names = []
        for name in value:
            before = isinstance(name, str) and (name in self._ids or name in self._groups)
            if not isinstance(name, str) or not before or name in {request_id, group}:
                raise malformed(f"{where}: dependsOn names no request or group before it")
            names.append(name)
        return tuple(names)


def _grouped(operations: Sequence[_Named]) -> list[Item]:
    items: list[Item] = []
    for name, members in groupby(operations, key=lambda each: each.group):
        inside = [each.operation for each in members]
        items += inside if name is None else [Group(operations=inside, name=name)]
    return items


def _headers(value: Json, where: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise malformed(f"{where}: headers has to be an object")
    headers: dict[str, str] = {}
    for name, text in value.items():
        if _FIELD_NAME.fullmatch(name) is None or name.lower() in headers:
            raise malformed(f"{where}: {name[:40]!r} is no header name, or is there twice")
        if not isinstance(text, str) or _FIELD_VALUE.fullmatch(text) is None:
            raise malformed(f"{where}: the header {name[:40]!r} has to be a string of one line")
        headers[name.lower()] = text.strip(" \t")
    return headers


def _body(value: Json, headers: Fields, method: str) -> tuple[bytes | Parsed, Refusal | None]:
    """Take a body by its media type: JSON as it is, text as text, all else as base64url.

    Spec: ODATA-J19.1-22, ODATA-J19.1-23, ODATA-J19.1-24
    """
    if value is None:
        return b"", None
    if method in _BODYLESS:
        return b"", _refusal(f"a {method} has no body")
    field = headers.get("content-type")
    try:
        kind = None if field is None else media_type(field)
    except ODataError as error:
        return b"", error.refusal
    if kind is None or kind.is_json:
        return Parsed(value), None
    if not isinstance(value, str):
        return b"", _refusal(f"a body of {kind.name} is a string")
    if kind.name.startswith("text/"):
        return value.encode("utf-8", "surrogatepass"), None
    content = from_base64url(value)
    if content is None:
        return b"", _refusal(f"a body of {kind.name} is base64url")
    return content, None


def _refusal(message: str) -> Refusal:
    return Refusal(status=400, code=Code.INVALID_BODY, message=message, target="body")


def write_json_batch(items: Iterable[ItemAnswered]) -> list[bytes]:
    """Write the responses to a batch, in pieces.

    Groups keep their names; change sets, which have none, get one.

    Spec: ODATA-J19.5-01 to ODATA-J19.5-11
    """
    items = list(items)
    taken = {one.id for item in items for one in _operations(item)}
    names = (f"changeset{number}" for number in range(1, len(items) + len(taken) + 2))
    free = (name for name in names if name not in taken)
    pieces: list[bytes] = []
    between = b'{"responses":['
    for item in items:
        for piece in _objects(item, free):
            pieces.append(between)
            pieces += piece
            between = b","
    pieces.append(b'{"responses":[]}' if not pieces else b"]}")
    return pieces


def _operations(item: ItemAnswered) -> Sequence[One]:
    return [item.operation] if isinstance(item, Answered) else item.group.operations


def _objects(item: ItemAnswered, free: Iterator[str]) -> Iterator[list[bytes]]:
    if isinstance(item, GroupAnswered):
        name = item.group.name or next(free)
        for one, response in zip(item.group.operations, item.responses, strict=True):
            yield _object(one.id, response, name)
    else:
        yield _object(item.operation.id, item.response, None)


def _object(request_id: str | None, response: Response, group: str | None) -> list[bytes]:
    head: dict[str, Json] = {} if request_id is None else {"id": request_id}
    if group is not None:
        head["atomicityGroup"] = group
    head["status"] = response.status
    head["headers"] = {name.lower(): value for name, value in response.headers}
    text = write(head)
    if not response.length:
        return [text]
    return [text[:-1], b',"body":', *_written_body(response), b"}"]


def _written_body(response: Response) -> Sequence[bytes]:
    """Write a body by its media type; JSON is JSON already.

    Spec: ODATA-J19.5-09, ODATA-J19.5-10
    """
    kind = media_type(response.header("content-type") or "application/octet-stream")
    if kind.is_json:
        return response.body
    if kind.name.startswith("text/"):
        return [write(response.content.decode("utf-8"))]
    return [write(base64.urlsafe_b64encode(response.content).decode("ascii"))]
