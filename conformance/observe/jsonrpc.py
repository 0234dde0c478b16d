"""What came back over JSON-RPC 2.0, set against what was sent; both are JSON texts here.

Knows the shape of requests and responses (sections 4 to 6) well enough to sort them, and judges
nothing: a response without `jsonrpc` is still a response here, and an expectation says what is
wrong with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conformance.observe.json_text import (
    FAST_MAX_DEPTH,
    JsonText,
    nesting_depth,
    observe_json,
)
from conformance.observe.rpc_ids import balance_ids
from conformance.words.json_value import ABSENT, Absent, Json, is_array, is_number, is_object

# Of our own texts, larger or deeper ones are not read back: their ids are not balanced.
MAX_SENT_BYTES: Final = 512 * 1024


class Entry(StrEnum):
    """What one JSON value is as a message to a server (sections 4 and 4.1)."""

    CALL = "call"
    NOTIFICATION = "notification"
    INVALID = "invalid"


class Shape(StrEnum):
    """What a body is as a whole."""

    NOTHING = "nothing"
    UNREAD = "unread"  # of what was sent only: too large or too deep to be worth it
    NOT_JSON = "not-json"
    SCALAR = "scalar"
    SINGLE = "single"
    BATCH = "batch"


class Kind(StrEnum):
    """What one JSON value is as a response (section 5)."""

    RESULT = "result"
    ERROR = "error"
    BOTH = "both"
    NEITHER = "neither"
    FOREIGN = "foreign"  # no member of a response at all: something else that speaks JSON
    NOT_AN_OBJECT = "not-an-object"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a body of ours was: its shape, its entries sorted, and the ids of its calls.

    `versionless` counts entries that look like calls of 1.0, which may be answered as such.
    """

    shape: Shape
    calls: int = 0
    notifications: int = 0
    invalid: int = 0
    versionless: int = 0
    ids: tuple[Json, ...] = ()


def sort_entry(value: Json) -> Entry:
    """Tell what one JSON value is as a message to a server."""
    if not is_object(value) or value.get("jsonrpc") != "2.0":
        return Entry.INVALID
    if not isinstance(value.get("method"), str):
        return Entry.INVALID
    params = value.get("params", ABSENT)
    if params is not ABSENT and not is_array(params) and not is_object(params):
        return Entry.INVALID
    request_id = value.get("id", ABSENT)
    if request_id is ABSENT:
        return Entry.NOTIFICATION
    legal = request_id is None or isinstance(request_id, str) or is_number(request_id)
    return Entry.CALL if legal else Entry.INVALID


def sort_response(value: Json) -> Kind:
    """Tell what one JSON value is as a response; a null member counts as present."""
    if not is_object(value):
        return Kind.NOT_AN_OBJECT
    match ("result" in value, "error" in value):
        case (True, True):
            return Kind.BOTH
        case (True, False):
            return Kind.RESULT
        case (False, True):
            return Kind.ERROR
        case _:
            return Kind.NEITHER if "jsonrpc" in value or "id" in value else Kind.FOREIGN


def shape_of(text: JsonText) -> Shape:
    """Tell what a body is as a whole."""
    if not text.is_valid:
        is_empty = all(defect.code == "empty" for defect in text.defects)
        return Shape.NOTHING if is_empty else Shape.NOT_JSON
    if is_array(text.value):
        return Shape.BATCH
    return Shape.SINGLE if is_object(text.value) else Shape.SCALAR


def read_sent(body: bytes) -> Sent:
    """Sort what a body of ours holds, broken ones included."""
    if len(body) > MAX_SENT_BYTES or nesting_depth(body) > FAST_MAX_DEPTH:
        return Sent(shape=Shape.UNREAD)
    text = observe_json(body)
    shape = shape_of(text)
    if text.value is ABSENT:
        return Sent(shape=shape)
    entries: Sequence[Json] = text.value if is_array(text.value) else [text.value]
    sorts = [sort_entry(entry) for entry in entries]
    ids = [
        entry["id"]
        for entry, sort in zip(entries, sorts, strict=True)
        if sort is Entry.CALL and is_object(entry)
    ]
    return Sent(
        shape=shape,
        calls=sorts.count(Entry.CALL),
        notifications=sorts.count(Entry.NOTIFICATION),
        invalid=sorts.count(Entry.INVALID),
        versionless=sum(
            is_object(entry) and "method" in entry and "jsonrpc" not in entry for entry in entries
        ),
        ids=tuple(ids),
    )


def observe_jsonrpc(sent: Sent, received: JsonText) -> dict[str, Json]:
    """Set a received body against what was sent.

    Returns:
        The `/jsonrpc` part of an observation: `sent`, `shape`, `response` (the value, when the
        body is one object), `responses` (each value, for an object or an array), `kinds` in the
        same order, `results` and `errors` (where both members are there, the one that is null does
        not count), and the ids that do not balance, each a list of values.

    Spec: JSONRPC-5, JSONRPC-6
    """
    shape = shape_of(received)
    responses: Sequence[Json] = ()
    if is_array(received.value):
        responses = received.value
    elif is_object(received.value):
        responses = [received.value]
    kinds = [sort_response(response) for response in responses]
    ids = [_id_of(response) for response in responses]
    balance = balance_ids(sent.ids, ids)
    observation: dict[str, Json] = {
        "sent": {
            "shape": sent.shape.value,
            "calls": sent.calls,
            "notifications": sent.notifications,
            "invalid": sent.invalid,
            "versionless": sent.versionless,
            "ids": list(sent.ids),
        },
        "shape": shape.value,
        "responses": list(responses),
        "count": len(responses),
        "kinds": [kind.value for kind in kinds],
        "results": [one for one in responses if _means(one) is Kind.RESULT],
        "errors": [one for one in responses if _means(one) is Kind.ERROR],
        "unanswered_ids": balance.unanswered,
        "unknown_ids": balance.unknown,
        "doubled_ids": balance.doubled,
        "without_id": ids.count(ABSENT),
    }
    if shape is Shape.SINGLE:
        observation["response"] = received.value  # type: ignore[assignment]  # an object, by shape
    return observation


def _means(response: Json) -> Kind:
    """Return the kind that a response is meant to be: of both members, null is the slip."""
    kind = sort_response(response)
    if kind is not Kind.BOTH or not is_object(response):
        return kind
    return Kind.RESULT if response["error"] is None else Kind.ERROR


def _id_of(response: Json) -> Json | Absent:
    return response.get("id", ABSENT) if is_object(response) else ABSENT
