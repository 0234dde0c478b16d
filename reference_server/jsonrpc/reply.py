"""Response objects, and how those of a batch become one text.

Knows sections 5 and 6. Refuses to know where a result came from.
"""

from collections.abc import Sequence

from reference_server.json_text import Json
from reference_server.jsonrpc.message import Id


def result_reply(request_id: Id, result: Json) -> dict[str, Json]:
    """Make the Response of a call that succeeded; null is a result like any other.

    Spec: JSONRPC-5-04, JSONRPC-5-06, JSONRPC-5-09, JSONRPC-5-14
    """
    return {"jsonrpc": "2.0", "result": result, "id": request_id}


def error_reply(request_id: Id, code: int, message: str, data: Json = None) -> dict[str, Json]:
    """Make the Response of a call that failed; `data` of None is left out.

    Spec: JSONRPC-5-05, JSONRPC-5-07, JSONRPC-5-10, JSONRPC-5.1-01 to JSONRPC-5.1-05
    """
    error: dict[str, Json] = {"code": int(code), "message": message}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "error": error, "id": request_id}


def join(replies: Sequence[bytes]) -> bytes | None:
    """Join the Responses of a batch into one Array; None when there is nothing to say.

    Spec: JSONRPC-6-02, JSONRPC-6-12, JSONRPC-6-13, JSONRPC-6-19
    """
    return b"[" + b",".join(replies) + b"]" if replies else None
