"""The description of an OData service, made of its metadata."""

from typing import Any, Final

import pytest

from conformance.discovery.csdl_xml import read_csdl_xml
from conformance.openapi.odata import describe_odata
from conformance.words.json_value import Json
from tests.conformance.openapi.validity import answer_schema, body_schema, is_valid

METADATA: Final = read_csdl_xml(b"""
<edmx:Edmx Version="4.01" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
 <edmx:DataServices>
  <Schema Namespace="N" xmlns="http://docs.oasis-open.org/odata/ns/edm">
   <EnumType Name="Colour"><Member Name="Red"/><Member Name="Blue"/></EnumType>
   <ComplexType Name="Size"><Property Name="width" Type="Edm.Int16" Nullable="false"/>
    <Property Name="inner" Type="N.Size"/></ComplexType>
   <EntityType Name="Thing">
    <Key><PropertyRef Name="ID"/></Key>
    <Property Name="ID" Type="Edm.Int32" Nullable="false"/>
    <Property Name="name" Type="Edm.String" Nullable="false" MaxLength="5"/>
    <Property Name="made" Type="Edm.DateTimeOffset"/>
    <Property Name="colour" Type="N.Colour"/>
    <Property Name="size" Type="N.Size"/>
    <Property Name="tags" Type="Collection(Edm.String)"/>
    <Property Name="part_ID" Type="Edm.Guid"/>
    <Property Name="changed" Type="Edm.Date">
     <Annotation Term="Org.OData.Core.V1.Computed" Bool="true"/>
    </Property>
    <NavigationProperty Name="part" Type="N.Part">
     <ReferentialConstraint Property="part_ID" ReferencedProperty="ID"/>
    </NavigationProperty>
   </EntityType>
   <EntityType Name="Part">
    <Key><PropertyRef Name="ID"/></Key><Property Name="ID" Type="Edm.Guid" Nullable="false"/>
   </EntityType>
   <EntityType Name="Pair">
    <Key><PropertyRef Name="a"/><PropertyRef Name="b"/></Key>
    <Property Name="a" Type="Edm.String" Nullable="false"/>
    <Property Name="b" Type="Edm.String" Nullable="false"/>
   </EntityType>
   <EntityContainer Name="C">
    <EntitySet Name="Things" EntityType="N.Thing"/>
    <EntitySet Name="Parts" EntityType="N.Part"/>
    <EntitySet Name="Pairs" EntityType="N.Pair"/>
   </EntityContainer>
  </Schema>
 </edmx:DataServices>
</edmx:Edmx>""")
BINDINGS: Final[dict[str, Json]] = {
    "read": {"any": "Things?$top=2", "entity": "Things(7)", "missing": "Nosuch"},
    "write": {"set": "Things"},
}


def described(*, allows_writes: bool = True) -> dict[str, Any]:
    return describe_odata(
        "/s/",
        origin="http://a",
        metadata=METADATA,
        bindings=BINDINGS,
        allows_writes=allows_writes,
    )


def methods_of(document: dict[str, Any]) -> dict[str, list[str]]:
    return {
        path: [name for name in item if name != "parameters"]
        for path, item in document["paths"].items()
    }


def test_without_consent_nothing_is_described_that_changes_an_entity() -> None:
    document = described(allows_writes=False)

    assert methods_of(document) == {
        "/s/": ["get"],
        "/s/$metadata": ["get"],
        "/s/$batch": ["post"],
        "/s/Things": ["get"],
        "/s/Things({key})": ["get"],
        "/s/Parts": ["get"],
        "/s/Parts({key})": ["get"],
        "/s/Pairs": ["get"],  # no key of two parts can be made up
    }
    batch = body_schema(document, "/s/$batch")
    read: Json = {"id": "r0", "method": "get", "url": "Things(7)"}
    made: Json = {"id": "r0", "method": "post", "url": "Things", "body": {"ID": 1, "name": "a"}}
    assert is_valid(document, batch, {"requests": [read]})
    assert not is_valid(document, batch, {"requests": [made]})


