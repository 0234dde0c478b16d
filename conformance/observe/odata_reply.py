"""One response of a batch, whichever format it came in, and how it stands in an observation."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from conformance.observe.defect import Defect
from conformance.observe.http_head import read_media_type
from conformance.observe.odata_content import NO_CONTENT, Content
from conformance.observe.odata_error import read_error
from conformance.words.json_value import ABSENT, Json, is_array, is_object
from conformance.words.pointer import join_pointer

FIRST_ERROR: Final = 400
# Of a batch; each is described in a kilobyte or two, and may have come in five bytes.
MAX_REPLIES: Final = 100_000
# Control information whose value is a URL (JSON Format 4.6), with or without `odata.`.
_URL_NAMES: Final = frozenset(
    {
        "context", "id", "nextlink", "deltalink", "readlink", "editlink", "navigationlink",
        "associationlink", "mediareadlink", "mediaeditlink",
    }
)  # fmt: skip
_MAX_TYPE_CHARACTERS: Final = 4096  # of a Content-Type; no type has so many parameters
_URL_HEADERS: Final = ("location", "odata-entityid", "content-location")
# What a `$` before it makes a resource of every service (Protocol 11.7.4, URL Conventions 4).
_SYSTEM_RESOURCES: Final = frozenset(
    {
        "all", "batch", "count", "crossjoin", "delta", "deletedEntity", "deletedLink", "each",
        "entity", "filter", "id", "it", "link", "metadata", "query", "ref", "root", "this", "value",
    }
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Reply:
    """One response as it was found.

    `part` is the index of the top-level part or response object that holds it. `wire_id` is its
    Content-ID or `id`, None when it has none; `inner_id` a Content-ID that stands among its own
    header fields instead of the part's. `group` is its atomicityGroup. `status` is None when no
    status was to be read. `at` is its offset, None in JSON. `label` is the request that it answers.
    """

    part: int
    at: int | None = None
    in_changeset: bool = False
    wire_id: str | None = None
    inner_id: str | None = None
    group: str | None = None
    mime_headers: Mapping[str, str] | None = None
    status: int | None = None
    reason: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    default_type: str = ""  # the media type of a body without Content-Type
    declared_length: int | None = None
    content: Content = NO_CONTENT
    defects: Sequence[Defect] = ()

    @property
    def is_error(self) -> bool:
        """Whether it says that its request failed."""
        return self.status is not None and self.status >= FIRST_ERROR

    @property
    def any_id(self) -> str | None:
        """The id that a lenient client finds."""
        return self.wire_id if self.wire_id is not None else self.inner_id

    @property
    def lacks_type(self) -> bool:
        """Whether it has a body, and nothing says of which media type (ODATA-8.1.1-01)."""
        has_type = "content-type" in self.headers or bool(self.default_type)
        return self.content.size > 0 and not has_type

    def describe(self, *, position: int) -> dict[str, Json]:
        """Return it as it stands in an observation; what was not seen is absent."""
        members: dict[str, Json] = {
            "position": position,
            "part": self.part,
            "in_changeset": self.in_changeset,
            "headers": dict(self.headers),
            "defect_codes": [defect.code for defect in self.defects],
            **self.content.as_json(),
        }
        optional: dict[str, Json] = {
            "at": self.at,
            "id": self.wire_id,
            "group": self.group,
            "status": self.status,
            "reason": self.reason,
            "declared_length": self.declared_length,
            "mime_headers": None if self.mime_headers is None else dict(self.mime_headers),
        }
        members |= {name: value for name, value in optional.items() if value is not None}
        # Nothing is said of a body that is not there.
        default_type = self.default_type if self.content.size else ""
        media_type = self.headers.get("content-type", default_type)
        if media_type:
            members["media_type"] = read_media_type(media_type[:_MAX_TYPE_CHARACTERS])
        if self.is_error:
            members["error"] = error_of(self.content, media_type)
        return members


def error_of(content: Content, media_type: str) -> dict[str, Json]:
    """Read the error object of a failed response."""
    if not content.size:
        return read_error(ABSENT, seen="an empty body")
    seen = media_type.partition(";")[0][:60] or "a body without Content-Type"
    return read_error(content.value, seen="broken JSON" if content.is_valid is False else seen)


def reference_segments(ids: Iterable[str]) -> frozenset[str]:
    """Return the URL segments that refer to requests with these ids (Protocol 11.7.4)."""
    return frozenset(f"${one}" for one in ids if one not in _SYSTEM_RESOURCES)


def leaked_references(reply: Reply, segments: frozenset[str]) -> Iterator[str]:
    """Yield the URLs of a response that hold one of the segments, each behind its place.

    Spec: ODATA-11.7.7.5-08, ODATA-J19.5-11
    """
    for name in _URL_HEADERS:
        url = reply.headers.get(name)
        if url is not None and _has_segment(url, segments):
            yield f"{name}: {url}"
    body = reply.content.value
    for place, url in _urls_in(None if body is ABSENT else body):
        if _has_segment(url, segments):
            yield f"{place}: {url}"


def _has_segment(url: str, segments: frozenset[str]) -> bool:
    # A context URL names its resource in the fragment, so that is searched as well; a query is not.
    if "$" not in url and "%24" not in url:
        return False
    before, _, fragment = url.partition("#")
    path = before.partition("?")[0]
    pieces = f"{path}/{fragment}".split("/")
    return any(unquote(piece).partition("(")[0] in segments for piece in pieces)


def _urls_in(value: Json) -> Iterator[tuple[str, str]]:
    """Yield pointer and URL of each piece of control information that is a URL, from outside in."""
    waiting: list[tuple[tuple[str | int, ...], Json]] = [((), value)]
    while waiting:
        path, one = waiting.pop()
        members: Iterable[tuple[str | int, Json]] = ()
        if is_array(one):
            members = enumerate(one)
        elif is_object(one):
            members = one.items()
        below: list[tuple[tuple[str | int, ...], Json]] = []
        for name, item in members:
            if is_array(item) or is_object(item):
                below.append(((*path, name), item))
            elif isinstance(item, str) and isinstance(name, str) and _is_url_name(name):
                yield join_pointer((*path, name)), item
        waiting += reversed(below)


def _is_url_name(name: str) -> bool:
    _, at, control = name.rpartition("@")
    return bool(at) and control.removeprefix("odata.").lower() in _URL_NAMES
