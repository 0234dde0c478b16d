"""What became of a mutant, as a value and as a line of a report."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of a mutant: `killed_by` is empty when it lives.

    `cases` is how many could have killed it: those that touch what was changed.
    """

    module: str
    line: int
    change: str
    before: str
    after: str
    killed_by: str
    cases: int
    took_s: float

    @property
    def name(self) -> str:
        """What the mutant is known by."""
        return name_of(self.module, self.before, self.after)

    def as_line(self) -> str:
        """Return a line of JSON, with its end."""
        return f"{json.dumps(asdict(self))}\n"


def name_of(module: str, before: str, after: str) -> str:
    """Return what a mutant is known by as long as its statement stays: no line number."""
    return f"{module}: {before} -> {after}"


def read_fates(reports: Iterable[Path]) -> Iterator[Fate]:
    """Read reports, one after the other."""
    for path in reports:
        for line in path.read_text(encoding="utf-8").splitlines():
            yield Fate(**json.loads(line))  # noqa: TID251 - our own file


def last_of_each(fates: Iterable[Fate]) -> list[Fate]:
    """Return the last fate of each mutant, in the order in which they were first met."""
    return [*{(one.name, one.line): one for one in fates}.values()]
