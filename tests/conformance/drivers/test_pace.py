"""The rate at which requests are let through, by a clock that the test sets."""

import anyio
import pytest

from conformance.drivers.pace import SteadyPace


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


async def is_let_through(pace: SteadyPace) -> bool:
    """Tell whether a request may begin at once; one that has to wait is given up."""
    with anyio.move_on_after(0.01) as scope:
        await pace.wait()
    return not scope.cancelled_caught


def test_requests_begin_a_gap_apart() -> None:
    async def ask() -> list[bool]:
        clock = Clock()
        pace = SteadyPace(rate_per_s=0.5, clock=clock)
        found = [await is_let_through(pace), await is_let_through(pace)]
        clock.now_s += 4.0  # the second one, given up, had the place two seconds on
        return [*found, await is_let_through(pace), await is_let_through(pace)]

    assert anyio.run(ask) == [True, False, True, False]


@pytest.mark.parametrize(
    ("after_s", "begins"),
    [
        pytest.param(1.5, False, id="before the gap has passed"),
        pytest.param(2.0, True, id="when the gap has passed"),
        pytest.param(500.0, True, id="long after"),
    ],
)
def test_a_request_begins_when_the_gap_has_passed(after_s: float, *, begins: bool) -> None:
    async def ask() -> bool:
        clock = Clock()
        pace = SteadyPace(rate_per_s=0.5, clock=clock)
        await pace.wait()
        clock.now_s += after_s
        return await is_let_through(pace)

    assert anyio.run(ask) is begins


def test_idle_time_is_not_saved_up() -> None:
    async def ask() -> list[bool]:
        clock = Clock()
        pace = SteadyPace(rate_per_s=0.5, clock=clock)
        await pace.wait()
        clock.now_s += 500.0
        return [await is_let_through(pace), await is_let_through(pace)]

    assert anyio.run(ask) == [True, False]


def test_what_has_to_wait_is_let_through_in_the_end() -> None:
    async def ask() -> float:
        pace = SteadyPace(rate_per_s=50.0)
        began_s = anyio.current_time()
        with anyio.fail_after(20):
            for _ in range(6):
                await pace.wait()
        return anyio.current_time() - began_s

    assert anyio.run(ask) >= 5 / 50 - 0.001
