"""Faults with the ObjectQL extensions: chaining and sessions."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from reference_server.faults.fault import Marks, register
from reference_server.faults.forms import (
    Object,
    entries_of,
    error,
    is_call,
    on_body,
    on_message,
    on_response,
    parsed,
    result,
)
from reference_server.json_text import Json, write
from reference_server.jsonrpc.chaining import BadReferenceError, Reason, Resolver
from reference_server.jsonrpc.core import RpcHandler
from reference_server.jsonrpc.errors import RpcError
from reference_server.jsonrpc.message import Params
from reference_server.jsonrpc.sessions import Sessions

_ID_LENGTH: Final = 32
_PARAMS_DEPTH: Final = 3
_REFERENCE: Final = re.compile(r"\$([^.$]+)\.result(?:\.(.+))?")
_NUMBER: Final = re.compile(r"-?[0-9.]+")
_NUMBERED: Final = re.compile(r"\$(-?[0-9.]+)\.result")


def resolver(name: str, *, breaks: Sequence[str]) -> Callable[[type[Resolver]], type[Resolver]]:
    """Replace the resolver of references."""

    def decorate(broken: type[Resolver]) -> type[Resolver]:
        marks = Marks(name=name, breaks=[f"OBJQL-{one}" for one in breaks])
        register(marks, broken.__doc__, parts={"resolver": broken})
        return broken

    return decorate


def sessions(name: str, *, breaks: Sequence[str]) -> Callable[[type[Sessions]], type[Sessions]]:
    """Replace the sessions."""

    def decorate(broken: type[Sessions]) -> type[Sessions]:
        marks = Marks(name=name, breaks=[f"OBJQL-{one}" for one in breaks])
        register(marks, broken.__doc__, parts={"sessions": broken})
        return broken

    return decorate


@resolver("references-are-plain-strings", breaks=["CHAIN-01"])
class ReferencesArePlainStrings(Resolver):
    """References are not replaced."""

    def resolve(self, params: Params) -> Params:
        """Return params as they are."""
        return params


@resolver(
    "values-are-texts",
    breaks=["CHAIN-04"],
)
class ValuesAreTexts(Resolver):
    """The value of a reference is inserted as text."""

    def _text(self, text: str, depth: int) -> Json:
        value = super()._text(text, depth)
        return value if isinstance(value, str) else write(value).decode()


@resolver("strings-of-digits-are-numbers", breaks=["CHAIN-04"])
class StringsOfDigitsAreNumbers(Resolver):
    """A string of digits is inserted as a number."""

    def _text(self, text: str, depth: int) -> Json:
        value = super()._text(text, depth)
        return int(value) if isinstance(value, str) and value.isdigit() else value


@resolver("names-lead-nowhere", breaks=["CHAIN-02"])
class NamesLeadNowhere(Resolver):
    """Steps into objects are not taken: the whole result is inserted."""

    def _text(self, text: str, depth: int) -> Json:
        found = _REFERENCE.fullmatch(text)
        value = self._results.get(found.group(1)) if found and found.group(2) else None
        known = isinstance(value, dict) and str(found and found.group(2)).split(".")[0] in value
        return value if known else super()._text(text, depth)


@resolver("indexes-count-from-one", breaks=["CHAIN-03"])
class IndexesCountFromOne(Resolver):
    """Indexes count from 1; the first item can't be had."""

    def _text(self, text: str, depth: int) -> Json:
        found = re.fullmatch(r"(\$1\.result\.)([01])((?:\.a)?)", text)
        if found and isinstance(self._results.get("1"), list):
            other = "1" if found.group(2) == "0" else "0"
            return super()._text(found.group(1) + other + found.group(3), depth)
        return super()._text(text, depth)


@resolver("references-inside-structures-stay", breaks=["CHAIN-05"])
class ReferencesInsideStructuresStay(Resolver):
    """References inside arrays and objects of params are not replaced."""

    def _resolved(self, value: Json, depth: int) -> Json:
        top = 3  # where params themselves are
        return (
            value if depth > top and not isinstance(value, str) else super()._resolved(value, depth)
        )


