"""The HTTP edge of JSON-RPC, as an ASGI application for one path.

Knows verbs, header fields, statuses and size; hands the bytes of the body to the core and the
bytes of its answer back. Refuses to know what is in them. An answer of the core is 200 whatever it
says, nothing to say is 204; a POST that the edge itself refuses has a status of its own, and an
error object as body, so that a client reads one language.

Spec: JSONRPC-HTTP-04 to JSONRPC-HTTP-32
"""

import logging
from collections.abc import Callable, Iterable
from typing import Final

import anyio
import anyio.to_thread
from starlette.types import Message, Receive, Scope, Send

from reference_server.cors import with_cors
from reference_server.json_text import Json, write
from reference_server.jsonrpc.core import RpcHandler
from reference_server.jsonrpc.errors import MESSAGES, Code
from reference_server.jsonrpc.media_type import refusal_of
from reference_server.jsonrpc.reply import error_reply
from reference_server.problem import Headers, send_page, send_problem

_log = logging.getLogger(__name__)

# As many calls can wait for the store or for time at once; more of them queue.
MAX_THREADS: Final = 40

# A peer that is still sending when the connection closes would meet a reset instead of the answer.
# So the rest is read and thrown away first, up to here and so long.
LINGER_MAX_BYTES: Final = 64 * 1024 * 1024
LINGER_S: Final = 2.0

_ALLOW: Final = (b"allow", b"POST, OPTIONS")
_OTHER_VERBS: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT"})
_JSON: Final = (b"content-type", b"application/json")
_CLOSE: Final = (b"connection", b"close")
_NO_CONTENT: Final[Message] = {"type": "http.response.start", "status": 204, "headers": []}
_END: Final[Message] = {"type": "http.response.body", "body": b""}


class RpcEndpoint:
    """The ASGI application.

    Args:
        answer: the core; it is run in a thread for a body of which `may_block` says so.
        max_body_bytes: of a larger body no more than this is kept.
        cors_origin: pages of this origin may call, `*` for any, None for none.
    """

    def __init__(
        self,
        answer: RpcHandler,
        *,
        may_block: Callable[[bytes], bool],
        max_body_bytes: int,
        cors_origin: str | None = None,
    ) -> None:
        self._answer = answer
        self._may_block = may_block
        self._max_body_bytes = max_body_bytes
        self._cors_origin = cors_origin
        self._threads = anyio.CapacityLimiter(MAX_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._cors_origin is not None:
            send = with_cors(send, scope, allowed=self._cors_origin)
        request = _Fields(scope["headers"])
        if scope["method"] != "POST":
            await _answer_other_verb(scope["method"], send, request)
            return
        refusal = request.refusal()
        if refusal is not None:
            status, reason, headers = refusal
            await _refuse(status, {"reason": reason}, headers, request, (receive, send))
            return
        body = None
        if request.announced_bytes <= self._max_body_bytes:
            body = await _read(receive, self._max_body_bytes)
            if body is None:
                return  # the peer is gone
        if body is None or len(body) > self._max_body_bytes:
            most = self._max_body_bytes
            data: Json = {"reason": f"a body of more than {most} bytes", "max_body_bytes": most}
            await _refuse(413, data, [_CLOSE], request, (receive, send))
            return
        await self._respond(body, send)

    async def _respond(self, body: bytes, send: Send) -> None:
        try:
            if self._may_block(body):
                answer = await anyio.to_thread.run_sync(self._answer, body, limiter=self._threads)
            else:
                answer = self._answer(body)
        except Exception:  # noqa: BLE001 - our bug, yet the peer is answered
            _log.exception("the core failed on a body of %d bytes", len(body))
            error = error_reply(None, Code.INTERNAL_ERROR, MESSAGES[Code.INTERNAL_ERROR])
            await send_page(send, 500, write(error), [_JSON])
            return
        if answer is None:
            await send(_NO_CONTENT)
            await send(_END)
        else:
            await send_page(send, 200, answer, [_JSON])


class _Fields:
    """The header fields that matter here."""

    def __init__(self, headers: Headers) -> None:
        self.announced_bytes = 0
        self.expects = False
        self._content_type = b""
        self._encoding = b""
        self._framings = 0
        for name, value in headers:
            if name == b"content-type":
                # Two of them are no media type, as one field with a comma.
                self._content_type += b", " + value if self._content_type else value
            elif name == b"content-length":
                self._framings += 1
                self.announced_bytes = int(value)  # h11 lets through nothing but digits
            elif name == b"transfer-encoding":
                self._framings += 1
            elif name == b"content-encoding":
                self._encoding += value
            elif name == b"expect":
                self.expects = True

    def refusal(self) -> tuple[int, str, list[tuple[bytes, bytes]]] | None:
        """Return status, reason and header fields if the POST is refused unread.

        A missing Content-Type is taken for JSON, any Accept is ignored: we have one language.

        Spec: JSONRPC-HTTP-16, JSONRPC-HTTP-19, JSONRPC-HTTP-22, JSONRPC-HTTP-26
        """
        if self._framings > 1:
            # RFC 9112, 6.1: such a message may be smuggled; h11 would take the chunks.
            return 400, "Content-Length and Transfer-Encoding together", [_CLOSE]
        if self._encoding and self._encoding.lower() != b"identity":
            return 415, "the body has a Content-Encoding", [(b"accept-encoding", b"identity")]
        reason = refusal_of(self._content_type) if self._content_type else None
        return None if reason is None else (415, reason, [])


async def _read(receive: Receive, max_bytes: int) -> bytes | None:
    """Read the body, or enough of it to see that it is too large; None if the peer left."""
    message = await receive()
    if message["type"] != "http.request":
        return None
    first: bytes = message["body"]
    if not message["more_body"]:
        return first
    pieces = bytearray(first)
    while message["more_body"] and len(pieces) <= max_bytes:
        message = await receive()
        if message["type"] != "http.request":
            return None
        pieces += message["body"]
    return bytes(pieces)


async def _refuse(
    status: int,
    data: Json,
    headers: Iterable[tuple[bytes, bytes]],
    request: _Fields,
    peer: tuple[Receive, Send],
) -> None:
    """Refuse a POST with an error object; whether it was a notification, nobody has read."""
    receive, send = peer
    error = error_reply(None, Code.INVALID_REQUEST, MESSAGES[Code.INVALID_REQUEST], data)
    body = write(error)
    fields = [_JSON, (b"content-length", str(len(body)).encode()), *headers]
    if request.expects and _CLOSE not in fields:
        # A peer that holds its body back may send it or not: the next bytes could be either.
        fields.append(_CLOSE)
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    if _CLOSE in fields and not request.expects:
        await _linger(receive)
    await send(_END)


async def _linger(receive: Receive) -> None:
    left = LINGER_MAX_BYTES
    with anyio.move_on_after(LINGER_S):
        while left > 0:
            message = await receive()
            if message["type"] != "http.request" or not message["more_body"]:
                return
            left -= len(message["body"])


async def _answer_other_verb(verb: str, send: Send, request: _Fields) -> None:
    """Answer what is no POST.

    Spec: JSONRPC-HTTP-15, JSONRPC-HTTP-17, JSONRPC-HTTP-18, JSONRPC-HTTP-32
    """
    headers = [_ALLOW, _CLOSE] if request.expects else [_ALLOW]
    if verb == "OPTIONS":
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send(_END)
    elif verb in _OTHER_VERBS:
        await send_problem(send, 405, "JSON-RPC takes POST", headers)
    else:
        await send_problem(send, 501, "no such HTTP method here", headers)
