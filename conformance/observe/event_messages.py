"""JSON-RPC messages out of an answer that is an event stream, as MCP's streamable HTTP has them.

Each event is one message. Knows which of them answer; refuses to know whether they do so rightly.
"""

from dataclasses import dataclass

from conformance.observe.defect import Defect
from conformance.observe.event_record import StreamEnded
from conformance.observe.event_stream import EventStreamReader
from conformance.observe.json_text import observe_json
from conformance.words.json_value import Json, is_array, is_object


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """What a whole stream said.

    `text` is what the same answer would be as JSON: one response as it is, several, or those to a
    batch, as an array; empty when there was none. `others` counts requests and notifications of
    the server, which may stand before the answer.
    """

    text: bytes
    events: int
    responses: int
    others: int
    defects: list[Defect]

    def as_json(self) -> dict[str, Json]:
        """Return the counts, as they stand in an observation."""
        return {"events": self.events, "responses": self.responses, "others": self.others}


def read_messages(body: bytes, *, is_batch: bool) -> Messages:
    """Read a body that has ended, its content codings taken off.

    Args:
        body: of media type text/event-stream.
        is_batch: what was sent is an array, and is to be answered by one.
    """
    reader = EventStreamReader()
    reader.feed(body, at_ms=0.0)
    reader.end(StreamEnded.CLOSED, at_ms=0.0)
    events = reader.record.events
    # A client has no other way to tell an answer; what is no JSON was meant to be one.
    responses: list[str] = []
    is_array_itself = False
    for event in events:
        value = observe_json(event.data.encode("utf-8", "surrogatepass")).value
        if is_object(value) and "method" in value:
            continue
        responses.append(event.data)
        is_array_itself = is_array(value)
    text = responses[0] if len(responses) == 1 else f"[{','.join(responses)}]"
    if not responses:
        text = ""
    elif is_batch and len(responses) == 1 and not is_array_itself:
        text = f"[{text}]"
    return Messages(
        text=text.encode("utf-8", "surrogatepass"),
        events=reader.record.event_count,
        responses=len(responses),
        others=len(events) - len(responses),
        defects=reader.defects,
    )
