"""$metadata in both notations, read by parsers that are not ours."""

import xml.etree.ElementTree as ET

import pytest

from reference_server.json_text import Json
from reference_server.settings import ODataSettings
from tests.reference_server.odata.service import Service, json_of, service_on

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"


@pytest.fixture
def schema(service: Service) -> ET.Element:
    response = service.ask("GET", "$metadata")
    assert response.header("content-type") == "application/xml"
    found = ET.fromstring(response.content).find(f"{EDMX}DataServices/{EDM}Schema")
    assert found is not None
    return found


@pytest.fixture
def csdl(service: Service) -> dict[str, Json]:
    response = service.ask("GET", "$metadata?$format=json")
    assert response.header("content-type") == "application/json"
    return json_of(response)


def member(value: Json, *path: str) -> Json:
    for name in path:
        assert isinstance(value, dict), path
        value = value[name]
    return value


def test_entity_types_have_keys_and_facets(schema: ET.Element) -> None:
    (product,) = (
        each for each in schema.findall(f"{EDM}EntityType") if each.get("Name") == "Product"
    )

    key = product.find(f"{EDM}Key/{EDM}PropertyRef")
    assert key is not None
    assert key.get("Name") == "_id"
    facets = {each.get("Name"): each.attrib for each in product.findall(f"{EDM}Property")}
    assert facets["_id"] == {
        "Name": "_id",
        "Type": "Edm.String",
        "Nullable": "false",
        "MaxLength": "64",
    }
    assert facets["price"] == {
        "Name": "price",
        "Type": "Edm.Decimal",
        "Nullable": "true",
        "Precision": "15",
        "Scale": "4",
    }
    assert facets["active"]["DefaultValue"] == "true"
    assert facets["stock"]["DefaultValue"] == "0"


def test_keys_are_made_where_none_is_given(schema: ET.Element) -> None:
    for each in schema.findall(f"{EDM}EntityType"):
        key = each.find(f"{EDM}Property")
        assert key is not None
        terms = {note.get("Term"): note.get("Bool") for note in key.findall(f"{EDM}Annotation")}
        assert terms == {"Core.ComputedDefaultValue": "true", "Core.Immutable": "true"}


def test_navigation_properties_have_partners_and_bindings(schema: ET.Element) -> None:
    found = {
        (kind.get("Name"), each.get("Name")): (each.get("Type"), each.get("Partner"))
        for kind in schema.findall(f"{EDM}EntityType")
        for each in kind.findall(f"{EDM}NavigationProperty")
    }
    assert found == {
        ("Category", "products"): ("Collection(Wirecheck.Product)", "category"),
        ("Product", "category"): ("Wirecheck.Category", "products"),
        ("Product", "orders"): ("Collection(Wirecheck.Order)", "product"),
        ("Order", "product"): ("Wirecheck.Product", "orders"),
    }
    bindings = {
        (each.get("Name"), binding.get("Path")): binding.get("Target")
        for each in schema.findall(f"{EDM}EntityContainer/{EDM}EntitySet")
        for binding in each.findall(f"{EDM}NavigationPropertyBinding")
    }
    assert bindings == {
        ("categories", "products"): "products",
        ("products", "category"): "categories",
        ("products", "orders"): "orders",
        ("orders", "product"): "products",
    }


def test_the_batch_is_advertised_in_xml(schema: ET.Element) -> None:
    record = schema.find(
        f"{EDM}EntityContainer/{EDM}Annotation[@Term='Capabilities.BatchSupport']/{EDM}Record"
    )
    assert record is not None
    told = {each.get("Property"): each.get("Bool") for each in record}
    assert told == {
        "Supported": "true",
        "ContinueOnErrorSupported": "true",
        "ReferencesInRequestBodiesSupported": "true",
        "ReferencesAcrossChangeSetsSupported": "true",
        "EtagReferencesSupported": "true",
        "RequestDependencyConditionsSupported": "true",
        "SupportedFormats": None,
    }
    formats = record.findall(f".//{EDM}String")
    assert [each.text for each in formats] == ["multipart/mixed", "application/json"]


def test_both_notations_say_the_same(schema: ET.Element, csdl: dict[str, Json]) -> None:
    assert csdl["$Version"] == "4.01"
    assert csdl["$EntityContainer"] == "Wirecheck.Container"
    for kind in schema.findall(f"{EDM}EntityType"):
        told = member(csdl, "Wirecheck", str(kind.get("Name")))
        assert isinstance(told, dict)
        names = [each.get("Name") for each in kind if each.get("Name") is not None]
        assert [name for name in told if not name.startswith("$")] == names
    notes = schema.findall(f"{EDM}EntityContainer/{EDM}Annotation")
    container = member(csdl, "Wirecheck", "Container")
    assert isinstance(container, dict)
    assert {f"@{each.get('Term')}" for each in notes} == {
        name for name in container if name.startswith("@")
    }


def test_the_batch_is_advertised_in_json(csdl: dict[str, Json]) -> None:
    told = member(csdl, "Wirecheck", "Container", "@Capabilities.BatchSupport")

    assert told == {
        "Supported": True,
        "ContinueOnErrorSupported": True,
        "ReferencesInRequestBodiesSupported": True,
        "ReferencesAcrossChangeSetsSupported": True,
        "EtagReferencesSupported": True,
        "RequestDependencyConditionsSupported": True,
        "SupportedFormats": ["multipart/mixed", "application/json"],
    }
    assert member(csdl, "Wirecheck", "Container", "@Capabilities.IsolationSupported") == "Snapshot"


def test_the_namespace_is_the_operator_s() -> None:
    with service_on(settings=ODataSettings(namespace="a.b")) as service:
        assert b'Namespace="a.b"' in service.ask("GET", "$metadata").content
        told = json_of(service.ask("GET", "$metadata", accept="application/json"))
        assert told["$EntityContainer"] == "a.b.Container"


def test_operations_are_imported(schema: ET.Element, csdl: dict[str, Json]) -> None:
    container = schema.find(f"{EDM}EntityContainer")
    assert container is not None
    action, function = container.find(f"{EDM}ActionImport"), container.find(f"{EDM}FunctionImport")
    assert action is not None
    assert function is not None
    assert action.get("Action") == "Wirecheck.restock"
    assert function.get("Function") == "Wirecheck.stockValue"
    assert member(csdl, "Wirecheck", "Container", "restock", "$EntitySet") == "products"
