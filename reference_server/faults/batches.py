"""Faults with batches."""

from typing import Final

from reference_server.faults.forms import (
    DROPPED,
    Object,
    entries_of,
    error,
    is_call,
    is_notification,
    on_body,
    on_message,
    parsed,
)
from reference_server.faults.http import on_crash
from reference_server.json_text import Json, write
from reference_server.jsonrpc.core import RpcHandler

_INVALID: Final = -32600


def _batch(body: bytes) -> list[Json] | None:
    """Return the entries when a body is a batch."""
    value = parsed(body)
    return value if isinstance(value, list) else None


def _responses(reply: bytes | None) -> list[Object] | None:
    value = parsed(reply or b"")
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else None


def _code(response: Object) -> Json:
    failure = response.get("error")
    return failure.get("code") if isinstance(failure, dict) else None


@on_body("empty-batches-are-silent", breaks=["6-11", "7-11"], museum=["JR-01"])
def empty_batches_are_silent(body: bytes, answer: RpcHandler) -> bytes | None:
    """An empty batch is treated like one of notifications: no answer."""
    return None if _batch(body) == [] else answer(body)


@on_body("empty-batches-get-an-array", breaks=["6-11", "7-11"])
def empty_batches_get_an_array(body: bytes, answer: RpcHandler) -> bytes | None:
    """An empty batch is answered with an array that holds the error."""
    reply = answer(body)
    return b"[" + reply + b"]" if _batch(body) == [] and reply else reply


@on_body(
    "left-over-answers-go-to-notifications",
    breaks=["6-05", "6-12", "6-13"],
    museum=["JR-03"],
)
def left_over_answers_go_to_notifications(body: bytes, answer: RpcHandler) -> bytes | None:
    """In a batch, notifications get spare answers that belong to nobody; alone they get []."""
    entries, reply = _batch(body), answer(body)
    if not entries:
        return reply
    responses = _responses(reply)
    if responses is None:
        return b"[]"
    spare = [responses[-1] for one in entries if is_notification(one)]
    return write([*responses, *spare])


@on_body(
    "arrays-are-glued-as-text",
    breaks=["6-02", "6-04", "4.1-06", "JSON-05"],
    museum=["JR-05"],
)
def arrays_are_glued_as_text(body: bytes, answer: RpcHandler) -> bytes | None:
    """A batch that ends with a notification gets an empty body; one that begins so, no bracket."""
    entries, reply = _batch(body), answer(body)
    if not entries or not reply or not reply.startswith(b"["):
        return reply
    if is_notification(entries[-1]):
        return None
    return reply[1:] if is_notification(entries[0]) else reply


@on_body(
    "batches-of-one-get-an-object",
    breaks=["6-19", "6-14", "7-12"],
    museum=["JR-06"],
)
def batches_of_one_get_an_object(body: bytes, answer: RpcHandler) -> bytes | None:
    """A batch that is answered by one response gets it without brackets."""
    reply = answer(body)
    responses = _responses(reply)
    return write(responses[0]) if responses and len(responses) == 1 else reply


@on_body(
    "batches-end-at-the-first-scalar",
    breaks=["6-16", "6-14"],
    museum=["JR-08"],
)
def batches_end_at_the_first_scalar(body: bytes, answer: RpcHandler) -> bytes | None:
    """Reading a batch stops without a word at the first entry that is no object."""
    entries = _batch(body)
    if not entries:
        return answer(body)
    whole = next((at for at, one in enumerate(entries) if not isinstance(one, dict)), len(entries))
    return answer(write(entries[:whole])) if whole else b"[]"


@on_body(
    "a-failing-call-spoils-the-batch",
    breaks=["6-20"],
    museum=["JR-10"],
)
def a_failing_call_spoils_the_batch(body: bytes, answer: RpcHandler) -> bytes | None:
    """When a method fails in a batch, the whole batch gets one error with id null."""
    reply = answer(body)
    responses = _responses(reply)
    failed = (-32603, 2001)
    codes = [_code(one) for one in responses or []]
    spoilt = any(isinstance(one, int) and (one in failed or one > -32000) for one in codes)
    return write(error(403, "Forbidden")) if responses and spoilt else reply


