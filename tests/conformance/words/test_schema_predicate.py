"""Compiled schemas tell the same as jsonschema, which explains what does not hold."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from conformance.words.json_value import Json
from conformance.words.schema_files import load_schema, validator
from conformance.words.schema_predicate import (
    NotCompiledError,
    compile_document,
    compile_schema,
    equal,
)

# Few names and values, so that schemas and values meet.
NAMES = st.sampled_from(["a", "b", "", "é"])
TEXTS = st.one_of(NAMES, st.sampled_from(["1", "ab", "2.0", "-32600", "\n", "\ud800"]), st.text())
NUMBERS: st.SearchStrategy[Json] = st.one_of(
    st.sampled_from([0, 1, 2, -1, 1.0, 0.0, -0.0, 1.5, 2**53, 2**53 + 1, 1e16, 1e300, 10**400]),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([Decimal("1e400"), Decimal("0.1"), Decimal(1), Decimal("9007199254740993.5")]),
)
SCALARS: st.SearchStrategy[Json] = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=8,
)
TYPES = st.sampled_from(["null", "boolean", "string", "number", "integer", "array", "object"])
SIZES = st.integers(0, 3)
PATTERNS = st.sampled_from(["^a", "b$", "^$", "^[^\\r\\n]*$", "-?[0-9]+", "."])


def members(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Return schemas with keywords that are compiled, and some that say nothing."""
    several = st.lists(inner, min_size=1, max_size=3)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": st.one_of(TYPES, st.lists(TYPES, min_size=1, max_size=3, unique=True)),
            "const": VALUES,
            "enum": st.lists(VALUES, max_size=3),
            "properties": st.dictionaries(NAMES, inner, max_size=2),
            "required": st.lists(NAMES, max_size=2, unique=True),
            "additionalProperties": inner,
            "propertyNames": inner,
            "items": inner,
            "contains": inner,
            "not": inner,
            "allOf": several,
            "anyOf": several,
            "oneOf": several,
            "pattern": PATTERNS,
            "minLength": SIZES,
            "maxLength": SIZES,
            "minItems": SIZES,
            "maxItems": SIZES,
            "minProperties": SIZES,
            "maxProperties": SIZES,
            "minimum": NUMBERS,
            "maximum": NUMBERS,
            "exclusiveMinimum": NUMBERS,
            "exclusiveMaximum": NUMBERS,
            "if": inner,
            "then": inner,
            "else": inner,
            "description": st.just("says nothing"),
        },
    )


def one_keyword(inner: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Return schemas of one keyword or two: more of them seldom let anything pass."""
    return members(inner).map(_cut)


def _cut(schema: Json) -> Json:
    assert isinstance(schema, dict)
    return dict(list(schema.items())[-2:])


SCHEMAS: st.SearchStrategy[Json] = st.recursive(
    st.booleans(), lambda inner: st.one_of(members(inner), one_keyword(inner)), max_leaves=6
)


@given(schema=SCHEMAS, values=st.lists(VALUES, min_size=1, max_size=8))
@example(schema={"const": 1}, values=[True, 1.0, Decimal(1), "1"])
@example(schema={"enum": [[1], {"a": 0}]}, values=[[True], {"a": False}, [1.0], {"a": -0.0}])
@example(schema={"type": "integer"}, values=[1.0, True, Decimal(1), 1e300, 10**400, 1.5])
@example(schema={"minimum": 2**53 + 1}, values=[float(2**53), Decimal("9007199254740993.5")])
@example(schema={"if": {"type": "string"}, "else": False}, values=["a", 1])
@example(schema={"then": False, "else": False}, values=[1])
@example(schema={"contains": True}, values=[[], [1], "a"])
def test_a_compiled_schema_agrees_with_jsonschema(schema: Json, values: list[Json]) -> None:
    reader = Draft202012Validator(schema)  # type: ignore[arg-type]  # a Mapping or bool, as Json

    told = list(map(compile_schema(schema), values))

    assert told == [reader.is_valid(value) for value in values]


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        pytest.param({"uniqueItems": True}, [1, 2], [1, 1], id="a keyword that is not compiled"),
        pytest.param({"contains": {"const": 1}, "maxContains": 1}, [1], [1, 1], id="beside one"),
        pytest.param({"multipleOf": 3}, 9, 10, id="multiples"),
        pytest.param({"$defs": {"a": {"const": 1}}, "$ref": "#/$defs/a"}, 1, 2, id="a reference"),
        pytest.param({"not": {"uniqueItems": True}}, [1, 1], [1], id="below a compiled one"),
        pytest.param({"$comment": "c", "title": "t", "minLength": 2}, "ab", "a", id="words"),
    ],
)
def test_what_is_not_compiled_is_left_to_jsonschema(schema: Json, good: Json, bad: Json) -> None:
    holds = compile_schema(schema)

    assert (holds(good), holds(bad)) == (True, False)


@given(one=VALUES, two=VALUES)
@example(one={"a": 1, "b": 2}, two={"b": 2.0, "a": Decimal(1)})
@example(one=[True], two=[1])
@example(one={}, two=[])
@example(one="1", two=1)
def test_values_are_equal_when_jsonschema_says_so(one: Json, two: Json) -> None:
    assert equal(one, two) is Draft202012Validator({"const": two}).is_valid(one)
    assert equal(one, two) is equal(two, one)
    assert equal(one, one)


TREE: dict[str, Json] = {
    "$defs": {
        "tree": {
            "type": "object",
            "properties": {
                "a": {"$ref": "#/$defs/tree", "minProperties": 1},
                "b": {"type": "null"},
            },
            "additionalProperties": False,
        }
    },
    "$ref": "#/$defs/tree",
}


@given(VALUES)
@example({"a": {"a": {"b": None}}})
@example({"a": {"a": {}}})
@example({"a": {"c": None}})
def test_a_document_that_refers_to_itself_tells_the_same(value: Json) -> None:
    assert compile_document(TREE)(value) is Draft202012Validator(TREE).is_valid(value)


@pytest.mark.parametrize("name", ["scenario", "catalogue", "profile", "baseline"])
@given(value=VALUES)
def test_the_schemas_of_our_files_are_compiled(name: str, value: Json) -> None:
    schema = load_schema(name)
    assert isinstance(schema, dict)

    assert compile_document(schema)(value) is validator(name).is_valid(value)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"$ref": "#/nowhere"}, id="a reference that leads nowhere"),
        pytest.param({"$ref": "urn:other"}, id="a reference to another document"),
        pytest.param({"patternProperties": {}}, id="another keyword"),
    ],
)
def test_what_is_not_known_is_left_to_jsonschema(document: dict[str, Json]) -> None:
    with pytest.raises(NotCompiledError):
        compile_document(document)
