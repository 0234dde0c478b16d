r"""One event as a value, and its bytes.

Knows fields, lines and what may stand in them. Refuses to know what is told. UTF-8 without a byte
order mark; every line ends with LF, every block with an empty line.

Spec: HTML 9.2.5, 9.2.6
"""

import re
from dataclasses import dataclass
from typing import Final

from reference_server.sse.errors import EventError

# An event is kept for those that come back, so one of them must not fill what is kept.
MAX_FRAME_BYTES: Final = 65_536

_LINE_BREAK: Final = re.compile(r"\r\n|\r|\n")
_BREAKS_AN_ID: Final = re.compile(r"[\0\r\n]")
_BREAKS_A_NAME: Final = re.compile(r"[\r\n]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What is sent as one block.

    Attributes:
        data: the payload, any text; None: the block has no data field and dispatches nothing.
        event_id: what a client reports as the last it saw; "" makes it forget; None: no id field.
        name: the event's type, not empty; None for the default, `message`.
        retry_ms: how long a client shall wait before it connects again; None: no retry field.
        comment: text that no client passes on; None: no comment.
    """

    data: str | None = None
    event_id: str | None = None
    name: str | None = None
    retry_ms: int | None = None
    comment: str | None = None


def encode_event(event: Event) -> bytes:
    """Write an event as one block.

    Every field gets the space that a client takes away, so that text with a space in front
    arrives as it is; each line break of the payload, CRLF, CR or LF, parts two data lines and
    arrives as LF.

    Raises:
        EventError: an id holds NUL, CR or LF, a name is empty or holds CR or LF, `retry_ms` is
            negative, a text has a lone surrogate, or the block is larger than `MAX_FRAME_BYTES`.

    Spec: SSE-9.2.5-02, SSE-9.2.5-09 to SSE-9.2.5-14, SSE-9.2.6-69 to SSE-9.2.6-73
    """
    _check(event)
    lines = []
    if event.comment is not None:
        lines += [f": {line}" for line in _LINE_BREAK.split(event.comment)]
    if event.name is not None:
        lines.append(f"event: {event.name}")
    if event.event_id is not None:
        lines.append(f"id: {event.event_id}")
    if event.retry_ms is not None:
        lines.append(f"retry: {event.retry_ms}")
    if event.data is not None:
        lines += [f"data: {line}" for line in _LINE_BREAK.split(event.data)]
    try:
        frame = "\n".join([*lines, "", ""]).encode()
    except UnicodeEncodeError as error:
        raise EventError("data", "Unicode text", "a lone surrogate") from error
    if len(frame) > MAX_FRAME_BYTES:
        raise EventError("data", f"at most {MAX_FRAME_BYTES} bytes", f"{len(frame)} bytes")
    return frame


def encode_comment(text: str) -> bytes:
    """Write a comment as a block of its own; clients dispatch nothing for it.

    Raises:
        EventError: as `encode_event`.

    Spec: SSE-9.2.5-06, SSE-9.2.7-02
    """
    return encode_event(Event(comment=text))


def _check(event: Event) -> None:
    name, event_id = event.name, event.event_id
    if name is not None and (not name or _BREAKS_A_NAME.search(name)):
        raise EventError("event", "a name without CR and LF", _shown(name))
    if event_id is not None and _BREAKS_AN_ID.search(event_id):
        raise EventError("id", "an id without NUL, CR and LF", _shown(event_id))
    if event.retry_ms is not None and event.retry_ms < 0:
        raise EventError("retry", "milliseconds", str(event.retry_ms))


def _shown(text: str) -> str:
    return repr(text[:40])
