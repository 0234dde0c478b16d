"""The reference server in the process of the tests, as the suite's own tests have it."""

from collections.abc import Iterator

import pytest

from conformance.drivers.embedded import embedded_server


@pytest.fixture(scope="session")
def reference() -> Iterator[str]:
    """URL of the reference server's JSON-RPC endpoint, everything switched on."""
    with embedded_server() as origin:
        yield f"{origin}/rpc"
