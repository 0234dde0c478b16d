"""Sessions, streams, bounds: pure logic, with a clock that the test moves."""

import re

import pytest

from reference_server.settings import ProgressSettings
from reference_server.sse.errors import RefusedError
from reference_server.sse.hub import Ending, Hub, Stream

TIMEOUT_S = 10.0


def hub_with(**settings: int) -> Hub:
    return Hub(ProgressSettings(**settings), timeout_s=TIMEOUT_S)


class Ear:
    """A stream and how often it was woken."""

    def __init__(
        self,
        hub: Hub,
        session: str = "s",
        *,
        after: str | None = None,
        address: str = "here",
        now_s: float = 0.0,
    ) -> None:
        self.hub = hub
        self.wakes = 0
        self.stream = Stream(session, address, self._wake)
        self.joined = hub.subscribe(self.stream, after, now_s) is not None

    def _wake(self) -> None:
        self.wakes += 1

    def heard(self, max_bytes: int = 1000) -> bytes:
        return self.hub.take(self.stream, max_bytes)

    def leave(self, now_s: float = 0.0) -> Ending:
        return self.hub.leave(self.stream, now_s)


def publish(hub: Hub, *ids: str, session: str = "s", now_s: float = 0.0) -> None:
    for event_id in ids:
        if hub.publish(session, event_id, f"<{event_id}>".encode(), now_s):
            hub.wake(session)


def test_every_stream_of_a_session_gets_every_event_and_no_other() -> None:
    hub = hub_with()
    one, two, other = Ear(hub), Ear(hub), Ear(hub, "t")

    publish(hub, "a", "b")

    assert (one.heard(), two.heard(), other.heard()) == (b"<a><b>", b"<a><b>", b"")
    assert (one.wakes, two.wakes, other.wakes) == (2, 2, 0)
    assert one.heard() == b""


def test_the_one_frame_is_shared_not_copied() -> None:
    hub = hub_with()
    one, two = Ear(hub), Ear(hub)

    publish(hub, "a")

    assert one.heard() is two.heard()


def test_many_events_before_a_wake_ask_for_one() -> None:
    hub = hub_with()
    Ear(hub)

    asked = [hub.publish("s", event_id, b"x", 0.0) for event_id in "abc"]

    assert asked == [True, False, False]


def test_what_is_taken_at_once_is_bounded_but_not_less_than_a_frame() -> None:
    hub = hub_with()
    ear = Ear(hub)
    publish(hub, "a", "b", "c")

    assert [ear.heard(6), ear.heard(1), ear.heard(6)] == [b"<a><b>", b"<c>", b""]


def test_a_new_stream_begins_with_what_comes_next() -> None:
    hub = hub_with()
    publish(hub, "a")
    ear = Ear(hub)
    publish(hub, "b")

    assert ear.heard() == b"<b>"
    assert (ear.stream.resumed, ear.stream.gap, ear.stream.mark) == (False, False, "@a")


@pytest.mark.parametrize(
    ("after", "heard", "gap"),
    [
        pytest.param("a", b"<b><c>", False, id="the first"),
        pytest.param("b", b"<c>", False, id="the second"),
        pytest.param("c", b"", False, id="the last"),
        pytest.param("@", b"<a><b><c>", False, id="before the first"),
        pytest.param("@b", b"<c>", False, id="right after"),
        pytest.param("x", b"<a><b><c>", True, id="unknown"),
        pytest.param("@x", b"<a><b><c>", True, id="after an unknown one"),
        pytest.param("", b"", False, id="empty"),
        pytest.param(None, b"", False, id="none"),
    ],
)
def test_a_stream_goes_on_after_the_last_id(after: str | None, heard: bytes, *, gap: bool) -> None:
    hub = hub_with()
    publish(hub, "a", "b", "c")

    ear = Ear(hub, after=after)

    assert (ear.heard(), ear.stream.gap) == (heard, gap)


