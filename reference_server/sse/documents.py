"""The JSON texts that a progress stream carries, and what a session may be called.

Knows design section 6. Refuses to know how they are framed.
"""

import re
from typing import Final

from reference_server.json_text import Json, write

_SESSION_ID: Final = re.compile(r"[A-Za-z0-9._~-]{1,128}")
_DOTS: Final = frozenset({".", ".."})


def is_session_id(text: str) -> bool:
    """Tell whether a session may have this id: 1 to 128 unreserved characters of a URL, no dots.

    Spec: RFC 3986, 2.3 and 5.2.4
    """
    return _SESSION_ID.fullmatch(text) is not None and text not in _DOTS


def connected_document(session_id: str) -> str:
    """Write what a stream begins with."""
    return _text({"type": "connected", "sessionId": session_id})


def gap_document(kept: int) -> str:
    """Write what a client is told whose last event is not kept any more; `kept` events follow."""
    return _text({"type": "gap", "kept": kept})


def update_document(operation: str, progress: int, total: int, message: str) -> str:
    """Write the notification that `progress` of `total` is done; `operation` tells of what."""
    params: Json = {"id": operation, "progress": progress, "total": total, "message": message}
    return _text({"jsonrpc": "2.0", "method": "progress.update", "params": params})


def _text(value: Json) -> str:
    return write(value).decode()
