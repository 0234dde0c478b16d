"""The entity data model as OData names it, derived from the model of the store.

Knows type names, navigation properties and Edm types. Refuses to know CSDL's notations.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from reference_server.model import MODEL, EntityType, Kind, Property, entity_type

CONTAINER: Final = "Container"

EDM_TYPES: Final = {
    Kind.TEXT: "Edm.String",
    Kind.INTEGER: "Edm.Int32",
    Kind.DECIMAL: "Edm.Decimal",
    Kind.BOOLEAN: "Edm.Boolean",
    Kind.TIMESTAMP: "Edm.DateTimeOffset",
    Kind.BINARY: "Edm.Binary",
}

# What Edm.DateTimeOffset keeps of a second; the store keeps microseconds.
TIMESTAMP_PRECISION: Final = 6

_REFERENCE_SUFFIX: Final = "_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Navigation:
    """A navigation property.

    Attributes:
        target: name of the entity set that it leads to.
        partner: name of the navigation property that leads back.
        reference: name of the property that holds the key: of this type, or, where it leads to a
            `collection`, of the target.
    """

    name: str
    target: str
    partner: str
    reference: str
    collection: bool


def type_name(entity: EntityType) -> str:
    """Return the name of an entity type, without its namespace."""
    return entity.singular.capitalize()


@cache
def navigations(set_name: str) -> dict[str, Navigation]:
    """Return the navigation properties of a set's entities, under their names."""
    return {each.name: each for each in _navigations(entity_type(set_name))}


def navigation_of(reference: Property) -> str:
    """Return the name of the navigation property that a reference stands for."""
    return reference.name.removesuffix(_REFERENCE_SUFFIX)


def _navigations(entity: EntityType) -> Iterator[Navigation]:
    for each in entity.properties:
        if each.refers_to is not None:
            yield Navigation(
                name=navigation_of(each),
                target=each.refers_to,
                partner=entity.name,
                reference=each.name,
                collection=False,
            )
    for other in MODEL:
        for each in other.properties:
            if each.refers_to == entity.name:
                yield Navigation(
                    name=other.name,
                    target=other.name,
                    partner=navigation_of(each),
                    reference=each.name,
                    collection=True,
                )
