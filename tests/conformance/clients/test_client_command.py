"""`wirecheck client` as its users run it."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from conformance.client_command import Attached, client_and_report
from conformance.clients.session import ClientOptions
from conformance.errors import InputError
from tests.conformance.command import report_of, wirecheck

ROOT = Path(__file__).resolve().parents[3]
ADAPTER = f"{sys.executable} -m tests.conformance.clients.small_adapter {{port}}"


def client(folder: Path, *arguments: str) -> tuple[int, str]:
    done = wirecheck(folder, "client", "--quiet", *arguments, PYTHONPATH=str(ROOT))
    return done.status, done.err


def test_a_client_is_judged_through_its_test_service(tmp_path: Path) -> None:
    status, _ = client(
        tmp_path,
        *("--command", ADAPTER, "--name", "small", "--version", "1.0", "--report-dir", "."),
        *("--only", "connects-again", "--only", "id-is-sent-again", "--only", "example-*"),
    )

    report = report_of(tmp_path)
    assert status == 0
    assert (report["target"]["name"], report["target"]["version"]) == ("small", "1.0")
    assert report["target"]["capabilities"] == [
        "sse.client",
        "sse.client-close-in-handler",
        "sse.client-last-event-id",
        "sse.client-states",
        "sse.reconnects",
    ]
    assert {row["verdict"] for row in report["checks"]} == {"pass"}
    assert "Last-Event-ID: 42" in str(report["exchanges"])


def test_rows_on_browsers_are_not_applicable_to_others(tmp_path: Path) -> None:
    status, _ = client(
        tmp_path, "--command", ADAPTER, "--report-dir", ".", "--class", "sse.client-browser"
    )

    assert status == 1  # nothing was tested, so nothing has passed
    assert {row["verdict"] for row in report_of(tmp_path)["checks"]} == {"not-applicable"}


@pytest.mark.parametrize(
    ("attached", "told"),
    [
        pytest.param(Attached(), "client: expected exactly one of --service, --command", id="none"),
        pytest.param(
            Attached(browser="chromium", command="x {port}"),
            "client: expected exactly one of --service, --command",
            id="two",
        ),
        pytest.param(
            Attached(command="python x.py"),
            "--command: expected a command with {port} in it",
            id="no port",
        ),
        pytest.param(
            Attached(command="no-such-program {port}"),
            "--command: expected a program, saw 'no-such-program'",
            id="no such program",
        ),
        pytest.param(
            Attached(browser="no-such-browser"),
            "--browser: expected a program that is installed",
            id="no such browser",
        ),
        pytest.param(
            Attached(command="x {port}", module=Path("y.mjs")),
            "--module: expected a --browser that runs it",
            id="module without browser",
        ),
        pytest.param(
            Attached(browser="url", module=Path("y.mjs")),
            "--module: expected a JavaScript module",
            id="no such module",
        ),
    ],
)
def test_wrong_usage_is_told(tmp_path: Path, attached: Attached, told: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(told)}"):
        client_and_report(
            attached, ClientOptions(), report_dir=tmp_path, formats="json", baseline=None
        )


def test_wrong_usage_is_one_line(tmp_path: Path) -> None:
    done = wirecheck(tmp_path, "client")

    assert done.status == 2
    assert "expected exactly one of --service, --command and --browser" in done.line


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--service", "http://127.0.0.1:9"], id="service"),
        pytest.param(["--command", f"{sys.executable} -c pass {{port}}"], id="command"),
    ],
)
def test_a_service_that_is_not_there_is_unreachable(tmp_path: Path, arguments: list[str]) -> None:
    done = wirecheck(tmp_path, "client", *arguments)

    assert done.status == 3
    assert "can't be reached" in done.line


@pytest.mark.needs_chromium
@pytest.mark.xdist_group("chromium")
def test_a_browser_is_judged_by_a_page(tmp_path: Path) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("needs Chromium: apt-get install chromium")

    status, told = client(
        tmp_path,
        *("--browser", "chromium", "--report-dir", "."),
        *("--only", "starts-connecting", "--only", "constants", "--only", "example-2"),
    )

    assert status == 0, told
    assert {row["verdict"] for row in report_of(tmp_path)["checks"]} == {"pass"}
