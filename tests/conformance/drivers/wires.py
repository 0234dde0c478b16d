"""A wire to a peer, for tests: requests sent over it one after another."""

import anyio

from conformance.drivers.endpoint import read_url
from conformance.drivers.request import Request, build_request
from conformance.drivers.wire import Exchange, Limits, Wire
from conformance.words.json_value import Json
from tests.conformance.peers import Peer

PATIENT = Limits(timeout_s=20.0)  # for what ends by itself
BRISK = Limits(timeout_s=1.0)  # something comes, then nothing more
HASTY = Limits(timeout_s=0.2)  # nothing ever comes


def request(**send: Json) -> Request:
    return build_request(send or {"raw": "1"}, target="/", default_headers=[("Host", "a")])


def exchanged(peer: Peer, *requests: Request, limits: Limits = PATIENT) -> list[Exchange]:
    """Send requests one after another over the wire of one case."""

    async def talk() -> list[Exchange]:
        async with Wire(read_url(peer.url, where="test"), limits=limits) as wire:
            return [await wire.exchange(one) for one in requests]

    return anyio.run(talk)
