"""The query language of object.find and object.count: JSON to a `Query`.

Knows the shapes `{field: value}` and `[[field, operator, value]]`. Refuses to know SQL.
"""

from collections.abc import Iterator
from typing import Final

from reference_server.errors import InvalidRowError
from reference_server.json_pointer import escaped
from reference_server.json_text import Json
from reference_server.jsonrpc.errors import ParamError
from reference_server.jsonrpc.schema_check import Schema
from reference_server.model import EntityType, Kind
from reference_server.query import MAX_ROWS, Condition, Operator, Order, Query
from reference_server.rows import property_of, value_in

# SQLite allows an expression of depth 1000; nobody types this many by hand.
MAX_CONDITIONS: Final = 50
MAX_CHOICES: Final = 100
# What fits every database's OFFSET.
MAX_SKIP: Final = 2**31 - 1

FILTERS_SCHEMA: Final[Schema] = {
    "description": "{field: value}, or [[field, operator, value]]; all must hold",
    "type": ["object", "array"],
    "maxProperties": MAX_CONDITIONS,
    "maxItems": MAX_CONDITIONS,
    "items": {
        "type": "array",
        "minItems": 3,
        "maxItems": 3,
        "prefixItems": [
            {"type": "string"},
            {"enum": [operator.value for operator in Operator]},
            {},
        ],
    },
}

QUERY_SCHEMA: Final[Schema] = {
    "type": "object",
    "properties": {
        "filters": dict(FILTERS_SCHEMA),
        "fields": {"type": "array", "items": {"type": "string"}, "maxItems": MAX_CONDITIONS},
        "sort": {
            "description": "[[field, direction]]",
            "type": "array",
            "maxItems": MAX_CONDITIONS,
            "items": {
                "type": "array",
                "minItems": 2,
                "maxItems": 2,
                "prefixItems": [{"type": "string"}, {"enum": ["asc", "desc"]}],
            },
        },
        "top": {"type": "integer", "minimum": 0, "maximum": MAX_ROWS},
        "skip": {"type": "integer", "minimum": 0, "maximum": MAX_SKIP},
    },
    "additionalProperties": False,
}


def query_in(entity: EntityType, query: Json) -> Query:
    """Read a query that fits `QUERY_SCHEMA`.

    Raises:
        ParamError: a field is unknown, or a value doesn't fit its field.
    """
    assert isinstance(query, dict)
    fields, sort = query.get("fields", []), query.get("sort", [])
    top, skip = query.get("top", MAX_ROWS), query.get("skip", 0)
    assert isinstance(fields, list)
    assert isinstance(sort, list)
    assert isinstance(top, (int, float))
    assert isinstance(skip, (int, float))
    return Query(
        conditions=conditions_in(entity, query.get("filters", {}), param="query", path="/filters"),
        # A field that is asked for twice comes once: names in an answer are unique.
        fields=tuple(dict.fromkeys(_names(entity, fields, "/fields/{}"))),
        order=tuple(_orders(entity, sort)),
        top=int(top),
        skip=int(skip),
    )


def conditions_in(
    entity: EntityType, filters: Json, *, param: str, path: str
) -> tuple[Condition, ...]:
    """Read filters that fit `FILTERS_SCHEMA`; `param` and `path` tell where they stand.

    Raises:
        ParamError: a field is unknown, or a value doesn't fit its field and operator.
    """
    try:
        return tuple(_conditions(entity, filters))
    except InvalidRowError as error:
        raise ParamError(param, path + error.pointer, error.expected, error.seen) from error


def _conditions(entity: EntityType, filters: Json) -> Iterator[Condition]:
    if isinstance(filters, dict):
        for name, value in filters.items():
            pointer = escaped(name)
            yield _condition(entity, (name, pointer), Operator.EQUAL, (value, pointer))
        return
    assert isinstance(filters, list)
    for place, entry in enumerate(filters):
        assert isinstance(entry, list)
        field, operator, wanted = entry
        assert isinstance(field, str)
        assert isinstance(operator, str)
        named, given = (field, f"/{place}/0"), (wanted, f"/{place}/2")
        yield _condition(entity, named, Operator(operator), given)


def _condition(
    entity: EntityType, named: tuple[str, str], operator: Operator, given: tuple[Json, str]
) -> Condition:
    """Make one condition of a name and a value, each with the pointer to where it stood."""
    (name, _), (value, at) = named, given
    wanted = property_of(entity, *named)
    if operator is Operator.IN:
        if not isinstance(value, list) or len(value) > MAX_CHOICES:
            raise InvalidRowError(at, f"an Array of at most {MAX_CHOICES} values", "another value")
        choices = [value_in(wanted, each, f"{at}/{place}") for place, each in enumerate(value)]
        return Condition(name=name, operator=operator, value=tuple(choices))
    if value is None and operator not in {Operator.EQUAL, Operator.UNEQUAL}:
        raise InvalidRowError(at, "a value to compare with", "null")
    if operator is Operator.CONTAINS and wanted.kind is not Kind.TEXT:
        raise InvalidRowError(named[1], "a field of text", f"a field of kind {wanted.kind}")
    return Condition(name=name, operator=operator, value=value_in(wanted, value, at))


def _orders(entity: EntityType, sort: list[Json]) -> Iterator[Order]:
    names = _names(entity, [pair[0] for pair in sort if isinstance(pair, list)], "/sort/{}/0")
    for name, pair in zip(names, sort, strict=True):
        assert isinstance(pair, list)
        yield Order(name=name, descending=pair[1] == "desc")


def _names(entity: EntityType, names: list[Json], path: str) -> Iterator[str]:
    for place, name in enumerate(names):
        assert isinstance(name, str)
        try:
            yield property_of(entity, name, path.format(place)).name
        except InvalidRowError as error:
            raise ParamError("query", error.pointer, error.expected, error.seen) from error
