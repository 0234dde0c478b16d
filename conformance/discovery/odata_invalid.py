"""Entities that a service has to refuse, each for one reason that its metadata gives.

Pure. Knows what JSON Format 4.01 section 7.1, the facets of CSDL 7.2 and Protocol 11.4.2 demand.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from conformance.discovery.csdl import Facets, Property
from conformance.discovery.odata_entity import EntityMaker, Role
from conformance.discovery.odata_values import INTEGERS, MARK, NUMBERS
from conformance.words.json_value import Json

UNKNOWN: Final = "wirecheckNoSuch"
_NOT_A_NUMBER: Final = "wirecheck"
# Longer texts than this would be refused for their size, not for their length.
_LONGEST: Final = 100_000
_MALFORMED: Final[Mapping[str, Json]] = {
    "Edm.Guid": "wirecheck-is-no-guid",
    "Edm.Date": "2026-02-30",
    "Edm.DateTimeOffset": "2026-02-30T25:00:00Z",
    "Edm.TimeOfDay": "25:61:00",
    "Edm.Duration": "1 hour",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidEntity:
    """An entity that is valid but for one property.

    `name` is kebab-case and tells the kind of fault; `why` is one line for a report.
    """

    name: str
    property: str
    body: Mapping[str, Json]
    why: str


def invalid_entities(maker: EntityMaker, unique: str) -> list[InvalidEntity]:
    """Return invalid entities, those that are refused for sure first: at most one of each kind."""
    valid = maker.valid_entity(unique)
    found: dict[str, InvalidEntity] = {}
    for fault in _faults(maker, valid):
        found.setdefault(fault.name, fault)
    return sorted(found.values(), key=lambda one: _ORDER.index(one.name))


_ORDER: Final = (
    "wrong-type", "malformed", "unknown-member", "null", "missing", "out-of-range", "too-long",
    "unknown-property",
)  # fmt: skip


def _faults(maker: EntityMaker, valid: Mapping[str, Json]) -> Iterator[InvalidEntity]:
    for one in maker.type.properties.values():
        role = maker.role(one)
        if role is Role.NEVER or maker.is_key(one.name) or maker.is_foreign(one.name):
            continue
        if role is Role.MUST and one.name in valid and not one.type.is_collection:
            yield from _missing(one, valid)
        if not one.type.is_collection:
            yield from _wrong_values(maker, one, valid)
    if not maker.type.is_open and UNKNOWN not in maker.type.properties:
        yield InvalidEntity(
            name="unknown-property",
            property=UNKNOWN,
            body={**valid, UNKNOWN: 1},
            why=f"{maker.type.name} is not open and has no property {UNKNOWN}",
        )


def _missing(one: Property, valid: Mapping[str, Json]) -> Iterator[InvalidEntity]:
    yield InvalidEntity(
        name="missing",
        property=one.name,
        body={name: value for name, value in valid.items() if name != one.name},
        why=f"{one.name} has to be given and is missing",
    )
    if not one.is_nullable:
        yield InvalidEntity(
            name="null",
            property=one.name,
            body={**valid, one.name: None},
            why=f"{one.name} is not nullable and is null",
        )


def _wrong_values(
    maker: EntityMaker, one: Property, valid: Mapping[str, Json]
) -> Iterator[InvalidEntity]:
    name, facets = maker.metadata.primitive(one.type.name, one.facets)
    faults: list[tuple[str, Json, str]] = []
    if name in NUMBERS or name == "Edm.Boolean":
        faults.append(("wrong-type", _NOT_A_NUMBER, f"is of type {name} and is text"))
    elif name.startswith("Edm.") and not name.startswith(("Edm.Geo", "Edm.Untyped")):
        # A number for a text is taken by many; an object is none of any primitive type.
        no_text: dict[str, Json] = {"wirecheck": True}
        faults.append(("wrong-type", no_text, f"is of type {name} and is an object"))
    if name in _MALFORMED:
        faults.append(("malformed", _MALFORMED[name], f"is no {name}"))
    if name in maker.metadata.enums:
        faults.append(("unknown-member", UNKNOWN, f"is no member of {name}"))
    if name in INTEGERS:
        faults.append(("out-of-range", INTEGERS[name][1] + 1, f"is beyond the range of {name}"))
    if name == "Edm.Decimal" and (digits := _whole_digits(facets)) is not None:
        faults.append(("out-of-range", 10**digits, f"has more than {digits} digits before a point"))
    if name == "Edm.String" and facets.max_length is not None and facets.max_length < _LONGEST:
        text = (MARK + "w" * facets.max_length)[: facets.max_length + 1]
        faults.append(("too-long", text, f"has more than {facets.max_length} characters"))
    for kind, value, why in faults:
        yield InvalidEntity(
            name=kind,
            property=one.name,
            body={**valid, one.name: value},
            why=f"{one.name} {why}",
        )


def _whole_digits(facets: Facets) -> int | None:
    """Return how many digits a decimal may have before its point; None where nothing bounds it."""
    if facets.precision is None or not isinstance(facets.scale, int):
        return None
    return max(0, facets.precision - facets.scale)