@pytest.mark.parametrize("after", ["a", "@", "@a"])
def test_an_id_that_is_too_old_gets_all_that_is_kept_and_is_told(after: str) -> None:
    hub = hub_with(replay_events=2)
    publish(hub, "a", "b", "c", "d")

    ear = Ear(hub, after=after)

    assert (ear.heard(), ear.stream.gap, ear.stream.kept) == (b"<c><d>", True, 2)


def test_nothing_is_lost_between_a_cut_and_a_resumption() -> None:
    hub = hub_with()
    first = Ear(hub)
    publish(hub, "a")
    assert first.heard() == b"<a>"
    first.leave()
    publish(hub, "b")

    second = Ear(hub, after="a")
    publish(hub, "c")

    assert second.heard() == b"<b><c>"


def test_a_new_stream_that_is_cut_before_its_first_event_misses_none() -> None:
    hub = hub_with()
    publish(hub, "a")
    first = Ear(hub)
    first.leave()
    publish(hub, "b")

    assert Ear(hub, after=first.stream.mark).heard() == b"<b>"


def test_a_stream_that_is_too_far_behind_is_dropped_and_others_are_not() -> None:
    hub = hub_with(replay_events=2)
    slow, fast = Ear(hub), Ear(hub)

    for event_id in "abc":
        publish(hub, event_id)
        assert fast.heard() == f"<{event_id}>".encode()

    assert (slow.stream.ending, fast.stream.ending) == (Ending.TOO_SLOW, None)
    assert slow.heard() == b""
    assert slow.leave() is Ending.TOO_SLOW


def test_a_stream_that_falls_behind_before_it_is_woken_gets_nothing_wrong() -> None:
    hub = hub_with(replay_events=2)
    ear = Ear(hub)
    for event_id in "abc":
        hub.publish("s", event_id, b"x", 0.0)

    assert (ear.heard(), ear.stream.ending) == (b"", Ending.TOO_SLOW)


def test_the_end_of_a_session_lets_its_streams_read_on_and_nobody_come_back() -> None:
    hub = hub_with()
    ear = Ear(hub)
    publish(hub, "a")

    assert hub.end("s")

    assert (ear.heard(), ear.stream.ending) == (b"<a>", Ending.SESSION_ENDED)
    assert not Ear(hub).joined
    assert not Ear(hub, after="a").joined
    assert not hub.publish("s", "b", b"x", 0.0)
    assert hub.has_ended("s")


def test_an_ended_session_keeps_nothing() -> None:
    hub = hub_with()
    ear = Ear(hub)
    publish(hub, "a")
    publish(hub, "a", session="t")

    hub.end("s")
    hub.end("t")
    ear.leave()

    assert (hub.counts().sessions, hub.counts().kept_bytes) == (0, 0)


def test_of_very_many_ended_sessions_the_last_are_remembered() -> None:
    hub = hub_with(max_sessions=2)

    for session in "stu":
        hub.end(session)

    assert [hub.has_ended(session) for session in "stu"] == [False, True, True]


def test_a_cut_closes_the_streams_and_the_session_goes_on() -> None:
    hub = hub_with()
    ear = Ear(hub)

    assert hub.cut("s")
    assert ear.stream.ending is Ending.CUT
    assert ear.leave() is Ending.CUT
    publish(hub, "a")

    assert Ear(hub, after="@").heard() == b"<a>"
    assert not hub.cut("t")


def test_a_server_that_stops_ends_all_streams_and_those_to_come() -> None:
    hub = hub_with()
    ear = Ear(hub)

    hub.stop()

    assert (ear.stream.ending, ear.wakes) == (Ending.STOPPING, 1)
    assert Ear(hub).stream.ending is Ending.STOPPING


def test_the_first_reason_stays() -> None:
    hub = hub_with()
    ear = Ear(hub)

    hub.cut("s")
    hub.end("s")
    hub.stop()

    assert ear.leave() is Ending.CUT


