"""Which sets are written to, and why the others are not."""

import pytest

from conformance.discovery.csdl_xml import read_csdl_xml
from conformance.discovery.odata_targets import (
    NavigationPair,
    navigation_pairs,
    write_targets,
)
from tests.conformance.discovery.documents import (
    SHOP,
    TRADE,
    TRAVEL,
    TWIN_XML,
    edmx,
    one_type,
    schema,
)


@pytest.mark.parametrize(
    ("document", "found"),
    [
        pytest.param(
            TRADE,
            {
                "Categories": "",
                "Products": "",
                "Order_Details": "Product has to lead to an entity of another set",
            },
            id="foreign keys",
        ),
        pytest.param(
            SHOP,
            {
                "Books": "",
                "Drafts": "its entities are drafts, which become active by an action only",
                "Sales": "it is declared to refuse inserts",
                "Log": "it is declared to refuse deletes",
            },
            id="declared",
        ),
        pytest.param(
            TRAVEL,
            {"Airports": "", "People": "", "Photos": "its entities are media streams"},
            id="streams",
        ),
        pytest.param(TWIN_XML, {"Items": ""}, id="one set"),
    ],
)
def test_sets_are_rejected_with_a_reason(document: bytes, found: dict[str, str]) -> None:
    targets = write_targets(read_csdl_xml(document))

    assert {one.set_name: one.rejected for one in targets} == found


@pytest.mark.parametrize(
    ("document", "names"),
    [
        pytest.param(TRADE, ["Products", "Categories", "Order_Details"], id="room for a name"),
        pytest.param(SHOP, ["Books", "Drafts", "Sales", "Log"], id="what may be written first"),
        pytest.param(TRAVEL, ["Airports", "People", "Photos"], id="known keys first"),
    ],
)
def test_the_best_set_comes_first(document: bytes, names: list[str]) -> None:
    assert [one.set_name for one in write_targets(read_csdl_xml(document))] == names


@pytest.mark.parametrize(
    ("properties", "more", "reason"),
    [
        pytest.param(
            '<Property Name="P" Type="NS.None" Nullable="false"/>',
            "",
            "no value can be made for P",
            id="an unknown type",
        ),
        pytest.param(
            '<NavigationProperty Name="N" Type="NS.Thing" Nullable="false"/>',
            "",
            "N has to lead to an entity of another set",
            id="required navigation",
        ),
        pytest.param(
            '<Property Name="F" Type="Edm.Int32" Nullable="false"/>'
            '<NavigationProperty Name="N" Type="NS.Thing">'
            '<ReferentialConstraint Property="F" ReferencedProperty="ID"/></NavigationProperty>',
            "",
            "F has to name an entity of another set",
            id="a required foreign key",
        ),
    ],
)
def test_types_that_need_more_than_a_body_are_rejected(
    properties: str, more: str, reason: str
) -> None:
    targets = write_targets(read_csdl_xml(one_type(properties, more=more)))

    assert [one.rejected for one in targets] == [reason]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param("", "its type NS.E is not declared", id="no type"),
        pytest.param('<EntityType Name="E"/>', "its type has no key", id="no key"),
        pytest.param(
            '<EntityType Name="E" Abstract="true"><Key><PropertyRef Name="I"/></Key>'
            '<Property Name="I" Type="Edm.Int32" Nullable="false"/></EntityType>',
            "its type NS.E is abstract and nothing derives from it",
            id="abstract",
        ),
        pytest.param('<ComplexType Name="E"/>', "its type NS.E is not declared", id="complex"),
    ],
)
def test_sets_of_no_usable_type_are_rejected(content: str, reason: str) -> None:
    container = (
        '<EntityContainer Name="C"><EntitySet Name="S" EntityType="NS.E"/></EntityContainer>'
    )

    targets = write_targets(read_csdl_xml(edmx(schema(content + container))))

    assert [one.rejected for one in targets] == [reason]


def test_a_set_that_needs_a_filter_is_rejected() -> None:
    annotation = (
        '<Annotation Term="Capabilities.FilterRestrictions"><Record>'
        '<PropertyValue Property="RequiresFilter" Bool="true"/></Record></Annotation>'
    )

    targets = write_targets(read_csdl_xml(one_type("", annotations=annotation)))

    assert [one.rejected for one in targets] == ["it can be read with a filter only"]


@pytest.mark.parametrize(
    ("properties", "annotations", "score"),
    [
        pytest.param('<Property Name="L" Type="Edm.String"/>', "", 100, id="the best"),
        pytest.param("", "", 70, id="nothing to find it by, nothing to change"),
        pytest.param(
            '<Property Name="L" Type="Edm.String"/>',
            '<Annotation Term="Core.OptimisticConcurrency"><Collection/></Annotation>',
            95,
            id="ETags",
        ),
        pytest.param(
            '<Property Name="L" Type="Edm.String"/>',
            '<Annotation Term="Core.OptimisticConcurrency"><Collection/></Annotation>'
            '<Annotation Term="Capabilities.InsertRestrictions"><Record/></Annotation>'
            '<Annotation Term="Capabilities.DeleteRestrictions"><Record/></Annotation>',
            100,
            id="ETags, and it says what may be done",
        ),
    ],
)
def test_scores(properties: str, annotations: str, score: int) -> None:
    targets = write_targets(read_csdl_xml(one_type(properties, annotations=annotations)))

    assert [one.score for one in targets] == [score]


def test_a_key_of_two_parts_costs() -> None:
    document = one_type('<Property Name="L" Type="Edm.String" Nullable="false"/>').replace(
        b"</Key>", b'<PropertyRef Name="L"/></Key>'
    )

    assert [one.score for one in write_targets(read_csdl_xml(document))] == [75]


def test_each_required_property_costs() -> None:
    required = '<Property Name="{}" Type="Edm.Int32" Nullable="false"/>'
    label = '<Property Name="L" Type="Edm.String"/>'

    few, many = (
        write_targets(read_csdl_xml(one_type(label + "".join(map(required.format, names)))))
        for names in ("A", "ABC")
    )

    assert few[0].score > many[0].score


@pytest.mark.parametrize(
    ("document", "pairs"),
    [
        pytest.param(
            TRADE,
            [
                NavigationPair(
                    parent="Categories", child="Products", bind="Category", children="Products"
                )
            ],
            id="parent and child",
        ),
        pytest.param(
            TWIN_XML,
            [NavigationPair(parent="Items", child="Items", bind="Next")],
            id="one set twice",
        ),
        pytest.param(SHOP, [], id="none"),
    ],
)
def test_sets_that_refer_to_one_another_are_paired(
    document: bytes, pairs: list[NavigationPair]
) -> None:
    read = read_csdl_xml(document)

    assert navigation_pairs(read, write_targets(read)) == pairs
