"""What the methods tell of their progress, and to whom.

Knows that sessions have listeners. Refuses to know how they are reached.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from reference_server.jsonrpc.errors import ParamError
from reference_server.sse.errors import EventError
from reference_server.sse.event import Event
from reference_server.sse.hub import Counts

# A long operation tells so often, and once at its end: who listens wants to see it move, not to
# read a line for each of 10,000 rows.
MAX_UPDATES: Final = 100


class ProgressSink(Protocol):
    """Where progress goes; see `sse.service.Progress`."""

    def fresh_operation(self) -> str:
        """Return an id for an operation."""

    def emit_progress(
        self, session: str, operation: str, progress: int, total: int, message: str
    ) -> None:
        """Tell every client of a session that `progress` of `total` is done."""

    def emit(self, session: str, event: Event) -> None:
        """Send an event to every client of a session."""

    def end(self, session: str) -> None:
        """End a session for good."""

    def cut(self, session: str) -> None:
        """Close the streams of a session, which goes on."""

    def counts(self, session: str | None = None) -> Counts:
        """Count streams."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of so many steps, told to the clients of a session."""

    tell: Callable[[int, str], None]
    total: int

    def step(self, done: int, message: str) -> None:
        """Tell that `done` steps are done; of many steps only some are told, the first never."""
        if done and done % (-(-self.total // MAX_UPDATES) or 1) == 0:
            self.tell(done, message)


def operation_of(sink: ProgressSink | None, session: str | None, total: int) -> Operation:
    """Begin an operation; without a sink, or a session, it tells nobody.

    Raises:
        ParamError: no session can be called so.
    """
    if sink is None or session is None:
        return Operation(tell=_tell_nobody, total=total)
    operation = sink.fresh_operation()

    def tell(done: int, message: str) -> None:
        try:
            sink.emit_progress(session, operation, done, total, message)
        except EventError as error:
            raise ParamError(error.field, "", error.expected, error.seen) from error

    return Operation(tell=tell, total=total)


def _tell_nobody(_done: int, _message: str) -> None:
    return
