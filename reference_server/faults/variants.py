"""Legal choices that other servers make: they break nothing, and nothing may turn red by them.

The other half of the proof: a fault shows that a check can fail, a variant that it does not blame
who chose otherwise. Each is started like a fault (`--fault NAME`), and names no requirement.
"""

import json
from typing import Final

from reference_server.faults.forms import (
    Object,
    entries_of,
    error,
    is_call,
    on_body,
    on_message,
    on_response,
    parsed,
)
from reference_server.faults.http import Answer, Asked, on_answer, on_request
from reference_server.json_text import Json, write
from reference_server.jsonrpc.core import RpcHandler

_INVALID: Final = -32600
# What the draft of 2008 maps error codes to; all others are 500.
_STATUSES: Final = {-32600: 400, -32601: 404}
_BATCH_LIMIT: Final = 150


@on_body("legal-responses-in-reverse-order", breaks=[])
def responses_in_reverse_order(body: bytes, answer: RpcHandler) -> bytes | None:
    """The responses of a batch come last to first."""
    reply = answer(body)
    responses = parsed(reply or b"")
    return write(responses[::-1]) if isinstance(responses, list) else reply


@on_body("legal-batches-run-backwards", breaks=[])
def batches_run_backwards(body: bytes, answer: RpcHandler) -> bytes | None:
    """The entries of a batch are run last to first."""
    entries = parsed(body)
    return answer(write(entries[::-1])) if isinstance(entries, list) else answer(body)


@on_body("legal-byte-order-marks-are-ignored", breaks=[])
def byte_order_marks_are_ignored(body: bytes, answer: RpcHandler) -> bytes | None:
    """A byte order mark in front of a message is ignored."""
    return answer(body.removeprefix(b"\xef\xbb\xbf"))


@on_body("legal-calls-of-1-0-are-served", breaks=[])
def calls_of_1_0_are_served(body: bytes, answer: RpcHandler) -> bytes | None:
    """A call without a jsonrpc member is served, and answered, as one of 1.0."""
    call = parsed(body)
    if not isinstance(call, dict) or "jsonrpc" in call or "JSONRPC" in call:
        return answer(body)
    as_new = {"jsonrpc": "2.0", **call}
    response = parsed(answer(write(as_new)) or b"") if is_call(as_new) else None
    if not isinstance(response, dict):
        return answer(body)
    old: Object = {
        "result": response.get("result"),
        "error": response.get("error"),
        "id": response["id"],
    }
    return write(old)


@on_response("legal-errors-have-no-data", breaks=[])
def errors_have_no_data(response: Object, _call: Object) -> Json:
    """Errors have code and message only; those of references keep what the extension asks for."""
    failure = response.get("error")
    if isinstance(failure, dict):
        data = failure.get("data")
        if not (isinstance(data, dict) and "reference" in data):
            failure.pop("data", None)
    return response


@on_response("legal-invalid-requests-have-id-null", breaks=[])
def invalid_requests_have_id_null(response: Object, _call: Object) -> Json:
    """Invalid Requests have id null even where the id could be read."""
    failure = response.get("error")
    if isinstance(failure, dict) and failure.get("code") == _INVALID:
        response["id"] = None
    return response


@on_answer("legal-errors-have-the-drafts-status", breaks=[])
def errors_have_the_drafts_status(_asked: Asked, answer: Answer) -> None:
    """Errors of single calls have the HTTP status that the draft of 2008 maps them to."""
    response = parsed(answer.body or b" ")
    if answer.status == 200 and isinstance(response, dict):
        failure = response.get("error")
        if isinstance(failure, dict):
            code = failure.get("code")
            answer.status = _STATUSES.get(code, 500) if isinstance(code, int) else 500


@on_answer("legal-nothing-is-202", breaks=[])
def nothing_is_202(asked: Asked, answer: Answer) -> None:
    """Where there is nothing to return, the status is 202."""
    if asked.method == "POST" and answer.status == 204:
        answer.status = 202
        answer.set(b"content-length", b"0")


@on_answer("legal-nothing-is-an-empty-200", breaks=[])
def nothing_is_an_empty_200(asked: Asked, answer: Answer) -> None:
    """Where there is nothing to return, the status is 200 and the type still JSON."""
    if asked.method == "POST" and answer.status == 204:
        answer.status = 200
        answer.set(b"content-length", b"0")
        answer.set(b"content-type", b"application/json")


@on_answer("legal-answers-are-pretty", breaks=[])
def answers_are_pretty(_asked: Asked, answer: Answer) -> None:
    """Answers are indented, in ASCII, their members in another order, with a line end behind."""
    value = parsed(answer.body or b" ")
    if answer.status == 200 and isinstance(value, dict | list):
        _reencode(answer, value)


