"""Call chaining: a param of a batch entry that stands for the result of an earlier one.

The grammar of a reference, which has to be the whole string:

    reference = "$" id ".result" *( "." segment )
    segment   = 1*<any character but "."> ; a member name, or an index without leading zeros

The id is the text of a String id or the digits of a Number id: 1 and "1" look the same here, so a
batch that has both can't refer to either. An id may hold dots and even ".result", so each place
where it could end is tried, and more than one hit is ambiguous as well. Null ids have no text. A
string that starts with "$$" stands for itself without the first "$"; any other string, member
names among them, stays as it is.

Knows design section 6. Refuses to know methods and bytes of the wire.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from enum import StrEnum
from itertools import repeat
from typing import Final

from reference_server.json_text import Json, depth_of, write
from reference_server.jsonrpc.errors import MESSAGES, Code, RpcError
from reference_server.jsonrpc.message import ABSENT, Absent, Id, Params

_MARK: Final = ".result"

# Each further ".result" in one string is one more place where the id could end; ids with more of
# them than this can't be referred to, and a string of a million costs no more than one of these.
MAX_MARKS: Final = 16

# A batch holds the call, which holds params: the brackets that are open around a first param.
_PARAMS_DEPTH: Final = 3

# Whole numbers longer than this have no short text, so they are not told from their notation.
_MAX_INTEGER_DIGITS: Final = 40

_EXACT: Final = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)


class Reason(StrEnum):
    """Why a reference can't be followed; the `reason` of the error's data."""

    AMBIGUOUS_ID = "ambiguous-id"
    FAILED_REQUEST = "failed-request"
    LATER_REQUEST = "later-request"
    MISSING_PATH = "missing-path"
    MISSING_REQUEST = "missing-request"
    TOO_DEEP = "too-deep"
    TOO_LARGE = "too-large"


class BadReferenceError(RpcError):
    """A reference leads nowhere; the call that holds it is not made."""

    def __init__(self, reference: str, reason: Reason) -> None:
        data: Json = {"reference": reference, "reason": reason.value}
        super().__init__(Code.INVALID_PARAMS, MESSAGES[Code.INVALID_PARAMS], data)


class Resolver:
    """The results of one batch, as far as it has come.

    `max_bytes` bounds what references may insert into one batch, counted as JSON text: ten lines
    that double each other would fill a terabyte. `max_depth` holds after insertion as before.
    """

    def __init__(self, ids: Iterable[Id | Absent], *, max_bytes: int, max_depth: int) -> None:
        self._ids = Counter(text for text in map(id_text, ids) if text is not None)
        self._results: dict[str, Json] = {}
        self._failed: set[str] = set()
        self._bytes_left = max_bytes
        self._max_depth = max_depth

    def succeeded(self, request_id: Id | Absent, result: Json) -> None:
        """Remember a result; a notification's has no name and is forgotten."""
        text = id_text(request_id)
        if text is not None:
            self._results[text] = result

    def failed(self, request_id: Id | Absent) -> None:
        """Remember that there will be no result."""
        text = id_text(request_id)
        if text is not None:
            self._failed.add(text)

    def resolve(self, params: Params) -> Params:
        """Return a copy of `params` with every reference followed, types kept.

        Raises:
            BadReferenceError: the first reference that leads nowhere, and why.
        """
        resolved = self._resolved(params, _PARAMS_DEPTH)
        assert isinstance(resolved, (list, dict))
        return resolved

    def _resolved(self, value: Json, depth: int) -> Json:
        # map() and not a comprehension: one Python frame a level, see settings.DEPTH_LIMIT.
        if isinstance(value, str):
            return self._text(value, depth) if value.startswith("$") else value
        if isinstance(value, list):
            return list(map(self._resolved, value, repeat(depth + 1)))
        if isinstance(value, dict):
            members = map(self._resolved, value.values(), repeat(depth + 1))
            return dict(zip(value, members, strict=True))
        return value

    def _text(self, text: str, depth: int) -> Json:
        if text.startswith("$$"):
            return text[1:]
        readings = list(_readings(text))
        if not readings:
            return text
        known = [reading for reading in readings if reading[0] in self._ids]
        if not known:
            raise BadReferenceError(text, Reason.MISSING_REQUEST)
        wanted, path = known[0]
        if len(known) > 1 or self._ids[wanted] > 1:
            raise BadReferenceError(text, Reason.AMBIGUOUS_ID)
        if wanted in self._failed:
            raise BadReferenceError(text, Reason.FAILED_REQUEST)
        if wanted not in self._results:
            raise BadReferenceError(text, Reason.LATER_REQUEST)
        value = _followed(self._results[wanted], path)
        if value is ABSENT:
            raise BadReferenceError(text, Reason.MISSING_PATH)
        return self._paid(text, value, depth - 1)

    def _paid(self, reference: str, value: Json, depth: int) -> Json:
        # Also what doesn't fit is paid for, so that failing costs a sender as much as success.
        if self._bytes_left >= 0:
            text = write(value)
            self._bytes_left -= len(text)
            if isinstance(value, (list, dict)) and depth + depth_of(text) > self._max_depth:
                raise BadReferenceError(reference, Reason.TOO_DEEP)
        if self._bytes_left < 0:
            raise BadReferenceError(reference, Reason.TOO_LARGE)
        return value


def id_text(request_id: Id | Absent) -> str | None:
    """Write an id as a reference does: equal numbers have one text; null and absent have none."""
    if isinstance(request_id, str):
        return request_id
    if request_id is None or request_id is ABSENT:
        return None
    number = Decimal(str(request_id)) if isinstance(request_id, float) else Decimal(request_id)
    if number == number.to_integral_value() and number.adjusted() < _MAX_INTEGER_DIGITS:
        return str(int(number))
    return str(_EXACT.normalize(number))


def _readings(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each id and path that a string can stand for; nothing if it is no reference."""
    mark = text.find(_MARK, 1)
    for _ in range(MAX_MARKS):
        if mark < 0:
            return
        rest = text[mark + len(_MARK) :]
        path = rest[1:].split(".") if rest else []
        if not rest or (rest.startswith(".") and "" not in path):
            yield text[1:mark], path
        mark = text.find(_MARK, mark + 1)


def _followed(value: Json, path: Iterable[str]) -> Json | Absent:
    for segment in path:
        if isinstance(value, dict) and segment in value:
            value = value[segment]
        elif isinstance(value, list) and _is_index(segment, len(value)):
            value = value[int(segment)]
        else:
            return ABSENT
    return value


def _is_index(segment: str, length: int) -> bool:
    """Tell whether ASCII digits without leading zeros name a place below `length`."""
    # int() also takes "+1", " 1", "1_0" and other alphabets' digits; and a list is never as long
    # as a number of more than 18 digits.
    if not (segment.isascii() and segment.isdigit()) or len(segment) > len(str(length)):
        return False
    return (segment == "0" or segment[0] != "0") and int(segment) < length
