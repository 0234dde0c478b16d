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
    place: str = ""

    @property
    def statement(self) -> str:
        """What the statement is known by."""
        return statement_of(self.module, self.before, self.place)

    @property
    def name(self) -> str:
        """What the mutant is known by."""
        return name_of(self.statement, self.after)

    def as_line(self) -> str:
        """Return a line of JSON, with its end."""
        return f"{json.dumps(asdict(self))}\n"


def statement_of(module: str, before: str, place: str) -> str:
    """Return what a statement is known by as long as it stays: no line number.

    Args:
        module: its module.
        before: its text.
        place: which it is of those that read the same, as `(2 of 3)`; empty where it is alone.
    """
    return f"{module}: {before} {place}".rstrip()


def name_of(statement: str, after: str) -> str:
    """Return what a mutant is known by: its statement, and what became of it."""
    return f"{statement} -> {after}"


def read_fates(reports: Iterable[Path]) -> Iterator[Fate]:
    """Read reports, one after the other."""
    for path in reports:
        for line in path.read_text(encoding="utf-8").splitlines():
            yield Fate(**json.loads(line))  # noqa: TID251 - our own file


def last_of_each(fates: Iterable[Fate]) -> list[Fate]:
    """Return the last fate of each mutant, in the order in which they were first met."""
    return [*{(one.name, one.line): one for one in fates}.values()]
