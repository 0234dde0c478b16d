"""Faults with change sets and atomicity groups: what is kept, what is undone, what is told."""

import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from reference_server.errors import ServerError
from reference_server.faults.fault import Marks
from reference_server.faults.odata_forms import (
    JSON,
    MULTIPART,
    in_part,
    on_answers,
    on_json_text,
    on_multipart_text,
    register,
)
from reference_server.json_text import Json
from reference_server.odata.batch import Group, GroupAnswered, Item, ItemAnswered, failed
from reference_server.odata.changesets import ChangeSets
from reference_server.odata.errors import Code, Refusal, error_response, refusal_of
from reference_server.odata.message import Parsed, Request, Response
from reference_server.odata.references import Resolver
from reference_server.odata.runner import Rules, Runner
from reference_server.odata.units import OpenUnit, within

_ATOMIC: Final = ("11.7.7.4-04", "11.7.2-01", "J19.1-12")
_MANY: Final = 40
_SEVERAL: Final = 10
# Longer than whoever proves this waits for an answer.
_ENDLESS_S: Final = 2.5
_GROUP_NAME: Final = re.compile(rb'"atomicityGroup":"[^"]*",')
_ENCODING: Final = b"Content-Transfer-Encoding: binary\r\n"


def _again(request: Request) -> Request:
    """Return a request that can be carried out once more: a parsed body is handed over once."""
    body = request.body
    return (
        replace(request, body=Parsed(deepcopy(body.value))) if isinstance(body, Parsed) else request
    )


class _Undone(Exception):  # noqa: N818 - no error: it only leaves a unit of work
    """Takes back what a unit of work did."""


@in_part(
    "change_sets",
    "change-sets-are-committed-one-by-one",
    breaks=[*_ATOMIC, "OBJQL-CHANGESET-06", "OBJQL-CHANGESET-07"],
    museum=["OD-01", "OD-04"],
)
class CommittedOneByOne(ChangeSets):
    """What a change set did before a request of it failed stays."""

    def run(self, group: Group, unit: OpenUnit, resolver: Resolver, version: str) -> GroupAnswered:
        """Carry out each operation in a unit of its own, up to one that fails."""
        responses: list[Response] = []
        for at, operation in enumerate(group.operations):
            try:
                with unit(True) as work:  # noqa: FBT003 - see OpenUnit
                    response = self._one(operation, work, resolver)
            except ServerError as error:
                return self._failed(group, at, refusal_of(error), resolver, version)
            resolver.remember(operation.id, response)
            responses.append(response)
        resolver.remember(group.name, Response(status=200))
        return GroupAnswered(group=group, responses=responses)


@in_part(
    "change_sets",
    "change-sets-go-on-after-a-failure",
    breaks=[*_ATOMIC, "11.7.7.5-04"],
    museum=["OD-08"],
)
class GoneOnAfterAFailure(ChangeSets):
    """All that can be done of a change set is done, and each request gets its own response."""

    def run(self, group: Group, unit: OpenUnit, resolver: Resolver, version: str) -> GroupAnswered:
        """Carry out each operation in a unit of its own."""
        responses: list[Response] = []
        for operation in group.operations:
            try:
                with unit(True) as work:  # noqa: FBT003 - see OpenUnit
                    response = self._one(operation, work, resolver)
            except ServerError as error:
                response = error_response(refusal_of(error), version)
            resolver.remember(operation.id, response)
            responses.append(response)
        resolver.remember(group.name, max(responses, key=lambda one: one.status))
        return GroupAnswered(group=group, responses=responses)


@in_part("change_sets", "replacements-are-not-undone", breaks=_ATOMIC, museum=["OD-02"])
class ReplacementsNotUndone(ChangeSets):
    """A change set that fails is undone, but for what a PUT replaced."""

    def run(self, group: Group, unit: OpenUnit, resolver: Resolver, version: str) -> GroupAnswered:
        """Carry a group out; where it fails, carry the replacements before that out again."""
        puts = [_again(one.request) for one in group.operations if one.request.method == "PUT"]
        answered = super().run(group, unit, resolver, version)
        if answered.failure is None:
            return answered
        for request in puts:
            with suppress(ServerError), unit(True) as work:  # noqa: FBT003 - see OpenUnit
                self._answer(request, work)
        return answered