def _reencode(answer: Answer, value: Json) -> None:
    try:
        text = json.dumps(value, indent=2, sort_keys=True) + "\n"
    except TypeError:
        return  # a number that only our own writer can write
    answer.body = text.encode()
    answer.set(b"content-length", b"%d" % len(answer.body))


@on_answer("legal-connections-close", breaks=[])
def connections_close(_asked: Asked, answer: Answer) -> None:
    """Each response ends its connection, and says so."""
    answer.set(b"connection", b"close")


@on_answer("legal-answers-have-a-charset", breaks=[])
def answers_have_a_charset(_asked: Asked, answer: Answer) -> None:
    """Answers have the media type application/json; charset=utf-8."""
    if answer.status == 200:
        answer.set(b"content-type", b"application/json; charset=utf-8")


@on_answer("legal-answers-are-application-json-rpc", breaks=[])
def answers_are_application_json_rpc(_asked: Asked, answer: Answer) -> None:
    """Answers have the media type of the draft."""
    if answer.status == 200:
        answer.set(b"content-type", b"application/json-rpc")


@on_body("legal-large-batches-are-refused", breaks=[])
def large_batches_are_refused(body: bytes, answer: RpcHandler) -> bytes | None:
    """A batch of more than 150 entries gets one error."""
    if body.lstrip().startswith(b"[") and len(entries_of(body)) > _BATCH_LIMIT:
        return write(error(-32000, "Batch too large"))
    return answer(body)


@on_body("legal-equal-ids-are-refused", breaks=[])
def equal_ids_are_refused(body: bytes, answer: RpcHandler) -> bytes | None:
    """A batch with one id twice is refused as a whole."""
    ids = [one["id"] for one in entries_of(body) if isinstance(one, dict) and is_call(one)]
    texts = [write(one) for one in ids]
    if len(set(texts)) < len(texts):
        return write(error(_INVALID, "Duplicate id"))
    return answer(body)


@on_request("legal-missing-media-types-are-refused", breaks=[])
def missing_media_types_are_refused(asked: Asked) -> Answer | None:
    """A request without Content-Type gets 415."""
    is_missing = asked.method == "POST" and b"content-type" not in asked.headers
    return Answer(415, []) if is_missing else None


@on_request("legal-other-accepts-are-refused", breaks=[])
def other_accepts_are_refused(asked: Asked) -> Answer | None:
    """A request that does not accept JSON gets 406."""
    accept = asked.headers.get(b"accept", b"*/*")
    fits = b"json" in accept or b"*/*" in accept
    return None if fits or asked.method != "POST" else Answer(406, [])


@on_request("legal-other-verbs-are-forbidden", breaks=[])
def other_verbs_are_forbidden(asked: Asked) -> Answer | None:
    """Methods other than POST and OPTIONS get 403, from a gateway in front."""
    is_known = asked.method in ("PUT", "DELETE", "PATCH")
    return Answer(403, []) if is_known else None


@on_request("legal-get-gives-a-page", breaks=[])
def get_gives_a_page(asked: Asked) -> Answer | None:
    """GET gives a page for people, and calls a method where the query names one."""
    if asked.method != "GET":
        return None
    if asked.query:
        body = write({"jsonrpc": "2.0", "result": ["hello", 5], "id": "1"})
        return Answer(200, [(b"content-type", b"application/json")], body)
    return Answer(200, [(b"content-type", b"text/html")], b"<!doctype html><title>RPC</title>")


@on_response("legal-failures-have-server-codes", breaks=[])
def failures_have_server_codes(response: Object, _call: Object) -> Json:
    """A failure inside a method is told with the code -32050."""
    failure = response.get("error")
    if isinstance(failure, dict) and failure.get("code") == -32603:
        failure["code"] = -32050
    return response


@on_response("legal-errors-have-texts-of-their-own", breaks=[])
def errors_have_texts_of_their_own(response: Object, _call: Object) -> Json:
    """Messages of errors are long sentences over two lines, not those of the table."""
    failure = response.get("error")
    if isinstance(failure, dict):
        failure["message"] = f"That did not go well:\n{failure['message']}. " + "Please see. " * 20
    return response


@on_response("legal-errors-have-data", breaks=[])
def errors_come_with_data(response: Object, _call: Object) -> Json:
    """Each error has data, a plain string."""
    failure = response.get("error")
    if isinstance(failure, dict):
        failure.setdefault("data", "more in the log")
    return response


@on_message("legal-missing-names-have-defaults", breaks=[])
def missing_names_have_defaults(message: Json) -> Json:
    """A name that is missing has a default."""
    if isinstance(message, dict) and isinstance(params := message.get("params"), dict):
        if message.get("method") == "subtract" and set(params) == {"subtrahend"}:
            return message | {"params": {"minuend": 0, **params}}
    return message
