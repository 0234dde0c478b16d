"""A listening socket and the server behind it.

Knows uvicorn and TCP. Refuses to know command lines; `cli` and the tests start it their own way.
"""

import socket
from collections.abc import Sequence
from types import FrameType
from typing import Final

import uvicorn

from reference_server.app import Application
from reference_server.errors import InputError
from reference_server.faults import Fault
from reference_server.wire import JsonErrorProtocol, protocol_behind

# A suite may think between two requests; closing under its hand would look like a defect.
KEEP_ALIVE_S: Final = 65
# An answer under way may end; a peer that never reads can't hold the server up.
SHUTDOWN_S: Final = 1
BACKLOG: Final = 2048


class Server(uvicorn.Server):
    """uvicorn, which tells the application at once that a signal ended it."""

    def __init__(self, config: uvicorn.Config, app: Application) -> None:
        super().__init__(config)
        self._app = app

    def stop(self) -> None:
        """End soon; to be called from any thread."""
        self._app.end_soon()
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End at a signal."""
        self._app.end_soon()
        super().handle_exit(sig, frame)


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket; connections queue from here on. Port 0: the kernel chooses.

    Raises:
        InputError: the address is taken, or none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            "--host/--port", "an address to listen on", f"{host}:{port}", reason
        ) from error
    # asyncio leaves Nagle on for sockets made this way (proto 0): a POST takes 44 ms, not 0.5.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def url_of(listener: socket.socket) -> str:
    """Return the URL at which the server answers, without a path."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server_for(app: Application, *, faults: Sequence[Fault] = ()) -> Server:
    """Make a server; `run(sockets=[listener])` blocks until `stop()` or a signal.

    Raises:
        InputError: more than one fault wants the wire.
    """
    wires = [fault.wire for fault in faults if fault.wire is not None]
    if len(wires) > 1:
        names = [fault.name for fault in faults if fault.wire is not None]
        raise InputError("--fault", "at most one fault on the wire", names)
    config = uvicorn.Config(
        app,
        http=protocol_behind(wires[0]) if wires else JsonErrorProtocol,
        loop="asyncio",
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    return Server(config, app)
