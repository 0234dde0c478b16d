"""What a reader asks of an entity set: which rows, which columns, in which order.

Knows conditions on one property each, joined by "and". Refuses to know the language of a peer and
the SQL that it becomes.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reference_server.model import Value

# A reader that wants more pages through with `skip`; it bounds what one answer can hold.
MAX_ROWS: Final = 1000


class Operator(StrEnum):
    """How a property is compared, as JSON-RPC callers write it."""

    EQUAL = "="
    UNEQUAL = "!="
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="
    IN = "in"
    CONTAINS = "contains"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One comparison; a tuple of values goes with `IN` only."""

    name: str
    operator: Operator
    value: Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One key of an ordering."""

    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A read; no `fields` means all, and where `order` leaves it open rows come by their key."""

    conditions: tuple[Condition, ...] = ()
    fields: tuple[str, ...] = ()
    order: tuple[Order, ...] = ()
    top: int = MAX_ROWS
    skip: int = 0
