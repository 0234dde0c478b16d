"""A comparison of two reports as text, as JSON after `schemas/diff.schema.json`, as Markdown."""

from collections.abc import Iterator, Sequence
from typing import Final, cast

from conformance.reporting.diff import FORMAT, VERSION, Change, Changed, Difference, Row
from conformance.reporting.markdown_text import code, folded, inline
from conformance.reporting.plain_line import plain_line
from conformance.words.json_value import Json
from conformance.words.template import to_json_text
from conformance.words.verdict import Check

_MOST_ROWS: Final = 50
_MESSAGE_CHARACTERS: Final = 200


def diff_lines(difference: Difference) -> Iterator[str]:
    """Yield a comparison as lines for a terminal: each way of change, then the sums."""
    for note in difference.notes:
        yield f"note: {plain_line(note)}"
    for change in Change:
        rows = difference.of(change)
        if rows:
            yield f"{change} ({len(rows)})"
            yield from (f"  {plain_line(_line(one))}" for one in rows)
    yield _sums(difference)


def _line(changed: Changed) -> str:
    check = changed.check
    label = f"{check.requirement} {check.scenario} [{check.case}]"
    return f"{label}: {_step(changed)}{_why(changed)}"


def _step(changed: Changed) -> str:
    if changed.new is not None and changed.new.is_flaky:
        return ", ".join(changed.new.verdicts)
    if changed.change is Change.REASON:
        assert changed.old is not None
        assert changed.new is not None
        return f"{changed.old.reason or 'no reason'} → {changed.new.reason or 'no reason'}"
    return f"{_verdict(changed.old)} → {_verdict(changed.new)}"


def _verdict(check: Check | None) -> str:
    return check.verdict.value if check is not None else "no such check"


def _why(changed: Changed) -> str:
    message = changed.new.message if changed.new is not None else ""
    if not message or changed.change in (Change.FIXED, Change.GAINED):
        return ""
    return f" ({plain_line(message, most=_MESSAGE_CHARACTERS)})"


def _sums(difference: Difference) -> str:
    parts = [f"{len(difference.of(one))} {one}" for one in Change if difference.of(one)]
    return ", ".join([*parts, f"{difference.unchanged} unchanged"])


def diff_json(difference: Difference) -> str:
    """Return a comparison as one JSON document."""
    document: dict[str, Json] = {
        "format": FORMAT,
        "version": VERSION,
        "old": _head(difference.old),
        "new": _head(difference.new),
        "notes": list(difference.notes),
        "summary": {
            **{one.name.lower().replace("_", "-"): len(difference.of(one)) for one in Change},
            "unchanged": difference.unchanged,
        },
        "changes": [_row(one) for change in Change for one in difference.of(change)],
    }
    return to_json_text(document, indent=2) + "\n"


def _head(report: Row) -> dict[str, Json]:
    suite, target = cast("Row", report["suite"]), cast("Row", report["target"])
    run = cast("Row", report["run"])
    return {
        "target": target["name"],
        "target_version": target["version"],
        "suite_version": suite["version"],
        "suite_digest": suite["digest"],
        "started_at": run["started_at"],
    }


def _row(changed: Changed) -> dict[str, Json]:
    check = changed.check
    row: dict[str, Json] = {
        "change": changed.change.name.lower().replace("_", "-"),
        "requirement": check.requirement,
        "level": check.level.value,
        "scenario": check.scenario,
        "case": check.case,
    }
    for name, one in (("old", changed.old), ("new", changed.new)):
        if one is not None:
            row[name] = {
                "verdict": one.verdict.value,
                **({"reason": one.reason} if one.reason else {}),
                **({"message": one.message} if one.message else {}),
                **({"verdicts": [v.value for v in one.verdicts]} if one.is_flaky else {}),
            }
    return row


def diff_markdown(difference: Difference) -> str:
    """Return a comparison as Markdown for a comment; at most some rows of each way of change."""
    lines = ["### Wirecheck: what changed", "", inline(_sums(difference)), ""]
    lines += [f"> **Note:** {inline(note)}" for note in difference.notes]
    for change in Change:
        rows = difference.of(change)
        if rows:
            summary = f"{change} ({len(rows)})"
            is_open = change in (Change.NEW_FAIL, Change.ERROR)
            lines += ["", *folded(summary, _table(rows), is_open=is_open)]
    return "\n".join([*lines, ""])


def _table(rows: Sequence[Changed]) -> Iterator[str]:
    yield "| requirement | scenario | case | change |"
    yield "|---|---|---|---|"
    for one in rows[:_MOST_ROWS]:
        check = one.check
        cells = (check.requirement, check.scenario, check.case, _step(one) + _why(one))
        yield f"| {' | '.join(map(code, cells))} |"
    if len(rows) > _MOST_ROWS:
        yield f"| and {len(rows) - _MOST_ROWS} more | | | |"
