"""Answers to GET: sets, entities, properties and references (Protocol 11.2).

Knows what each resource looks like when it is read. Refuses to know how it is changed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import DBAPIError, OperationalError

from reference_server.json_text import Json, write
from reference_server.model import KEY, Row
from reference_server.odata.call import FORMAT, Call
from reference_server.odata.entities import Entity, EntityWriter, entity_of, entity_url
from reference_server.odata.errors import Code, refused
from reference_server.odata.message import Request, Response
from reference_server.odata.negotiation import OCTETS, TEXT, Metadata, choose
from reference_server.odata.query_options import Asked, Expansion, asked_of, refuse_options
from reference_server.odata.urls import Hop, Path, Suffix
from reference_server.query import MAX_ROWS
from reference_server.rows import row_out
from reference_server.store import Transaction
from reference_server.tables import TABLES

# Entities that one answer may hold, those of $expand included.
MAX_ENTITIES: Final = 10_000

#: See `etags.check_conditions`.
CheckConditions: TypeAlias = Callable[..., bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """What a path leads to.

    Attributes:
        where: which rows of the set belong to the collection; None for all.
        row: the one row, if it is one and is there.
    """

    set_name: str
    where: ColumnElement[bool] | None = None
    row: Row | None = None


def locate(work: Transaction, path: Path, *, to_change: bool = False) -> Located:
    """Follow a path.

    Raises:
        ODataError: 404, an entity on the way is missing.
    """
    if path.key is None:
        return Located(set_name=path.name)
    last = len(path.hops)
    row = work.get(path.name, path.key, to_change=to_change and last == 0)
    here = Located(set_name=path.name, row=row)
    for number, hop in enumerate(path.hops, start=1):
        if here.row is None:
            raise refused(404, Code.NOT_FOUND, f"there is no such entity in {here.set_name}")
        here = _hopped(work, here.row, hop, to_change=to_change and number == last)
    return here


def _hopped(work: Transaction, row: Row, hop: Hop, *, to_change: bool) -> Located:
    navigation = hop.navigation
    target = navigation.target
    if not navigation.collection:
        key = row[navigation.reference]
        found = None if key is None else work.get(target, str(key), to_change=to_change)
        return Located(set_name=target, row=found)
    if hop.key is None:
        column: ColumnElement[Any] = TABLES[target].c[navigation.reference]
        return Located(set_name=target, where=column == row[KEY])
    found = work.get(target, hop.key, to_change=to_change)
    if found is not None and found[navigation.reference] != row[KEY]:
        found = None
    return Located(set_name=target, row=found)


class Reading:
    """Answers reads.

    Args:
        namespace: of the schema.
        etags: entities have ETags.
        check_conditions: see `etags.check_conditions`.
    """

    def __init__(self, *, namespace: str, etags: bool, check_conditions: CheckConditions) -> None:
        self._namespace = namespace
        self._etags = etags
        self._check_conditions = check_conditions

    def writer(self, call: Call) -> EntityWriter:
        """Make what writes entities for a response."""
        return EntityWriter(
            form=call.form,
            root=call.request.root,
            namespace=self._namespace,
            etags=self._etags,
        )

    def answer(self, call: Call, work: Transaction) -> Response:
        """Answer a GET of data.

        Raises:
            ODataError: it can't be answered.
        """
        path = call.url.path
        here = locate(work, path)
        if path.is_collection:
            return self._collection(call, work, here)
        if here.row is None:
            if path.hops and not path.hops[-1].navigation.collection and path.member is None:
                return call.empty()  # a relation to nothing (Protocol 11.2.6)
            raise refused(404, Code.NOT_FOUND, f"there is no such entity in {here.set_name}")
        entity = entity_of(here.set_name, here.row)
        if self._etags and not self._unchanged(call.request, entity):
            return Response(status=304, headers=call.headers(("ETag", entity.etag)))
        if path.suffix is Suffix.REF:
            return self._reference(call, entity)
        if path.member is not None:
            return self._property(call, entity)
        asked = asked_of(here.set_name, call.url.options, collection=False)
        return self.entity(call, work, entity, asked)

    def entity(
        self, call: Call, work: Transaction, entity: Entity, asked: Asked, *more: tuple[str, str]
    ) -> Response:
        """Answer with one entity; 201 if `more` holds its Location.

        Spec: ODATA-8.3.2-01, ODATA-9.1-01
        """
        writer = self.writer(call)
        expanded = dict(self._expanded(work, entity, asked, writer, [MAX_ENTITIES]))
        fields = [*more, ("ETag", entity.etag)] if self._etags else [*more]
        body = writer.single(entity, asked, expanded)
        created = any(name == "Location" for name, _ in more)
        return call.whole(
            writer.form.content_type,
            body,
            *fields,
            status=201 if created else 200,
            entity=entity.url,
        )

    def _unchanged(self, request: Request, entity: Entity) -> bool:
        return self._check_conditions(request, entity.etag, required=False)

    def _collection(self, call: Call, work: Transaction, here: Located) -> Response:
        asked = asked_of(here.set_name, call.url.options, collection=True)
        if call.url.path.suffix is Suffix.COUNT:
            choose(call.request.headers.get("accept"), call.url.options.get(FORMAT), (TEXT,))
            number = _count(work, here, asked)
            return call.whole(TEXT, str(number).encode())
        writer = self.writer(call)
        page = min(call.preferences.max_page_size or MAX_ROWS, MAX_ROWS)
        rows, more = _page(work, here, asked, page)
        head = writer.context(here.set_name, asked)
        prefix = writer.form.prefix
        told = writer.form.metadata is not Metadata.NONE
        if asked.count:
            counted = _count(work, here, Asked(where=asked.where))
            head[f"{prefix}count"] = str(counted) if writer.form.exact else counted
        if more:
            head[f"{prefix}nextLink"] = _next_link(call, asked, len(rows))
        if call.url.path.suffix is Suffix.REF:
            if told:
                head[f"{prefix}context"] = f"{call.request.root}/$metadata#Collection($ref)"
            values = [_ref(call.request.root, prefix, here.set_name, row) for row in rows]
        else:
            left = [MAX_ENTITIES]
            values = [
                writer.value(entity, asked, dict(self._expanded(work, entity, asked, writer, left)))
                for entity in (entity_of(here.set_name, row) for row in rows)
            ]
        applied = _applied(call)
        body = writer.collection(values, head)
        return call.whole(writer.form.content_type, body, *applied)

    def _reference(self, call: Call, entity: Entity) -> Response:
        refuse_options(call.url.options)
        form = call.form
        value = _ref(call.request.root, form.prefix, entity.set_name, entity.row)
        context = {f"{form.prefix}context": f"{call.request.root}/$metadata#$ref"}
        return call.whole(form.content_type, write({**context, **value}), entity=entity.url)

    def _property(self, call: Call, entity: Entity) -> Response:
        refuse_options(call.url.options)
        member = call.url.path.member
        assert member is not None
        value = entity.row[member.name]
        tag = (("ETag", entity.etag),) if self._etags else ()
        if value is None:
            return call.empty(*tag)
        told = row_out({member.name: value})[member.name]
        if call.url.path.suffix is Suffix.VALUE:
            accept = call.request.headers.get("accept")
            if isinstance(value, bytes):
                media_type = choose(accept, call.url.options.get(FORMAT), (OCTETS,))
                return call.whole(media_type, value, *tag)
            media_type = choose(accept, call.url.options.get(FORMAT), (TEXT,))
            raw = told.encode() if isinstance(told, str) else write(told)
            return call.whole(f"{media_type};charset=utf-8", raw, *tag)
        form = call.form
        writer = self.writer(call)
        url = f"{call.request.root}/$metadata#{entity.url}/{member.name}"
        head: dict[str, Json] = (
            {} if form.metadata is Metadata.NONE else {f"{form.prefix}context": url}
        )
        whole = writer.value(entity, Asked(select=(member.name,)), {})
        body = write({**head, "value": whole[member.name]})
        return call.whole(form.content_type, body, *tag)

    def _expanded(
        self,
        work: Transaction,
        entity: Entity,
        asked: Asked,
        writer: EntityWriter,
        left: list[int],
    ) -> Iterator[tuple[str, Json]]:
        for each in asked.expand:
            yield from self._expansion(work, entity, each, writer, left)

    def _expansion(
        self,
        work: Transaction,
        entity: Entity,
        expansion: Expansion,
        writer: EntityWriter,
        left: list[int],
    ) -> Iterator[tuple[str, Json]]:
        navigation, asked = expansion.navigation, expansion.asked
        table = TABLES[navigation.target]
        held = KEY if navigation.collection else navigation.reference
        column = navigation.reference if navigation.collection else KEY
        here = Located(set_name=navigation.target, where=table.c[column] == entity.row[held])
        if expansion.form == "/$count":
            yield f"{navigation.name}{writer.form.prefix}count", _count(work, here, asked)
            return
        rows, _ = _page(work, here, asked, MAX_ROWS)
        left[0] -= len(rows)
        if left[0] < 0:
            message = f"more than {MAX_ENTITIES} entities; ask for less"
            raise refused(400, Code.INVALID_QUERY, message, "$expand")
        values: list[Json] = []
        for row in rows:
            if expansion.form == "/$ref":
                values.append(_ref(writer.root, writer.form.prefix, navigation.target, row))
                continue
            inner = entity_of(navigation.target, row)
            nested: Mapping[str, Json] = dict(self._expanded(work, inner, asked, writer, left))
            values.append(writer.value(inner, asked, nested))
        if asked.count and navigation.collection:
            name = f"{navigation.name}{writer.form.prefix}count"
            yield name, _count(work, here, Asked(where=asked.where))
        if navigation.collection:
            yield navigation.name, values
        else:
            yield navigation.name, values[0] if values else None


def _applied(call: Call) -> tuple[tuple[str, str], ...]:
    size = call.preferences.max_page_size
    if size is None:
        return ()
    name = "odata.maxpagesize" if call.version == "4.0" else "maxpagesize"
    return (("Preference-Applied", f"{name}={min(size, MAX_ROWS)}"),)


def _ref(root: str, prefix: str, set_name: str, row: Row) -> dict[str, Json]:
    return {f"{prefix}id": f"{root}/{entity_url(set_name, str(row[KEY]))}"}


def _page(work: Transaction, here: Located, asked: Asked, most: int) -> tuple[list[Row], bool]:
    """Read one page of rows, and tell whether there are more."""
    table = TABLES[here.set_name]
    statement = select(table).order_by(*asked.order, table.c[KEY])
    for condition in (here.where, asked.where):
        if condition is not None:
            statement = statement.where(condition)
    wanted = None if asked.top is None else max(asked.top - asked.delivered, 0)
    limit = most if wanted is None else min(wanted, most)
    try:
        found = work.connection.execute(
            statement.limit(limit + 1).offset(asked.skip + asked.delivered)
        )
        rows = [dict(row) for row in found.mappings()]
    except (DBAPIError, OverflowError) as error:
        raise _unanswerable(error) from error
    more = len(rows) > limit and (wanted is None or wanted > limit)
    return rows[:limit], more


def _count(work: Transaction, here: Located, asked: Asked) -> int:
    statement = select(func.count()).select_from(TABLES[here.set_name])
    for condition in (here.where, asked.where):
        if condition is not None:
            statement = statement.where(condition)
    try:
        return work.connection.execute(statement).scalar_one()
    except (DBAPIError, OverflowError) as error:
        raise _unanswerable(error) from error


def _unanswerable(error: DBAPIError | OverflowError) -> Exception:
    """Tell an expression that the database can't follow from a database in trouble."""
    if isinstance(error, OperationalError) and "locked" in str(error.orig):
        return error
    return refused(400, Code.INVALID_QUERY, "the database can't evaluate the expression")


def _next_link(call: Call, asked: Asked, count: int) -> str:
    options = {**call.url.options, "$skiptoken": str(asked.delivered + count)}
    query = "&".join(f"{name}={quote(value, safe=_QUERY_SAFE)}" for name, value in options.items())
    return f"{call.request.root}/{_path_text(call.url.path)}?{query}"


_QUERY_SAFE: Final = "-._~!$'()*,;:@/"


def _path_text(path: Path) -> str:
    text = path.name if path.key is None else entity_url(path.name, path.key)
    for hop in path.hops:
        name = hop.navigation.name
        text += f"/{name if hop.key is None else entity_url(name, hop.key)}"
    return text if path.suffix is Suffix.NONE else f"{text}/{path.suffix.value}"
