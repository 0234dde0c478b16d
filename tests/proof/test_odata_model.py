"""The model of batches agrees with a server that keeps the rules, and with none that does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from conformance.discovery.odata import discover_odata
from conformance.drivers.endpoint import read_url
from conformance.drivers.odata import ODataDriver
from conformance.drivers.wire import Limits
from conformance.properties.odata_model import BatchMachine, Service
from conformance.properties.odata_service import DrivenService
from tests.proof.lab import PATHS, Setup, served

UNIQUE = count(1)


@contextmanager
def machine_for(setup: Setup) -> Iterator[type[BatchMachine]]:
    """Yield a machine that drives the server of a setup."""
    with served(setup) as url, start_blocking_portal() as portal:
        endpoint = read_url(f"{url}{PATHS['odata']}", where="test")
        driver = ODataDriver(endpoint, limits=Limits(timeout_s=20.0))
        driver.workshops = portal.call(discover_odata, driver).workshops

        class Machine(BatchMachine):
            def open_service(self) -> Service:
                return DrivenService(driver, portal, unique=f"model{next(UNIQUE)}")

        yield Machine
        assert driver.left_over == []


def run(machine: type[BatchMachine], *, examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=8,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_model_agrees_with_the_server() -> None:
    with machine_for(Setup(name="model")) as machine:
        run(machine, examples=15)


@pytest.mark.parametrize(
    "fault",
    [
        "change-sets-are-committed-one-by-one",
        "change-sets-go-on-after-a-failure",
        "change-sets-are-applied-never",
        "changes-in-change-sets-are-not-kept",
        "failed-change-sets-undo-the-batch",
        "deletions-in-batches-are-not-made",
    ],
)
def test_the_model_sees_what_is_not_all_or_nothing(fault: str) -> None:
    with (
        machine_for(Setup(name="model", fault=fault)) as machine,
        pytest.raises(AssertionError, match=r"^expected {"),
    ):
        run(machine, examples=200)
