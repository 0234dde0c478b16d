"""JSON values, and the value that says "not there"."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Final, TypeAlias, TypeGuard

# Decimal stands for a number that no float holds exactly (1e400, 0.1 with 40 digits).
Json: TypeAlias = (
    bool | int | float | Decimal | str | Sequence["Json"] | Mapping[str, "Json"] | None
)


class Absent(Enum):
    """The type of `ABSENT`: no such member, as opposed to a member that is null."""

    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Absent.ABSENT


def is_object(value: Json | Absent) -> TypeGuard[Mapping[str, Json]]:
    """Tell whether a value is a JSON object."""
    # Nearly all are dicts, and asking an abstract class is slow.
    return isinstance(value, dict) or isinstance(value, Mapping)  # noqa: SIM101 - so it is fast


def is_array(value: Json | Absent) -> TypeGuard[Sequence[Json]]:
    """Tell whether a value is a JSON array."""
    return isinstance(value, list | tuple)


def is_number(value: Json | Absent) -> TypeGuard[int | float | Decimal]:
    """Tell whether a value is a JSON number; true and false are none."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def kind_of(value: Json | Absent) -> str:
    """Return the JSON name of a value's type, or `absent`."""
    if value is ABSENT:
        return "absent"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if is_number(value):
        return "number"
    return "object" if is_object(value) else "array"
