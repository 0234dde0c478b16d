"""The store: rows of the model in SQLite or PostgreSQL, one transaction at a time.

Knows SQL, transactions and savepoints; synchronous. Refuses to know protocols: JSON-RPC and OData
read and write through the same methods.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from threading import Lock
from typing import Any, Final, assert_never

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Executable,
    StaticPool,
    create_engine,
    delete,
    event,
    func,
    insert,
    make_url,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from reference_server.errors import (
    BusyError,
    DuplicateKeyError,
    InputError,
    InvalidRowError,
    MissingRowError,
    StillReferencedError,
)
from reference_server.model import DECIMAL_SCALE, KEY, MODEL, Row, Value, entity_type
from reference_server.query import Condition, Operator, Query
from reference_server.seed import SEED
from reference_server.tables import METADATA, TABLES

# A writer of a file waits this long for another one before its call fails.
BUSY_TIMEOUT_S: Final = 10.0

_WRITES: Final = "wirecheck_writes"
_STEP: Final = Decimal(1).scaleb(-DECIMAL_SCALE)


class Transaction:
    """An open transaction; made by `Store.transaction`.

    Each write is a statement of its own: one that is refused leaves what came before.
    """

    def __init__(self, connection: Connection, fresh_id: Callable[[], str]) -> None:
        #: For statements that no method here offers.
        self.connection = connection
        self._fresh_id = fresh_id
        # SQLite undoes a refused statement and no more; PostgreSQL gives up the whole transaction.
        self._statement: Callable[[], AbstractContextManager[object]] = (
            nullcontext if connection.dialect.name == "sqlite" else self.savepoint
        )

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what happens inside, and only that, if it ends in an exception.

        Raises:
            BusyError: another transaction was in the way.
        """
        try:
            with self.connection.begin_nested():
                yield
        except OperationalError as error:
            raise BusyError(str(error.orig).partition("\n")[0]) from error

    def get(self, entity: str, row_id: str, *, to_change: bool = False) -> Row | None:
        """Return one row, None if there is none.

        What is read `to_change` stays as it is until this transaction changes it or ends.
        """
        table = TABLES[entity]
        statement = select(table).where(table.c[KEY] == row_id)
        if to_change:
            statement = statement.with_for_update()  # SQLite's writers are alone anyway
        found = self.connection.execute(statement).first()
        return None if found is None else dict(found._mapping)  # noqa: SLF001 - public, in spite of its name

    def find(self, entity: str, query: Query) -> list[Row]:
        """Return the rows that a query asks for."""
        table = TABLES[entity]
        columns = [table.c[name] for name in query.fields] or list(table.c)
        keys = [
            table.c[order.name].desc() if order.descending else table.c[order.name].asc()
            for order in query.order
        ]
        statement = (
            select(*columns)
            .where(*_where(entity, query.conditions))
            .order_by(*keys, table.c[KEY])
            .limit(query.top)
            .offset(query.skip)
        )
        return [dict(row) for row in self.connection.execute(statement).mappings()]

    def count(self, entity: str, conditions: Sequence[Condition]) -> int:
        """Count the rows that meet all conditions."""
        statement = select(func.count()).select_from(TABLES[entity])
        return self.connection.execute(statement.where(*_where(entity, conditions))).scalar_one()

    def insert(self, entity: str, row: Mapping[str, Value]) -> Row:
        """Add a whole row, with a fresh key if it has none, and return it.

        Raises:
            DuplicateKeyError: the key or a unique property is taken.
            InvalidRowError: it refers to a row that is not there.
        """
        new = {**row} if KEY in row else {KEY: self._fresh_id(), **row}
        self._write(entity, _INSERTS[entity], new, None)
        return _as_kept(entity, new)

    def update(self, entity: str, row_id: str, changes: Mapping[str, Value]) -> Row:
        """Change some properties of a row and return all of it; the key can't change.

        Raises:
            MissingRowError: there is no such row.
            DuplicateKeyError: a unique property is taken.
            InvalidRowError: it refers to a row that is not there, or the key would change.
        """
        if changes.get(KEY, row_id) != row_id:
            raise InvalidRowError(f"/{KEY}", "the key as it is", "another key")
        table = TABLES[entity]
        if changes:
            statement = update(table).where(table.c[KEY] == row_id)
            self._write(entity, statement, changes, row_id)
        kept = self.get(entity, row_id)
        if kept is None:
            raise MissingRowError(entity, row_id)
        return kept

    def delete(self, entity: str, row_id: str) -> bool:
        """Remove a row; tell whether there was one.

        Raises:
            StillReferencedError: another row refers to it.
        """
        table = TABLES[entity]
        try:
            with self._statement():
                gone = self.connection.execute(delete(table).where(table.c[KEY] == row_id))
        except IntegrityError as error:
            raise StillReferencedError(entity, row_id) from error
        return gone.rowcount > 0

    def _write(
        self,
        entity: str,
        statement: Executable,
        row: Mapping[str, Value],
        row_id: str | None,
    ) -> None:
        try:
            with self._statement():
                self.connection.execute(statement, dict(row))
        except IntegrityError as error:
            # Drivers word it each in their own way, so the rows are asked what is the matter.
            self._raise_clash(entity, row, row_id, error)
            raise  # pragma: no cover - the model allows what the database refuses: our bug

    def _raise_clash(
        self, entity: str, row: Mapping[str, Value], row_id: str | None, cause: IntegrityError
    ) -> None:
        for each in entity_type(entity).properties:  # pragma: no branch - one of them it is
            value = row.get(each.name)
            if value is None:
                continue
            table = TABLES[each.refers_to or entity]
            column = table.c[KEY if each.refers_to else each.name]
            found = self.connection.execute(select(table.c[KEY]).where(column == value)).scalar()
            if each.refers_to and found is None:
                expected = f"the {KEY} of a row of {each.refers_to}"
                raise InvalidRowError(f"/{each.name}", expected, "another value") from cause
            if (each.unique or each.name == KEY) and found not in (None, row_id):
                raise DuplicateKeyError(entity, each.name) from cause


