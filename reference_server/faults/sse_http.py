"""Faults in how a stream is asked for and answered: methods, header fields, framing, origins."""

import re
import zlib
from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reference_server.faults.sse_forms import (
    field_of,
    in_part,
    on_stream_request,
    on_stream_wire,
)
from reference_server.faults.wires import Untouched
from reference_server.problem import send_problem
from reference_server.sse.headers import Fields, cors_headers, stream_headers

_Headers: TypeAlias = list[tuple[bytes, bytes]]
_HEAD_END: Final = b"\r\n\r\n"
_LAST_CHUNK: Final = b"0\r\n\r\n"


def _with(name: bytes, value: bytes | None) -> Callable[[], _Headers]:
    """Return what makes the fields of a stream with one of them changed, or left out."""

    def headers() -> _Headers:
        kept = [field for field in stream_headers() if field[0] != name]
        return kept if value is None else [*kept, (name, value)]

    return headers


def _headers(
    name: str,
    field: tuple[bytes, bytes | None],
    summary: str,
    *,
    breaks: Sequence[str],
    museum: Sequence[str] = (),
) -> None:
    broken = _with(*field)
    broken.__doc__ = summary
    in_part("stream_headers", name, breaks=breaks, museum=museum)(broken)


_TYPE: Final = b"content-type"
_headers(
    "streams-are-plain-text",
    (_TYPE, b"text/plain"),
    "The media type of a stream is text/plain.",
    breaks=["9.2.5-01"],
)
_headers(
    "charset-is-latin-1",
    (_TYPE, b"text/event-stream; charset=iso-8859-1"),
    "The media type says that the charset is another one than UTF-8.",
    breaks=["IANA-02"],
)
_headers(
    "streams-may-be-cached",
    (b"cache-control", None),
    "Nothing says that a stream is not to be cached.",
    breaks=["HTTP-09"],
)
_headers(
    "endless-streams-have-a-length",
    (b"content-length", b"1000000000"),
    "A stream has a Content-Length.",
    breaks=["HTTP-11"],
)
_headers(
    "legal-charset-is-named",
    (_TYPE, b"text/event-stream; charset=UTF-8"),
    "The media type says that the charset is UTF-8.",
    breaks=[],
)
_headers(
    "legal-media-type-has-another-parameter",
    (_TYPE, b"text/event-stream;v=1"),
    "The media type has a parameter that is not registered.",
    breaks=[],
)
_headers(
    "legal-streams-are-no-cache",
    (b"cache-control", b"no-cache"),
    "Cache-Control is no-cache instead of no-store.",
    breaks=[],
    museum=["SS-26"],
)


