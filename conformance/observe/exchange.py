"""One HTTP exchange as an observation: the part that every driver over HTTP shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conformance.observe.content_coding import decode_body
from conformance.observe.defect import Defect
from conformance.observe.http import Ended, Framing, ResponseReader
from conformance.observe.http_head import read_media_type
from conformance.words.json_value import Json

_SHOWN_BYTES: Final = 80
MAX_TEXT_CHARACTERS: Final = 4096  # of a body, as `/body/text`; the report holds the bytes


class Outcome(StrEnum):
    """How an exchange ended."""

    ANSWERED = "answered"
    SILENCE = "silence"  # not one byte until the deadline
    CLOSED = "closed"  # the peer closed the connection before a response
    RESET = "reset"  # the peer reset it before a response
    INCOMPLETE = "incomplete"  # a response began and did not end
    TOO_LARGE = "too-large"  # a response grew beyond our bound
    NOT_HTTP = "not-http"  # bytes came that begin no response
    UNREACHABLE = "unreachable"  # no connection could be made


#: Outcomes that only a living peer brings about.
SIGNS_OF_LIFE: Final = frozenset({Outcome.ANSWERED, Outcome.INCOMPLETE, Outcome.TOO_LARGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """When the response came, in milliseconds since the request was sent; None if it did not."""

    first_byte_ms: float | None
    total_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionFacts:
    """What the connection went through: used before, closed by the peer."""

    reused: bool
    closed_by_peer: bool


def outcome_of(reader: ResponseReader) -> Outcome:
    """Tell how an exchange ended from what was read of it."""
    if reader.is_complete:
        return Outcome.ANSWERED
    if reader.is_too_large:
        return Outcome.TOO_LARGE
    if reader.head is None and any(d.code in _NO_HTTP for d in reader.defects):
        return Outcome.NOT_HTTP
    if not reader.got_nothing:
        return Outcome.INCOMPLETE
    return _WITHOUT_A_BYTE[reader.ended]


_WITHOUT_A_BYTE: Final = {
    Ended.CLOSED: Outcome.CLOSED,
    Ended.RESET: Outcome.RESET,
    Ended.DEADLINE: Outcome.SILENCE,
    Ended.LIMIT: Outcome.TOO_LARGE,
    None: Outcome.SILENCE,
}
_NO_HTTP: Final = frozenset({"not-http", "bad-status-line"})


def body_of(reader: ResponseReader, *, max_bytes: int) -> tuple[bytes, list[Defect]]:
    """Return the body of a response with its content codings taken off, and their defects."""
    if reader.head is None or reader.framing is Framing.NONE:
        return reader.body, []  # on HEAD and 304, Content-Encoding speaks of a body sent elsewhere
    codings = reader.head.values("content-encoding")
    return decode_body(reader.body, codings, max_bytes=max_bytes)


def observe_exchange(
    reader: ResponseReader,
    *,
    body: bytes,
    timing: Timing,
    connection: ConnectionFacts,
    defects: Sequence[Defect],
) -> dict[str, Json]:
    """Describe an exchange: `outcome`, `http`, `body`, `connection`, `timing`, `defects`.

    `http` and `body` are absent when no response began; `body` also when none ended, so that
    nothing is said of a body that was not seen whole.
    """
    outcome = outcome_of(reader)
    observation: dict[str, Json] = {
        "outcome": outcome.value,
        "connection": {
            "reused": connection.reused,
            "closed_by_peer": connection.closed_by_peer,
            "excess_bytes": len(reader.excess),
        },
        "timing": {"total_ms": round(timing.total_ms, 3)},
        "defects": [defect.as_json() for defect in defects],
        "defect_codes": [defect.code for defect in defects],
        "interim": list(reader.interim),
    }
    if timing.first_byte_ms is not None:
        observation["timing"] = {
            "total_ms": round(timing.total_ms, 3),
            "first_byte_ms": round(timing.first_byte_ms, 3),
        }
    head = reader.head
    if head is not None:
        http: dict[str, Json] = {
            "version": head.version,
            "status": head.status,
            "reason": head.reason,
            "headers": head.joined(),
            "framing": reader.framing.value,
            "keeps_open": head.keeps_open,
        }
        if reader.declared_length is not None:
            http["declared_length"] = reader.declared_length
        if media_types := head.values("content-type"):
            http["content_type"] = read_media_type(media_types[-1])
        observation["http"] = http
    if outcome is Outcome.ANSWERED:
        text = body[: MAX_TEXT_CHARACTERS * 4].decode("utf-8", "replace")[:MAX_TEXT_CHARACTERS]
        observation["body"] = {"size": len(body), "wire_size": len(reader.body), "text": text}
    observation["summary"] = summarise(reader, body)
    return observation


def summarise(reader: ResponseReader, body: bytes) -> str:
    """Return one line on what came back: status, media type, size, the beginning of the body."""
    head = reader.head
    if head is None:
        return "no HTTP response"
    media_types = head.values("content-type")
    parts = [f"status {head.status}", _inert(media_types[-1]) if media_types else "no Content-Type"]
    if locations := head.values("location"):
        parts.append(f"redirected to {_inert(locations[0])}")
    if not reader.is_complete:
        parts.append(f"cut short after {len(body)} bytes")
    elif body:
        shown = body[:_SHOWN_BYTES].decode("utf-8", "replace")
        parts.append(f"{len(body)} bytes: {shown + ('…' if len(body) > _SHOWN_BYTES else '')!r}")
    else:
        parts.append("an empty body")
    return ", ".join(parts)


def _inert(text: str) -> str:
    """Return a field value for a message: one short line, control characters as escapes."""
    return repr(text[:_SHOWN_BYTES])[1:-1]
