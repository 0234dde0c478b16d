"""An event stream watched for a moment: is it one, does it go on, does it bring events."""

from collections.abc import Mapping
from typing import Final

from conformance.discovery.found import Found
from conformance.drivers.step import Driver
from conformance.words.json_value import Json, is_object
from conformance.words.pointer import resolve

WATCH_MS: Final = 1_500


async def discover_event_stream(driver: Driver) -> Found:
    """Open the stream once and watch it; nothing is changed.

    What the stream shows of itself: `sse.endless` or `sse.finite`, and `sse.events` where some
    came by themselves. That no event came in so short a time says nothing.
    """
    async with driver.open_wire() as wire:
        send: dict[str, Json] = {"open": {}, "read": {"for_ms": WATCH_MS}}
        seen = (await driver.perform(wire, send)).observation
    stream = seen.get("stream")
    told = str(seen["summary"])
    if not is_object(stream):
        if "unreachable" in seen:
            told = f"{told} ({seen['outcome']})"
        return Found(speaks=False, answers="http" in seen, first_answer=told)
    return Found(speaks=True, first_answer=told, offers=_offers(stream, seen))


def _offers(stream: Mapping[str, Json], seen: Mapping[str, Json]) -> dict[str, bool]:
    is_open = stream.get("open") is True
    offers = {"sse.endless": is_open}
    if not is_open:
        offers["sse.finite"] = True
    count = stream.get("event_count")
    if isinstance(count, int) and count > 0:
        offers["sse.events"] = True
    if resolve(seen, ("http", "headers", "access-control-allow-credentials")) == "true":
        offers["sse.cors-credentials"] = True
    return offers
