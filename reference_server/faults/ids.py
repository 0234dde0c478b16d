"""Faults with ids: of calls, of results, of errors."""

import re
import uuid
from decimal import Decimal
from itertools import count
from threading import Lock
from typing import Final

from reference_server.faults.forms import (
    DROPPED,
    Dropped,
    Object,
    entries_of,
    error,
    is_call,
    on_body,
    on_message,
    on_response,
    parsed,
    same,
)
from reference_server.json_text import Json, write
from reference_server.jsonrpc.core import RpcHandler

_BITS_31: Final = 2**31
_BITS_32: Final = 2**32
_BITS_53: Final = 2**53


def _is_integer(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@on_response("string-ids-in-lower-case", breaks=["4-21"])
def string_ids_in_lower_case(response: Object, _call: Object) -> Json:
    """Letters of a string id come back in lower case, white space around it is lost."""
    request_id = response.get("id")
    if isinstance(request_id, str):
        response["id"] = request_id.strip().lower().replace("é", "e").replace("\\", "/")
    return response


@on_response("long-ids-are-cut", breaks=["4-21"])
def long_ids_are_cut(response: Object, _call: Object) -> Json:
    """A string id comes back with its first 36 characters only: what a UUID needs."""
    request_id = response.get("id")
    if isinstance(request_id, str):
        response["id"] = request_id[:36]
    return response


@on_response("ids-pass-through-32-bits", breaks=["4-22", "4-26"], museum=["JR-19"])
def ids_pass_through_32_bits(response: Object, _call: Object) -> Json:
    """An integer id passes through a signed 32-bit integer."""
    request_id = response.get("id")
    if _is_integer(request_id):
        assert isinstance(request_id, int)
        response["id"] = (request_id + _BITS_31) % _BITS_32 - _BITS_31
    return response


@on_response(
    "ids-beyond-32-bits-are-strings",
    breaks=["4-22", "4-23"],
    museum=["JR-21"],
)
def ids_beyond_32_bits_are_strings(response: Object, _call: Object) -> Json:
    """An integer id of 2^32 and more comes back as a string of digits."""
    request_id = response.get("id")
    if _is_integer(request_id) and isinstance(request_id, int) and abs(request_id) >= _BITS_32:
        response["id"] = str(request_id)
    return response


@on_response(
    "number-ids-become-strings",
    breaks=["4-22", "4-23"],
    museum=["JR-23"],
)
def number_ids_become_strings(response: Object, _call: Object) -> Json:
    """A number as id always comes back as a string."""
    if isinstance(response.get("id"), int | float | Decimal):
        response["id"] = write(response["id"]).decode()
    return response


@on_response(
    "digit-ids-become-numbers",
    breaks=["4-21", "4-23"],
    museum=["JR-24"],
)
def digit_ids_become_numbers(response: Object, _call: Object) -> Json:
    """A string id of digits comes back as a number."""
    request_id = response.get("id")
    if isinstance(request_id, str) and request_id.isascii() and request_id.isdigit():
        response["id"] = int(request_id)
    return response


@on_response("zero-id-is-null", breaks=["4-24"])
def zero_id_is_null(response: Object, _call: Object) -> Json:
    """Id 0 is taken for a missing id, and comes back as null."""
    if same(response.get("id"), 0):
        response["id"] = None
    return response


@on_response("empty-id-is-null", breaks=["4-25"])
def empty_id_is_null(response: Object, _call: Object) -> Json:
    """The empty string as id is taken for a missing id, and comes back as null."""
    if response.get("id") == "":
        response["id"] = None
    return response


@on_response("large-ids-lose-digits", breaks=["4-26", "4-27"])
def large_ids_lose_digits(response: Object, _call: Object) -> Json:
    """Integer ids of more than fifteen digits are rounded to fifteen."""
    request_id = response.get("id")
    if _is_integer(request_id) and isinstance(request_id, int) and abs(request_id) >= 10**15:
        response["id"] = int(Decimal(request_id).scaleb(-4).to_integral_value()) * 10_000
    return response


@on_response("huge-ids-are-rounded", breaks=["4-27"])
def huge_ids_are_rounded(response: Object, _call: Object) -> Json:
    """Integer ids beyond 2^53 are rounded to a double and moved up by one step."""
    request_id = response.get("id")
    if _is_integer(request_id) and isinstance(request_id, int) and abs(request_id) > _BITS_53:
        response["id"] = int(float(request_id) * (1 + 2**-50))
    return response


@on_response("fractional-ids-are-cut", breaks=["4-28"])
def fractional_ids_are_cut(response: Object, _call: Object) -> Json:
    """A fractional id comes back without its fraction."""
    request_id = response.get("id")
    if isinstance(request_id, float | Decimal) and request_id != int(request_id):
        response["id"] = int(request_id)
    return response


@on_response("fractional-ids-are-refused", breaks=["4-28", "4-29"])
def fractional_ids_are_refused(response: Object, _call: Object) -> Json:
    """A number with a point or an exponent as id is refused."""
    if isinstance(response.get("id"), float | Decimal):
        return error(-32600, "Invalid Request")
    return response


@on_response("number-ids-keep-their-notation", breaks=["4-29"])
def number_ids_keep_their_notation(response: Object, _call: Object) -> Json:
    """An id like 1e2 or 100.0 comes back as the text in which it was written."""
    request_id = response.get("id")
    if isinstance(request_id, float | Decimal) and request_id == int(request_id):
        response["id"] = str(request_id)
    return response


@on_body("null-id-is-a-notification", breaks=["4-30", "6-27"])
def null_id_is_a_notification(body: bytes, answer: RpcHandler) -> bytes | None:
    """A call with id null is carried out and not answered, as in 1.0."""
    value = parsed(body)
    entries = entries_of(body)
    silent = [_without_null_id(one) for one in entries]
    if silent == entries:
        return answer(body)
    return answer(write(silent if isinstance(value, list) else silent[0]))


def _without_null_id(entry: Json) -> Json:
    if isinstance(entry, dict) and is_call(entry) and entry["id"] is None:
        return {name: member for name, member in entry.items() if name != "id"}
    return entry


@on_response("null-id-is-left-out", breaks=["5-13", "4-30"], museum=["JR-18"])
def null_id_is_left_out(response: Object, call: Object) -> Json:
    """The answer to a call with id null has no id member, since null members are skipped."""
    if "id" in call and call["id"] is None and is_call(call):
        response.pop("id")
    return response


@on_message("any-id-is-taken", breaks=["4-20"])
def any_id_is_taken(message: Json) -> Json:
    """An id that is true, false, an array or an object is taken, and comes back as text."""
    if isinstance(message, dict) and isinstance(message.get("id"), bool | list | dict):
        return message | {"id": write(message["id"]).decode()}
    return message


class _Once:
    """Remembers the last id of each server."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.last: Json | Dropped = DROPPED


_LAST: Final = _Once()


@on_body("same-id-again-is-refused", breaks=["4-31"])
def same_id_again_is_refused(body: bytes, answer: RpcHandler) -> bytes | None:
    """A string id that the call before had as well is refused."""
    value = parsed(body)
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        _LAST.last = DROPPED
        return answer(body)
    with _LAST.lock:
        again, _LAST.last = _LAST.last == value["id"], value["id"]
    if again and is_call(value):
        return write(error(-32600, "Invalid Request", value["id"]))
    return answer(body)


@on_response(
    "results-have-an-id-of-their-own",
    breaks=["5-14"],
    museum=["JR-25"],
)
def results_have_an_id_of_their_own(response: Object, _call: Object) -> Json:
    """A result carries a fresh UUID instead of the id of its call."""
    if "result" in response and response.get("id") is not None:
        response["id"] = str(uuid.uuid4())
    return response


_CACHED: Final = frozenset({"subtract", "get_data", "sum"})
_CACHE: Final[dict[bytes, Object]] = {}


@on_response(
    "cached-results-keep-their-envelope",
    breaks=["5-14", "6-08"],
    museum=["JR-26", "JR-14"],
)
def cached_results_keep_their_envelope(response: Object, call: Object) -> Json:
    """A cache keyed by method and params keeps whole responses, id included."""
    if "result" not in response or call.get("method") not in _CACHED:
        return response
    key = write([call.get("method"), call.get("params")])
    return _CACHE.setdefault(key, response)


@on_response(
    "errors-have-id-null",
    breaks=["5-15", "6-18"],
)
def errors_have_id_null(response: Object, call: Object) -> Json:
    """Each error has id null, though the call's id was known."""
    if "error" in response and is_call(call):
        response["id"] = None
    return response


@on_response(
    "invalid-params-have-id-null",
    breaks=["5-15"],
    museum=["JR-27"],
)
def invalid_params_have_id_null(response: Object, _call: Object) -> Json:
    """Invalid params are told with id null, though the call's id was known."""
    failure = response.get("error")
    if isinstance(failure, dict) and failure.get("code") == -32602:
        response["id"] = None
    return response


@on_body("parse-errors-guess-the-id", breaks=["5-16"])
def parse_errors_guess_the_id(body: bytes, answer: RpcHandler) -> bytes | None:
    """A Parse error carries the id that can be seen in the broken text."""
    found = re.search(rb'"id"\s*:\s*([0-9]+|"[a-z]*")', body)
    if parsed(body) is DROPPED and found:
        guess = parsed(found.group(1))
        assert guess is not DROPPED
        return write(error(-32700, "Parse error", guess))
    return answer(body)


@on_response(
    "ids-of-refused-messages-are-left-out",
    breaks=["5-13", "5-16", "5-17"],
    museum=["JR-46"],
)
def ids_of_refused_messages_are_left_out(response: Object, _call: Object) -> Json:
    """Parse errors and Invalid Requests without a usable id have no id member."""
    failure = response.get("error")
    if isinstance(failure, dict) and failure.get("code") in (-32700, -32600):
        if response.get("id") is None:
            response.pop("id")
    return response


@on_response(
    "invalid-requests-have-the-id-null-as-text",
    breaks=["5-17", "4-34"],
    museum=["JR-12"],
)
def invalid_requests_have_the_id_null_as_text(response: Object, _call: Object) -> Json:
    """An Invalid Request has the string "null" as id."""
    failure = response.get("error")
    if isinstance(failure, dict) and failure.get("code") == -32600 and response.get("id") is None:
        response["id"] = "null"
    return response


_INVENTED: Final = count(1_000_001)


@on_response("invalid-requests-get-an-invented-id", breaks=["5-18"])
def invalid_requests_get_an_invented_id(response: Object, call: Object) -> Json:
    """An Invalid Request with a usable id is answered with a running number."""
    failure = response.get("error")
    if isinstance(failure, dict) and failure.get("code") == -32600 and "id" in call:
        response["id"] = next(_INVENTED)
    return response


@on_body("batch-ids-are-compared-as-text", breaks=["6-26"])
def batch_ids_are_compared_as_text(body: bytes, answer: RpcHandler) -> bytes | None:
    """In a batch, the second of the ids 1 and "1" is answered with the first."""
    entries = entries_of(body)
    reply = answer(body)
    value = parsed(reply or b"")
    if not isinstance(value, list):
        return reply
    ids = [one.get("id") for one in entries if isinstance(one, dict)]
    for response in value:
        for request_id in ids:
            mine = response.get("id") if isinstance(response, dict) else None
            if isinstance(response, dict) and str(request_id) == str(mine) and mine is not None:
                response["id"] = request_id
                break
    return write(value)


@on_response("errors-have-no-id", breaks=["5-13", "5-15", "5-16", "5-17"])
def errors_have_no_id(response: Object, _call: Object) -> Json:
    """No error has an id member."""
    if "error" in response:
        response.pop("id", None)
    return response


@on_body("one-result-to-everything", breaks=["5-14"])
def one_result_to_everything(_body: bytes, _answer: RpcHandler) -> bytes:
    """Everything gets the same result with the same id."""
    return write({"jsonrpc": "2.0", "result": "ok", "id": 1})


@on_body("one-error-to-everything", breaks=["5-15"])
def one_error_to_everything(_body: bytes, _answer: RpcHandler) -> bytes:
    """Everything gets the same error with the same id."""
    return write(error(-32601, "Method not found", 1))
