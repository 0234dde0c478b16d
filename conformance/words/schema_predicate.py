"""JSON Schemas (2020-12) compiled to predicates: the same verdict as jsonschema, many times faster.

A run holds some 20,000 expectations against observations, and a hundred files of ours against their
schemas; nearly all of it holds. jsonschema makes two objects a keyword to be able to explain
itself; here a schema becomes nested functions that only tell yes or no. What they don't know is
left to jsonschema, and so is the explanation of what does not hold. A property test holds both to
the same verdicts.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, TypeAlias, cast

from jsonschema import Draft202012Validator

from conformance.words.json_value import ABSENT, Json, is_array, is_number, is_object
from conformance.words.pointer import resolve, split_pointer

Predicate: TypeAlias = Callable[[Json], bool]
Make: TypeAlias = Callable[[Json], Predicate]
Compiler: TypeAlias = Callable[[Json, Mapping[str, Json], Make], Predicate]


class NotCompiledError(Exception):
    """A schema has a keyword or a reference that is left to jsonschema."""


def compile_schema(schema: Json) -> Predicate:
    """Return a function that tells whether a value is valid against a schema of its own."""

    def make(part: Json) -> Predicate:
        try:
            return _compiled(part, make)
        except NotCompiledError:
            assert is_object(part)
            return Draft202012Validator(part).is_valid

    return make(schema)


def compile_document(document: Mapping[str, Json]) -> Predicate:
    """Return the same for a schema document with `$defs` and references into them.

    Raises:
        NotCompiledError: something in it is not known here.
    """
    kept: dict[str, Predicate] = {}

    def make(part: Json) -> Predicate:
        if is_object(part) and "$ref" in part:
            return _both(refer(str(part["$ref"])), {k: v for k, v in part.items() if k != "$ref"})
        return _compiled(part, make)

    def _both(referred: Predicate, rest: Mapping[str, Json]) -> Predicate:
        beside = make(rest)
        return referred if beside is _always else lambda value: referred(value) and beside(value)

    def refer(reference: str) -> Predicate:
        if reference not in kept:
            there = resolve(document, split_pointer(reference[1:])) if reference[0] == "#" else None
            if there is None or there is ABSENT:
                raise NotCompiledError(reference)
            # Schemas may refer to themselves: by then the name is enough.
            kept[reference] = lambda value: kept[reference](value)  # noqa: PLW0108 - not yet there
            kept[reference] = make(there)
        return kept[reference]

    return make(document)


def _compiled(schema: Json, make: Make) -> Predicate:
    if schema is True:
        return _always
    if schema is False:
        return _never
    assert is_object(schema)
    if not _KNOWN.issuperset(schema):
        raise NotCompiledError(", ".join(set(schema) - _KNOWN))
    parts = [
        _COMPILERS[keyword](value, schema, make)
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


def _type(wanted: Json, _schema: Mapping[str, Json], _make: Make) -> Predicate:
    if isinstance(wanted, str):
        return _TYPES[wanted]
    tests = [_TYPES[str(one)] for one in cast("Sequence[Json]", wanted)]
    return lambda value: any(test(value) for test in tests)


def _const(wanted: Json, _schema: Mapping[str, Json], _make: Make) -> Predicate:
    if isinstance(wanted, str):
        return lambda value: value == wanted  # nothing but a string equals one
    if wanted is None or isinstance(wanted, bool):
        return lambda value: value is wanted
    return lambda value: equal(value, wanted)


def _enum(wanted: Json, _schema: Mapping[str, Json], _make: Make) -> Predicate:
    choices = cast("Sequence[Json]", wanted)
    if all(isinstance(one, str) for one in choices):
        texts = frozenset(map(str, choices))
        return lambda value: isinstance(value, str) and value in texts
    return lambda value: any(equal(value, one) for one in choices)


def _properties(wanted: Json, _schema: Mapping[str, Json], make: Make) -> Predicate:
    tests = {name: make(one) for name, one in cast("Mapping[str, Json]", wanted).items()}

    def holds(value: Json) -> bool:
        if isinstance(value, dict):
            for name, test in tests.items():
                if name in value and not test(value[name]):
                    return False
        return True

    return holds


def _additional_properties(wanted: Json, schema: Mapping[str, Json], make: Make) -> Predicate:
    test = make(wanted)
    named = frozenset(cast("Mapping[str, Json]", schema.get("properties", {})))

    def holds(value: Json) -> bool:
        if isinstance(value, dict):
            for name, member in value.items():
                if name not in named and not test(member):
                    return False
        return True

    return holds


def _required(wanted: Json, _schema: Mapping[str, Json], _make: Make) -> Predicate:
    names = cast("Sequence[str]", wanted)
    return lambda value: not isinstance(value, dict) or all(name in value for name in names)


def _property_names(wanted: Json, _schema: Mapping[str, Json], make: Make) -> Predicate:
    test = make(wanted)
    return lambda value: not isinstance(value, dict) or all(test(name) for name in value)


def _items(wanted: Json, _schema: Mapping[str, Json], make: Make) -> Predicate:
    test = make(wanted)
    return lambda value: not isinstance(value, list) or all(test(item) for item in value)


def _contains(wanted: Json, _schema: Mapping[str, Json], make: Make) -> Predicate:
    test = make(wanted)
    return lambda value: not isinstance(value, list) or any(test(item) for item in value)


def _not(wanted: Json, _schema: Mapping[str, Json], make: Make) -> Predicate:
    test = make(wanted)
    return lambda value: not test(value)


def _all_of(wanted: Json, _schema: Mapping[str, Json], make: Make) -> Predicate:
    tests = [make(one) for one in cast("Sequence[Json]", wanted)]
    return lambda value: all(test(value) for test in tests)


def _any_of(wanted: Json, _schema: Mapping[str, Json], make: Make) -> Predicate:
    tests = [make(one) for one in cast("Sequence[Json]", wanted)]
    return lambda value: any(test(value) for test in tests)


def _one_of(wanted: Json, _schema: Mapping[str, Json], make: Make) -> Predicate:
    tests = [make(one) for one in cast("Sequence[Json]", wanted)]
    return lambda value: sum(test(value) for test in tests) == 1


def _pattern(wanted: Json, _schema: Mapping[str, Json], _make: Make) -> Predicate:
    search = re.compile(str(wanted)).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _size(kind: type, *, is_least: bool) -> Compiler:
    def compiled(wanted: Json, _schema: Mapping[str, Json], _make: Make) -> Predicate:
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
) -> Compiler:
    def compiled(wanted: Json, _schema: Mapping[str, Json], _make: Make) -> Predicate:
        assert is_number(wanted)
        return lambda value: not is_number(value) or test(value, wanted)

    return compiled


def _if(wanted: Json, schema: Mapping[str, Json], make: Make) -> Predicate:
    test = make(wanted)
    then, otherwise = (
        make(schema.get("then", True)),
        make(schema.get("else", True)),
    )
    return lambda value: then(value) if test(value) else otherwise(value)


_COMPILERS: Final[Mapping[str, Compiler]] = {
    "type": _type,
    "const": _const,
    "enum": _enum,
    "properties": _properties,
    "additionalProperties": _additional_properties,
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
_SILENT: Final = (  # keywords that say nothing by themselves
    "$comment", "$defs", "$id", "$schema", "default", "description", "else", "examples", "format",
    "then", "title",
)  # fmt: skip
_KNOWN: Final = frozenset({*_COMPILERS, *_SILENT})
