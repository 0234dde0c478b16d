"""Answers to POST, PUT, PATCH and DELETE of data (Protocol 11.4).

Knows what a change does to rows and how it is answered. Refuses to know transactions: whoever
calls has one open, and undoes it where a change is refused.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from reference_server.errors import InvalidRowError, MissingRowError
from reference_server.json_text import Json
from reference_server.model import KEY, EntityType, Row, Value, entity_type
from reference_server.odata.call import Call
from reference_server.odata.entities import Entity, entity_of
from reference_server.odata.errors import Code, not_allowed, refused
from reference_server.odata.message import Response
from reference_server.odata.payload import (
    EntityBody,
    Related,
    entity_body,
    entity_link,
    link_body,
    property_body,
    raw_value,
)
from reference_server.odata.query_options import (
    NOTHING_ASKED,
    Asked,
    Expansion,
    asked_of,
    refuse_options,
)
from reference_server.odata.reading import CheckConditions, Located, Reading, locate
from reference_server.odata.schema import Navigation
from reference_server.odata.urls import Suffix
from reference_server.rows import changes_in, row_in, value_in
from reference_server.store import Transaction

_ID_OPTION: Final = "$id"


class Writing:
    """Answers changes.

    Args:
        reading: writes the entities of the answers.
        etags: entities have ETags.
        if_match_required: a change of an entity that is there has to name its ETag.
        check_conditions: see `etags.check_conditions`.
    """

    def __init__(
        self,
        *,
        reading: Reading,
        etags: bool,
        if_match_required: bool,
        check_conditions: CheckConditions,
    ) -> None:
        self._reading = reading
        self._etags = etags
        self._required = if_match_required
        self._check_conditions = check_conditions

    def answer(self, call: Call, work: Transaction) -> Response:
        """Answer a change of data.

        Raises:
            ODataError: it is refused.
            StoreError: likewise, by the store.
        """
        path, method = call.url.path, call.request.method
        if path.suffix is Suffix.REF:
            return self._reference(call, work)
        if path.suffix is Suffix.COUNT:
            raise not_allowed(method, "GET")
        if path.member is not None:
            return self._property(call, work)
        if path.is_collection:
            if method != "POST":
                raise not_allowed(method, "GET", "POST")
            return self._create(call, work)
        match method:
            case "PUT" | "PATCH":
                return self._change(call, work)
            case "DELETE":
                return self._delete(call, work)
            case _:
                raise not_allowed(method, "GET", "PUT", "PATCH", "DELETE")

    def _create(self, call: Call, work: Transaction) -> Response:
        """Create an entity.

        Spec: ODATA-11.4-01, ODATA-8.3.3-01
        """
        path = call.url.path
        entity = entity_type(path.set_name)
        asked = asked_of(path.set_name, call.url.options, collection=False)
        given = entity_body(call.request, entity)
        extra: dict[str, Value] = {}
        if path.hops:
            extra[path.hops[-1].navigation.reference] = self._owner_key(call, work)
        made = entity_of(path.set_name, _insert(work, entity, given, extra))
        return self._created(call, work, made, _shown(asked, given))

    def _owner_key(self, call: Call, work: Transaction) -> Value:
        owner = locate(work, replace(call.url.path, hops=call.url.path.hops[:-1]))
        if owner.row is None:
            raise refused(404, Code.NOT_FOUND, f"there is no such entity in {owner.set_name}")
        return owner.row[KEY]

    def _created(
        self, call: Call, work: Transaction, made: Entity, asked: Asked = NOTHING_ASKED
    ) -> Response:
        """Answer a creation: 201, or 204 if the peer wants no representation.

        Spec: ODATA-8.2.8.7-02, ODATA-8.3.3-01, ODATA-8.3.4-01, ODATA-9.1-01
        """
        url = f"{call.request.root}/{made.url}"
        applied = _applied(call)
        if call.preferences.representation is False:
            tag = (("ETag", made.etag),) if self._etags else ()
            return call.empty(
                ("Location", url), ("OData-EntityId", url), *tag, *applied, entity=made.url
            )
        location = ("Location", url)
        return self._reading.entity(call, work, made, asked, location, *applied)

    def _change(self, call: Call, work: Transaction) -> Response:
        """Change an entity, or create it under the key that its URL says.

        Spec: ODATA-11.4-02, ODATA-11.4-03, ODATA-8.2.4-05
        """
        path = call.url.path
        here = locate(work, path, to_change=True)
        entity = entity_type(here.set_name)
        self._check(call, here)
        given = entity_body(call.request, entity)
        if here.row is None:
            if path.hops or path.key is None:
                raise refused(404, Code.NOT_FOUND, f"there is no such entity in {here.set_name}")
            value_in(entity.properties[0], path.key, KEY)
            row = _insert(work, entity, given, {KEY: path.key})
            return self._created(call, work, entity_of(here.set_name, row))
        key = str(here.row[KEY])
        if call.request.method == "PUT":
            changes = row_in(entity, {KEY: key, **given.properties})
        else:
            changes = changes_in(entity, given.properties)
        linked = dict(_links(work, given.related))
        row = work.update(here.set_name, key, {**changes, **linked})
        _relate(work, given.related, key)
        return self._changed(call, work, entity_of(here.set_name, row))

    def _changed(self, call: Call, work: Transaction, made: Entity) -> Response:
        if call.preferences.representation:
            return self._reading.entity(call, work, made, NOTHING_ASKED, *_applied(call))
        tag = (("ETag", made.etag),) if self._etags else ()
        return call.empty(*tag, *_applied(call), entity=made.url)

    def _delete(self, call: Call, work: Transaction) -> Response:
        here = locate(work, call.url.path, to_change=True)
        self._check(call, here)
        if here.row is None:
            raise refused(404, Code.NOT_FOUND, f"there is no such entity in {here.set_name}")
        work.delete(here.set_name, str(here.row[KEY]))
        return call.empty()

    def _check(self, call: Call, here: Located) -> None:
        if self._etags:
            tag = None if here.row is None else entity_of(here.set_name, here.row).etag
            self._check_conditions(call.request, tag, required=self._required)

    def _property(self, call: Call, work: Transaction) -> Response:
        """Change one property (Protocol 11.4.9)."""
        refuse_options(call.url.options)
        here = locate(work, call.url.path, to_change=True)
        if here.row is None:
            raise refused(404, Code.NOT_FOUND, f"there is no such entity in {here.set_name}")
        self._check(call, here)
        member = call.url.path.member
        assert member is not None
        match call.request.method, call.url.path.suffix:
            case "DELETE", _:
                value = value_in(member, None, member.name)
            case (("PUT" | "PATCH"), Suffix.NONE):
                value = value_in(member, property_body(call.request, member), member.name)
            case "PUT", Suffix.VALUE:
                value = raw_value(call.request, member)
            case _:
                raise not_allowed(call.request.method, "GET", "PUT", "PATCH", "DELETE")
        row = work.update(here.set_name, str(here.row[KEY]), {member.name: value})
        made = entity_of(here.set_name, row)
        return call.empty(*((("ETag", made.etag),) if self._etags else ()))

    def _reference(self, call: Call, work: Transaction) -> Response:
        """Link and unlink entities (Protocol 11.4.6)."""
        path, method = call.url.path, call.request.method
        if not path.hops:
            raise not_allowed(method, "GET")
        navigation = path.hops[-1].navigation
        owner = locate(work, replace(path, hops=path.hops[:-1]), to_change=True)
        if owner.row is None:
            raise refused(404, Code.NOT_FOUND, f"there is no such entity in {owner.set_name}")
        key = str(owner.row[KEY])
        if not navigation.collection:
            if method not in {"PUT", "DELETE"}:
                raise not_allowed(method, "GET", "PUT", "DELETE")
            link = None if method == "DELETE" else self._link(call, navigation)
            work.update(owner.set_name, key, {navigation.reference: link})
            return call.empty()
        if method == "POST" and path.hops[-1].key is None:
            child = self._link(call, navigation)
            work.update(navigation.target, child, {navigation.reference: key})
            return call.empty()
        if method != "DELETE":
            raise not_allowed(method, "GET", "POST", "DELETE")
        child = path.hops[-1].key or self._named(call, navigation)
        row = work.get(navigation.target, child, to_change=True)
        if row is None or row[navigation.reference] != key:
            raise refused(404, Code.NOT_FOUND, "there is no such reference")
        work.update(navigation.target, child, {navigation.reference: None})
        return call.empty()

    def _named(self, call: Call, navigation: Navigation) -> str:
        url = call.url.options.get(_ID_OPTION)
        return self._fitting(entity_link(call.request.root, url, _ID_OPTION), navigation)

    def _link(self, call: Call, navigation: Navigation) -> str:
        return self._fitting(link_body(call.request), navigation)

    def _fitting(self, link: tuple[str, str], navigation: Navigation) -> str:
        if link[0] != navigation.target:
            message = f"expected an entity of {navigation.target}"
            raise refused(400, Code.INVALID_PROPERTY, message, "@odata.id")
        return link[1]


def _applied(call: Call) -> tuple[tuple[str, str], ...]:
    """Tell that `return` was followed.

    Spec: ODATA-8.2.8.7-02, ODATA-8.3.6-01
    """
    match call.preferences.representation:
        case None:
            return ()
        case True:
            name = "return=representation"
        case _:
            name = "return=minimal"
    return (("Preference-Applied", name),)


def _shown(asked: Asked, given: EntityBody) -> Asked:
    """Let an answer show what was created with the entity, as deep as it was given.

    What the peer expands itself is shown instead (Protocol 11.4.2.2).
    """
    if not given.related or asked.expand:
        return asked
    created = {each.navigation.name: each for each in given.related if each.inserts}
    expand = [
        Expansion(navigation=each.navigation, form="", asked=_shown(NOTHING_ASKED, each.inserts[0]))
        for each in created.values()
    ]
    return replace(asked, expand=tuple(expand))


def _insert(
    work: Transaction, entity: EntityType, given: EntityBody, extra: Mapping[str, Value]
) -> Row:
    """Create an entity and what comes with it; `extra` wins over nothing that differs."""
    properties: Mapping[str, Json] = given.properties
    if extra:
        for name, value in extra.items():
            if properties.get(name, value) != value:
                raise InvalidRowError(f"/{name}", "the value that the URL says", "another value")
    if not given.related:
        row = row_in(entity, properties)
        return work.insert(entity.name, {**row, **extra} if extra else row)
    linked = dict(_links(work, given.related))
    for name, value in linked.items():
        if properties.get(name, value) != value or extra.get(name, value) != value:
            raise InvalidRowError(f"/{name}", "the key of what is bound", "another value")
    row = row_in(entity, properties)
    kept = work.insert(entity.name, {**row, **linked, **extra})
    _relate(work, given.related, str(kept[KEY]))
    return kept


def _links(work: Transaction, related: Iterable[Related]) -> Iterator[tuple[str, Value]]:
    """Give the references that this entity itself holds, and create what they lead to."""
    for each in related:
        if each.navigation.collection:
            continue
        target = entity_type(each.navigation.target)
        for inner in each.inserts:
            yield each.navigation.reference, _insert(work, target, inner, {})[KEY]
        for _, key in each.links:
            yield each.navigation.reference, key
        if not each.inserts and not each.links:
            yield each.navigation.reference, None


def _relate(work: Transaction, related: Iterable[Related], key: str) -> None:
    """Let other entities refer to this one, and create those that come with it."""
    for each in related:
        if not each.navigation.collection:
            continue
        target = entity_type(each.navigation.target)
        for inner in each.inserts:
            _insert(work, target, inner, {each.navigation.reference: key})
        for _, child in each.links:
            try:
                work.update(each.navigation.target, child, {each.navigation.reference: key})
            except MissingRowError as error:
                expected = f"the URL of an entity of {each.navigation.target}"
                raise InvalidRowError(f"/{each.navigation.name}", expected, "another") from error
