"""Where the events of all processes come together, in one order.

A log gives every event its id and hands it on, in the same order in every process. Knows what an
entry is; refuses to know who listens.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from threading import Lock
from typing import Protocol, TypeAlias

from reference_server.errors import InputError
from reference_server.sse.event import Event


class Kind(StrEnum):
    """What an entry asks for."""

    EVENT = "event"
    #: End the session for good.
    END = "end"
    #: Close the streams of the session, which goes on.
    CUT = "cut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that happens to a session; `event` is there for `Kind.EVENT` only."""

    session_id: str
    kind: Kind = Kind.EVENT
    event: Event | None = None


Take: TypeAlias = Callable[[Entry], None]


class EventLog(Protocol):
    """A log; `append` may be called from any thread, before and after `run` too."""

    def append(self, entry: Entry) -> None:
        """Add an entry, without waiting; an event that has data and no id gets one.

        Raises:
            EventError: the event has no place in a stream.
        """

    async def run(self, *, ready: Callable[[], None]) -> None:
        """Hand entries on until cancelled; `ready` is called once, when those from before are."""


class MemoryLog:
    """The log of one process: `take` gets every entry at once, in the thread of `append`.

    Ids are `<epoch>-<number>`; an epoch never comes again, so that an id from before a restart is
    not taken for one of now.
    """

    def __init__(self, take: Take, *, epoch: str) -> None:
        self._take = take
        self._epoch = epoch
        self._last = 0
        self._lock = Lock()

    def append(self, entry: Entry) -> None:
        """Number an entry and hand it on; `take` refuses what has no place in a stream."""
        with self._lock:
            event = entry.event
            if event is not None and event.data is not None and event.event_id is None:
                self._last += 1
                event_id = f"{self._epoch}-{self._last}"
                entry = replace(entry, event=replace(event, event_id=event_id))
            self._take(entry)

    async def run(self, *, ready: Callable[[], None]) -> None:
        """Return at once: nothing is left to do."""
        ready()


def redis_log(url: str, *, process: str, timeout_s: float) -> Callable[[Take], EventLog]:
    """Return what makes a log over Redis; see `RedisLog`.

    Raises:
        InputError: the package `redis` is not installed; later, Redis is not there.
    """
    try:
        # Only who asks for Redis needs the package.
        from reference_server.sse.redis_log import RedisLog  # noqa: PLC0415
    except ImportError as error:
        raise InputError("--redis", "the package redis", "none", "pip install redis") from error
    return partial(RedisLog, url=url, process=process, timeout_s=timeout_s)
