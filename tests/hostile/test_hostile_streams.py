"""Event streams at their worst: a run ends, and what is broken is seen."""

from conformance.session import Session
from conformance.words.verdict import RED
from tests.conformance.peers import Peer, Serve, serving
from tests.hostile.judging import BASICS, SHORT_S, judged, side_by_side, sound
from tests.hostile.streams import BROKEN, USELESS


def listened_to(serve: Serve) -> tuple[Peer, Session]:
    with serving(serve) as peer:
        session = judged({"sse": peer.url}, timeout_s=SHORT_S, only=BASICS["sse"])
    assert not isinstance(session, str), session
    return peer, session


def test_a_run_ends_though_the_stream_is_of_no_use() -> None:
    for peer, session in side_by_side(listened_to, USELESS):
        sound(session, peer, timeout_s=SHORT_S, may_be_lost=True)


def test_what_is_no_stream_fails() -> None:
    for (peer, session), name in zip(side_by_side(listened_to, BROKEN), BROKEN, strict=True):
        sound(session, peer, timeout_s=SHORT_S, may_be_lost=True)
        assert {one.verdict for one in session.report.checks} & RED, name
