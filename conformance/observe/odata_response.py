"""A single OData response, outside of any batch: version, error, entity, links.

Knows header fields and control information (Protocol 8, JSON Format 4). Judges nothing.
"""

from collections.abc import Mapping
from typing import Final

from conformance.observe.http_head import Head, read_media_type
from conformance.observe.odata_content import read_content
from conformance.observe.odata_reply import FIRST_ERROR, error_of
from conformance.words.json_value import ABSENT, Absent, Json, is_array, is_object

_JSON_PARAMETERS: Final = {
    "metadata": ("odata.metadata", "metadata"),
    "streaming": ("odata.streaming", "streaming"),
    "ieee754_compatible": ("ieee754compatible",),
}
_HEADERS: Final = {"location": "location", "entity_id": "odata-entityid"}


def observe_odata(head: Head, body: bytes) -> dict[str, Json]:
    """Describe one response.

    Args:
        head: status line and header fields.
        body: content codings taken off.

    Returns:
        The `/odata` part of an observation; what was not seen is absent.
    """
    content_type = next(iter(head.values("content-type")), "")
    media_type = read_media_type(content_type)
    content, _ = read_content(body, str(media_type["essence"]))
    seen: dict[str, Json] = {}
    for name, field in (("version", "odata-version"), *_HEADERS.items()):
        if values := head.values(field):
            seen[name] = values[0]
    if content_type:
        seen["media_type"] = media_type
        seen |= _format_parameters(media_type)
    if content.is_valid is not None:
        seen["body_valid"] = content.is_valid
    if content.value is not ABSENT:
        seen["body"] = content.value
    if head.status >= FIRST_ERROR:
        seen["error"] = error_of(content, content_type)
    members: Mapping[str, Json] = content.value if is_object(content.value) else {}
    etag: Json | Absent = next(iter(head.values("etag")), _control(members, "etag"))
    if isinstance(etag, str):
        seen["etag"] = etag
    next_link = _control(members, "nextLink")
    if isinstance(next_link, str):
        seen["next_link"] = next_link
    value = members.get("value", ABSENT)
    if is_array(value):
        seen["value_count"] = len(value)
    is_other = "error" in members or "value" in members or "responses" in members
    seen["entity"] = head.status < FIRST_ERROR and bool(members) and not is_other
    return seen


def _control(members: Mapping[str, Json], name: str) -> Json | Absent:
    """Return control information, whose name has `odata.` in 4.0 and need not in 4.01."""
    return members.get(f"@{name}", members.get(f"@odata.{name}", ABSENT))


def _format_parameters(media_type: Mapping[str, Json]) -> dict[str, Json]:
    """Return the format parameters of JSON, with or without `odata.` (JSON Format 3)."""
    parameters = media_type["parameters"]
    found: dict[str, Json] = {}
    assert is_object(parameters)  # read_media_type makes it so
    for member, names in _JSON_PARAMETERS.items():
        value = next((parameters[name] for name in names if name in parameters), None)
        if value is not None:
            found[member] = value
    return found
