"""JSON-RPC messages: valid in every way the spec allows, one mutation away, and raw bytes.

Nothing here calls a method that the target is not known to have, but those bound as harmless.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.properties.json_values import (
    NUMBERS,
    SCALARS,
    STRUCTURES,
    TEXTS,
    VALUES,
    damaged,
    spelled,
)
from conformance.properties.probe import Expectations, Probe, single
from conformance.words.json_value import Json, is_object

_UNKNOWN: Final = "wirecheck.nosuch"
# What the catalogue's ambiguities leave alone: numbers that doubles hold, ids that are no null.
_PLAIN_IDS: SearchStrategy[Json] = st.one_of(TEXTS, st.integers(-(2**53) + 1, 2**53 - 1))
_ANSWERED: Final[dict[str, Json]] = {"/outcome": {"const": "answered"}}
_BALANCED: Final[dict[str, dict[str, Json]]] = {
    "JSONRPC-5-01": {
        "/outcome": {"const": "answered"},
        "/jsonrpc/unanswered_ids": {"maxItems": 0},
    },
    "JSONRPC-5-03": {"/jsonrpc/doubled_ids": {"maxItems": 0}},
    "JSONRPC-5-14": {"/jsonrpc/unknown_ids": {"maxItems": 0}},
}
_SINGLE: Final[dict[str, dict[str, Json]]] = {
    "JSONRPC-5-02": {"/jsonrpc/shape": {"const": "single"}}
}
# Of a broken message an id may be there twice, or be told though it was not to be used.
_SPARED: Final = frozenset({"JSONRPC-5-03", "JSONRPC-5-14"})


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls that may be made: each a method with params that are known to work, or none."""

    harmless: Sequence[Mapping[str, Json]] = ()

    @classmethod
    def of_target(cls, document: Mapping[str, Json]) -> "Calls":
        """Take the harmless calls that a profile or discovery gives."""
        section = document.get("jsonrpc")
        bindings = section if is_object(section) else {}
        names = ("ok", "no_params", "positional", "named")
        found = [one for name in names if is_object(one := bindings.get(name))]
        return cls([{k: v for k, v in one.items() if k in ("method", "params")} for one in found])


@st.composite
def calls(draw: st.DrawFn, known: Calls) -> dict[str, Json]:
    """Return a valid request without an id."""
    message: dict[str, Json] = {"jsonrpc": "2.0"}
    uses_known: bool = draw(st.booleans())
    if known.harmless and uses_known:
        return {**message, **draw(st.sampled_from(known.harmless))}
    message["method"] = _UNKNOWN + draw(TEXTS)
    if draw(st.booleans()):
        message["params"] = draw(STRUCTURES)
    if draw(st.booleans()):
        message = dict(reversed(message.items()))
    return message


@st.composite
def requests(draw: st.DrawFn, known: Calls) -> Probe:
    """Return a valid request with an id: it gets one response, with that id."""
    message = draw(calls(known)) | {"id": draw(_PLAIN_IDS)}
    text = draw(spelled(message))
    return single("valid request", {"raw": text}, {**_BALANCED, **_SINGLE})


@st.composite
def notifications(draw: st.DrawFn, known: Calls) -> Probe:
    """Return a valid notification: it gets no response."""
    message = draw(calls(known))
    is_unknown = str(message["method"]).startswith(_UNKNOWN)
    requirement = "JSONRPC-4.1-03" if is_unknown else "JSONRPC-4.1-02"
    text = draw(spelled(message))
    expect: Expectations = {requirement: {"/body/size": {"const": 0}}}
    return single("valid notification", {"raw": text}, expect)


@st.composite
def batches(draw: st.DrawFn, known: Calls) -> Probe:
    """Return a valid batch with at least one call: each call gets a response, nothing else does."""
    ids = draw(st.lists(_PLAIN_IDS, min_size=1, max_size=6, unique_by=repr))
    entries = [draw(calls(known)) | {"id": one} for one in ids]
    entries += [draw(calls(known)) for _ in range(draw(st.integers(0, 3)))]
    text = draw(spelled(draw(st.permutations(entries))))
    expect: dict[str, dict[str, Json]] = {
        **_BALANCED,
        "JSONRPC-6-02": {"/jsonrpc/shape": {"const": "batch"}},
    }
    return single("valid batch", {"raw": text}, expect)


@st.composite
def almost_valid(draw: st.DrawFn, known: Calls) -> Probe:
    """Return a request with one member left out, replaced or added: it gets an answer, whatever."""
    message = draw(calls(known)) | {"id": draw(st.one_of(_PLAIN_IDS, NUMBERS, st.none()))}
    name = draw(st.sampled_from(["jsonrpc", "method", "params", "id", "x", ""]))
    if draw(st.booleans()):
        message.pop(name, None)
    else:
        message[name] = draw(VALUES)
    wrapped: Json = message
    match draw(st.sampled_from(["alone", "in a batch", "twice", "nested"])):
        case "in a batch":
            wrapped = [message, draw(SCALARS)]
        case "twice":
            wrapped = [message, message]
        case "nested":
            wrapped = [[message]]
        case _:
            pass
    text = draw(spelled(wrapped))
    expect: Expectations = {"JSONRPC-5.1-08": _ANSWERED}
    return single("almost valid", {"raw": text}, expect, spared=_SPARED)


@st.composite
def raw_bytes(draw: st.DrawFn, known: Calls) -> Probe:
    """Return a valid text with bytes cut, dropped or changed, or no text at all."""
    message = draw(calls(known)) | {"id": 1}
    data = draw(spelled(draw(st.sampled_from([message, [message, message]])))).encode()
    for _ in range(draw(st.integers(1, 3))):
        data = draw(damaged(data))
    data = draw(st.one_of(st.just(data), st.binary(max_size=64)))
    send: dict[str, Json] = {"base64": base64.b64encode(data).decode("ascii")}
    expect: Expectations = {"JSONRPC-5.1-07": _ANSWERED}
    return single("raw bytes", send, expect, spared=_SPARED)


def families(known: Calls) -> dict[str, SearchStrategy[Probe]]:
    """Return all strategies, by name."""
    return {
        "valid requests": requests(known),
        "valid notifications": notifications(known),
        "valid batches": batches(known),
        "almost valid": almost_valid(known),
        "raw bytes": raw_bytes(known),
    }
