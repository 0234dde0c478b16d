"""Requests sent to a tiny OData service, for tests, and what was seen of its answers."""

import anyio

from conformance.drivers.endpoint import read_url
from conformance.drivers.odata import ODataDriver
from conformance.drivers.step import StepResult
from conformance.drivers.wire import Limits
from conformance.words.json_value import Json
from conformance.words.pointer import resolve, split_pointer
from conformance.words.schema_files import validator
from tests.conformance.peers import Peer, Serve, answering, response, serving

PATIENT = Limits(timeout_s=20.0, max_body_bytes=1_000_000)
BRISK = Limits(timeout_s=1.0)
HASTY = Limits(timeout_s=0.2)
READ: dict[str, Json] = {"label": "a", "url": "Things"}
VERSION = "OData-Version: 4.01"
MIXED = "multipart/mixed; boundary=b"


def multipart(*bodies: bytes, fields: str = "") -> bytes:
    """Return a multipart response with a 200 for each body."""
    parts = b"".join(
        b"--b\r\nContent-Type: application/http\r\n%b\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b\r\n"
        % (fields.encode(), len(body), body)
        for body in bodies
    )
    return response(parts + b"--b--\r\n", VERSION, media_type=MIXED)


def in_json(text: str, *fields: str, status: str = "200 OK") -> bytes:
    return response(text.encode(), VERSION, *fields, status=status)


def driver_of(peer: Peer, *, limits: Limits = PATIENT) -> ODataDriver:
    return ODataDriver(read_url(f"{peer.url}odata", where="test"), limits=limits)


def performed(peer: Peer, *sends: dict[str, Json], limits: Limits = PATIENT) -> list[StepResult]:
    """Perform the sends of one case."""
    driver = driver_of(peer, limits=limits)

    async def perform() -> list[StepResult]:
        async with driver.open_wire(unique="wc1") as wire:
            return [await driver.perform(wire, send) for send in sends]

    return anyio.run(perform)


def observed(serve: Serve, *sends: dict[str, Json], limits: Limits = PATIENT) -> dict[str, Json]:
    """Perform the sends of one case; return the last observation, held against the schema."""
    with serving(serve) as peer:
        observation = performed(peer, *sends, limits=limits)[-1].observation
    schema = validator(ODataDriver.observation_schema.split(".")[0])
    assert [error.message for error in schema.iter_errors(observation)] == []
    return observation


def at(observation: dict[str, Json], pointer: str) -> object:
    return resolve(observation, split_pointer(pointer))


def sent(send: dict[str, Json], answer: bytes = response()) -> bytes:
    """Return the request that a send makes, with the port left out."""
    with serving(answering(answer)) as peer:
        performed(peer, send)
        port = peer.port
    return peer.requests[0].replace(str(port).encode(), b"PORT")
