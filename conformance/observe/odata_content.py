"""The body of one OData response as a value: JSON, text or bytes, as its media type says.

Knows media types and JSON. Refuses to know where the body was found.
"""

import base64
from dataclasses import dataclass
from typing import Final

from conformance.observe.bounded_defects import BoundedDefects
from conformance.observe.defect import Defect
from conformance.observe.exchange import MAX_TEXT_CHARACTERS
from conformance.observe.json_text import observe_json
from conformance.words.json_value import ABSENT, Absent, Json
from conformance.words.template import to_json_text

MAX_SHOWN_BYTES: Final = 3072  # of a binary body; in base64 as long as the longest text
_TEXT_TYPES: Final = ("text/", "multipart/")
_TEXT_ENDS: Final = ("/xml", "+xml", "/http", "/x-www-form-urlencoded", "/javascript")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One body.

    `size` counts bytes. `value` is absent when the body is not meant as JSON or broken; `is_valid`
    is None when it is not meant as JSON. `text` are the first characters of a body that is no
    valid JSON but text, `data` the first bytes of any other.
    """

    size: int
    value: Json | Absent = ABSENT
    is_valid: bool | None = None
    text: str | None = None
    data: bytes | None = None

    def as_json(self) -> dict[str, Json]:
        """Return the members `size`, `body_valid`, `body`, `text`, `base64`, those that are so."""
        members: dict[str, Json] = {"size": self.size}
        if self.is_valid is not None:
            members["body_valid"] = self.is_valid
        if self.value is not ABSENT:
            members["body"] = self.value
        if self.text is not None:
            members["text"] = self.text
        if self.data is not None:
            members["base64"] = base64.b64encode(self.data).decode("ascii")
        return members


NO_CONTENT: Final = Content(size=0)


def essence_of(content_type: str) -> str:
    """Return type/subtype of a Content-Type in lower case; parameters may be of any length."""
    return content_type.partition(";")[0].strip(" \t").lower()


def is_json_type(essence: str) -> bool:
    """Tell whether a media type is JSON or made of it (RFC 6839 section 3.1)."""
    return essence == "application/json" or essence.endswith("+json")


def read_content(data: bytes, essence: str, *, at: int = 0) -> tuple[Content, list[Defect]]:
    """Read a body after its media type; one without a type is JSON or text if it can be.

    Args:
        data: the body's bytes.
        essence: type/subtype in lower case, empty for none.
        at: offset of the body in the outermost one, which defects count from.
    """
    if not data:
        return NO_CONTENT, []
    if is_json_type(essence):
        return _read_json(data, at)
    if not essence and data.lstrip()[:1] in (b"{", b"["):
        guessed, defects = _read_json(data, at)
        if guessed.is_valid:
            return guessed, defects
    is_text = essence.startswith(_TEXT_TYPES) or essence.endswith(_TEXT_ENDS)
    if is_text or (not essence and _is_utf8(data)):
        return Content(size=len(data), text=shown_text(data)), []
    return Content(size=len(data), data=data[:MAX_SHOWN_BYTES]), []


def json_content(value: Json) -> Content:
    """Return an inline JSON value as content; its size is that of its shortest text."""
    size = len(to_json_text(value).encode("utf-8", "replace"))
    return Content(size=size, value=value, is_valid=True)


def shown_text(data: bytes) -> str:
    """Return the first `MAX_TEXT_CHARACTERS` of a body as UTF-8."""
    return data[: MAX_TEXT_CHARACTERS * 4].decode("utf-8", "replace")[:MAX_TEXT_CHARACTERS]


def _read_json(data: bytes, at: int) -> tuple[Content, list[Defect]]:
    text = observe_json(data)
    defects = BoundedDefects("json")
    defects.take(text.defects, moved_by=at)
    if text.value is ABSENT:
        return Content(size=len(data), is_valid=False, text=shown_text(data)), defects.kept
    return Content(size=len(data), value=text.value, is_valid=text.is_valid), defects.kept


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
