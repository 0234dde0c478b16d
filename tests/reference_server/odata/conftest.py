"""A service on a store in memory, with everything switched on."""

from collections.abc import Iterator

import pytest

from tests.reference_server.odata.service import Service, service_on


@pytest.fixture
def service() -> Iterator[Service]:
    with service_on() as opened:
        yield opened


@pytest.fixture(params=["multipart", "json"])
def form(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name
