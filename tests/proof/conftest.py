"""The matrix, shared by all tests of the proof; they run in one worker (see `--dist loadgroup`)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.lab import Setup
from tests.proof.matrix import Matrix, open_matrix
from tests.proof.setups import SETUPS

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before xdist looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the proof together."""
    for item in items:
        if item.path.is_relative_to(HERE):
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
    ours = [item for item in request.session.items if item.path.is_relative_to(HERE)]
    is_alone = "PYTEST_XDIST_WORKER" not in os.environ
    assert is_alone or "@" in ours[0].nodeid, "each worker would make all runs: --dist loadgroup"
    with open_matrix(tmp_path_factory.mktemp("proof")) as made:
        for item in ours:
            if "matrix" in item.fixturenames:  # type: ignore[attr-defined]  # pytest's functions have it
                made.want(_setups(item))
        yield made
