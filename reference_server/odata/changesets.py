"""Change sets and atomicity groups: all operations in one unit of work, or none.

Knows how a failed one is told. Refuses to know what an operation does.

Spec: ODATA-11.7.7.4-04, ODATA-J19.1-12, ODATA-11.7.7.5-04, OBJQL-CHANGESET
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from reference_server.errors import ServerError
from reference_server.odata.batch import Group, GroupAnswered, Operation
from reference_server.odata.errors import (
    Code,
    Detail,
    ODataError,
    Refusal,
    refusal_of,
)
from reference_server.odata.message import Request, Response
from reference_server.odata.references import Resolver
from reference_server.odata.units import OpenUnit
from reference_server.store import Transaction

#: Answers one request inside a unit of work; raises `ServerError` where it is refused.
AnswerOne: TypeAlias = Callable[[Request, Transaction], Response]
#: Writes an error in a version of the protocol.
ErrorResponse: TypeAlias = Callable[[Refusal, str], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How a change set failed.

    Attributes:
        completed: operations that had been done before.
        total: operations of the change set.
        operation: the one that failed: its id, or its place counted from 1.
        refusal: why.
    """

    completed: int
    total: int
    operation: str
    refusal: Refusal


def failure_refusal(failure: Failure) -> Refusal:
    """Tell why a change set failed: what failed in `details`, how it stands in `innererror`.

    `details` has to be an array (JSON Format 21.1), so that the design's five members are in
    `innererror`, whose members are the service's own.

    Spec: ODATA-11.7.7.5-04, OBJQL-CHANGESET
    """
    cause = failure.refusal
    return replace(
        cause,
        code=Code.CHANGESET_FAILED,
        message=f"operation {failure.operation} failed, so that nothing was done: {cause.message}",
        details=[
            Detail(code=cause.code.value, message=cause.message, target=cause.target),
            *cause.details,
        ],
        inner={
            "completedOperations": failure.completed,
            "totalOperations": failure.total,
            "failedOperation": failure.operation,
            "rollbackAttempted": True,
            "rollbackStatus": "success",
        },
    )


class ChangeSets:
    """Carries out groups.

    Args:
        answer: carries out one operation.
        on_crash: is told of an exception that is none of ours; returns what the peer is told.
        error_response: see `errors.error_response`.
    """

    def __init__(
        self,
        *,
        answer: AnswerOne,
        on_crash: Callable[[Request, Exception], Refusal],
        error_response: ErrorResponse,
    ) -> None:
        self._answer = answer
        self._on_crash = on_crash
        self._error_response = error_response

    def run(self, group: Group, unit: OpenUnit, resolver: Resolver, version: str) -> GroupAnswered:
        """Carry out a group; `version` is that of the response if it fails."""
        responses: list[Response] = []
        at = 0
        try:
            with unit(True) as work:  # noqa: FBT003 - see OpenUnit
                for at, operation in enumerate(group.operations):  # noqa: B007 - used after a failure
                    response = self._one(operation, work, resolver)
                    resolver.remember(operation.id, response)
                    responses.append(response)
        except ServerError as error:
            return self._failed(group, at, refusal_of(error), resolver, version)
        except Exception as error:  # noqa: BLE001 - our bug, yet the peer is answered
            refusal = self._on_crash(group.operations[at].request, error)
            return self._failed(group, at, refusal, resolver, version)
        resolver.remember(group.name, Response(status=200))
        return GroupAnswered(group=group, responses=responses)

    def _one(self, operation: Operation, work: Transaction, resolver: Resolver) -> Response:
        if operation.refusal is not None:
            raise ODataError(operation.refusal)
        return self._answer(resolver.resolve(operation.request), work)

    def _failed(
        self, group: Group, at: int, refusal: Refusal, resolver: Resolver, version: str
    ) -> GroupAnswered:
        failure = Failure(
            completed=at,
            total=len(group.operations),
            operation=group.operations[at].id or str(at + 1),
            refusal=refusal,
        )
        told = self._error_response(failure_refusal(failure), version)
        others = self._error_response(undone(failure.operation), version)
        responses = [told if place == at else others for place in range(len(group.operations))]
        for operation, response in zip(group.operations, responses, strict=True):
            resolver.remember(operation.id, response)
        resolver.remember(group.name, told)
        return GroupAnswered(group=group, responses=responses, failure=told)


def undone(name: str) -> Refusal:
    """Tell what became of an operation that stood in a group with one that failed.

    Spec: ODATA-J19.5-06, ODATA-9.2.6-01
    """
    message = f"operation {name} of the same group failed, so that nothing of the group was done"
    return Refusal(status=424, code=Code.FAILED_DEPENDENCY, message=message)


def all_of(group: Group, told: Response) -> GroupAnswered:
    """Answer every operation of a group that was not begun in the same way."""
    responses: Sequence[Response] = [told] * len(group.operations)
    return GroupAnswered(group=group, responses=responses, failure=told)
