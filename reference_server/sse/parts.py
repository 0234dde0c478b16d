"""The pieces that the SSE half is put together from, each replaceable by name.

A fault of the suite swaps one piece for a broken one (`Fault.stream_parts`); the server itself
never does.
"""

from collections.abc import Callable
from dataclasses import dataclass

from reference_server.sse import documents, event, headers, request
from reference_server.sse.event import Event
from reference_server.sse.headers import Fields
from reference_server.sse.hub import Hub
from reference_server.sse.log import MemoryLog
from reference_server.sse.replay import Replay


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamParts:
    """Every field is what the server uses when nothing is replaced.

    Attributes:
        encode_event: a value to the bytes of one block.
        encode_heartbeat: the text of a heartbeat to its bytes.
        is_session_id: whether a session may be called so.
        last_event_id: what a client saw last, None if it does not say.
        stream_headers: the header fields of an answer that is a stream.
        cors_headers: those for a page of another origin.
        ended_status: answers a client that comes back to a session that has ended.
        hub: sessions, streams and fan-out.
        replay: what is kept of one session.
        memory_log: ids and order.
    """

    encode_event: Callable[[Event], bytes] = event.encode_event
    encode_heartbeat: Callable[[str], bytes] = event.encode_comment
    connected_document: Callable[[str], str] = documents.connected_document
    gap_document: Callable[[int], str] = documents.gap_document
    update_document: Callable[[str, int, int, str], str] = documents.update_document
    is_session_id: Callable[[str], bool] = documents.is_session_id
    last_event_id: Callable[[Fields], str | None] = request.last_event_id
    stream_headers: Callable[[], list[tuple[bytes, bytes]]] = headers.stream_headers
    cors_headers: Callable[..., list[tuple[bytes, bytes]]] = headers.cors_headers
    ended_status: int = 204
    hub: type[Hub] = Hub
    replay: type[Replay] = Replay
    memory_log: type[MemoryLog] = MemoryLog
