"""The summary of a run in lines of plain text, by class and by requirement."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from conformance.reporting.failure_text import check_text
from conformance.reporting.html_words import counted
from conformance.reporting.report import class_verdict, counts, exchange_json
from conformance.words.catalogue import Catalogue
from conformance.words.events import CaseFinished, ExchangeRecord
from conformance.words.json_value import Json
from conformance.words.verdict import Check, Verdict

_MOST_CASES: Final = 5
_ORDER: Final = (Verdict.FAIL, Verdict.ERROR, Verdict.WARN)


def summary_lines(
    cases: Sequence[CaseFinished],
    checks: Sequence[Check],
    catalogue: Catalogue,
    *,
    notes: Sequence[str],
    told: Sequence[Check] | None = None,
    shows_warnings: bool = True,
) -> Iterator[str]:
    """Yield the lines of a summary: notes, failures, what was not tested and why, classes, total.

    Each requirement that is broken is told once, with its first case in full. `told` are the checks
    that are told one by one, all of them when it is left out; `checks` are those that are counted.
    """
    told = checks if told is None else told
    exchanges = {one.id: one for case in cases for one in case.exchanges}
    for note in notes:
        yield f"note: {note}"
    for verdict in _ORDER:
        if verdict is Verdict.WARN and not shows_warnings:
            continue
        for rows in _by_requirement(told, verdict).values():
            yield from _broken(rows, catalogue, exchanges, in_full=verdict is not Verdict.WARN)
            yield ""
    yield from _not_judged(told)
    yield from _class_table(checks, catalogue)


def _by_requirement(checks: Sequence[Check], verdict: Verdict) -> dict[str, list[Check]]:
    found: dict[str, list[Check]] = {}
    for check in checks:
        if check.verdict is verdict:
            found.setdefault(check.requirement, []).append(check)
    return found


def _broken(
    rows: Sequence[Check],
    catalogue: Catalogue,
    exchanges: Mapping[str, ExchangeRecord],
    *,
    in_full: bool,
) -> Iterator[str]:
    first = rows[0]
    requirement = catalogue.requirement(first.requirement)
    exchange = exchanges.get(first.exchange or "")
    row: Mapping[str, Json] | None = exchange_json(exchange) if exchange else None
    if in_full:
        yield from check_text(first, requirement, exchange, row)
    else:
        yield f"WARN {requirement.id} ({requirement.level}) {requirement.statement}"
        yield f"  {first.scenario} [{first.case}]: {first.message}"
    others = rows[1:]
    if others:
        names = [f"{one.scenario} [{one.case}]" for one in others[:_MOST_CASES]]
        more = f" and {len(others) - _MOST_CASES} more" if len(others) > _MOST_CASES else ""
        yield f"  also in {', '.join(names)}{more}"


def _not_judged(checks: Sequence[Check]) -> Iterator[str]:
    for verdict in (Verdict.UNTESTED, Verdict.NOT_APPLICABLE):
        reasons: dict[str, set[str]] = {}
        for check in checks:
            if check.verdict is verdict:
                reasons.setdefault(check.message, set()).add(check.requirement)
        ranked = sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))
        for message, names in ranked:
            some = ", ".join(sorted(names)[:3]) + (" …" if len(names) > 3 else "")  # noqa: PLR2004
            yield f"{verdict}: {counted(len(names), 'requirement')} ({some}): {message}"


def _class_table(checks: Sequence[Check], catalogue: Catalogue) -> Iterator[str]:
    heads = [verdict.value for verdict in Verdict]
    rows: list[list[str]] = []
    for name in catalogue.classes:
        mine = [one for one in checks if catalogue.requirement(one.requirement).class_name == name]
        if mine:
            found = counts(mine)
            numbers = [str(found[head]) for head in heads]
            rows.append([name, class_verdict(mine).value, *numbers])
    total = counts(checks)
    rows.append(["all checks", class_verdict(checks).value, *[str(total[head]) for head in heads]])
    table = [["class", "verdict", *heads], *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))]
    for row in table:
        left = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        right = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        yield "  ".join([*left, *right]).rstrip()
