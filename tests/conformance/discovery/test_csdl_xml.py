"""`$metadata` in XML: what is read."""

import json
from decimal import Decimal

import pytest

from conformance.discovery.csdl import (
    Facets,
    KeyPart,
    Metadata,
    NavigationProperty,
    Property,
    Scale,
    TypeRef,
)
from conformance.discovery.csdl_json import read_csdl_json
from conformance.discovery.csdl_xml import read_csdl_xml
from conformance.words.json_value import Json
from tests.conformance.discovery.documents import (
    SHOP,
    TRADE,
    TRAVEL,
    TWIN_JSON,
    TWIN_XML,
    edmx,
    one_type,
    schema,
)


def codes(metadata: Metadata) -> list[str]:
    return [one.code for one in metadata.problems]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(TRADE, id="foreign keys"),
        pytest.param(TRAVEL, id="inheritance"),
        pytest.param(SHOP, id="drafts"),
        pytest.param(TWIN_XML, id="4.01"),
    ],
)
def test_real_documents_have_no_problems(document: bytes) -> None:
    assert read_csdl_xml(document).problems == ()


def test_both_formats_say_the_same() -> None:
    assert read_csdl_xml(TWIN_XML) == read_csdl_json(json.dumps(TWIN_JSON).encode())


def test_sets_keep_their_names_types_and_bindings() -> None:
    people = read_csdl_xml(TRAVEL).sets["People"]

    assert people.type_name == "Travel.Service.Person"
    assert people.bindings == {"Friends": "People", "T.Employee/Boss": "People"}
    assert people.target == "Travel.Service.Default/People"
    assert [one.name for one in read_csdl_xml(TRAVEL).sets.values()] == [
        "People",
        "Airports",
        "Photos",
    ]


def test_what_is_not_in_the_service_document_says_so() -> None:
    sets = read_csdl_xml(TRAVEL).sets

    assert [name for name, one in sets.items() if one.is_in_service_document] == [
        "People",
        "Airports",
    ]


def test_a_derived_type_has_all_that_it_inherits() -> None:
    employee = read_csdl_xml(TRAVEL).structured["Travel.Service.Employee"]

    assert list(employee.properties)[-2:] == ["Concurrency", "Cost"]
    assert employee.key == (KeyPart(path="UserName", name="UserName"),)
    assert employee.is_open
    assert employee.properties["UserName"].target == "Travel.Service.Person/UserName"


def test_properties_carry_their_facets() -> None:
    read = read_csdl_xml(TRADE).structured["Model.Product"].properties

    assert read["ProductName"] == Property(
        name="ProductName",
        type=TypeRef(name="Edm.String"),
        is_nullable=False,
        facets=Facets(max_length=40),
        target="Model.Product/ProductName",
    )
    assert read["UnitPrice"].facets == Facets(precision=19, scale=4)
    assert read["UnitPrice"].is_nullable


@pytest.mark.parametrize(
    ("attributes", "facets"),
    [
        pytest.param("", Facets(scale=0), id="no scale is a scale of 0"),
        pytest.param('Scale="variable"', Facets(scale=Scale.VARIABLE), id="any scale"),
        pytest.param('Scale="Variable"', Facets(scale=Scale.VARIABLE), id="as some write it"),
        pytest.param('Scale="floating"', Facets(scale=Scale.FLOATING), id="a floating point"),
        pytest.param('Precision="7" Scale="3"', Facets(precision=7, scale=3), id="numbers"),
        pytest.param('MaxLength="max" Scale="1"', Facets(scale=1), id="the longest"),
    ],
)
def test_the_facets_of_a_decimal(attributes: str, facets: Facets) -> None:
    read = read_csdl_xml(one_type(f'<Property Name="P" Type="Edm.Decimal" {attributes}/>'))

    assert read.structured["NS.Thing"].properties["P"].facets == facets


def test_the_facets_of_a_type_definition_hold_where_a_property_has_none() -> None:
    metadata = read_csdl_xml(TRAVEL)

    assert metadata.primitive("Travel.Service.Code") == (
        "Edm.String",
        Facets(max_length=4, is_unicode=False),
    )
    assert metadata.primitive("Travel.Service.Code", Facets(max_length=2))[1].max_length == 2


def test_navigation_properties_tell_where_they_lead() -> None:
    read = read_csdl_xml(TRADE).structured["Model.Product"].navigation["Category"]

    assert read == NavigationProperty(
        name="Category",
        type=TypeRef(name="Model.Category"),
        is_nullable=True,
        partner="Products",
        constraints={"CategoryID": "CategoryID"},
        target="Model.Product/Category",
    )


def test_members_of_an_enumeration_without_values_count_from_nought() -> None:
    enums = read_csdl_xml(TRAVEL).enums

    assert enums["Travel.Service.Gender"].members == {"Male": 0, "Female": 1, "Unknown": 4}
    assert enums["Travel.Service.Feature"].members == {"None": 0, "First": 1}
    assert enums["Travel.Service.Feature"].is_flags
    assert enums["Travel.Service.Feature"].underlying == "Edm.Int64"


def test_imports_know_the_operations_that_they_call() -> None:
    container = read_csdl_xml(TRAVEL).container

    assert container is not None
    nearest = container.imports["GetNearest"]
    assert nearest.set_name == "Airports"
    assert [one.parameters[0].name for one in nearest.overloads] == ["lat"]
    assert container.imports["Reset"].is_action
    assert list(container.singletons) == ["Me"]


