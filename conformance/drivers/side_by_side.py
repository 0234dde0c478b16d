"""The streams of one step described beside one another, and the events that it is about."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from conformance.drivers.open_stream import OpenStream
from conformance.observe.event_record import Event
from conformance.words.json_value import ABSENT, Json, is_object


@dataclass(slots=True)
class _Seen:
    """What several streams of one step had in common."""

    statuses: list[Json] = field(default_factory=list)
    event_lists: list[list[tuple[str, str]]] = field(default_factory=list)


def held_of(stream: OpenStream, holding: str) -> dict[str, Json]:
    """Describe the events whose data holds a text.

    Returns:
        `count`, and in their order `data`, `ids`, `types` and `last_event_ids`; `at_ms`, when each
        had come; `min_gap_ms` and `max_gap_ms`, absent when there are not two; `doubled_ids`.
    """
    events = _events_of(stream, holding)
    ids: list[Json] = [event.wire_id for event in events if event.wire_id is not ABSENT]
    times = [event.at_ms for event in events]
    gaps = [round(later - earlier, 3) for earlier, later in pairwise(times)]
    held: dict[str, Json] = {
        "count": len(events),
        "data": [event.data for event in events],
        "ids": ids,
        "doubled_ids": [one for place, one in enumerate(ids) if one and one in ids[:place]],
        "last_event_ids": [event.last_event_id for event in events],
        "types": [event.type for event in events],
        "at_ms": [round(at_ms, 3) for at_ms in times],
    }
    if gaps:
        held |= {"min_gap_ms": min(gaps), "max_gap_ms": max(gaps)}
    return held


def side_by_side(streams: Sequence[OpenStream], reads: Json = None) -> dict[str, Json]:
    """Describe the streams of a step beside one another.

    Args:
        streams: in the order in which they were opened.
        reads: the step's `read`; with `holding`, only events whose data holds that text count.

    Returns:
        `streams`: name → outcome, status, event_count, data, ids, open, first_byte_ms; `many`: how
        many were opened, how many of them began a stream, their statuses, whether all brought the
        same events, and the longest wait for a first byte. Empty without streams.
    """
    if not streams:
        return {}
    holding = str(reads.get("holding", "")) if is_object(reads) else ""
    seen = _Seen()
    rows: dict[str, Json] = {}
    for one in streams:
        head = one.reader.head
        row: dict[str, Json] = {"outcome": one.outcome.value}
        if head is not None:
            row["status"] = head.status
            seen.statuses.append(head.status)
        if one.events is not None:
            events = _events_of(one, holding)
            row |= {
                "event_count": len(events),
                "data": [event.data for event in events],
                "ids": [event.wire_id for event in events if event.wire_id is not ABSENT],
                "open": one.connection.ended is None and not one.reader.is_complete,
            }
            seen.event_lists.append([(event.type, event.data) for event in events])
        if one.first_byte_ms is not None:
            row["first_byte_ms"] = round(one.first_byte_ms, 3)
        rows[one.name] = row
    waits = [one.first_byte_ms for one in streams if one.first_byte_ms is not None]
    many: dict[str, Json] = {
        "opened": len(streams),
        "streams": len(seen.event_lists),
        "statuses": sorted({int(str(status)) for status in seen.statuses}),
        "same_events": all(one == seen.event_lists[0] for one in seen.event_lists),
    }
    if waits:
        many["slowest_first_byte_ms"] = round(max(waits), 3)
    return {"streams": rows, "many": many}


def _events_of(stream: OpenStream, holding: str) -> list[Event]:
    if stream.events is None:
        return []
    return [event for event in stream.events.record.events if holding in event.data]
