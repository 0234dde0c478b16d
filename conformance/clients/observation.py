"""A play as an observation, after `schemas/observation/sse-client.schema.json`; values only."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from conformance.clients.incoming import Incoming
from conformance.clients.play import Attempt, Ended, Play, Report
from conformance.observe.exchange import Outcome
from conformance.words.json_value import Json, is_object

_ID: Final = "last-event-id"
#: Fields that belong to the connection or may differ from one attempt to the next.
_OF_CONNECTION: Final = frozenset({_ID, "connection", "keep-alive", "host", "content-length"})
_MESSAGE: Final = "message"
_BUSY_MS: Final = 10.0  # two requests closer than this follow each other without a pause


def observe_play(play: Play) -> dict[str, Json]:
    """Describe all that was requested and reported in a case so far."""
    events = play.of_kind("event")
    errors = play.of_kind("error")
    gaps = _gaps_ms(play.attempts)
    observation: dict[str, Json] = {
        "outcome": Outcome.ANSWERED.value,
        "events": [_event(one.message) for one in events],
        "data": [_event(one.message)["data"] for one in events],
        "types": [_event(one.message)["type"] for one in events],
        "ids": [_event(one.message)["id"] for one in events],
        "sizes": [len(str(_event(one.message)["data"])) for one in events],
        "waits_ms": [round(one.waited_s * 1000, 1) for one in events],
        "early_events": sum(one.is_early for one in events),
        "event_states": _told(events, "state"),
        "origins": _told(events, "origin"),
        "comments": [str(one.message.get("comment", "")) for one in play.of_kind("comment")],
        "errors": [_error(one) for one in errors],
        "opens": len(play.of_kind("open")),
        "open_states": _told(play.of_kind("open"), "state"),
        "signals": [one.kind for one in play.reports],
        "request_count": len(play.attempts),
        "requests": [_request(play, index) for index in range(len(play.attempts))],
        "gaps_ms": list(gaps),
        "new": {
            "events": sum(one.kind == "event" for one in play.new_reports),
            "errors": sum(one.kind == "error" for one in play.new_reports),
            "opens": sum(one.kind == "open" for one in play.new_reports),
            "requests": len(play.new_attempts),
        },
        "summary": _summary(play),
    }
    if gaps:
        observation["smallest_gap_ms"] = min(gaps)
        observation["busy_gaps"] = sum(gap < _BUSY_MS for gap in gaps)
    if waits := [one.waited_s for one in events]:
        observation["slowest_wait_ms"] = round(max(waits) * 1000, 1)
    if returned := play.of_kind("returned"):
        observation["returned"] = returned[-1].message.get("value")
    if threw := play.of_kind("threw"):
        observation["threw"] = str(threw[-1].message.get("comment", ""))
    return observation


def not_started(why: str) -> dict[str, Json]:
    """Return the observation of a step whose client could not be started or told something."""
    return {"outcome": Outcome.UNREACHABLE.value, "unreachable": why, "summary": why}


def _event(message: Mapping[str, Json]) -> dict[str, Json]:
    """Return type, data and id; what a client has no word for is what the spec starts with."""
    event = message.get("event")
    told: Mapping[str, Json] = event if is_object(event) else {}
    return {
        "type": str(told.get("type") or _MESSAGE),
        "data": str(told.get("data", "")),
        "id": str(told.get("id") or ""),
    }


def _told(reports: Iterable[Report], name: str) -> list[Json]:
    """Return what each report says of one thing; what says nothing is left out."""
    return [one.message[name] for one in reports if name in one.message]


def _error(report: Report) -> dict[str, Json]:
    text = report.message.get("error", report.message.get("comment", ""))
    error: dict[str, Json] = {"text": str(text)}
    if "state" in report.message:
        error["state"] = report.message["state"]
    return error


def _request(play: Play, index: int) -> dict[str, Json]:
    attempt = play.attempts[index]
    incoming = attempt.incoming
    request: dict[str, Json] = {
        "method": incoming.method,
        "target": incoming.target.replace(f"/s/{play.token}", "", 1) or "/",
        "headers": _headers(incoming),
        "body_size": len(incoming.body),
        "at_ms": round((attempt.at_s - play.attempts[0].at_s) * 1000, 1),
        "ended": attempt.ended.value,
        "changed_fields": _changed(play.attempts[0].incoming, incoming),
    }
    if ids := incoming.values(_ID):
        request["last_event_id"] = ids[-1].decode("utf-8", "backslashreplace")
        request["last_event_id_hex"] = ids[-1].hex()
    return request


def _headers(incoming: Incoming) -> dict[str, Json]:
    """Return the fields by lower-case name; several lines of one are joined."""
    found: dict[str, Json] = {}
    for name in dict.fromkeys(one.lower() for one, _ in incoming.fields):
        text = name.decode("latin-1")
        found[text] = ", ".join(one.decode("latin-1") for one in incoming.values(text))
    return found


def _changed(first: Incoming, later: Incoming) -> list[Json]:
    """Return the names of fields that are not as they were in the first request."""
    before, now = _headers(first), _headers(later)
    return [
        name
        for name in sorted({*before, *now} - _OF_CONNECTION)
        if before.get(name) != now.get(name)
    ]


def _gaps_ms(attempts: Sequence[Attempt]) -> list[float]:
    """Return, for each attempt after the first, the time since the lab ended the one before."""
    gaps: list[float] = []
    for before, attempt in pairwise(attempts):
        since_s = before.ended_s if before.ended is Ended.LAB else None
        gaps.append(round((attempt.at_s - (since_s or before.at_s)) * 1000, 1))
    return gaps


def _summary(play: Play) -> str:
    """Return one line: how many requests, and what was reported."""
    parts = [_counted(len(play.attempts), "request")]
    counts = {kind: len(play.of_kind(kind)) for kind in ("open", "event", "comment", "error")}
    parts += [_counted(count, kind) for kind, count in counts.items() if count]
    if events := play.of_kind("event"):
        parts.append(f"the last event: {str(_event(events[-1].message))[:120]}")
    if errors := play.of_kind("error"):
        parts.append(f"the last error: {str(_error(errors[-1])['text'])[:120]}")
    return ", ".join(parts)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
