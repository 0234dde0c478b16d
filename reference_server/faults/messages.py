"""Faults with what is a request and what is a method."""

from typing import Final

from reference_server.faults.forms import (
    Object,
    error,
    is_call,
    on_body,
    on_message,
    on_response,
    parsed,
    result,
)
from reference_server.json_text import Json, write
from reference_server.jsonrpc.core import RpcHandler

_MEMBERS: Final = frozenset({"jsonrpc", "method", "params", "id"})
_INHERITED: Final = frozenset({"toString", "hasOwnProperty", "__proto__", "__class__", "__init__"})


def _call(body: bytes) -> Object:
    value = parsed(body)
    return value if isinstance(value, dict) else {}


@on_message("members-are-matched-without-case", breaks=["2-02", "2-03", "2-04", "2-05"])
def members_are_matched_without_case(message: Json) -> Json:
    """Names of members are compared without case."""
    if not isinstance(message, dict):
        return message
    return {
        name.lower() if name.lower() in _MEMBERS else name: one for name, one in message.items()
    }


@on_body("foreign-messages-are-ignored", breaks=["3-04"])
def foreign_messages_are_ignored(body: bytes, answer: RpcHandler) -> bytes | None:
    """An object without method and id gets no answer."""
    call = _call(body)
    return None if call and not {"method", "id", "result", "error"} & set(call) else answer(body)


@on_message("missing-version-is-taken", breaks=["4-02", "2-04"])
def missing_version_is_taken(message: Json) -> Json:
    """A request without jsonrpc is served as one of 2.0."""
    if isinstance(message, dict) and "method" in message and "jsonrpc" not in message:
        return {"jsonrpc": "2.0", **message}
    return message


@on_message("version-of-any-type-is-taken", breaks=["4-03"])
def version_of_any_type_is_taken(message: Json) -> Json:
    """A jsonrpc member that is no string is not looked at."""
    if isinstance(message, dict) and not isinstance(message.get("jsonrpc", ""), str):
        return message | {"jsonrpc": "2.0"}
    return message


@on_message("any-version-is-taken", breaks=["4-04"])
def any_version_is_taken(message: Json) -> Json:
    """A jsonrpc member with any string is taken."""
    if isinstance(message, dict) and isinstance(message.get("jsonrpc"), str):
        return message | {"jsonrpc": "2.0"}
    return message


@on_response("missing-methods-are-not-found", breaks=["4-06", "5.1-08"])
def missing_methods_are_not_found(response: Object, call: Object) -> Json:
    """A request without method is told as Method not found."""
    if "jsonrpc" in call and "method" not in call and "error" in response and "id" in call:
        return error(-32601, "Method not found", call["id"])
    return response


@on_response("methods-of-any-type-are-looked-up", breaks=["4-07", "5.1-08"])
def methods_of_any_type_are_looked_up(response: Object, call: Object) -> Json:
    """A method that is no string is told as Method not found."""
    if not isinstance(call.get("method", ""), str) and "error" in response and "id" in call:
        return error(-32601, "Method not found", call["id"])
    return response


@on_response("empty-method-is-an-internal-error", breaks=["4-08"])
def empty_method_is_an_internal_error(response: Object, call: Object) -> Json:
    """An empty method name is told as Internal error."""
    if call.get("method") == "":
        return error(-32603, "Internal error", response.get("id"))
    return response


@on_response("reserved-names-are-refused", breaks=["4-11"])
def reserved_names_are_refused(response: Object, call: Object) -> Json:
    """An unknown name that begins with rpc. is told as Invalid Request."""
    if str(call.get("method")).startswith("rpc.") and "error" in response:
        return error(-32600, "Invalid Request", response.get("id"))
    return response


@on_message("method-names-are-trimmed-and-folded", breaks=["4-12"])
def method_names_are_trimmed_and_folded(message: Json) -> Json:
    """White space and NUL around method names, and their case, are ignored."""
    if isinstance(message, dict) and isinstance(method := message.get("method"), str):
        known = method.strip(" \t\r\n\0")
        if known.lower() == "subtract":
            return message | {"method": "subtract"}
    return message


@on_body("inherited-names-are-found", breaks=["4-13", "5-10"], museum=["JR-54"])
def inherited_names_are_found(body: bytes, answer: RpcHandler) -> bytes | None:
    """Names that every object of the language has are found; calling them gives junk."""
    call = _call(body)
    method = call.get("method")
    if is_call(call) and method in _INHERITED:
        return write({"jsonrpc": "2.0", "error": "o", "id": call["id"]})
    if is_call(call) and method == "constructor":
        raise TypeError("class constructors are not to be called")
    return answer(body)


@on_response("odd-names-are-internal-errors", breaks=["4-13"])
def odd_names_are_internal_errors(response: Object, call: Object) -> Json:
    """An odd or very long method name is an Internal error."""
    method = call.get("method")
    if isinstance(method, str) and "error" in response:
        if len(method) > 1_000 or any(one in method for one in "/;%") or method == "eval":
            return error(-32603, "Internal error", response.get("id"))
    return response


@on_body("params-come-behind-the-method", breaks=["4-32"], museum=["JR-58"])
def params_come_behind_the_method(body: bytes, answer: RpcHandler) -> bytes | None:
    """A request whose params stand before its method, or whose id stands first, fails."""
    call = _call(body)
    names = list(call)
    if is_call(call) and (names[0] == "id" or names.index("method") > names.index("id")):
        return write(error(-32602, "Invalid params", call["id"]))
    if is_call(call) and "params" in names and names.index("params") < names.index("method"):
        return write(error(-32602, "Invalid params", call["id"]))
    return answer(body)


