"""Targets at their worst, whatever is asked: a run ends, and no pass stands alone."""

from collections.abc import Mapping

import pytest

from conformance.session import Session
from tests.conformance.peers import Peer, Serve, serving
from tests.hostile.judging import (
    LONG_S,
    SHORT_S,
    judged_as_each,
    no_lonely_pass,
    side_by_side,
    sound,
)
from tests.hostile.servers import ABSENT_MINDED, LIARS


def waited_for(serve: Serve) -> tuple[Peer, list[Session]]:
    with serving(serve) as peer:
        return peer, judged_as_each(peer, timeout_s=SHORT_S, basics=True)


@pytest.mark.parametrize("servers", ABSENT_MINDED.values(), ids=ABSENT_MINDED)
def test_a_run_ends_though_the_target_keeps_it_waiting(servers: Mapping[str, Serve]) -> None:
    for peer, sessions in side_by_side(waited_for, servers):
        for session in sessions:
            sound(session, peer, timeout_s=SHORT_S, may_be_lost=True)
            no_lonely_pass(session)


@pytest.mark.parametrize("serve", LIARS.values(), ids=LIARS)
def test_the_whole_suite_fails_what_speaks_something_else(serve: Serve) -> None:
    with serving(serve) as peer:
        sessions = judged_as_each(peer, timeout_s=LONG_S)

    for session in sessions:
        sound(session, peer, timeout_s=LONG_S)
        no_lonely_pass(session)
