"""The last frames of one session, for clients that come back and clients that are behind.

Knows frames, their ids and their order. Refuses to know who reads them.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple


class Kept(NamedTuple):
    """One frame; `event_id` is None for a block that has no id."""

    number: int
    event_id: str | None
    frame: bytes


class Replay:
    """A bounded buffer; frames are numbered from 1 on, in the order in which they came.

    Args:
        max_events: one frame more, and the oldest goes.
        max_bytes: of all frames together; the newest is kept whatever its size.
    """

    def __init__(self, *, max_events: int, max_bytes: int) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._kept: deque[Kept] = deque()
        self._numbers: OrderedDict[str, int] = OrderedDict()
        #: Of all that is kept.
        self.size_bytes = 0
        #: Of the newest frame ever, 0 before the first.
        self.last_number = 0
        #: Of the newest event with an id, "" before the first.
        self.last_id = ""
        self._left_number = 0
        self._left_id = ""

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def first_number(self) -> int:
        """The number of the oldest frame that is kept, or that of the next frame to come."""
        return self._kept[0].number if self._kept else self.last_number + 1

    def add(self, event_id: str | None, frame: bytes) -> None:
        """Keep a frame, and let go of as many old ones as the bounds ask for."""
        self.last_number += 1
        self._kept.append(Kept(self.last_number, event_id, frame))
        self.size_bytes += len(frame)
        if event_id:
            # Moved to the end where an id comes again: it is resumed from its last use.
            self._numbers[event_id] = self.last_number
            self.last_id = event_id
        while len(self._kept) > self._max_events or self.size_bytes > self._max_bytes:
            if not self.shed():
                break

    def shed(self) -> bool:
        """Let go of the oldest frame; False, and nothing done, when it is the only one."""
        if len(self._kept) <= 1:
            return False
        number, event_id, frame = self._kept.popleft()
        self.size_bytes -= len(frame)
        if event_id:
            if self._numbers[event_id] == number:
                del self._numbers[event_id]
            self._left_id, self._left_number = event_id, number
        return True

    def position_after(self, event_id: str) -> int | None:
        """Return the number of the event with this id; None if what came after it is not all kept.

        Spec: SSE-9.2.4-05
        """
        number = self._numbers.get(event_id)
        if number is None and event_id and event_id == self._left_id:
            number = self._left_number
        if number is None or number < self.first_number - 1:
            return None
        return number

    def after(self, number: int) -> Iterator[Kept]:
        """Iterate over the frames that are kept and came after the one with this number."""
        missing = self.last_number - max(number, self.first_number - 1)
        if missing == 1:  # what a reader that keeps up asks for
            return iter((self._kept[-1],))
        # From the end: those who read are rarely far behind.
        newest_first = islice(reversed(self._kept), missing)
        return iter(list(newest_first)[::-1])
