"""The response object of a JSON batch, read strictly (JSON Format 19.1 and 19.5).

Knows its members and how bodies are represented. Refuses to know what was asked. What a lenient
client would overlook is a defect whose detail holds a JSON Pointer, and reading goes on as that
client would; the offset of such a defect is 0, since values have no places.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from conformance.observe.bounded_defects import BoundedDefects
from conformance.observe.defect import Defect
from conformance.observe.json_text import observe_json
from conformance.observe.odata_content import (
    NO_CONTENT,
    Content,
    essence_of,
    is_json_type,
    json_content,
    read_content,
    shown_text,
)
from conformance.observe.odata_reply import MAX_REPLIES, Reply
from conformance.words.json_value import ABSENT, Json, is_array, is_number, is_object, kind_of
from conformance.words.template import to_json_text

LAYER: Final = "odata-json"
MAX_NAMES: Final = 50
_JSON_TYPE: Final = "application/json"
_STATUSES: Final = range(100, 600)
_STATUS_TEXT: Final = re.compile(r"[0-9]{3}")
_NEXT_LINKS: Final = ("@nextLink", "@odata.nextLink")
_CONTEXTS: Final = ("@context", "@odata.context")
# Protocol ABNF: binaryValue, in the alphabet of RFC 4648 section 5; padding may be left out.
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*={0,2}")
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_NO_BODY_STATUSES: Final = frozenset({204, 304})
_SHOWN_CHARACTERS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonBatch:
    """What a body was seen to be as a JSON batch response.

    `replies` is empty when there is no array `responses`. `is_batch` says that there is one.
    `next_link` is None when there is none. `odd_case` are header names that are not in lower case,
    each once.
    """

    is_batch: bool
    replies: tuple[Reply, ...]
    next_link: str | None
    odd_case: tuple[str, ...]
    defects: tuple[Defect, ...]


def read_json_batch(body: bytes, *, at: int = 0) -> JsonBatch:
    """Read a whole body as the response to a batch.

    Args:
        body: content codings taken off.
        at: its offset in the outermost body.

    Spec: ODATA-J19.5-01
    """
    return _Reader().read(body, at)


class _Reader:
    def __init__(self) -> None:
        self._defects = BoundedDefects(LAYER)
        self._own = BoundedDefects(LAYER)  # those of the response that is read
        self._odd_case: dict[str, None] = {}

    def _flaw(self, code: str, place: str, detail: str) -> None:
        self._defects.flaw(code, 0, f"{place}: {detail}")
        self._own.flaw(code, 0, f"{place}: {detail}")

    def read(self, body: bytes, at: int) -> JsonBatch:
        text = observe_json(body)
        self._defects.take(text.defects, moved_by=at)
        replies: list[Reply] = []
        next_link: str | None = None
        responses: Json = None
        if is_object(text.value):
            next_link = self._envelope(text.value)
            responses = text.value.get("responses")
        elif text.value is not ABSENT:
            self._flaw("not-an-object", "/", f"expected an object, saw {kind_of(text.value)}")
        if is_array(responses):
            replies = [self._reply(one, index) for index, one in enumerate(responses[:MAX_REPLIES])]
            if len(responses) > MAX_REPLIES:
                detail = f"expected at most {MAX_REPLIES}, saw {len(responses)}"
                self._flaw("too-many-responses", "/responses", detail)
        return JsonBatch(
            is_batch=is_array(responses),
            replies=tuple(replies),
            next_link=next_link,
            odd_case=tuple(self._odd_case),
            defects=tuple(self._defects.kept),
        )

    def _envelope(self, batch: Mapping[str, Json]) -> str | None:
        """Check the object around the responses; return its next link."""
        responses = batch.get("responses", ABSENT)
        if not is_array(responses) and "error" not in batch:
            seen = kind_of(responses)
            self._flaw("no-responses", "/responses", f"expected an array, saw {seen}")
        for name in _CONTEXTS:
            if name in batch:
                self._flaw("context-in-batch", f"/{name}", "expected no context URL here")
        for name in _NEXT_LINKS:
            link = batch.get(name, ABSENT)
            if isinstance(link, str):
                return link
            if link is not ABSENT:
                self._flaw("bad-next-link", f"/{name}", f"expected a URL, saw {kind_of(link)}")
        return None

    def _reply(self, value: Json, index: int) -> Reply:
        self._own = BoundedDefects(LAYER)
        place = f"/responses/{index}"
        reply = Reply(part=index, default_type=_JSON_TYPE)
        if not is_object(value):
            self._flaw("not-a-response", place, f"expected an object, saw {kind_of(value)}")
        else:
            reply.wire_id = self._identifier(value, "id", place)
            if "id" not in value:
                self._flaw("no-id", place, "expected the member id, saw none")
            reply.group = self._identifier(value, "atomicityGroup", place)
            reply.status = self._status(value, place)
            reply.headers = self._headers(value, place)
            reply.content = self._content(value, reply, place)
        reply.defects = tuple(self._own.kept)
        return reply

    def _identifier(self, value: Mapping[str, Json], name: str, place: str) -> str | None:
        """Return an id as a client compares it; a number is one to many of them."""
        one = value.get(name, ABSENT)
        if isinstance(one, str):
            return one
        if one is not ABSENT:
            code = "bad-id" if name == "id" else "bad-group"
            self._flaw(code, f"{place}/{name}", f"expected a string, saw {kind_of(one)}")
        return to_json_text(one) if one is not ABSENT and is_number(one) else None

    def _status(self, value: Mapping[str, Json], place: str) -> int | None:
        status = value.get("status", ABSENT)
        if is_number(status) and status in _STATUSES:
            return int(status)  # 200.0 and 2e2 are the same number
        seen = kind_of(status) if isinstance(status, str) or not is_number(status) else "a number"
        if status is not ABSENT and not is_object(status) and not is_array(status):
            seen = f"{seen} {to_json_text(status)[:_SHOWN_CHARACTERS]}"
        detail = f"expected a number from 100 to 599, saw {seen}"
        self._flaw("bad-status", f"{place}/status", detail)
        if isinstance(status, str) and _STATUS_TEXT.fullmatch(status):
            return int(status)
        return None

    def _headers(self, value: Mapping[str, Json], place: str) -> dict[str, str]:
        headers = value.get("headers", ABSENT)
        if headers is ABSENT or headers is None:
            return {}  # they are optional; null is what serialisers make of nothing
        if not is_object(headers):
            detail = f"expected an object, saw {kind_of(headers)}"
            self._flaw("bad-headers", f"{place}/headers", detail)
            return {}
        read: dict[str, str] = {}
        for name, one in headers.items():
            lower = name.lower()
            where = f"{place}/headers/{name[:_SHOWN_CHARACTERS]}"
            if name != lower:
                if len(self._odd_case) < MAX_NAMES:
                    self._odd_case[name] = None
                self._flaw("header-name-case", where, "expected a name in lower case")
            if not isinstance(one, str):
                detail = f"expected a string, saw {kind_of(one)}"
                self._flaw("header-not-a-string", where, detail)
            if lower in read:
                self._flaw("doubled-header", where, "expected one value a name, saw another")
                continue
            read[lower] = one if isinstance(one, str) else to_json_text(one)
        return read

    def _content(self, value: Mapping[str, Json], reply: Reply, place: str) -> Content:
        """Read the body as its media type says (ODATA-J19.1-23)."""
        body = value.get("body")
        if body is None:  # null is the same as none (ODATA-J19.1-22)
            return NO_CONTENT
        place = f"{place}/body"
        if reply.status in _NO_BODY_STATUSES:
            detail = f"expected no body, saw {kind_of(body)}"
            self._flaw(f"body-on-{reply.status}", place, detail)
        essence = essence_of(reply.headers.get("content-type", _JSON_TYPE))
        if isinstance(body, str) and "content-type" not in reply.headers:
            # No OData body in JSON is a bare string: its type was left out (ODATA-J19.5-10).
            detail = f"expected content-type in headers, saw none, and {body[:_SHOWN_CHARACTERS]!r}"
            self._flaw("string-without-type", place, detail)
            reply.default_type = ""
            return _text_content(body)
        if is_json_type(essence):
            if isinstance(body, str) and body.lstrip(" \t\r\n")[:1] in ("{", "["):
                detail = f"expected JSON inline, saw a string {body[:_SHOWN_CHARACTERS]!r}"
                self._flaw("json-in-a-string", place, detail)
            return json_content(body)
        if not isinstance(body, str):
            detail = f"expected a string for {essence[:60]}, saw {kind_of(body)}"
            self._flaw("body-not-a-string", place, detail)
            return json_content(body)
        if essence.startswith("text/"):
            return _text_content(body)
        return self._binary(body, essence, place)

    def _binary(self, body: str, essence: str, place: str) -> Content:
        if not _BASE64URL.fullmatch(body):
            detail = f"expected base64url for {essence[:60]}, saw {body[:_SHOWN_CHARACTERS]!r}"
            self._flaw("not-base64url", place, detail)
        if _BASE64URL.fullmatch(body) or _BASE64.fullmatch(body):
            digits = body.rstrip("=").replace("-", "+").replace("_", "/")
            try:
                data = base64.b64decode(digits + "=" * (-len(digits) % 4))
            except binascii.Error as error:
                self._flaw("not-base64url", place, f"expected whole bytes, saw {error}")
            else:
                return read_content(data, essence)[0]
        return _text_content(body)


def _text_content(body: str) -> Content:
    data = body.encode("utf-8")
    return Content(size=len(data), text=shown_text(data))
