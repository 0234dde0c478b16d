"""A search in this process, against a server of ours that is a process of its own."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.fuzz_command import FuzzOptions, fuzz, replay
from conformance.session import RunOptions

SEED = 7
BUDGET_S = 100.0


@dataclass(frozen=True, kw_only=True)
class Searched:
    """How a search ended, what it told, and what it saved."""

    status: int
    out: str
    err: str
    saved: list[Path]

    def saved_for(self, requirement: str) -> Path:
        """Return the file of the find of a requirement."""
        word = requirement.lower().replace("(", "").replace(")", "")
        (found,) = [path for path in self.saved if path.name.startswith(f"fuzz-{word}-")]
        return found


def search(
    options: RunOptions,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    max_examples: int,
    kinds: tuple[str, ...] = (),
) -> Searched:
    fuzzing = FuzzOptions(max_examples=max_examples, budget_s=BUDGET_S, kinds=kinds, save=folder)
    status = fuzz(options, fuzzing)
    told = capsys.readouterr()
    return Searched(
        status=status, out=told.out, err=told.err, saved=sorted(folder.glob("fuzz-*.yaml"))
    )


def replayed(options: RunOptions, path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Send a find again; return the verdicts with their requirements."""
    replay(options, path)
    lines = capsys.readouterr().out.splitlines()
    return [" ".join(line.split()[:2]) for line in lines]
