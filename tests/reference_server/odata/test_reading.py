"""Reads: sets, entities, properties, query options."""

from dataclasses import replace
from decimal import Decimal

import pytest

from reference_server.json_text import Json
from reference_server.model import Row
from tests.reference_server.odata.service import (
    EVERYTHING,
    ROOT,
    Service,
    code_of,
    json_of,
    names_in,
    service_on,
)

SAW = "products('saw')"


def test_the_service_document_lists_the_sets(service: Service) -> None:
    for url in ("", "/odata", "/odata/", ROOT, f"{ROOT}/"):
        assert service.get(url) == {
            "@context": f"{ROOT}/$metadata",
            "value": [
                {"name": "categories", "kind": "EntitySet", "url": "categories"},
                {"name": "products", "kind": "EntitySet", "url": "products"},
                {"name": "orders", "kind": "EntitySet", "url": "orders"},
                {"name": "stockValue", "kind": "FunctionImport", "url": "stockValue"},
            ],
        }


def test_an_entity_in_4_01_and_in_4_0(service: Service) -> None:
    newer, older = service.ask("GET", SAW), service.ask("GET", SAW, odata_maxversion="4.0")

    etag = newer.header("etag")
    row: Json = {
        "_id": "saw",
        "name": "Saw",
        "sku": "T-2",
        "price": 19.99,
        "stock": 15,
        "active": True,
        "category_id": "tools",
    }
    assert isinstance(row, dict)
    context = f"{ROOT}/$metadata#products/$entity"
    assert json_of(newer) == {"@context": context, "@etag": etag, **row}
    assert json_of(older) == {"@odata.context": context, "@odata.etag": etag, **row}
    assert (newer.header("odata-version"), older.header("odata-version")) == ("4.01", "4.0")
    assert newer.header("vary") == "Accept, OData-MaxVersion, Prefer"


@pytest.mark.parametrize(
    ("fields", "version"),
    [
        ({}, "4.01"),
        ({"odata_version": "4.0"}, "4.0"),
        ({"odata_version": "4.01"}, "4.01"),
        ({"odata_maxversion": "4.0", "odata_version": "4.01"}, "4.0"),
        ({"odata_maxversion": "4.01", "odata_version": "4.0"}, "4.01"),
        ({"odata_maxversion": "4.02"}, "4.01"),
        ({"odata_maxversion": "5.0"}, "4.01"),
    ],
)
def test_the_version_is_the_greatest_that_is_allowed(
    service: Service, fields: dict[str, str], version: str
) -> None:
    assert service.ask("GET", SAW, **fields).header("odata-version") == version


@pytest.mark.parametrize(
    ("accept", "content_type", "members"),
    [
        ("application/json;odata.metadata=none", "application/json;metadata=none", 7),
        ("application/json;metadata=minimal", "application/json;metadata=minimal", 9),
        ("application/json;odata.metadata=full", "application/json;metadata=full", 18),
        ("application/json; charset=UTF-8", "application/json", 9),
        ("application/*;q=0.1, text/html", "application/json", 9),
        (
            "application/json;IEEE754Compatible=true",
            "application/json;IEEE754Compatible=true",
            9,
        ),
    ],
)
def test_how_much_control_information_there_is(
    service: Service, accept: str, content_type: str, members: int
) -> None:
    response = service.ask("GET", SAW, accept=accept)

    assert (response.status, response.header("content-type")) == (200, content_type)
    assert len(json_of(response)) == members
    plain = accept.partition(",")[0].partition(";q")[0].replace(" ", "")
    assert service.ask("GET", f"{SAW}?$format={plain}", accept="text/html").status == 200


def test_without_metadata_there_is_none(service: Service) -> None:
    none = "application/json;metadata=none"

    assert "@etag" not in service.get(f"{SAW}?$expand=category", accept=none)
    assert list(service.get(f"{SAW}/stock", accept=none)) == ["value"]
    assert list(service.get("stockValue()", accept=none)) == ["value"]
    assert list(service.get("", accept=none)) == ["value"]
    refs = service.get("products/$ref", accept=none)
    assert list(refs) == ["value"]
    assert list(service.get("products?$select=*,name", accept=none)) == ["value"]


