"""Bodies of changes to values: JSON entities, bindings, raw values (JSON Format 4 to 8).

Knows what a peer may write beside the properties of an entity. Refuses to know the store.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from reference_server.errors import InvalidRowError, JsonTextError
from reference_server.json_text import Json, exact_number, read
from reference_server.model import EntityType, Kind, Property, Value, entity_type
from reference_server.odata.errors import Code, ODataError, refusal_of, refused
from reference_server.odata.media_type import MediaType, media_type
from reference_server.odata.message import Parsed, Request
from reference_server.odata.schema import Navigation, navigations
from reference_server.odata.urls import Path, Place, Suffix, read_url, relative_to
from reference_server.rows import value_in

MAX_DEPTH: Final = 100

# Reading JSON takes several times its size; no entity is as large as this.
MAX_BODY_BYTES: Final = 8 * 1024 * 1024

_JSON: Final = MediaType("application/json")
_BINDS: Final = ("@odata.bind", "@bind")
_IDS: Final = ("@odata.id", "@id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """What is said of one navigation property.

    Attributes:
        links: entities to link: (set, key).
        inserts: entities to create and link.
    """

    navigation: Navigation
    links: Sequence[tuple[str, str]] = ()
    inserts: Sequence["EntityBody"] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityBody:
    """An entity as it came: plain properties, and what is related to it."""

    properties: Mapping[str, Json]
    related: Sequence[Related] = field(default=())


def json_body(request: Request) -> Json:
    """Read a body that has to be JSON; without a Content-Type it is taken for it.

    Raises:
        ODataError: 415 for another media type, 400 for what is no JSON.
    """
    kind = _media_type(request)
    if kind.name != "application/json":
        raise refused(
            415,
            Code.UNSUPPORTED_MEDIA_TYPE,
            f"expected application/json, saw {kind.name}",
            "Content-Type",
        )
    if isinstance(request.body, Parsed):
        return request.body.take()
    if len(request.body) > MAX_BODY_BYTES:
        raise refused(413, Code.TOO_LARGE, f"a JSON body of more than {MAX_BODY_BYTES} bytes")
    try:
        return read(bytes(request.body), max_depth=MAX_DEPTH)
    except JsonTextError as error:
        raise ODataError(refusal_of(error)) from error


def object_body(request: Request) -> dict[str, Json]:
    """Read a body that has to be one JSON object.

    Raises:
        ODataError: 415, 400.
    """
    value = json_body(request)
    if not isinstance(value, dict):
        raise refused(400, Code.INVALID_BODY, "expected a JSON object")
    return value


def entity_body(request: Request, entity: EntityType) -> EntityBody:
    """Read an entity.

    Raises:
        ODataError: 415, 400.
    """
    exact = media_type_flag(request)
    return _entity(request.root, entity, object_body(request), exact=exact)


def media_type_flag(request: Request) -> bool:
    """Tell whether decimals come as strings (IEEE754Compatible=true)."""
    return _media_type(request).parameters.get("ieee754compatible", "").lower() == "true"


def link_body(request: Request) -> tuple[str, str]:
    """Read a reference to one entity: its set and its key.

    Raises:
        ODataError: 415, 400.
    """
    value = object_body(request)
    found = [value[name] for name in _IDS if name in value]
    if len(found) != 1:
        raise refused(400, Code.INVALID_BODY, "expected an object with @odata.id", "@odata.id")
    return entity_link(request.root, found[0], "@odata.id")


def entity_link(root: str, url: Json, target: str) -> tuple[str, str]:
    """Read the URL of an entity.

    Raises:
        ODataError: 400, it is none.
    """
    path = _path_of(root, url)
    fits = path is not None and path.place is Place.DATA and not path.hops
    if path is None or not fits or path.key is None or path.member is not None:
        raise refused(400, Code.INVALID_PROPERTY, "expected the URL of an entity", target)
    if path.suffix is not Suffix.NONE:
        raise refused(400, Code.INVALID_PROPERTY, "expected the URL of an entity", target)
    return path.name, path.key


def property_body(request: Request, member: Property) -> Json:
    """Read the new value of one property: `{"value": …}`, or the raw value at `$value`.

    Raises:
        ODataError: 415, 400.
    """
    value = object_body(request)
    plain = {name: each for name, each in value.items() if "@" not in name}
    if list(plain) != ["value"]:
        raise refused(400, Code.INVALID_BODY, "expected an object with the member value", "value")
    return _inexact(member, plain["value"]) if media_type_flag(request) else plain["value"]


def raw_value(request: Request, member: Property) -> Value:
    """Read the raw value of one property, as it stands at `$value`.

    Raises:
        ODataError: 415, 400.
        InvalidRowError: it does not fit the property.
    """
    kind = _media_type(request)
    if isinstance(request.body, Parsed):
        raise refused(415, Code.UNSUPPORTED_MEDIA_TYPE, "expected no JSON", "Content-Type")
    most = member.max_bytes or MAX_BODY_BYTES
    if len(request.body) > most:
        raise InvalidRowError(member.name, f"at most {most} bytes", "more")
    content = bytes(request.body)
    if member.kind is Kind.BINARY:
        return content
    if "content-type" in request.headers and kind.name != "text/plain":
        raise refused(415, Code.UNSUPPORTED_MEDIA_TYPE, "expected text/plain", "Content-Type")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refused(400, Code.INVALID_BODY, "the body is not UTF-8") from error
    if member.kind in {Kind.TEXT, Kind.TIMESTAMP}:
        return value_in(member, text, member.name)
    try:
        return value_in(member, read(content, max_depth=1), member.name)
    except JsonTextError as error:
        raise ODataError(refusal_of(error)) from error


def _media_type(request: Request) -> MediaType:
    field = request.headers.get("content-type")
    return _JSON if field is None else media_type(field)


def _entity(root: str, entity: EntityType, given: Mapping[str, Json], *, exact: bool) -> EntityBody:
    # One look tells the common case: nothing but properties.
    if not exact and all(entity.find(name) is not None for name in given):
        return EntityBody(properties=given)
    properties: dict[str, Json] = {}
    related: list[Related] = []
    known = navigations(entity.name)
    for name, value in given.items():
        bound = next((name.removesuffix(each) for each in _BINDS if name.endswith(each)), None)
        if bound is not None:
            if bound not in known:
                raise refused(400, Code.INVALID_PROPERTY, "no such navigation property", name)
            related.append(_bound(root, known[bound], value, name))
        elif "@" in name:
            continue  # control information and annotations say nothing to a change
        elif name in known:
            related.append(_inline(root, known[name], value, exact=exact))
        else:
            member = entity.find(name)
            properties[name] = _inexact(member, value) if exact and member else value
    return EntityBody(properties=properties, related=related)


def _bound(root: str, navigation: Navigation, value: Json, name: str) -> Related:
    if value is None and not navigation.collection:
        return Related(navigation=navigation)
    urls = value if isinstance(value, list) else [value]
    if isinstance(value, list) != navigation.collection:
        expected = "a list of URLs" if navigation.collection else "one URL"
        raise refused(400, Code.INVALID_PROPERTY, f"expected {expected}", name)
    links = [entity_link(root, url, name) for url in urls]
    return Related(navigation=navigation, links=list(_of_target(links, navigation, name)))


def _inline(root: str, navigation: Navigation, value: Json, *, exact: bool) -> Related:
    if value is None and not navigation.collection:
        return Related(navigation=navigation)
    entries = value if navigation.collection and isinstance(value, list) else [value]
    links: list[tuple[str, str]] = []
    inserts: list[EntityBody] = []
    for entry in entries:
        if not isinstance(entry, dict):
            raise refused(400, Code.INVALID_PROPERTY, "expected an entity", navigation.name)
        reference = next((entry[each] for each in _IDS if each in entry), None)
        if reference is not None and all("@" in each for each in entry):
            link = entity_link(root, reference, navigation.name)
            links += _of_target([link], navigation, navigation.name)
        else:
            inserts.append(_entity(root, entity_type(navigation.target), entry, exact=exact))
    return Related(navigation=navigation, links=links, inserts=inserts)


def _of_target(
    links: Sequence[tuple[str, str]], navigation: Navigation, name: str
) -> Iterator[tuple[str, str]]:
    for link in links:
        if link[0] != navigation.target:
            message = f"expected an entity of {navigation.target}"
            raise refused(400, Code.INVALID_PROPERTY, message, name)
        yield link


def _path_of(root: str, url: Json) -> Path | None:
    if not isinstance(url, str):
        return None
    try:
        return read_url(relative_to(root, url, None)).path
    except ODataError:
        return None


def _inexact(member: Property, value: Json) -> Json:
    """Read a decimal that came as a string."""
    if member.kind is not Kind.DECIMAL or not isinstance(value, str):
        return value
    try:
        return exact_number(value) if Decimal(value).is_finite() else value
    except (InvalidOperation, JsonTextError, ValueError):
        return value
