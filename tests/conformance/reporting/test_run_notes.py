"""What is said of a run as a whole, on top of everything else."""

from typing import Any

import pytest

from conformance.reporting.run_notes import run_notes
from conformance.words.events import RunFinished, RunNote
from conformance.words.verdict import Check, Verdict
from tests.conformance.corpus import CATALOGUE, MUST, OTHER, SHOULD
from tests.conformance.reporting.told import builder, check, exchange, finished

REFUSED = (
    "every answer was 401, so the target itself was not reached:"
    " add credentials by --header or to the profile"
)


def notes(*checks: Check, responses: tuple[bytes, ...] = ()) -> list[str]:
    exchanges = tuple(exchange(at, response=one) for at, one in enumerate(responses))
    return run_notes(checks, [finished("jsonrpc/one/-", exchanges=exchanges)], CATALOGUE)


def untested(name: str, reason: str, **more: Any) -> Check:  # noqa: ANN401 - any field
    return check(name, Verdict.UNTESTED, reason=reason, **more)


def test_a_run_as_it_is_meant_to_be_has_no_notes() -> None:
    assert notes(check(), check(OTHER, Verdict.FAIL)) == []


def test_where_nothing_was_judged_nothing_has_passed() -> None:
    assert notes(untested(MUST, "never-seen")) == ["nothing was tested, so nothing has passed"]


@pytest.mark.parametrize(
    ("responses", "told"),
    [
        pytest.param(
            [b"HTTP/1.1 401 No\r\n\r\n"] * 4,
            [REFUSED],
            id="one refusal for all",
        ),
        pytest.param([b"HTTP/1.1 401 No\r\n\r\n"] * 3, [], id="too few to tell"),
        pytest.param(
            [*[b"HTTP/1.1 401 No\r\n\r\n"] * 4, b"HTTP/1.1 200 OK\r\n\r\n"], [], id="but one"
        ),
        pytest.param([b"HTTP/1.1 200 OK\r\n\r\n"] * 4, [], id="no refusal"),
        pytest.param([b""] * 4, ["not one request got an answer"], id="silence"),
        pytest.param([b""] * 3, [], id="too few to tell of silence"),
    ],
)
def test_what_every_answer_was_is_told(responses: list[bytes], told: list[str]) -> None:
    assert notes(check(), responses=tuple(responses)) == told


@pytest.mark.parametrize(
    ("verdicts", "is_told"),
    [
        pytest.param("fail fail warn fail", True, id="not one right"),
        pytest.param("fail fail pass fail", False, id="one right"),
        pytest.param("fail fail fail", False, id="too few to tell"),
    ],
)
def test_a_target_that_speaks_something_else_is_told(verdicts: str, *, is_told: bool) -> None:
    checks = [
        check(f"JSONRPC-5-0{at}", Verdict(one)) for at, one in enumerate(verdicts.split(), start=1)
    ]

    line = "no request reached the JSON-RPC layer: not one response was right in any part"
    assert notes(*checks) == ([line] if is_told else [])


def test_one_refusal_tells_all_where_the_rest_relied_on_it() -> None:
    rest = [untested(SHOULD, "relies-on:jsonrpc/one", case=str(at)) for at in range(20)]
    broken = check("JSONRPC-5-12", Verdict.FAIL)

    assert notes(broken, *rest, responses=(b"HTTP/1.1 401 No\r\n\r\n",)) == [
        REFUSED,
        "no request reached the JSON-RPC layer: not one response was right in any part",
    ]


def test_what_is_untested_for_want_of_consent_is_counted() -> None:
    checks = [check(), untested(OTHER, "no-consent"), untested(SHOULD, "no-consent")]

    assert notes(*checks) == [
        "nothing could be written, so 2 requirements are untested: --allow-writes gives consent"
    ]


def test_a_row_that_was_tested_elsewhere_needs_no_consent() -> None:
    assert notes(check(), untested(MUST, "no-consent", case="b")) == []


def test_the_one_binding_that_most_is_missing_is_named_with_what_to_add() -> None:
    checks = [
        check(),
        untested(OTHER, "no-binding:jsonrpc.ok"),
        untested(SHOULD, "no-binding:jsonrpc.ok"),
        untested(SHOULD, "no-binding:jsonrpc.ok", case="b"),
    ]

    told = "2 of 3 requirements are untested for want of jsonrpc.ok"
    assert notes(*checks) == [f"{told}: add to the profile: add jsonrpc.ok"]
    assert notes(*checks, check("TINY-1-02"), check("TINY-1-05")) == []


def test_notes_on_the_run_come_before_all_others() -> None:
    report = builder(
        RunNote(text="the first call got no answer"),
        finished("jsonrpc/one/-", untested(MUST, "never-seen")),
        RunFinished(duration_s=1),
    )

    assert report.notes == [
        "nothing was tested, so nothing has passed",
        "the first call got no answer",
    ]
