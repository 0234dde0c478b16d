"""Event streams that no client can follow, and what calls itself one."""

from collections.abc import Callable, Mapping
from typing import Final

from tests.conformance.peers import Serve, response
from tests.conformance.streams import (
    HEAD,
    PLAIN_HEAD,
    broken_coding,
    chunk,
    cut,
    endless_events,
    endless_line,
    reset,
    streaming,
)
from tests.hostile.ways import MEGABYTE, bomb, drips, floods, sends, stops

EVENTS: Final = "text/event-stream"
_PACKED: Final = PLAIN_HEAD[:-2] + b"Content-Encoding: gzip\r\n\r\n"

#: Streams that break a rule of the format: something of them must be red.
BROKEN: Final[Mapping[str, Serve]] = {
    "bytes that are no UTF-8": streaming(b"data: \xff\xfe\n\n" * 10),
    "binary garbage": streaming(bytes(range(256)) * 64),
    "another type": sends(response(b"data: a\n\n", media_type="text/plain")),
    "a page": sends(response(b"<script>alert(1)</script>", media_type="text/html")),
    "an error of the server": sends(response(b"data: a\n\n", status="500 No", media_type=EVENTS)),
    "a redirect to itself": sends(response(b"", "Location: /", status="307 Temporary Redirect")),
}

#: Streams that keep the format and still are no use: they must be endured.
USELESS: Final[Mapping[str, Serve]] = {
    "nothing": stops(HEAD),
    "nothing, and the end": sends(PLAIN_HEAD),
    "reset in an event": streaming(b"data: a\n", then=reset),
    "cut in a chunk": streaming(b"data: a\n\n", then=cut),
    "gzip said, plain sent": broken_coding(),
    "half a chunk": stops(HEAD + b"ff\r\ndata: a\n\n"),
    "a byte at a time": drips(HEAD, chunk(b"d")),
    "comments for ever": drips(HEAD, chunk(b":\n")),
    "events for ever": endless_events,
    "a line for ever": endless_line,
    "an id of 1 MiB": streaming(b"id: " + b"x" * MEGABYTE + b"\ndata: a\n\n"),
    "a name of 1 MiB": streaming(b"event: " + b"x" * MEGABYTE + b"\ndata: a\n\n"),
    "a retry of a million digits": streaming(b"retry: " + b"9" * 1_000_000 + b"\n\n"),
    "a hundred thousand ids": streaming(b"".join(b"id: %d\n" % at for at in range(100_000))),
    "field names of its own": streaming(b"".join(b"f%d: a\n" % at for at in range(100_000))),
    "every line end": streaming(b"data: a\r\rdata: b\n\ndata: c\r\n\r\n" * 100),
    "script and escapes": streaming(
        b"id: <img src=x onerror=alert(1)>\nevent: \x1b[2J\n"
        b"data: <script>alert(1)</script>\x1b]0;owned\x07\xc2\x9b2J\n\n"
    ),
}

#: Streams that bring more than anyone can keep. Each is made when it is used.
STREAM_FLOODS: Final[Mapping[str, Callable[[], Serve]]] = {
    "events for ever": lambda: endless_events,
    "a line for ever": lambda: endless_line,
    "10 MB on one line": lambda: streaming(b"data: " + b"x" * 10_000_000 + b"\n\n"),
    "fields for ever": lambda: floods(HEAD, chunk(b"no-field-of-the-format: x\n" * 2_000)),
    "data lines for ever": lambda: floods(HEAD, chunk(b"data: of an event\n" * 3_000)),
    "gzip bomb of events": lambda: sends(_PACKED + bomb("gzip", b"data: a\n\n")),
    "gzip bomb of one line": lambda: sends(_PACKED + bomb("gzip", b"data: ")),
}
