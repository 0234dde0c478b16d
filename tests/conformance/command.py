"""The command `wirecheck` and the pytest face, each in a process of its own."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.peers import read_json

TIMEOUT_S = 120.0
SCENARIOS = Path(__file__).parents[2] / "conformance/scenarios/jsonrpc"
_ANSI = re.compile(r"\x1b")


@dataclass(frozen=True, kw_only=True)
class Done:
    """How a process ended, and what it wrote."""

    status: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """The one line on standard error; there is no other, and nothing on standard output."""
        assert self.out == ""
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1, self.err
        return self.err[:-1]


def environment(**more: str) -> dict[str, str]:
    """Return an environment as on a plain machine, with some variables more."""
    kept = {name: v for name, v in os.environ.items() if not name.startswith(("PYTEST", "COLUMNS"))}
    return {**kept, **more}


def run(arguments: list[str], folder: Path, more: Mapping[str, str]) -> Done:
    """Run Python in a folder; nothing that it says is a traceback, nor coloured in a pipe."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(**more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    out, err = done.stdout.decode(), done.stderr.decode()
    assert "Traceback" not in out + err, out + err
    assert not _ANSI.search(out + err)
    return Done(status=done.returncode, out=out, err=err)


def wirecheck(folder: Path, *arguments: str, **more: str) -> Done:
    """Run the command in a folder; reports go below it."""
    return run(["-m", "conformance", *arguments], folder, more)


def pytest_face(folder: Path, *arguments: str) -> Done:
    """Run pytest in a folder, over scenarios named in the arguments."""
    plugins = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
    report = ["--report-dir", str(folder / "report")]
    return run(["-m", "pytest", *plugins, *report, *arguments], folder, {})


def report_of(folder: Path) -> dict[str, Any]:
    """Read the report.json that a run left in a folder."""
    document: dict[str, Any] = read_json((folder / "report.json").read_bytes())
    return document


def verdicts_of(report: Mapping[str, Any]) -> dict[tuple[str, str, str], str]:
    """Return the verdict of each check of a report, by requirement, scenario and case."""
    return {
        (row["requirement"], row["scenario"], row["case"]): row["verdict"]
        for row in report["checks"]
    }
