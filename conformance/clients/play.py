"""One case as the lab sees it: what it answers, who asked, and what the client reported.

Knows clocks as instants that are passed in. Touches no socket.
"""

from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import anyio

from conformance.clients.incoming import Incoming
from conformance.clients.recipe import SILENT, Recipe
from conformance.words.json_value import Absent, Json, is_object

MAX_ATTEMPTS: Final = 200  # a client that connects again without a pause is seen long before
MAX_REPORTS: Final = 20_000
_KEPT_BYTES: Final = 256 * 1024  # of what was sent on one connection, for the report


class Ended(StrEnum):
    """Who ended a connection."""

    NOBODY = "nobody"
    LAB = "lab"
    CLIENT = "client"


@dataclass(slots=True, kw_only=True)
class Attempt:
    """One request for a stream and what became of it; instants are seconds of one clock.

    `last_sent_s` is from before the last bytes were sent: the client can't have had them earlier.
    """

    incoming: Incoming
    at_s: float
    last_sent_s: float | None = None
    sent: bytearray = field(default_factory=bytearray)
    ended: Ended = Ended.NOBODY
    ended_s: float | None = None

    def keep(self, data: bytes) -> None:
        """Keep what was sent, as far as there is room."""
        self.sent += data[: max(0, _KEPT_BYTES - len(self.sent))]

    def end(self, who: Ended, now_s: float) -> None:
        """Note the end; the first one counts."""
        if self.ended is Ended.NOBODY:
            self.ended, self.ended_s = who, now_s


@dataclass(frozen=True, slots=True, order=True)
class Report:
    """One message of the client under test, with its number and when it came.

    `waited_s` is how long the lab had been silent then.
    """

    number: int
    at_s: float = field(compare=False)
    waited_s: float = field(compare=False)
    is_early: bool = field(compare=False)
    message: dict[str, Json] = field(compare=False)

    @property
    def kind(self) -> str:
        """What it is: event, comment, error, open or another."""
        return str(self.message.get("kind", ""))


class Play:
    """The state of one case: responses to come, requests and reports so far.

    Args:
        token: its part of URLs.
        clock: seconds.
    """

    def __init__(self, token: str, *, clock: Callable[[], float]) -> None:
        self.token = token
        self.clock = clock
        self.attempts: list[Attempt] = []
        self.reports: list[Report] = []
        self.ready = anyio.Event()
        self.is_over = False
        self._recipes: list[Recipe] = []
        self._last_sent_s = clock()
        self._pieces_left = 0
        self._changed = anyio.Event()
        self._marks = (0, 0)

    def serve(self, recipes: Sequence[Recipe]) -> None:
        """Add responses; each request gets the next one."""
        self._recipes += recipes

    def next_recipe(self) -> Recipe:
        """Return what the next request gets."""
        recipe = self._recipes.pop(0) if self._recipes else SILENT
        if recipe.pieces:
            self._pieces_left = len(recipe.pieces)
        return recipe

    def begin_step(self) -> None:
        """What comes from here on is new."""
        self._marks = (len(self.attempts), len(self.reports))

    def closed(self) -> None:
        """The client has been closed: requests that were under way until then are not new."""
        self._marks = (len(self.attempts), self._marks[1])

    @property
    def new_attempts(self) -> Sequence[Attempt]:
        """The requests of this step."""
        return self.attempts[self._marks[0] :]

    @property
    def new_reports(self) -> Sequence[Report]:
        """The reports of this step."""
        return self.reports[self._marks[1] :]

    def request(self, incoming: Incoming) -> Attempt:
        """Take a request for the stream."""
        attempt = Attempt(incoming=incoming, at_s=self.clock())
        self.attempts.append(attempt)
        self.notify()
        return attempt

    def sent(self, attempt: Attempt, data: bytes, *, is_piece: bool = False) -> None:
        """Note what the lab is about to send."""
        attempt.keep(data)
        self._last_sent_s = attempt.last_sent_s = self.clock()
        if is_piece and self._pieces_left:
            self._pieces_left -= 1

    def ended(self, attempt: Attempt, who: Ended, *, with_last_bytes: bool = False) -> None:
        """Note the end of a connection: as of now, or of its last bytes, which told the end."""
        last_s = attempt.last_sent_s if with_last_bytes else None
        attempt.end(who, self.clock() if last_s is None else last_s)
        self.notify()

    def report(self, number: int, message: Json | Absent) -> None:
        """Take a message of the client; what is no object counts as one without kind."""
        if len(self.reports) >= MAX_REPORTS:
            return
        now_s = self.clock()
        report = Report(
            number=number,
            at_s=now_s,
            waited_s=now_s - self._last_sent_s,
            is_early=self._pieces_left > 0,
            message=dict(message) if is_object(message) else {},
        )
        insort(self.reports, report)
        self.notify()

    def of_kind(self, kind: str) -> list[Report]:
        """Return the reports of one kind, in order."""
        return [one for one in self.reports if one.kind == kind]

    def notify(self) -> None:
        """Wake whoever waits."""
        changed, self._changed = self._changed, anyio.Event()
        changed.set()

    async def wait_until(self, holds: Callable[[], bool]) -> None:
        """Return as soon as a condition holds; it is looked at after each change."""
        while not holds():
            await self._changed.wait()
