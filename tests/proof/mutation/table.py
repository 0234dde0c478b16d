"""What a campaign came to, as tables."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from tests.proof.mutation.excuse import Excuse, Reasons, reason_of
from tests.proof.mutation.fate import Fate
from tests.proof.mutation.parts import PARTS, PROTOCOLS, part_of

_EXCUSED: Final = "no client could see it | nothing asks for it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Some mutants that were judged, and what became of them."""

    name: str
    mutants: int
    killed: int
    unseen: int = 0
    unasked: int = 0

    @property
    def left(self) -> int:
        """Those that live without a reason."""
        return self.mutants - self.killed - self.unseen - self.unasked

    @property
    def score(self) -> float:
        """The part killed of all without a reason to live."""
        return _share(self.killed, self.mutants - self.unseen - self.unasked)

    @property
    def strict(self) -> float:
        """The part killed of all that a client could see."""
        return _share(self.killed, self.mutants - self.unseen)

    @classmethod
    def total(cls, name: str, rows: Iterable["Row"]) -> "Row":
        """Return the sum."""
        every = [*rows]
        return cls(
            name=name,
            mutants=sum(one.mutants for one in every),
            killed=sum(one.killed for one in every),
            unseen=sum(one.unseen for one in every),
            unasked=sum(one.unasked for one in every),
        )


def _share(killed: int, able: int) -> float:
    return killed / able if able else 1.0


def rows_of(fates: Iterable[Fate], reasons: Reasons, *, by: Callable[[Fate], str]) -> list[Row]:
    """Return a row for each name that `by` gives, sorted."""
    groups: dict[str, list[Fate]] = {}
    for fate in fates:
        groups.setdefault(by(fate), []).append(fate)
    return [_row(name, group, reasons) for name, group in sorted(groups.items())]


def rows_of_modules(fates: Iterable[Fate], reasons: Reasons) -> list[Row]:
    """Return a row for each module, sorted."""
    return rows_of(fates, reasons, by=lambda fate: fate.module)


def rows_of_parts(fates: Iterable[Fate], reasons: Reasons) -> list[Row]:
    """Return a row for each part, and one for what the catalogue is about, behind its parts."""
    by_part = {one.name: one for one in rows_of(fates, reasons, by=lambda one: part_of(one.module))}
    protocols = [by_part[part] for part in PROTOCOLS if part in by_part]
    others = [by_part[part] for part in PARTS if part in by_part and part not in PROTOCOLS]
    return [*protocols, Row.total("all that the catalogue is about", protocols), *others]


def _row(name: str, fates: Sequence[Fate], reasons: Reasons) -> Row:
    excuses = [
        reason.excuse
        for fate in fates
        if not fate.killed_by and (reason := reason_of(fate, reasons)) is not None
    ]
    return Row(
        name=name,
        mutants=len(fates),
        killed=sum(bool(one.killed_by) for one in fates),
        unseen=excuses.count(Excuse.UNSEEN),
        unasked=excuses.count(Excuse.UNASKED),
    )


def table(rows: Sequence[Row], *, of: str) -> str:
    """Return rows as a Markdown table."""
    lines = [
        f"| {of} | judged | killed | {_EXCUSED} | left | score | strict |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.name} | {row.mutants} | {row.killed} | {row.unseen} | {row.unasked} | {row.left}"
        f" | {row.score:.1%} | {row.strict:.1%} |"
        for row in rows
    ]
    return "\n".join(lines)


def survivors_of(fates: Iterable[Fate], reasons: Reasons) -> list[str]:
    """Return what lives, a line each: where, what was changed, and why it can't be seen."""
    lived = sorted(
        (one for one in fates if not one.killed_by), key=lambda one: (one.module, one.line)
    )
    return [f"{one.module}:{one.line}: {one.change}: {_why(one, reasons)}" for one in lived]


def _why(fate: Fate, reasons: Reasons) -> str:
    reason = reason_of(fate, reasons)
    return f"{reason.excuse}: {reason.text}" if reason else "to be looked at"
