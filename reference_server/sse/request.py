"""What a request for a stream asks for.

Knows Last-Event-ID. Refuses to know what it is resumed from.
"""

from typing import Final

from reference_server.sse.headers import Fields

_LAST_EVENT_ID: Final = b"last-event-id"


def last_event_id(fields: Fields) -> str | None:
    """Return the id that a client saw last; None without the field, or with an empty one.

    The bytes are UTF-8, whatever header fields are elsewhere; those that are not can't be an id
    of ours, and the text then holds U+FFFD in their place. Two fields are joined, as HTTP has it.

    Spec: SSE-9.2.4-04, SSE-9.2.4-07, SSE-9.2.4-08
    """
    values = [value for name, value in fields if name == _LAST_EVENT_ID]
    return b", ".join(values).decode("utf-8", "replace") or None
