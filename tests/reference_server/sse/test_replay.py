"""What is kept for clients that come back."""

from collections import OrderedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.sse.replay import Replay


def replay_of(*ids: str | None, max_events: int = 100, max_bytes: int = 10_000) -> Replay:
    replay = Replay(max_events=max_events, max_bytes=max_bytes)
    for place, event_id in enumerate(ids):
        replay.add(event_id, f"frame {place + 1}".encode())
    return replay


def frames_after(replay: Replay, number: int) -> list[bytes]:
    return [kept.frame for kept in replay.after(number)]


def test_what_comes_after_an_id_is_kept_in_order() -> None:
    replay = replay_of("a", None, "b", "c")

    assert replay.position_after("a") == 1
    assert frames_after(replay, 1) == [b"frame 2", b"frame 3", b"frame 4"]
    assert replay.position_after("c") == 4
    assert frames_after(replay, 4) == []


@pytest.mark.parametrize("event_id", ["d", "", "A", "a "])
def test_an_unknown_id_has_no_place(event_id: str) -> None:
    assert replay_of("a", "b").position_after(event_id) is None


def test_an_empty_id_is_none_to_come_back_with() -> None:
    replay = replay_of("a", "")

    assert (replay.position_after(""), replay.last_id) == (None, "a")


def test_the_oldest_go_when_there_are_too_many() -> None:
    replay = replay_of("a", "b", "c", "d", max_events=2)

    assert (len(replay), replay.first_number, replay.last_number) == (2, 3, 4)
    assert replay.position_after("a") is None


def test_nothing_is_lost_after_the_event_that_went_last() -> None:
    replay = replay_of("a", "b", "c", "d", max_events=2)

    assert replay.position_after("b") == 2
    assert frames_after(replay, 2) == [b"frame 3", b"frame 4"]


def test_something_is_lost_when_a_block_without_an_id_went_after_it() -> None:
    assert replay_of("a", None, "c", max_events=1).position_after("a") is None


def test_the_oldest_go_when_they_are_too_large() -> None:
    replay = replay_of("a", "b", "c", max_bytes=15)

    assert (len(replay), replay.size_bytes) == (2, 14)


def test_the_newest_is_kept_whatever_its_size() -> None:
    replay = replay_of("a", "b", max_bytes=1)

    assert (len(replay), replay.size_bytes, replay.shed()) == (1, 7, False)


def test_an_id_that_comes_again_means_its_last_event() -> None:
    replay = replay_of("a", "b", "a", max_events=3)
    assert replay.position_after("a") == 3

    replay.add("c", b"frame 4")  # the first "a" goes

    assert replay.position_after("a") == 3


@given(
    ids=st.lists(st.sampled_from(["a", "b", "c", "d", None]), max_size=30),
    max_events=st.integers(1, 8),
)
def test_resuming_loses_and_repeats_nothing_or_says_so(
    ids: list[str | None], max_events: int
) -> None:
    replay = replay_of(*ids, max_events=max_events)
    last_places = OrderedDict((event_id, place + 1) for place, event_id in enumerate(ids))

    for event_id in "abcd":
        place = last_places.get(event_id)
        position = replay.position_after(event_id)
        if position is not None:
            assert place == position
            missed = [f"frame {number}".encode() for number in range(position + 1, len(ids) + 1)]
            assert frames_after(replay, position) == missed
        elif place is not None:
            assert len(ids) - place >= max_events
