"""Targets that die: the killer is named, and nobody else is blamed for it."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.engine import schedule
from conformance.words.events import RunFinished, RunNote
from conformance.words.verdict import Verdict
from tests.conformance import mortal
from tests.conformance.corpus import (
    INFORMS,
    MAY,
    MUST,
    SHOULD,
    Run,
    judge,
    load,
    scenario,
    sends,
)
from tests.conformance.peers import (
    TIMEOUT_S,
    Peer,
    Talk,
    body_of,
    mirroring,
    response,
    serving,
)

GOOD = sends("good", MUST, "/body/text", "{const: good}")
KILLS = sends("!die", MUST, "/body/size", "{const: 0}")
CLOSES = sends("!close", MUST, "/body/size", "{const: 0}")
AFTER = "the target stopped answering after this (closed)"


def one_case_each(*steps: str) -> list[str]:
    """Write scenarios of one case, named a, b, c …"""
    return [scenario(name, step) for name, step in zip("abcdefgh", steps, strict=False)]


def told(run: Run) -> dict[str, str]:
    """Return the message of each case, by the scenario's id."""
    return {one.scenario.rpartition("/")[2]: one.checks[0].message for one in run.finished}


def is_lost(run: Run) -> bool:
    last = run.events[-1]
    assert isinstance(last, RunFinished)
    return last.target_lost


def notes(run: Run) -> list[str]:
    return [event.text for event in run.events if isinstance(event, RunNote)]


def test_with_a_restart_command_the_killer_is_named_and_the_others_are_judged(
    tmp_path: Path,
) -> None:
    kills = sends("!exit", MUST, "/body/size", "{const: 0}")
    loaded = load(tmp_path, *one_case_each(GOOD, kills, GOOD, kills, GOOD))

    with mortal.started() as port:
        run = judge(
            loaded, f"http://127.0.0.1:{port}/", restart=mortal.command(port), jobs=1
        )

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


class Meeting:
    """A mirror in which some bodies wait for each other: all are in flight when one acts.

    Each time it has died, it is whole again and waits for nobody.
    """

    def __init__(self, *, parties: int) -> None:
        self._together = threading.Barrier(parties, timeout=TIMEOUT_S)
        self._met = threading.Event()
        self.peer: Peer | None = None

    def back(self) -> None:
        """Listen again after a death."""
        assert self.peer is not None
        self.peer.closing.clear()
        self.peer.listen()

    def serve(self, talk: Talk) -> None:
        """Answer; in the first round every body has to be there before anything happens."""
        while request := talk.request():
            body = body_of(request)
            if b"alive" not in body and not self._met.is_set():
                self._together.wait()
                self._met.set()
                if body not in (b"!die", b"!hang"):
                    talk.until_closed()  # the target is gone before it answers
                    return
            if body == b"!die":
                talk.peer.die()
                return
            talk.send(response(body))


def judge_meeting(folder: Path, *steps: str, restarts: bool = True) -> Run:
    """Judge as many cases at once as there are steps; all are in flight when the target dies."""
    meeting = Meeting(parties=len(steps))
    with serving(meeting.serve) as peer:
        meeting.peer = peer
        return judge(
            load(folder, *one_case_each(*steps)),
            peer.url,
            jobs=len(steps),
            on_death=meeting.back if restarts else None,
            grace_s=TIMEOUT_S if restarts else 0.05,
        )


@pytest.mark.parametrize(
    ("steps", "killer"),
    [
        pytest.param((KILLS, GOOD, GOOD), "a", id="the killer began first"),
        pytest.param((GOOD, KILLS, GOOD), "b", id="the killer began between"),
        pytest.param((GOOD, GOOD, KILLS), "c", id="the killer began last"),
    ],
)
def test_of_several_in_flight_the_killer_is_named_where_the_target_comes_back(
    tmp_path: Path, steps: tuple[str, ...], killer: str
) -> None:
    run = judge_meeting(tmp_path, *steps)

    expected = dict.fromkeys("abc", "pass")
    assert run.verdicts() == {**expected, killer: "fail"}
    assert run.check(killer).reason == "target-died"
    assert [(one.cases, one.restarted) for one in run.deaths] == [([f"jsonrpc/{killer}/-"], True)]
    assert notes(run) == []


def test_of_several_in_flight_all_are_suspects_where_the_target_is_gone(tmp_path: Path) -> None:
    run = judge_meeting(tmp_path, GOOD, KILLS, GOOD, restarts=False)

    assert run.verdicts() == dict.fromkeys("abc", "error")
    [death] = run.deaths
    assert (sorted(death.cases), death.restarted) == (
        ["jsonrpc/a/-", "jsonrpc/b/-", "jsonrpc/c/-"],
        False,
    )
    assert {one.reason for one in run.checks} == {"target-lost"}
    for name, message in told(run).items():
        others = [f"jsonrpc/{one}/-" for one in "abc" if one != name]
        assert message in [
            f"the target stopped answering while this case and 2 more ({', '.join(order)}) were in"
            " flight; --jobs 1, or a `restart` command in the profile, names the one that did it"
            for order in (others, others[::-1])
        ]
    assert is_lost(run)


def test_a_death_that_none_repeats_alone_is_a_note(tmp_path: Path) -> None:
    meeting = Meeting(parties=2)

    def dies_once(talk: Talk) -> None:
        request = talk.request()
        if b"alive" not in request and meeting.peer is None:
            meeting._together.wait()
            talk.peer.die()
            return
        talk.send(response(body_of(request)))

    with serving(dies_once) as peer:

        def back() -> None:
            meeting.peer = peer
            peer.listen()

        run = judge(
            load(tmp_path, *one_case_each(GOOD, GOOD, GOOD)),
            peer.url,
            jobs=2,
            on_death=back,
            grace_s=TIMEOUT_S,
        )

    assert set(run.verdicts().values()) == {"pass"}
    assert run.deaths == []
    [note] = notes(run)
    assert note.startswith("the target stopped answering once while jsonrpc/")
    assert note.endswith(" ran, and by none of them alone")


def test_who_was_in_flight_before_and_after_the_killer_is_not_blamed(tmp_path: Path) -> None:
    """The killer ends first; the one that began before it ends alone, with nobody in flight."""
    began = threading.Event()
    killed = threading.Event()

    def serve(talk: Talk) -> None:
        while request := talk.request():
            match body_of(request):
                case b"good" if not killed.is_set():
                    began.set()
                    killed.wait(TIMEOUT_S)
                    return
                case b"!die":
                    began.wait(TIMEOUT_S)
                    talk.peer.refuse()
                    talk.close_writing()
                    talk.until_closed()
                    killed.set()
                    return
                case body:
                    talk.send(response(body))

    with serving(serve) as peer:
        run = judge(
            load(tmp_path, *one_case_each(GOOD, KILLS)),
            peer.url,
            jobs=2,
            on_death=peer.listen,
            grace_s=TIMEOUT_S,
        )

    assert run.verdicts() == {"a": "pass", "b": "fail"}
    assert [one.cases for one in run.deaths] == [["jsonrpc/b/-"]]
