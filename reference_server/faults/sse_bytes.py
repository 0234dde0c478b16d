"""Faults in the bytes of a stream: encoding, lines, fields, payloads."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from reference_server.faults.fault import Marks
from reference_server.faults.sse_forms import in_part, on_event, plain, register
from reference_server.sse.event import Event, encode_comment

_BREAK: Final = re.compile(r"\r\n|\r|\n")
_LINE_OF_DATA: Final = re.compile(rb"(?m)^data: ")


def _written(
    event: Event, *, lines_of: Callable[[str], list[str]] = _BREAK.split, colon: str = ": "
) -> bytes:
    """Write an event without care for its payload, which `lines_of` parts."""
    lines = []
    if event.name is not None:
        lines.append(f"event: {event.name}")
    if event.event_id is not None:
        lines.append(f"id: {event.event_id}")
    if event.retry_ms is not None:
        lines.append(f"retry: {event.retry_ms}")
    if event.data is not None:
        lines += [f"data{colon}{line}" for line in lines_of(event.data)]
    return "\n".join([*lines, "", ""]).encode()


@on_event("streams-are-latin-1", breaks=["9.2.1-02", "9.2.5-02"])
def streams_are_latin_1(event: Event) -> bytes:
    """Text is sent as Latin-1, with ? for what that has not."""
    return plain(event).decode().encode("latin-1", "replace")


@on_event("characters-are-sent-as-surrogates", breaks=["9.2.5-14", "9.2.5-02"])
def characters_are_sent_as_surrogates(event: Event) -> bytes:
    """Characters beyond U+FFFF are sent as two surrogates of three bytes each."""
    units = plain(event).decode().encode("utf-16-le", "surrogatepass")
    pairs = (
        units[at : at + 2].decode("utf-16-le", "surrogatepass") for at in range(0, len(units), 2)
    )
    return "".join(pairs).encode("utf-8", "surrogatepass")


def _with_u_2028(event: Event) -> bytes:
    return plain(event).replace(b"\n", "\u2028".encode())


register(
    Marks(name="lines-end-with-u-2028", breaks=["9.2.5-03"]),
    "Lines end with U+2028",
    stream_parts={
        "encode_event": _with_u_2028,
        "encode_heartbeat": lambda text: _with_u_2028(Event(comment=text)),
    },
)


@on_event("payloads-break-at-any-line-end-of-unicode", breaks=["9.2.5-03"])
def payloads_break_at_any_line_end(event: Event) -> bytes:
    """Payloads are split where Unicode ends a line, U+2028, U+0085, VT and FF included."""
    if event.data is None:
        return plain(event)
    return plain(replace(event, data=re.sub("[\u2028\u0085\x0b\x0c]", "\n", event.data)))


@on_event("a-mark-before-every-event", breaks=["9.2.5-04"])
def a_mark_before_every_event(event: Event) -> bytes:
    """A byte order mark stands before every block, where it becomes part of a field name."""
    return b"\xef\xbb\xbf: \n" + plain(event)


def _without_blank_line(event: Event) -> bytes:
    return plain(event)[:-1]


register(
    Marks(name="blocks-do-not-end", breaks=["9.2.5-05"]),
    "No blank line follows an event or a comment",
    stream_parts={
        "encode_event": _without_blank_line,
        "encode_heartbeat": lambda text: _without_blank_line(Event(comment=text)),
    },
)


@on_event("field-names-end-in-a-space", breaks=["9.2.5-08"])
def field_names_end_in_a_space(event: Event) -> bytes:
    """An event has one more field, with a space before its colon."""
    return b"retry : 1000\n" + plain(event)


@on_event("payloads-are-written-raw", breaks=["9.2.5-09", "9.2.5-10"])
def payloads_are_written_raw(event: Event) -> bytes:
    """A payload is written behind one data field, line breaks and all."""
    plain(replace(event, data=None))  # names and ids are looked at all the same
    return _written(event, lines_of=lambda data: [data])


@on_event("only-line-feeds-part-payloads", breaks=["9.2.5-09", "9.2.5-10"])
def only_line_feeds_part_payloads(event: Event) -> bytes:
    """A CR in a payload is written as it is."""
    plain(replace(event, data=None))
    return _written(event, lines_of=lambda data: data.split("\n"))


@on_event("names-and-ids-are-written-raw", breaks=["9.2.5-11"])
def names_and_ids_are_written_raw(event: Event) -> bytes:
    """Event names and ids are written with the line breaks that they hold."""
    return _written(event)


@on_event("events-carry-a-time-field", breaks=["9.2.6-67"])
def events_carry_a_time_field(event: Event) -> bytes:
    """Every event has a field `time`, which no client knows."""
    return b"time: 0\n" + plain(event)


@on_event("field-names-are-capitals", breaks=["9.2.6-67"])
def field_names_are_capitals(event: Event) -> bytes:
    """Field names are written in capitals."""
    return re.sub(
        rb"(?m)^(data|id|event|retry): ", lambda found: found.group().upper(), plain(event)
    )


@on_event("ids-hold-nul", breaks=["9.2.6-69"])
def ids_hold_nul(event: Event) -> bytes:
    """Ids begin with NUL."""
    return re.sub(rb"(?m)^id: ", b"id: \0", plain(event))


@on_event("retry-has-a-unit", breaks=["9.2.6-70"])
def retry_has_a_unit(event: Event) -> bytes:
    """A retry field says its unit."""
    return re.sub(rb"(?m)^retry: ([0-9]+)$", rb"retry: \1ms", plain(event))


@on_event("values-follow-the-colon", breaks=["9.2.6-72"], museum=["SS-05"])
def values_follow_the_colon(event: Event) -> bytes:
    """Payloads stand right behind the colon, so that a client takes their first space away."""
    return _LINE_OF_DATA.sub(b"data:", plain(event))


@on_event("payloads-are-trimmed", breaks=["9.2.6-72", "9.2.6-73"])
def payloads_are_trimmed(event: Event) -> bytes:
    """White space at the ends of each line, and empty lines at the ends, are left out."""
    if event.data is None:
        return plain(event)
    lines = (line.strip(" \t") for line in event.data.strip("\r\n").split("\n"))
    return plain(replace(event, data="\n".join(lines)))


@on_event("empty-payloads-are-left-out", breaks=["9.2.6-73"])
def empty_payloads_are_left_out(event: Event) -> bytes:
    """An empty payload gets no data field."""
    return plain(replace(event, data=event.data or None))


@on_event("a-break-alone-is-one-line", breaks=["9.2.6-73"], museum=["SS-07"])
def a_break_alone_is_one_line(event: Event) -> bytes:
    """A payload that is one line break is sent as one empty data line."""
    return plain(replace(event, data="") if event.data == "\n" else event)


@on_event("updates-are-named", breaks=["OBJQL-PROGRESS-04"])
def updates_are_named(event: Event) -> bytes:
    """Updates are events of the type progress."""
    is_update = event.data is not None and '"progress.update"' in event.data
    return plain(replace(event, name="progress") if is_update else event)


@on_event("updates-have-no-id", breaks=["OBJQL-PROGRESS-05"])
def updates_have_no_id(event: Event) -> bytes:
    """Updates have no event id."""
    is_update = event.data is not None and '"progress.update"' in event.data
    return plain(replace(event, event_id=None) if is_update else event)


@on_event("legal-line-ends-are-cr-lf", breaks=[])
def line_ends_are_cr_lf(event: Event) -> bytes:
    """The lines of events end with CR LF, those of heartbeats with LF."""
    return plain(event).replace(b"\n", b"\r\n")


@on_event("legal-line-ends-are-cr", breaks=[])
def line_ends_are_cr(event: Event) -> bytes:
    """The lines of events end with CR."""
    return plain(event).replace(b"\n", b"\r")


@on_event("legal-empty-lines-of-data-have-no-colon", breaks=[])
def empty_lines_of_data_have_no_colon(event: Event) -> bytes:
    """An empty line of data is the name alone."""
    return re.sub(rb"(?m)^data: $", b"data", plain(event))


@on_event("legal-retry-is-tiny", breaks=[])
def retry_is_tiny(event: Event) -> bytes:
    """A client is told to connect again after a millisecond."""
    return plain(event if event.retry_ms is None else replace(event, retry_ms=1))


@in_part("encode_heartbeat", "legal-heartbeats-name-an-event", breaks=[])
def heartbeats_name_an_event(text: str) -> bytes:
    """A heartbeat is a comment and the name of an event that has no data."""
    return b"event: tick\n" + encode_comment(text)


@in_part(
    "encode_heartbeat", "heartbeats-are-events", breaks=["OBJQL-PROGRESS-08"], museum=["SS-25"]
)
def heartbeats_are_events(_text: str) -> bytes:
    """A heartbeat is an event of the type ping, not a comment."""
    return plain(Event(name="ping", data="2026-01-01 00:00:00"))
