"""What every test shares: Hypothesis profiles, and no network but this machine's loopback."""

import os
import sys
import time
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from tests.where import MATRIX_FILE

# No deadlines: how fast a test is says more about the machine than about the code.
settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile(
    "ci",
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("deep", max_examples=5_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

_STARTED_S = time.time()
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Show what the proof found, when it ran: which fault turns which checks red."""
    if MATRIX_FILE.exists() and MATRIX_FILE.stat().st_mtime >= _STARTED_S:
        terminalreporter.section("faults, and the checks that each turns red")
        terminalreporter.write(MATRIX_FILE.read_text(encoding="utf-8"))
