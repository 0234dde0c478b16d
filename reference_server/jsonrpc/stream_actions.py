"""Actions on the streams of a session: send any event, close them, count them.

They let a suite see everything that a stream can carry. Knows their params; refuses to know bytes.
"""

from typing import Final

from reference_server.json_text import Json
from reference_server.jsonrpc.errors import ParamError
from reference_server.jsonrpc.methods import Method, Param
from reference_server.jsonrpc.progress import ProgressSink
from reference_server.jsonrpc.schema_check import Schema
from reference_server.sse.errors import EventError
from reference_server.sse.event import Event

# The longest time that a browser can wait, as it counts in 32 bits.
_RETRY_MAX_MS: Final = (1 << 31) - 1

_SESSION_ID: Final = Param(
    name="sessionId",
    schema={"type": "string"},
    summary="The last segment of the URL of its streams; 1 to 128 letters, digits and . _ ~ -",
)
_OPTIONAL_TEXT: Final[Schema] = {"type": ["string", "null"]}


def stream_actions(sink: ProgressSink) -> list[Method]:
    """Make the actions."""

    def emit(  # one argument a param
        session: str,
        data: str | None,
        name: str | None,
        event_id: str | None,
        retry_ms: int | None,
        comment: str | None,
    ) -> Json:
        event = Event(data=data, name=name, event_id=event_id, retry_ms=retry_ms, comment=comment)
        try:
            sink.emit(session, event)
        except EventError as error:
            raise ParamError(error.field, "", error.expected, error.seen) from error
        return {"sessionId": session}

    def disconnect(session: str) -> Json:
        try:
            sink.cut(session)
        except EventError as error:
            raise ParamError(error.field, "", error.expected, error.seen) from error
        return {"sessionId": session}

    def streams(session: str | None) -> Json:
        counts = sink.counts(session)
        ended: Json = {ending.name.lower(): count for ending, count in counts.endings.items()}
        return {"open": counts.open, "opened": counts.opened, "ended": ended}

    retry: Schema = {"type": ["integer", "null"], "minimum": 0, "maximum": _RETRY_MAX_MS}
    return [
        Method(
            name="emit",
            summary="Send an event to every client of a session; one with data and no id gets one",
            run=emit,
            params=(
                _SESSION_ID,
                _optional("data", _OPTIONAL_TEXT, "The payload; null: none"),
                _optional("event", _OPTIONAL_TEXT, "The event's type"),
                _optional("id", _OPTIONAL_TEXT, "The event's id"),
                _optional("retry", retry, "Milliseconds until a client connects again"),
                _optional("comment", _OPTIONAL_TEXT, "Text that no client passes on"),
            ),
        ),
        Method(
            name="disconnect",
            summary="Close the streams of a session, which goes on",
            run=disconnect,
            params=(_SESSION_ID,),
        ),
        Method(
            name="streams",
            summary="Count the streams that are open, and why others are not any more",
            run=streams,
            params=(_optional("sessionId", _OPTIONAL_TEXT, "Whose; null: those of all"),),
            safe=True,
        ),
    ]


def _optional(name: str, schema: Schema, summary: str) -> Param:
    return Param(name=name, schema=schema, required=False, summary=summary)
