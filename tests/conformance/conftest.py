"""What the tests of the suite share: a certificate, and the reference server in its process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.drivers.embedded import embedded_server
from tests.conformance.peers import make_certificate


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Paths of a self-signed certificate for 127.0.0.1 and of its key."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def reference() -> Iterator[str]:
    """URL of the reference server's JSON-RPC endpoint, everything switched on."""
    with embedded_server() as origin:
        yield f"{origin}/rpc"
