"""What can be read of a service: a set, an entity, a value, a function; tried, never guessed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from conformance.discovery.csdl import EntitySet, Metadata, StructuredType
from conformance.discovery.odata_capabilities import set_capabilities
from conformance.discovery.odata_entity import EntityMaker
from conformance.discovery.odata_literals import escaped, key_predicate
from conformance.discovery.odata_probe import NOT_FOUND, OK, SUCCESS, Prober, Reply, member_text
from conformance.drivers.odata_entities import entities_in, relative_url
from conformance.words.json_value import ABSENT, Json, is_array, is_object

#: A name that no service has, for a set.
NO_SUCH_SET: Final = "WirecheckNoSuchSet"
# A service of hundreds of sets is not read from end to end.
MAX_SETS: Final = 10
_TOP: Final = "?$top=2"
_SAFE: Final = "/-._~()',=$"
_IDS: Final = ("@odata.id", "@id", "@odata.editLink", "@editLink")


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """A set that could be read.

    URLs are relative to the service root. `entity_url` is empty where no entity could be read by
    its own; `etag` is empty for none.
    """

    name: str
    url: str
    list_url: str
    entity: Mapping[str, Json]
    entity_url: str = ""
    etag: str = ""


def service_sets(document: Json, prober: Prober) -> dict[str, str]:
    """Return the URLs of the entity sets that a service document lists, by name (JSON 5)."""
    rows = document.get("value") if is_object(document) else None
    sets: dict[str, str] = {}
    for row in rows if is_array(rows) else ():
        name, url = member_text(row, "name"), member_text(row, "url")
        kind = member_text(row, "kind") or "EntitySet"
        if name and kind == "EntitySet":
            relative = relative_url(url or name, prober.driver.endpoint)
            sets[name] = relative or quote(name, safe=_SAFE)
    return sets


async def find_readable(
    prober: Prober, metadata: Metadata, sets: Mapping[str, str], *, first: Sequence[str]
) -> Readable | None:
    """Return a set with an entity that can be read, or else a set that can; None if none can.

    Args:
        prober: asks the service.
        metadata: what is known of the sets; may be empty.
        sets: their URLs by name.
        first: names of those to be tried before the others.
    """
    best: Readable | None = None
    names = [*(name for name in first if name in sets), *sets]
    for name in list(dict.fromkeys(names))[:MAX_SETS]:
        says = set_capabilities(metadata, name)
        if says.readable is False or says.requires_filter:
            continue
        found = await _read_set(prober, metadata, name, sets[name])
        if found is not None and found.entity_url:
            return found
        best = best or found
    return best


async def _read_set(prober: Prober, metadata: Metadata, name: str, url: str) -> Readable | None:
    for list_url in (f"{url}{_TOP}", url):
        reply = await prober.get(list_url)
        if not reply.is_ok or not is_array(_rows(reply)):
            continue
        entities = entities_in(reply.json())
        if not entities:
            return Readable(name=name, url=url, list_url=list_url, entity={})
        for entity_url in _urls_of(prober, metadata, name, url, entities[0]):
            single = await prober.get(entity_url)
            body = single.json()
            if single.is_ok and is_object(body):
                # Web frameworks tag all that they send: then only the body tells of entities' tags.
                header = "" if reply.header("etag") else single.header("etag")
                etag = member_text(body, "@odata.etag", "@etag") or header
                return Readable(
                    name=name,
                    url=url,
                    list_url=list_url,
                    entity=body,
                    entity_url=entity_url,
                    etag=etag,
                )
        return Readable(name=name, url=url, list_url=list_url, entity=entities[0])
    return None


def _rows(reply: Reply) -> Json:
    body = reply.json()
    return body.get("value") if is_object(body) else None


def _urls_of(
    prober: Prober, metadata: Metadata, name: str, url: str, entity: Mapping[str, Json]
) -> Iterator[str]:
    """Yield where an entity may be: by its key, or where the service itself says it is."""
    declared = _type_of(metadata, name)
    predicate = key_predicate(metadata, declared, entity) if declared else ""
    if predicate:
        yield f"{url}{predicate}"
    if location := member_text(entity, *_IDS):
        relative = relative_url(location, prober.driver.endpoint)
        if relative and relative != f"{url}{predicate}":
            yield relative


def _type_of(metadata: Metadata, name: str) -> StructuredType | None:
    entity_set = metadata.sets.get(name)
    return metadata.type_of(entity_set) if entity_set else None


async def reading_bindings(
    prober: Prober, metadata: Metadata, found: Readable | None
) -> dict[str, Json]:
    """Return the `read` bindings; each URL has been read once and did what its name says."""
    read: dict[str, Json] = {"missing": NO_SUCH_SET, "any": "$metadata"}
    if found is not None:
        read |= {"any": found.list_url, "set": found.url, "list": found.list_url}
        read |= await _entity_bindings(prober, metadata, found)
    if function := await _function(prober, metadata):
        read["function"] = function
    return read


async def _entity_bindings(prober: Prober, metadata: Metadata, found: Readable) -> dict[str, Json]:
    if not found.entity_url:
        return {}
    read: dict[str, Json] = {"entity": found.entity_url}
    head, bracket, key = found.entity_url.rpartition("(")
    if bracket and escaped(f"({key}") != f"({key}":
        read["escaped_entity"] = head + escaped(f"({key}")
    entity_set = metadata.sets.get(found.name)
    if entity_set is not None and (missing := await _missing(prober, metadata, entity_set, found)):
        read["missing_entity"] = missing
    for name, urls in (
        ("value", _text_values(metadata, found)),
        ("binary", _binary_values(metadata, found)),
    ):
        for url in urls:
            reply = await prober.get(url, accept="*/*")
            if reply.status == OK and reply.body:
                read[name] = url
                break
    if value := read.get("value"):
        read["property"] = str(value).split("/")[-2]
    return read


async def _missing(
    prober: Prober, metadata: Metadata, entity_set: EntitySet, found: Readable
) -> str:
    """Return the URL of an entity that is not there; empty if that can't be made sure."""
    if metadata.type_of(entity_set) is None:
        return ""
    maker = EntityMaker(metadata, entity_set, seed="missing")
    # The key may be one that the service gives: what it is made of does not matter here.
    key: dict[str, Json] = {}
    for one in maker.type.properties.values():
        value = maker.value(one, maker.source("")) if maker.is_key(one.name) else ABSENT
        if value is not ABSENT:
            key[one.name] = value
    predicate = maker.key_predicate(key)
    url = f"{found.url}{predicate}"
    return url if predicate and (await prober.get(url)).status == NOT_FOUND else ""


