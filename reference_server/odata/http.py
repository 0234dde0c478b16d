"""The HTTP edge of OData, as an ASGI application for every path below the service root.

Knows verbs, size and codings of a request; hands it to the core as a value and writes the
response. Refuses to know what is asked for.
"""

import logging
import re
import zlib
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

import anyio
import anyio.to_thread
from starlette.types import Receive, Scope, Send

from reference_server.cors import with_cors
from reference_server.odata.errors import Code, Refusal, error_response
from reference_server.odata.message import Request, Response, merged
from reference_server.odata.service import ODataHandler
from reference_server.odata.versions import LATEST

_log = logging.getLogger(__name__)

# As many requests can wait for the store at once; more of them queue.
MAX_THREADS: Final = 40

# See jsonrpc/http.py: the rest of a body is read before the connection closes.
LINGER_MAX_BYTES: Final = 64 * 1024 * 1024
LINGER_S: Final = 2.0

# A response is sent in pieces of about this size: one system call each, and no second copy of it.
PIECE_BYTES: Final = 262_144

_AUTHORITY: Final = re.compile(r"[A-Za-z0-9.\-_:\[\]]{1,255}")
_GZIP_WINDOW: Final = 31  # zlib's number for "gzip, window of 32 KiB"
_CODINGS: Final = frozenset({"gzip", "x-gzip"})
_CLOSE: Final = ("Connection", "close")


class ODataEndpoint:
    """The ASGI application.

    Args:
        answer: the core; it is run in a thread.
        base_path: path of the service root.
        max_body_bytes: of a larger body no more than this is kept, before and after decoding.
        cors_origin: pages of this origin may call, `*` for any, None for none.
    """

    def __init__(
        self,
        answer: ODataHandler,
        *,
        base_path: str,
        max_body_bytes: int,
        cors_origin: str | None = None,
    ) -> None:
        self._answer = answer
        self._base_path = base_path.rstrip("/")
        self._max_body_bytes = max_body_bytes
        self._cors_origin = cors_origin
        self._threads = anyio.CapacityLimiter(MAX_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._cors_origin is not None:
            send = with_cors(send, scope, allowed=self._cors_origin)
        headers = merged(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        )
        if scope["method"] == "OPTIONS":
            await _send(send, Response(status=204, headers=[("Allow", _METHODS)]), head=False)
            return
        refusal, body = await self._body(headers, receive)
        if refusal is not None:
            response = error_response(refusal, LATEST.value)
            await _send(send, response, head=False, more=True)
            if "expect" not in headers:
                await _linger(receive)
            await send({"type": "http.response.body", "body": b""})
            return
        if body is None:
            return  # the peer is gone
        request = self._request(scope, headers, body)
        if request is None:
            refusal = Refusal(status=400, code=Code.BAD_REQUEST, message="Host is no host")
            await _send(send, error_response(refusal, LATEST.value), head=False)
            return
        response = await anyio.to_thread.run_sync(self._answer, request, limiter=self._threads)
        await _send(send, response, head=scope["method"] == "HEAD")

    def _request(self, scope: Scope, headers: dict[str, str], body: bytearray) -> Request | None:
        host = headers.get("host") or "{}:{}".format(*(scope["server"] or ("localhost", 80)))
        if _AUTHORITY.fullmatch(host) is None:
            return None
        target: str = scope["raw_path"].decode("latin-1")
        if scope["query_string"]:
            target += "?" + scope["query_string"].decode("latin-1")
        return Request(
            method=scope["method"],
            url=target,
            root=f"{scope['scheme']}://{host}{self._base_path}",
            headers=headers,
            body=memoryview(body).toreadonly() if body else b"",
        )

    async def _body(
        self, headers: dict[str, str], receive: Receive
    ) -> tuple[Refusal | None, bytearray | None]:
        """Read the body; a refusal if it can't be, None if the peer left."""
        most = self._max_body_bytes
        refusal = _unreadable(headers, most)
        if refusal is not None:
            return refusal, None
        body = bytearray()
        async for piece in _pieces(receive):
            if piece is None:
                return None, None
            body += piece
            if len(body) > most:
                return _too_large(most), None
        if headers.get("content-encoding", "identity").lower() in _CODINGS:
            return _unzipped(body, most)
        return None, body


def _unreadable(headers: dict[str, str], most: int) -> Refusal | None:
    """Tell why a body is not even read."""
    if "content-length" in headers and "transfer-encoding" in headers:
        # RFC 9112, 6.1: such a message may be smuggled; h11 would take the chunks.
        return _closing(400, Code.BAD_REQUEST, "Content-Length and Transfer-Encoding together")
    coding = headers.get("content-encoding", "identity").lower()
    if coding not in {"identity", *_CODINGS}:
        return _closing(415, Code.UNSUPPORTED_MEDIA_TYPE, "only gzip can be decoded")
    if int(headers.get("content-length", "0")) > most:  # h11 lets through nothing but digits
        return _too_large(most)
    return None


def _unzipped(body: bytearray, most: int) -> tuple[Refusal | None, bytearray | None]:
    """Decode gzip, and no more of it than is allowed.

    Spec: ODATA-8.1.x-01
    """
    decoder = zlib.decompressobj(_GZIP_WINDOW)
    try:
        plain = bytearray(decoder.decompress(body, most + 1))
    except zlib.error:
        return _closing(400, Code.BAD_REQUEST, "the body is no gzip"), None
    if len(plain) > most:
        return _too_large(most), None
    if not decoder.eof:
        return _closing(400, Code.BAD_REQUEST, "the gzip of the body has no end"), None
    return None, plain


def _too_large(most: int) -> Refusal:
    return _closing(413, Code.TOO_LARGE, f"a body of more than {most} bytes")


_METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


def _closing(status: int, code: Code, message: str) -> Refusal:
    return Refusal(status=status, code=code, message=message, headers=(_CLOSE,))


async def _pieces(receive: Receive) -> AsyncIterator[bytes | None]:
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            yield None
            return
        more = message["more_body"]
        yield message["body"]


async def _send(send: Send, response: Response, *, head: bool, more: bool = False) -> None:
    fields = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in response.headers
    ]
    if response.status not in _BODYLESS:
        fields.append((b"content-length", str(response.length).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": fields})
    last = b""
    for piece in () if head else _joined(response.body):
        if last:
            await send({"type": "http.response.body", "body": last, "more_body": True})
        last = piece
    await send({"type": "http.response.body", "body": last, "more_body": more})


_BODYLESS: Final = frozenset({204, 304})


def _joined(pieces: Sequence[bytes]) -> Iterable[bytes]:
    """Join small pieces, so that each is worth a system call."""
    gathered: list[bytes] = []
    size = 0
    for piece in pieces:
        gathered.append(piece)
        size += len(piece)
        if size >= PIECE_BYTES:
            yield b"".join(gathered)
            gathered, size = [], 0
    if size:
        yield b"".join(gathered)


async def _linger(receive: Receive) -> None:
    left = LINGER_MAX_BYTES
    with anyio.move_on_after(LINGER_S):
        while left > 0:
            message = await receive()
            if message["type"] != "http.request" or not message["more_body"]:
                return
            left -= len(message["body"])
