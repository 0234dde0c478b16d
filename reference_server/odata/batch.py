"""A batch as values, the same for both formats.

Refuses to know how either is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from reference_server.odata.errors import Refusal
from reference_server.odata.message import Request, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One individual request.

    Attributes:
        id: its Content-ID or `id`; None if it has none.
        depends_on: ids and names of groups that have to succeed before.
        condition: the member `if`, which takes the place of that.
        refusal: it can't be read, and is answered so.
    """

    request: Request
    id: str | None = None
    depends_on: tuple[str, ...] = ()
    condition: str | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A change set, or an atomicity group under its name: all of it or nothing."""

    operations: Sequence[Operation]
    name: str | None = None


Item: TypeAlias = Operation | Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An individual request and its response."""

    operation: Operation
    response: Response


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAnswered:
    """A group and its responses, one for each operation.

    Attributes:
        failure: the one response that stands for all of them; None if all succeeded.
    """

    group: Group
    responses: Sequence[Response]
    failure: Response | None = None


ItemAnswered: TypeAlias = Answered | GroupAnswered


def failed(item: ItemAnswered) -> bool:
    """Tell whether an item counts as an error of the batch; 304 does not."""
    if isinstance(item, GroupAnswered):
        return item.failure is not None
    return item.response.failed