@on_body("extra-members-are-refused", breaks=["4-33"])
def extra_members_are_refused(body: bytes, answer: RpcHandler) -> bytes | None:
    """A request with an unknown member is refused."""
    call = _call(body)
    if is_call(call) and set(call) - _MEMBERS:
        return write(error(-32600, "Invalid Request", call["id"]))
    return answer(body)


@on_body("scalars-are-parse-errors", breaks=["4-34", "5.1-08"], museum=["JR-45"])
def scalars_are_parse_errors(body: bytes, answer: RpcHandler) -> bytes | None:
    """A JSON text that is neither object nor array is told as Parse error."""
    value = parsed(body)
    if value is None or isinstance(value, bool | int | float | str):
        return write(error(-32700, "Parse error"))
    return answer(body)


@on_body("empty-objects-are-silent", breaks=["4-35", "5-17", "5.1-08"])
def empty_objects_are_silent(body: bytes, answer: RpcHandler) -> bytes | None:
    """An empty object gets no answer."""
    return None if parsed(body) == {} else answer(body)


@on_body("responses-are-taken-for-calls", breaks=["4-36"])
def responses_are_taken_for_calls(body: bytes, answer: RpcHandler) -> bytes | None:
    """A response object sent to the server is answered with a result."""
    call = _call(body)
    if "method" not in call and {"result", "error"} & set(call):
        return write(result(None, call.get("id")))
    return answer(body)


@on_body("calls-with-result-are-silent", breaks=["4-37"])
def calls_with_result_are_silent(body: bytes, answer: RpcHandler) -> bytes | None:
    """A call that also carries result or error is taken for a response, and not answered."""
    call = _call(body)
    carries = "result" in call or isinstance(call.get("error"), dict)
    return None if is_call(call) and carries else answer(body)


@on_response(
    "unknown-methods-are-server-errors",
    breaks=["5.1-09", "7-07"],
    museum=["JR-49"],
)
def unknown_methods_are_server_errors(response: Object, _call: Object) -> Json:
    """Unknown methods fall into a catch-all with the code -32000."""
    failure = response.get("error")
    if isinstance(failure, dict) and failure["code"] == -32601:
        failure["code"] = -32000
    return response


@on_response(
    "unknown-methods-crash-inside",
    breaks=["5.1-09", "5.1-19"],
    museum=["JR-50"],
)
def unknown_methods_crash_inside(response: Object, _call: Object) -> Json:
    """The branch for unknown methods fails itself, and its failure is what the caller sees."""
    failure = response.get("error")
    if isinstance(failure, dict) and failure["code"] == -32601:
        text = "The chunk argument must be of type Buffer\n    at Server.write (node:internal/x)"
        return error(-32603, text, response.get("id"))
    return response


@on_response("params-are-checked-before-the-method", breaks=["5.1-17"])
def params_are_checked_before_the_method(response: Object, call: Object) -> Json:
    """An unknown method with named params is told as Invalid params."""
    failure = response.get("error")
    if isinstance(failure, dict) and failure["code"] == -32601 and call.get("params"):
        if isinstance(call["params"], dict) and "wirecheck" in call["params"]:
            return error(-32602, "Invalid params", response.get("id"))
    return response


@on_body("methods-are-checked-before-the-request", breaks=["5.1-17", "4-06"])
def methods_are_checked_before_the_request(body: bytes, answer: RpcHandler) -> bytes | None:
    """A request with params and without method is told as Method not found."""
    call = _call(body)
    if "params" in call and "method" not in call and "id" in call:
        return write(error(-32601, "Method not found", call["id"]))
    return answer(body)


@on_response("reserved-names-are-used", breaks=["4-09", "8-01"])
def reserved_names_are_used(response: Object, call: Object) -> Json:
    """An application method is named rpc.users."""
    listed = response.get("result")
    if call.get("method") == "system.listMethods" and isinstance(listed, list):
        listed.append("rpc.users")
    if call.get("method") == "rpc.discover" and isinstance(listed, dict):
        methods = listed["methods"]
        assert isinstance(methods, list)
        methods.append({"name": "rpc.users", "params": [], "result": {"name": "r", "schema": {}}})
    return response


@on_response("openrpc-document-is-no-openrpc", breaks=["8-02"])
def openrpc_document_is_no_openrpc(response: Object, call: Object) -> Json:
    """rpc.discover returns a document without the member info."""
    document = response.get("result")
    if call.get("method") == "rpc.discover" and isinstance(document, dict):
        document.pop("info")
    return response


class _Seen:
    """The last call of a server."""

    def __init__(self) -> None:
        self.last = b""


_SEEN: Final = _Seen()


@on_body("known-methods-need-a-fresh-connection", breaks=["1-01"])
def known_methods_need_a_fresh_connection(body: bytes, answer: RpcHandler) -> bytes | None:
    """The same call made again gives an error, as if a handshake had to come first."""
    call = _call(body)
    key = write([call.get("method"), call.get("params")])
    again, _SEEN.last = _SEEN.last == key and is_call(call), key
    if again and call["id"] in (2, 3) and call["method"] == "subtract":
        return write(error(-32002, "Server not initialized", call["id"]))
    return answer(body)