@on_crash("null-entries-crash", breaks=["6-22", "4-34"], museum=["JR-11"])
def null_entries_crash(body: bytes) -> bool:
    """A null as entry, or as message, crashes the handler."""
    return any(one is None for one in entries_of(body))


@on_body("nested-arrays-are-echoed", breaks=["6-21"], museum=["JR-12"])
def nested_arrays_are_echoed(body: bytes, answer: RpcHandler) -> bytes | None:
    """An array inside a batch is echoed as if it were the answer."""
    entries = _batch(body)
    return body if entries and isinstance(entries[0], list) else answer(body)


@on_body("nested-batches-are-run", breaks=["6-21"])
def nested_batches_are_run(body: bytes, answer: RpcHandler) -> bytes | None:
    """An array inside a batch is run as a batch of its own."""
    entries = _batch(body)
    if not entries or not all(isinstance(one, list) for one in entries):
        return answer(body)
    replies = [answer(write(one)) for one in entries]
    return b"[" + b",".join(one for one in replies if one) + b"]"


@on_body("equal-ids-are-refused-but-the-first", breaks=["6-25"], museum=["JR-15"])
def equal_ids_are_refused_but_the_first(body: bytes, answer: RpcHandler) -> bytes | None:
    """Of several calls with one id in a batch, all but the first are refused as duplicates."""
    entries, responses = _batch(body), _responses(reply := answer(body))
    if not entries or responses is None:
        return reply
    seen: list[Json] = []
    answers: list[Json] = []
    for response in responses:
        request_id = response.get("id")
        again = request_id in seen and request_id is not None
        answers.append(error(_INVALID, "Duplicate id", request_id) if again else response)
        seen.append(request_id)
    return write(answers)


@on_body(
    "the-last-response-is-lost",
    breaks=["6-02", "6-04", "6-08", "6-28"],
)
def the_last_response_is_lost(body: bytes, answer: RpcHandler) -> bytes | None:
    """The last response of a batch of several is lost."""
    reply = answer(body)
    responses = _responses(reply)
    return write(responses[:-1]) if responses and len(responses) > 1 else reply  # type: ignore[arg-type]  # objects


@on_body("slow-calls-are-not-waited-for", breaks=["6-03"])
def slow_calls_are_not_waited_for(body: bytes, answer: RpcHandler) -> bytes | None:
    """The answer to a batch comes before its slow calls are done, without theirs."""
    entries = _batch(body)
    if not entries:
        return answer(body)
    fast = [one for one in entries if not (isinstance(one, dict) and one.get("method") == "slow")]
    return answer(write(fast)) if fast else None


@on_body("the-first-response-is-doubled", breaks=["6-08", "5-03"])
def the_first_response_is_doubled(body: bytes, answer: RpcHandler) -> bytes | None:
    """In a batch of five and more, the first response comes twice."""
    reply = answer(body)
    responses = _responses(reply)
    if responses and len(responses) >= 5:
        return write([responses[0], *responses])
    return reply


@on_body("broken-batches-get-an-array", breaks=["6-10", "7-10"])
def broken_batches_get_an_array(body: bytes, answer: RpcHandler) -> bytes | None:
    """A batch that is no JSON is answered with an array."""
    reply = answer(body)
    broken = parsed(body) is DROPPED and body.lstrip().startswith(b"[")
    return b"[" + reply + b"]" if broken and reply else reply


@on_body("only-notifications-get-null", breaks=["6-13"])
def only_notifications_get_null(body: bytes, answer: RpcHandler) -> bytes | None:
    """A batch of only notifications is answered with the text null."""
    reply = answer(body)
    return b"null" if reply is None and _batch(body) else reply


