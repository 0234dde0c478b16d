"""Events made by hand, and a report of them."""

import datetime as dt
from typing import Any

from conformance.reporting.report import ReportBuilder
from conformance.words.events import CaseFinished, ExchangeRecord, RunEvent
from conformance.words.verdict import Check, Level, Verdict
from tests.conformance.corpus import CATALOGUE, MUST, target_of

STARTED = dt.datetime(2026, 1, 31, 9, 30, tzinfo=dt.UTC)
URL = "http://127.0.0.1:8/"


def check(requirement: str = MUST, verdict: Verdict = Verdict.PASS, **more: Any) -> Check:  # noqa: ANN401 - any field
    fields = {"scenario": "jsonrpc/one", "case": "-", "level": Level.MUST, **more}
    return Check(requirement=requirement, verdict=verdict, **fields)


def exchange(number: int = 1, **more: Any) -> ExchangeRecord:  # noqa: ANN401 - any field
    fields = {
        "id": f"jsonrpc/one/-#{number}",
        "url": URL,
        "method": "POST",
        "request": b"POST / HTTP/1.1\r\n\r\n1",
        "response": b"HTTP/1.1 200 OK\r\n\r\n",
        "outcome": "answered",
        "total_ms": 1.5,
        **more,
    }
    return ExchangeRecord(**fields)


def finished(name: str, *checks: Check, exchanges: tuple[ExchangeRecord, ...] = ()) -> CaseFinished:
    scenario, _, case = name.rpartition("/")
    return CaseFinished(
        case=name, scenario=scenario, name=case, title="T", checks=checks, exchanges=exchanges
    )


def builder(*events: RunEvent, **more: Any) -> ReportBuilder:  # noqa: ANN401 - any field
    target = target_of(
        URL, {"vendor": "V", "version": "1.0", "name": "N", **more.pop("profile", {})}
    )
    made = ReportBuilder(
        catalogue=CATALOGUE,
        target=more.pop("target", target),
        order=["jsonrpc/one/-", "jsonrpc/two/a", "jsonrpc/two/b"],
        options={"jobs": 4},
        started_at=STARTED,
    )
    for event in events:
        made.take(event)
    return made
