"""A multipart batch response: its parts, nested change sets, and the responses in them (11.7.7).

Knows how the protocol uses multipart. Refuses to know what was asked.
"""

from dataclasses import dataclass
from typing import Final

from conformance.observe.bounded_defects import BoundedDefects
from conformance.observe.defect import Defect
from conformance.observe.http_head import is_status_line
from conformance.observe.http_message import joined_fields, read_message
from conformance.observe.multipart import Multipart, Part, read_boundary, read_multipart
from conformance.observe.odata_content import Content, essence_of, read_content
from conformance.observe.odata_reply import MAX_REPLIES, Reply

LAYER: Final = "odata-multipart"
# Change sets hold no change sets. Each level reads its bytes once more, so there is an end.
MAX_NESTED: Final = 4
_MIXED: Final = "multipart/mixed"
_HTTP: Final = "application/http"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One top-level part; `is_nested` says that it is a multipart, a change set."""

    is_nested: bool
    replies: tuple[Reply, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipartBatch:
    """What a body was seen to be as a multipart batch response.

    `boundary` and `body` are None when the Content-Type has no boundary to read by. `nested_depth`
    is 0 without change sets, 1 with them. `mismatches` counts Content-Lengths that are wrong.
    """

    boundary: str | None
    body: Multipart | None
    units: tuple[Unit, ...]
    nested_depth: int
    mismatches: int
    crlf_ends: int
    lf_ends: int
    defects: tuple[Defect, ...]


def read_multipart_batch(content_type: str, body: bytes, *, at: int = 0) -> MultipartBatch:
    """Read a whole body after its Content-Type.

    Args:
        content_type: its value.
        body: content codings taken off.
        at: its offset in the outermost body.

    Spec: ODATA-11.7.7.5-01, ODATA-11.7.7.5-02
    """
    return _Reader().read(content_type, body, at)


class _Reader:
    def __init__(self) -> None:
        self._defects = BoundedDefects(LAYER)
        self._deepest = 0
        self._nested = 0  # parts of change sets so far
        self._mismatches = 0
        self._crlf_ends = 0
        self._lf_ends = 0

    def read(self, content_type: str, body: bytes, at: int) -> MultipartBatch:
        boundary = read_boundary(content_type)
        self._defects.take(boundary.defects)
        if (essence := essence_of(content_type)) != _MIXED:
            self._defects.flaw("not-mixed", 0, f"expected {_MIXED}, saw {essence[:60]!r}")
        whole: Multipart | None = None
        units: list[Unit] = []
        if boundary.text is not None:
            whole = self._multipart(body, boundary.text, at=at)
            units = [self._unit(part, index) for index, part in enumerate(whole.parts)]
        return MultipartBatch(
            boundary=boundary.text,
            body=whole,
            units=tuple(units),
            nested_depth=self._deepest,
            mismatches=self._mismatches,
            crlf_ends=self._crlf_ends,
            lf_ends=self._lf_ends,
            defects=tuple(self._defects.kept),
        )

    def _multipart(self, data: bytes, boundary: str, *, at: int) -> Multipart:
        found = read_multipart(data, boundary, at=at)
        self._defects.take(found.defects)
        self._crlf_ends += found.crlf_ends
        self._lf_ends += found.lf_ends
        return found

    def _unit(self, part: Part, index: int) -> Unit:
        if not _is_multipart(part):
            return Unit(is_nested=False, replies=(self._reply(part, index, depth=0),))
        return Unit(is_nested=True, replies=tuple(self._changeset(part, index)))

    def _changeset(self, part: Part, index: int) -> list[Reply]:
        """Read the responses of a change set, those of any nested in it in their places."""
        replies: list[Reply] = []
        waiting = [(part, 1)]
        while waiting:
            one, depth = waiting.pop()
            if self._nested == MAX_REPLIES:
                detail = f"expected at most {MAX_REPLIES} parts in change sets"
                self._defects.flaw("too-many-parts", one.at, detail)
                break
            self._nested += 1
            if not _is_multipart(one):
                replies.append(self._reply(one, index, depth=depth))
                continue
            if depth > 1:
                detail = "expected responses in a change set, saw a multipart"
                self._defects.flaw("nested-changeset", one.at, detail)
            if depth > MAX_NESTED:
                continue
            self._deepest = max(self._deepest, depth)
            boundary = read_boundary(one.value("content-type") or "")
            self._defects.take(boundary.defects, moved_by=one.at)
            if boundary.text is not None:
                inner = self._multipart(one.body, boundary.text, at=one.body_at)
                waiting += [(each, depth + 1) for each in reversed(inner.parts)]
        return replies

    def _reply(self, part: Part, index: int, *, depth: int) -> Reply:
        own = BoundedDefects(LAYER)
        essence = essence_of(part.value("content-type") or "")
        if essence != _HTTP:
            seen = repr(essence[:60]) if essence else "no Content-Type"
            own.flaw("part-not-http", part.at, f"expected {_HTTP}, saw {seen}")
        reply = Reply(
            part=index,
            at=part.at,
            in_changeset=depth > 0,
            wire_id=part.value("content-id"),
            mime_headers=joined_fields(part.fields),
        )
        if essence in ("", _HTTP) or is_status_line(part.body[:5]):
            self._message(part, reply, own)
        else:
            reply.default_type = part.value("content-type") or ""
            reply.content = self._content(part.body, essence, part.body_at, own)
        self._defects.take(own.kept)
        reply.defects = tuple(own.kept)
        return reply

    def _message(self, part: Part, reply: Reply, own: BoundedDefects) -> None:
        message = read_message(part.body, at=part.body_at)
        own.take(message.defects)
        self._mismatches += any(one.code == "length-mismatch" for one in message.defects)
        reply.declared_length = message.declared_length
        essence = ""
        if message.head is not None:
            reply.status = message.head.status
            reply.reason = message.head.reason
            reply.headers = joined_fields(message.head.fields)
            reply.inner_id = next(iter(message.head.values("content-id")), None)
            essence = essence_of(reply.headers.get("content-type", ""))
        reply.content = self._content(message.body, essence, message.body_at, own)

    @staticmethod
    def _content(body: bytes, essence: str, at: int, own: BoundedDefects) -> Content:
        content, defects = read_content(body, essence, at=at)
        own.take(defects)
        return content


def _is_multipart(part: Part) -> bool:
    return essence_of(part.value("content-type") or "").startswith("multipart/")
