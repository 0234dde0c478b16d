"""What schemathesis saw, as an observation of the suite: one way of judging for both.

Its HTTP client has taken the framing off by then, so nothing is said of that; the suite's own
drivers see the bytes.
"""

from collections.abc import Mapping
from typing import Any, Final

import schemathesis

from conformance.observe.event_observation import observe_stream
from conformance.observe.event_record import StreamEnded
from conformance.observe.event_stream import EventStreamReader
from conformance.observe.exchange import ConnectionFacts, Timing, observe_exchange
from conformance.observe.http import Ended, ResponseReader
from conformance.observe.json_text import observe_json
from conformance.observe.jsonrpc import observe_jsonrpc, read_sent
from conformance.observe.odata_batch import (
    JSON,
    MULTIPART,
    SentBatch,
    SentRequest,
    observe_batch,
)
from conformance.observe.odata_response import observe_odata
from conformance.words.json_value import Json, kind_of

BATCH_PATH: Final = "/$batch"
_STREAM_TYPE: Final = "text/event-stream"
# What the client took off, or what speaks of it.
_FRAMING: Final = frozenset({"transfer-encoding", "content-encoding", "content-length"})
_NO_BODY: Final = frozenset({204, 304})


def observe(
    surface: str, case: "schemathesis.Case[Any]", response: schemathesis.Response
) -> dict[str, Json]:
    """Describe one exchange.

    Args:
        surface: `jsonrpc`, `odata` or `sse`.
        case: what was made up.
        response: what came back for it, its content codings taken off.
    """
    reader = _read(response)
    body = reader.body
    observation = observe_exchange(
        reader,
        body=body,
        timing=Timing(first_byte_ms=None, total_ms=response.elapsed * 1000),
        connection=ConnectionFacts(reused=False, closed_by_peer=False),
        defects=reader.defects,
    )
    assert reader.head is not None  # it is the one that `_read` wrote
    if surface == "jsonrpc":
        observation |= _jsonrpc(_sent_bytes(response), body)
    elif surface == "odata":
        content_type = next(iter(reader.head.values("content-type")), "")
        observation["odata"] = observe_odata(reader.head, body)
        sent = _sent_batch(case)
        if sent is not None:
            observation["batch"] = observe_batch(sent, content_type, body)
    elif next(iter(reader.head.values("content-type")), "").startswith(_STREAM_TYPE):
        observation["stream"] = _stream(response)
    return observation


def _read(response: schemathesis.Response) -> ResponseReader:
    """Read a response that has the status and the fields of this one."""
    fields = [
        f"{name}: {value}"
        for name, values in response.headers.items()
        for value in values
        if name not in _FRAMING
    ]
    lines = [f"HTTP/1.1 {response.status_code} {response.message}", *fields, "", ""]
    has_body = response.status_code not in _NO_BODY
    reader = ResponseReader(request_method="POST", max_body_bytes=len(response.content) + 1)
    reader.feed("\r\n".join(lines).encode("latin-1", "replace"), at_ms=0.0)
    reader.feed(response.content if has_body else b"", at_ms=0.0)
    reader.end(Ended.CLOSED)
    return reader


def _sent_bytes(response: schemathesis.Response) -> bytes:
    body = response.request.body
    if isinstance(body, str):
        return body.encode()
    return body if isinstance(body, bytes) else b""


def _jsonrpc(sent: bytes, body: bytes) -> dict[str, Json]:
    text = observe_json(body)
    return {
        "json": {
            "valid": text.is_valid,
            "kind": kind_of(text.value),
            "depth": text.depth,
            "defect_codes": [defect.code for defect in text.defects],
        },
        "jsonrpc": observe_jsonrpc(read_sent(sent), text),
    }


def _stream(response: schemathesis.Response) -> dict[str, Json]:
    reader = EventStreamReader()
    reader.feed(response.content, at_ms=0.0)
    # Of one that was cut short by us, what was behind its last whole event is left out.
    ended = StreamEnded.COUNT if response.stream_cut_short else StreamEnded.CLOSED
    reader.end(ended, at_ms=response.elapsed * 1000)
    return observe_stream(reader)


def _sent_batch(case: "schemathesis.Case[Any]") -> SentBatch | None:
    """Return a batch as it was sent; None for what is none, or was made up to be none."""
    if not case.path.endswith(BATCH_PATH) or not is_valid_body(case):
        return None
    requests = rows_of(case.body)
    if requests is None:
        return None
    return SentBatch(
        format=JSON if str(case.media_type).endswith("json") else MULTIPART,
        requests=[
            SentRequest(
                label=str(row["id"]),
                group=row.get("atomicityGroup"),
                wire_id=str(row["id"]),
                method=str(row["method"]).upper(),
                url=str(row["url"]),
            )
            for row in requests
        ],
    )


def rows_of(body: object) -> list[Mapping[str, Any]] | None:
    """Return the requests of a JSON batch; None where that is not what it is."""
    rows = body.get("requests") if isinstance(body, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        return None
    is_whole = all({"id", "method", "url"} <= row.keys() for row in rows)
    return rows if rows and is_whole else None


def is_valid_body(case: "schemathesis.Case[Any]") -> bool:
    """Tell whether a case was made up to be what the description asks for."""
    return case.meta is None or case.meta.generation.mode is schemathesis.GenerationMode.POSITIVE
