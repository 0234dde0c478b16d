"""What one JSON value is to JSON-RPC: a call, a notification, or no Request at all.

Knows section 4. Refuses to know methods, batches and bytes.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Final, TypeAlias, TypeGuard

from reference_server.json_text import Json


class Absent(Enum):
    """The type of `ABSENT`, so that "not there" can't be mixed up with null."""

    ABSENT = "absent"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Absent.ABSENT

Id: TypeAlias = str | int | float | Decimal | None
Params: TypeAlias = list[Json] | dict[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A valid Request; without an id it is a notification (JSONRPC-4.1-01)."""

    method: str
    params: Params | Absent = ABSENT
    id: Id | Absent = ABSENT  # null is a call (JSONRPC-4-30)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidRequest:
    """A JSON value that is no Request; `id` is null when none can be told (JSONRPC-5-17)."""

    id: Id
    pointer: str
    expected: str
    seen: str


def classify(value: Json) -> Call | InvalidRequest:
    """Judge one JSON value; the first violation decides, members that we don't know don't count.

    An invalid Request without an id is no notification: it has to be answered.

    Spec: JSONRPC-4-02 to JSONRPC-4-07, JSONRPC-4-20, JSONRPC-4-33 to JSONRPC-4-37, JSONRPC-4.1-09
    """
    if not isinstance(value, dict):
        return InvalidRequest(id=None, pointer="", expected="an Object", seen=kind_of(value))
    request_id = value.get("id", ABSENT)
    if not is_id(request_id):
        expected = "a String, a Number or Null"
        return InvalidRequest(id=None, pointer="/id", expected=expected, seen=kind_of(request_id))
    method, params = value.get("method", ABSENT), value.get("params", ABSENT)
    if value.get("jsonrpc") != "2.0":
        pointer, expected, seen = (
            "/jsonrpc",
            'the String "2.0"',
            kind_of(value.get("jsonrpc", ABSENT)),
        )
    elif not isinstance(method, str):
        pointer, expected, seen = "/method", "a String", kind_of(method)
    elif not isinstance(params, (list, dict, Absent)):
        pointer, expected, seen = "/params", "an Array or an Object", kind_of(params)
    else:
        return Call(method=method, params=params, id=request_id)
    usable = None if request_id is ABSENT else request_id
    return InvalidRequest(id=usable, pointer=pointer, expected=expected, seen=seen)


def is_id(value: Json | Absent) -> TypeGuard[Id | Absent]:
    """Tell whether a value may stand for an id; true and false are no numbers (JSONRPC-4-20)."""
    return isinstance(value, (str, int, float, Decimal, Absent, type(None))) and not isinstance(
        value, bool
    )


def kind_of(value: Json | Absent) -> str:
    """Name the JSON type of a value, short scalars with their value, for the `seen` of an error."""
    match value:
        case Absent.ABSENT:
            return "nothing"
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f'the String "{value}"' if len(value) <= _SHOWN_CHARS else "a String"
        case list():
            return "an Array"
        case dict():
            return "an Object"
        case _:
            return _number(value)


# Longer texts are named, not shown: an error stays one concise line (JSONRPC-5.1-04).
_SHOWN_CHARS: Final = 40


def _number(value: float | Decimal) -> str:
    if isinstance(value, int) and value.bit_length() > 4 * _SHOWN_CHARS:
        return "a Number"
    text = str(value)
    return text if len(text) <= _SHOWN_CHARS else "a Number"
