"""An OData service asked what it offers: service document, `$metadata`, one entity, one batch.

All requests read; the batches that are tried hold reads. What may be written is chosen from the
metadata alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from conformance.discovery.csdl import EntitySet, Metadata
from conformance.discovery.csdl_json import read_csdl_json
from conformance.discovery.csdl_xml import read_csdl_xml
from conformance.discovery.found import Found
from conformance.discovery.odata_capabilities import (
    declared_offers,
    service_capabilities,
    set_capabilities,
)
from conformance.discovery.odata_entity import EntityMaker
from conformance.discovery.odata_invalid import invalid_entities
from conformance.discovery.odata_probe import Findings, Prober, Reply
from conformance.discovery.odata_reading import (
    find_readable,
    reading_bindings,
    service_sets,
)
from conformance.discovery.odata_targets import (
    NavigationPair,
    WriteTarget,
    navigation_pairs,
    write_targets,
)
from conformance.discovery.odata_trial import try_batches
from conformance.discovery.odata_workshop import EntityWorkshop, read_wishes
from conformance.drivers.odata import ODataDriver
from conformance.drivers.odata_entities import Workshop
from conformance.words.json_value import Json, is_array, is_object

METADATA: Final = "$metadata"
V4: Final = "4.0"
V401: Final = "4.01"
_XML: Final = "application/xml"
_JSON: Final = "application/json"
_TOLD: Final = 3  # notes of one kind; of more only the number
_SAMPLE: Final = "sample"
#: What a service that has it should advertise.
_ADVERTISED: Final = ("references-in-bodies", "references-across", "etag-references")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundService(Found):
    """What probing a service brought, and what makes entities of the set to write to.

    `workshop` is None where no set may be written to; `related` holds those of `parent` and `child`
    of the navigation. Making them needs no consent; sending what they make does.
    """

    metadata: Metadata
    workshop: EntityWorkshop | None = None
    related: Mapping[str, EntityWorkshop] = field(default_factory=dict)

    @property
    def read_url(self) -> str:
        """What can be read of any service, relative to its root."""
        read = self.bindings.get("read")
        return str(read["any"]) if is_object(read) else ""

    @property
    def workshops(self) -> dict[str, Workshop]:
        """What makes up entities, by role: "" for the set that may be written to."""
        first = {} if self.workshop is None else {"": self.workshop}
        return {**first, **self.related}


async def discover_odata(
    driver: ODataDriver, *, section: Mapping[str, Json] | None = None
) -> FoundService:
    """Probe a service; ten to thirty requests, none of which changes anything.

    Args:
        driver: talks to the service root.
        section: the profile's; what it says is taken, and what it lacks is found out.

    Returns:
        `bindings` with `version`, `advertised`, `read`, `write` and `navigation`, the profile's
        parts in them.
    """
    given = section or {}
    found = Findings()
    async with driver.open_wire() as wire:
        prober = Prober(driver, wire)
        first = await prober.get("")
        if not first.status:
            return FoundService(
                speaks=False, answers=False, first_answer=_told(first), metadata=Metadata()
            )
        metadata, replies = await _read_metadata(prober, found)
        if not any(speaks_odata(reply) for reply in (first, *replies)):
            return FoundService(speaks=False, first_answer=_told(first), metadata=metadata)
        _note_version(found, [first, *replies], metadata)
        _note_metadata(found, metadata)
        found.bindings["advertised"] = {
            name: found.offers.get(f"odata.{name}") is True for name in _ADVERTISED
        }
        sets = service_sets(first.json(), prober) or {name: name for name in metadata.sets}
        targets = write_targets(metadata)
        workshop = _choose_workshop(metadata, targets, given, sets, found)
        await _read(prober, metadata, sets, given, found, workshop)
        read = found.bindings["read"]
        assert is_object(read)
        await try_batches(prober, found, url=str(read["any"]))
        if workshop is not None:
            await _describe_writing(prober, workshop, found)
    pairs = navigation_pairs(metadata, targets)
    _find_navigation(pairs, given, workshop, found)
    related = _related(metadata, sets, given, found)
    return FoundService(
        speaks=True,
        first_answer=_told(first),
        bindings=found.bindings,
        offers=found.offers,
        notes=tuple(found.notes),
        metadata=metadata,
        workshop=workshop,
        related=related,
    )


def speaks_odata(reply: Reply) -> bool:
    """Tell whether a response is one of OData V4: it says so, or is shaped so."""
    if reply.header("odata-version").startswith("4"):
        return True
    body = reply.json() if reply.is_ok else None
    if not is_object(body):
        return False
    context = body.get("@odata.context", body.get("@context"))
    return isinstance(context, str) and is_array(body.get("value"))


def _told(reply: Reply) -> str:
    seen = reply.observation
    if seen["outcome"] == "answered":
        return str(seen["summary"])
    why = seen.get("unreachable")
    return f"{seen['summary']} ({seen['outcome']}" + (f": {why})" if why else ")")


async def _read_metadata(prober: Prober, found: Findings) -> tuple[Metadata, list[Reply]]:
    """Ask for the metadata in both formats; what the XML says goes before what the JSON says."""
    in_xml = await prober.get(METADATA, accept=_XML)
    read = _parse(in_xml)
    in_json = await prober.get(METADATA, accept=_JSON)
    replies = [in_xml, in_json]
    other = _parse(in_json) if in_json.essence == _JSON else None
    if other is None:
        by_option = await prober.get(f"{METADATA}?$format=json")
        other = _parse(by_option) if by_option.essence == _JSON else None
    found.offer("odata.json-metadata", has=other is not None)
    metadata = read or other
    found.offer("odata.metadata", has=metadata is not None)
    if metadata is None:
        found.notes.append(f"$metadata could not be read: {_told(in_xml)}")
    return metadata or Metadata(), replies


def _parse(reply: Reply) -> Metadata | None:
    """Return what a response says; None if it is no metadata document at all."""
    if not reply.is_ok:
        return None
    is_json = reply.essence == _JSON or reply.body.lstrip(b" \t\r\n").startswith(b"{")
    if is_json:
        metadata = read_csdl_json(reply.body)
        return metadata if metadata.version else None  # any object looks like a schema
    metadata = read_csdl_xml(reply.body)
    return metadata if metadata.version or metadata.schemas else None


def _note_version(found: Findings, replies: list[Reply], metadata: Metadata) -> None:
    """Note the version that the service answers in where it may choose up to 4.01."""
    said = next((one for reply in replies if (one := reply.header("odata-version"))), "")
    if said:
        found.offer("odata.v401", has=said == V401)
    declared = service_capabilities(metadata).versions or ()
    is_v401 = found.offers.setdefault("odata.v401", V401 in declared)
    found.bindings["version"] = V401 if is_v401 else V4


def _note_metadata(found: Findings, metadata: Metadata) -> None:
    for name, has in declared_offers(metadata).items():
        found.offer(name, has=has)
    found.notes += _first([f"$metadata: {one}" for one in metadata.problems], "$metadata: problems")
    found.notes += [f"$metadata: {one}" for one in service_capabilities(metadata).conflicts]


def _first(notes: Sequence[str], kind: str) -> list[str]:
    """Return the first few notes, and how many more of their kind there are."""
    more = len(notes) - _TOLD
    return [*notes[:_TOLD], *([f"{kind}: {more} more"] if more > 0 else [])]


def _wanted_sets(section: Mapping[str, Json]) -> dict[str, Mapping[str, Json]]:
    """Return the sets that the profile allows to write to."""
    sets = section.get("entity_sets")
    if not is_object(sets):
        return {}
    return {
        name: one
        for name, one in sets.items()
        if is_object(one) and one.get("writable", True) is True
    }


def _choose_workshop(
    metadata: Metadata,
    targets: Sequence[WriteTarget],
    section: Mapping[str, Json],
    sets: Mapping[str, str],
    found: Findings,
) -> EntityWorkshop | None:
    """Return a workshop for the first set that the profile allows, or else for the best one."""
    wanted = _wanted_sets(section)
    # Who names sets allows these and no others.
    has_said = is_object(section.get("entity_sets"))
    names = list(wanted) if has_said else [one.set_name for one in targets if not one.rejected]
    for name in names:
        entity_set = metadata.sets.get(name)
        if entity_set is not None and metadata.type_of(entity_set) is not None:
            return EntityWorkshop(
                _maker(metadata, entity_set),
                set_url=sets.get(name, ""),
                wishes=read_wishes(wanted.get(name)),
            )
        found.notes.append(f"entity_sets: the metadata does not describe {name!r}")
    if not has_said:
        why = [f"{one.set_name} is not written to: {one.rejected}" for one in targets]
        found.notes += _first(why, "sets that are not written to")
    return None


def _maker(metadata: Metadata, entity_set: EntitySet) -> EntityMaker:
    # The name of an entity holds a word that no other run has: no seed is needed besides.
    return EntityMaker(metadata, entity_set, seed="")


async def _read(
    prober: Prober,
    metadata: Metadata,
    sets: Mapping[str, str],
    section: Mapping[str, Json],
    found: Findings,
    workshop: EntityWorkshop | None,
) -> None:
    wished = section.get("read")
    given = wished if is_object(wished) else {}
    named = str(given.get("set", ""))
    candidates = dict(sets) | ({named: named} if named and named not in sets else {})
    first = [named, workshop.maker.entity_set.name if workshop else ""]
    readable = await find_readable(prober, metadata, candidates, first=first)
    read = {**await reading_bindings(prober, metadata, readable), **given}
    found.bindings["read"] = read
    for name in ("entity", "value", "binary", "function"):
        found.offer(f"odata.{name}", has=name in read)
    found.offer("odata.read", has="set" in read)
    if readable is not None and readable.entity_url:
        says = set_capabilities(metadata, readable.name)
        found.offer("odata.etag", has=bool(readable.etag) or says.has_etags is True)
        found.offer("odata.no-etag", has=not found.offers["odata.etag"])


async def _describe_writing(prober: Prober, shop: EntityWorkshop, found: Findings) -> None:
    """Note what may be done with the entities of the set; only the search for one is tried."""
    maker, wishes = shop.maker, shop.wishes
    sample = shop.make(_SAMPLE)
    change = shop.change(sample)
    invalid: list[Json] = [
        {"name": one.name, "property": one.property, "body": dict(one.body), "why": one.why}
        for one in invalid_entities(maker, _SAMPLE)
    ]
    write: dict[str, Json] = {
        "set": shop.set_url,
        "valid": dict(sample.body),
        "changed": dict(change),
        "invalid": invalid,
        "unique": shop.unique,
    }
    text = next((one.name for one in maker.changeable() if one.type.name == "Edm.String"), "")
    found.bindings["write"] = {**write, "text": text} if text else write
    says = maker.capabilities
    found.offer("odata.write", has=True)
    found.offer("odata.client-keys", has=bool(sample.url))
    found.offer("odata.update", has=bool(change))
    found.offer("odata.delete", has=says.deletable is not False)
    found.offer("odata.invalid", has=bool(wishes.invalid or invalid))
    found.offer("odata.unique", has=bool(shop.unique))
    if says.upsertable is not None:
        found.offer("odata.upsert", has=says.upsertable)
    if says.has_etags:
        found.offer("odata.etag", has=True)
    shop.can_find = bool(sample.find) and await _finds_nothing(prober, sample.find)
    found.offer("odata.find", has=shop.can_find)


async def _finds_nothing(prober: Prober, url: str) -> bool:
    """Tell whether a search for what is not there finds nothing, as a working filter does."""
    reply = await prober.get(url)
    body = reply.json()
    rows = body.get("value") if is_object(body) else None
    return reply.is_ok and is_array(rows) and not rows


def _find_navigation(
    pairs: Sequence[NavigationPair],
    section: Mapping[str, Json],
    workshop: EntityWorkshop | None,
    found: Findings,
) -> None:
    """Note a parent and a child that both may be written to; the chosen set as child first."""
    if is_object(wished := section.get("navigation")):
        found.bindings["navigation"] = dict(wished)
        found.offer("odata.navigation", has=True)
        return
    if is_object(section.get("entity_sets")):
        allowed = _wanted_sets(section)
        pairs = [one for one in pairs if one.parent in allowed and one.child in allowed]
    chosen = workshop.maker.entity_set.name if workshop else ""
    found.offer("odata.navigation", has=bool(pairs))
    if pairs:
        best = min(pairs, key=lambda one: one.child != chosen)
        found.bindings["navigation"] = {
            "parent": best.parent,
            "child": best.child,
            "bind": best.bind,
            "children": best.children,
        }


def _related(
    metadata: Metadata,
    sets: Mapping[str, str],
    section: Mapping[str, Json],
    found: Findings,
) -> dict[str, EntityWorkshop]:
    """Return what makes up entities of the two sets of the navigation."""
    navigation = found.bindings.get("navigation")
    names = navigation if is_object(navigation) else {}
    wanted = _wanted_sets(section)
    shops = {}
    for role in ("parent", "child"):
        name = str(names.get(role, ""))
        entity_set = metadata.sets.get(name)
        if entity_set is not None and metadata.type_of(entity_set) is not None:
            shops[role] = EntityWorkshop(
                _maker(metadata, entity_set),
                set_url=sets.get(name, ""),
                wishes=read_wishes(wanted.get(name)),
            )
    return shops
