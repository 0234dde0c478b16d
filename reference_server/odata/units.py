"""Units of work: what is done at once or not at all, and where one is within another.

Knows the store's transactions. Refuses to know requests.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeAlias

from reference_server.store import Store, Transaction

#: Opens a unit: done at the end, undone by an exception. True says that it will write.
OpenUnit: TypeAlias = Callable[[bool], AbstractContextManager[Transaction]]


def separate(store: Store) -> OpenUnit:
    """Make each unit a transaction of its own."""

    @contextmanager
    def unit(writes: bool) -> Iterator[Transaction]:  # noqa: FBT001 - see OpenUnit
        with store.transaction(writes=writes) as work:
            yield work

    return unit


def within(work: Transaction) -> OpenUnit:
    """Make each unit a savepoint of one transaction, which decides in the end."""

    @contextmanager
    def unit(_writes: bool) -> Iterator[Transaction]:  # noqa: FBT001 - see OpenUnit
        # Reads too: PostgreSQL gives up the whole transaction for one that fails.
        with work.savepoint():
            yield work

    return unit
