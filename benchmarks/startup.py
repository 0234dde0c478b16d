"""What `wirecheck --help` adds to the start of a bare interpreter."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyperf

from benchmarks.ratio import Ratio

PROCESSES = 7
VALUES = 5


def seconds(*command: str) -> float:
    """Return the median time of a command, measured by pyperf."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "measured.json"
        measuring = [sys.executable, "-m", "pyperf", "command", "--quiet", "-o", str(path)]
        size = ["--processes", str(PROCESSES), "--values", str(VALUES), "--warmups", "1"]
        subprocess.run([*measuring, *size, "--", *command], check=True, stdout=subprocess.DEVNULL)
        return float(pyperf.Benchmark.load(str(path)).median())


def measure() -> Iterator[Ratio]:
    bare = seconds(sys.executable, "-c", "pass")
    helping = seconds(sys.executable, "-m", "conformance", "--help")
    yield Ratio(
        name="wirecheck --help",
        measured=helping,
        baseline=bare,
        baseline_name="a bare interpreter",
        unit="s",
        limit=(bare + 0.3) / bare,
        note=f"{(helping - bare) * 1000:.0f} ms of its own, promised: below 300 ms",
    )
