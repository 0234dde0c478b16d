"""The connection itself: uvicorn's HTTP/1.1 protocol with our error page and room for a fault.

Knows bytes as they come and go. Refuses to know what they mean.
"""

from asyncio import TimerHandle, Transport
from collections.abc import Callable
from http import HTTPStatus
from typing import Final, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from reference_server.faults import Wire
from reference_server.problem import PROBLEM_MEDIA_TYPE, problem

# A request that has begun has to come to its end: its head within so long, and no two pieces of its
# body so far apart. uvicorn would wait for ever, and a few thousand half requests fill a server.
REQUEST_S: Final = 65.0


class JsonErrorProtocol(H11Protocol):
    """Refuses broken framing with a page of JSON, as all our pages are, and closes.

    An application finds `abort` in the state of a scope: it drops the connection, with all that
    the peer has not read.

    Spec: JSONRPC-HTTP-25
    """

    #: How long a peer has to send what it owes, in seconds.
    request_s = REQUEST_S

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override] # as uvicorn narrows it
        """Offer `abort`, and wait for a request."""
        self.app_state = {**self.app_state, "abort": transport.abort}
        super().connection_made(transport)
        self._timer: TimerHandle | None = None
        self._has_begun = False
        self._await_request()

    def data_received(self, data: bytes) -> None:
        """Take bytes, and wait for the rest of a request."""
        if not self._has_begun:
            self._has_begun = True
            self._stop_timer()
        super().data_received(data)
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._stop_timer()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Answer and close; only close when an answer is on its way already."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _await_request(self) -> None:
        owed = self.conn.their_state
        if owed is h11.IDLE and self._timer is not None:
            return  # many small pieces of a head get no more time than one
        self._stop_timer()
        if owed in {h11.IDLE, h11.SEND_BODY}:
            self._timer = self.loop.call_later(self.request_s, self._give_up)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        if self._has_begun and not self.transport.is_closing():
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "the request did not come to its end")
        else:
            self.transport.close()

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            body = problem(status, detail)
            headers = [
                ("content-type", PROBLEM_MEDIA_TYPE),
                ("content-length", str(len(body))),
                ("connection", "close"),
            ]
            reason = status.phrase.encode()
            response = h11.Response(status_code=status, headers=headers, reason=reason)
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