class Store:
    """A database with the model's tables in it, filled with the seed rows when it was empty.

    Args:
        url: `sqlite://` (in memory, gone with the store), `sqlite:///FILE`, `postgresql+psycopg://…`.
        fresh_id: makes keys.

    Raises:
        InputError: the URL is of another kind, or the database can't be opened.
    """

    def __init__(self, url: str, *, fresh_id: Callable[[], str]) -> None:
        self._fresh_id = fresh_id
        self._guard: AbstractContextManager[object] = nullcontext()
        # What is shown of the URL must not hold its password.
        shown = f"{url.partition(':')[0]}:…"
        try:
            parsed = make_url(url)
            shown = parsed.render_as_string(hide_password=True)
            self._engine = self._engine_for(parsed)
            METADATA.create_all(self._engine)
            self._fill_if_empty()
        except (SQLAlchemyError, ImportError) as error:
            reason = str(error).partition("\n")[0]
            raise InputError("database", "a database that opens", shown, reason) from error

    @contextmanager
    def transaction(self, *, writes: bool = True, snapshot: bool = False) -> Iterator[Transaction]:
        """Open a transaction: committed at the end, undone by an exception.

        A `snapshot` sees nothing of what others commit meanwhile; in SQLite every transaction is
        one. In memory there is one connection, so others wait until this one has ended; never open
        a second one inside.

        Raises:
            BusyError: another transaction was in the way; nothing is left of this one.
        """
        options: dict[str, Any] = {_WRITES: writes}
        if snapshot and self._engine.dialect.name == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        try:
            with self._guard, self._engine.connect() as plain:
                connection = plain.execution_options(**options)
                with connection.begin():
                    yield Transaction(connection, self._fresh_id)
        except OperationalError as error:
            raise BusyError(str(error.orig).partition("\n")[0]) from error

    def close(self) -> None:
        """Close every connection; an in-memory database is gone.

        Its one connection may be in use by what is answered later, which is waited for: SQLite
        would crash.
        """
        with self._guard:
            self._engine.dispose()

    def _engine_for(self, url: URL) -> Engine:
        backend = url.get_backend_name()
        if backend == "postgresql":
            return create_engine(url)
        if backend != "sqlite":
            shown = url.render_as_string(hide_password=True)
            raise InputError("database", "a sqlite: or postgresql: URL", shown)
        connect_args = {"check_same_thread": False, "timeout": BUSY_TIMEOUT_S}
        if url.database in {None, "", ":memory:"}:
            self._guard = Lock()
            engine = create_engine(url, connect_args=connect_args, poolclass=StaticPool)
        else:
            engine = create_engine(url, connect_args=connect_args)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _fill_if_empty(self) -> None:
        with self.transaction() as work:
            if any(work.count(entity.name, ()) for entity in MODEL):
                return
            for entity, rows in SEED:
                for row in rows:
                    work.insert(entity, row)


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's
    # sqlite3's own transactions start late and leave savepoints out, so we begin by hand.
    connection.isolation_level = None
    for pragma in ("foreign_keys = ON", "journal_mode = WAL", "case_sensitive_like = ON"):
        connection.execute(f"PRAGMA {pragma}")
    # SQLite has them only where it was built so.
    for name, function in (("ceil", math.ceil), ("floor", math.floor)):
        connection.create_function(name, 1, _unless_null(function), deterministic=True)


def _unless_null(function: Callable[[float], int]) -> Callable[[float | None], int | None]:
    return lambda value: None if value is None else function(value)


def _begin_sqlite(connection: Connection) -> None:
    # A writer that starts as a reader can find, too late to wait, that another one was faster.
    writes = connection.get_execution_options().get(_WRITES, True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


#: One statement a table, so that it is compiled once.
_INSERTS: Final = {name: insert(table) for name, table in TABLES.items()}


def _as_kept(entity: str, row: Mapping[str, Value]) -> Row:
    """Return a row as a read of it would: every property, decimals with all their places."""
    return {
        each.name: _value_as_kept(row.get(each.name)) for each in entity_type(entity).properties
    }


def _value_as_kept(value: Value) -> Value:
    if isinstance(value, Decimal):
        return value.quantize(_STEP)
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def _where(entity: str, conditions: Sequence[Condition]) -> list[ColumnElement[bool]]:
    return [_clause(TABLES[entity].c[each.name], each) for each in conditions]


def _clause(column: ColumnElement[Any], condition: Condition) -> ColumnElement[bool]:
    value = condition.value
    match condition.operator:
        case Operator.EQUAL:
            return column.is_(None) if value is None else column == value
        case Operator.UNEQUAL:
            return column.is_distinct_from(value)
        case Operator.LESS:
            return column < value
        case Operator.AT_MOST:
            return column <= value
        case Operator.GREATER:
            return column > value
        case Operator.AT_LEAST:
            return column >= value
        case Operator.IN:
            assert isinstance(value, tuple)
            return column.in_(value)
        case Operator.CONTAINS:
            return column.contains(value, autoescape=True)
    assert_never(condition.operator)
