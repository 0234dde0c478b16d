"""An event stream as an observation: what a scenario judges by pointer and schema.

Describes and judges nothing: whether a gap was too long, or an id was to come twice, is for an
expectation to say. Instants and lengths of time are milliseconds, rounded to the microsecond.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from conformance.observe.event_record import (
    CLIENT_FIELDS,
    Comment,
    Event,
    Gap,
    SilentBlock,
    StreamRecord,
    Unfinished,
)
from conformance.observe.event_stream import EventStreamReader
from conformance.observe.json_text import observe_json
from conformance.words.json_value import ABSENT, Json

MAX_TEXT_CHARACTERS: Final = 4096  # of the stream, as `/stream/text`; the report holds the bytes
# A million opening brackets take 2 s to read and 200 MB: what one observation may cost is bounded.
MAX_JSON_CHARACTERS: Final = 1024 * 1024
_KINDS: Final = ("lf", "cr", "crlf")


def observe_stream(reader: EventStreamReader) -> dict[str, Json]:
    """Describe what came of a stream since its record was begun.

    Args:
        reader: told by `end` why reading stopped.

    Returns:
        The `/stream` part of an observation. Lists of events (`events`, `types`, `data`,
        `json_events`) are in the same order and hold those that were kept, the first ones;
        `event_count` counts all. What did not come is absent where no count or list says so:
        instants, gaps between events, `reconnection_ms`, `unfinished`.

    Spec: SSE-9.2.5, SSE-9.2.6
    """
    ended, ended_at_ms = reader.ended, reader.ended_at_ms
    assert ended is not None
    assert ended_at_ms is not None
    record = reader.record
    gaps = record.gaps(until_ms=ended_at_ms)
    defects = reader.defects
    observation: dict[str, Json] = {
        "ended": ended.value,
        "open": not ended.is_by_peer,
        "ended_ms": _ms(ended_at_ms),
        "size": record.size,
        "text": bytes(record.start).decode("utf-8", "replace")[:MAX_TEXT_CHARACTERS],
        "byte_order_mark": reader.has_bom,
        "last_event_id": reader.last_event_id,
        **_describe_lines(reader),
        **_describe_events(record.events),
        "event_count": record.event_count,
        "events_dropped": record.events_dropped,
        "comments": [_comment(comment) for comment in record.comments],
        "comment_count": len(record.comments) + record.comments_dropped,
        "comments_dropped": record.comments_dropped,
        "silent_blocks": [_silent(block) for block in record.silent_blocks],
        "silent_counts": {why.value: count for why, count in record.silent_counts.items()},
        "retry": list(record.retries),
        "bad_retry": list(record.bad_retries),
        "arrivals": record.arrivals,
        "arrivals_with_event": record.arrivals_with_whole_event,
        "most_events_in_arrival": record.most_events_in_arrival,
        "split_events": record.split_events,
        "max_gap_ms": _ms(max(gap.gap_ms for gap in gaps)),
        "gaps": [_gap(gap) for gap in gaps],
        **_describe_times(record),
        "defect_codes": [defect.code for defect in defects],
        "defect_count": reader.defect_count,
    }
    if reader.reconnection_ms is not None:
        observation["reconnection_ms"] = reader.reconnection_ms
    if (unfinished := reader.unfinished) is not None:
        observation["unfinished"] = _unfinished(unfinished)
    return observation


def summarise_stream(reader: EventStreamReader) -> str:
    """Return one line on what came: events, comments, bytes, and how it ended."""
    record = reader.record
    parts = [
        _counted(record.event_count, "event"),
        _counted(len(record.comments) + record.comments_dropped, "comment"),
        _counted(record.size, "byte"),
    ]
    if reader.unfinished is not None:
        parts.append("an unfinished block")
    if reader.ended is not None:
        is_open = not reader.ended.is_by_peer
        how = f"still open ({reader.ended.value})" if is_open else reader.ended.value
        parts.append(f"{how} after {round(reader.ended_at_ms or 0.0)} ms")
    return ", ".join(parts)


def _describe_lines(reader: EventStreamReader) -> dict[str, Json]:
    record = reader.record
    line_ends = {kind: reader.line_ends[kind] for kind in _KINDS}
    return {
        "line_count": record.lines,
        "line_ends": line_ends,
        "line_end_kinds": [kind for kind, count in line_ends.items() if count],
        "fields": dict(record.fields),
        "unknown_fields": [name for name in record.fields if name not in CLIENT_FIELDS],
        "colonless_lines": record.colonless_lines,
    }


def _describe_events(events: Sequence[Event]) -> dict[str, Json]:
    ids = [event.wire_id for event in events if event.wire_id is not ABSENT]
    texts = _read_json(events)
    return {
        "events": [_event(event) for event in events],
        "types": [event.type for event in events],
        "data": [event.data for event in events],
        "empty_data_count": sum(not event.data for event in events),
        "ids": ids,
        "without_id": len(events) - len(ids),
        "doubled_ids": [one for one, count in Counter(ids).items() if one and count > 1],
        "conflicting_ids": _conflicting(events),
        "json_events": texts,
        "json_count": sum(text["valid"] is True for text in texts),
        "json_unread": len(events) - len(texts),
    }


def _conflicting(events: Sequence[Event]) -> list[Json]:
    """Return ids that came with events of different type or data, each once (SSE-9.2.4-09)."""
    first: dict[str, tuple[str, str]] = {}
    conflicting: dict[str, None] = {}  # an ordered set
    for event in events:
        # An empty id takes the last one back, and names no event.
        if event.wire_id is ABSENT or not event.wire_id:
            continue
        if first.setdefault(event.wire_id, (event.type, event.data)) != (event.type, event.data):
            conflicting[event.wire_id] = None
    return list(conflicting)


def _read_json(events: Sequence[Event]) -> list[dict[str, Json]]:
    """Read the data of events as JSON, of the first ones that come to `MAX_JSON_CHARACTERS`.

    Of one that was cut nothing can be said, nor are those behind it read: places stay the same.
    """
    room = MAX_JSON_CHARACTERS
    texts: list[dict[str, Json]] = []
    for event in events:
        room -= len(event.data)
        if room < 0 or event.is_cut:
            break
        text = observe_json(event.data.encode())
        described: dict[str, Json] = {"valid": text.is_valid}
        if text.value is not ABSENT:
            described["value"] = text.value
        if text.defects:
            described["defect_codes"] = [defect.code for defect in text.defects]
        texts.append(described)
    return texts


def _describe_times(record: StreamRecord) -> dict[str, Json]:
    times = {
        "first_byte_ms": record.first_byte_ms,
        "first_event_ms": record.first_event_ms,
        "last_event_ms": record.last_event_ms,
        "max_event_gap_ms": record.max_event_gap_ms,
        "min_event_gap_ms": record.min_event_gap_ms,
    }
    return {name: _ms(value) for name, value in times.items() if value is not None}


def _event(event: Event) -> dict[str, Json]:
    described: dict[str, Json] = {
        "type": event.type,
        "data": event.data,
        "last_event_id": event.last_event_id,
        "at_ms": _ms(event.at_ms),
        "first_byte_at_ms": _ms(event.first_byte_at_ms),
        "offset": event.offset,
        "size": event.size,
        "lines": event.lines,
        "arrivals": event.arrivals,
        "is_cut": event.is_cut,
    }
    if event.wire_id is not ABSENT:
        described["id"] = event.wire_id
    return described


def _comment(comment: Comment) -> dict[str, Json]:
    return {"text": comment.text, "at_ms": _ms(comment.at_ms), "offset": comment.offset}


def _silent(block: SilentBlock) -> dict[str, Json]:
    described: dict[str, Json] = {
        "why": block.why.value,
        "at_ms": _ms(block.at_ms),
        "offset": block.offset,
        "lines": block.lines,
    }
    if block.wire_id is not ABSENT:
        described["id"] = block.wire_id
    return described


def _unfinished(block: Unfinished) -> dict[str, Json]:
    described: dict[str, Json] = {
        "offset": block.offset,
        "size": block.size,
        "lines": block.lines,
        "type": block.type,
    }
    if block.wire_id is not ABSENT:
        described["id"] = block.wire_id
    if block.data is not ABSENT:
        described["data"] = block.data
    if block.line is not ABSENT:
        described["line"] = block.line
    return described


def _gap(gap: Gap) -> dict[str, Json]:
    return {"from_ms": _ms(gap.from_ms), "gap_ms": _ms(gap.gap_ms)}


def _ms(value: float) -> float:
    return round(value, 3)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
