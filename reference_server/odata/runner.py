"""A batch carried out: order, dependencies, what an error stops (Protocol 11.7.7.4, JSON 19.4).

Knows which request is carried out, and when none is any more. Refuses to know formats.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from reference_server.errors import ServerError
from reference_server.odata.batch import Answered, Group, Item, ItemAnswered, Operation, failed
from reference_server.odata.changesets import AnswerOne, ChangeSets, ErrorResponse, all_of
from reference_server.odata.conditions import holds
from reference_server.odata.errors import Code, Refusal, refusal_of
from reference_server.odata.message import READS, Request, Response
from reference_server.odata.references import Resolver
from reference_server.odata.units import OpenUnit

_UNSAFE_ONLY: Final = Refusal(
    status=400, code=Code.BAD_REQUEST, message="a change set holds changes only, and no GET"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How one batch is carried out.

    Attributes:
        stop: the first error ends the batch.
        reads_in_groups: a group may hold reads (JSON); a change set may not (multipart).
        version: of the responses that are made here.
        later: answers a request of its own later, with 202; None where that can't be.
        check_cancelled: is called before each item; what it raises ends the batch.
    """

    stop: bool
    reads_in_groups: bool
    version: str
    later: Callable[[Request], Response | None] | None = None
    check_cancelled: Callable[[], None] = lambda: None


class MakeResolver(Protocol):
    """Makes a resolver for one batch."""

    def __call__(self) -> Resolver:
        """See `Resolver`."""


class DependencyRefusal(Protocol):
    """Tells what keeps a request of a batch from being carried out."""

    def __call__(
        self, operation: Operation, resolver: Resolver, but: set[str | None] | None = None
    ) -> Refusal | None:
        """See `dependency_refusal`."""


class Runner:
    """Carries out batches.

    Args:
        answer: carries out one request in a unit of work.
        change_sets: carries out groups.
        make_resolver: makes what remembers the responses of one batch.
        on_crash: see `ChangeSets`.
        error_response: see `errors.error_response`.
        dependency_refusal: see the function of that name.
    """

    def __init__(
        self,
        *,
        answer: AnswerOne,
        change_sets: ChangeSets,
        make_resolver: MakeResolver,
        on_crash: Callable[[Request, Exception], Refusal],
        error_response: ErrorResponse,
        dependency_refusal: DependencyRefusal,
    ) -> None:
        self._answer = answer
        self._change_sets = change_sets
        self._make_resolver = make_resolver
        self._on_crash = on_crash
        self._error_response = error_response
        self._dependency_refusal = dependency_refusal

    def run(self, items: Sequence[Item], unit: OpenUnit, rules: Rules) -> list[ItemAnswered]:
        """Carry out a batch; what is not carried out after an error has no response."""
        return list(self._run(items, unit, rules))

    def _run(self, items: Sequence[Item], unit: OpenUnit, rules: Rules) -> Iterator[ItemAnswered]:
        resolver = self._make_resolver()
        needed = {name for item in items for one in _operations(item) for name in one.depends_on}
        for item in items:
            rules.check_cancelled()
            if isinstance(item, Group):
                answered: ItemAnswered = self._group(item, unit, rules, resolver)
            else:
                later = rules.later if item.id not in needed else None
                response = self._single(item, unit, rules, resolver, later)
                resolver.remember(item.id, response)
                answered = Answered(operation=item, response=response)
            yield answered
            if rules.stop and failed(answered):
                return

    def _single(
        self,
        operation: Operation,
        unit: OpenUnit,
        rules: Rules,
        resolver: Resolver,
        later: Callable[[Request], Response | None] | None,
    ) -> Response:
        refusal = operation.refusal or self._dependency_refusal(operation, resolver)
        if refusal is not None:
            return self._error_response(refusal, rules.version)
        try:
            request = resolver.resolve(operation.request)
            answered = None if later is None else later(request)
            if answered is not None:
                return answered
            with unit(request.method not in READS) as work:
                return self._answer(request, work)
        except ServerError as error:
            return self._error_response(refusal_of(error), rules.version)
        except Exception as error:  # noqa: BLE001 - our bug, yet the peer is answered
            return self._error_response(self._on_crash(operation.request, error), rules.version)

    def _group(
        self, group: Group, unit: OpenUnit, rules: Rules, resolver: Resolver
    ) -> ItemAnswered:
        inside = {one.id for one in group.operations}
        for one in group.operations:
            refusal = self._dependency_refusal(one, resolver, but=inside)
            if refusal is not None:
                return self._untouched(group, refusal, resolver, rules)
            if one.request.method in READS and not rules.reads_in_groups:
                return self._untouched(group, _UNSAFE_ONLY, resolver, rules)
        return self._change_sets.run(group, unit, resolver, rules.version)

    def _untouched(
        self, group: Group, refusal: Refusal, resolver: Resolver, rules: Rules
    ) -> ItemAnswered:
        answered = all_of(group, self._error_response(refusal, rules.version))
        for one, response in zip(group.operations, answered.responses, strict=True):
            resolver.remember(one.id, response)
            resolver.remember(group.name, response)
        return answered


def dependency_refusal(
    operation: Operation, resolver: Resolver, but: set[str | None] | None = None
) -> Refusal | None:
    """Tell why a request is not carried out; None if it is.

    Args:
        operation: the request.
        resolver: what became of those before it.
        but: requests of the same group, which fail with it.

    Spec: ODATA-J19.1-15, ODATA-J19.1-16, ODATA-J19.1-17, ODATA-9.2.6-01
    """
    if operation.condition is not None:
        try:
            met = holds(operation.condition, resolver)
        except ServerError as error:
            return refusal_of(error)
        message = "the condition of this request does not hold"
        return None if met else _failed_dependency(message)
    for name in operation.depends_on:
        if not (but and name in but) and not resolver.succeeded(name):
            return _failed_dependency(f"{name!r}, which this request depends on, failed")
    return None


def _failed_dependency(message: str) -> Refusal:
    return Refusal(status=424, code=Code.FAILED_DEPENDENCY, message=message, target="dependsOn")


def _operations(item: Item) -> Sequence[Operation]:
    return item.operations if isinstance(item, Group) else [item]
