"""Targets that die or hang with several cases in flight: the one that did it is named."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.words.verdict import Verdict
from tests.conformance.corpus import MUST, Run, judge, load, scenario, sends
from tests.conformance.engine.dying import GOOD, KILLS, is_lost, notes, one_case_each, told
from tests.conformance.peers import (
    TIMEOUT_S,
    Peer,
    Talk,
    body_of,
    mirroring,
    response,
    serving,
)


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


def judge_beside_a_killer(
    folder: Path, serve: Callable[[Talk], None], *more: str, restarts: bool = True
) -> Run:
    """Judge cases at once, the second of which kills the target; it may come back or not."""
    steps = [GOOD, KILLS, *more]
    with serving(serve) as peer:
        return judge(
            load(folder, *one_case_each(*steps)),
            peer.url,
            jobs=len(steps),
            on_death=peer.listen if restarts else None,
            grace_s=TIMEOUT_S if restarts else 0.05,
        )


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

    run = judge_beside_a_killer(tmp_path, serve)

    assert run.verdicts() == {"a": "pass", "b": "fail"}
    assert [one.cases for one in run.deaths] == [["jsonrpc/b/-"]]


class LettingGo:
    """A mirror that lets go of its data before it goes itself: one of the bodies asks it to."""

    def __init__(self, *, parties: int) -> None:
        self._together = threading.Barrier(parties, timeout=TIMEOUT_S)
        self._met, self._noticed = threading.Event(), threading.Event()

    def serve(self, talk: Talk) -> None:
        """Answer the other bodies with nonsense as soon as the killer's case has ended."""
        while request := talk.request():
            body = body_of(request)
            if b"alive" not in body and not self._met.is_set():
                self._together.wait()
                self._met.set()
                if body == b"good":
                    self._noticed.wait(TIMEOUT_S)
                    talk.send(response(b"no such table"))
                    return
            if body == b"!die":
                talk.peer.refuse()
                talk.close_writing()
                talk.until_closed()
                self._noticed.set()
                return
            talk.send(response(body))


def test_what_a_dying_target_answers_beside_is_not_held_against_the_case(tmp_path: Path) -> None:
    run = judge_beside_a_killer(tmp_path, LettingGo(parties=2).serve)

    assert run.verdicts() == {"a": "pass", "b": "fail"}
    assert [one.cases for one in run.deaths] == [["jsonrpc/b/-"]]


def test_what_a_dying_target_answered_before_it_was_gone_is_no_fail(tmp_path: Path) -> None:
    run = judge_beside_a_killer(tmp_path, LettingGo(parties=3).serve, GOOD, restarts=False)

    assert run.verdicts() == {"a": "error", "b": "error", "c": "error"}
    assert is_lost(run)


def test_of_several_in_flight_when_the_target_hangs_the_one_that_did_it_is_named(
    tmp_path: Path,
) -> None:
    together = threading.Barrier(2, timeout=TIMEOUT_S)
    met, hung = threading.Event(), threading.Event()

    def serve(talk: Talk) -> None:
        while request := talk.request():
            body = body_of(request)
            if b"alive" not in body and not met.is_set():
                together.wait()
                met.set()
                hung.set()
            if body == b"!hang":
                hung.set()
            if hung.is_set():
                talk.until_closed()
                return
            talk.send(response(body))

    hangs = sends("!hang", MUST, "/body/size", "{const: 0}")

    with serving(serve) as peer:
        run = judge(
            load(tmp_path, *one_case_each(GOOD, hangs)),
            peer.url,
            jobs=2,
            timeout_s=0.5,
            on_death=hung.clear,
            grace_s=TIMEOUT_S,
        )

    assert run.verdicts() == {"a": "pass", "b": "fail"}
    assert run.check("b").message == "the target stopped answering after this (silence)"
    assert [one.cases for one in run.deaths] == [["jsonrpc/b/-"]]
    assert notes(run) == []


def test_who_waits_behind_a_silent_case_is_not_blamed(tmp_path: Path) -> None:
    """The target serves one connection at a time, as Python's own http.server does."""
    one_at_a_time = threading.Lock()
    together = threading.Barrier(2, timeout=TIMEOUT_S)
    met = threading.Event()

    def serve(talk: Talk) -> None:
        body = body_of(talk.request())
        if not met.is_set():
            if body == b"good":
                together.wait()
                met.set()
            else:
                one_at_a_time.acquire()
                together.wait()
                talk.until_closed()
                one_at_a_time.release()
                return
        with one_at_a_time:
            if body == b"silent":
                talk.until_closed()
            talk.send(response(body))

    silent = sends("silent", MUST, "/body/size", "{const: 0}")

    with serving(serve) as peer:
        run = judge(load(tmp_path, *one_case_each(silent, GOOD)), peer.url, jobs=2, timeout_s=0.5)

    assert run.verdicts() == {"a": "fail", "b": "pass"}
    assert run.check("a").message == "no answer came until the deadline"
    assert run.deaths == []


def test_silence_beside_cases_that_were_answered_is_not_asked_twice(tmp_path: Path) -> None:
    silent = sends("!silence", MUST, "/body/size", "{const: 0}")

    with serving(mirroring) as peer:
        run = judge(
            load(tmp_path, *one_case_each(silent, GOOD, GOOD)), peer.url, jobs=2, timeout_s=0.5
        )

    assert run.verdicts() == {"a": "fail", "b": "pass", "c": "pass"}
    assert [body_of(one) for one in peer.requests].count(b"!silence") == 1


@pytest.mark.parametrize(
    "more",
    [pytest.param("", id="any case"), pytest.param("exclusive: true,", id="an exclusive one")],
)
def test_of_a_shared_target_that_is_gone_the_case_is_a_suspect(tmp_path: Path, more: str) -> None:
    loaded = load(tmp_path, scenario("a", KILLS, more=more))

    with serving(mirroring) as peer:
        run = judge(loaded, peer.url, shares_target=True)

    assert run.check("a").message == (
        "the target stopped answering while this case was in flight; --jobs 1, or a `restart`"
        " command in the profile, names the one that did it"
    )
    assert [one.cases for one in run.deaths] == [["jsonrpc/a/-"]]
    assert run.check("a").verdict is Verdict.ERROR
