"""Batches in the multipart format (Protocol 11.7.7).

Knows how requests, change sets and their responses lie in multipart/mixed. Refuses to know what
they do.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from reference_server.odata.batch import Answered, Group, GroupAnswered, Item, ItemAnswered
from reference_server.odata.batch import Operation as One
from reference_server.odata.http_message import read_http_request, write_http_response
from reference_server.odata.media_type import MediaType, media_type
from reference_server.odata.message import Fields, Request, Response
from reference_server.odata.multipart import (
    Part,
    check_boundary,
    malformed,
    read_multipart,
    write_multipart,
)

MIXED: Final = "multipart/mixed"
HTTP: Final = "application/http"

# ABNF request-id: characters that need no escape in a URL.
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9\-._~]+")

_TRANSFER_ENCODINGS: Final = frozenset({"binary", "8bit", "7bit"})


def read_multipart_batch(
    body: memoryview,
    boundary: str | None,
    *,
    root: str,
    inherited: Fields,
    max_operations: int,
) -> list[Item]:
    """Read a batch.

    Args:
        body: from the first byte behind the header fields on.
        boundary: the parameter of Content-Type.
        root: URL of the service root.
        inherited: fields of the batch that hold for requests which lack them.
        max_operations: most requests, those in change sets counted one by one.

    Raises:
        ODataError: 400 at the first thing that is wrong, 413; nothing may be processed then.

    Spec: ODATA-11.7.7.1-01 to ODATA-11.7.7.1-07
    """
    reader = _Reader(root, inherited, max_operations)
    parts = read_multipart(body, check_boundary(boundary), max_parts=max_operations)
    return [reader.item(part) for part in parts]


class _Reader:
    def __init__(self, root: str, inherited: Fields, max_operations: int) -> None:
        self._root = root
        self._inherited = inherited
        self._left = max_operations
        self._ids: set[str] = set()

    def item(self, part: Part) -> Item:
        kind = _type_of(part)
        if kind.name == HTTP:
            return self._operation(part)
        if kind.name != MIXED:
            raise malformed(f"a part of a batch is {HTTP} or {MIXED}, not {kind.name}")
        boundary = check_boundary(kind.parameters.get("boundary"))
        inside = read_multipart(part.content, boundary, max_parts=self._left)
        return Group(operations=[self._member(each) for each in inside])

    def _member(self, part: Part) -> One:
        kind = _type_of(part)
        if kind.name != HTTP:
            raise malformed(f"a part of a change set is {HTTP}, not {kind.name}")
        return self._operation(part)

    def _operation(self, part: Part) -> One:
        self._left -= 1
        content_id = part.headers.get("content-id")
        if content_id is not None:
            self._check_id(content_id)
        read = read_http_request(part.content)
        headers: Mapping[str, str] = read.headers
        if self._inherited:
            headers = {**self._inherited, **headers}
        request = Request(
            method=read.method.upper(),
            url=read.url,
            root=self._root,
            headers=headers,
            body=read.body,
            inside=True,
        )
        return One(request=request, id=content_id)

    def _check_id(self, content_id: str) -> None:
        if REQUEST_ID.fullmatch(content_id) is None:
            raise malformed(f"{content_id[:40]!r} is no Content-ID: letters, digits, - . _ ~")
        if content_id in self._ids:
            raise malformed(f"the Content-ID {content_id[:40]!r} is there twice")
        self._ids.add(content_id)


def _type_of(part: Part) -> MediaType:
    field = part.headers.get("content-type")
    if field is None:
        raise malformed("a part without Content-Type")
    encoding = part.headers.get("content-transfer-encoding", "binary")
    if encoding.lower() not in _TRANSFER_ENCODINGS:
        raise malformed(f"{encoding[:40]!r} is no Content-Transfer-Encoding that is possible here")
    return media_type(field)


def write_multipart_batch(
    items: Iterable[ItemAnswered], *, flat: bool, fresh_boundary: Callable[[], str]
) -> tuple[str, list[bytes]]:
    """Write the responses to a batch; return the Content-Type, and the body in pieces.

    Args:
        items: in the order of the batch.
        flat: the batch was JSON: each response has a part of its own, also those of groups.
        fresh_boundary: makes text that no body holds.

    Spec: ODATA-11.7.7.5-01 to ODATA-11.7.7.5-06, ODATA-11.7.7.4-06
    """
    boundary = fresh_boundary()
    parts = (
        part for each in items for part in _parts(each, flat=flat, fresh_boundary=fresh_boundary)
    )
    return f"{MIXED}; boundary={boundary}", write_multipart(parts, boundary.encode())


def _parts(
    item: ItemAnswered, *, flat: bool, fresh_boundary: Callable[[], str]
) -> Iterator[list[bytes]]:
    if isinstance(item, Answered):
        yield _part(item.operation.id, item.response)
    elif flat:
        pairs = zip(item.group.operations, item.responses, strict=True)
        yield from (_part(one.id, response) for one, response in pairs)
    elif item.failure is not None:
        yield _part(None, item.failure)
    else:
        yield _change_set(item, fresh_boundary())


def _change_set(item: GroupAnswered, boundary: str) -> list[bytes]:
    pairs = zip(item.group.operations, item.responses, strict=True)
    inside = write_multipart(
        (_part(one.id, response) for one, response in pairs), boundary.encode()
    )
    return [f"Content-Type: {MIXED}; boundary={boundary}\r\n\r\n".encode(), *inside]


def _part(content_id: str | None, response: Response) -> list[bytes]:
    return [_part_head(content_id), *write_http_response(response)]


@lru_cache(maxsize=1024)
def _part_head(content_id: str | None) -> bytes:
    named = "" if content_id is None else f"Content-ID: {content_id}\r\n"
    return f"Content-Type: {HTTP}\r\nContent-Transfer-Encoding: binary\r\n{named}\r\n".encode()
