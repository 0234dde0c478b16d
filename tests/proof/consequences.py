"""What faults turn red beside what they break: rows that can't stay whole next to it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from conformance.words.yaml_file import load_yaml

CONSEQUENCES_FILE: Final = Path(__file__).parent / "consequences.yaml"
_HEAD: Final = """\
# What each fault turns red beside what it breaks: rows that can't stay whole next to it.
# `python -m tests.proof --write` brings this up to date; read the difference before you keep it.
"""


def load_consequences() -> dict[str, frozenset[str]]:
    """Return requirement ids by the name of a fault."""
    read = load_yaml(CONSEQUENCES_FILE)
    assert isinstance(read, dict)
    return {
        name: frozenset(map(str, rows)) for name, rows in read.items() if isinstance(rows, list)
    }


def write_consequences(consequences: Mapping[str, frozenset[str]]) -> None:
    """Write the file anew, sorted; faults without consequences stay out of it."""
    lines = [
        f"{name}: [{', '.join(sorted(rows))}]\n"
        for name, rows in sorted(consequences.items())
        if rows
    ]
    CONSEQUENCES_FILE.write_text(_HEAD + "".join(lines), encoding="utf-8")
