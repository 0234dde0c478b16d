"""A client of one stream that sees every line, and what makes a server send."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace

from reference_server.json_text import Json, read, write
from reference_server.settings import ProgressSettings, Settings, everything_on
from tests.reference_server.loopback import TIMEOUT_S, Peer, Response, head, post

EVERYTHING = everything_on(Settings())


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The fields of one block, in their order; a comment has the name ""."""

    lines: list[tuple[str, str]]

    def value(self, name: str) -> str | None:
        """Return what the fields of one name say, their lines joined; None without one."""
        values = [value for key, value in self.lines if key == name]
        return "\n".join(values) if values else None

    @property
    def data(self) -> str | None:
        return self.value("data")

    @property
    def event_id(self) -> str | None:
        return self.value("id")

    @property
    def json(self) -> Json:
        assert self.data is not None
        return read(self.data.encode(), max_depth=100)


class Listener:
    """One open stream; reads no further than it is asked to."""

    def __init__(self, port: int, target: str, *fields: str) -> None:
        lines = [f"GET {target} HTTP/1.1", "Host: localhost", *fields, "", ""]
        request = "\r\n".join(lines).encode("utf-8", "surrogateescape")
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
        self.socket.sendall(request)
        self.reader = self.socket.makefile("rb")
        status_line = self.reader.readline()
        assert status_line.startswith(b"HTTP/1.1 "), status_line
        self.status = int(status_line.split(b" ")[1])
        self.fields: dict[str, str] = {}
        while (line := self.reader.readline()) != b"\r\n":
            name, _, value = line.decode("latin-1").partition(":")
            assert name.lower() not in self.fields
            self.fields[name.lower()] = value.strip(" \r\n")
        self._unread = b""

    def chunk(self) -> bytes:
        """Read the next chunk, b"" for the last."""
        size_bytes = int(self.reader.readline(), 16)
        data = self.reader.read(size_bytes)
        assert len(data) == size_bytes
        assert self.reader.readline() == b"\r\n"
        return data

    def text(self) -> str:
        """Read the next block, the empty line at its end included; "" at the end of the stream."""
        while b"\n\n" not in self._unread:
            data = self.chunk()
            if not data:
                assert not self._unread, "the stream ends within a block"
                return ""
            self._unread += data
        text, _, self._unread = self._unread.partition(b"\n\n")
        return text.decode() + "\n\n"

    def block(self) -> Block:
        """Read the next block; it has no lines at the end of the stream."""
        lines = []
        for line in self.text().split("\n"):
            name, _, value = line.partition(":")
            if line:
                lines.append((name, value.removeprefix(" ")))
        return Block(lines=lines)

    def event(self) -> Block:
        """Read up to the next block that has data."""
        while True:
            block = self.block()
            assert block.lines, "the stream has ended"
            if block.data is not None:
                return block

    def blocks(self) -> list[Block]:
        """Read to the end of the stream."""
        found = []
        while (block := self.block()).lines:
            found.append(block)
        return found

    def close(self) -> None:
        self.reader.close()
        self.socket.close()


@contextmanager
def listening(port: int, session: str, *fields: str) -> Iterator[Listener]:
    """Open the stream of a session, up to and with its greeting."""
    with closing(Listener(port, f"/rpc/progress/{session}", *fields)) as listener:
        assert listener.status == 200, listener.status
        greeting = listener.event()
        assert greeting.json == {"type": "connected", "sessionId": session}
        yield listener


def ask(port: int, target: str, *fields: str, verb: str = "GET") -> Response:
    """Send a request without a body, and return the answer, which is no stream."""
    with closing(Peer(port)) as peer:
        peer.send(head(verb, *fields, path=target))
        return peer.receive(verb=verb)


def call(port: int, method: str, params: Json) -> Json:
    """Call a method and return the whole answer."""
    body = write({"jsonrpc": "2.0", "method": method, "params": params, "id": 1})
    with closing(Peer(port)) as peer:
        peer.send(post(body))
        return peer.receive().json


def result(port: int, method: str, params: Json) -> dict[str, Json]:
    """Call a method that has to succeed with an object."""
    answer = call(port, method, params)
    assert isinstance(answer, dict)
    found = answer["result"]
    assert isinstance(found, dict)
    return found


def act(port: int, action: str, **params: Json) -> dict[str, Json]:
    """Execute an action that has to succeed with an object."""
    return result(port, "action.execute", [action, params])


def emit(port: int, session: str, *payloads: str) -> None:
    """Send an event for each payload."""
    for payload in payloads:
        act(port, "emit", sessionId=session, data=payload)


def until_open(port: int, count: int) -> None:
    """Ask until so many streams are open; the time limit of the server's end bounds it."""
    while act(port, "streams")["open"] != count:
        pass


def settings_with(**progress: int) -> Settings:
    """Everything on, and some settings of the streams."""
    return replace(EVERYTHING, progress=ProgressSettings(**progress))
