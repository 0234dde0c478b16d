"""One case against a mirror: what a step's parts make of an observation, for every level."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.words.json_value import ABSENT
from conformance.words.verdict import Check, Verdict
from tests.conformance.corpus import (
    IMPLIED,
    INFORMS,
    MAY,
    MUST,
    MUST_NOT,
    SHOULD,
    SHOULD_NOT,
    WARNS,
    Run,
    judge,
    load,
    scenario,
)
from tests.conformance.peers import (
    Peer,
    Talk,
    body_of,
    mirroring,
    response,
    serving,
)

BAD = "/http/status: {const: 404}"
GOOD = "/http/status: {const: 200}"


@pytest.fixture(name="peer")
def make_peer() -> Iterator[Peer]:
    with serving(mirroring) as peer:
        yield peer


def run(folder: Path, peer: Peer, *steps: str, more: str = "", **options: object) -> Run:
    return judge(load(folder, scenario("one", *steps, more=more)), peer.url, **options)  # type: ignore[arg-type]  # as given


def check(folder: Path, peer: Peer, *steps: str, more: str = "", **options: object) -> Check:
    """Run one scenario with one case and one row; return its check."""
    [found] = run(folder, peer, *steps, more=more, **options).checks
    return found


@pytest.mark.parametrize(
    ("row", "verdict", "message"),
    [
        pytest.param(MUST, "fail", "", id="MUST"),
        pytest.param(MUST_NOT, "fail", "", id="MUST NOT"),
        pytest.param(IMPLIED, "fail", "", id="implied"),
        pytest.param(SHOULD, "warn", "", id="SHOULD"),
        pytest.param(SHOULD_NOT, "warn", "", id="SHOULD NOT"),
        pytest.param(WARNS, "warn", "", id="worst: warn"),
        pytest.param(INFORMS, "pass", "remark: ", id="worst: info"),
        pytest.param(
            MAY,
            "not-applicable",
            "the target makes no use of this permission: ",
            id="MAY",
        ),
    ],
)
def test_a_broken_expectation_gives_the_worst_verdict_of_its_row(
    tmp_path: Path, peer: Peer, row: str, verdict: str, message: str
) -> None:
    found = check(tmp_path, peer, f"{{send: {{raw: 'x'}}, expect: {{{row}: {{{BAD}}}}}}}")

    assert (found.verdict.value, found.message) == (
        verdict,
        f"{message}expected 404 at /http/status, saw 200",
    )
    assert (found.reason, found.pointer) == ("const:/http/status", "/http/status")
    assert (found.expected, found.seen) == ({"const": 404}, 200)
    assert (found.step, found.exchange) == ("step1", "jsonrpc/one/-#1")


@pytest.mark.parametrize(
    "row", [pytest.param(one, id=one) for one in (MUST, SHOULD, MAY, WARNS, INFORMS)]
)
def test_what_holds_passes_at_every_level(tmp_path: Path, peer: Peer, row: str) -> None:
    found = check(tmp_path, peer, f"{{send: {{raw: 'x'}}, expect: {{{row}: {{{GOOD}}}}}}}")

    assert (found.verdict, found.message, found.reason) == (Verdict.PASS, "", "")
    assert (found.expected, found.seen, found.pointer) == (ABSENT, ABSENT, None)


@pytest.mark.parametrize(
    ("row", "parts", "verdict"),
    [
        pytest.param(MUST, (GOOD, BAD), "warn", id="a MUST that is kept the worse way"),
        pytest.param(SHOULD, (GOOD, BAD), "warn", id="a SHOULD"),
        pytest.param(MUST, (BAD, BAD), "fail", id="both broken"),
        pytest.param(MUST, (GOOD, GOOD), "pass", id="both hold"),
        pytest.param(MUST, ("", BAD), "warn", id="nothing but prefer"),
        pytest.param(MUST, ("", GOOD), "pass", id="nothing but prefer, which holds"),
        pytest.param(MAY, (GOOD, BAD), "pass", id="a permission has no worse way"),
        pytest.param(INFORMS, (GOOD, BAD), "pass", id="nor has what is a remark at worst"),
    ],
)
def test_what_is_preferred_earns_a_warning(
    tmp_path: Path, peer: Peer, row: str, parts: tuple[str, str], verdict: str
) -> None:
    expect = f"expect: {{{row}: {{{parts[0]}}}}}, " if parts[0] else ""

    found = check(
        tmp_path, peer, f"{{send: {{raw: 'x'}}, {expect}prefer: {{{row}: {{{parts[1]}}}}}}}"
    )

    assert found.verdict.value == verdict


def test_where_it_does_not_apply_nothing_is_judged(tmp_path: Path, peer: Peer) -> None:
    step = (
        f"{{send: {{raw: 'x'}}, applies: {{{MUST}: {{{BAD}}}, {SHOULD}: {{{GOOD}}}}}, "
        f"expect: {{{MUST}: {{{BAD}}}, {SHOULD}: {{{BAD}}}}}}}"
    )

    found = run(tmp_path, peer, step)

    told = {one.requirement: (one.verdict.value, one.message, one.reason) for one in found.checks}
    assert told == {
        MUST: (
            "not-applicable",
            "does not apply here: expected 404 at /http/status, saw 200",
            "does-not-apply",
        ),
        SHOULD: ("warn", "expected 404 at /http/status, saw 200", "const:/http/status"),
    }


def test_a_set_up_that_did_not_hold_leaves_the_step_untested_and_the_later_ones(
    tmp_path: Path, peer: Peer
) -> None:
    found = run(
        tmp_path,
        peer,
        f"{{send: {{raw: '1'}}, expect: {{{MAY}: {{{GOOD}}}}}}}",
        f"{{name: early, send: {{raw: '2'}}, given: {{{BAD}}}, expect: {{{MUST}: {{{GOOD}}}}}}}",
        f"{{send: {{raw: '3'}}, expect: {{{SHOULD}: {{{GOOD}}}}}}}",
    )

    told = {one.requirement: (one.verdict.value, one.message, one.reason) for one in found.checks}
    why = "the set-up of step 'early' did not hold: expected 404 at /http/status, saw 200"
    assert told == {
        MAY: ("pass", "", ""),
        MUST: ("untested", why, "set-up"),
        SHOULD: ("untested", why, "set-up"),
    }
    assert [body_of(one) for one in peer.requests] == [b"1", b"2"]


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        pytest.param(BAD, GOOD, "fail", id="the first is broken"),
        pytest.param(GOOD, BAD, "fail", id="the second is broken"),
        pytest.param(GOOD, GOOD, "pass", id="none is"),
    ],
)
def test_a_row_judged_in_two_steps_has_the_worse_verdict(
    tmp_path: Path, peer: Peer, first: str, second: str, verdict: str
) -> None:
    steps = [f"{{send: {{raw: 'x'}}, expect: {{{MUST}: {{{one}}}}}}}" for one in (first, second)]

    assert check(tmp_path, peer, *steps).verdict.value == verdict


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param("!close", "the connection was closed without an answer", id="closed"),
        pytest.param("!reset", "the connection was reset without an answer", id="reset"),
        pytest.param("!text", "what came is no HTTP response", id="no HTTP"),
        pytest.param("!half", "the answer began and did not end", id="incomplete"),
    ],
)
def test_no_answer_fails_where_one_is_demanded_and_ends_the_case(
    tmp_path: Path, peer: Peer, body: str, told: str
) -> None:
    found = run(
        tmp_path,
        peer,
        f"{{send: {{raw: '{body}'}}, expect: {{{MUST}: {{/body/size: {{const: 0}}}}}}}}",
        f"{{send: {{raw: 'x'}}, expect: {{{SHOULD}: {{{GOOD}}}}}}}",
    )

    first, second = found.checks
    assert (first.verdict, first.message) == (Verdict.FAIL, told)
    assert (second.verdict, second.reason) == (Verdict.UNTESTED, "set-up")
    assert re.fullmatch(r"step 'step1' got no answer \([a-z-]+\)", second.message)


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        pytest.param(MUST, "fail", id="MUST"),
        pytest.param(SHOULD, "warn", id="SHOULD"),
        pytest.param(MAY, "untested", id="a permission of which nothing was seen"),
        pytest.param(INFORMS, "untested", id="a remark on nothing"),
    ],
)
def test_nothing_seen_is_nothing_judged_where_a_remark_is_the_worst(
    tmp_path: Path, peer: Peer, row: str, verdict: str
) -> None:
    found = check(
        tmp_path,
        peer,
        f"{{send: {{raw: '!close'}}, expect: {{{row}: {{/body/size: {{const: 0}}}}}}}}",
    )

    assert found.verdict.value == verdict
    assert found.reason == "no-answer:closed"


def test_what_is_reported_stands_in_the_message_of_a_check_that_holds(
    tmp_path: Path, peer: Peer
) -> None:
    step = (
        "{send: {raw: '[1]'}, report: {status: /http/status, shape: /jsonrpc/shape, x: /continued},"
        f" expect: {{{MUST}: {{{GOOD}}}, {SHOULD}: {{{BAD}}}}}}}"
    )

    found = run(tmp_path, peer, step)

    assert found.check("one").message == 'status: 200, shape: "batch", x: none'
    assert found.check("one", SHOULD).message == "expected 404 at /http/status, saw 200"


def counting(talk: Talk) -> None:
    """Answer with the number of requests so far."""
    while talk.request():
        talk.send(response(str(len(talk.peer.requests)).encode()))


@pytest.mark.parametrize(
    ("repeat", "sent", "verdict"),
    [
        pytest.param("{at_most: 9}", 3, "pass", id="until it holds"),
        pytest.param("{at_most: 2}", 2, "fail", id="until the bound"),
        pytest.param("{at_most: 3}", 3, "pass", id="up to the bound"),
        pytest.param("{at_most: 5, every_time: true}", 5, "fail", id="every time"),
        pytest.param("{at_most: 3, every_time: true}", 3, "pass", id="the last one is judged"),
    ],
)
def test_a_step_is_repeated(tmp_path: Path, repeat: str, sent: int, verdict: str) -> None:
    step = (
        f"{{send: {{raw: 'x'}}, repeat: {repeat},"
        f" expect: {{{MUST}: {{/body/text: {{const: '3'}}}}}}}}"
    )

    with serving(counting) as peer:
        found = run(tmp_path, peer, step)

    assert found.check("one").verdict.value == verdict
    assert len(peer.requests) == sent
    exchanges = [one.id for one in found.finished[0].exchanges]
    assert exchanges == [f"jsonrpc/one/-#{number}" for number in range(1, sent + 1)]
    assert found.check("one").exchange == exchanges[-1]


def test_a_step_is_repeated_until_set_up_and_preference_hold_too(tmp_path: Path) -> None:
    step = (
        "{send: {raw: 'x'}, repeat: {at_most: 9}, given: {/body/text: {enum: ['2', '4', '6']}},"
        f" prefer: {{{MUST}: {{/body/text: {{enum: ['1', '3', '6']}}}}}}}}"
    )

    with serving(counting) as peer:
        found = run(tmp_path, peer, step)

    assert found.check("one").verdict is Verdict.PASS
    assert len(peer.requests) == 6


def test_a_repeated_step_that_gets_no_answer_is_not_sent_again(tmp_path: Path, peer: Peer) -> None:
    step = f"{{send: {{raw: '!close'}}, repeat: {{at_most: 9}}, expect: {{{MUST}: {{{GOOD}}}}}}}"

    found = check(tmp_path, peer, step)

    assert found.reason == "no-answer:closed"
    assert [body_of(one) for one in peer.requests if b"alive" not in one] == [b"!close"]


def test_between_two_sends_there_is_a_bounded_pause(tmp_path: Path) -> None:
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    steps = [
        f"{{send: {{raw: 'x'}}, repeat: {{at_most: 2, pause_ms: {pause_ms}, every_time: true}},"
        f" expect: {{{MUST}: {{{GOOD}}}}}}}"
        for pause_ms in ("250", "'${case/pause}'", "3600000")
    ]
    cases = "cases: [{name: '-', pause: 1500}],"

    with serving(mirroring) as peer:
        found = run(tmp_path, peer, *steps, more=cases, pause=pause)

    assert found.check("one").verdict is Verdict.PASS
    assert paused == [0.25, 1.5, 60.0]


@pytest.mark.parametrize(
    ("field", "pauses"),
    [
        pytest.param("2", [0.1, 2.0, 2.0, 2.0, 2.0, 2.0, 0.1], id="some seconds"),
        pytest.param("3600", [0.1, 10.0, 0.1, 0.1, 0.1, 0.1, 0.1], id="an hour"),
        pytest.param("0", [0.1] * 7, id="at once"),
        pytest.param("Wed, 25 Nov 2026 08:00:00 GMT", [0.1] * 7, id="a date"),
    ],
)
def test_a_target_that_asks_for_some_time_gets_a_little(
    tmp_path: Path, field: str, pauses: list[float]
) -> None:
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    def busy(talk: Talk) -> None:
        while talk.request():
            talk.send(response(b"", f"Retry-After: {field}", status="202 Accepted"))

    step = (
        "{send: {raw: 'x'}, repeat: {at_most: 8, pause_ms: 100},"
        f" expect: {{{MUST}: {{{GOOD}}}}}}}"
    )

    with serving(busy) as peer:
        run(tmp_path, peer, step, pause=pause)

    assert paused == pauses
