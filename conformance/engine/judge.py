"""Expectations held against observations: JSON Schemas at JSON Pointers, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from conformance.words.json_value import ABSENT, Absent, Json, is_object
from conformance.words.pointer import deepest_present, join_pointer, resolve, split_pointer
from conformance.words.schema_error import explain
from conformance.words.schema_predicate import compile_schema
from conformance.words.template import to_json_text

_SHOWN_CHARACTERS: Final = 160
_KEPT_CHARACTERS: Final = 2_000
_TOP_LEVELS: Final = 2
_MOST_EXPLAINED: Final = 2_000
_EXPLAINED: "dict[tuple[str, str, str], Broken]" = {}
_NO_ANSWER: Final = {
    "silence": "no answer came until the deadline",
    "closed": "the connection was closed without an answer",
    "reset": "the connection was reset without an answer",
    "incomplete": "the answer began and did not end",
    "too-large": "the answer grew beyond what is read",
    "not-http": "what came is no HTTP response",
    "unreachable": "no connection could be made",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One expectation that does not hold, with its place and what was there.

    `reason` holds no value of the run. `looked_at_nothing` says that the place was missing
    because there was no answer, or because it never appears: nothing was seen that breaks a rule.
    """

    pointer: str
    reason: str
    message: str
    expected: Json | Absent = ABSENT
    seen: Json | Absent = ABSENT
    looked_at_nothing: bool = False


class CompiledPointers:
    """Pointers and schemas of one expectation, ready to be held against observations."""

    def __init__(self, pointers: Mapping[str, Json]) -> None:
        self._parts = [
            (pointer, split_pointer(pointer), schema, compile_schema(schema))
            for pointer, schema in pointers.items()
        ]
        self._pointers = pointers

    @cached_property
    def _names(self) -> list[str]:
        # Not at once: what a step asks for by itself is compiled anew each time, and needs none.
        return [to_json_text([pointer, schema]) for pointer, schema in self._pointers.items()]

    def holds(self, observation: Mapping[str, Json], known: dict[str, bool] | None = None) -> bool:
        """Tell whether all parts hold, without saying which one does not.

        `known` keeps what was found of one observation, for others that ask the same of it.
        """
        known = {} if known is None else known
        for name, (_, tokens, schema, is_valid) in zip(self._names, self._parts, strict=True):
            holds = known.get(name)
            if holds is None:
                value = resolve(observation, tokens)
                if value is ABSENT:
                    holds = schema is False
                else:
                    holds = schema is not False and is_valid(value)
                known[name] = holds
            if not holds:
                return False
        return True

    def broken(self, observation: Mapping[str, Json]) -> Broken | None:
        """Return the first part that does not hold; None when all do."""
        for pointer, tokens, schema, is_valid in self._parts:
            value = resolve(observation, tokens)
            if value is ABSENT:
                if schema is False:
                    continue
                return _missing(observation, pointer, tokens, schema)
            if schema is False:
                return _present(pointer, value)
            if not is_valid(value):
                return _mismatch(pointer, value, schema)
        return None


def _missing(
    observation: Mapping[str, Json], pointer: str, tokens: tuple[str, ...], schema: Json
) -> Broken:
    outcome = observation.get("outcome")
    if isinstance(outcome, str) and outcome in _NO_ANSWER:
        why = observation.get("unreachable")
        told = f"{_NO_ANSWER[outcome]} ({why})" if why else _NO_ANSWER[outcome]
        return Broken(
            pointer=pointer,
            reason=f"no-answer:{outcome}",
            message=told,
            expected=schema,
            looked_at_nothing=True,
        )
    place, there = deepest_present(observation, tokens)
    # Near the top nothing says more than the observation's own summary; deeper, what is there does.
    summary = observation.get("summary")
    told = f"{place} = {shown(there)}"
    if isinstance(summary, str) and len(split_pointer(place)) <= _TOP_LEVELS:
        told = summary
    return Broken(
        pointer=pointer,
        reason=f"missing:{pointer}",
        message=f"expected something at {pointer}, saw {told}",
        expected=schema,
        looked_at_nothing=True,
    )


def _present(pointer: str, value: Json) -> Broken:
    return Broken(
        pointer=pointer,
        reason=f"present:{pointer}",
        message=f"expected nothing at {pointer}, saw {shown(value)}",
        expected=False,
        seen=kept(value),
    )


def _mismatch(pointer: str, value: Json, schema: Json) -> Broken:
    """Explain a mismatch; what a run meets again and again is explained once."""
    key = (pointer, to_json_text(value), to_json_text(schema))
    if len(key[1]) > _KEPT_CHARACTERS:
        return _explained(pointer, value, schema)
    if key not in _EXPLAINED:
        if len(_EXPLAINED) >= _MOST_EXPLAINED:
            _EXPLAINED.clear()
        _EXPLAINED[key] = _explained(pointer, value, schema)
    return _EXPLAINED[key]


def _explained(pointer: str, value: Json, schema: Json) -> Broken:
    assert is_object(schema)
    error = best_match(Draft202012Validator(schema).iter_errors(value))
    assert error is not None
    expected, seen = explain(error)
    place = pointer + join_pointer(list(error.absolute_path))
    rule = error.validator or "false"  # jsonschema names no keyword for the schema `false`
    return Broken(
        pointer=place,
        reason=f"{rule}:{pointer}",
        message=f"expected {_cut(expected)} at {place}, saw {shown(seen)}",
        expected=schema,
        seen=kept(value),
    )


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"


def shown(value: Json) -> str:
    """Return a value as it stands in a message: JSON, cut short."""
    if is_object(value) and "summary" in value and "outcome" in value:
        return str(value["summary"])  # a whole observation says less than its summary
    return _cut(to_json_text(value))


def kept(value: Json) -> Json:
    """Return a value as it stands in a report: itself, or its beginning as text if it is large."""
    text = to_json_text(value)
    return value if len(text) <= _KEPT_CHARACTERS else f"{text[:_KEPT_CHARACTERS]}…"
