"""Refusals of this half, and how they are told: the OData error object (JSON Format 21.1).

    ServerError
    └── ODataError               a request is refused

Knows statuses, codes and the shape of an error. Refuses to know what was asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reference_server.errors import (
    BusyError,
    DuplicateKeyError,
    InvalidRowError,
    JsonTextError,
    MissingRowError,
    ServerError,
    StillReferencedError,
)
from reference_server.json_text import Json, write
from reference_server.odata.message import Response

# All messages are ours, and in English whatever Accept-Language asks for.
LANGUAGE: Final = "en"

_RETRY_S: Final = "1"


class Code(StrEnum):
    """What an error is, for programs; `CHANGESET_FAILED` is a name of the design."""

    BAD_REQUEST = "BAD_REQUEST"
    BUSY = "BUSY"
    CHANGESET_FAILED = "CHANGESET_FAILED"
    DUPLICATE_KEY = "DUPLICATE_KEY"
    FAILED_DEPENDENCY = "FAILED_DEPENDENCY"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    INVALID_BODY = "INVALID_BODY"
    INVALID_PROPERTY = "INVALID_PROPERTY"
    INVALID_QUERY = "INVALID_QUERY"
    INVALID_URL = "INVALID_URL"
    MALFORMED_BATCH = "MALFORMED_BATCH"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    NOT_FOUND = "NOT_FOUND"
    NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
    PRECONDITION_FAILED = "PRECONDITION_FAILED"
    PRECONDITION_REQUIRED = "PRECONDITION_REQUIRED"
    STILL_REFERENCED = "STILL_REFERENCED"
    TOO_LARGE = "TOO_LARGE"
    UNRESOLVED_REFERENCE = "UNRESOLVED_REFERENCE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    UNSUPPORTED_VERSION = "UNSUPPORTED_VERSION"


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One entry of an error's `details`."""

    code: str
    message: str
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What is told of a refused request.

    Attributes:
        message: one line, in `LANGUAGE`.
        target: what of the request is wrong: a property, a header field, a query option.
        inner: `innererror`, whose members are the service's own.
        headers: further fields of the response, such as Allow.
    """

    status: int
    code: Code
    message: str
    target: str | None = None
    details: Sequence[Detail] = ()
    inner: Mapping[str, Json] | None = None
    headers: Sequence[tuple[str, str]] = ()


class ODataError(ServerError):
    """A request is refused; nothing of it was done."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal

    def __str__(self) -> str:
        return f"{self.refusal.status} {self.refusal.code}: {self.refusal.message}"


def refused(status: int, code: Code, message: str, target: str | None = None) -> ODataError:
    """Make an error without details."""
    return ODataError(Refusal(status=status, code=code, message=message, target=target))


def not_allowed(method: str, *allowed: str) -> ODataError:
    """Make the error for a method that a resource does not take."""
    refusal = Refusal(
        status=405,
        code=Code.METHOD_NOT_ALLOWED,
        message=f"{method[:20]} is not possible here, but {', '.join(allowed)}",
        headers=(("Allow", ", ".join(allowed)),),
    )
    return ODataError(refusal)


def refusal_of(error: ServerError) -> Refusal:
    """Turn what the store or the JSON reader refuses into what the peer is told."""
    match error:
        case ODataError():
            return error.refusal
        case InvalidRowError():
            target = error.pointer.removeprefix("/").replace("~1", "/").replace("~0", "~")
            return Refusal(
                status=400, code=Code.INVALID_PROPERTY, message=str(error), target=target or None
            )
        case DuplicateKeyError():
            return Refusal(
                status=409,
                code=Code.DUPLICATE_KEY,
                message=str(error),
                target=error.property_name,
            )
        case MissingRowError():
            return Refusal(status=404, code=Code.NOT_FOUND, message=str(error))
        case StillReferencedError():
            return Refusal(status=409, code=Code.STILL_REFERENCED, message=str(error))
        case JsonTextError():
            return Refusal(status=400, code=Code.INVALID_BODY, message=f"the body is {error}")
        case BusyError():
            return Refusal(
                status=503,
                code=Code.BUSY,
                message="another transaction is in the way; try again",
                headers=(("Retry-After", _RETRY_S),),
            )
        case _:
            return INTERNAL


INTERNAL: Final = Refusal(
    status=500, code=Code.INTERNAL_ERROR, message="the server failed; the failure is ours"
)


def error_body(refusal: Refusal) -> bytes:
    """Write the error object.

    Spec: ODATA-9.4-01, ODATA-9.4-02
    """
    error: dict[str, Json] = {"code": refusal.code.value, "message": refusal.message}
    if refusal.target is not None:
        error["target"] = refusal.target
    if refusal.details:
        error["details"] = [_detail(each) for each in refusal.details]
    if refusal.inner is not None:
        error["innererror"] = dict(refusal.inner)
    return write({"error": error})


def error_response(refusal: Refusal, version: str) -> Response:
    """Answer with an error; it is JSON whatever Accept asks for.

    Spec: ODATA-9.4-01, ODATA-9.4-03, ODATA-8.1.1-01
    """
    headers = [
        ("OData-Version", version),
        ("Content-Type", "application/json"),
        ("Content-Language", LANGUAGE),
        *refusal.headers,
    ]
    return Response(status=refusal.status, headers=headers, body=(error_body(refusal),))


def _detail(detail: Detail) -> dict[str, Json]:
    written: dict[str, Json] = {"code": detail.code, "message": detail.message}
    if detail.target is not None:
        written["target"] = detail.target
    return written
