"""Broken rules of JSON Schema in words."""

import pytest
from jsonschema import Draft202012Validator

from conformance.words.json_value import Json
from conformance.words.schema_error import explain

CLOSED: dict[str, Json] = {"properties": {"b": {}, "a": {}}, "additionalProperties": False}


@pytest.mark.parametrize(
    ("schema", "value", "expected", "seen"),
    [
        pytest.param({"const": "a"}, "b", "'a'", "b", id="const"),
        pytest.param({"enum": [1, "a"]}, 2, "one of 1, 'a'", 2, id="enum"),
        pytest.param({"type": "string"}, 1, "string", 1, id="type"),
        pytest.param({"type": ["array", "null"]}, 1, "array or null", 1, id="types"),
        pytest.param(
            {"required": ["a", "b", "c"]}, {"b": 1}, "the member 'a' and 'c'", ["b"], id="required"
        ),
        pytest.param(CLOSED, {"a": 1, "c": 2, "d": 3}, "only a, b", "c, d", id="unknown members"),
        pytest.param(
            {"additionalProperties": False}, {"c": 2}, "only other members", "c", id="no members"
        ),
        pytest.param(
            {"unevaluatedProperties": False, "properties": {"a": {}}},
            {"c": 2},
            "only a",
            "c",
            id="unevaluated members",
        ),
        pytest.param({"pattern": "^a$"}, "b", "text like ^a$", "b", id="pattern"),
        pytest.param({"minItems": 2}, [1], "at least 2 items", [1], id="minItems"),
        pytest.param({"maxItems": 0}, [1], "at most 0 items", [1], id="maxItems"),
        pytest.param({"minimum": 2}, 1, "at least 2", 1, id="minimum"),
        pytest.param({"maximum": 2}, 3, "at most 2", 3, id="maximum"),
        pytest.param({"exclusiveMinimum": 2}, 2, "more than 2", 2, id="exclusiveMinimum"),
        pytest.param({"exclusiveMaximum": 2}, 2, "less than 2", 2, id="exclusiveMaximum"),
        pytest.param({"minLength": 2}, "a", "at least 2 characters", "a", id="minLength"),
        pytest.param({"maxLength": 0}, "a", "at most 0 characters", "a", id="maxLength"),
        pytest.param(
            {"contains": {"const": 1}}, [2], "an item that is {'const': 1}", [2], id="contains"
        ),
        pytest.param({"not": {"const": 1}}, 1, "anything but {'const': 1}", 1, id="not"),
        pytest.param({"uniqueItems": True}, [1, 1], "no item twice", [1, 1], id="uniqueItems"),
        pytest.param(
            {"oneOf": [{}, {}]}, 1, "exactly one of the allowed forms", 1, id="two of oneOf"
        ),
        pytest.param({"anyOf": [False, False]}, 1, "one of the allowed forms", 1, id="anyOf"),
        pytest.param({"multipleOf": 2}, 3, "multipleOf 2", 3, id="another rule"),
        pytest.param({"properties": {"a": False}}, {"a": 1}, "nothing", 1, id="false below"),
        pytest.param({"items": False}, [1], "nothing", [1], id="no items"),
    ],
)
def test_a_broken_rule_says_what_was_expected_and_seen(
    schema: dict[str, Json], value: Json, expected: str, seen: Json
) -> None:
    error = next(Draft202012Validator(schema).iter_errors(value))

    assert explain(error) == (expected, seen)
