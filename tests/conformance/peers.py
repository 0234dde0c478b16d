"""Tiny servers on real sockets: each does one thing, right or wrong, byte by byte.

A peer hands every connection to a function on a thread of its own. It reads whole requests and
knows no more of HTTP than where one ends.
"""

import json
import re
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TIMEOUT_S = 20.0
OK = b'{"jsonrpc":"2.0","result":true,"id":1}'
_LENGTH = re.compile(rb"(?i)\r\ncontent-length:[ \t]*([0-9]+)\r\n")
_CHUNKED = re.compile(rb"(?i)\r\ntransfer-encoding:[ \t]*chunked\r\n")
_LAST_CHUNK = b"0\r\n\r\n"


def response(
    body: bytes = OK,
    *fields: str,
    status: str = "200 OK",
    media_type: str = "application/json",
) -> bytes:
    """Write a response; `fields` are whole header lines."""
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(body)}",
        *fields,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def read_json(text: bytes | str) -> Any:  # noqa: ANN401 - whatever it holds
    """Read JSON by Python's own reader, which is neither half's."""
    return json.loads(text)  # noqa: TID251 - not wire text that is judged


class Talk:
    """One connection, as the peer sees it; `number` counts connections from 1."""

    def __init__(self, peer: "Peer", connection: socket.socket, number: int) -> None:
        self.peer = peer
        self.number = number
        self._socket = connection
        self._data = b""

    def head(self) -> bytes:
        """Read a request's head and leave its body; nothing when the client closed."""
        while b"\r\n\r\n" not in self._data:
            if not (piece := self._socket.recv(65_536)):
                return b""
            self._data += piece
        return self._data[: self._data.index(b"\r\n\r\n") + 4]

    def request(self) -> bytes:
        """Read one whole request; nothing when the client closed."""
        if not (head := self.head()):
            return b""
        while (end := _end(head, self._data)) is None:
            if not (piece := self._socket.recv(65_536)):
                return b""
            self._data += piece
        request, self._data = self._data[:end], self._data[end:]
        self.peer.requests.append(request)
        return request

    def some(self) -> bytes:
        """Read what has come, whatever it is; nothing when the client closed."""
        return self._socket.recv(65_536)

    def send_past_tls(self, data: bytes) -> None:
        """Send bytes as they are, though TLS is spoken."""
        socket.socket.sendall(self._socket, data)

    def send(self, data: bytes) -> None:
        """Send all bytes."""
        self._socket.sendall(data)

    def close_writing(self) -> None:
        """Say that no more comes, and stay there for what the client does."""
        self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Close the hard way: the client sees a reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def until_closed(self) -> None:
        """Wait for the client to close; the end of the peer ends that too."""
        while self._socket.recv(65_536):
            pass


def _end(head: bytes, data: bytes) -> int | None:
    if _CHUNKED.search(head):
        at = data.find(_LAST_CHUNK, len(head) - 2)
        return None if at < 0 else at + len(_LAST_CHUNK)
    found = _LENGTH.search(head)
    end = len(head) + (int(found[1]) if found else 0)
    return end if len(data) >= end else None


def body_of(request: bytes) -> bytes:
    """Return the body of a request that was sent with its length."""
    return request.partition(b"\r\n\r\n")[2]


Serve = Callable[[Talk], None]


