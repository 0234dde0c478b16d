"""A real server on a real port, and a peer that sends bytes and reads responses one by one."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from reference_server.app import create_app
from reference_server.faults import Fault
from reference_server.json_text import Json, read, write
from reference_server.server import listen, server_for
from reference_server.settings import Settings, everything_on

TIMEOUT_S = 20.0

VOID = b'{"jsonrpc":"2.0","method":"void","id":1}'
VOID_ANSWER = b'{"jsonrpc":"2.0","result":null,"id":1}'
NOTIFICATION = b'{"jsonrpc":"2.0","method":"void"}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    status: int
    fields: list[tuple[str, str]]
    body: bytes

    def field(self, name: str) -> str | None:
        found = [value for key, value in self.fields if key == name]
        assert len(found) <= 1, found
        return found[0] if found else None

    @property
    def json(self) -> Json:
        return read(self.body, max_depth=400)


class Peer:
    """One connection; reads no further than the end of each response."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self._socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def receive(self, *, verb: str = "POST") -> Response:
        status_line = self._reader.readline()
        assert status_line.startswith(b"HTTP/1.1 "), status_line
        status = int(status_line.split(b" ")[1])
        fields = []
        while (line := self._reader.readline()) != b"\r\n":
            name, _, value = line.decode("latin-1").partition(":")
            fields.append((name.lower(), value.strip(" \r\n")))
        head = Response(status=status, fields=fields, body=b"")
        if verb == "HEAD" or status in {100, 204}:
            return head
        length = head.field("content-length")
        assert length is not None
        body = self._reader.read(int(length))
        assert len(body) == int(length)
        return Response(status=status, fields=fields, body=body)

    def rest(self) -> bytes:
        """Read until the server closes."""
        return self._reader.read()

    def close(self) -> None:
        self._reader.close()
        self._socket.close()


def post(
    body: bytes, *fields: str, content_type: str | None = "application/json", path: str = "/rpc"
) -> bytes:
    """Write a POST; `fields` are whole header lines."""
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}", *fields]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def echo(value: Json, request_id: Json = 1) -> bytes:
    return write({"jsonrpc": "2.0", "method": "echo", "params": [value], "id": request_id})


def head(verb: str, *fields: str, path: str = "/rpc") -> bytes:
    return "\r\n".join([f"{verb} {path} HTTP/1.1", "Host: localhost", *fields, "", ""]).encode()


def refused(reason: str, **more: Json) -> Json:
    error: Json = {
        "code": -32600,
        "message": "Invalid Request",
        "data": {"reason": reason, **more},
    }
    return {"jsonrpc": "2.0", "error": error, "id": None}


@contextmanager
def serving(settings: Settings | None = None, *, faults: Sequence[Fault] = ()) -> Iterator[int]:
    """Serve until the end of the block; gives the port."""
    with listen("127.0.0.1", 0) as listener:
        app = create_app(settings or everything_on(Settings()), faults=faults)
        server = server_for(app, faults=faults)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.stop()
            thread.join(TIMEOUT_S)
            assert not thread.is_alive()