@pytest.mark.parametrize(
    ("limit", "second"),
    [
        pytest.param("max_streams", ("t", "there"), id="all"),
        pytest.param("max_streams_per_session", ("s", "there"), id="session"),
        pytest.param("max_streams_per_address", ("t", "here"), id="address"),
        pytest.param("max_sessions", ("t", "there"), id="sessions"),
    ],
)
def test_streams_are_bounded_and_one_that_leaves_makes_room(
    limit: str, second: tuple[str, str]
) -> None:
    hub = hub_with(**{limit: 1})
    ear = Ear(hub)
    session, address = second

    with pytest.raises(RefusedError, match=f"^{re.escape(limit)}: 1 are open$"):
        Ear(hub, session, address=address)
    ear.leave()

    assert Ear(hub, session, address=address).joined


def test_a_session_that_nobody_listens_to_makes_room_for_a_new_one() -> None:
    hub = hub_with(max_sessions=2)
    publish(hub, "a", session="s")
    publish(hub, "a", session="t")
    publish(hub, "b", session="s")

    publish(hub, "a", session="u")

    assert Ear(hub, "s", after="a").heard() == b"<b>"
    assert hub.counts().sessions == 2


def test_an_event_for_which_there_is_no_room_is_counted() -> None:
    hub = hub_with(max_sessions=1)
    Ear(hub)

    publish(hub, "a", session="t")

    assert (hub.counts().lost, hub.counts().sessions) == (1, 1)


def test_a_session_that_nobody_listens_to_is_forgotten_in_time() -> None:
    hub = hub_with()
    publish(hub, "a", session="s", now_s=0.0)
    publish(hub, "a", session="t", now_s=5.0)
    ear = Ear(hub, "v", now_s=0.0)

    publish(hub, "a", session="u", now_s=TIMEOUT_S)

    assert Ear(hub, "s", after="a", now_s=TIMEOUT_S).stream.gap
    assert Ear(hub, "t", after="a", now_s=TIMEOUT_S).stream.resumed
    assert ear.stream.ending is None


def test_all_buffers_together_are_bounded() -> None:
    hub = hub_with(max_replay_bytes=65_536)
    ear = Ear(hub, "heard")
    for number in range(100):
        hub.publish(f"s{number}", "a", b"x" * 10_000, 0.0)
    for number in range(100):
        hub.publish("heard", str(number), b"x" * 10_000, 0.0)

    assert hub.counts().kept_bytes <= 65_536
    assert ear.heard() == b""
    assert ear.stream.ending is Ending.TOO_SLOW


def test_the_newest_of_a_session_that_nobody_listens_to_stays_when_there_is_no_room() -> None:
    hub = hub_with(max_replay_bytes=65_536)
    for session in "stt":
        hub.publish(session, session, b"x" * 40_000, 0.0)
    hub.publish("s", "again", b"x" * 40_000, 0.0)

    assert (hub.counts().kept_bytes, hub.counts().sessions) == (40_000, 1)
    assert Ear(hub, after="again").stream.resumed


def test_each_session_that_somebody_listens_to_keeps_its_newest_frame() -> None:
    hub = hub_with(max_replay_bytes=65_536)
    ears = [Ear(hub, session) for session in "stu"]
    for session in "stu":
        hub.publish(session, "a", b"x" * 40_000, 0.0)

    assert [len(ear.heard()) for ear in ears] == [40_000] * 3


def test_a_wake_for_a_session_that_is_gone_wakes_nobody() -> None:
    hub = hub_with()
    ear = Ear(hub)
    assert hub.publish("s", "a", b"x", 0.0)
    hub.end("s")
    ear.leave()

    hub.wake("s")

    assert ear.wakes == 0


def test_streams_and_endings_are_counted() -> None:
    hub = hub_with()
    first = Ear(hub)
    Ear(hub)
    Ear(hub, "t")
    publish(hub, "a")
    first.leave()

    counts = hub.counts()

    assert (counts.open, counts.opened, counts.endings) == (2, 3, {Ending.LEFT: 1})
    assert (hub.counts("s").open, hub.counts("s").kept_bytes) == (1, 3)
    assert (hub.counts("x").open, hub.counts("x").kept_bytes) == (0, 0)
    assert len(hub.streams()) == 2