@resolver("references-in-named-params-stay", breaks=["CHAIN-06"])
class ReferencesInNamedParamsStay(Resolver):
    """References in named params are not replaced."""

    def resolve(self, params: Params) -> Params:
        """Resolve arrays only."""
        return super().resolve(params) if isinstance(params, list) else params


def _instead(reasons: Sequence[Reason], value: Json) -> type[Resolver]:
    """Return a resolver that inserts a value where a reference is bad for one of the reasons."""

    class Instead(Resolver):
        def _text(self, text: str, depth: int) -> Json:
            try:
                return super()._text(text, depth)
            except BadReferenceError as bad:
                data = bad.data
                reason = data.get("reason") if isinstance(data, dict) else None
                if reason in [one.value for one in reasons]:
                    return text if value == "as it is" else value
                raise

    return Instead


def _bad_reference(name: str, rows: Sequence[str], summary: str, fault: type[Resolver]) -> None:
    marks = Marks(name=name, breaks=[f"OBJQL-{one}" for one in rows])
    register(marks, summary, parts={"resolver": fault})


_bad_reference(
    "later-references-are-null",
    ["CHAIN-07"],
    "A reference to a later call is replaced by null.",
    _instead([Reason.LATER_REQUEST], None),
)
_bad_reference(
    "failed-references-are-null",
    ["CHAIN-08"],
    "A reference to a failed call is replaced by null.",
    _instead([Reason.FAILED_REQUEST], None),
)
_bad_reference(
    "missing-references-stay",
    ["CHAIN-09", "CHAIN-12"],
    "A reference to a call that is not in the batch stays as it is, and the call is made.",
    _instead([Reason.MISSING_REQUEST], "as it is"),
)
_bad_reference(
    "missing-paths-are-null",
    ["CHAIN-10"],
    "A reference to a path that is not there is replaced by null.",
    _instead([Reason.MISSING_PATH], None),
)


@on_response("bad-references-are-not-explained", breaks=["OBJQL-CHAIN-11"])
def bad_references_are_not_explained(response: Object, _call: Object) -> Json:
    """The error of a bad reference has no data."""
    failure = response.get("error")
    if isinstance(failure, dict) and isinstance(data := failure.get("data"), dict):
        if "reference" in data:
            failure.pop("data")
    return response


@on_response(
    "bad-references-are-server-errors",
    breaks=["OBJQL-CHAIN-07", "OBJQL-CHAIN-09"],
)
def bad_references_are_server_errors(response: Object, _call: Object) -> Json:
    """A bad reference is told with the code -32000."""
    failure = response.get("error")
    if isinstance(failure, dict) and isinstance(data := failure.get("data"), dict):
        if "reference" in data:
            failure["code"] = -32000
    return response


@resolver("two-dollars-stay", breaks=["CHAIN-13"])
class TwoDollarsStay(Resolver):
    """Two dollars in front of a string stay."""

    def _text(self, text: str, depth: int) -> Json:
        return text if text.startswith("$$") else super()._text(text, depth)


@resolver("any-dollar-is-a-reference", breaks=["CHAIN-14"])
class AnyDollarIsAReference(Resolver):
    """Any string with a dollar, and the empty one, is taken for a reference."""

    def _resolved(self, value: Json, depth: int) -> Json:
        is_odd = isinstance(value, str) and ("$" in value or not value)
        if is_odd and not _REFERENCE.fullmatch(str(value)) and not str(value).startswith("$$"):
            raise BadReferenceError(str(value), Reason.MISSING_REQUEST)
        return super()._resolved(value, depth)


@resolver("chains-end-after-one", breaks=["CHAIN-15"])
class ChainsEndAfterOne(Resolver):
    """The result of a call that used a reference can't be referred to."""

    def resolve(self, params: Params) -> Params:
        """Remember whether anything was replaced."""
        resolved = super().resolve(params)
        self._used = resolved != params
        return resolved

    def succeeded(self, request_id: Json, result: Json) -> None:  # type: ignore[override]  # ids
        """Forget results that came of references."""
        if not getattr(self, "_used", False):
            super().succeeded(request_id, result)  # type: ignore[arg-type]  # an id
        self._used = False