@dataclass(kw_only=True)
class Peer:
    """A running peer: where it is, and what it has seen."""

    port: int
    scheme: str
    serve: Serve
    tls: ssl.SSLContext | None
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    closing: threading.Event = field(default_factory=threading.Event)
    failures: list[Exception] = field(default_factory=list)
    _listener: socket.socket | None = None
    _open: set[socket.socket] = field(default_factory=set)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{self.scheme}://127.0.0.1:{self.port}/"

    def methods(self) -> list[str]:
        """Return the names of the methods that it was asked for."""
        return [str(read_json(body_of(request))["method"]) for request in self.requests]

    def listen(self) -> None:
        """Take connections from now on; on the same port as before."""
        listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._start(self._accept, listener)

    def refuse(self) -> None:
        """Take no more connections."""
        listener, self._listener = self._listener, None
        if listener is not None:
            # A close alone would wait for the accept that another thread is in.
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def die(self) -> None:
        """Take no more connections and end all that are open, as the end of a process does."""
        self.refuse()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Stop for good; what went wrong on a connection is raised here."""
        self.closing.set()
        self.die()
        for thread in self._threads:
            thread.join(TIMEOUT_S)
            assert not thread.is_alive()
        assert self.failures == []

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._handle, connection, self.connections)

    def _handle(self, connection: socket.socket, number: int) -> None:
        self._open.add(connection)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls is not None:
                self._open.discard(connection)
                connection = self.tls.wrap_socket(
                    connection, server_side=True, do_handshake_on_connect=False
                )
                self._open.add(connection)
                connection.do_handshake()
            self.serve(Talk(self, connection, number))
        except OSError:
            pass  # the client is gone, or the peer died
        except Exception as error:  # noqa: BLE001 - told when the peer ends
            self.failures.append(error)
        finally:
            self._open.discard(connection)
            connection.close()


@contextmanager
def serving(serve: Serve, *, tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    """Serve on a port that the kernel chooses, until the end of the block."""
    peer = Peer(port=0, scheme="https" if tls else "http", serve=serve, tls=tls)
    peer.listen()
    try:
        yield peer
    finally:
        peer.end()


def answering(*answers: bytes) -> Serve:
    """Give the answers in turn, the last one for ever."""

    def serve(talk: Talk) -> None:
        while talk.request():
            number = min(len(talk.peer.requests), len(answers)) - 1
            talk.send(answers[number])

    return serve


def closing(talk: Talk) -> None:
    """Close each connection when a request is in."""
    talk.request()


def resetting(talk: Talk) -> None:
    """Reset each connection when a request is in."""
    talk.request()
    talk.reset()


def silent(talk: Talk) -> None:
    """Take a request and say nothing."""
    talk.request()
    talk.until_closed()


def endless(talk: Talk) -> None:
    """Send a body without end."""
    talk.request()
    talk.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while True:
        talk.send(b"x" * 65_536)


def dripping(talk: Talk) -> None:
    """Send a response so slowly that it never ends in time."""
    talk.request()
    for byte in response():
        if talk.peer.closing.wait(0.05):
            return
        talk.send(bytes([byte]))


Method = Callable[[Any], Any]


def answer_to(body: bytes, methods: Mapping[str, Method]) -> bytes:
    """Answer a single call as JSON-RPC asks, and all else as an invalid request."""
    return json.dumps(response_to(body, methods)).encode()


def response_to(body: bytes, methods: Mapping[str, Method]) -> dict[str, Any]:
    """Return the response object to a single call, and to all else that of an invalid request."""
    answer: dict[str, Any] = {"jsonrpc": "2.0", "id": None}
    try:
        call = read_json(body)
    except ValueError:
        call = None
    if not isinstance(call, dict) or not {"method", "id"} <= set(call):
        answer["error"] = {"code": -32600, "message": "Invalid Request"}
    elif not isinstance(call["method"], str) or call["method"] not in methods:
        answer |= {"id": call["id"], "error": {"code": -32601, "message": "Method not found"}}
    else:
        answer |= {"id": call["id"], "result": methods[call["method"]](call.get("params"))}
    return answer


def speaking(methods: Mapping[str, Method]) -> Serve:
    """Speak JSON-RPC, single calls only."""

    def serve(talk: Talk) -> None:
        while request := talk.request():
            talk.send(response(answer_to(body_of(request), methods)))

    return serve


def mirroring(talk: Talk) -> None:
    """Answer each request with its own body; `!close`, `!silence` … do what they say."""
    while request := talk.request():
        match body_of(request):
            case b"!close":
                return
            case b"!reset":
                talk.reset()
                return
            case b"!silence":
                talk.until_closed()
                return
            case b"!text":
                talk.send(b"no HTTP at all\r\n\r\n")
                return
            case b"!half":
                talk.send(response(OK)[:-5])
                return
            case b"!die":
                talk.peer.die()
                return
            case body:
                talk.send(response(body))


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a self-signed certificate for 127.0.0.1 and its key; return both paths."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
        *("-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
        *("-addext", "subjectAltName=IP:127.0.0.1"),
        *("-keyout", str(key), "-out", str(certificate)),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=TIMEOUT_S)
    return certificate, key


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return the context of a server with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
