"""The tutorial, done as it stands: its scenario is added, seen green, and seen red."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conformance.drivers.embedded import embedded_server

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/write-a-scenario.md").read_text(encoding="utf-8")
TIMEOUT_S = 120.0


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def found(pattern: str) -> str:
    """Return what the page says at one place, or at several in the same way."""
    (one,) = set(re.findall(pattern, TEXT))
    return str(one)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree of the suite with the scenario in it."""
    folder = tmp_path_factory.mktemp("tree")
    without = shutil.ignore_patterns("__pycache__")
    for name in ("conformance", "schemas"):
        shutil.copytree(ROOT / name, folder / name, ignore=without)
    (scenario,) = blocks("yaml")
    path = folder / found(r"Put this into `([^`]+)`")
    assert path.parent.is_dir()
    path.write_text(scenario, encoding="utf-8")
    return folder


def run(tree: Path, origin: str) -> tuple[int, str, dict[str, str]]:
    """Run the page's command on a server; return status, text, and verdicts by case."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "conformance", "run", f"{origin}/rpc", "--quiet"),
            *("--only", found(r"--only '([^']+)'")),
        ],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tree), str(ROOT)])},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    report = json.loads((tree / "reports/run/report.json").read_bytes())  # noqa: TID251
    verdicts = {one["case"]: one["verdict"] for one in report["checks"]}
    return done.returncode, done.stdout, verdicts


def test_the_scenario_is_green_on_the_reference_server(tree: Path) -> None:
    with embedded_server() as origin:
        status, _, verdicts = run(tree, origin)

    assert status == 0
    assert verdicts == {"greek": "pass", "emoji": "pass"}


def test_the_fault_turns_it_red(tree: Path) -> None:
    fault = found(r"--fault ([a-z-]+)")
    command = [sys.executable, "-m", "reference_server", "serve", "--port", "0", "--fault", fault]
    server = subprocess.Popen(
        [*command, "--exit-with-parent"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with server:
        assert server.stdout is not None
        said = re.search(r"http://127\.0\.0\.1:[0-9]+", server.stdout.readline())
        assert said is not None
        status, text, verdicts = run(tree, said[0])
        server.terminate()

    assert status == 1
    assert verdicts == {"greek": "fail", "emoji": "fail"}
    assert "FAIL JSONRPC-5.1-09" in text


def test_the_commands_of_the_page_name_what_is_there() -> None:
    fault, requirement = found(r"--fault ([a-z-]+)"), found(r"wirecheck explain (\S+)")
    listed = subprocess.run(
        [sys.executable, "-m", "reference_server", "faults"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()

    (line,) = (line for line in listed if line.startswith(f"{fault}: "))
    assert requirement in line
