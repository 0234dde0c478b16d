"""JSON Schemas (2020-12) compiled to predicates: the same verdict as jsonschema, many times faster.

A run holds some 20,000 expectations against observations, nearly all of which hold. jsonschema
makes two objects a keyword to be able to explain itself; here a schema becomes nested functions
that only tell yes or no. What they don't know is left to jsonschema, and so is the explanation of
what does not hold (`judge`). A property test holds both to the same verdicts.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeAlias, cast

from jsonschema import Draft202012Validator

from conformance.words.json_value import Json, is_array, is_number, is_object

Predicate: TypeAlias = Callable[[Json], bool]


def compile_schema(schema: Json) -> Predicate:
    """Return a function that tells whether a value is valid against a schema."""
    if schema is True:
        return _always
    if schema is False:
        return _never
    assert is_object(schema)
    if not _KNOWN.issuperset(schema):
        return Draft202012Validator(schema).is_valid
    parts = [
        _COMPILERS[keyword](value, schema)
        for keyword, value in schema.items()
        if keyword in _COMPILERS
    ]
    if not parts:
        return _always
    if len(parts) == 1:
        return parts[0]
    if len(parts) == 2:  # noqa: PLR2004 - nearly all have one or two
        first, second = parts
        return lambda value: first(value) and second(value)
    return lambda value: all(part(value) for part in parts)


def equal(one: Json, two: Json) -> bool:
    """Compare as JSON Schema does: numbers by value, true is no 1, members in any order."""
    if isinstance(one, bool) or isinstance(two, bool):
        return one is two
    if is_object(one):
        return (
            is_object(two)
            and len(one) == len(two)
            and all(name in two and equal(member, two[name]) for name, member in one.items())
        )
    if is_array(one):
        return is_array(two) and len(one) == len(two) and all(map(equal, one, two))
    return one == two


def _always(_value: Json) -> bool:
    return True


def _never(_value: Json) -> bool:
    return False


def _is_integer(value: Json) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES: Final[Mapping[str, Predicate]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "number": is_number,
    "integer": _is_integer,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _type(wanted: Json, _schema: Mapping[str, Json]) -> Predicate:
    if isinstance(wanted, str):
        return _TYPES[wanted]
    tests = [_TYPES[str(one)] for one in cast("Sequence[Json]", wanted)]
    return lambda value: any(test(value) for test in tests)


def _const(wanted: Json, _schema: Mapping[str, Json]) -> Predicate:
    if isinstance(wanted, str):
        return lambda value: value == wanted  # nothing but a string equals one
    if wanted is None or isinstance(wanted, bool):
        return lambda value: value is wanted
    return lambda value: equal(value, wanted)


def _enum(wanted: Json, _schema: Mapping[str, Json]) -> Predicate:
    choices = cast("Sequence[Json]", wanted)
    if all(isinstance(one, str) for one in choices):
        texts = frozenset(map(str, choices))
        return lambda value: isinstance(value, str) and value in texts
    return lambda value: any(equal(value, one) for one in choices)


def _properties(wanted: Json, _schema: Mapping[str, Json]) -> Predicate:
    tests = {name: compile_schema(one) for name, one in cast("Mapping[str, Json]", wanted).items()}

    def holds(value: Json) -> bool:
        if isinstance(value, dict):
            for name, test in tests.items():
                if name in value and not test(value[name]):
                    return False
        return True

    return holds


def _required(wanted: Json, _schema: Mapping[str, Json]) -> Predicate:
    names = cast("Sequence[str]", wanted)
    return lambda value: not isinstance(value, dict) or all(name in value for name in names)


def _property_names(wanted: Json, _schema: Mapping[str, Json]) -> Predicate:
    test = compile_schema(wanted)
    return lambda value: not isinstance(value, dict) or all(test(name) for name in value)


def _items(wanted: Json, _schema: Mapping[str, Json]) -> Predicate:
    test = compile_schema(wanted)
    return lambda value: not isinstance(value, list) or all(test(item) for item in value)


def _contains(wanted: Json, _schema: Mapping[str, Json]) -> Predicate:
    test = compile_schema(wanted)
    return lambda value: not isinstance(value, list) or any(test(item) for item in value)


def _not(wanted: Json, _schema: Mapping[str, Json]) -> Predicate:
    test = compile_schema(wanted)
    return lambda value: not test(value)


def _all_of(wanted: Json, _schema: Mapping[str, Json]) -> Predicate:
    tests = [compile_schema(one) for one in cast("Sequence[Json]", wanted)]
    return lambda value: all(test(value) for test in tests)


def _any_of(wanted: Json, _schema: Mapping[str, Json]) -> Predicate:
    tests = [compile_schema(one) for one in cast("Sequence[Json]", wanted)]
    return lambda value: any(test(value) for test in tests)


def _one_of(wanted: Json, _schema: Mapping[str, Json]) -> Predicate:
    tests = [compile_schema(one) for one in cast("Sequence[Json]", wanted)]
    return lambda value: sum(test(value) for test in tests) == 1


def _pattern(wanted: Json, _schema: Mapping[str, Json]) -> Predicate:
    search = re.compile(str(wanted)).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _size(kind: type, *, is_least: bool) -> Callable[[Json, Mapping[str, Json]], Predicate]:
    def compiled(wanted: Json, _schema: Mapping[str, Json]) -> Predicate:
        bound = cast("int", wanted)

        def holds(value: Json) -> bool:
            if not isinstance(value, kind):
                return True
            size = len(value)  # type: ignore[arg-type]  # a string, array or object, by kind
            return size >= bound if is_least else size <= bound

        return holds

    return compiled


def _bound(
    test: Callable[[int | float | Decimal, int | float | Decimal], bool],
) -> Callable[[Json, Mapping[str, Json]], Predicate]:
    def compiled(wanted: Json, _schema: Mapping[str, Json]) -> Predicate:
        assert is_number(wanted)
        return lambda value: not is_number(value) or test(value, wanted)

    return compiled


def _if(wanted: Json, schema: Mapping[str, Json]) -> Predicate:
    test = compile_schema(wanted)
    then, otherwise = (
        compile_schema(schema.get("then", True)),
        compile_schema(schema.get("else", True)),
    )
    return lambda value: then(value) if test(value) else otherwise(value)


_COMPILERS: Final[Mapping[str, Callable[[Json, Mapping[str, Json]], Predicate]]] = {
    "type": _type,
    "const": _const,
    "enum": _enum,
    "properties": _properties,
    "required": _required,
    "propertyNames": _property_names,
    "items": _items,
    "contains": _contains,
    "not": _not,
    "allOf": _all_of,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "pattern": _pattern,
    "minLength": _size(str, is_least=True),
    "maxLength": _size(str, is_least=False),
    "minItems": _size(list, is_least=True),
    "maxItems": _size(list, is_least=False),
    "minProperties": _size(dict, is_least=True),
    "maxProperties": _size(dict, is_least=False),
    "minimum": _bound(lambda value, bound: value >= bound),
    "maximum": _bound(lambda value, bound: value <= bound),
    "exclusiveMinimum": _bound(lambda value, bound: value > bound),
    "exclusiveMaximum": _bound(lambda value, bound: value < bound),
    "if": _if,
}
# Keywords that say nothing by themselves; any other one is jsonschema's.
_KNOWN: Final = frozenset({*_COMPILERS, "then", "else", "description", "title", "$comment"})
