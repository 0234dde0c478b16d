"""Made-up entities fit their type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.discovery.csdl_link import PRIMITIVE_TYPES
from conformance.discovery.odata_entity import is_recognisable
from tests.conformance.discovery.csdl_checker import misfits
from tests.conformance.discovery.documents import SHOP, TRADE, TRAVEL, one_type
from tests.conformance.discovery.entity_makers import SETS, maker, things


@pytest.mark.parametrize(("document", "set_name"), SETS)
def test_a_valid_entity_fits_its_type(document: bytes, set_name: str) -> None:
    made = maker(document, set_name)

    entity = made.valid_entity("a")

    assert misfits(made.metadata, made.entity_set.type_name, entity) == []
    assert entity == maker(document, set_name).valid_entity("a")


@pytest.mark.parametrize(("document", "set_name"), SETS)
def test_entities_differ_by_name_and_by_seed(document: bytes, set_name: str) -> None:
    here, there = maker(document, set_name), maker(document, set_name, seed="r2")

    assert here.valid_entity("a") != here.valid_entity("b")
    assert here.valid_entity("a") != there.valid_entity("a")


def test_only_what_has_to_be_sent_is_sent() -> None:
    entity = maker(SHOP, "Books").valid_entity("a")

    assert list(entity) == ["ID", "title", "status", "rating"]
    assert entity["title"] == "wirecheck-r1-a"
    assert entity["status"] in {"open", "closed"}
    assert entity["rating"] in {200, 201, 202}


@pytest.mark.parametrize(
    ("properties", "annotations", "names"),
    [
        pytest.param('<Property Name="P" Type="Edm.Int32"/>', "", [], id="nullable"),
        pytest.param('<Property Name="P" Type="Edm.Int32" Nullable="false"/>', "", ["P"], id="not"),
        pytest.param(
            '<Property Name="P" Type="Edm.Int32" Nullable="false" DefaultValue="0"/>',
            "",
            [],
            id="a default",
        ),
        pytest.param('<Property Name="P" Type="Edm.Stream" Nullable="false"/>', "", [], id="bytes"),
        pytest.param('<Property Name="P" Type="Edm.String"/>', "", ["P"], id="text to find it by"),
        pytest.param(
            '<Property Name="P" Type="Edm.String" MaxLength="17"/>', "", [], id="text too short"
        ),
        pytest.param(
            '<Property Name="P" Type="Edm.String"><Annotation Term="Core.IsURL"/></Property>',
            "",
            [],
            id="text of a kind",
        ),
        pytest.param(
            '<Property Name="P" Type="Edm.Int32" Nullable="false">'
            '<Annotation Term="Core.Computed"/></Property>',
            "",
            [],
            id="computed",
        ),
        pytest.param(
            '<Property Name="P" Type="Edm.Int32" Nullable="false">'
            '<Annotation Term="Core.ComputedDefaultValue"/></Property>',
            "",
            [],
            id="a computed default",
        ),
        pytest.param(
            '<Property Name="P" Type="Edm.Int32"/>',
            '<Annotation Term="Capabilities.InsertRestrictions"><Record><PropertyValue '
            'Property="RequiredProperties"><Collection><PropertyPath>P</PropertyPath>'
            "</Collection></PropertyValue></Record></Annotation>",
            ["P"],
            id="required by the set",
        ),
        pytest.param(
            '<Property Name="P" Type="Edm.Int32" Nullable="false"/>',
            '<Annotation Term="Capabilities.InsertRestrictions"><Record><PropertyValue '
            'Property="NonInsertableProperties"><Collection><PropertyPath>P</PropertyPath>'
            "</Collection></PropertyValue></Record></Annotation>",
            [],
            id="refused by the set",
        ),
    ],
)
def test_what_is_sent(properties: str, annotations: str, names: list[str]) -> None:
    entity = things(properties, annotations=annotations).valid_entity("a")

    assert list(entity) == ["ID", *names]


def test_every_primitive_type_can_be_required() -> None:
    types = sorted(PRIMITIVE_TYPES - {"Edm.Stream"})
    made = things(
        "".join(
            f'<Property Name="P{number}" Type="{name}" Nullable="false"/>'
            for number, name in enumerate(types)
        )
    )

    entity = made.valid_entity("a")

    assert len(entity) == 1 + len(types)
    assert misfits(made.metadata, "NS.Thing", entity) == []


def test_a_complex_value_holds_what_it_requires() -> None:
    location = maker(TRAVEL, "Airports").valid_entity("a")["Location"]

    assert location == {
        "Address": "wirecheck-r1-a",
        "City": {"Name": "wirecheck-r1-a"},
        "Loc": {"type": "Point", "coordinates": [12.5, 41.9]},
    }


def test_of_an_abstract_type_one_that_derives_from_it_is_made() -> None:
    made = things(
        '<Property Name="P" Type="NS.A" Nullable="false"/>',
        more='<ComplexType Name="A" Abstract="true"/>'
        '<ComplexType Name="B" BaseType="NS.A" Abstract="true"/>'
        '<ComplexType Name="D" BaseType="NS.B"/>',
    )

    assert made.valid_entity("a")["P"] == {"@odata.type": "#NS.D"}


@pytest.mark.parametrize(
    "more",
    [
        pytest.param('<ComplexType Name="A" Abstract="true"/>', id="nothing derives from it"),
        pytest.param(
            '<ComplexType Name="A"><Property Name="A" Type="NS.A" Nullable="false"/></ComplexType>',
            id="it needs itself",
        ),
        pytest.param('<EnumType Name="A"/>', id="an enumeration of nothing"),
    ],
)
def test_what_can_not_be_made_is_told(more: str) -> None:
    made = things('<Property Name="P" Type="NS.A" Nullable="false"/>', more=more)

    assert made.unmakeable() == ["P"]
    assert "P" not in made.valid_entity("a")


def test_of_an_abstract_entity_type_one_that_derives_from_it_is_made() -> None:
    document = one_type(
        "",
        more='<EntityType Name="Special" BaseType="NS.Thing">'
        '<Property Name="P" Type="Edm.Byte" Nullable="false"/></EntityType>',
    ).replace(b'Name="Thing"', b'Name="Thing" Abstract="true"')
    made = maker(document, "Things")

    entity = made.valid_entity("a")

    assert entity["@odata.type"] == "#NS.Special"
    assert misfits(made.metadata, "NS.Thing", entity) == []
    change = made.changed_entity("a", entity)
    assert change is not None
    assert change.body == {"@odata.type": "#NS.Special", "P": change.new}


def test_a_flag_in_a_key_keeps_its_default() -> None:
    drafts = maker(SHOP, "Drafts")

    assert drafts.valid_entity("a")["IsActiveEntity"] is True


@pytest.mark.parametrize(
    ("document", "set_name", "predicate"),
    [
        pytest.param(TRADE, "Products", "({ProductID})", id="a number"),
        pytest.param(TRAVEL, "Airports", "('{IcaoCode}')", id="text"),
        pytest.param(TRADE, "Order_Details", "(OrderID={OrderID},ProductID={ProductID})", id="two"),
        pytest.param(SHOP, "Books", "({ID})", id="a GUID"),
    ],
)
def test_the_key_is_known_before_the_answer(document: bytes, set_name: str, predicate: str) -> None:
    made = maker(document, set_name)
    entity = made.valid_entity("a")

    assert made.gives_key()
    assert made.key_predicate(entity) == predicate.format(**entity)


def test_a_key_that_the_service_gives_is_not_sent() -> None:
    people = maker(TRAVEL, "People")
    entity = people.valid_entity("a")

    assert not people.gives_key()
    assert people.key_predicate(entity) == ""
    assert people.filter_by_label(entity) == "$filter=FirstName%20eq%20'wirecheck-r1-a'"


@pytest.mark.parametrize(
    "annotation",
    [
        pytest.param('<PropertyValue Property="Filterable" Bool="false"/>', id="no filters"),
        pytest.param(
            '<PropertyValue Property="NonFilterableProperties"><Collection>'
            "<PropertyPath>P</PropertyPath></Collection></PropertyValue>",
            id="not by that property",
        ),
    ],
)
def test_where_nothing_can_be_filtered_there_is_no_filter(annotation: str) -> None:
    made = things(
        '<Property Name="P" Type="Edm.String" Nullable="false"/>',
        annotations='<Annotation Term="Capabilities.FilterRestrictions"><Record>'
        f"{annotation}</Record></Annotation>",
    )

    assert made.filter_by_label(made.valid_entity("a")) == ""


def test_an_entity_without_its_text_is_not_searched_for() -> None:
    assert maker(TRADE, "Products").filter_by_label({}) == ""


@pytest.mark.parametrize(
    ("document", "set_name", "name"),
    [
        pytest.param(TRADE, "Products", "ProductName", id="its text"),
        pytest.param(TRADE, "Order_Details", "Quantity", id="a number"),
        pytest.param(TRAVEL, "People", "Gender", id="not the text that it is found by"),
        pytest.param(SHOP, "Books", "title", id="nothing immutable"),
    ],
)
def test_a_change_is_of_one_property_that_may_change(
    document: bytes, set_name: str, name: str
) -> None:
    made = maker(document, set_name)
    entity = made.valid_entity("a")

    change = made.changed_entity("a", entity)

    assert change is not None
    assert change.name == name
    assert change.old == entity.get(name)
    assert change.new != change.old
    assert change.body == {name: change.new}
    assert misfits(made.metadata, made.entity_set.type_name, {**entity, **change.body}) == []


@given(unique=st.text(max_size=20))
def test_a_change_changes_something(unique: str) -> None:
    made = things('<Property Name="P" Type="Edm.Boolean" Nullable="false"/>')
    entity = made.valid_entity(unique)

    change = made.changed_entity(unique, entity)

    assert change is None or change.new is not entity["P"]


def test_a_wanted_property_can_be_changed() -> None:
    made = maker(TRADE, "Products")
    entity = made.valid_entity("a")

    price = made.changed_entity("a", entity, only="UnitPrice")

    assert price is not None
    assert price.old is None
    assert made.changed_entity("a", entity, only="ProductID") is None


def test_what_every_update_needs_is_in_the_body() -> None:
    made = things(
        '<Property Name="P" Type="Edm.Int32" Nullable="false"/>'
        '<Property Name="Q" Type="Edm.Byte"/>',
        annotations='<Annotation Term="Capabilities.UpdateRestrictions"><Record><PropertyValue '
        'Property="RequiredProperties"><Collection><PropertyPath>P</PropertyPath></Collection>'
        "</PropertyValue></Record></Annotation>",
    )
    entity = made.valid_entity("a")

    change = made.changed_entity("a", entity, only="Q")

    assert change is not None
    assert change.body == {"P": entity["P"], "Q": change.new}


def test_where_updates_are_refused_there_is_no_change() -> None:
    made = things(
        '<Property Name="P" Type="Edm.Int32"/>',
        annotations='<Annotation Term="Capabilities.UpdateRestrictions"><Record><PropertyValue '
        'Property="Updatable" Bool="false"/></Record></Annotation>',
    )

    assert made.changed_entity("a", {}) is None


def test_what_has_one_value_only_can_not_be_changed() -> None:
    made = things(
        '<Property Name="P" Type="NS.E" Nullable="false"/>',
        more='<EnumType Name="E"><Member Name="A"/></EnumType>',
    )

    assert made.changed_entity("a", made.valid_entity("a")) is None


def test_an_entity_shows_who_made_it() -> None:
    assert is_recognisable(maker(TRADE, "Products").valid_entity("a"))
    assert not is_recognisable({"ProductName": "Chai", "Price": 1})
