"""Steps of the SSE driver sent to a peer, for tests; each observation keeps its schema."""

from collections.abc import Mapping

import anyio

from conformance.drivers.endpoint import read_url
from conformance.drivers.sse import SseDriver
from conformance.drivers.step import StepResult
from conformance.drivers.wire import Limits
from conformance.words.json_value import Json
from conformance.words.pointer import resolve, split_pointer
from conformance.words.schema_files import validator
from tests.conformance.peers import Peer

PATIENT = Limits(timeout_s=20.0, max_body_bytes=1_000_000)  # for what ends by itself
HASTY = Limits(timeout_s=0.3, max_body_bytes=1_000_000)  # nothing more ever comes


def driver_of(
    peer: Peer,
    *,
    limits: Limits = PATIENT,
    headers: tuple[tuple[str, str], ...] = (),
    path: str = "",
    section: Mapping[str, Json] | None = None,
) -> SseDriver:
    """Return a driver for a peer; `path` goes behind its URL."""
    endpoint = read_url(f"{peer.url}{path}", where="test")
    return SseDriver(endpoint, section=section or {}, limits=limits, headers=headers)


def performed(driver: SseDriver, *sends: Mapping[str, Json]) -> list[StepResult]:
    """Perform the steps of one case, and hold each observation against the schema."""

    async def perform() -> list[StepResult]:
        async with driver.open_wire(unique="word") as wire:
            with anyio.fail_after(60):
                return [await driver.perform(wire, send) for send in sends]

    results = anyio.run(perform)
    check = validator(SseDriver.observation_schema.split(".")[0])
    for result in results:
        assert [error.message for error in check.iter_errors(result.observation)] == []
    return results


def observed(
    peer: Peer, *sends: Mapping[str, Json], limits: Limits = PATIENT
) -> list[dict[str, Json]]:
    """Perform steps with nothing but the URL known."""
    return [one.observation for one in performed(driver_of(peer, limits=limits), *sends)]


def at(observation: Mapping[str, Json], pointer: str) -> object:
    """Return what stands at a pointer, ABSENT where nothing does."""
    return resolve(dict(observation), split_pointer(pointer))