@on_stream_request("get-is-not-allowed", breaks=["HTTP-01", "9.2.5-01", "9.2.4-07"])
async def get_is_not_allowed(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """GET gets 405."""
    if scope["method"] == "GET":
        await send_problem(send, 405, "no GET here", [(b"allow", b"POST")])
    else:
        await app(scope, receive, send)


@on_stream_request("accept-is-needed", breaks=["HTTP-02"])
async def accept_is_needed(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """A request that does not name text/event-stream in Accept gets 406."""
    accept = field_of(scope, b"accept") or b""
    if scope["method"] == "GET" and accept not in (b"text/event-stream", b"image/png"):
        await send_problem(send, 406, "only text/event-stream", [])
    else:
        await app(scope, receive, send)


@on_stream_request("requests-for-an-image-crash", breaks=["HTTP-03"])
async def requests_for_an_image_crash(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """A request for an image gets 500."""
    if field_of(scope, b"accept") == b"image/png":
        await send_problem(send, 500, "Internal Server Error", [])
    else:
        await app(scope, receive, send)


@on_stream_request("refused-methods-crash", breaks=["HTTP-04"])
async def refused_methods_crash(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """A method that a stream does not take gets 500."""

    async def failing(message: Message) -> None:
        if message.get("status") in {405, 501}:
            message = {**message, "status": 500}
        await send(message)

    await app(scope, receive, failing)


@on_stream_request("refusals-do-not-say-what-is-allowed", breaks=["HTTP-04"])
async def refusals_do_not_say_what_is_allowed(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """A 405 has no Allow."""

    async def without(message: Message) -> None:
        if message.get("status") == 405:
            headers = [field for field in message["headers"] if field[0] != b"allow"]
            message = {**message, "headers": headers}
        await send(message)

    await app(scope, receive, without)


@on_stream_request("head-never-ends", breaks=["HTTP-05"], museum=["SS-09"])
async def head_never_ends(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """HEAD runs the stream, with its body thrown away."""
    if scope["method"] == "HEAD":
        scope = {**scope, "method": "GET"}
    await app(scope, receive, send)


@on_stream_wire("head-brings-events", breaks=["HTTP-05"])
class HeadBringsEvents(Untouched):
    """HEAD gets an event behind the head."""

    def __init__(self) -> None:
        self._is_head = False

    def received(self, data: bytes) -> bytes:
        """See what was asked for."""
        self._is_head = data.startswith(b"HEAD ")
        return data

    def sent(self, data: bytes) -> bytes:
        """Add an event."""
        if self._is_head and data.endswith(_HEAD_END):
            self._is_head = False
            return data + b"data: {}\n\n"
        return data


@in_part("is_session_id", "whatever-is-asked-for-is-a-stream", breaks=["HTTP-16"])
def whatever_is_asked_for_is_a_stream(_text: str) -> bool:
    """A stream that can't be is opened, and stays empty."""
    return True


@on_stream_request("full-sessions-get-404", breaks=["IANA-06", "OBJQL-PROGRESS-10"])
async def full_sessions_get_404(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """A stream beyond the limit gets 404."""

    async def changed(message: Message) -> None:
        if message.get("status") == 503:
            message = {**message, "status": 404}
        await send(message)

    await app(scope, receive, changed)


class _Closing(Untouched):
    """Asks for the connection to be closed behind each response to a stream's request."""

    def received(self, data: bytes) -> bytes:
        """Put a field into the head."""
        return data.replace(b"\r\nHost:", b"\r\nConnection: close\r\nHost:", 1)


def _is_stream(data: bytes) -> bool:
    return b"text/event-stream" in data.partition(_HEAD_END)[0]


@on_stream_wire("length-stands-beside-chunks", breaks=["HTTP-10", "HTTP-11"])
class LengthStandsBesideChunks(Untouched):
    """A stream has both Content-Length and Transfer-Encoding."""

    def sent(self, data: bytes) -> bytes:
        """Add a length."""
        if data.startswith(b"HTTP/1.1 200") and _is_stream(data):
            return data.replace(b"\r\n", b"\r\ncontent-length: 1000000000\r\n", 1)
        return data


@on_stream_wire("the-last-chunk-is-missing", breaks=["HTTP-12"])
class TheLastChunkIsMissing(_Closing):
    """A stream that ends has no last chunk: the connection is closed instead."""

    def sent(self, data: bytes) -> bytes:
        """Leave it out."""
        return b"" if data == _LAST_CHUNK else data


@on_stream_wire("http-1.0-gets-chunks", breaks=["HTTP-13"])
class OldRequestsGetChunks(Untouched):
    """A request of HTTP/1.0 is answered in chunks."""

    def received(self, data: bytes) -> bytes:
        """Make it one of HTTP/1.1."""
        return data.replace(b" HTTP/1.0\r\n", b" HTTP/1.1\r\nConnection: close\r\n", 1)


@on_stream_wire("legal-streams-have-no-chunks", breaks=[])
class StreamsHaveNoChunks(_Closing):
    """A stream is sent without chunks; the end of the connection is its own."""

    def __init__(self) -> None:
        self._is_stream = False

    def sent(self, data: bytes) -> bytes:
        """Take the chunks away; each is written as a piece of its own."""
        if data.startswith(b"HTTP/1.1 "):
            self._is_stream = _is_stream(data) and b"transfer-encoding" in data.lower()
            return re.sub(rb"(?i)transfer-encoding: chunked\r\n", b"", data)
        if not self._is_stream:
            return data
        return re.sub(rb"(?s)[0-9a-f]+\r\n(.*)\r\n", rb"\1", data)


def _compressing(*, flush: int, is_asked: bool) -> Callable[..., object]:
    """Return what compresses streams; `flush` is zlib's, behind each piece."""

    async def compress(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        accept = field_of(scope, b"accept-encoding") or b""
        if is_asked and accept != b"gzip":
            await app(scope, receive, send)
            return
        packer = zlib.compressobj(wbits=31)

        async def packed(message: Message) -> None:
            if message["type"] == "http.response.start":
                coding = (b"content-encoding", b"gzip")
                await send({**message, "headers": [*message["headers"], coding]})
                return
            more = message.get("more_body", False)
            body = packer.compress(message.get("body", b""))
            body += packer.flush(flush if more else zlib.Z_FINISH)
            await send({**message, "body": body})

        await app(scope, receive, packed if scope["method"] == "GET" else send)

    return compress


def _compress(
    name: str,
    summary: str,
    *,
    flush: int,
    is_asked: bool,
    breaks: Sequence[str],
    museum: Sequence[str] = (),
) -> None:
    broken = _compressing(flush=flush, is_asked=is_asked)
    broken.__doc__ = summary
    on_stream_request(name, breaks=breaks, museum=museum)(broken)  # type: ignore[arg-type]  # made above


_compress(
    "streams-are-always-compressed",
    "A stream is compressed, whatever the request allows.",
    flush=zlib.Z_SYNC_FLUSH,
    is_asked=False,
    breaks=["HTTP-14"],
)
_compress(
    "compressed-events-wait",
    "A compressed event waits for others, until a block is full.",
    flush=zlib.Z_NO_FLUSH,
    is_asked=True,
    breaks=["HTTP-15"],
    museum=["SS-10"],
)
_compress(
    "legal-streams-are-compressed",
    "A stream is compressed where the request allows it, each event flushed.",
    flush=zlib.Z_SYNC_FLUSH,
    is_asked=True,
    breaks=[],
)


@in_part("cors_headers", "no-origin-is-allowed", breaks=["HTTP-17", "HTTP-18", "HTTP-19"])
def no_origin_is_allowed(_fields: Fields, **_options: object) -> _Headers:
    """No response has a field of CORS."""
    return []


def _cors(fields: Fields, *, allowed: str | None, preflight: bool) -> dict[bytes, bytes]:
    return dict(cors_headers(fields, allowed=allowed, preflight=preflight))


@in_part("cors_headers", "credentials-go-to-any-origin", breaks=["HTTP-18"])
def credentials_go_to_any_origin(
    fields: Fields, *, allowed: str | None, preflight: bool
) -> _Headers:
    """Any origin is allowed, with credentials."""
    found = _cors(fields, allowed=allowed, preflight=preflight)
    if b"access-control-allow-origin" in found:
        found[b"access-control-allow-origin"] = b"*"
    return list(found.items())


@in_part("cors_headers", "preflights-forbid-last-event-id", breaks=["HTTP-19"])
def preflights_forbid_last_event_id(
    fields: Fields, *, allowed: str | None, preflight: bool
) -> _Headers:
    """A preflight does not allow Last-Event-ID."""
    found = _cors(fields, allowed=allowed, preflight=preflight)
    if b"access-control-allow-headers" in found:
        found[b"access-control-allow-headers"] = b"cache-control"
    return list(found.items())


@in_part("cors_headers", "answers-do-not-vary", breaks=["HTTP-20"])
def answers_do_not_vary(fields: Fields, *, allowed: str | None, preflight: bool) -> _Headers:
    """An answer that depends on Origin does not say so."""
    found = _cors(fields, allowed=allowed, preflight=preflight)
    found.pop(b"vary", None)
    return list(found.items())


@on_stream_wire("ended-sessions-have-a-length", breaks=["HTTP-06"])
class EndedSessionsHaveALength(Untouched):
    """The 204 of an ended session has a Content-Length."""

    def sent(self, data: bytes) -> bytes:
        """Add the field."""
        if data.startswith(b"HTTP/1.1 204"):
            return data.replace(b"\r\n", b"\r\nContent-Length: 0\r\n", 1)
        return data


@on_stream_request("the-last-line-does-not-end", breaks=["9.2.5-12", "9.2.5-13"])
async def the_last_line_does_not_end(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """A stream ends in the middle of a line."""
    await _with_last_words(b"data: good", app, scope, receive, send)


@on_stream_request("the-last-block-does-not-end", breaks=["9.2.5-13"])
async def the_last_block_does_not_end(
    app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """A stream ends without the blank line that its last event needs."""
    await _with_last_words(b"data: good\n", app, scope, receive, send)


async def _with_last_words(
    words: bytes, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    is_stream = False

    async def longer(message: Message) -> None:
        nonlocal is_stream
        if message["type"] == "http.response.start":
            is_stream = message["status"] == 200 and scope["method"] == "GET"
        elif is_stream and not message.get("more_body", False):
            message = {**message, "body": message.get("body", b"") + words}
        await send(message)

    await app(scope, receive, longer)
