"""Entities for the scenarios: made up from the metadata, with what a profile says on top.

Pure. What makes them is `EntityMaker`; this knows what the OData driver asks for (`Workshop`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from conformance.discovery.odata_entity import EntityMaker, is_recognisable
from conformance.discovery.odata_invalid import invalid_entities
from conformance.drivers.odata_entities import Made
from conformance.words.json_value import Json, is_array, is_object

#: What stands in a profile for the name of the entity.
UNIQUE: Final = "{unique}"
_SAFE_IN_SET: Final = "/-._~()',="


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a profile says of one entity set; every part optional.

    Members of `valid` go into each entity, in place of made-up ones; `changed` is what an update
    changes, `invalid` a member that makes an entity wrong, `unique` the name of a property of
    which no two entities may have the same value. In texts `{unique}` is the entity's name.
    """

    valid: Mapping[str, Json] = field(default_factory=dict)
    changed: Mapping[str, Json] = field(default_factory=dict)
    invalid: Mapping[str, Json] = field(default_factory=dict)
    unique: str = ""


def read_wishes(section: Json) -> Wishes:
    """Take the wishes from an entry of a profile's `entity_sets`."""
    if not is_object(section):
        return Wishes()

    def members(name: str) -> Mapping[str, Json]:
        value = section.get(name)
        return value if is_object(value) else {}

    return Wishes(
        valid=members("valid"),
        changed=members("changed"),
        invalid=members("invalid"),
        unique=str(section.get("unique", "")),
    )


class EntityWorkshop:
    """Makes entities of one set (`conformance.drivers.odata_entities.Workshop`).

    Args:
        maker: makes them up.
        set_url: of the set, relative to the service root; empty for the set's name.
        wishes: what the profile says of the set.
        can_find: whether `$filter` finds what was made; without it, no search is made.
    """

    def __init__(
        self,
        maker: EntityMaker,
        *,
        set_url: str = "",
        wishes: Wishes | None = None,
        can_find: bool = True,
    ) -> None:
        self.maker = maker
        self.can_find = can_find
        self.set_url = set_url or quote(maker.entity_set.name, safe=_SAFE_IN_SET)
        self.wishes = wishes or Wishes()

    @property
    def unique(self) -> str:
        """The property of which no two entities may have the same value; empty for none known."""
        if self.wishes.unique:
            return self.wishes.unique
        key = self.maker.type.key
        return key[0].path if len(key) == 1 and self.maker.gives_key() else ""

    def make(self, name: str) -> Made:
        """Return a valid entity; the same for the same name, and no other's."""
        body = {**self.maker.valid_entity(name), **_named(self.wishes.valid, name)}
        predicate = self.maker.key_predicate(body) if self.maker.gives_key() else ""
        query = self.maker.filter_by_label(body) if self.can_find else ""
        return Made(
            name=name,
            body=body,
            url=f"{self.set_url}{predicate}" if predicate else "",
            find=f"{self.set_url}?{query}" if query else "",
        )

    def change(self, made: Made) -> Mapping[str, Json]:
        """Return a PATCH body that changes one property; empty if none can be changed."""
        if self.wishes.changed:
            return _named(self.wishes.changed, made.name)
        change = self.maker.changed_entity(made.name, made.body)
        return change.body if change else {}

    def change_again(self, made: Made) -> Mapping[str, Json]:
        """Return a PATCH body that gives what `change` changes another value; empty for none."""
        if self.wishes.changed:
            return _named(self.wishes.changed, f"{made.name}-again")
        first = self.maker.changed_entity(made.name, made.body)
        if first is None:
            return {}
        body = {**made.body, **first.body}
        again = self.maker.changed_entity(f"{made.name}-again", body, only=first.name)
        return again.body if again else {}

    def replace(self, made: Made) -> Mapping[str, Json]:
        """Return a PUT body: the whole entity, with one property changed."""
        return {**made.body, **self.change(made)}

    def invalid(self, name: str) -> Mapping[str, Json]:
        """Return an entity that the service has to refuse: the surest kind of fault there is."""
        if self.wishes.invalid:
            return {**self.make(name).body, **_named(self.wishes.invalid, name)}
        wrong = invalid_entities(self.maker, name)
        return {**wrong[0].body, **self._wished_for(wrong[0].property, name)} if wrong else {}

    def clash(self, made: Made, name: str) -> Mapping[str, Json]:
        """Return a valid entity but for a unique value, which is that of another one."""
        body = dict(self.make(name).body)
        if self.unique in made.body:
            body[self.unique] = made.body[self.unique]
        return body

    def url_of(self, entity: Mapping[str, Json]) -> str:
        """Return the URL of an entity that was read; empty without a whole key, or if foreign.

        What a search brings is deleted in the end, and a service may search wrongly: an entity
        without the mark is none of ours.
        """
        if not is_recognisable(entity) and not self.wishes.valid:
            return ""
        predicate = self.maker.key_predicate(entity)
        return f"{self.set_url}{predicate}" if predicate else ""

    def _wished_for(self, spoilt: str, name: str) -> dict[str, Json]:
        wanted = {key: value for key, value in self.wishes.valid.items() if key != spoilt}
        return _named(wanted, name)


def _named(members: Mapping[str, Json], name: str) -> dict[str, Json]:
    return {key: _fill(value, name) for key, value in members.items()}


def _fill(value: Json, name: str) -> Json:
    if isinstance(value, str):
        return value.replace(UNIQUE, name)
    if is_array(value):
        return [_fill(one, name) for one in value]
    return _named(value, name) if is_object(value) else value