@in_part(
    "change_sets",
    "large-change-sets-of-changes-crash",
    breaks=["11.4-02", "11.7.7.4-04", "J19.1-12"],
    museum=["OD-06"],
)
class LargeOnesCrash(ChangeSets):
    """A change set of ten PATCH requests is answered with a server error."""

    def run(self, group: Group, unit: OpenUnit, resolver: Resolver, version: str) -> GroupAnswered:
        """Carry a group out, unless several changes would disturb one another."""
        changes = [one for one in group.operations if one.request.method == "PATCH"]
        if len(changes) < _SEVERAL:
            return super().run(group, unit, resolver, version)
        told = Refusal(status=500, code=Code.INTERNAL_ERROR, message="something failed")
        return self._failed(group, 0, told, resolver, version)


@in_part("change_sets", "changes-in-change-sets-are-not-kept", breaks=["11.4-02"], museum=["OD-07"])
class ChangesNotKept(ChangeSets):
    """A change set of nothing but PATCH requests is answered well, and changes nothing."""

    def run(self, group: Group, unit: OpenUnit, resolver: Resolver, version: str) -> GroupAnswered:
        """Carry a group out, and take changes back."""
        if any(one.request.method != "PATCH" for one in group.operations):
            return super().run(group, unit, resolver, version)
        return self._taken_back(group, unit, resolver, version)

    def _taken_back(
        self, group: Group, unit: OpenUnit, resolver: Resolver, version: str
    ) -> GroupAnswered:
        answered: list[GroupAnswered] = []
        with suppress(_Undone), unit(True) as work:  # noqa: FBT003 - see OpenUnit
            answered.append(super().run(group, within(work), resolver, version))
            raise _Undone
        return answered[0]


@in_part(
    "change_sets", "change-sets-of-two-are-lost", breaks=["11.7.7.4-08", "11.7.7.4-04", "J19.1-12"]
)
class TwoAreLost(ChangesNotKept):
    """A change set of two creations is answered well, and creates nothing."""

    def run(self, group: Group, unit: OpenUnit, resolver: Resolver, version: str) -> GroupAnswered:
        """Carry a group out, and take two creations back."""
        if [one.request.method for one in group.operations] != ["POST", "POST"]:
            return ChangeSets.run(self, group, unit, resolver, version)
        return self._taken_back(group, unit, resolver, version)


@in_part("change_sets", "change-sets-are-applied-never", breaks=["11.7.7.4-04", "J19.1-12"])
class NeverApplied(ChangesNotKept):
    """Change sets are answered well, and nothing of them is done."""

    def run(self, group: Group, unit: OpenUnit, resolver: Resolver, version: str) -> GroupAnswered:
        """Carry a group out, and take all back."""
        return self._taken_back(group, unit, resolver, version)


@in_part("change_sets", "large-change-sets-lose-their-end", breaks=_ATOMIC)
class LargeOnesLoseTheirEnd(ChangeSets):
    """Of a large change set the first forty requests are carried out."""

    def run(self, group: Group, unit: OpenUnit, resolver: Resolver, version: str) -> GroupAnswered:
        """Carry out the first operations, and answer all."""
        if len(group.operations) <= _MANY:
            return super().run(group, unit, resolver, version)
        first = replace(group, operations=group.operations[:_MANY])
        answered = super().run(first, unit, resolver, version)
        rest = [Response(status=204)] * (len(group.operations) - _MANY)
        return replace(answered, group=group, responses=[*answered.responses, *rest])


@in_part("change_sets", "failing-change-sets-never-end", breaks=["11.7.4-06"], museum=["OD-05"])
class NeverEnding(ChangeSets):
    """A change set with a reference to nothing is not answered."""

    def run(self, group: Group, unit: OpenUnit, resolver: Resolver, version: str) -> GroupAnswered:
        """Carry a group out; wait for who never comes where a reference is open."""
        answered = super().run(group, unit, resolver, version)
        if answered.failure is not None and b"refers to nothing" in answered.failure.content:
            time.sleep(_ENDLESS_S)  # noqa: TID251 - the silence is the fault
        return answered


class _AllOrNothing(Runner):
    def run(self, items: Sequence[Item], unit: OpenUnit, rules: Rules) -> list[ItemAnswered]:
        answered: list[ItemAnswered] = []
        with suppress(_Undone), unit(True) as work:  # noqa: FBT003 - see OpenUnit
            answered = super().run(items, within(work), rules)
            if any(isinstance(one, GroupAnswered) and failed(one) for one in answered):
                raise _Undone
        return answered


register(
    Marks(name="failed-change-sets-undo-the-batch", breaks=["11.7.7.4-07", "J19.1-12"]),
    "Where a change set fails, all of the batch is undone.",
    odata_parts={"runner": _AllOrNothing},
)


