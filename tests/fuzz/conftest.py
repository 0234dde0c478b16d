"""The reference server of the tests of the search."""

from collections.abc import Iterator

import pytest

from conformance.drivers.embedded import embedded_server


@pytest.fixture(scope="module")
def reference() -> Iterator[str]:
    """Origin of a reference server without faults, everything switched on."""
    with embedded_server() as origin:
        yield origin
