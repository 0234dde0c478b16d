"""Several reports side by side: who keeps which requirement; knows no page.

A requirement that some targets keep and some break is a difference. A target where it was not
judged says nothing about that.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from conformance.reporting.html_requirements import (
    UNKNOWN_TITLE,
    CheckLine,
    check_lines,
    section_title,
)
from conformance.reporting.html_words import JUDGED, Row, outcome, tally, visible, web_link
from conformance.words.catalogue import Catalogue, Requirement
from conformance.words.verdict import Level, Verdict

_COMPARED: Final = JUDGED | {Verdict.ERROR}
_UNKNOWN_SPEC: Final = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One target; `page` leads to its own report, or is empty. `counts` are of requirements."""

    name: str
    version: str
    vendor: str
    page: str
    started_at: str
    suite_version: str
    suite_digest: str
    is_complete: bool
    verdict: Verdict
    counts: Mapping[Verdict, int]

    @property
    def judged(self) -> int:
        """How many requirements were looked at."""
        return sum(self.counts[verdict] for verdict in JUDGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One requirement at one target; `message` is of the first check that came to the verdict."""

    verdict: Verdict
    counts: Mapping[Verdict, int]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One requirement; a cell is absent where a report has no check of it."""

    id: str
    level: str
    class_name: str
    statement: str
    link: str
    cells: Sequence[Cell | None]

    @property
    def verdicts(self) -> list[Verdict]:
        """Each verdict that it came to anywhere, once."""
        return list(dict.fromkeys(cell.verdict for cell in self.cells if cell is not None))

    @property
    def differs(self) -> bool:
        """Whether those targets where it was looked at came to different verdicts."""
        return len(_COMPARED.intersection(self.verdicts)) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The requirements of one section of a spec; `link` may be empty."""

    title: str
    link: str
    lines: Sequence[Line]

    @property
    def kept(self) -> list[tuple[int, int]]:
        """How many were kept, of how many that were judged, for each target."""
        found: list[tuple[int, int]] = []
        for cells in zip(*(line.cells for line in self.lines), strict=True):
            verdicts = [cell.verdict for cell in cells if cell is not None]
            judged = sum(verdict in JUDGED for verdict in verdicts)
            found.append((verdicts.count(Verdict.PASS), judged))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class SpecLines:
    """One spec with its sections."""

    title: str
    groups: Sequence[Group]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassLine:
    """A class and what it came to at each target; absent where a report has no check of it."""

    name: str
    title: str
    verdicts: Sequence[Verdict | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Targets as columns, in the order of the reports; requirements in the catalogue's order."""

    columns: Sequence[Column]
    classes: Sequence[ClassLine]
    specs: Sequence[SpecLines]

    @property
    def lines(self) -> list[Line]:
        """All requirements."""
        return [line for spec in self.specs for group in spec.groups for line in group.lines]

    @property
    def is_mixed(self) -> bool:
        """Whether the reports were made by different editions of the suite."""
        return len({column.suite_digest for column in self.columns}) > 1


def compare(reports: Sequence[Row], catalogue: Catalogue, pages: Sequence[str]) -> Comparison:
    """Put reports side by side.

    Args:
        reports: report documents by their schema; at least one.
        catalogue: for statements, links and sections; ids that it does not know come last.
        pages: for each report the link to its own page, or an empty text.
    """
    checks = [check_lines(cast("Sequence[Row]", report["checks"])) for report in reports]
    levels: dict[str, str] = {}
    for report in reports:
        for check in cast("Sequence[Row]", report["checks"]):
            levels.setdefault(str(check["requirement"]), str(check["level"]))
    return Comparison(
        columns=[
            _column(report, mine, page)
            for report, mine, page in zip(reports, checks, pages, strict=True)
        ],
        classes=_class_lines(reports),
        specs=_specs(checks, levels, catalogue),
    )


def _column(report: Row, checks: Mapping[str, Sequence[CheckLine]], page: str) -> Column:
    target, suite = cast("Row", report["target"]), cast("Row", report["suite"])
    run = cast("Row", report["run"])
    verdicts = [outcome(one.verdict for one in lines) for lines in checks.values()]
    return Column(
        name=visible(target["name"]) or "An unnamed target",
        version=visible(target["version"]),
        vendor=visible(target["vendor"]),
        page=page,
        started_at=str(run["started_at"]),
        suite_version=visible(suite["version"]),
        suite_digest=str(suite["digest"]),
        is_complete=run["complete"] is True,
        verdict=outcome(verdicts),
        counts=tally(verdicts),
    )


def _class_lines(reports: Sequence[Row]) -> list[ClassLine]:
    rows = [
        {str(one["name"]): one for one in cast("Sequence[Row]", report["classes"])}
        for report in reports
    ]
    titles = {name: str(one["title"]) for mine in rows for name, one in mine.items()}
    return [
        ClassLine(
            name=visible(name),
            title=visible(title),
            verdicts=[
                Verdict(str(mine[name]["verdict"])) if name in mine else None for mine in rows
            ],
        )
        for name, title in titles.items()
    ]


def _specs(
    checks: Sequence[Mapping[str, Sequence[CheckLine]]],
    levels: Mapping[str, str],
    catalogue: Catalogue,
) -> list[SpecLines]:
    known = [row for row in catalogue.requirements.values() if row.id in levels]
    specs = [
        SpecLines(
            title=catalogue.titles[spec],
            groups=_groups([row for row in known if row.spec == spec], checks, levels),
        )
        for spec in dict.fromkeys(row.spec for row in known)
    ]
    if strangers := [name for name in levels if name not in catalogue.requirements]:
        lines = [_line(name, None, checks, levels) for name in strangers]
        groups = [Group(title=UNKNOWN_TITLE, link="", lines=lines)]
        specs.append(SpecLines(title=UNKNOWN_TITLE, groups=groups))
    return specs


def _groups(
    rows: Iterable[Requirement],
    checks: Sequence[Mapping[str, Sequence[CheckLine]]],
    levels: Mapping[str, str],
) -> list[Group]:
    sections: dict[str, list[Requirement]] = {}
    for row in rows:
        sections.setdefault(row.section, []).append(row)
    groups: list[Group] = []
    for section, mine in sections.items():
        title, link = section_title(section, [row.link for row in mine])
        lines = [_line(row.id, row, checks, levels) for row in mine]
        groups.append(Group(title=title, link=link, lines=lines))
    return groups


def _line(
    name: str,
    row: Requirement | None,
    checks: Sequence[Mapping[str, Sequence[CheckLine]]],
    levels: Mapping[str, str],
) -> Line:
    return Line(
        id=visible(name),
        level=levels[name] if row is None else row.level.value,
        class_name="" if row is None else row.class_name,
        statement="" if row is None else row.statement,
        link="" if row is None else web_link(row.link),
        cells=[_cell(mine.get(name)) for mine in checks],
    )


def _cell(checks: Sequence[CheckLine] | None) -> Cell | None:
    if not checks:
        return None
    verdict = outcome(check.verdict for check in checks)
    first = next(check for check in checks if check.verdict is verdict)
    case = f"{first.scenario}/{first.case}" if first.case else first.scenario
    told = [f"{case}: {first.message}"] if first.message else []
    if flaky := next((check for check in checks if check.flaky), None):
        told.append(f"Flaky: {flaky.flaky}")
    return Cell(
        verdict=verdict,
        counts=tally(check.verdict for check in checks),
        message=". ".join(told),
    )


def levels_of(lines: Iterable[Line]) -> list[Level]:
    """Return the levels that there are, the strongest first."""
    found = {line.level for line in lines}
    return [level for level in Level if level in found]