def test_too_many_entities_at_once_are_refused(service: Service) -> None:
    with service.store.transaction() as work:
        for number in range(1200):
            row: Row = {"_id": f"o{number}", "customer": "x", "total": Decimal(1)}
            work.insert("orders", {**row, "placed_at": None, "product_id": "saw"})
    nested = "$expand=orders($expand=product($expand=orders($top=20)))"

    assert service.refusal("GET", f"products?{nested}") == (400, "INVALID_QUERY")
    page = service.get("orders")
    assert isinstance(page["value"], list)
    assert len(page["value"]) == 1000
    assert page["@nextLink"] == f"{ROOT}/orders?$skiptoken=1000"


def test_full_metadata_names_types_and_links(service: Service) -> None:
    value = service.get(SAW, accept="application/json;odata.metadata=full", odata_maxversion="4.0")

    assert value["@odata.type"] == "#Wirecheck.Product"
    assert value["@odata.id"] == f"{ROOT}/{SAW}"
    assert value["@odata.editLink"] == f"{ROOT}/{SAW}"
    assert value["price@odata.type"] == "#Decimal"
    assert value["category@odata.navigationLink"] == f"{ROOT}/{SAW}/category"
    assert value["orders@odata.associationLink"] == f"{ROOT}/{SAW}/orders/$ref"


def test_exact_decimals_are_strings(service: Service) -> None:
    exact = "application/json;IEEE754Compatible=true"

    assert service.get(SAW, accept=exact)["price"] == "19.99"
    assert service.get("products?$count=true", accept=exact)["@count"] == "3"
    assert service.get("stockValue()", accept=exact)["value"] == "799.85"


@pytest.mark.parametrize(
    ("accept", "url"),
    [
        ("text/html", SAW),
        ("application/json;odata.metadata=much", SAW),
        ("application/json;charset=latin-1", SAW),
        ("application/json;q=0", SAW),
        ("application/json", f"{SAW}/name/$value"),
        ("text/plain", "categories('tools')/icon/$value"),
        ("application/json", "products/$count"),
        ("text/plain", "$metadata"),
        ("application/xml", ""),
    ],
)
def test_what_can_t_be_had_is_406(service: Service, accept: str, url: str) -> None:
    assert service.refusal("GET", url, accept=accept) == (406, "NOT_ACCEPTABLE")


def test_navigation(service: Service) -> None:
    assert service.get(f"{SAW}/category")["_id"] == "tools"
    assert service.get("orders('order-2')/product/category/name")["value"] == "Tools"
    assert names_in(service, "categories('tools')/products?$orderby=name") == ["hammer", "saw"]
    assert service.get("categories('tools')/products('saw')")["_id"] == "saw"
    assert service.ask("GET", "categories('tools')/products/$count").content == b"2"
    assert service.get(f"{SAW}/category/$ref") == {
        "@context": f"{ROOT}/$metadata#$ref",
        "@id": f"{ROOT}/categories('tools')",
    }
    refs = service.get("categories('tools')/products/$ref")
    assert refs["@context"] == f"{ROOT}/$metadata#Collection($ref)"
    assert service.get("products(_id='saw')")["_id"] == "saw"


def test_a_relation_to_nothing_is_no_content(service: Service) -> None:
    service.send("PATCH", SAW, {"category_id": None})

    assert service.ask("GET", f"{SAW}/category").status == 204
    assert service.refusal("GET", f"{SAW}/category/name") == (404, "NOT_FOUND")


