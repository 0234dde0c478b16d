"""The reference server in the process of the tests, as the suite's own tests have it."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Final

import pytest

from conformance.drivers.embedded import embedded_server
from tests.integration.odata_clients.lab import Store

_NUMBERS: Final = count(1)


@pytest.fixture(scope="session")
def reference() -> Iterator[str]:
    """URL of the reference server's JSON-RPC endpoint, everything switched on."""
    with embedded_server() as origin:
        yield f"{origin}/rpc"


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Origin of a reference server of a module's own."""
    with embedded_server() as made:
        yield made


@pytest.fixture
def store(origin: str) -> Store:
    """The products of the server."""
    return Store(origin)


@pytest.fixture
def keys() -> Sequence[str]:
    """Keys that no other test has."""
    return [f"key-{next(_NUMBERS)}" for _ in range(4)]
