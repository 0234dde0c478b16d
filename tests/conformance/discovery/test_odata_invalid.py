"""Invalid entities break their type in one place."""

import pytest

from conformance.discovery.csdl import Metadata
from conformance.discovery.odata_entity import EntityMaker
from conformance.discovery.odata_invalid import UNKNOWN, InvalidEntity, invalid_entities
from conformance.words.json_value import Json
from tests.conformance.discovery.csdl_checker import misfits
from tests.conformance.discovery.documents import TRADE, TRAVEL
from tests.conformance.discovery.entity_makers import SETS, maker, things

REQUIRED = '<Property Name="P" Type="{}" Nullable="false" {}/>'


@pytest.mark.parametrize(
    ("property_", "name", "value"),
    [
        pytest.param(REQUIRED.format("Edm.Int32", ""), "wrong-type", "wirecheck", id="text"),
        pytest.param(
            REQUIRED.format("Edm.String", ""), "wrong-type", {"wirecheck": True}, id="an object"
        ),
        pytest.param(REQUIRED.format("Edm.Byte", ""), "out-of-range", 256, id="Byte"),
        pytest.param(REQUIRED.format("Edm.SByte", ""), "out-of-range", 128, id="SByte"),
        pytest.param(REQUIRED.format("Edm.Int16", ""), "out-of-range", 32768, id="Int16"),
        pytest.param(REQUIRED.format("Edm.Int32", ""), "out-of-range", 2147483648, id="Int32"),
        pytest.param(
            REQUIRED.format("Edm.Int64", ""), "out-of-range", 9223372036854775808, id="Int64"
        ),
        pytest.param(
            REQUIRED.format("Edm.Decimal", 'Precision="5" Scale="2"'),
            "out-of-range",
            1000,
            id="Decimal",
        ),
        pytest.param(
            REQUIRED.format("Edm.String", 'MaxLength="3"'), "too-long", "wire", id="too long"
        ),
        pytest.param(
            REQUIRED.format("Edm.Guid", ""), "malformed", "wirecheck-is-no-guid", id="no GUID"
        ),
        pytest.param(REQUIRED.format("Edm.Date", ""), "malformed", "2026-02-30", id="no day"),
        pytest.param(REQUIRED.format("NS.E", ""), "unknown-member", UNKNOWN, id="no member"),
        pytest.param(REQUIRED.format("Edm.Int32", ""), "null", None, id="null"),
    ],
)
def test_invalid_entities_are_wrong_in_one_value(property_: str, name: str, value: Json) -> None:
    made = things(property_, more='<EnumType Name="E"><Member Name="A"/></EnumType>')

    wrong = {one.name: one for one in invalid_entities(made, "a")}

    assert wrong[name].body == {**made.valid_entity("a"), "P": value}
    assert wrong[name].property == "P"
    assert wrong[name].why.startswith("P ")


@pytest.mark.parametrize(("document", "set_name"), SETS)
def test_an_invalid_entity_misfits_in_the_place_that_it_names(
    document: bytes, set_name: str
) -> None:
    made = maker(document, set_name)
    wrong = invalid_entities(made, "a")

    assert wrong
    for one in wrong:
        assert places(made.metadata, made, one) == {one.property}, one


def places(metadata: Metadata, made: EntityMaker, one: InvalidEntity) -> set[str]:
    return set(misfits(metadata, made.entity_set.type_name, one.body))


def test_of_an_open_type_no_property_is_unknown() -> None:
    names = {one.name for one in invalid_entities(maker(TRAVEL, "People"), "a")}

    assert "unknown-property" not in names
    assert {"missing", "null", "wrong-type", "too-long"} <= names


def test_what_the_set_requires_may_be_null_all_the_same() -> None:
    made = things(
        '<Property Name="P" Type="Edm.Int32"/>',
        annotations='<Annotation Term="Capabilities.InsertRestrictions"><Record><PropertyValue '
        'Property="RequiredProperties"><Collection><PropertyPath>P</PropertyPath></Collection>'
        "</PropertyValue></Record></Annotation>",
    )
    names = {one.name for one in invalid_entities(made, "a")}

    assert "missing" in names
    assert "null" not in names


def test_the_surest_fault_comes_first() -> None:
    assert [one.name for one in invalid_entities(maker(TRADE, "Products"), "a")] == [
        "wrong-type",
        "null",
        "missing",
        "out-of-range",
        "too-long",
        "unknown-property",
    ]
