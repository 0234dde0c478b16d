"""Requests let through at a steady rate."""

import time
from collections.abc import Callable

import anyio


class SteadyPace:
    """Lets at most `rate_per_s` requests begin each second, evenly spread."""

    def __init__(self, *, rate_per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._gap_s = 1.0 / rate_per_s
        self._clock = clock
        self._next_s = 0.0

    async def wait(self) -> None:
        """Return when the next request may begin."""
        now_s = self._clock()
        begin_s = max(now_s, self._next_s)
        self._next_s = begin_s + self._gap_s
        if begin_s > now_s:
            await anyio.sleep(begin_s - now_s)  # noqa: TID251 - the rate is what is waited for
