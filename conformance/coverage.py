"""How much of the catalogues the suite covers: testable, tested, proven, section by section.

Knows catalogues, scenarios, and names of requirements. Refuses to know how faults and reports are
read: the caller passes the ids that they name.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from conformance.engine.scenario import Scenario
from conformance.words.catalogue import Catalogue, Requirement

_NOT_TESTABLE: Final = "no"
_ID: Final = re.compile(r"[A-Z]+-\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section of one specification, for one party; all tuples hold requirements in order.

    `tested` have a scenario; `judged` came to a pass, fail or warn in a run; `proven` are broken by
    a fault, on purpose. `untestable` rows are in none of the others.
    """

    spec: str
    name: str
    rows: tuple[Requirement, ...]
    testable: tuple[Requirement, ...]
    tested: tuple[Requirement, ...]
    judged: tuple[Requirement, ...]
    proven: tuple[Requirement, ...]
    untestable: tuple[Requirement, ...]

    @property
    def gaps(self) -> tuple[Requirement, ...]:
        """Rows that could be tested, and lack a scenario or a fault."""
        done = set(self.tested) & set(self.proven)
        return tuple(row for row in self.testable if row not in done)


def sections_of(
    catalogue: Catalogue,
    scenarios: Iterable[Scenario],
    *,
    proven: Collection[str],
    judged: Collection[str] = (),
) -> Iterator[Section]:
    """Yield the sections of all specifications, in the order of the catalogues.

    `proven` and `judged` are ids of requirements; those that no catalogue holds are passed over.
    """
    tested = {name for scenario in scenarios for name in scenario.requirements}
    grouped: dict[tuple[str, str], list[Requirement]] = {}
    for row in catalogue.requirements.values():
        grouped.setdefault((row.spec, row.section), []).append(row)
    for (spec, name), rows in grouped.items():
        testable = tuple(row for row in rows if row.testable != _NOT_TESTABLE)
        yield Section(
            spec=spec,
            name=name,
            rows=tuple(rows),
            testable=testable,
            tested=tuple(row for row in testable if row.id in tested),
            judged=tuple(row for row in testable if row.id in judged),
            proven=tuple(row for row in testable if row.id in proven),
            untestable=tuple(row for row in rows if row.testable == _NOT_TESTABLE),
        )


def proven_by(fault_lines: Iterable[str]) -> dict[str, list[str]]:
    """Return the faults that break each requirement, from lines as `wirecheck list faults` has.

    A line is `NAME: what it does (breaks ID, ID)`, more may follow; a line of another form names
    no requirement.
    """
    found: dict[str, list[str]] = {}
    for line in fault_lines:
        name, _, rest = line.partition(": ")
        # What a fault does may hold brackets of its own: the last ones are meant.
        _, opened, behind = rest.rpartition("(breaks ")
        # Ids may hold brackets as well, such as ODATA-11.7.3(4.0)-01.
        ids = behind.split(" [")[0].removesuffix(")") if opened else ""
        # A legal choice breaks nothing, and says so in words.
        for requirement in filter(_ID.fullmatch, ids.split(", ")):
            found.setdefault(requirement, []).append(name)
    return found


def coverage_lines(sections: Iterable[Section]) -> Iterator[str]:
    """Yield a head, one line a section and the sums, columns parted by tabs."""
    yield "spec\tsection\trequirements\ttestable\ttested\tproven\tuntestable"
    sums = [0] * 5
    for one in sections:
        parts = (one.rows, one.testable, one.tested, one.proven, one.untestable)
        counts = [len(part) for part in parts]
        sums = [total + count for total, count in zip(sums, counts, strict=True)]
        yield "\t".join([one.spec, one.name, *map(str, counts)])
    yield "\t".join(["all", "", *map(str, sums)])
