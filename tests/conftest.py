"""What every test shares: Hypothesis profiles, and no network but this machine's loopback."""

import os
import sys
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("dev", max_examples=50)
settings.register_profile(
    "ci", max_examples=200, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _only_loopback(event: str, arguments: tuple[object, ...]) -> None:
    if event != "socket.connect":
        return
    address = arguments[1]
    if isinstance(address, tuple) and address[0] not in _LOOPBACK:
        raise RuntimeError(f"tests talk to loopback only, not to {address[0]}")


sys.addaudithook(_only_loopback)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where everything is installed: WIRECHECK_CI says so."""
    report = yield
    if report.skipped and os.environ.get("WIRECHECK_CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, where a skip is a failure: {report.longrepr}"
    return report
