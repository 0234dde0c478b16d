"""session.*: the methods in front of `Sessions`; they pass the present instant on."""

from collections.abc import Callable
from typing import Final

from reference_server.json_text import Json
from reference_server.jsonrpc.methods import Method, Param
from reference_server.jsonrpc.progress import ProgressSink
from reference_server.jsonrpc.schema_check import Schema
from reference_server.jsonrpc.sessions import Sessions

_SESSION_ID: Final = Param(name="sessionId", schema={"type": "string"})
_KEY: Final = Param(name="key", schema={"type": "string"})
_SUCCESS: Final[Schema] = {
    "type": "object",
    "properties": {"success": {"const": True}},
    "required": ["success"],
}


def session_methods(
    sessions: Sessions, clock: Callable[[], float], sink: ProgressSink | None = None
) -> list[Method]:
    """Make the methods; `clock` gives monotonic seconds, `sink` has the streams of the sessions."""

    def create() -> Json:
        return {"sessionId": sessions.create(clock())}

    def get(session_id: str, key: str) -> Json:
        return sessions.get(session_id, key, clock())

    def set_value(session_id: str, key: str, value: Json) -> Json:
        sessions.set(session_id, key, value, clock())
        return {"success": True}

    def destroy(session_id: str) -> Json:
        sessions.destroy(session_id, clock())
        if sink is not None:
            sink.end(session_id)
        return {"success": True}

    return [
        Method(
            name="session.create",
            summary="Open a session",
            run=create,
            result={
                "type": "object",
                "properties": {"sessionId": {"type": "string"}},
                "required": ["sessionId"],
            },
        ),
        Method(
            name="session.get",
            summary="What a session keeps under a key, or null",
            run=get,
            params=(_SESSION_ID, _KEY),
        ),
        Method(
            name="session.set",
            summary="Keep a value under a key",
            run=set_value,
            params=(_SESSION_ID, _KEY, Param(name="value", schema={})),
            result=_SUCCESS,
        ),
        Method(
            name="session.destroy",
            summary="End a session",
            run=destroy,
            params=(_SESSION_ID,),
            result=_SUCCESS,
        ),
    ]
