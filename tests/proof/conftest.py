"""The matrix, shared by all tests of the proof; they run in one worker (see `--dist loadgroup`)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.lab import Setup
from tests.proof.matrix import Matrix, open_matrix
from tests.proof.setups import SETUPS


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the proof together."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.xdist_group("proof"))


def _setups(item: pytest.Item) -> list[Setup]:
    """Return the runs that a test is about; all for those about the whole."""
    callspec = getattr(item, "callspec", None)
    if callspec is None:
        return list(SETUPS.values())
    return [one for one in callspec.params.values() if isinstance(one, Setup)]


@pytest.fixture(scope="session")
def matrix(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Matrix]:
    """Yield the matrix; the runs of all selected tests begin at once."""
    with open_matrix(tmp_path_factory.mktemp("proof")) as made:
        for item in request.session.items:
            if item.path.is_relative_to(Path(__file__).parent) and "matrix" in item.fixturenames:  # type: ignore[attr-defined]  # pytest's functions have it
                made.want(_setups(item))
        yield made
