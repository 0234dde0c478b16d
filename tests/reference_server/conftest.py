"""What the tests of the server share: one that runs, connections to it, and a store in memory."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from reference_server.store import Store
from tests.reference_server.half import Half, half_of
from tests.reference_server.loopback import Peer, serving


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    with serving() as number:
        yield number


@pytest.fixture
def peer(port: int) -> Iterator[Peer]:
    with closing(Peer(port)) as connection:
        yield connection


@pytest.fixture
def fresh_id() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"fresh-{next(numbers)}"


@pytest.fixture
def store(fresh_id: Callable[[], str]) -> Iterator[Store]:
    with closing(Store("sqlite://", fresh_id=fresh_id)) as opened:
        yield opened


@pytest.fixture
def half(store: Store, fresh_id: Callable[[], str]) -> Half:
    return half_of(store, fresh_id=fresh_id)