@on_body(
    "one-bad-entry-spoils-the-batch",
    breaks=["6-14", "6-15", "6-16", "6-22", "6-23", "7-12", "7-13", "7-14", "6-21"],
)
def one_bad_entry_spoils_the_batch(body: bytes, answer: RpcHandler) -> bytes | None:
    """A batch with an invalid entry gets one single Invalid Request."""
    responses = _responses(reply := answer(body))
    if responses and any(_code(one) == _INVALID for one in responses):
        return write(error(_INVALID, "Invalid Request"))
    return reply


@on_body("invalid-entries-share-one-error", breaks=["6-15", "6-22", "7-13"])
def invalid_entries_share_one_error(body: bytes, answer: RpcHandler) -> bytes | None:
    """Several invalid entries of a batch get one error together."""
    responses = _responses(reply := answer(body))
    if not responses:
        return reply
    invalid = [one for one in responses if _code(one) == _INVALID]
    others: list[Json] = [one for one in responses if _code(one) != _INVALID]
    return write([*others, *invalid[:1]])


@on_body(
    "invalid-entries-are-passed-over",
    breaks=["6-14", "6-15", "6-17", "6-22", "6-23"],
)
def invalid_entries_are_passed_over(body: bytes, answer: RpcHandler) -> bytes | None:
    """Invalid entries of a batch get no answer."""
    responses = _responses(reply := answer(body))
    if not responses or not _batch(body):
        return reply
    kept: list[Json] = [one for one in responses if _code(one) != _INVALID]
    return write(kept) if kept else None


@on_body(
    "invalid-entries-get-an-index-as-id",
    breaks=["6-17", "5-17"],
)
def invalid_entries_get_an_index_as_id(body: bytes, answer: RpcHandler) -> bytes | None:
    """Invalid entries of a batch without an id get their place in the batch as id."""
    responses = _responses(reply := answer(body))
    if not responses:
        return reply
    for at, one in enumerate(responses):
        if _code(one) == _INVALID and one.get("id") is None:
            one["id"] = at
    return write(responses)  # type: ignore[arg-type]  # objects


@on_body(
    "entry-errors-lose-their-id",
    breaks=["6-18"],
)
def entry_errors_lose_their_id(body: bytes, answer: RpcHandler) -> bytes | None:
    """Errors in a batch have id null."""
    responses = _responses(reply := answer(body))
    if not responses:
        return reply
    return write([one | {"id": None} if "error" in one else one for one in responses])


@on_body("large-batches-are-cut", breaks=["6-28"])
def large_batches_are_cut(body: bytes, answer: RpcHandler) -> bytes | None:
    """A batch is answered up to its 50th entry."""
    entries = _batch(body)
    return answer(write(entries[:50])) if entries and len(entries) > 50 else answer(body)


@on_body("small-batches-are-cut", breaks=["6-28"])
def small_batches_are_cut(body: bytes, answer: RpcHandler) -> bytes | None:
    """A batch of two is answered up to its first entry."""
    entries = _batch(body)
    if entries and len(entries) == 2 and all(is_call(one) for one in entries):
        return answer(write(entries[:1]))
    return answer(body)


@on_body("batches-are-refused", breaks=["6-29"])
def batches_are_refused(body: bytes, answer: RpcHandler) -> bytes | None:
    """Each batch gets one single Invalid Request."""
    if _batch(body):
        return write(error(_INVALID, "Batch requests are not supported"))
    return answer(body)


@on_body("batches-are-silent", breaks=["6-29"])
def batches_are_silent(body: bytes, answer: RpcHandler) -> bytes | None:
    """Each batch gets an empty answer."""
    return None if _batch(body) else answer(body)


@on_message("versions-in-batches-are-not-checked", breaks=["6-16"])
def versions_in_batches_are_not_checked(message: Json) -> Json:
    """A message of another version with an id is dropped."""
    if isinstance(message, dict) and message.get("jsonrpc") == "1.9" and "id" in message:
        return {"jsonrpc": "2.0", "method": "wirecheck.dropped"}
    return message
