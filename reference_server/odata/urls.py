"""URLs of the service, taken apart (URL Conventions 2 to 5).

Knows which resources there can be. Refuses to know which rows there are.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_to_bytes

from reference_server.errors import UnknownEntityError
from reference_server.model import KEY, Property, entity_type
from reference_server.odata.errors import Code, refused
from reference_server.odata.schema import Navigation, navigations

MAX_URL_CHARS: Final = 8192
MAX_SEGMENTS: Final = 20

MONITORS: Final = "monitors"

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://([^/?#]*)")
_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ALLOWED: Final = re.compile(r"[^\x00-\x20\x7f<>\\^`{|}]+")
_SEGMENT: Final = re.compile(r"([^()]+)(?:\((.*)\))?", re.DOTALL)
_TEXT: Final = re.compile(r"'((?:[^']|'')*)'", re.DOTALL)
_ARGUMENT: Final = re.compile(
    r"\s*([A-Za-z_@][A-Za-z0-9_]*)\s*=\s*('(?:[^']|'')*'|[^,']*)\s*(?:,|\Z)"
)

# What a 4.01 peer may write without its "$", and in any case (URL Conventions 5.1).
_OPTIONS: Final = frozenset(
    {
        "apply", "compute", "count", "deltatoken", "expand", "filter", "format", "id", "index",
        "levels", "orderby", "schemaversion", "search", "select", "skip", "skiptoken", "top",
    }
)  # fmt: skip

#: Resources at the root that win over a reference of the same name (Protocol 11.7.4).
SYSTEM_RESOURCES: Final = frozenset(
    {"$all", "$batch", "$crossjoin", "$entity", "$id", "$metadata", "$root"}
)


class Suffix(StrEnum):
    """What can follow a resource."""

    NONE = ""
    COUNT = "$count"
    REF = "$ref"
    VALUE = "$value"


class Place(StrEnum):
    """What a path starts at."""

    ROOT = "the service document"
    METADATA = "$metadata"
    BATCH = "$batch"
    MONITOR = "a status monitor"
    DATA = "data"
    OPERATION = "an action or function"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One navigation; `key` picks one of a collection."""

    navigation: Navigation
    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A resource, as its path says.

    Attributes:
        name: of the entity set, the operation or the monitor that it starts at.
        key: which entity of the set; None for all.
        arguments: of an operation, as they were written; None without parentheses.
        member: the property of the entity that is meant.
    """

    place: Place
    name: str = ""
    key: str | None = None
    hops: tuple[Hop, ...] = ()
    member: Property | None = None
    suffix: Suffix = Suffix.NONE
    arguments: Mapping[str, str] | None = None

    @property
    def set_name(self) -> str:
        """Name of the entity set that the path ends in."""
        return self.hops[-1].navigation.target if self.hops else self.name

    @property
    def is_collection(self) -> bool:
        """It ends in a set or a collection of entities, not in one of them."""
        if not self.hops:
            return self.key is None
        return self.hops[-1].navigation.collection and self.hops[-1].key is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """A path and its query options, decoded: system options under names with "$"."""

    path: Path
    options: Mapping[str, str] = field(default_factory=dict)


def relative_to(root: str, url: str, host: str | None) -> str:
    """Make a URL relative to the service root, whichever of the three forms it has.

    Args:
        root: URL of the service root, without a slash at the end.
        url: absolute, an absolute path, or relative to the root.
        host: the Host field beside it.

    Raises:
        ODataError: 400 for another authority, 404 for a path outside the service.

    Spec: ODATA-11.7.7.1-08 to ODATA-11.7.7.1-11, ODATA-J19.1-06
    """
    authority, _, base = root.partition("://")[2].partition("/")
    absolute = _SCHEME.match(url)
    named = host if absolute is None else absolute[1]
    if named is not None and named.lower() != authority.lower():
        raise refused(
            400, Code.INVALID_URL, f"expected the host {authority!r}, saw {named[:100]!r}"
        )
    path = url if absolute is None else url[absolute.end() :] or "/"
    if not path.startswith("/"):
        return path
    start = f"/{base}" if base else ""
    if path == start or path.startswith((f"{start}/", f"{start}?")):
        return path[len(start) :].lstrip("/") if path[len(start) :].startswith("/") else ""
    raise refused(404, Code.NOT_FOUND, f"{path[:100]!r} lies outside of the service")


@lru_cache(maxsize=1024)
def read_url(url: str) -> Url:
    """Read a URL that is relative to the service root.

    Raises:
        ODataError: 400 for what is no URL, 404 for what leads nowhere.
    """
    if len(url) > MAX_URL_CHARS:
        raise refused(414, Code.INVALID_URL, f"a URL of more than {MAX_URL_CHARS} characters")
    if url and (_ALLOWED.fullmatch(url) is None or "#" in url):
        raise refused(400, Code.INVALID_URL, f"{url[:100]!r} is no URL")
    path, _, query = url.partition("?")
    segments = [decoded(each) for each in path.strip("/").split("/")]
    return Url(path=_path(segments), options=dict(_options(query)))


def decoded(text: str) -> str:
    """Decode percent-encoded UTF-8; "+" stays what it is.

    Raises:
        ODataError: 400.
    """
    if _PERCENT.search(text) is not None:
        raise refused(400, Code.INVALID_URL, "a percent sign without two hexadecimal digits")
    try:
        plain = unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError as error:
        raise refused(400, Code.INVALID_URL, "percent-encoded bytes that are no UTF-8") from error
    if "\0" in plain:
        # PostgreSQL has no text with it, so that none is asked for.
        raise refused(400, Code.INVALID_URL, "U+0000 in a URL")
    return plain


def _options(query: str) -> Iterator[tuple[str, str]]:
    seen = set()
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        name = decoded(name)
        bare = name.lower().removeprefix("$")
        if bare in _OPTIONS:
            name = f"${bare}"
        elif name.startswith("$"):
            raise refused(400, Code.INVALID_QUERY, "there is no such query option", name[:50])
        if name.startswith(("$", "@")):
            if name in seen:
                raise refused(400, Code.INVALID_QUERY, "a query option that is given twice", name)
            seen.add(name)
        yield name, decoded(value)


def _path(segments: list[str]) -> Path:
    first, rest = segments[0], segments[1:]
    if len(segments) > MAX_SEGMENTS:
        raise refused(400, Code.INVALID_URL, f"a path of more than {MAX_SEGMENTS} segments")
    if not rest:
        if not first:
            return Path(place=Place.ROOT)
        if first in {"$metadata", "$batch"}:
            return Path(place=Place.METADATA if first == "$metadata" else Place.BATCH)
    if first == MONITORS and len(rest) == 1:
        return Path(place=Place.MONITOR, name=rest[0])
    if first in SYSTEM_RESOURCES:
        raise refused(501, Code.NOT_IMPLEMENTED, f"{first} is not implemented here")
    name, inside = _parts(first)
    if name in OPERATIONS:
        if rest:
            raise refused(501, Code.NOT_IMPLEMENTED, f"a path behind {name} is not implemented")
        arguments = None if inside is None else _arguments(inside)
        return Path(place=Place.OPERATION, name=name, arguments=arguments)
    try:
        entity_type(name)
    except UnknownEntityError as error:
        raise refused(404, Code.NOT_FOUND, f"there is no {first[:100]!r} here") from error
    start = Path(place=Place.DATA, name=name, key=None if inside is None else _key(inside))
    return _steps(start, rest)


#: Names of the action and function imports; `operations.py` says what they do.
OPERATIONS: Final = frozenset({"restock", "stockValue"})


def _steps(path: Path, segments: list[str]) -> Path:
    for place, segment in enumerate(segments):
        last = place == len(segments) - 1
        if last and segment in set(Suffix):
            return _with_suffix(path, Suffix(segment))
        path = _step(path, segment)
    return path


def _step(path: Path, segment: str) -> Path:
    missing = refused(404, Code.NOT_FOUND, f"there is no {segment[:100]!r} at this place")
    name, inside = _parts(segment)
    if path.is_collection or path.member is not None:
        raise missing
    member = entity_type(path.set_name).find(name)
    if member is not None and inside is None:
        return replace(path, member=member)
    navigation = navigations(path.set_name).get(name)
    if navigation is None or (inside is not None and not navigation.collection):
        raise missing
    hop = Hop(navigation=navigation, key=None if inside is None else _key(inside))
    return replace(path, hops=(*path.hops, hop))


def _with_suffix(path: Path, suffix: Suffix) -> Path:
    fits = {
        Suffix.NONE: False,
        Suffix.COUNT: path.is_collection,
        Suffix.REF: path.member is None,
        Suffix.VALUE: path.member is not None,
    }
    if not fits[suffix]:
        raise refused(404, Code.NOT_FOUND, f"there is no {suffix.value!r} at this place")
    return replace(path, suffix=suffix)


def _parts(segment: str) -> tuple[str, str | None]:
    found = _SEGMENT.fullmatch(segment)
    if found is None:
        raise refused(404, Code.NOT_FOUND, f"there is no {segment[:100]!r} here")
    return found[1], found[2]


def _key(inside: str) -> str:
    literal = inside.partition("=")[2] if inside.startswith(f"{KEY}=") else inside
    found = _TEXT.fullmatch(literal)
    if found is None:
        raise refused(
            400, Code.INVALID_URL, f"expected a key such as 'saw', saw {inside[:100]!r}", KEY
        )
    return found[1].replace("''", "'")


def _arguments(inside: str) -> dict[str, str]:
    arguments: dict[str, str] = {}
    at = 0
    while at < len(inside):
        found = _ARGUMENT.match(inside, at)
        if found is None or found[1] in arguments:
            raise refused(400, Code.INVALID_URL, f"these are no arguments: {inside[:100]!r}")
        arguments[found[1]] = found[2].strip()
        at = found.end()
    return arguments