@on_body("single-calls-are-chained", breaks=["OBJQL-CHAIN-16"])
def single_calls_are_chained(body: bytes, answer: RpcHandler) -> bytes | None:
    """A reference in a single call is told as Invalid params."""
    value = parsed(body)
    if isinstance(value, dict) and is_call(value) and value.get("params") == ["$1.result"]:
        return write(error(-32602, "Invalid params", value["id"]))
    return answer(body)


@on_body("bad-references-spoil-the-batch", breaks=["OBJQL-CHAIN-17"])
def bad_references_spoil_the_batch(body: bytes, answer: RpcHandler) -> bytes | None:
    """A bad reference ends the batch: calls behind it get errors."""
    responses = parsed(reply := answer(body) or b"")
    if not isinstance(responses, list) or b'"reference"' not in reply:
        return reply or None
    ended = False
    for response in responses:
        assert isinstance(response, dict)
        if ended and "result" in response:
            response.pop("result")
            response["error"] = {"code": -32000, "message": "Batch ended"}
        ended = ended or "error" in response
    return write(responses)


@resolver("string-ids-are-not-found", breaks=["CHAIN-18"])
class StringIdsAreNotFound(Resolver):
    """Only ids that are numbers can be referred to."""

    def _text(self, text: str, depth: int) -> Json:
        found = _REFERENCE.fullmatch(text)
        if found and not _NUMBER.fullmatch(found.group(1)):
            raise BadReferenceError(text, Reason.MISSING_REQUEST)
        return super()._text(text, depth)


@resolver("numbers-are-looked-up-as-one-digit", breaks=["CHAIN-01"])
class NumbersAreLookedUpAsOneDigit(Resolver):
    """Of ids that are numbers, only 1 to 9 can be referred to."""

    def _text(self, text: str, depth: int) -> Json:
        found = _NUMBERED.match(text)
        if found and found.group(1) not in "123456789":
            raise BadReferenceError(text, Reason.MISSING_REQUEST)
        return super()._text(text, depth)


@on_response(
    "session-ids-are-numbers",
    breaks=["OBJQL-SESSION-01"],
)
def session_ids_are_numbers(response: Object, call: Object) -> Json:
    """session.create returns a number as sessionId."""
    if call.get("method") == "session.create" and "result" in response:
        return response | {"result": {"sessionId": 7}}
    return response


@sessions("sessions-share-one-id", breaks=["SESSION-02"])
class SessionsShareOneId(Sessions):
    """Every session has the same id."""

    def create(self, now_s: float) -> str:
        """Return the id of the first session while it lives."""
        with self._lock:
            self._drop_expired(now_s)
            if self._sessions:
                return next(iter(self._sessions))
        return super().create(now_s)


@on_response("set-returns-nothing", breaks=["OBJQL-SESSION-03"])
def set_returns_nothing(response: Object, call: Object) -> Json:
    """session.set returns null."""
    if call.get("method") == "session.set" and "result" in response:
        return response | {"result": None}
    return response


@sessions(
    "session-values-are-texts",
    breaks=["SESSION-04"],
)
class SessionValuesAreTexts(Sessions):
    """Values of sessions are kept as text, the word undefined in front."""

    def get(self, session_id: str, key: str, now_s: float) -> Json:
        """Return the text."""
        value = super().get(session_id, key, now_s)
        kept = key in self._sessions[session_id].values
        return f"undefined{write(value).decode()}" if kept else None


@sessions("unset-keys-are-errors", breaks=["SESSION-05"])
class UnsetKeysAreErrors(Sessions):
    """A key that was never set is an error."""

    def get(self, session_id: str, key: str, now_s: float) -> Json:
        """Refuse unknown keys."""
        value = super().get(session_id, key, now_s)
        if key not in self._sessions[session_id].values:
            raise RpcError(1003, "No such key")
        return value


@sessions("first-values-stay", breaks=["SESSION-06"])
class FirstValuesStay(Sessions):
    """A key that has a value keeps it."""

    def set(self, session_id: str, key: str, value: Json, now_s: float) -> None:
        """Set only what is not set."""
        known = self._sessions.get(session_id)
        if known is None or key not in known.values:
            super().set(session_id, key, value, now_s)


