"""Ids of JSON-RPC requests and responses, compared as section 5 asks: by type and value."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from conformance.words.json_value import ABSENT, Absent, Json, is_number


def id_key(value: Json) -> tuple[str, object]:
    """Return what two ids have in common exactly when they are the same id.

    1 and "1" differ, 1 and 1.0 do not (JSON knows one number), true is no 1.
    """
    if is_number(value):
        # By its shortest form, which is what the text said: Decimal(1e23) is not 10**23.
        return ("number", Decimal(repr(value) if isinstance(value, float) else value))
    if value is None or isinstance(value, bool | str):
        return (type(value).__name__, value)
    return ("structure", repr(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class IdBalance:
    """Ids that were sent against ids that came back, each in order of appearance."""

    unanswered: list[Json]
    unknown: list[Json]
    doubled: list[Json]


def balance_ids(sent: Iterable[Json], received: Iterable[Json | Absent]) -> IdBalance:
    """Compare the ids of the calls sent with those of the responses received.

    A response id of null is no unknown id: errors of invalid entries carry it. An id that was
    sent twice may come back twice. A response without id answers nobody.
    """
    sent = list(sent)
    present = [value for value in received if value is not ABSENT]
    wanted = Counter(id_key(value) for value in sent)
    seen = Counter(id_key(value) for value in present)
    left = dict(seen)
    unanswered: list[Json] = []
    for value in sent:
        key = id_key(value)
        if left.get(key, 0):
            left[key] -= 1
        else:
            unanswered.append(value)
    unknown: list[Json] = []
    doubled: list[Json] = []
    named: set[tuple[str, object]] = set()
    for value in present:
        key = id_key(value)
        if key not in wanted:
            if value is not None:
                unknown.append(value)
        elif seen[key] > wanted[key] and key not in named and value is not None:
            doubled.append(value)
            named.add(key)
    return IdBalance(unanswered=unanswered, unknown=unknown, doubled=doubled)
