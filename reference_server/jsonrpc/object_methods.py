"""object.*: rows of the store, for JSON-RPC callers.

Knows the shapes of the ObjectQL surface. Refuses to know SQL.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from reference_server.errors import (
    DuplicateKeyError,
    InvalidRowError,
    MissingRowError,
    StillReferencedError,
)
from reference_server.json_text import Json
from reference_server.jsonrpc.errors import AppCode, ParamError, RpcError
from reference_server.jsonrpc.filters import FILTERS_SCHEMA, QUERY_SCHEMA, conditions_in, query_in
from reference_server.jsonrpc.methods import Method, Param
from reference_server.jsonrpc.progress import ProgressSink, operation_of
from reference_server.jsonrpc.schema_check import Schema
from reference_server.model import ENTITY_NAMES, entity_type
from reference_server.rows import changes_in, row_in, row_out
from reference_server.store import Store

# One import is one transaction, and nobody else writes until it has ended.
MAX_IMPORT_ROWS: Final = 10_000

_OBJECT_NAME: Final = Param(
    name="objectName",
    schema={"type": "string", "enum": list(ENTITY_NAMES)},
    summary="The entity type",
)
_ID: Final = Param(name="id", schema={"type": "string"}, summary="The record's _id")
_RECORD: Final[Schema] = {"type": "object", "properties": {"_id": {"type": "string"}}}


def object_methods(store: Store, sink: ProgressSink | None = None) -> list[Method]:
    """Make the methods that work on `store`; progress is told to `sink`, None for nobody."""
    methods = _ObjectMethods(store, sink)
    return [*_readers(methods), *_writers(methods), _importer(methods)]


class _ObjectMethods:
    """The functions; their arguments come in the order of the params."""

    def __init__(self, store: Store, sink: ProgressSink | None) -> None:
        self._store = store
        self._sink = sink

    def find(self, name: str, query: Json) -> Json:
        wanted = query_in(entity_type(name), query)
        with self._store.transaction(writes=False) as work:
            rows = work.find(name, wanted)
            total = work.count(name, wanted.conditions)
        return {"value": [row_out(row) for row in rows], "count": total}

    def get(self, name: str, row_id: str) -> Json:
        with self._store.transaction(writes=False) as work:
            row = work.get(name, row_id)
        return None if row is None else row_out(row)

    def count(self, name: str, filters: Json) -> Json:
        conditions = conditions_in(entity_type(name), filters, param="filters", path="")
        with self._store.transaction(writes=False) as work:
            return work.count(name, conditions)

    def create(self, name: str, data: Mapping[str, Json]) -> Json:
        with _refusals("data"), self._store.transaction() as work:
            return row_out(work.insert(name, row_in(entity_type(name), data)))

    def update(self, name: str, row_id: str, data: Mapping[str, Json]) -> Json:
        with _refusals("data"), self._store.transaction() as work:
            return row_out(work.update(name, row_id, changes_in(entity_type(name), data)))

    def delete(self, name: str, row_id: str) -> Json:
        with _refusals("id"), self._store.transaction() as work:
            return {"deleted": work.delete(name, row_id)}

    def batch_import(
        self, name: str, records: list[Mapping[str, Json]], session: str | None
    ) -> Json:
        ids: list[Json] = []
        operation = operation_of(self._sink, session, len(records))
        operation.tell(0, f"importing into {name}")
        try:
            with self._store.transaction() as work:
                for place, record in enumerate(records):
                    operation.step(place, f"importing into {name}")
                    with _refusals("records", f"/{place}"):
                        row = work.insert(name, row_in(entity_type(name), record))
                    ids.append(row_out(row)["_id"])
        except (ParamError, RpcError):
            operation.tell(len(ids), "failed, nothing is imported")
            raise
        operation.tell(len(ids), f"imported into {name}")
        return {"imported": len(ids), "ids": ids}


@contextmanager
def _refusals(param: str, path: str = "") -> Iterator[None]:
    """Turn what the store refuses into what the caller is told."""
    try:
        yield
    except InvalidRowError as error:
        raise ParamError(param, path + error.pointer, error.expected, error.seen) from error
    except DuplicateKeyError as error:
        where: Json = {"objectName": error.entity, "field": error.property_name}
        raise RpcError(AppCode.DUPLICATE_KEY, "Duplicate key", where) from error
    except MissingRowError as error:
        where = {"objectName": error.entity, "id": error.row_id}
        raise RpcError(AppCode.NO_RECORD, "Record not found", where) from error
    except StillReferencedError as error:
        where = {"objectName": error.entity, "id": error.row_id}
        raise RpcError(AppCode.STILL_REFERENCED, "Record still referenced", where) from error


def _readers(methods: _ObjectMethods) -> list[Method]:
    return [
        Method(
            name="object.find",
            summary="Find records; count is how many there are without top and skip",
            run=methods.find,
            params=(
                _OBJECT_NAME,
                Param(name="query", schema=QUERY_SCHEMA, required=False, default={}),
            ),
            result={
                "type": "object",
                "properties": {
                    "value": {"type": "array", "items": dict(_RECORD)},
                    "count": {"type": "integer"},
                },
                "required": ["value", "count"],
            },
            safe=True,
            blocks=True,
        ),
        Method(
            name="object.get",
            summary="Get one record, or null if there is none",
            run=methods.get,
            params=(_OBJECT_NAME, _ID),
            result={"type": ["object", "null"]},
            safe=True,
            blocks=True,
        ),
        Method(
            name="object.count",
            summary="Count records",
            run=methods.count,
            params=(
                _OBJECT_NAME,
                Param(name="filters", schema=FILTERS_SCHEMA, required=False, default={}),
            ),
            result={"type": "integer"},
            safe=True,
            blocks=True,
        ),
    ]


def _writers(methods: _ObjectMethods) -> list[Method]:
    data = Param(name="data", schema={"type": "object"}, summary="Field names and values")
    return [
        Method(
            name="object.create",
            summary="Create a record and return it",
            run=methods.create,
            params=(_OBJECT_NAME, data),
            result=_RECORD,
            blocks=True,
        ),
        Method(
            name="object.update",
            summary="Change some fields of a record and return all of it",
            run=methods.update,
            params=(_OBJECT_NAME, _ID, data),
            result=_RECORD,
            blocks=True,
        ),
        Method(
            name="object.delete",
            summary="Delete a record and tell whether there was one",
            run=methods.delete,
            params=(_OBJECT_NAME, _ID),
            result={"type": "object", "properties": {"deleted": {"type": "boolean"}}},
            blocks=True,
        ),
    ]


def _importer(methods: _ObjectMethods) -> Method:
    return Method(
        name="object.batchImport",
        summary="Create many records, all of them or none",
        run=methods.batch_import,
        params=(
            _OBJECT_NAME,
            Param(
                name="records",
                schema={
                    "type": "array",
                    "items": {"type": "object"},
                    "maxItems": MAX_IMPORT_ROWS,
                },
            ),
            Param(
                name="sessionId",
                schema={"type": ["string", "null"]},
                required=False,
                summary="Whom to tell of the progress",
            ),
        ),
        result={
            "type": "object",
            "properties": {
                "imported": {"type": "integer"},
                "ids": {"type": "array", "items": {"type": "string"}},
            },
            "required": ["imported", "ids"],
        },
        blocks=True,
    )
