"""Targets that die, with one case in flight: it is named, and nobody else is blamed for it."""

from pathlib import Path

import pytest

from conformance.engine import schedule
from conformance.words.verdict import Verdict
from tests.conformance import mortal
from tests.conformance.corpus import INFORMS, MAY, MUST, SHOULD, judge, load, scenario, sends
from tests.conformance.engine.dying import (
    AFTER,
    CLOSES,
    GOOD,
    KILLS,
    is_lost,
    notes,
    one_case_each,
    told,
)
from tests.conformance.peers import TIMEOUT_S, mirroring, serving


def test_with_a_restart_command_the_killer_is_named_and_the_others_are_judged(
    tmp_path: Path,
) -> None:
    kills = sends("!exit", MUST, "/body/size", "{const: 0}")
    loaded = load(tmp_path, *one_case_each(GOOD, kills, GOOD, kills, GOOD))

    with mortal.started() as port:
        run = judge(loaded, f"http://127.0.0.1:{port}/", restart=mortal.command(port), jobs=1)

    assert run.verdicts() == {"a": "pass", "b": "fail", "c": "pass", "d": "fail", "e": "pass"}
    assert (run.check("b").message, run.check("b").reason) == (AFTER, "target-died")
    assert [(one.cases, one.restarted) for one in run.deaths] == [
        (["jsonrpc/b/-"], True),
        (["jsonrpc/d/-"], True),
    ]
    assert not is_lost(run)


def test_without_a_restart_command_the_killer_is_named_and_the_rest_are_errors(
    tmp_path: Path,
) -> None:
    loaded = load(tmp_path, *one_case_each(GOOD, KILLS, GOOD, GOOD))

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url)

    assert run.verdicts() == {"a": "pass", "b": "fail", "c": "error", "d": "error"}
    assert run.check("b").message == AFTER
    assert run.check("c").message == "not run: the target stopped answering after jsonrpc/b/-"
    assert run.check("c").reason == "target-lost"
    assert [(one.cases, one.restarted) for one in run.deaths] == [(["jsonrpc/b/-"], False)]
    assert is_lost(run)


def test_a_target_that_comes_back_by_itself_is_judged_on(tmp_path: Path) -> None:
    loaded = load(tmp_path, *one_case_each(GOOD, KILLS, GOOD))

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url, on_death=peer.listen, grace_s=TIMEOUT_S)

    assert run.verdicts() == {"a": "pass", "b": "fail", "c": "pass"}
    assert [(one.cases, one.restarted) for one in run.deaths] == [(["jsonrpc/b/-"], True)]
    assert not is_lost(run)


@pytest.mark.parametrize("jobs", [pytest.param(1, id="one job"), pytest.param(3, id="three jobs")])
def test_a_target_that_dies_at_every_case_is_judged_to_the_end(tmp_path: Path, jobs: int) -> None:
    loaded = load(tmp_path, *one_case_each(*[KILLS] * 6))

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url, jobs=jobs, on_death=peer.listen, grace_s=TIMEOUT_S)

    assert run.verdicts() == dict.fromkeys("abcdef", "fail")
    assert set(told(run).values()) == {AFTER}
    assert sorted(case for death in run.deaths for case in death.cases) == [
        f"jsonrpc/{name}/-" for name in "abcdef"
    ]
    assert notes(run) == []
    assert not is_lost(run)


def test_a_target_is_brought_back_a_bounded_number_of_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "MAX_RESTARTS", 2)
    loaded = load(tmp_path, *one_case_each(*[KILLS] * 4))

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url, on_death=peer.listen, grace_s=TIMEOUT_S)

    assert run.verdicts() == {"a": "fail", "b": "fail", "c": "fail", "d": "error"}
    assert [one.restarted for one in run.deaths] == [True, True, False]
    assert is_lost(run)


@pytest.mark.parametrize("jobs", [pytest.param(1, id="one job"), pytest.param(2, id="two jobs")])
def test_who_closes_on_one_case_and_lives_is_not_dead(tmp_path: Path, jobs: int) -> None:
    with serving(mirroring) as peer:
        run = judge(load(tmp_path, *one_case_each(CLOSES, GOOD, CLOSES)), peer.url, jobs=jobs)

    assert run.verdicts() == {"a": "fail", "b": "pass", "c": "fail"}
    assert run.check("a").message == "the connection was closed without an answer"
    assert run.check("a").reason == "no-answer:closed"
    assert run.deaths == []


@pytest.mark.parametrize(
    ("shares_target", "jobs"),
    [
        pytest.param(False, 1, id="its own target"),
        pytest.param(False, 2, id="two jobs"),
        pytest.param(True, 1, id="a shared target"),
    ],
)
def test_an_exclusive_case_that_kills_is_named(
    tmp_path: Path, jobs: int, *, shares_target: bool
) -> None:
    loaded = load(tmp_path, scenario("a", GOOD), scenario("b", KILLS, more="exclusive: true,"))

    with serving(mirroring) as peer:
        run = judge(
            loaded,
            peer.url,
            jobs=jobs,
            shares_target=shares_target,
            on_death=peer.listen,
            grace_s=TIMEOUT_S,
        )

    assert run.verdicts() == {"a": "pass", "b": "fail"}
    assert [one.cases for one in run.deaths] == [["jsonrpc/b/-"]]


def test_what_relies_on_a_basic_that_killed_the_target_is_not_run(tmp_path: Path) -> None:
    loaded = load(
        tmp_path, scenario("basic", KILLS), scenario("leaf", GOOD, more="relies_on: [basic],")
    )

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url)

    assert run.verdicts() == {"basic": "fail", "leaf": "error"}


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        pytest.param(MUST, "fail", id="MUST"),
        pytest.param(SHOULD, "warn", id="SHOULD"),
        pytest.param(MAY, "warn", id="MAY"),
        pytest.param(INFORMS, "warn", id="a remark at worst"),
    ],
)
def test_a_death_is_a_warning_at_least(tmp_path: Path, row: str, verdict: str) -> None:
    loaded = load(tmp_path, scenario("a", sends("!die", row, "/body/size", "{const: 0}")))

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url)

    assert run.check("a", row).verdict.value == verdict


def test_what_was_kept_before_the_death_stays_kept(tmp_path: Path) -> None:
    kept = sends("good", SHOULD, "/body/text", "{const: good}")
    loaded = load(tmp_path, scenario("a", kept, KILLS))

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url)

    assert run.check("a", SHOULD).verdict is Verdict.PASS
    assert run.check("a", MUST).message == AFTER


def test_a_case_that_expects_no_answer_and_kills_is_blamed_all_the_same(tmp_path: Path) -> None:
    expects_none = sends("!die", MUST, "/outcome", "{enum: [closed, answered]}")

    with serving(mirroring) as peer:
        run = judge(load(tmp_path, scenario("a", expects_none)), peer.url)

    assert (run.check("a").verdict, run.check("a").message) == (Verdict.FAIL, AFTER)


def test_who_was_never_there_is_an_error_throughout(tmp_path: Path) -> None:
    with serving(mirroring) as peer:
        peer.die()
        run = judge(load(tmp_path, *one_case_each(GOOD, GOOD)), peer.url)

    assert run.check("b").verdict is Verdict.ERROR
    assert is_lost(run)
