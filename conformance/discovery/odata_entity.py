"""Entities made up from their type: valid ones, and changes of them.

Pure: `Metadata` and names in, JSON values out; the same for the same seed and name. Sent is only
what has to be (ODATA-DISC-04, ODATA-DISC-05), the key where the service takes one, and one text
by which the entity can be recognised and found again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conformance.discovery.csdl import (
    CORE,
    EntitySet,
    Metadata,
    NavigationProperty,
    Property,
    StructuredType,
)
from conformance.discovery.odata_capabilities import (
    property_capabilities,
    set_capabilities,
)
from conformance.discovery.odata_literals import filter_equal, key_predicate
from conformance.discovery.odata_values import (
    LABEL_LENGTH,
    MARK,
    NUMBERS,
    Bounds,
    Source,
    bounds_of,
    make_member,
    make_value,
    source_of,
)
from conformance.words.json_value import ABSENT, Absent, Json

MAX_NESTING: Final = 6  # complex types in one another; deeper ones are rarely meant
_TRIES: Final = 8  # a change of a Boolean hits the old value every other time


class Role(StrEnum):
    """Whether a client gives a property when it creates an entity."""

    NEVER = "never"
    MAY = "may"
    MUST = "must"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One changed property: `old` is what was sent before, null where nothing was.

    `body` is the PATCH body: the property, and what the service wants with every update.
    """

    name: str
    old: Json
    new: Json
    body: Mapping[str, Json]


