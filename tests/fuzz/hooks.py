"""The suite's judgement as checks of schemathesis: `SCHEMATHESIS_HOOKS=tests.fuzz.hooks`."""

from collections.abc import Callable
from typing import Any, Final

import requests
import schemathesis
from schemathesis.core.failures import Failure, Severity
from schemathesis.errors import FailureGroup

from conformance.drivers.endpoint import Endpoint
from conformance.drivers.odata_batch import (
    Framing,
    Operation,
    multipart_type,
    write_multipart,
)
from conformance.words.template import to_json_text
from tests.fuzz.judge import breaches
from tests.fuzz.observation import observe, rows_of

_FRAMING: Final = Framing()
_MULTIPART: Final = "multipart/mixed"
# The parts name resources relative to the service, so none of this is ever written.
_ANYWHERE: Final = Endpoint(scheme="http", host="127.0.0.1", port=80, target="/")
_NOT_IMPLEMENTED: Final = 501
# schemathesis' own codes
_SERVER_ERROR: Final = "ST101"
_NO_JSON: Final = "ST109"

Case = schemathesis.Case[Any]


class BrokenRequirementError(Failure):
    """An answer that breaks a requirement of the catalogue; each is a failure of its own."""

    __slots__ = ("requirement",)

    def __init__(self, *, operation: str, requirement: str, message: str) -> None:
        super().__init__(
            operation=operation,
            title=f"Broken requirement {requirement}",
            message=message,
            severity=Severity.HIGH,
        )
        self.requirement = requirement

    @property
    def _unique_key(self) -> str:
        return self.requirement


def _judged(surface: str) -> Callable[[schemathesis.Response, Case], None]:
    def judge(response: schemathesis.Response, case: Case) -> None:
        if surface not in (case.operation.tags or ()):
            return
        found = [
            BrokenRequirementError(
                operation=case.operation.label,
                requirement=one.requirement,
                message=one.message,
            )
            for one in breaches(surface, observe(surface, case, response))
        ]
        if found:
            raise FailureGroup(found)

    return judge


_JUDGE_JSONRPC: Final = _judged("jsonrpc")
_JUDGE_ODATA: Final = _judged("odata")
_JUDGE_SSE: Final = _judged("sse")


@schemathesis.check
def jsonrpc_answer(
    ctx: schemathesis.CheckContext,  # noqa: ARG001 - the signature is schemathesis'
    response: schemathesis.Response,
    case: Case,
) -> None:
    """Hold a JSON-RPC answer against the requirements: valid responses, ids, media type."""
    _JUDGE_JSONRPC(response, case)


@schemathesis.check
def odata_answer(
    ctx: schemathesis.CheckContext,  # noqa: ARG001 - the signature is schemathesis'
    response: schemathesis.Response,
    case: Case,
) -> None:
    """Hold an OData answer against the requirements: error objects, and batches in both formats."""
    _JUDGE_ODATA(response, case)


@schemathesis.check
def event_stream(
    ctx: schemathesis.CheckContext,  # noqa: ARG001 - the signature is schemathesis'
    response: schemathesis.Response,
    case: Case,
) -> None:
    """Hold an event stream against the requirements: media type, lines, fields, ids, retry."""
    _JUDGE_SSE(response, case)


@schemathesis.serializer(_MULTIPART)
def as_multipart(ctx: schemathesis.SerializationContext, value: object) -> bytes:  # noqa: ARG001
    """Write a batch as multipart; what is no batch is the body of its one part."""
    rows = rows_of(value)
    if rows is None:
        body = to_json_text(value).encode()  # type: ignore[arg-type] # it came from a JSON Schema
        return b"--" + _FRAMING.boundary.encode() + b"\r\n\r\n" + body
    operations = [
        Operation(
            label=str(row["id"]),
            method=str(row["method"]).upper(),
            url=str(row["url"]),
            wire_id=str(row["id"]),
            headers=[("Content-Type", "application/json")] if "body" in row else (),
            body=to_json_text(row["body"]).encode() if "body" in row else None,
            group=str(row.get("atomicityGroup", "")),
        )
        for row in rows
    ]
    return write_multipart(operations, framing=_FRAMING, endpoint=_ANYWHERE)


def _with_spaces(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Write spaces of the query as %20: a plus is a space in forms, not in OData's URLs."""
    # The ABNF of OData knows SP, HTAB, %20 and %09 as white space. A plus that is meant is %2B.
    path, mark, query = (request.url or "").partition("?")
    request.url = path + mark + query.replace("+", "%20")
    return request


@schemathesis.hook
def before_call(
    context: schemathesis.HookContext,  # noqa: ARG001 - the signature is schemathesis'
    case: Case,
    kwargs: dict[str, Any],
) -> None:
    """Write what no description can say: the boundary of a multipart, spaces in a URL."""
    kwargs["auth"] = _with_spaces
    if case.media_type == _MULTIPART:
        case.headers["Content-Type"] = multipart_type(_FRAMING)


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext,  # noqa: ARG001 - the signature is schemathesis'
    failure: Failure,
    case: Case,
    response: schemathesis.Response,
) -> bool:
    """Let a server say that it does not know something, and answer a notification with nothing."""
    if response.status_code == _NOT_IMPLEMENTED:  # RFC 9110 section 15.6.2
        return failure.code != _SERVER_ERROR
    # HTTP's status says nothing in JSON-RPC, so 200 will do for an empty body (JSONRPC-4.1-02).
    is_empty = "jsonrpc" in (case.operation.tags or ()) and not response.content
    return not (is_empty and failure.code == _NO_JSON)
