"""The run: order, concurrency, reliance, what watches all of it, and our own crashes."""

import threading
from pathlib import Path

import pytest

from conformance.engine.plan import Selection
from conformance.words.events import RunFinished, RunStarted
from conformance.words.verdict import Verdict
from tests.conformance.corpus import (
    INFORMS,
    MAY,
    MUST,
    OTHER,
    SEED,
    SHOULD,
    judge,
    load,
    scenario,
    sends,
)
from tests.conformance.peers import (
    TIMEOUT_S,
    Talk,
    body_of,
    mirroring,
    response,
    serving,
)

FIVE = "cases: [{name: a}, {name: b}, {name: c}, {name: d}, {name: e}],"
PASSES = sends("good", MUST, "/body/text", "{const: good}")
FAILS = sends("bad", MUST, "/body/text", "{const: good}")


def bodies(requests: list[bytes]) -> list[str]:
    return [body_of(one).decode() for one in requests]


def test_events_tell_a_run_from_start_to_end(tmp_path: Path) -> None:
    loaded = load(tmp_path, scenario("one", PASSES, more=FIVE), scenario("two", FAILS))

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url)

    first, *cases, last = run.events
    assert first == RunStarted(cases=6, jobs=1, seed=SEED)
    assert isinstance(last, RunFinished)
    assert (last.interrupted, last.target_lost) == (False, False)
    assert last.duration_s > 0
    assert cases == run.finished
    assert [one.case for one in run.finished] == [
        *(f"jsonrpc/one/{name}" for name in "abcde"),
        "jsonrpc/two/-",
    ]
    assert [one.checks[0].verdict for one in run.finished] == [Verdict.PASS] * 5 + [Verdict.FAIL]
    told = run.finished[-1]
    assert (told.scenario, told.name, told.title) == ("jsonrpc/two", "-", "The title of two")


def test_as_many_cases_as_jobs_are_in_flight_together(tmp_path: Path) -> None:
    together = threading.Barrier(3, timeout=TIMEOUT_S)

    def meeting(talk: Talk) -> None:
        talk.request()
        together.wait()
        talk.send(response(b"good"))

    six = FIVE.replace("{name: a}", "{name: a}, {name: f}")
    loaded = load(tmp_path, scenario("one", PASSES, more=six))

    with serving(meeting) as peer:
        run = judge(loaded, peer.url, jobs=3)

    assert [one.verdict for one in run.checks] == [Verdict.PASS] * 6


