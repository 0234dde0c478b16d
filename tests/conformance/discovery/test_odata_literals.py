"""Values in URLs: quoted, doubled, percent-encoded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.discovery.csdl import (
    EnumType,
    KeyPart,
    Metadata,
    Property,
    StructuredType,
    TypeDefinition,
    TypeRef,
)
from conformance.discovery.odata_literals import (
    escaped,
    filter_equal,
    key_predicate,
    url_literal,
)
from conformance.words.json_value import Json

METADATA = Metadata(
    enums={"NS.Colour": EnumType(name="NS.Colour", members={"Red": 0})},
    definitions={"NS.Code": TypeDefinition(name="NS.Code", underlying="Edm.String")},
)


def declared(name: str, type_name: str) -> Property:
    return Property(
        name=name, type=TypeRef(name=type_name), is_nullable=False, target=f"NS.E/{name}"
    )


def keyed(*types: str) -> StructuredType:
    """Return an entity type with the key properties A, B … of some types."""
    names = "ABC"[: len(types)]
    return StructuredType(
        name="NS.E",
        is_entity=True,
        key=tuple(KeyPart(path=name, name=name) for name in names),
        properties={
            name: declared(name, type_name) for name, type_name in zip(names, types, strict=True)
        },
    )


@pytest.mark.parametrize(
    ("type_name", "value", "literal"),
    [
        pytest.param("Edm.Int32", 7, "7", id="a number"),
        pytest.param("Edm.Int32", -7, "-7", id="a negative number"),
        pytest.param("Edm.Int64", "9007199254740993", "9007199254740993", id="a number as text"),
        pytest.param("Edm.Int64", "7 or 1 eq 1", "", id="no number"),
        pytest.param("Edm.Double", 1e22, "1e22", id="an exponent"),
        pytest.param("Edm.Boolean", True, "true", id="true"),
        pytest.param("Edm.Int32", True, "", id="true as number"),
        pytest.param("Edm.String", "a", "'a'", id="text"),
        pytest.param("Edm.String", "", "''", id="empty text"),
        pytest.param("Edm.String", "O'Neil", "'O''Neil'", id="an apostrophe"),
        pytest.param(
            "Edm.String", "a/b?c#d%e&f+g h", "'a%2Fb%3Fc%23d%25e%26f%2Bg%20h'", id="marks"
        ),
        pytest.param("Edm.String", "é", "'%C3%A9'", id="beyond ASCII"),
        pytest.param("Edm.String", 7, "", id="a number for text"),
        pytest.param("NS.Code", "x", "'x'", id="a type definition"),
        pytest.param("NS.Colour", "Red", "NS.Colour'Red'", id="a member"),
        pytest.param(
            "Edm.DateTimeOffset",
            "2026-01-31T09:30:00+01:00",
            "2026-01-31T09%3A30%3A00%2B01%3A00",
            id="an instant, whose colon would end a scheme",
        ),
        pytest.param("Edm.Date", "2026-01-31", "2026-01-31", id="a day"),
        pytest.param("Edm.Duration", "PT5S", "duration'PT5S'", id="a duration"),
        pytest.param(
            "Edm.Guid",
            "01234567-89ab-cdef-0123-456789abcdef",
            "01234567-89ab-cdef-0123-456789abcdef",
            id="a GUID",
        ),
        pytest.param("Edm.String", None, "", id="null"),
        pytest.param("Edm.String", {}, "", id="an object"),
    ],
)
def test_literals(type_name: str, value: Json, literal: str) -> None:
    assert url_literal(METADATA, type_name, value) == literal


@pytest.mark.parametrize(
    ("entity_type", "entity", "predicate"),
    [
        pytest.param(keyed("Edm.Int32"), {"A": 1}, "(1)", id="one part"),
        pytest.param(keyed("Edm.Int32", "Edm.String"), {"A": 1, "B": "x"}, "(A=1,B='x')", id="two"),
        pytest.param(keyed("Edm.Int32", "Edm.String"), {"A": 1}, "", id="a part missing"),
        pytest.param(keyed("Edm.Int32"), {"A": None}, "", id="null"),
        pytest.param(keyed("Edm.Int32"), [], "", id="no entity"),
        pytest.param(keyed(), {"A": 1}, "", id="no key"),
    ],
)
def test_key_predicates(entity_type: StructuredType, entity: Json, predicate: str) -> None:
    assert key_predicate(METADATA, entity_type, entity) == predicate


def test_a_key_inside_of_a_complex_value_goes_by_its_alias() -> None:
    inner = StructuredType(
        name="NS.In", is_entity=False, properties={"No": declared("No", "Edm.Int32")}
    )
    outer = StructuredType(
        name="NS.E",
        is_entity=True,
        key=(KeyPart(path="In/No", name="Number"), KeyPart(path="B", name="B")),
        properties={"In": declared("In", "NS.In"), "B": declared("B", "Edm.Byte")},
    )
    metadata = Metadata(structured={"NS.In": inner})

    assert key_predicate(metadata, outer, {"In": {"No": 5}, "B": 2}) == "(Number=5,B=2)"


def test_a_filter_compares_with_a_literal() -> None:
    assert filter_equal(METADATA, declared("Name", "Edm.String"), "it's") == (
        "$filter=Name%20eq%20'it''s'"
    )
    assert filter_equal(METADATA, declared("Name", "Edm.String"), None) == ""


@pytest.mark.parametrize(
    ("predicate", "other"),
    [
        pytest.param("(1)", "(%31)", id="a number"),
        pytest.param("('ab')", "('%61b')", id="text"),
        pytest.param("('%C3b')", "('%C3%62')", id="behind what is escaped already"),
        pytest.param("(A=1,B='x')", "(A=1,B='%78')", id="two parts"),
        pytest.param("(NS.Colour'Red')", "(NS.Colour'%52ed')", id="a member"),
        pytest.param("('')", "('')", id="nothing to escape"),
    ],
)
def test_one_character_is_escaped_that_needs_not_be(predicate: str, other: str) -> None:
    assert escaped(predicate) == other


@given(text=st.text(max_size=20))
def test_text_keeps_within_its_quotes(text: str) -> None:
    literal = url_literal(METADATA, "Edm.String", text)

    assert literal.isascii()
    assert literal[0] == literal[-1] == "'"
    assert literal[1:-1].replace("''", "").find("'") == -1
