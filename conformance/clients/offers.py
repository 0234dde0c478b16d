"""What a client under test offers: what its adapter says, and for the rest one short look.

Knows the contract's words and the catalogue's capabilities; judges nothing.
"""

from typing import Final

from conformance.clients.driver import ClientDriver
from conformance.words.json_value import Json

RECONNECTS: Final = "reconnects"
ONCE: Final = "once"  # it reads one response and never connects again, and says so
_WORDS: Final = {
    "states": "sse.client-states",
    "last-event-id": "sse.client-last-event-id",
    "browser": "sse.browser",
}
_IN_HANDLER: Final = "close-in-handler"
_PROBE: Final[dict[str, Json]] = {
    "serve": {"stream": "retry: 50\nid: 1\ndata: probe\n\n", "then": "end"},
    "client": {},
    "until": {"requests": 2, "settle_ms": 0},
}


async def find_offers(driver: ClientDriver) -> dict[str, bool]:
    """Return each capability of clients with whether this one has it.

    Whether it connects again is looked at where its adapter says neither `reconnects` nor `once`.
    """
    words = driver.attachment.capabilities
    offers = {"sse.client": True} | {name: word in words for word, name in _WORDS.items()}
    if _IN_HANDLER in words:
        offers["sse.client-close-in-handler"] = True  # else it is not known: an adapter can add it
    if RECONNECTS in words or ONCE in words:
        offers["sse.reconnects"] = RECONNECTS in words
    else:
        offers["sse.reconnects"] = await _connects_again(driver)
    return offers


async def _connects_again(driver: ClientDriver) -> bool:
    async with driver.open_wire(unique="probe") as wire:
        result = await driver.perform(wire, _PROBE)
    count = result.observation.get("request_count", 0)
    return isinstance(count, int) and count > 1
