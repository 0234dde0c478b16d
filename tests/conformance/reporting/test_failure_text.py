"""One check in words: everything that is needed to see and to try what broke."""

import pytest

from conformance.reporting.failure_text import check_text
from conformance.reporting.report import exchange_json
from conformance.words.events import ExchangeRecord
from conformance.words.verdict import Check, Verdict
from tests.conformance.corpus import CATALOGUE, MUST
from tests.conformance.reporting.told import check, exchange

REQUEST = b"POST /rpc HTTP/1.1\r\nHost: 127.0.0.1:8\r\nContent-Length: 1\r\n\r\n1"


def lines(told: Check, record: ExchangeRecord | None = None) -> list[str]:
    row = exchange_json(record) if record else None
    return check_text(told, CATALOGUE.requirement(told.requirement), record, row)


def test_a_failure_tells_statement_place_what_was_sent_and_what_came_back() -> None:
    told = check(
        verdict=Verdict.FAIL,
        case="a case",
        message="expected 1 at /a, saw null",
        expected={"const": 1},
        seen=None,
    )
    record = exchange(request=REQUEST, response=b"HTTP/1.1 200 OK\r\n\r\n\x1b[31mred\r\n")

    *told_lines, last = lines(told, record)

    assert told_lines == [
        f"FAIL {MUST} (MUST) The statement of {MUST}.",
        f"  https://tiny.example/{MUST}",
        "  jsonrpc/one [a case]",
        "  expected 1 at /a, saw null",
        '  expected: {"const":1}',
        "  seen:     null",
        "  sent:",
        "    POST /rpc HTTP/1.1",
        "    Host: 127.0.0.1:8",
        "    Content-Length: 1",
        "    ",
        "    1",
        "  came back:",
        "    HTTP/1.1 200 OK",
        "    ",
        "    \\x1b[31mred",
    ]
    assert last == (
        "  try: curl -sS -i --http1.1 -X POST 'http://127.0.0.1:8/rpc' -H 'Accept:'"
        " -H 'Content-Type:' --data-raw 1"
    )


def test_what_was_neither_expected_nor_sent_is_left_out() -> None:
    told = check(verdict=Verdict.WARN, message="m")

    assert lines(told) == [
        f"WARN {MUST} (MUST) The statement of {MUST}.",
        f"  https://tiny.example/{MUST}",
        "  jsonrpc/one [-]",
        "  m",
    ]


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        pytest.param("silence", "nothing (silence)", id="silence"),
        pytest.param("closed", "nothing (closed)", id="closed"),
    ],
)
def test_where_nothing_came_back_the_outcome_says_how(outcome: str, told: str) -> None:
    record = exchange(response=b"", outcome=outcome, request=REQUEST)

    found = lines(check(verdict=Verdict.FAIL), record)

    assert found[found.index("  came back:") + 1] == f"    {told}"


def test_long_values_and_exchanges_are_cut() -> None:
    told = check(verdict=Verdict.FAIL, expected="e" * 500, seen="s" * 500)
    record = exchange(request=REQUEST, response=b"r" * 2_000)

    found = lines(told, record)

    assert f'  expected: "{"e" * 399}…' in found
    assert f'  seen:     "{"s" * 399}…' in found
    assert f"    {'r' * 1_200}… (800 more bytes)" in found