def _text_values(metadata: Metadata, found: Readable) -> list[str]:
    """Return URLs of text properties that have a value."""
    declared = _type_of(metadata, found.name)
    names = [
        name
        for name, value in found.entity.items()
        if isinstance(value, str) and value and "@" not in name
    ]
    if declared is not None:
        types = {name: one.type.name for name, one in declared.properties.items()}
        texts = {name for name, one in types.items() if metadata.primitive(one)[0] == "Edm.String"}
        names = [name for name in names if name in texts]
    return [f"{found.entity_url}/{quote(name, safe=_SAFE)}/$value" for name in names[:2]]


def _binary_values(metadata: Metadata, found: Readable) -> list[str]:
    """Return URLs of what the metadata declares to be bytes."""
    declared = _type_of(metadata, found.name)
    if declared is None:
        return []
    urls = [f"{found.entity_url}/$value"] if declared.has_stream else []
    for name, one in declared.properties.items():
        kind = metadata.primitive(one.type.name)[0]
        if kind == "Edm.Binary" and found.entity.get(name):
            urls.append(f"{found.entity_url}/{quote(name, safe=_SAFE)}/$value")
        elif kind == "Edm.Stream":
            urls.append(f"{found.entity_url}/{quote(name, safe=_SAFE)}")
    return urls


async def _function(prober: Prober, metadata: Metadata) -> str:
    """Return the call of a function import without parameters; functions change nothing."""
    imports = metadata.container.imports.values() if metadata.container else ()
    for one in imports:
        if not one.is_action and any(not each.parameters for each in one.overloads):
            url = f"{quote(one.name, safe=_SAFE)}()"
            if (await prober.get(url)).status in SUCCESS:
                return url
    return ""
