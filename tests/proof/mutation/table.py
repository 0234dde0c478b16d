"""What a campaign came to, as a table, beside what is known of mutants that can't be killed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conformance.words.yaml_file import load_yaml
from tests.proof.mutation.fate import Fate
from tests.proof.mutation.mutants import Mutant

EQUIVALENTS_FILE: Final = Path(__file__).parent / "equivalents.yaml"
_HEAD: Final = "| module | mutants | killed | equivalent | survivors | score |"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One module: how many mutants, and what became of them."""

    module: str
    mutants: int
    killed: int
    equivalent: int

    @property
    def survivors(self) -> int:
        """Those that live and could be seen."""
        return self.mutants - self.killed - self.equivalent

    @property
    def score(self) -> float:
        """The part killed of those that can be."""
        able = self.mutants - self.equivalent
        return self.killed / able if able else 1.0

    @classmethod
    def total(cls, rows: Iterable["Row"]) -> "Row":
        """Return the sum."""
        every = [*rows]
        return cls(
            module="all",
            mutants=sum(one.mutants for one in every),
            killed=sum(one.killed for one in every),
            equivalent=sum(one.equivalent for one in every),
        )


def load_equivalents(path: Path) -> dict[str, str]:
    """Return why a mutant can't be seen from the wire, by its name or its statement's."""
    read = load_yaml(path)
    assert isinstance(read, dict)
    reasons: dict[str, str] = {}
    for reason, names in read.items():
        assert isinstance(names, list)
        reasons |= {str(name): reason for name in names}
    return reasons


def reason_of(one: Fate | Mutant, equivalents: Mapping[str, str]) -> str:
    """Return why a living mutant can't be seen; an empty text where nobody knows."""
    statement = f"{one.module}: {one.before}"
    return equivalents.get(one.name) or equivalents.get(statement, "")


def rows_of(fates: Iterable[Fate], equivalents: Mapping[str, str]) -> list[Row]:
    """Return a row for each module, sorted."""
    by_module: dict[str, list[Fate]] = {}
    for fate in fates:
        by_module.setdefault(fate.module, []).append(fate)
    return [
        Row(
            module=module,
            mutants=len(group),
            killed=sum(bool(one.killed_by) for one in group),
            equivalent=sum(
                not one.killed_by and bool(reason_of(one, equivalents)) for one in group
            ),
        )
        for module, group in sorted(by_module.items())
    ]


def table(rows: Sequence[Row]) -> str:
    """Return the rows and their sum as a Markdown table."""
    lines = [_HEAD, "|---|---|---|---|---|---|"]
    for row in [*rows, Row.total(rows)]:
        score = f"{row.score:.1%}"
        lines.append(
            f"| {row.module} | {row.mutants} | {row.killed} | {row.equivalent}"
            f" | {row.survivors} | {score} |"
        )
    return "\n".join(lines)


def survivors_of(fates: Iterable[Fate], equivalents: Mapping[str, str]) -> list[str]:
    """Return what lives, a line each: where, what was changed, and why it can't be seen."""
    return [
        f"{one.module}:{one.line}: {one.change}: {reason_of(one, equivalents) or 'to be looked at'}"
        for one in sorted(fates, key=lambda one: (one.module, one.line))
        if not one.killed_by
    ]
