"""`docs/coverage.md`: what is testable, tested, judged in a run, and proven, section by section."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from conformance.coverage import Section
from conformance.words.catalogue import Requirement
from conformance.words.verdict import Verdict
from docs._make.markdown import page, plain, table
from docs._make.requirement_pages import anchor_of, path_of

_JUDGED: Final = frozenset({"pass", "fail", "warn"})


def judged_in(report: Mapping[str, Any]) -> set[str]:
    """Return the requirements that came to a pass, fail or warn in a report.json."""
    return {str(one["requirement"]) for one in report["checks"] if one["verdict"] in _JUDGED}


def reasons_in(reports: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return what was said of requirements that no check of any report has judged."""
    found: dict[str, str] = {}
    for report in reports:
        for one in report["checks"]:
            if one["verdict"] not in _JUDGED:
                found.setdefault(str(one["requirement"]), f"{one['verdict']}: {one['message']}")
    return found


def told_of(report: Mapping[str, Any]) -> str:
    """Tell of a run in a line: target, suite, day, verdicts. Names of the target are Markdown."""
    target, suite, summary = report["target"], report["suite"], report["summary"]
    counts = ", ".join(f"{count} {verdict}" for verdict, count in summary.items() if count)
    day = str(report["run"]["started_at"]).partition("T")[0]
    name = plain(f"{target['name']} {target['version']}")
    return f"{name}, by wirecheck {suite['version']} on {day}: {counts}."


def coverage_page(
    sections: Sequence[Section], runs: Sequence[str], reasons: Mapping[str, str]
) -> str:
    """Return the page; `runs` say in a line each which runs the column `judged` is from."""
    return page(_lines(sections, runs, reasons))


def _lines(
    sections: Sequence[Section], runs: Sequence[str], reasons: Mapping[str, str]
) -> Iterator[str]:
    yield from ("# Coverage", "")
    yield "Made by `python -m docs._make REPORT…`; do not edit. `wirecheck list requirements"
    yield "--coverage` counts again, without a run."
    yield ""
    yield from (f"- {run}" for run in runs)
    yield ""
    yield "- testable: wholly or in part, from the wire alone"
    yield "- tested: at least one scenario judges it"
    yield "- judged: came to pass, fail or warn in the runs above"
    yield "- proven: a fault breaks it on purpose, and the suite has to see it"
    yield ""
    yield from _sums(sections)
    for spec in dict.fromkeys(one.spec for one in sections):
        mine = [one for one in sections if one.spec == spec]
        yield from (f"## {spec}", "")
        yield from table(_HEAD, ([one.name, *_counts([one])] for one in mine))
    yield from ("## Not testable", "")
    yield from _by_reason(
        (row, row.limits or "no reason given") for one in sections for row in one.untestable
    )
    yield from ("## Gaps", "")
    yield "Rows that could be tested and lack a scenario, or have one and lack a fault."
    yield ""
    yield from _by_reason((row, _why_a_gap(row, one)) for one in sections for row in one.gaps)
    yield from ("## Tested, not judged in these runs", "")
    yield from _by_reason(
        (row, reasons.get(row.id, "not part of these runs"))
        for one in sections
        for row in one.tested
        if row not in one.judged
    )


_HEAD: Final = ("section", "requirements", "testable", "tested", "judged", "proven", "not testable")


def _counts(sections: Sequence[Section]) -> list[str]:
    counts: Counter[str] = Counter()
    for one in sections:
        counts["rows"] += len(one.rows)
        counts["testable"] += len(one.testable)
        counts["tested"] += len(one.tested)
        counts["judged"] += len(one.judged)
        counts["proven"] += len(one.proven)
        counts["untestable"] += len(one.untestable)
    names = ("rows", "testable", "tested", "judged", "proven", "untestable")
    return [str(counts[name]) for name in names]


def _sums(sections: Sequence[Section]) -> Iterator[str]:
    specs = dict.fromkeys(one.spec for one in sections)
    rows = [[spec, *_counts([one for one in sections if one.spec == spec])] for spec in specs]
    yield from table(("specification", *_HEAD[1:]), [*rows, ["all", *_counts(sections)]])


def _why_a_gap(row: Requirement, section: Section) -> str:
    if row not in section.tested:
        # An event stream client is judged by a lab; there is none for the two others.
        if row.party == "client" and row.spec != "sse":
            return "binds clients; only clients of event streams are judged"
        return "no scenario yet"
    match row.when_broken:
        case Verdict.NOT_APPLICABLE:
            return "a permission: there is nothing to break"
        case Verdict.PASS:
            return "never more than a remark, and the proof has seen it made"
        case _:
            return "no fault yet"


def _by_reason(rows: Iterable[tuple[Requirement, str]]) -> Iterator[str]:
    grouped: dict[str, list[Requirement]] = {}
    for row, reason in rows:
        grouped.setdefault(reason, []).append(row)
    if not grouped:
        yield from ("None.", "")
        return
    cells = ([plain(reason), ", ".join(map(_link, mine))] for reason, mine in grouped.items())
    yield from table(("why", "requirements"), cells)


def _link(row: Requirement) -> str:
    return f"[{row.id}]({path_of(row.class_name)}#{anchor_of(row.id)})"
