"""The recipes of examples/ keep what their readers copy them for."""

import importlib.util
import shutil
import sys
from pathlib import Path

import pytest

from tests.conformance.command import report_of, wirecheck

ROOT = Path(__file__).resolve().parents[3]
ADAPTER = ROOT / "examples/clients/reconnecting_client_adapter.py"
MODULE = ROOT / "examples/reconnecting-client.mjs"
# Of each kind some: the published reports hold all.
CASES = [
    part
    for glob in ("example-*", "byte-order-mark*", "block-without-data", "id-is-*", "connects-again",
                 "no-content-*", "network-error-*", "retry-sets-the-time", "close-during-the-wait")
    for part in ("--only", glob)
]  # fmt: skip


def verdicts(folder: Path, *arguments: str) -> set[str]:
    done = wirecheck(folder, "client", "--quiet", "--report-dir", ".", *arguments, *CASES)
    assert done.status == 0, done.out
    return {row["verdict"] for row in report_of(folder)["checks"]}


def test_the_recipe_over_httpx_sse_keeps_every_row(tmp_path: Path) -> None:
    if importlib.util.find_spec("httpx_sse") is None:
        pytest.skip("needs httpx-sse: pip install httpx-sse")

    assert verdicts(tmp_path, "--command", f"{sys.executable} {ADAPTER} {{port}}") == {"pass"}


@pytest.mark.needs_chromium
@pytest.mark.xdist_group("chromium")
def test_the_recipe_over_event_source_keeps_every_row(tmp_path: Path) -> None:
    if shutil.which("chromium") is None:
        pytest.skip("needs Chromium: apt-get install chromium")

    assert verdicts(tmp_path, "--browser", "chromium", "--module", str(MODULE)) == {"pass"}