def test_with_consent_entities_are_made_changed_and_deleted() -> None:
    methods = methods_of(described())

    assert methods["/s/Things"] == ["get", "post"]
    assert methods["/s/Things({key})"] == ["get", "patch", "delete"]


@pytest.mark.parametrize(
    ("entity", "fits"),
    [
        pytest.param({"ID": 1, "name": "a"}, True, id="the least"),
        pytest.param({"ID": 1, "name": "a", "made": "2026-01-28T09:30:00Z"}, True, id="a date"),
        pytest.param({"ID": 1, "name": "a", "colour": "Blue", "made": None}, True, id="an enum"),
        pytest.param({"ID": 1, "name": "a", "size": {"width": 1}}, True, id="a complex value"),
        pytest.param({"ID": 1, "name": "a", "tags": ["b", "c"]}, True, id="a collection"),
        pytest.param({"ID": 1}, False, id="a value that has to be given"),
        pytest.param({"ID": 2**31, "name": "a"}, False, id="beyond 32 bits"),
        pytest.param({"ID": 1, "name": "abcdef"}, False, id="too long"),
        pytest.param({"ID": 1, "name": None}, False, id="not nullable"),
        pytest.param({"ID": 1, "name": "a", "changed": None}, False, id="computed"),
        pytest.param({"ID": 1, "name": "a", "part_ID": None}, False, id="refers to another"),
    ],
)
def test_an_entity_is_made_as_its_type_says(entity: Json, *, fits: bool) -> None:
    document = described()

    assert is_valid(document, body_schema(document, "/s/Things"), entity) is fits


def test_a_change_names_no_key_and_may_leave_all_out() -> None:
    document = described()
    schema = body_schema(document, "/s/Things({key})", "patch")

    assert is_valid(document, schema, {})
    assert is_valid(document, schema, {"name": "b"})
    assert not is_valid(document, schema, {"ID": 2})


@pytest.mark.parametrize(
    ("path", "key", "fits"),
    [
        pytest.param("/s/Things({key})", "7", True, id="that of an entity which is there"),
        pytest.param("/s/Things({key})", 12, True, id="any number"),
        pytest.param("/s/Things({key})", "a", False, id="no number"),
        pytest.param("/s/Parts({key})", "36522ad7-fc75-4b56-8c71-56071383e77b", True, id="a UUID"),
        pytest.param("/s/Parts({key})", "'a'", False, id="no UUID"),
    ],
)
def test_a_key_is_a_literal_of_its_type(path: str, key: Json, *, fits: bool) -> None:
    document = described()
    (parameter,) = document["paths"][path]["parameters"]

    assert is_valid(document, parameter["schema"], key) is fits


@pytest.mark.parametrize(
    ("answer", "fits"),
    [
        pytest.param({"value": [{"ID": 1, "other": 2}]}, True, id="more than is declared"),
        pytest.param({"value": [{"name": "a"}]}, True, id="less, after $select"),
        pytest.param({"value": [{"made": None}]}, True, id="null"),
        pytest.param({"value": [{"ID": "1"}]}, False, id="a number as text"),
        pytest.param({"value": [{"name": None}]}, False, id="null that may not be"),
        pytest.param({"d": []}, False, id="another format"),
    ],
)
def test_rows_that_come_back_fit_their_type(answer: Json, *, fits: bool) -> None:
    document = described()

    assert is_valid(document, answer_schema(document, "/s/Things", "get"), answer) is fits


@pytest.mark.parametrize(
    ("answer", "fits"),
    [
        pytest.param({"error": {"code": "", "message": "no"}}, True, id="code and message"),
        pytest.param(
            {"error": {"code": 404, "message": "no"}}, False, id="a code that is a number"
        ),
        pytest.param({"error": "no"}, False, id="text"),
        pytest.param({"message": "no"}, False, id="no error"),
    ],
)
def test_what_is_refused_is_an_error_object(answer: Json, *, fits: bool) -> None:
    document = described()

    assert is_valid(document, answer_schema(document, "/s/Things", "get", "4XX"), answer) is fits
