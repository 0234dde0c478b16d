"""The connection itself: uvicorn's HTTP/1.1 protocol with our error page and room for a fault.

Knows bytes as they come and go. Refuses to know what they mean.
"""

from asyncio import Transport
from collections.abc import Callable
from typing import cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from reference_server.faults import Wire
from reference_server.problem import PROBLEM_MEDIA_TYPE, problem


class JsonErrorProtocol(H11Protocol):
    """Refuses broken framing with a page of JSON, as all our pages are, and closes.

    Spec: JSONRPC-HTTP-25
    """

    def send_400_response(self, msg: str) -> None:
        """Answer and close; only close when an answer is on its way already."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            body = problem(400, msg)
            headers = [
                ("content-type", PROBLEM_MEDIA_TYPE),
                ("content-length", str(len(body))),
                ("connection", "close"),
            ]
            response = h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
            for piece in (response, h11.Data(data=body), h11.EndOfMessage()):
                self.transport.write(self.conn.send(piece) or b"")
        self.transport.close()


def protocol_behind(make_wire: Callable[[], Wire]) -> type[H11Protocol]:
    """Make a protocol whose every byte passes through a `Wire`, one for each connection."""

    class WiredProtocol(JsonErrorProtocol):
        """The protocol, seen through a fault."""

        def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn narrows it
            """Put the wire between."""
            self.wire = make_wire()
            # It has all of a transport, by delegation.
            super().connection_made(cast("Transport", _WiredTransport(transport, self.wire)))

        def data_received(self, data: bytes) -> None:
            """Take what the wire lets through; h11 would take b"" for the end of the stream."""
            seen = self.wire.received(data)
            if seen:
                super().data_received(seen)

    return WiredProtocol


class _WiredTransport:
    """A transport that writes what the wire makes of it."""

    def __init__(self, transport: Transport, wire: Wire) -> None:
        self._transport = transport
        self._wire = wire

    def write(self, data: bytes) -> None:
        self._transport.write(self._wire.sent(bytes(data)))

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)
