"""Servers that serve nothing: each gives one answer to everything, whatever is asked."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_JSON: Final = "application/json"


def _response(status: str, body: bytes, media_type: str = _JSON) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


#: What each server answers; None closes the connection without a byte.
ANSWERS: Final[dict[str, bytes | None]] = {
    "closes": None,
    "empty 200": _response("200 OK", b""),
    "204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "empty object": _response("200 OK", b"{}"),
    "empty array": _response("200 OK", b"[]"),
    "HTML page": _response("200 OK", b"<!doctype html><p>Welcome</p>", "text/html"),
    "404 page": _response("404 Not Found", b"<!doctype html><p>Not found</p>", "text/html"),
    "same result": _response("200 OK", b'{"jsonrpc":"2.0","result":true,"id":1}'),
    "same error": _response(
        "200 OK", b'{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":1}'
    ),
    "same Parse error": _response(
        "200 OK", b'{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error"},"id":null}'
    ),
    "same batch": _response("200 OK", b'[{"jsonrpc":"2.0","result":true,"id":1}]'),
}

_STREAM_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
)
#: The same for streams; what is no whole response leaves the connection open.
STREAM_ANSWERS: Final[dict[str, bytes | None]] = {
    "closes": None,
    "silence": b"",
    "HTML page": ANSWERS["HTML page"],
    "404 page": ANSWERS["404 page"],
    "204": ANSWERS["204"],
    "JSON": ANSWERS["empty object"],
    "empty stream": _STREAM_HEAD,
    "ended stream": _STREAM_HEAD + b"0\r\n\r\n",
    "same event": _STREAM_HEAD + b"f\r\nid: 1\ndata: a\n\n\r\n",
    "same events": _STREAM_HEAD + b"780\r\n" + b"id: 1\ndata: a\n\n" * 128 + b"\r\n",
}


@contextmanager
def answering(answer: bytes | None) -> Iterator[str]:
    """Serve one answer to every request on a port that the kernel chooses; yield the URL."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        threading.Thread(target=_accept, args=(listener, answer), daemon=True).start()
        port = listener.getsockname()[1]
        yield f"http://127.0.0.1:{port}/"
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, answer: bytes | None) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(connection, answer), daemon=True).start()


def _serve(connection: socket.socket, answer: bytes | None) -> None:
    """Answer each request once its head and announced body are in; nothing else is looked at."""
    with connection:
        data = b""
        try:
            while piece := connection.recv(65_536):
                data += piece
                while (end := _request_end(data)) is not None:
                    head, data = data[:end].lower(), data[end:]
                    if answer is None:
                        return
                    connection.sendall(answer)
                    if b"connection: close" in head:
                        return
        except OSError:
            return


def _request_end(data: bytes) -> int | None:
    head, found, body = data.partition(b"\r\n\r\n")
    if not found:
        return None
    start = len(head) + len(found)
    lower = head.lower()
    if b"transfer-encoding: chunked" in lower:
        at = body.find(b"0\r\n\r\n")
        return start + at + 5 if at >= 0 else None
    lengths = [
        line.partition(b":")[2].strip()
        for line in lower.split(b"\r\n")
        if line.startswith(b"content-length:")
    ]
    length = int(lengths[0]) if lengths and lengths[0].isdigit() else 0
    return start + length if len(body) >= length else None
