"""The tables of the model, for SQLAlchemy.

Knows how each kind of value is kept in SQLite and in PostgreSQL. Refuses to know transactions.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

from reference_server.model import (
    DECIMAL_PRECISION,
    DECIMAL_SCALE,
    KEY,
    MODEL,
    Kind,
    Property,
)

_STEP: Final = Decimal(1).scaleb(-DECIMAL_SCALE)


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal of bounded digits: NUMERIC, or on SQLite a double that has all of them."""

    impl = Numeric
    cache_ok = True

    @property
    def python_type(self) -> type[Decimal]:
        """What a value is here."""
        return Decimal

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the column's type."""
        if dialect.name == "sqlite":  # pragma: no branch
            return dialect.type_descriptor(Float(asdecimal=False))
        # pragma below: covered where WIRECHECK_POSTGRES_URL names a database
        return dialect.type_descriptor(  # pragma: no cover
            Numeric(DECIMAL_PRECISION, DECIMAL_SCALE)
        )

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> float | Decimal | None:
        """Hand a value to the driver."""
        return float(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ANN401 - what the driver gives
        """Take a value from the driver."""
        del dialect
        return None if value is None else Decimal(str(value)).quantize(_STEP)


class UtcTimestamp(TypeDecorator[datetime]):
    """An instant; SQLite keeps no zone, so it keeps UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What a value is here."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Hand a value to the driver."""
        if value is not None and dialect.name == "sqlite":
            return value.astimezone(UTC).replace(tzinfo=None)
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Take a value from the driver."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


METADATA: Final = MetaData()


def _column(each: Property) -> Column[Any]:
    types: dict[Kind, TypeEngine[Any]] = {
        Kind.TEXT: String(each.max_chars),
        Kind.INTEGER: Integer(),
        Kind.DECIMAL: ExactDecimal(),
        Kind.BOOLEAN: Boolean(),
        Kind.TIMESTAMP: UtcTimestamp(),
        Kind.BINARY: LargeBinary(),
    }
    links = [] if each.refers_to is None else [ForeignKey(f"{each.refers_to}.{KEY}")]
    return Column(
        each.name,
        types[each.kind],
        *links,
        primary_key=each.name == KEY,
        nullable=each.nullable,
        unique=each.unique or None,
    )


#: One table an entity type, under its name.
TABLES: Final = {
    entity.name: Table(entity.name, METADATA, *(_column(each) for each in entity.properties))
    for entity in MODEL
}