def test_a_key_may_lead_into_a_complex_type_under_an_alias() -> None:
    read = read_csdl_xml(
        edmx(
            schema(
                """<ComplexType Name="Inner"><Property Name="No" Type="Edm.Int32" Nullable="false"/>
                </ComplexType><EntityType Name="E">
                <Key><PropertyRef Name="In/No" Alias="No"/></Key>
                <Property Name="In" Type="NS.Inner" Nullable="false"/></EntityType>
                <EntityContainer Name="C"/>"""
            )
        )
    )

    assert read.structured["NS.E"].key == (KeyPart(path="In/No", name="No"),)
    assert read.problems == ()


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        pytest.param('String="a"', "a", id="text"),
        pytest.param('Bool="false"', False, id="false"),
        pytest.param('Int="-3"', -3, id="an integer"),
        pytest.param('Int="1_0"', None, id="no integer"),
        pytest.param('EnumMember="NS.E/A NS.E/B"', "A,B", id="members"),
        pytest.param('Path="a/b"', {"$Path": "a/b"}, id="a path"),
        pytest.param("", True, id="nothing, which a tag means as true"),
        pytest.param("><Null/></Annotation", None, id="null"),
        pytest.param('UrlRef="u"', {"$UrlRef": "u"}, id="a URL"),
        pytest.param('Decimal="1.5"', Decimal("1.5"), id="a fraction"),
        pytest.param('Float="INF"', "INF", id="infinity"),
        pytest.param('><Annotation Term="X"/></Annotation', True, id="annotated itself"),
        pytest.param(
            '><Record><PropertyValue Property="P"><Int>1</Int></PropertyValue></Record>'
            "</Annotation",
            {"P": 1},
            id="a record",
        ),
        pytest.param(
            "><Collection><String>a</String><String>b</String></Collection></Annotation",
            ["a", "b"],
            id="a collection",
        ),
        pytest.param(
            "><If><Path>a</Path><Int>1</Int></If></Annotation", {"$If": None}, id="to be evaluated"
        ),
    ],
)
def test_annotations_stand_as_in_json(expression: str, value: Json) -> None:
    end = "" if expression.endswith("Annotation") else "/"
    one = f'<Annotation Term="NS.T" Qualifier="q" {expression}{end}>'

    read = read_csdl_xml(one_type("", annotations=one.replace('"q" >', '"q">')))

    assert read.annotation("NS.C/Things", "NS.T", "q") == value


def test_annotations_by_target_may_use_an_alias_and_share_a_qualifier() -> None:
    content = """<EntityContainer Name="C"><EntitySet Name="S" EntityType="A.E"/></EntityContainer>
    <EntityType Name="E"><Key><PropertyRef Name="I"/></Key><Property Name="I" Type="Edm.Int32"
    Nullable="false"/></EntityType>
    <Annotations Target="A.C/S" Qualifier="q"><Annotation Term="A.T"/>
      <Annotation Term="A.U" Qualifier="own" Int="2"/></Annotations>"""

    read = read_csdl_xml(edmx(schema(content, namespace="A.Very.Long.One", alias="A")))

    assert read.annotations["A.Very.Long.One.C/S"] == {
        ("A.Very.Long.One.T", "q"): True,
        ("A.Very.Long.One.U", "own"): 2,
    }


def test_a_vocabulary_that_is_not_included_is_known_by_its_usual_alias() -> None:
    content = """<EntityType Name="E" Abstract="true"><Property Name="P" Type="Edm.Int32">
    <Annotation Term="Core.Computed"/></Property></EntityType><EntityContainer Name="C"/>"""

    read = read_csdl_xml(edmx(schema(content)))

    assert read.annotation("NS.E/P", "Org.OData.Core.V1.Computed") is True
    assert codes(read) == ["unknown-alias"]


@pytest.mark.parametrize(
    ("type_name", "text", "default"),
    [
        pytest.param("Edm.Int32", "5", 5, id="a number"),
        pytest.param("Edm.Int32", "five", "five", id="no number"),
        pytest.param("Edm.Boolean", "true", True, id="true"),
        pytest.param("Edm.String", "5", "5", id="text"),
    ],
)
def test_default_values_are_those_of_the_type(type_name: str, text: str, default: Json) -> None:
    read = read_csdl_xml(one_type(f'<Property Name="P" Type="{type_name}" DefaultValue="{text}"/>'))

    assert read.structured["NS.Thing"].properties["P"].default == default


def test_an_operation_gives_way_to_a_type_of_its_name() -> None:
    more = '<EnumType Name="A"/><Action Name="A"/>'

    assert read_csdl_xml(one_type("", more=more)).operations == {}


def test_a_container_has_what_it_extends() -> None:
    inner = '<EntitySet Name="{}" EntityType="NS.Thing"/>'
    whole = one_type(
        "",
        more=f"""<EntityContainer Name="B">{inner.format("Old")}{inner.format("Things")}
        </EntityContainer>""",
    ).replace(b'Container Name="C"', b'Container Name="C" Extends="NS.B"')

    read = read_csdl_xml(whole)

    assert read.problems == ()
    assert {name: one.target for name, one in read.sets.items()} == {
        "Old": "NS.B/Old",
        "Things": "NS.C/Things",
    }