def test_properties_and_raw_values(service: Service) -> None:
    etag = service.ask("GET", SAW).header("etag")

    assert service.get(f"{SAW}/stock") == {
        "@context": f"{ROOT}/$metadata#{SAW}/stock",
        "value": 15,
    }
    assert service.ask("GET", f"{SAW}/stock").header("etag") == etag
    raw = {
        "name": b"Saw",
        "price": b"19.99",
        "stock": b"15",
        "active": b"true",
    }
    for name, text in raw.items():
        response = service.ask("GET", f"{SAW}/{name}/$value")
        assert (response.content, response.header("content-type")) == (
            text,
            "text/plain;charset=utf-8",
        )
    assert service.ask("GET", "products('robot')/price").status == 204
    assert service.ask("GET", "products('robot')/price/$value").status == 204
    placed = service.ask("GET", "orders('order-1')/placed_at/$value")
    assert placed.content == b"2026-01-31T09:30:00Z"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("nosuch", 404),
        ("products('x')", 404),
        ("products('x')/name", 404),
        ("products('x')/category/name", 404),
        ("products('saw')/nosuch", 404),
        ("products/name", 404),
        ("products('saw')/name/nosuch", 404),
        ("products('saw')/category('tools')", 404),
        ("products('saw')/$count", 404),
        ("products/$value", 404),
        ("products('saw')/$value", 404),
        ("categories('toys')/products('saw')", 404),
        ("products(saw)", 400),
        ("products('saw'x)", 400),
        ("products(name='saw')", 400),
        ("products()", 400),
        ("products('saw')/name?$select=name", 400),
        ("products('saw')?$top=1", 400),
        ("$metadata?$top=1", 400),
        ("$all", 501),
        ("$crossjoin(products,orders)", 404),
        ("$entity?$id=x", 501),
        ("stockValue(x=1)", 400),
        ("stockValue()/x", 501),
        ("restock", 405),
        ("monitors/x", 404),
        ("monitors", 404),
        ("products('%ff')", 400),
        ("products('%4')", 400),
        ("products#x", 400),
        ("products('a\\b')", 400),
        ("x" * 9000, 414),
        ("/".join(["products('saw')"] + ["category"] * 30), 400),
        ("/rpc", 404),
        ("a)(", 404),
        ("stockValue(1)", 400),
        ("stockValue(a=1,a=2)", 400),
        ("/odatax", 404),
        ("http://elsewhere/odata/products", 400),
        ("ftp://", 400),
    ],
)
def test_urls_that_lead_nowhere(service: Service, url: str, status: int) -> None:
    response = service.ask("GET", url)

    assert response.status == status
    assert isinstance(code_of(response), str)


def test_reads_under_conditions(service: Service) -> None:
    etag = service.ask("GET", SAW).header("etag")
    assert etag is not None
    assert etag.startswith('W/"')

    unchanged = service.ask("GET", SAW, if_none_match=f'"other", {etag}')

    assert (unchanged.status, unchanged.header("etag"), unchanged.content) == (304, etag, b"")
    assert service.ask("GET", SAW, if_none_match="*").status == 304
    assert service.ask("GET", SAW, if_none_match='"other"').status == 200
    assert service.ask("GET", SAW, if_match=etag.removeprefix("W/")).status == 200
    assert service.refusal("GET", SAW, if_match='"other"') == (412, "PRECONDITION_FAILED")
    assert service.refusal("GET", SAW, if_match="other") == (400, "BAD_REQUEST")


def test_without_the_feature_there_are_no_etags() -> None:
    with service_on(settings=replace(EVERYTHING, enable_etags=False)) as service:
        response = service.ask("GET", SAW, if_none_match="*")

        assert (response.status, response.header("etag")) == (200, None)
        assert b"etag" not in response.content
        assert service.send("PATCH", SAW, {"stock": 1}, if_match='"no"').status == 204
        assert b"OptimisticConcurrency" not in service.ask("GET", "$metadata").content


def test_a_snapshot_of_a_single_read(service: Service) -> None:
    assert service.ask("GET", SAW, isolation="snapshot").status == 200
    assert service.refusal("GET", SAW, odata_isolation="x") == (412, "PRECONDITION_FAILED")
