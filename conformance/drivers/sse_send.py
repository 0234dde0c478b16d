"""What a scenario says of streams, taken apart: which to open, what to wait for."""

from collections.abc import Iterator, Mapping
from typing import Final

from conformance.drivers.open_stream import Wanted
from conformance.drivers.wire import Limits
from conformance.observe.exchange import Outcome
from conformance.words.json_value import Json, is_array, is_object

#: What a stream is called that a scenario gives no name.
MAIN: Final = "main"
MAX_STREAMS: Final = 1_000


def rows_of(opens: Json) -> Iterator[Mapping[str, Json]]:
    """Yield what to open, each with a name of its own."""
    given = opens if is_array(opens) else [opens]
    for row in given:
        assert is_object(row)
        name = str(row.get("stream", MAIN))
        times = row.get("times", 1)
        assert isinstance(times, int)
        if times == 1:
            yield {**row, "stream": name}
        else:
            for index in range(1, min(times, MAX_STREAMS) + 1):
                yield {**row, "stream": f"{name}-{index}"}


def each(triggers: Json) -> Iterator[Mapping[str, Json]]:
    """Yield the triggers of a step, in order."""
    for row in triggers if is_array(triggers) else [triggers]:
        if is_object(row):
            yield row


def wanted_of(reads: Json, limits: Limits) -> tuple[Wanted, float]:
    """Return what a `read` waits for, and for how many seconds."""
    if not is_object(reads):
        return Wanted(), limits.timeout_s

    def count(name: str) -> int | None:
        value = reads.get(name)
        return int(value) if isinstance(value, int | float) else None

    holding, until = reads.get("holding"), reads.get("until")
    wanted = Wanted(
        events=count("events"),
        comments=count("comments"),
        retries=count("retries"),
        ends=reads.get("ends") is True,
        holding="" if holding is None else str(holding),
        until=None if until is None else str(until),
    )
    for_ms = reads.get("for_ms", limits.timeout_s * 1000)
    assert isinstance(for_ms, int | float)
    return wanted, float(for_ms) / 1000


def not_delivered(why: str) -> dict[str, Json]:
    """Return the observation of a step whose requests could not be sent as they were meant."""
    return {
        "outcome": Outcome.UNREACHABLE.value,
        "unreachable": why,
        "summary": why,
        "defects": [],
        "defect_codes": [],
    }
