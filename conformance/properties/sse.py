"""Event streams left and taken up again, in every order: cut, resumed, several at once.

What has to hold are the requirements of servers; where a stream shows no ids, or its events can't
be chosen, less is asked. Each read is bounded.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.properties.probe import Pointers, Probe, ProbeStep
from conformance.words.json_value import Json, is_object
from conformance.words.target import Target

_LOOK_MS: Final = 150  # for whatever comes by itself
_MOST_CONNECTIONS: Final = 5
_MOST_AT_ONCE: Final = 3
_MOST_EVENTS: Final = 6
_SAYS: Final = "${run/unique} says"
_IS_STREAM: Final[Json] = {
    "required": ["http"],
    "properties": {
        "http": {
            "required": ["status", "content_type"],
            "properties": {
                "status": {"const": 200},
                "content_type": {
                    "required": ["essence"],
                    "properties": {"essence": {"const": "text/event-stream"}},
                },
            },
        }
    },
}
_IS_REFUSAL: Final[Json] = {
    "required": ["http"],
    "properties": {
        "http": {
            "properties": {"status": {"anyOf": [{"const": 204}, {"minimum": 400, "maximum": 499}]}}
        }
    },
}
#: AMB-SSE-27: of an id that is not known any answer is right that is no failure of the server.
_ANSWERED: Final[Pointers] = {"": {"anyOf": [_IS_STREAM, _IS_REFUSAL]}}
#: A server that has no room says so (HTML, IANA registration); it is no answer to what was sent.
_HAS_ROOM: Final[Pointers] = {
    "": {
        "not": {
            "required": ["http"],
            "properties": {"http": {"properties": {"status": {"enum": [409, 429, 503]}}}},
        }
    }
}

_ODD_WORDS: Final = ("0", "-1", "9" * 21, "nonexistent", "null", "*", ";", '"', "{}", "%00")
_ACCEPTS: Final[tuple[Json, ...]] = (None, "*/*", "text/html, */*;q=0.5")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """What may be done with a stream: `payload` tells that the data of an event can be chosen."""

    by_get: bool = True
    has_events: bool = False
    payload: bool = False
    resumes: bool = False
    at_once: int = _MOST_AT_ONCE

    @classmethod
    def of_target(cls, target: Target) -> "Stream":
        """Take what a profile or discovery gives."""
        offers = target.offers
        section = target.document.get("sse")
        most = section.get("side_by_side") if is_object(section) else None
        return cls(
            by_get=offers.get("sse.get", True),
            has_events=offers.get("sse.events", False),
            payload=offers.get("sse.payload", False),
            resumes=offers.get("sse.resume", False),
            at_once=min(most, _MOST_AT_ONCE) if isinstance(most, int) else _MOST_AT_ONCE,
        )


@st.composite
def _odd_ids(draw: st.DrawFn) -> Json:
    """Return a Last-Event-ID that is legal as a field value, and that no server gave.

    White space at its ends is HTTP's, and line ends would be another field.
    """
    text = st.text(
        st.characters(min_codepoint=0x20, exclude_characters="\x7f", exclude_categories=["Cs"]),
        max_size=40,
    )
    plain = st.one_of(
        st.sampled_from(
            ["0", "-1", "999999999999999999999", "nonexistent", "null", "*", ";", '"', "{}", "%00"]
        ),
        text.map(lambda one: one.strip()),
    )
    if draw(st.booleans()):
        return draw(plain).strip().replace("${", "$${")
    octets = st.sampled_from([*range(0x21, 0x7F), *range(0x80, 0x100)])
    data = bytes(draw(st.lists(octets, min_size=1, max_size=60)))
    return [{"base64": base64.b64encode(data).decode("ascii")}]


@st.composite
def _connection(draw: st.DrawFn, stream: Stream, *, before: str, name: str) -> ProbeStep:
    """Return one connection that is opened, watched for a moment if it brings events, and cut."""
    opening: dict[str, Json] = {}
    expect: dict[str, Pointers] = {}
    ids = ["none", "unknown", *(["seen"] if before else [])]
    match draw(st.sampled_from(ids)):
        case "none":
            expect["SSE-9.2.4-07"] = {"": _IS_STREAM}
        case "seen":
            opening["last_event_id"] = f"${{steps/{before}/stream/last_event_id}}"
            expect["SSE-9.2.4-06"] = _ANSWERED
        case _:
            opening["last_event_id"] = draw(_odd_ids())
            expect["SSE-9.2.4-08"] = _ANSWERED
    if draw(st.booleans()) and draw(st.booleans()):
        opening["version"] = "1.0"
        expect["SSE-HTTP-13"] = {"/http/headers/transfer-encoding": False}
    if stream.by_get and "SSE-9.2.4-07" in expect and draw(st.booleans()):
        opening["headers"] = {
            "Accept": draw(st.sampled_from([None, "*/*", "text/html, */*;q=0.5"]))
        }
        expect["SSE-HTTP-02"] = expect.pop("SSE-9.2.4-07")
    if stream.at_once > 1 and draw(st.booleans()):
        opening["times"] = draw(st.integers(2, stream.at_once))
    send: dict[str, Json] = {"open": opening, "close": True}
    if stream.has_events:
        send["read"] = {"events": draw(st.integers(1, 3)), "for_ms": _LOOK_MS}
    applies = dict.fromkeys(expect, _HAS_ROOM)
    return ProbeStep(name=name, send=send, expect=expect, applies=applies)


@st.composite
def reconnections(draw: st.DrawFn, stream: Stream) -> Probe:
    """Return connections one after another, with ids seen and unseen; a last one is a stream."""
    steps: list[ProbeStep] = []
    before = ""
    for index in range(draw(st.integers(1, _MOST_CONNECTIONS))):
        name = f"c{index}"
        steps.append(draw(_connection(stream, before=before, name=name)))
        # An id comes with an event: without one there is none to come back with.
        before = name if stream.has_events else ""
    last = ProbeStep(
        send={"open": {}, "close": True},
        expect={"SSE-9.2.4-06": {"": _IS_STREAM}},
        applies={"SSE-9.2.4-06": _HAS_ROOM},
    )
    return Probe(kind="connections one after another", steps=(*steps, last))


def _ready() -> ProbeStep:
    """Return the step that opens the stream and sees an event of its own come."""
    text = "${run/unique} ready"
    return ProbeStep(
        name="ready",
        send={"open": {}, "trigger": {"payload": text}, "read": {"until": text, "for_ms": 2000}},
        given={
            "/triggered/failed": {"const": 0},
            "/stream/data": {"contains": {"const": text}},
            "/stream/open": {"const": True},
        },
        at_most=3,
    )


@st.composite
def resumptions(draw: st.DrawFn, stream: Stream) -> Probe:
    """Return a stream that is cut behind any of its events, once or by several clients at once.

    Each client that comes back gets all that came behind the event it saw last, once and in order.
    """
    count = draw(st.integers(1, _MOST_EVENTS))
    said = [f"{_SAYS} {index}" for index in range(1, count + 1)]
    steps: list[ProbeStep] = [_ready()]
    is_left = draw(st.booleans())
    events: dict[str, Json] = {
        "trigger": {"payload": f"{_SAYS} {{index}}", "times": count},
        "read": {"until": said[-1], "holding": _SAYS},
        "close": ["main"] if is_left else [],
    }
    given: dict[str, Json] = {
        "/held/data": {"const": list(said)},
        "/held/ids": {"minItems": count},
    }
    steps.append(ProbeStep(name="events", send=events, given=given))
    for turn in range(draw(st.integers(1, 3))):
        missed = draw(st.integers(0, 3))
        if missed:
            text = f"{_SAYS} missed {turn}-"
            send: dict[str, Json] = {"trigger": {"payload": f"{text}{{index}}", "times": missed}}
            # Streams of a profile's own trigger are beside those of this step: it reads none.
            send["read"] = {"streams": [], "for_ms": 2000}
            steps.append(ProbeStep(send=send, given={"/triggered/failed": {"const": 0}}))
            said += [f"{text}{index}" for index in range(1, missed + 1)]
        places = st.lists(
            st.integers(0, count - 1), min_size=1, max_size=stream.at_once, unique=True
        )
        cuts = draw(places)
        all_of_it = f"{_SAYS} all {turn}"
        said.append(all_of_it)
        steps.append(_back(turn, cuts, said, all_of_it))
    return Probe(kind="stream cut and taken up again", steps=tuple(steps))


def _back(turn: int, cuts: Sequence[int], said: Sequence[str], last: str) -> ProbeStep:
    """Return clients that come back at once, each behind the event of its place."""
    names = [f"t{turn}-{place}" for place in cuts]
    openings: list[Json] = [
        {"stream": name, "last_event_id": f"${{steps/events/held/ids/{place}}}"}
        for name, place in zip(names, cuts, strict=True)
    ]
    send: dict[str, Json] = {
        "open": openings,
        "trigger": {"payload": last},
        "read": {"streams": list(names), "until": last, "holding": _SAYS},
        "close": list(names),
    }
    wanted: dict[str, Json] = {
        f"/streams/{name}/data": {"const": list(said[place + 1 :])}
        for name, place in zip(names, cuts, strict=True)
    }
    has_room: Pointers = {
        "/many/statuses": {"not": {"contains": {"enum": [409, 429, 503]}}},
        "/triggered/failed": {"const": 0},
    }
    return ProbeStep(send=send, expect={"SSE-9.2.4-05": wanted}, applies={"SSE-9.2.4-05": has_room})


_TEXTS: Final = st.text(
    st.characters(
        min_codepoint=0x21, exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\ufeff${}"
    ),
    min_size=1,
    max_size=20,
)


@st.composite
def payloads(draw: st.DrawFn) -> Probe:
    """Return an event with a payload of any characters, which has to arrive as it was sent."""
    text = draw(_TEXTS)
    requirement, arrives = "SSE-9.2.5-02", text
    match draw(st.sampled_from(["as it is", "with breaks", "like a field"])):
        case "with breaks":
            others = draw(st.lists(_TEXTS, min_size=1, max_size=3))
            text = draw(st.sampled_from(["\n", "\r", "\r\n", "\n\n"])).join([text, *others])
            requirement = "SSE-9.2.5-09"
            arrives = text.replace("\r\n", "\n").replace("\r", "\n")
        case "like a field":
            name = draw(st.sampled_from(["data", "event", "id", "retry", "", "\n\ndata"]))
            text = f"x\n{name}: {text}"
            requirement, arrives = "SSE-9.2.5-10", text
        case _:
            pass
    sent = f"{_SAYS} {text}"
    done = f"{_SAYS} all"
    step = ProbeStep(
        send={
            "trigger": [{"payload": sent}, {"payload": done}],
            "read": {"until": done, "holding": _SAYS},
        },
        given={"/triggered/failed": {"const": 0}, "/held/data": {"contains": {"const": done}}},
        expect={requirement: {"/held/data": {"const": [f"{_SAYS} {arrives}", done]}}},
    )
    return Probe(kind="chosen payload", steps=(_ready(), step))


def families(stream: Stream) -> dict[str, SearchStrategy[Probe]]:
    """Return all strategies, by name."""
    found: dict[str, SearchStrategy[Probe]] = {"reconnections": reconnections(stream)}
    if stream.payload:
        found["payloads"] = payloads()
        if stream.resumes:
            found["resumptions"] = resumptions(stream)
    return found
