"""The `sse` part of a target: what a profile's section says that the target offers."""

from collections.abc import Mapping
from typing import Final

from conformance.words.json_value import Json, is_object
from conformance.words.template import to_json_text

#: How many streams are opened side by side, where fewer are not known to be the most.
SIDE_BY_SIDE: Final = 10
#: Without a known period: HTML section 9.2.7 advises 15 s "or so".
LONGEST_SILENCE_MS: Final = 20_000
# A heartbeat may be late by half its period, and by what a busy machine takes.
_LATE_FACTOR: Final = 1.5
_LATE_MS: Final = 500
_BEATS: Final = 2.5  # watched: two whole periods, wherever in the first one it begins

# Member of the section → the capability that it brings.
_MEMBERS: Final = {
    "idle_s": "sse.idle",
    "heartbeat_ms": "sse.heartbeat",
    "interval_ms": "sse.schedule",
    "refused": "sse.refused",
    "max_streams": "sse.max-streams",
    "cors_origin": "sse.cors",
}
# What a profile may deny as well as claim.
_CLAIMS: Final = {
    "resumes": "sse.resume",
    "non_ascii_ids": "sse.non-ascii-ids",
    "cors_credentials": "sse.cors-credentials",
}


def complete_sse(section: Mapping[str, Json], path: str) -> dict[str, Json]:
    """Return the section with what scenarios need besides.

    `finite`, `scheduled` and `other` fall back to the stream's own path. `idle_ms` is how long an
    idle stream is watched: for some heartbeats where their period is known, else for `idle_s`, and
    `longest_silence_ms` how long it may be silent. `side_by_side` is how many streams are
    opened at once.
    """
    completed: dict[str, Json] = {"finite": path, "scheduled": path, "other": path, **section}
    most = section.get("max_streams")
    completed["side_by_side"] = min(most, SIDE_BY_SIDE) if isinstance(most, int) else SIDE_BY_SIDE
    if isinstance(idle_s := section.get("idle_s"), int | float):
        completed |= {"idle_ms": idle_s * 1000, "longest_silence_ms": LONGEST_SILENCE_MS}
    if isinstance(beat_ms := section.get("heartbeat_ms"), int):
        completed["longest_silence_ms"] = beat_ms * _LATE_FACTOR + _LATE_MS
        completed["idle_ms"] = beat_ms * _BEATS
    if isinstance(interval_ms := section.get("interval_ms"), int):
        # The last of three events, and a second for it to come.
        completed["schedule_ms"] = interval_ms * 3 + 1000
        completed["interval_late_ms"] = interval_ms + 1000
        completed["interval_early_ms"] = interval_ms / 2
    return completed


def sse_offers(section: Mapping[str, Json]) -> dict[str, bool]:
    """Return the capabilities that a section claims or denies."""
    offers = {name: True for member, name in _MEMBERS.items() if member in section}
    offers |= {
        name: section[member] is True for member, name in _CLAIMS.items() if member in section
    }
    if section.get("method", "GET") != "GET":
        offers["sse.get"] = False
    if "finite" in section or "end" in section:
        offers["sse.finite"] = True
    if "heartbeat_ms" in section:
        offers["sse.idle"] = True
    trigger = section.get("trigger")
    if is_object(trigger):
        text = to_json_text(trigger)
        offers |= {"sse.trigger": True, "sse.events": True}
        holds = {"{payload}": "sse.payload", "{name}": "sse.names", "{id}": "sse.ids"}
        offers |= {name: True for placeholder, name in holds.items() if placeholder in text}
        if "other" in section or is_object(section.get("session")):
            offers["sse.two-streams"] = True
    return offers
