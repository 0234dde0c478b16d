"""What the HTML report says of the run as a whole: reasons for not judging, times, options."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

from conformance.reporting.html_words import Row, visible
from conformance.words.catalogue import Requirement
from conformance.words.json_value import Json, is_array
from conformance.words.template import to_json_text
from conformance.words.verdict import Verdict

MOST_SLOW_CASES: Final = 10
_NOT_JUDGED: Final = (Verdict.ERROR, Verdict.UNTESTED, Verdict.NOT_APPLICABLE)
_ADD: Final = "; add to the profile: "
# What stands in front of the values of one run: of several such checks it is the same.
_OF_WHICH: Final = re.compile(r"in \d+ of \d+ answers, first in \S+(?: \(.*?\))?: ")
_OF_THE_RUN: Final = re.compile(r"(?:\A|:? )expected .*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why some checks were not judged; `add` is what to put into the profile, or empty."""

    verdict: Verdict
    text: str
    add: str
    checks: int
    requirements: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowCase:
    """A case and how long its exchanges took; `requirement` is the first one it is about."""

    name: str
    total_ms: float
    exchanges: int
    outcomes: str
    requirement: str


def reasons_of(checks: Sequence[Row]) -> dict[Verdict, list[Reason]]:
    """Return why checks were not judged, by verdict; the reasons with most checks first."""
    found: dict[tuple[Verdict, str, str], list[str]] = {}
    for check in checks:
        verdict = Verdict(str(check["verdict"]))
        if verdict in _NOT_JUDGED:
            text, add = _told(str(check.get("message", "")), str(check.get("reason", "")))
            found.setdefault((verdict, text, add), []).append(str(check["requirement"]))
    reasons = [
        Reason(
            verdict=verdict,
            text=visible(text),
            add=visible(add),
            checks=len(names),
            requirements=list(dict.fromkeys(names)),
        )
        for (verdict, text, add), names in found.items()
    ]
    reasons.sort(key=lambda one: (-one.checks, one.text))
    mine = {verdict: [one for one in reasons if one.verdict is verdict] for verdict in _NOT_JUDGED}
    return {verdict: group for verdict, group in mine.items() if group}


def _told(message: str, reason: str) -> tuple[str, str]:
    """Return a reason without the values of one check, and what to add to the profile."""
    text, _, add = message.partition(_ADD)
    if not reason.startswith("relies-on:"):
        text = _OF_THE_RUN.sub("", _OF_WHICH.sub("", text)) or "what it asks for was not there"
    return text, add


def unchecked_by_reason(
    rows: Sequence[Requirement], *, party: str = "server"
) -> dict[str, list[Requirement]]:
    """Return rows that no check of a run is about, by why; `party` is who was judged."""
    others = "servers" if party == "client" else "clients"
    found: dict[str, list[Requirement]] = {}
    for row in rows:
        if not row.binds(party):
            why = f"They bind {others}, and this run judged a {party}"
        elif row.testable == "no":
            why = "The wire can't show them"
        else:
            why = "No scenario of this run is about them"
        found.setdefault(why, []).append(row)
    return found


def slow_cases(checks: Sequence[Row], exchanges: Sequence[Row]) -> list[SlowCase]:
    """Return the cases whose exchanges took longest, the longest first."""
    first = {
        f"{one['scenario']}/{one['case']}": str(one["requirement"]) for one in reversed(checks)
    }
    found: dict[str, list[Row]] = {}
    for exchange in exchanges:
        found.setdefault(str(exchange["id"]).rpartition("#")[0], []).append(exchange)
    cases = [
        SlowCase(
            name=visible(name.removesuffix("/-")),
            total_ms=sum(cast("float", one["total_ms"]) for one in rows),
            exchanges=len(rows),
            outcomes=visible(", ".join(dict.fromkeys(str(one["outcome"]) for one in rows))),
            requirement=first.get(name, ""),
        )
        for name, rows in found.items()
    ]
    return sorted(cases, key=lambda one: (-one.total_ms, one.name))[:MOST_SLOW_CASES]


def option_lines(options: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Return the options of a run as names and values; what was not asked for is left out."""
    lines: list[tuple[str, str]] = []
    for name, value in options.items():
        if value in (None, False, [], {}, ""):
            continue
        lines.append((visible(name.replace("_", " ")), visible(_option_text(value))))
    return lines


def _option_text(value: Json) -> str:
    if value is True:
        return "yes"
    if isinstance(value, str):
        return value
    if is_array(value):
        return ", ".join(_option_text(item) for item in value)
    return to_json_text(value)
