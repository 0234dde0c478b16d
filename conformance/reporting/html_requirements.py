"""The checks of a report by spec, section and requirement, as the HTML report shows them.

Knows the catalogue and the report's checks; exchanges are elsewhere.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlsplit

from conformance.reporting.html_words import JUDGED, WORDS, Row, outcome, tally, visible, web_link
from conformance.words.catalogue import Ambiguity, Catalogue, Requirement
from conformance.words.json_value import is_object
from conformance.words.verdict import Verdict

UNKNOWN_TITLE: Final = "Requirements that this version does not know"
_UNKNOWN_SPEC: Final = "unknown"
_LOUD: Final = frozenset({Verdict.FAIL, Verdict.ERROR})
_NUMBERED: Final = re.compile(r"[A-Z]?[0-9.]+")
_SPEAKING_FRAGMENT: Final = re.compile(r"[a-z]+(?:[_-][a-z]+)*")
_NO_CASE: Final = "-"  # the name of the one case of a scenario without cases


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One check; `number` is its place in the report's list, `case` is empty for an only one.

    `flaky` tells what it came to each time where that differed, and is empty else.
    """

    number: int
    verdict: Verdict
    scenario: str
    case: str
    message: str
    flaky: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One requirement with its checks.

    `level` is what the report says. `row` is absent for an id that the catalogue doesn't have;
    then all that is known of it stands in the checks.
    """

    id: str
    level: str
    verdict: Verdict
    counts: Mapping[Verdict, int]
    checks: Sequence[CheckLine]
    row: Requirement | None
    link: str
    ambiguities: Sequence[Ambiguity]

    @property
    def is_open(self) -> bool:
        """Whether it is unfolded from the start."""
        return self.verdict in _LOUD

    @property
    def softened(self) -> Verdict | None:
        """The worst verdict that it may come to, where that is less than its level says."""
        return self.row.when_broken if self.row is not None and self.row.worst else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The requirements of one section of a spec.

    `known` is how many of the catalogue the party has to keep that was judged, checked here or not;
    `link` may be empty.
    """

    key: str
    title: str
    link: str
    entries: Sequence[Entry]
    known: int
    party: str = "server"

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many requirements came to each verdict."""
        return tally(entry.verdict for entry in self.entries)

    @property
    def judged(self) -> int:
        """How many requirements were looked at."""
        return sum(entry.verdict in JUDGED for entry in self.entries)

    @property
    def unchecked(self) -> int:
        """How many requirements of the catalogue no check of this run was about."""
        mine = sum(entry.row is not None and entry.row.binds(self.party) for entry in self.entries)
        return max(self.known - mine, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One spec with its sections, in the catalogue's order."""

    name: str
    title: str
    sections: Sequence[Section]


def check_lines(checks: Sequence[Row]) -> dict[str, list[CheckLine]]:
    """Return the checks of a report by requirement, in the report's order."""
    found: dict[str, list[CheckLine]] = {}
    for number, check in enumerate(checks):
        case = str(check["case"])
        line = CheckLine(
            number=number,
            verdict=Verdict(str(check["verdict"])),
            scenario=visible(check["scenario"]),
            case="" if case == _NO_CASE else visible(case),
            message=visible(check.get("message", "")),
            flaky=_flaky(check),
        )
        found.setdefault(str(check["requirement"]), []).append(line)
    return found


def _flaky(check: Row) -> str:
    flaky = check.get("flaky")
    if not is_object(flaky):
        return ""
    verdicts = cast("Sequence[str]", flaky["verdicts"])
    return ", ".join(WORDS[Verdict(one)] for one in verdicts)


def specs_of(checks: Sequence[Row], catalogue: Catalogue, *, party: str = "server") -> list[Spec]:
    """Return what a report judged, in the order of the catalogue; unknown ids come last.

    `party` is who was judged.
    """
    lines = check_lines(checks)
    levels = {str(check["requirement"]): str(check["level"]) for check in checks}
    known = [row for row in catalogue.requirements.values() if row.id in lines]
    specs = [
        Spec(
            name=name,
            title=catalogue.titles[name],
            sections=[
                _section(name, section, rows, lines, levels, catalogue, party=party)
                for section, rows in _by_section(row for row in known if row.spec == name).items()
            ],
        )
        for name in dict.fromkeys(row.spec for row in known)
    ]
    if strangers := [name for name in lines if name not in catalogue.requirements]:
        entries = [_stranger(name, lines[name], levels[name]) for name in strangers]
        unknown = Section(key=_UNKNOWN_SPEC, title="", link="", entries=entries, known=0)
        specs.append(Spec(name=_UNKNOWN_SPEC, title=UNKNOWN_TITLE, sections=[unknown]))
    return specs


def unchecked_rows(checks: Sequence[Row], catalogue: Catalogue) -> list[Requirement]:
    """Return the rows that no check is about, of those specs of which anything was checked."""
    names = {str(check["requirement"]) for check in checks}
    rows = catalogue.requirements.values()
    specs = {row.spec for row in rows if row.id in names}
    return [row for row in rows if row.spec in specs and row.id not in names]


def _by_section(rows: Iterable[Requirement]) -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for row in rows:
        found.setdefault(row.section, []).append(row)
    return found


def _section(
    spec: str,
    section: str,
    rows: Sequence[Requirement],
    lines: Mapping[str, Sequence[CheckLine]],
    levels: Mapping[str, str],
    catalogue: Catalogue,
    *,
    party: str,
) -> Section:
    everything = [
        row for row in catalogue.requirements.values() if (row.spec, row.section) == (spec, section)
    ]
    title, link = section_title(section, [row.link for row in everything])
    return Section(
        key=f"{spec} {section}",
        title=title,
        link=link,
        entries=[_entry(row, lines[row.id], levels[row.id], catalogue) for row in rows],
        known=sum(row.binds(party) for row in everything),
        party=party,
    )


def section_title(section: str, links: Sequence[str]) -> tuple[str, str]:
    """Return how a section is called, and where it stands if all its rows stand there.

    The fragment of that link names it where it is made of words: `4.1 Notification`.
    """
    is_numbered = _NUMBERED.fullmatch(section) is not None
    title = f"Section {section}" if is_numbered else section[:1].upper() + section[1:]
    if len(set(links)) != 1 or not web_link(links[0]):
        return title, ""
    fragment = urlsplit(links[0]).fragment
    if is_numbered and _SPEAKING_FRAGMENT.fullmatch(fragment):
        title = f"{section} {re.sub('[_-]', ' ', fragment).capitalize()}"
    return title, links[0]


def _entry(
    row: Requirement, checks: Sequence[CheckLine], level: str, catalogue: Catalogue
) -> Entry:
    verdicts = [check.verdict for check in checks]
    return Entry(
        id=row.id,
        level=level,
        verdict=outcome(verdicts),
        counts=tally(verdicts),
        checks=checks,
        row=row,
        link=web_link(row.link),
        ambiguities=[catalogue.ambiguities[name] for name in row.ambiguities],
    )


def _stranger(name: str, checks: Sequence[CheckLine], level: str) -> Entry:
    verdicts = [check.verdict for check in checks]
    return Entry(
        id=name,
        level=level,
        verdict=outcome(verdicts),
        counts=tally(verdicts),
        checks=checks,
        row=None,
        link="",
        ambiguities=(),
    )
