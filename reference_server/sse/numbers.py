"""A stream that counts: events at known times, and an end.

Sans-IO. Knows its query and what comes after which id. Refuses to know time.

    GET {base_path}/events?count=5&interval_ms=100&event=NAME&retry=MS
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from reference_server.json_text import write
from reference_server.sse.errors import EventError
from reference_server.sse.event import Event, encode_event

MAX_COUNT: Final = 1000
MAX_INTERVAL_MS: Final = 10_000

# As many digits as the largest number that is taken has, and some more.
_MAX_DIGITS: Final = 9
_NAMES: Final = frozenset({"count", "interval_ms", "event", "retry"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What is counted: events 1 to `count`, `interval_ms` after each other."""

    count: int = 5
    interval_ms: int = 100
    event: str | None = None
    retry_ms: int | None = None

    def after(self, last_event_id: str | None) -> Iterator[Event]:
        """Iterate over what comes after an id; after one that is none of ours, all."""
        last = _number(last_event_id or "", self.count)
        for number in range((last or 0) + 1, self.count + 1):
            yield Event(
                data=write({"number": number, "count": self.count}).decode(),
                event_id=str(number),
                name=self.event,
                retry_ms=self.retry_ms,
            )


def numbers_in(query: bytes) -> Numbers:
    """Read a query string.

    Raises:
        EventError: a parameter is unknown, comes twice, or is out of range.
    """
    # One more field than there are names, so that a long query is not read to its end.
    most = len(_NAMES) + 1
    try:
        pairs = parse_qsl(
            query.decode("latin-1"), keep_blank_values=True, max_num_fields=most, errors="strict"
        )
    except ValueError as error:
        raise EventError("query", "parameters in UTF-8, each once", "something else") from error
    given = dict(pairs)
    if len(given) < len(pairs):
        raise EventError("query", "each parameter once", "one of them twice")
    for name in given.keys() - _NAMES:
        raise EventError("query", ", ".join(sorted(_NAMES)), repr(name[:40]))
    numbers = Numbers(
        count=_bounded(given, "count", 5, 1, MAX_COUNT),
        interval_ms=_bounded(given, "interval_ms", 100, 0, MAX_INTERVAL_MS),
        event=given.get("event"),
        retry_ms=_bounded(given, "retry", 0, 0, 10**_MAX_DIGITS) if "retry" in given else None,
    )
    for event in numbers.after(None):
        encode_event(event)
        break
    return numbers


def _bounded(given: dict[str, str], name: str, default: int, least: int, most: int) -> int:
    if name not in given:
        return default
    number = _number(given[name], most)
    if number is None or number < least:
        raise EventError(name, f"a number from {least} to {most}", repr(given[name][:40]))
    return number


def _number(text: str, most: int) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        return None
    number = int(text)
    return number if number <= most else None
