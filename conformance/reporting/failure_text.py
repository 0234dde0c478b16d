"""One check in words, for a terminal: statement, link, what was sent, what came back, curl."""

from collections.abc import Mapping

from conformance.reporting.curl import command_for
from conformance.reporting.wire_text import readable
from conformance.words.catalogue import Requirement
from conformance.words.events import ExchangeRecord
from conformance.words.json_value import ABSENT, Json
from conformance.words.template import to_json_text
from conformance.words.verdict import Check

_MOST_CHARACTERS = 400


def check_text(
    check: Check,
    requirement: Requirement,
    exchange: ExchangeRecord | None,
    exchange_row: Mapping[str, Json] | None,
) -> list[str]:
    """Return the lines that tell one check; the last ones are absent when nothing was sent.

    Args:
        check: a broken check.
        requirement: its row.
        exchange: what was sent and received, secrets masked.
        exchange_row: the same as it stands in the report.
    """
    lines = [
        f"{check.verdict.upper()} {requirement.id} ({requirement.level}) {requirement.statement}",
        f"  {requirement.link}",
        f"  {check.scenario} [{check.case}]",
        f"  {check.message}",
    ]
    if check.expected is not ABSENT:
        lines.append(f"  expected: {_cut(to_json_text(check.expected))}")
    if check.seen is not ABSENT:
        lines.append(f"  seen:     {_cut(to_json_text(check.seen))}")
    if exchange is not None and exchange_row is not None:
        lines += ["  sent:", *_indented(readable(exchange.request, most=1_200))]
        came = readable(exchange.response, most=1_200)
        lines += ["  came back:", *_indented(came or f"nothing ({exchange.outcome})")]
        lines.append(f"  try: {command_for(exchange_row)}")
    return lines


def _indented(text: str) -> list[str]:
    return [f"    {line}" for line in text.rstrip("\n").split("\n")]


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}…"