class EntityMaker:
    """Makes up entities of one set.

    Args:
        metadata: what declares the set.
        entity_set: one of its sets, whose type it declares.
        seed: other seeds give other entities.
    """

    def __init__(self, metadata: Metadata, entity_set: EntitySet, *, seed: str) -> None:
        declared = metadata.type_of(entity_set)
        assert declared is not None
        self.metadata = metadata
        self.entity_set = entity_set
        self.capabilities = set_capabilities(metadata, entity_set.name)
        self.type = concrete(metadata, declared)
        self._seed = seed
        self._control: dict[str, Json] = {}
        if self.type is not declared:
            self._control["@odata.type"] = f"#{self.type.name}"
        self._key_paths = frozenset(part.path for part in self.type.key)
        self._foreign = frozenset(
            name for one in self.type.navigation.values() for name in one.constraints
        )
        self._key_names = frozenset(path.split("/")[0] for path in self._key_paths)
        self.label = self._choose_label()
        self._sent = tuple(self._choose_sent())

    def source(self, unique: str) -> Source:
        """Return what all values of one entity are made of."""
        return source_of(self._seed, unique)

    def role(self, one: Property) -> Role:
        """Tell whether a property of the type is given when an entity is created."""
        says = property_capabilities(self.metadata, one.target)
        if says.is_computed or not says.is_writable or one.type.name == "Edm.Stream":
            return Role.NEVER
        if one.name in self.capabilities.non_insertable:
            return Role.NEVER
        if one.name in self.capabilities.required_on_insert:
            return Role.MUST
        has_default = one.default is not ABSENT or says.has_computed_default
        return Role.MAY if one.is_nullable or has_default else Role.MUST

    def is_key(self, name: str) -> bool:
        """Tell whether a property is the key, a part of it, or holds a part of it."""
        return name in self._key_names

    def is_foreign(self, name: str) -> bool:
        """Tell whether a property refers to another entity by a referential constraint."""
        return name in self._foreign

    def gives_key(self) -> bool:
        """Tell whether the client gives the whole key, so that it is known before the answer."""
        return bool(self.type.key) and all(
            self.role(one) is not Role.NEVER
            for one in self.type.properties.values()
            if self.is_key(one.name)
        )

    def sent(self) -> tuple[Property, ...]:
        """Return the properties that a valid entity holds."""
        return self._sent

    def _choose_sent(self) -> Iterator[Property]:
        for one in self.type.properties.values():
            role = self.role(one)
            is_wanted = self.is_key(one.name) or one is self.label
            if role is Role.MUST or (role is Role.MAY and is_wanted):
                yield one

    def required_navigation(self) -> Iterator[NavigationProperty]:
        """Yield what has to lead to an entity (CSDL 8.2): single, and not nullable."""
        for one in self.type.navigation.values():
            if not one.type.is_collection and not one.is_nullable:
                yield one

    def valid_entity(self, unique: str) -> dict[str, Json]:
        """Return an entity that fits its type.

        Values that can't be made (an abstract type without a derived one, an enumeration without
        members) are left out; `unmakeable` tells of them.
        """
        entity: dict[str, Json] = dict(self._control)
        for one in self.sent():
            value = self.value(one, self.source(unique))
            if value is not ABSENT:
                entity[one.name] = value
        return entity

    def unmakeable(self) -> list[str]:
        """Return the names of properties that have to be sent and of which no value can be made."""
        probe = self.source("probe")
        return [one.name for one in self.sent() if self.value(one, probe) is ABSENT]

    def changed_entity(
        self, unique: str, entity: Mapping[str, Json], *, only: str = ""
    ) -> Change | None:
        """Return a change of one property that is neither key nor immutable; None if none is.

        Args:
            unique: the entity's name.
            entity: what was sent when it was created.
            only: the property to change; empty for the first that can be.
        """
        for one in self.changeable():
            if only and one.name != only:
                continue
            old = entity.get(one.name)
            for attempt in range(_TRIES):
                new = self.value(one, self.source(f"{unique}-changed{attempt or ''}"))
                if new is not ABSENT and new != old:
                    wanted = (*self.capabilities.required_on_update, *self._control)
                    body = {name: entity[name] for name in wanted if name in entity}
                    return Change(name=one.name, old=old, new=new, body={**body, one.name: new})
        return None

    def changeable(self) -> list[Property]:
        """Return the properties that an update may change, the most harmless first."""
        if self.capabilities.updatable is False:
            return []
        found = [one for one in self.type.properties.values() if self._may_change(one)]
        return sorted(found, key=self._harm)

    def value(self, one: Property, source: Source, *, depth: int = 0) -> Json | Absent:
        """Return a value of a property; ABSENT if none can be made."""
        if one.type.is_collection:
            return []
        is_key = depth == 0 and self.is_key(one.name)
        name, facets = self.metadata.primitive(one.type.name, one.facets)
        if is_key and name == "Edm.Boolean" and one.default is not ABSENT:
            return one.default  # a flag in a key tells kinds of entities apart, not entities
        bounds = self._bounds(one)
        if name in self.metadata.enums and not bounds.allowed:
            return make_member(list(self.metadata.enums[name].members), source)
        inner = self.metadata.structured.get(name)
        if inner is not None:
            return ABSENT if inner.is_entity else self._complex(inner, source, depth)
        own = source.salted(one.name) if is_key and len(self._key_paths) > 1 else source
        return make_value(name, own, facets=facets, bounds=bounds, is_key=is_key)

    def key_predicate(self, entity: Mapping[str, Json]) -> str:
        """Return the key of an entity as it stands in a URL, parentheses and all; or nothing."""
        return key_predicate(self.metadata, self.type, entity)

    def filter_by_label(self, entity: Mapping[str, Json]) -> str:
        """Return a query that finds an entity by its text; empty if nothing tells it apart."""
        if self.label is None or self.capabilities.filterable is False:
            return ""
        if self.label.name not in entity:
            return ""
        return filter_equal(self.metadata, self.label, entity[self.label.name])

    def _complex(self, declared: StructuredType, source: Source, depth: int) -> Json | Absent:
        inner = concrete(self.metadata, declared)
        if inner.is_abstract or depth >= MAX_NESTING:
            return ABSENT
        made: dict[str, Json] = {}
        if inner is not declared:
            made["@odata.type"] = f"#{inner.name}"
        for one in inner.properties.values():
            if one.is_nullable or self.role(one) is not Role.MUST:
                continue
            value = self.value(one, source, depth=depth + 1)
            if value is ABSENT:
                return ABSENT
            made[one.name] = value
        return made

    def _bounds(self, one: Property) -> Bounds:
        return bounds_of(self.metadata, one)

    def _is_plain_text(self, one: Property) -> bool:
        name, facets = self.metadata.primitive(one.type.name, one.facets)
        has_room = facets.max_length is None or facets.max_length >= LABEL_LENGTH
        is_special = any(
            self.metadata.annotation(one.target, f"{CORE}.{term}") is not ABSENT
            for term in ("MediaType", "IsURL", "IsMediaType")
        )
        return (
            name == "Edm.String"
            and not one.type.is_collection
            and has_room
            and not is_special
            and not self._bounds(one).allowed
            and not self.is_foreign(one.name)
        )

    def _choose_label(self) -> Property | None:
        texts = [one for one in self.type.properties.values() if self._is_plain_text(one)]
        for wanted in (Role.MUST, Role.MAY):
            for one in texts:
                if self.role(one) is wanted and one.name not in self.capabilities.non_filterable:
                    return one
        return None

    def _may_change(self, one: Property) -> bool:
        says = property_capabilities(self.metadata, one.target)
        name = self.metadata.primitive(one.type.name)[0]
        return (
            not self.is_key(one.name)
            and not self.is_foreign(one.name)
            and not (says.is_computed or says.is_immutable)
            and says.is_writable
            and one.name not in self.capabilities.non_updatable
            and not one.type.is_collection
            and name not in self.metadata.structured
            and name not in {"Edm.Stream", "Edm.PrimitiveType", "Edm.Untyped"}
            and not name.startswith("Edm.Geo")
        )

    def _harm(self, one: Property) -> int:
        name = self.metadata.primitive(one.type.name)[0]
        if one is self.label:
            # It is what an entity is found by where its key is not known.
            return 1 if self.gives_key() else 4
        if self._is_plain_text(one):
            return 0
        return 2 if name in NUMBERS else 3


def concrete(metadata: Metadata, declared: StructuredType) -> StructuredType:
    """Return a type, or the first that derives from it and is not abstract; else itself."""
    if not declared.is_abstract:
        return declared
    return next((one for one in metadata.derived(declared.name) if not one.is_abstract), declared)


def is_recognisable(entity: Mapping[str, Json]) -> bool:
    """Tell whether an entity shows by a text of its own who made it."""
    return any(isinstance(value, str) and value.startswith(MARK) for value in entity.values())
