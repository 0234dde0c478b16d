"""Faults with the shape of responses and error objects."""

from typing import Final

from reference_server.faults.forms import (
    Dropped,
    Object,
    error,
    is_call,
    on_body,
    on_response,
    parsed,
    result,
)
from reference_server.json_text import Json, write
from reference_server.jsonrpc.core import RpcHandler

_TRACE: Final = (
    'Traceback (most recent call last):\n  File "/srv/app/rpc/dispatch.py", line 118, in call\n'
)


@on_response(
    "results-without-version",
    breaks=["5-04", "3-01"],
)
def results_without_version(response: Object, _call: Object) -> Json:
    """A result has no jsonrpc member."""
    if "result" in response:
        response.pop("jsonrpc")
    return response


@on_response(
    "errors-without-version",
    breaks=["5-05"],
)
def errors_without_version(response: Object, _call: Object) -> Json:
    """An error has no jsonrpc member."""
    if "error" in response:
        response.pop("jsonrpc")
    return response


@on_response(
    "version-is-a-number",
    breaks=["5-04", "5-05", "3-01"],
)
def version_is_a_number(response: Object, _call: Object) -> Json:
    """The jsonrpc member is the number 2.0."""
    response["jsonrpc"] = 2.0
    return response


@on_response(
    "null-results-are-left-out",
    breaks=["5-06", "5-12"],
)
def null_results_are_left_out(response: Object, _call: Object) -> Json:
    """A result that is null is left out, since null members are skipped."""
    if "result" in response and response["result"] is None:
        response.pop("result")
    return response


@on_response(
    "falsy-results-are-left-out",
    breaks=["5-19", "5-12"],
)
def falsy_results_are_left_out(response: Object, _call: Object) -> Json:
    """A result that counts as false is left out."""
    if not response.get("result", True):
        response.pop("result")
    return response


@on_response(
    "falsy-results-become-errors",
    breaks=["5-19", "2-01"],
)
def falsy_results_become_errors(response: Object, _call: Object) -> Json:
    """A result that counts as false is told as an error."""
    if not response.get("result", True):
        return error(-32000, "Server error", response.get("id"))
    return response


@on_response(
    "errors-with-null-result",
    breaks=["5-07", "5-11"],
    museum=["JR-37"],
)
def errors_with_null_result(response: Object, _call: Object) -> Json:
    """An error also has a result member, null."""
    return response | {"result": None} if "error" in response else response


@on_response(
    "results-with-null-error",
    breaks=["5-09", "5-11"],
    museum=["JR-36"],
)
def results_with_null_error(response: Object, _call: Object) -> Json:
    """A result also has an error member, null."""
    return response | {"error": None} if "result" in response else response


@on_response(
    "failures-have-no-error",
    breaks=["5-08", "5-12"],
)
def failures_have_no_error(response: Object, _call: Object) -> Json:
    """An unknown method is answered with neither result nor error."""
    failure = response.get("error")
    if isinstance(failure, dict) and failure.get("code") == -32601:
        response.pop("error")
    return response


@on_response(
    "failures-are-results",
    breaks=["5-08"],
)
def failures_are_results(response: Object, _call: Object) -> Json:
    """An unknown method is answered with a result that tells the error."""
    failure = response.get("error")
    if isinstance(failure, dict) and failure.get("code") == -32601:
        return result({"success": False, "message": failure["message"]}, response.get("id"))
    return response


@on_response("errors-are-strings", breaks=["5-10"])
def errors_are_strings(response: Object, _call: Object) -> Json:
    """The error member is the message alone."""
    failure = response.get("error")
    if isinstance(failure, dict):
        response["error"] = failure["message"]
    return response


@on_response(
    "errors-without-code",
    breaks=["5.1-01"],
)
def errors_without_code(response: Object, _call: Object) -> Json:
    """An error has a message only."""
    failure = response.get("error")
    if isinstance(failure, dict):
        failure.pop("code")
    return response


@on_response(
    "error-codes-are-strings",
    breaks=["5.1-02"],
    museum=["JR-43"],
)
def error_codes_are_strings(response: Object, _call: Object) -> Json:
    """The code of an error is a string of digits."""
    failure = response.get("error")
    if isinstance(failure, dict):
        failure["code"] = str(failure["code"])
    return response


@on_response(
    "error-codes-are-fractions",
    breaks=["5.1-02"],
)
def error_codes_are_fractions(response: Object, _call: Object) -> Json:
    """The code of an error has a fraction."""
    failure = response.get("error")
    if isinstance(failure, dict) and isinstance(failure["code"], int):
        failure["code"] = failure["code"] + 0.5
    return response


@on_response(
    "errors-without-message",
    breaks=["5.1-03"],
)
def errors_without_message(response: Object, _call: Object) -> Json:
    """An error has a code only."""
    failure = response.get("error")
    if isinstance(failure, dict):
        failure.pop("message")
    return response


@on_response("error-messages-are-objects", breaks=["5.1-03"])
def error_messages_are_objects(response: Object, _call: Object) -> Json:
    """The message of an error is an object with texts by language."""
    failure = response.get("error")
    if isinstance(failure, dict):
        failure["message"] = {"en": failure["message"]}
    return response


@on_response("errors-use-reserved-codes", breaks=["5.1-13", "5.1-14"])
def errors_use_reserved_codes(response: Object, _call: Object) -> Json:
    """Errors of the application and inside methods have codes that are reserved and undefined."""
    failure = response.get("error")
    if isinstance(failure, dict) and isinstance(failure["code"], int):
        if failure["code"] > -32000 or failure["code"] == -32603:
            failure["code"] = -32500
    return response


