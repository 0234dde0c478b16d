"""JSON Schema problems in our words."""

from decimal import Decimal

import pytest

from reference_server.json_text import Json
from reference_server.jsonrpc.schema_check import Problem, Schema, checker

RECORD: Schema = {
    "type": "object",
    "properties": {"a": {"type": "integer", "minimum": 0, "maximum": 9}, "b/c": {"maxLength": 2}},
    "required": ["a"],
    "additionalProperties": False,
    "maxProperties": 2,
}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        pytest.param({}, object, id="anything"),
        pytest.param({"description": "x"}, 1, id="annotations only"),
        pytest.param({"type": "integer"}, 1.0, id="integral float"),
        pytest.param({"type": "integer"}, Decimal("9" * 5000), id="integral decimal"),
        pytest.param({"type": "integer", "maximum": 10}, Decimal("-1e999999999"), id="exponent"),
        pytest.param({"type": "number"}, Decimal("0.1"), id="decimal"),
        pytest.param({"type": ["string", "null"]}, None, id="one of two"),
        pytest.param(RECORD, {"a": 9}, id="record"),
    ],
)
def test_a_value_that_fits_has_no_problem(schema: Schema, value: Json) -> None:
    assert checker(schema)(value) is None


@pytest.mark.parametrize(
    ("schema", "value", "path", "expected", "seen"),
    [
        pytest.param({"type": "boolean"}, 0, "", "true or false", "0", id="type"),
        pytest.param(
            {"type": ["string", "null"]}, [], "", "a String or null", "an Array", id="two types"
        ),
        pytest.param({"type": "integer"}, "1", "", "an integer", 'the String "1"', id="integer"),
        pytest.param({"type": "integer"}, True, "", "an integer", "true", id="boolean"),
        pytest.param(
            {"enum": ["a", None]}, "b", "", 'one of "a", null', 'the String "b"', id="enum"
        ),
        pytest.param(RECORD, [], "", "an Object", "an Array", id="record, wrong type"),
        pytest.param(RECORD, {}, "/a", "a value", "nothing", id="required"),
        pytest.param(RECORD, {"a": -1}, "/a", "at least 0", "-1", id="minimum"),
        pytest.param(RECORD, {"a": 10}, "/a", "at most 9", "10", id="maximum"),
        pytest.param(RECORD, {"a": Decimal("1e400")}, "/a", "at most 9", "1E+400", id="huge"),
        pytest.param(
            RECORD,
            {"a": 1, "b/c": "xyz"},
            "/b~1c",
            "at most 2 characters",
            'the String "xyz"',
            id="length",
        ),
        pytest.param(
            RECORD, {"a": 1, "d": 1}, "/d", "one of a, b/c", "an unknown name", id="unknown"
        ),
        pytest.param(
            {"type": "array", "minItems": 1, "items": {"minItems": 1}},
            [[1], []],
            "/1",
            "at least 1 entries",
            "an Array",
            id="items",
        ),
    ],
)
def test_the_first_problem_is_told_with_its_place(
    schema: Schema, value: Json, path: str, expected: str, seen: str
) -> None:
    assert checker(schema)(value) == Problem(path=path, expected=expected, seen=seen)


def test_a_keyword_without_words_of_ours_is_our_bug() -> None:
    with pytest.raises(KeyError):
        checker({"pattern": "^a$"})("b")