@on_answers(
    "failed-change-sets-stay-nested", breaks=["11.7.7.5-04"], museum=["OD-09"], formats=[MULTIPART]
)
def failed_change_sets_stay_nested(items: Sequence[ItemAnswered]) -> Sequence[ItemAnswered]:
    """The error of a change set is wrapped in a multipart of its own."""
    return [
        GroupAnswered(
            group=replace(one.group, operations=one.group.operations[:1]), responses=[one.failure]
        )
        if isinstance(one, GroupAnswered) and one.failure is not None
        else one
        for one in items
    ]


@on_answers("failed-groups-look-well", breaks=["J19.5-06", "11.7.7.5-04"])
def failed_groups_look_well(items: Sequence[ItemAnswered]) -> Sequence[ItemAnswered]:
    """The requests of a change set that failed are all answered 204."""
    return [
        replace(one, responses=[Response(status=204)] * len(one.responses), failure=None)
        if isinstance(one, GroupAnswered) and one.failure is not None
        else one
        for one in items
    ]


@on_answers(
    "change-sets-lose-content-ids",
    breaks=["11.7.4(4.0)-02", "11.7.7.4-06"],
    formats=[MULTIPART],
)
def change_sets_lose_content_ids(items: Sequence[ItemAnswered]) -> Sequence[ItemAnswered]:
    """Responses in change sets have no Content-ID."""
    return [
        replace(
            one,
            group=replace(
                one.group, operations=[replace(each, id=None) for each in one.group.operations]
            ),
        )
        if isinstance(one, GroupAnswered)
        else one
        for one in items
    ]


@on_json_text("groups-are-not-repeated", breaks=["J19.5-05", "J19.5-03"], museum=["OD-18"])
def groups_are_not_repeated(text: bytes) -> bytes:
    """Response objects have no atomicityGroup."""
    return _GROUP_NAME.sub(b"", text)


@on_multipart_text("legal-parts-have-no-encoding", breaks=[])
def legal_parts_have_no_encoding(text: bytes) -> bytes:
    """Parts have no Content-Transfer-Encoding."""
    return text.replace(_ENCODING, b"")


@on_answers("legal-members-of-failed-groups-look-well", breaks=[], formats=[JSON])
def legal_members_look_well(items: Sequence[ItemAnswered]) -> Sequence[ItemAnswered]:
    """In a group that failed, requests that did not fail themselves are answered 204."""
    return [
        replace(
            one,
            responses=[
                each if each.status != Response(status=424).status else Response(status=204)
                for each in one.responses
            ],
        )
        if isinstance(one, GroupAnswered) and one.failure is not None
        else one
        for one in items
    ]


def _told(**inner: Json) -> Callable[[Refusal], Refusal]:
    return lambda refusal: replace(refusal, inner={**(refusal.inner or {}), **inner})


def _more(name: str) -> Callable[[Refusal], Refusal]:
    def changed(refusal: Refusal) -> Refusal:
        inner = dict(refusal.inner or {})
        count = inner[name]
        assert isinstance(count, int)
        return replace(refusal, inner={**inner, name: count + 1})

    return changed


def _wrongly_told(name: str, row: str, summary: str, change: Callable[[Refusal], Refusal]) -> None:
    def respond(refusal: Refusal, version: str) -> Response:
        is_changed = refusal.code is Code.CHANGESET_FAILED
        return error_response(change(refusal) if is_changed else refusal, version)

    parts: dict[str, Any] = {"error_response": respond}
    marks = Marks(name=name, breaks=[f"OBJQL-CHANGESET-{row}"])
    register(marks, summary, odata_parts=parts)


_wrongly_told(
    "failed-change-sets-have-the-code-of-the-cause",
    "01",
    "A failed change set has the code of what made it fail.",
    lambda refusal: replace(refusal, code=Code.BAD_REQUEST),
)
_wrongly_told(
    "the-failed-operation-counts-as-completed",
    "02",
    "The operation that failed is counted with those that were done.",
    _more("completedOperations"),
)
_wrongly_told(
    "one-operation-too-many-is-counted",
    "03",
    "A failed change set is said to hold one operation more.",
    _more("totalOperations"),
)
_wrongly_told(
    "the-failed-operation-is-numbered",
    "04",
    "The operation that failed is named by a number, not by its id.",
    _told(failedOperation=1),
)
_wrongly_told(
    "rollbacks-are-not-told",
    "05",
    "A failed change set is said not to have been undone.",
    _told(rollbackAttempted=False),
)
_wrongly_told(
    "rollbacks-are-said-to-fail",
    "06",
    "To undo a change set is said to have failed.",
    _told(rollbackStatus="failed"),
)
_wrongly_told(
    "causes-of-failed-change-sets-are-kept-back",
    "08",
    "What made a change set fail is not told.",
    lambda refusal: replace(refusal, details=()),
)