@on_response("application-errors-are-internal-codes", breaks=["5.1-14", "5.1-15"])
def application_errors_are_internal_codes(response: Object, _call: Object) -> Json:
    """Errors of the application are told as Method not found."""
    failure = response.get("error")
    if isinstance(failure, dict) and isinstance(failure["code"], int) and failure["code"] > -32000:
        failure["code"] = -32601
    return response


@on_response("failures-inside-blame-the-caller", breaks=["5.1-15"], museum=["JR-52"])
def failures_inside_blame_the_caller(response: Object, _call: Object) -> Json:
    """A failure inside a method is told as Invalid params."""
    failure = response.get("error")
    if isinstance(failure, dict) and failure["code"] == -32603:
        failure["code"] = -32602
    return response


@on_response("failures-inside-have-no-code", breaks=["5.1-11"])
def failures_inside_have_no_code(response: Object, _call: Object) -> Json:
    """A failure inside a method is told with the name of the exception as code."""
    failure = response.get("error")
    if isinstance(failure, dict) and failure["code"] == -32603:
        failure["code"] = "RuntimeError"
    return response


@on_response("errors-have-a-name", breaks=["5.1-18"])
def errors_have_a_name(response: Object, _call: Object) -> Json:
    """The error object has a member `name`."""
    failure = response.get("error")
    if isinstance(failure, dict):
        failure["name"] = "JSONRPCError"
    return response


@on_response("responses-have-a-time", breaks=["5-20"])
def responses_have_a_time(response: Object, _call: Object) -> Json:
    """A response has a member `time`."""
    return response | {"time": 0.01}


@on_response("errors-show-the-stack", breaks=["5.1-19"], museum=["JR-53"])
def errors_show_the_stack(response: Object, _call: Object) -> Json:
    """The data of an error holds a stack trace with paths."""
    failure = response.get("error")
    if isinstance(failure, dict):
        failure["data"] = _TRACE
    return response


@on_body("errors-show-paths-and-repeat-members", breaks=["5.1-19", "JSON-06"], museum=["JR-41"])
def errors_show_paths_and_repeat_members(body: bytes, answer: RpcHandler) -> bytes | None:
    """A failure inside shows a path, and the reply has code and id twice."""
    reply = answer(body)
    if reply is None or b'"code":-32603' not in reply or reply.startswith(b"["):
        return reply
    path = b"cannot read /etc/zonemaster/backend.ini, see /usr/share/perl/Backend/Config.py"
    reply = reply.replace(b"Internal error", path)
    reply = reply.replace(b'"code":-32603', b'"code":-32603,"code":-32603')
    return reply.replace(b'"id":', b'"id":0,"id":')


@on_body(
    "single-calls-get-an-array",
    breaks=["5-02"],
    museum=["JR-07"],
)
def single_calls_get_an_array(body: bytes, answer: RpcHandler) -> bytes | None:
    """A single call is answered with an array of one."""
    reply = answer(body)
    if reply is None or reply.startswith(b"["):
        return reply
    return b"[" + reply + b"]" if is_call(_value(body)) else reply


@on_body(
    "calls-are-answered-twice",
    breaks=["5-03", "5-02"],
)
def calls_are_answered_twice(body: bytes, answer: RpcHandler) -> bytes | None:
    """A single call is answered with two responses in an array."""
    reply = answer(body)
    if reply is None or reply.startswith(b"[") or not is_call(_value(body)):
        return reply
    return b"[" + reply + b"," + reply + b"]"


@on_body("every-tenth-call-is-forgotten", breaks=["5-01"])
def every_tenth_call_is_forgotten(body: bytes, answer: RpcHandler) -> bytes | None:
    """A call whose id is a multiple of ten, and greater than nine, gets no answer."""
    value = _value(body)
    if isinstance(value, dict) and is_call(value) and _is_tenth(value["id"]):
        return None
    return answer(body)


def _is_tenth(request_id: Json) -> bool:
    return isinstance(request_id, int) and 0 < request_id <= 100 and request_id % 10 == 0


@on_body(
    "raw-utf-8-is-never-answered",
    breaks=["5-01"],
    museum=["JR-64"],
)
def raw_utf_8_is_never_answered(body: bytes, answer: RpcHandler) -> bytes | None:
    """A message with raw characters of several bytes gets no answer.

    The real server counts characters and waits for more; silence stands for it here.
    """
    return None if any(byte > 127 for byte in body) else answer(body)


@on_body(
    "errors-are-plain-text",
    breaks=["1-03", "5-12"],
)
def errors_are_plain_text(body: bytes, answer: RpcHandler) -> bytes | None:
    """An unknown method is told in plain text."""
    reply = answer(body)
    if reply is not None and b'"code":-32601' in reply and not reply.startswith(b"["):
        return b"Method not found"
    return reply


@on_response(
    "known-methods-fail",
    breaks=["HTTP-04"],
)
def known_methods_fail(response: Object, _call: Object) -> Json:
    """Each call of a known method ends in a server error."""
    if "result" in response:
        return error(-32000, "Server error", response.get("id"))
    return response


@on_body("values-change-their-type", breaks=["2-01"])
def values_change_their_type(body: bytes, answer: RpcHandler) -> bytes | None:
    """The value of an echo comes back as a string, a string of digits as a number."""
    value = _value(body)
    reply = answer(body)
    response = _value(reply or b"")
    if not isinstance(value, dict) or value.get("method") != "echo":
        return reply
    if isinstance(response, dict) and "result" in response:
        return write(response | {"result": _retyped(response["result"])})
    return reply


def _retyped(value: Json) -> Json:
    if isinstance(value, str):
        return int(value) if value.isdigit() else value
    return write(value).decode()


def _value(body: bytes) -> Json:
    value = parsed(body)
    return None if isinstance(value, Dropped) else value
