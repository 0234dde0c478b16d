"""Markdown for the comment on a pull request or the summary of a job: short, the worst first."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, cast

from conformance.reporting.gate import Gating, Kind
from conformance.reporting.html_words import counted
from conformance.reporting.markdown_text import code, folded, inline
from conformance.reporting.plain_line import plain_line
from conformance.words.catalogue import Catalogue
from conformance.words.json_value import Json, is_object
from conformance.words.verdict import Verdict

_MOST_ROWS: Final = 20
_MOST_REASONS: Final = 10
_MESSAGE_CHARACTERS: Final = 300
_MARKS: Final = {
    Verdict.PASS: "✅",
    Verdict.FAIL: "❌",
    Verdict.WARN: "⚠️",
    Verdict.NOT_APPLICABLE: "⚪",
    Verdict.UNTESTED: "⬜",
    Verdict.ERROR: "💥",
}
_FOLDED: Final = (
    (Verdict.ERROR, "Errors: could not be judged", True),
    (Verdict.WARN, "Warnings", False),
)

Row = Mapping[str, Json]


def markdown(report: Row, catalogue: Catalogue, *, gating: Gating | None = None) -> str:
    """Return a report document as a short Markdown text; what the target sent does nothing in it.

    Held against a baseline, it begins with what the gate found, new fails first; fails that are
    known come folded behind the others.

    Args:
        report: a report document.
        catalogue: for statements and links.
        gating: what a baseline makes of the report; absent (None) where there is none.
    """
    checks = cast("Sequence[Row]", report["checks"])
    new, known = _parted(checks, gating)
    title = "Fails" if gating is None else "New fails"
    table = ["", f"#### {title} ({_rows(new)})", "", *_table(new, catalogue)] if new else []
    lines = [*_head(report, gating)]
    if gating is None:
        lines += ["", *_classes(report), *table]
    else:
        lines += [*table, *_gate(gating), "", *_classes(report)]
    if known:
        lines += ["", *folded(f"Known fails ({_rows(known)})", _table(known, catalogue))]
    for verdict, title, is_open in _FOLDED:
        if rows := _by_requirement(checks, verdict):
            summary = f"{title} ({_rows(rows)})"
            lines += ["", *folded(summary, _table(rows, catalogue), is_open=is_open)]
    if flaky := [one for one in checks if is_object(one.get("flaky"))]:
        lines += [
            "",
            *folded(f"Flaky ({counted(len(flaky), 'check')})", _flaky(flaky), is_open=True),
        ]
    if reasons := [*_not_judged(checks)]:
        lines += ["", *folded("Not tested, and why", reasons)]
    return "\n".join([*lines, "", *_foot(report), ""])


def _rows(names: Collection[str]) -> str:
    return counted(len(names), "requirement")


def _parted(
    checks: Sequence[Row], gating: Gating | None
) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
    """Return the fails by requirement: those to look at, and those that are known."""
    known = [one for one in checks if gating is not None and gating.excuses(one)]
    new = [one for one in checks if gating is None or not gating.excuses(one)]
    return _by_requirement(new, Verdict.FAIL), _by_requirement(known, Verdict.FAIL)


def _gate(gating: Gating) -> Iterator[str]:
    """Yield what the gate found, but for the fails that a table of their own tells."""
    for head, rows in gating.groups(without=(Kind.NEW_FAIL,)):
        yield ""
        yield f"**{inline(head)}**"
        yield ""
        yield from (f"- {code(row)}" for row in rows)


def _head(report: Row, gating: Gating | None) -> Iterator[str]:
    summary = cast("Mapping[str, int]", report["summary"])
    target = cast("Row", report["target"])
    named = f"{target['name']} {target['version']}".strip()
    told = _verdict_of(summary) if gating is None else _gate_verdict(gating)
    yield f"### {told}: {code(named) or 'an unnamed target'}"
    yield ""
    counts = [f"{number} {name}" for name, number in summary.items() if number]
    yield f"{', '.join(counts) or 'no checks'}"
    for note in cast("Sequence[str]", report["notes"]):
        yield ""
        yield f"> ⚠️ {code(note)}"


def _gate_verdict(gating: Gating) -> str:
    """Return what a pipeline turns on, since a known fail is none of its business."""
    mark = _MARKS[Verdict.FAIL if gating.is_red else Verdict.PASS]
    return f"{mark} Wirecheck {inline(gating.verdict)}"


def _verdict_of(summary: Mapping[str, int]) -> str:
    if summary["fail"]:
        return f"{_MARKS[Verdict.FAIL]} Wirecheck found fails"
    if summary["error"]:
        return f"{_MARKS[Verdict.ERROR]} Wirecheck could not judge all of it"
    if summary["warn"]:
        return f"{_MARKS[Verdict.WARN]} Wirecheck found warnings, and no fail"
    if summary["pass"]:
        return f"{_MARKS[Verdict.PASS]} Wirecheck found no fail"
    return f"{_MARKS[Verdict.UNTESTED]} Wirecheck tested nothing, so nothing has passed"


def _classes(report: Row) -> Iterator[str]:
    yield "| class | verdict | pass | fail | warn | untested | error |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    for one in cast("Sequence[Row]", report["classes"]):
        verdict = Verdict(str(one["verdict"]))
        counts = cast("Mapping[str, int]", one["counts"])
        heads = (Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.UNTESTED, Verdict.ERROR)
        numbers = " | ".join(str(counts[head]) for head in heads)
        yield f"| {code(str(one['name']))} | {_MARKS[verdict]} {verdict} | {numbers} |"


def _by_requirement(checks: Sequence[Row], verdict: Verdict) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for check in checks:
        if check["verdict"] == verdict:
            found.setdefault(str(check["requirement"]), []).append(check)
    return found


def _table(rows: Mapping[str, Sequence[Row]], catalogue: Catalogue) -> Iterator[str]:
    yield "| requirement | what it says | where | what was seen |"
    yield "|---|---|---|---|"
    for name, checks in [*rows.items()][:_MOST_ROWS]:
        first = checks[0]
        row = catalogue.requirements.get(name)
        linked = f"[{inline(name)}]({row.link})" if row else code(name)
        statement = inline(row.statement) if row else ""
        where = code(f"{first['scenario']} [{first['case']}]")
        more = f" and {len(checks) - 1} more" if len(checks) > 1 else ""
        told = code(_cut(str(first.get("message", ""))))
        yield f"| {linked} {inline(str(first['level']))} | {statement} | {where}{more} | {told} |"
    if len(rows) > _MOST_ROWS:
        yield f"| and {len(rows) - _MOST_ROWS} more | the report has them all | | |"


def _flaky(checks: Sequence[Row]) -> Iterator[str]:
    for one in checks[:_MOST_ROWS]:
        flaky = cast("Mapping[str, Sequence[str]]", one["flaky"])
        label = code(f"{one['requirement']} {one['scenario']} [{one['case']}]")
        yield f"- {label}: {', '.join(flaky['verdicts'])}"
    if len(checks) > _MOST_ROWS:
        yield f"- and {len(checks) - _MOST_ROWS} more"


def _not_judged(checks: Sequence[Row]) -> Iterator[str]:
    reasons: dict[str, set[str]] = {}
    for check in checks:
        if check["verdict"] == Verdict.UNTESTED:
            reasons.setdefault(str(check.get("message", "")), set()).add(str(check["requirement"]))
    ranked = sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0]))
    for message, names in ranked[:_MOST_REASONS]:
        yield f"- {_rows(names)}: {code(_cut(message))}"
    if len(ranked) > _MOST_REASONS:
        yield f"- and {len(ranked) - _MOST_REASONS} other reasons"


def _foot(report: Row) -> Iterator[str]:
    suite, run = cast("Row", report["suite"]), cast("Row", report["run"])
    took = f"{cast('float', run['duration_s']):.1f} s"
    whole = "" if run["complete"] is True else ", and did not come to its end"
    digest = code(str(suite["digest"])[:19])
    yield (
        f"<sub>wirecheck {inline(str(suite['version']))} ({digest}),"
        f" {inline(str(run['started_at']))}, {took}{whole}</sub>"
    )


def _cut(text: str) -> str:
    return plain_line(text, most=_MESSAGE_CHARACTERS)