class Counting:
    """Serves while it counts how many requests are in its hands at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self.most = 0
        self.company: dict[str, int] = {}

    def __call__(self, talk: Talk) -> None:
        while request := talk.request():
            body = body_of(request)
            with self._lock:
                self._inside += 1
                self.most = max(self.most, self._inside)
                self.company[body.decode()] = self._inside
            talk.peer.closing.wait(0.01)
            with self._lock:
                self._inside -= 1
            talk.send(response(body))


@pytest.mark.parametrize("jobs", [pytest.param(1, id="one job"), pytest.param(3, id="three jobs")])
def test_no_more_cases_than_jobs_are_in_flight(tmp_path: Path, jobs: int) -> None:
    counting = Counting()

    with serving(counting) as peer:
        judge(load(tmp_path, scenario("one", PASSES, more=FIVE)), peer.url, jobs=jobs)

    assert counting.most <= jobs


def test_an_exclusive_case_is_alone_with_the_target(tmp_path: Path) -> None:
    counting = Counting()
    alone = "cases: [{name: x}, {name: y}, {name: z}], exclusive: true,"
    loaded = load(
        tmp_path,
        scenario("alone", sends("${case/name}"), more=alone),
        scenario("one", sends("many"), more=FIVE),
    )

    with serving(counting) as peer:
        run = judge(loaded, peer.url, jobs=4)

    assert [counting.company[name] for name in "xyz"] == [1, 1, 1]
    assert sorted(bodies(peer.requests)[-3:]) == ["x", "y", "z"]
    assert len(run.checks) == 8


def test_what_relies_on_a_broken_basic_is_untested(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        scenario("leaf", PASSES, more="relies_on: [middle],"),
        scenario("middle", PASSES, more="relies_on: [basic],"),
        scenario("basic", FAILS),
    )

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url)

    assert run.verdicts() == {"basic": "fail", "middle": "untested", "leaf": "pass"}
    middle = run.check("middle")
    assert middle.reason == "relies-on:jsonrpc/basic"
    assert middle.message == (
        "relies on jsonrpc/basic, which broke here: expected 'good' at /body/text, saw \"bad\""
    )
    # What the leaf relies on is judged by itself: it held, whatever it relies on in turn.
    assert bodies(peer.requests) == ["bad", "good", "good"]


WARNS_ONLY = f"{{send: {{raw: x}}, prefer: {{{MUST}: {{/body/text: {{const: y}}}}}}}}"


@pytest.mark.parametrize(
    ("basic", "verdict"),
    [
        pytest.param(scenario("basic", PASSES), "pass", id="it passed"),
        pytest.param(scenario("basic", FAILS), "untested", id="it failed"),
        pytest.param(scenario("basic", WARNS_ONLY), "untested", id="it warned"),
        pytest.param(
            scenario("basic", sends("x", MAY, "/body/size", "{const: 9}")),
            "pass",
            id="it makes no use of a permission",
        ),
        pytest.param(
            scenario(
                "basic",
                sends("${case/name}", schema="{const: good}", pointer="/body/text"),
                more="cases: [{name: bad}, {name: good}],",
            ),
            "pass",
            id="it held in one of its cases",
        ),
        pytest.param(
            scenario("basic", FAILS, more="cases: [{name: a}, {name: b, needs: [jsonrpc.ok]}],"),
            "untested",
            id="it broke in the only case that can be run",
        ),
        pytest.param(
            scenario("basic", FAILS, more="needs: [jsonrpc.ok],"), "pass", id="it can't be run"
        ),
        pytest.param(scenario("other", FAILS), "pass", id="it is not there"),
    ],
)
def test_reliance_is_on_what_held_somewhere(tmp_path: Path, basic: str, verdict: str) -> None:
    leaf = scenario("leaf", PASSES, more="relies_on: [basic],")

    with serving(mirroring) as peer:
        run = judge(load(tmp_path, leaf, basic), peer.url)

    assert run.check("leaf").verdict.value == verdict


def test_what_is_relied_on_is_run_once_and_reported_once(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        scenario("leaf", PASSES, more=f"relies_on: [basic], {FIVE}"),
        scenario("basic", sends("base")),
    )

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url, jobs=4)

    assert bodies(peer.requests).count("base") == 1
    assert [one.case for one in run.finished].count("jsonrpc/basic/-") == 1


def test_what_is_relied_on_is_run_though_it_was_not_selected(tmp_path: Path) -> None:
    loaded = load(
        tmp_path, scenario("leaf", PASSES, more="relies_on: [basic],"), scenario("basic", FAILS)
    )

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url, selection=Selection(only=("leaf",)))

    assert run.verdicts() == {"leaf": "untested"}
    assert bodies(peer.requests) == ["bad"]


def test_what_is_relied_on_is_judged_whole_though_one_class_was_selected(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        scenario("leaf", sends("x", OTHER), more="relies_on: [basic],"),
        scenario("basic", FAILS, sends("x", OTHER)),
    )

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url, selection=Selection(classes=("tiny.other",)))

    assert run.check("leaf", OTHER).verdict is Verdict.UNTESTED
    assert [one.requirement for one in run.checks] == [OTHER, OTHER]


def watching(expect: str, *, when: str = "/jsonrpc/shape: {const: scalar}", row: str = MUST) -> str:
    return (
        f"  - {{id: watching, title: It watches, on_every: {{{when}}},"
        f" expect: {{{row}: {{{expect}}}}}}}\n"
    )


NUMBERS = "cases: [{name: '1'}, {name: '2'}, {name: '3'}, {name: 'x'}],"


@pytest.mark.parametrize(
    ("text", "verdict", "message"),
    [
        pytest.param(
            watching("/http/status: {const: 200}"), "pass", "seen 3 times", id="it holds each time"
        ),
        pytest.param(
            watching("/body/text: {const: '1'}"),
            "fail",
            "in 2 of 3 answers, first in jsonrpc/one (2): expected '1' at /body/text, saw \"2\"",
            id="it breaks",
        ),
        pytest.param(
            watching("/body/text: {const: '1'}", row=SHOULD),
            "warn",
            "in 2 of 3 answers, first in jsonrpc/one (2): expected '1' at /body/text, saw \"2\"",
            id="a SHOULD breaks",
        ),
        pytest.param(
            watching("/body/text: {const: '1'}", row=INFORMS),
            "pass",
            "in 2 of 3 answers, first in jsonrpc/one (2): remark: expected '1' at /body/text,"
            ' saw "2"',
            id="a remark",
        ),
        pytest.param(
            watching("/body/text: {const: '1'}", row=MAY),
            "pass",
            "used 1 of 3 times",
            id="a permission that is used once",
        ),
        pytest.param(
            watching("/body/text: {const: '9'}", row=MAY),
            "not-applicable",
            "in 3 of 3 answers, first in jsonrpc/one (1): the target makes no use of this"
            " permission: expected '9' at /body/text, saw \"1\"",
            id="a permission that is never used",
        ),
        pytest.param(
            watching("/http/status: {const: 200}", when="/jsonrpc/shape: {const: batch}"),
            "untested",
            "never seen in this run",
            id="it is never seen",
        ),
    ],
)
@pytest.mark.parametrize("jobs", [pytest.param(1, id="one job"), pytest.param(4, id="four jobs")])
def test_what_watches_the_run_gets_one_check_for_all_of_it(
    tmp_path: Path, text: str, verdict: str, message: str, jobs: int
) -> None:
    loaded = load(tmp_path, scenario("one", sends("${case/name}"), more=NUMBERS), text)

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url, jobs=jobs)

    told = run.finished[-1]
    [check] = told.checks
    assert (told.case, told.name, told.title) == (
        "jsonrpc/watching/whole run",
        "whole run",
        "It watches",
    )
    assert (check.verdict.value, check.scenario, check.case) == (
        verdict,
        "jsonrpc/watching",
        "whole run",
    )
    assert check.message == message


def test_what_watches_counts_among_the_cases_of_a_run(tmp_path: Path) -> None:
    loaded = load(tmp_path, scenario("one", PASSES), watching("/http: true"))

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url)

    assert run.events[0] == RunStarted(cases=2, jobs=1, seed=SEED)
    assert len(run.finished) == 2


def test_a_preference_is_watched_too(tmp_path: Path) -> None:
    text = (
        "  - {id: watching, title: It watches, on_every: {/http: true},"
        f" expect: {{{MUST}: {{/http: true}}}},"
        f" prefer: {{{MUST}: {{/body/size: {{const: 9}}}}}}}}\n"
    )

    with serving(mirroring) as peer:
        run = judge(load(tmp_path, scenario("one", PASSES), text), peer.url)

    assert run.check("watching", case="whole run").verdict is Verdict.WARN


def test_what_is_only_relied_on_is_watched_too(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        scenario("leaf", PASSES, more="relies_on: [basic],"),
        scenario("basic", sends("base")),
        watching("/http: true", when="/http: true"),
    )

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url, selection=Selection(only=("leaf", "watching")))

    assert run.check("watching", case="whole run").message == "seen 2 times"


def test_a_crash_of_ours_is_the_error_of_its_case_and_ends_nothing(tmp_path: Path) -> None:
    # A body that is a number is a mistake of the scenario's author, which no schema sees.
    crashing = "{send: {raw: '${case/number}'}, expect: {TINY-1-01: {/outcome: true}}}"
    loaded = load(
        tmp_path,
        scenario("broken", crashing, more="cases: [{name: '-', number: 5}],"),
        scenario("good", PASSES),
        scenario("relying", PASSES, more="relies_on: [broken],"),
    )

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url)

    assert run.verdicts() == {"broken": "error", "good": "pass", "relying": "pass"}
    broken = run.check("broken")
    assert broken.reason == "suite-error"
    assert broken.message.startswith("wirecheck itself failed here, please report it: Traceback")
    assert "InputError: raw: expected a string" in broken.message


def test_a_crash_of_ours_while_several_are_in_flight_ends_nothing(tmp_path: Path) -> None:
    crashing = "{send: {raw: '${case/number}'}, expect: {TINY-1-01: {/outcome: true}}}"
    numbers = "cases: [{name: a, number: 5}, {name: b, number: text}, {name: c, number: 6}],"
    loaded = load(tmp_path, scenario("one", crashing, more=numbers), scenario("two", PASSES))

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url, jobs=3)

    found = {one.case: one.verdict.value for one in run.checks}
    assert found == {"a": "error", "b": "pass", "c": "error", "-": "pass"}
