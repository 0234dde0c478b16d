"""The entity model as data: what is kept, whichever protocol asks for it.

Knows names, kinds and limits. Refuses to know SQL and JSON.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Final, TypeAlias

from reference_server.errors import UnknownEntityError

#: What a row holds: `datetime` is aware UTC, `Decimal` has at most `DECIMAL_SCALE` places.
Value: TypeAlias = str | int | bool | Decimal | datetime | bytes | None
Row: TypeAlias = dict[str, Value]

KEY: Final = "_id"

# 15 digits are what a double keeps exactly, and SQLite keeps a decimal as a double.
DECIMAL_PRECISION: Final = 15
DECIMAL_SCALE: Final = 4

# Edm.Int32, and what every database has.
INTEGER_MIN: Final = -(2**31)
INTEGER_MAX: Final = 2**31 - 1


class Kind(StrEnum):
    """The kinds of values."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    BINARY = "binary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One property.

    `default` counts when it is not required; `min_chars` and `max_chars` bound text, `max_bytes`
    what is binary; `refers_to` names the entity type whose key it holds.
    """

    name: str
    kind: Kind
    required: bool = False
    nullable: bool = False
    default: Value = None
    min_chars: int = 0
    max_chars: int = 0
    max_bytes: int = 0
    unique: bool = False
    refers_to: str | None = None


# Compared by identity, which makes one a key of a cache that costs nothing to look up.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EntityType:
    """One entity type; the first property is its key.

    `name` is that of its rows together, `singular` that of one of them.
    """

    name: str
    singular: str
    properties: tuple[Property, ...]

    def find(self, name: str) -> Property | None:
        """Return the property called `name`, None if there is none."""
        return _properties(self).get(name)


@cache
def _properties(entity: EntityType) -> dict[str, Property]:
    return {each.name: each for each in entity.properties}


_KEY: Final = Property(name=KEY, kind=Kind.TEXT, min_chars=1, max_chars=64)

MODEL: Final = (
    EntityType(
        name="categories",
        singular="category",
        properties=(
            _KEY,
            Property(name="name", kind=Kind.TEXT, required=True, max_chars=100),
            Property(name="description", kind=Kind.TEXT, max_chars=1000, nullable=True),
            Property(name="icon", kind=Kind.BINARY, max_bytes=65_536, nullable=True),
        ),
    ),
    EntityType(
        name="products",
        singular="product",
        properties=(
            _KEY,
            Property(name="name", kind=Kind.TEXT, required=True, max_chars=100),
            Property(
                name="sku",
                kind=Kind.TEXT,
                max_chars=64,
                nullable=True,
                unique=True,
            ),
            Property(name="price", kind=Kind.DECIMAL, nullable=True),
            Property(name="stock", kind=Kind.INTEGER, default=0),
            Property(name="active", kind=Kind.BOOLEAN, default=True),
            Property(
                name="category_id",
                kind=Kind.TEXT,
                max_chars=64,
                nullable=True,
                refers_to="categories",
            ),
        ),
    ),
    EntityType(
        name="orders",
        singular="order",
        properties=(
            _KEY,
            Property(name="customer", kind=Kind.TEXT, required=True, max_chars=100),
            Property(name="total", kind=Kind.DECIMAL, required=True),
            Property(name="placed_at", kind=Kind.TIMESTAMP, nullable=True),
            Property(
                name="product_id",
                kind=Kind.TEXT,
                max_chars=64,
                nullable=True,
                refers_to="products",
            ),
        ),
    ),
)

#: The names, in the order of the alphabet.
ENTITY_NAMES: Final = tuple(sorted(entity.name for entity in MODEL))

_BY_NAME: Final = {entity.name: entity for entity in MODEL}


def entity_type(name: str) -> EntityType:
    """Find an entity type.

    Raises:
        UnknownEntityError: there is none.
    """
    try:
        return _BY_NAME[name]
    except KeyError:
        raise UnknownEntityError(name, ENTITY_NAMES) from None