@sessions("values-are-shared", breaks=["SESSION-07"])
class ValuesAreShared(Sessions):
    """A value that is not in a session is looked for in the others."""

    def get(self, session_id: str, key: str, now_s: float) -> Json:
        """Look everywhere."""
        value = super().get(session_id, key, now_s)
        others = (one.values[key] for one in self._sessions.values() if key in one.values)
        return next(others, None) if value is None and key == "key" else value


@on_response("destroy-returns-nothing", breaks=["OBJQL-SESSION-08"])
def destroy_returns_nothing(response: Object, call: Object) -> Json:
    """session.destroy returns null."""
    if call.get("method") == "session.destroy" and "result" in response:
        return response | {"result": None}
    return response


@sessions("destroyed-sessions-live", breaks=["SESSION-09"])
class DestroyedSessionsLive(Sessions):
    """A destroyed session goes on living."""

    def destroy(self, session_id: str, now_s: float) -> None:
        """Do nothing but look."""
        with self._lock:
            self._used(session_id, now_s)


@on_response("unknown-sessions-are-null", breaks=["OBJQL-SESSION-10", "OBJQL-SESSION-16"])
def unknown_sessions_are_null(response: Object, call: Object) -> Json:
    """Reading from a session that never was gives null."""
    if call.get("method") == "session.get" and isinstance(response.get("error"), dict):
        params = call.get("params")
        if isinstance(params, list) and len(str(params[0])) < _ID_LENGTH:
            return result(None, response.get("id"))
    return response


@on_response("session-errors-are-reserved-codes", breaks=["OBJQL-SESSION-16"])
def session_errors_are_reserved_codes(response: Object, call: Object) -> Json:
    """Errors about sessions have the code -32000."""
    failure = response.get("error")
    if str(call.get("method")).startswith("session.") and isinstance(failure, dict):
        failure["code"] = -32000
    return response


@sessions("sessions-never-end", breaks=["SESSION-11"])
class SessionsNeverEnd(Sessions):
    """Sessions that nobody uses live for ever."""

    def _drop_expired(self, now_s: float) -> None:  # noqa: ARG002 - nothing ever ends
        return


@sessions("use-does-not-count", breaks=["SESSION-12"])
class UseDoesNotCount(Sessions):
    """A session ends a timeout after it was made, used or not."""

    def _used(self, session_id: str, now_s: float) -> object:  # type: ignore[override]  # as it is
        before = {name: one.used_at_s for name, one in self._sessions.items()}
        session = super()._used(session_id, now_s)
        session.used_at_s = before.get(session_id, now_s)
        return session


@on_body("sessions-are-bound-to-requests", breaks=["OBJQL-SESSION-13"])
def sessions_are_bound_to_requests(body: bytes, answer: RpcHandler) -> bytes | None:
    """A session is not found by a call whose id is not one more than that of the call before."""
    entries = entries_of(body)
    call = entries[0] if len(entries) == 1 and isinstance(entries[0], dict) else {}
    params = call.get("params")
    if call.get("method") == "session.get" and isinstance(params, list) and call.get("id") == 3:
        response = parsed(answer(body) or b"")
        if isinstance(response, dict) and response.get("result") == "here":
            return write(error(1001, "No such session", 3))
        return write(response) if isinstance(response, dict) else None
    return answer(body)


@on_message("session-names-are-not-taken", breaks=["OBJQL-SESSION-14"])
def session_names_are_not_taken(message: Json) -> Json:
    """Session methods take positional params only."""
    if isinstance(message, dict) and isinstance(message.get("params"), dict):
        if message.get("method") in ("session.set", "session.get"):
            return message | {"method": "session.nosuch"}
    return message


@sessions("session-ids-are-short", breaks=["SESSION-15"])
class SessionIdsAreShort(Sessions):
    """Session ids have six characters."""

    def create(self, now_s: float) -> str:
        """Cut the id."""
        long = super().create(now_s)
        with self._lock:
            self._sessions[long[:6]] = self._sessions.pop(long)
        return long[:6]
