"""Faults with notifications: answered, not carried out, or fatal."""

from threading import Event
from typing import Final

from reference_server.faults.forms import (
    Object,
    entries_of,
    error,
    is_notification,
    on_body,
    on_message,
    parsed,
    result,
)
from reference_server.json_text import Json, write
from reference_server.jsonrpc.core import RpcHandler

# Longer than any suite waits; a server that stops sets nothing, so it is bounded.
_NEVER_S: Final = 30.0
_FAILING: Final = frozenset({"fail", "fail_app"})


def _silent(body: bytes, answer: RpcHandler) -> tuple[Object, bytes | None]:
    """Return a single notification, an empty object for anything else, and the core's answer."""
    value = parsed(body)
    mine = value if isinstance(value, dict) and is_notification(value) else {}
    return mine, answer(body)


def _as_call(notification: Object, answer: RpcHandler) -> Object:
    """Return the response that a notification would get with an id; it has the id null."""
    response = parsed(answer(write(notification | {"id": "x"})) or b"")
    assert isinstance(response, dict)
    return response | {"id": None}


@on_body(
    "notifications-are-acknowledged",
    breaks=["4.1-02", "5-12"],
    museum=["JR-33"],
)
def notifications_are_acknowledged(body: bytes, answer: RpcHandler) -> bytes | None:
    """A notification is answered with an object that has id null and nothing else."""
    mine, reply = _silent(body, answer)
    return b'{"jsonrpc":"2.0","id":null}' if mine else reply


@on_body(
    "notifications-get-an-empty-array",
    breaks=["4.1-02"],
    museum=["JR-04"],
)
def notifications_get_an_empty_array(body: bytes, answer: RpcHandler) -> bytes | None:
    """A message of notifications only, batch or not, is answered with an empty array."""
    reply = answer(body)
    return b"[]" if reply is None else reply


@on_body(
    "notifications-are-told-received",
    breaks=["4.1-05", "JSON-05"],
    museum=["JR-32"],
)
def notifications_are_told_received(body: bytes, answer: RpcHandler) -> bytes | None:
    """A notification is told received; if its method then fails, an error is written behind."""
    mine, reply = _silent(body, answer)
    if not mine:
        return reply
    text = b'{"response":"received","id":null}'
    failed = str(mine["method"]) in _FAILING
    return text + write(error(-32603, "Internal error")) if failed else text


@on_body("notifications-get-their-result", breaks=["4.1-01", "4.1-02"])
def notifications_get_their_result(body: bytes, answer: RpcHandler) -> bytes | None:
    """A notification of a known method is answered with its result and id null."""
    value = parsed(body)
    if not isinstance(value, dict) or not is_notification(value):
        return answer(body)
    response = _as_call(value, answer)
    return write(response) if "result" in response else None


@on_body("unknown-notifications-are-errors", breaks=["4.1-03", "7-06"])
def unknown_notifications_are_errors(body: bytes, answer: RpcHandler) -> bytes | None:
    """A notification of an unknown method is answered with Method not found."""
    return _error_of(body, answer, -32601)


@on_body("notifications-with-bad-params-are-errors", breaks=["4.1-04"])
def notifications_with_bad_params_are_errors(body: bytes, answer: RpcHandler) -> bytes | None:
    """A notification with params that do not fit is answered with Invalid params."""
    return _error_of(body, answer, -32602)


@on_body("failing-notifications-are-errors", breaks=["4.1-05"])
def failing_notifications_are_errors(body: bytes, answer: RpcHandler) -> bytes | None:
    """A notification whose method fails is answered with the failure."""
    value = parsed(body)
    is_failing = isinstance(value, dict) and str(value.get("method")) in _FAILING
    if not is_failing or not isinstance(value, dict) or "id" in value:
        return answer(body)
    return write(_as_call(value, answer))


def _error_of(body: bytes, answer: RpcHandler, code: int) -> bytes | None:
    value = parsed(body)
    if not isinstance(value, dict) or not is_notification(value):
        return answer(body)
    response = _as_call(value, answer)
    failure = response.get("error")
    return write(response) if isinstance(failure, dict) and failure["code"] == code else None


@on_body("batched-notifications-are-answered", breaks=["4.1-06", "6-05"])
def batched_notifications_are_answered(body: bytes, answer: RpcHandler) -> bytes | None:
    """In a batch with calls, each notification is answered with id null."""
    entries = entries_of(body)
    reply = answer(body)
    responses = parsed(reply or b"")
    if not isinstance(responses, list) or not body.lstrip().startswith(b"["):
        return reply
    if not any(isinstance(one, dict) and one.get("id") is not None for one in responses):
        return reply
    silent = [one for one in entries if is_notification(one)]
    return write([*responses, *(result(None, None) for _ in silent)])


@on_message("notifications-are-not-carried-out", breaks=["4.1-07", "6-24"])
def notifications_are_not_carried_out(message: Json) -> Json:
    """A notification is taken and forgotten."""
    if isinstance(message, dict) and is_notification(message):
        return message | {"method": "wirecheck.forgotten"}
    return message


@on_body("batched-notifications-are-not-carried-out", breaks=["6-24"])
def batched_notifications_are_not_carried_out(body: bytes, answer: RpcHandler) -> bytes | None:
    """A notification in a batch is taken and forgotten."""
    value = parsed(body)
    if not isinstance(value, list) or not value:
        return answer(body)
    kept = [one for one in value if not is_notification(one)]
    return answer(write(kept)) if kept else None


@on_body("invalid-messages-without-id-are-silent", breaks=["4.1-09", "7-09"])
def invalid_messages_without_id_are_silent(body: bytes, answer: RpcHandler) -> bytes | None:
    """An object without an id is never answered, valid or not."""
    reply = answer(body)
    value = parsed(body)
    is_silent = isinstance(value, dict) and "id" not in value and value.get("jsonrpc") is not None
    return None if is_silent else reply


@on_body("notifications-never-end", breaks=["HTTP-14"], museum=["JR-34"])
def notifications_never_end(body: bytes, answer: RpcHandler) -> bytes | None:
    """A notification gets no HTTP response at all: the connection stays open."""
    mine, reply = _silent(body, answer)
    if mine:
        Event().wait(_NEVER_S)
    return reply
