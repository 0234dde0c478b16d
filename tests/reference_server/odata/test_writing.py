"""Changes: create, update, upsert, delete, properties and references."""

from dataclasses import replace

import pytest

from reference_server.json_text import Json
from tests.reference_server.odata.service import (
    EVERYTHING,
    ROOT,
    Service,
    code_of,
    json_of,
    service_on,
)

SAW = "products('saw')"


def test_create_returns_the_entity_and_where_it_is(service: Service) -> None:
    response = service.send("POST", "products", {"name": "x", "price": 1.5})

    value = json_of(response)
    url = response.header("location")
    assert response.status == 201
    assert url == f"{ROOT}/products('{value['_id']}')"
    assert (value["price"], value["stock"], value["active"]) == (1.5, 0, True)
    assert service.get(url) == value
    assert service.ask("GET", url).header("etag") == response.header("etag") == value["@etag"]


@pytest.mark.parametrize("prefer", ["return=minimal", "odata.x, Return = Minimal; a=b"])
def test_create_returns_nothing_if_that_is_preferred(service: Service, prefer: str) -> None:
    response = service.send("POST", "categories", {"_id": "a/b", "name": "x"}, prefer=prefer)

    url = f"{ROOT}/categories('a%2Fb')"
    assert (response.status, response.content) == (204, b"")
    assert (response.header("location"), response.header("odata-entityid")) == (url, url)
    assert response.header("preference-applied") == "return=minimal"
    assert service.get(url)["_id"] == "a/b"


def test_update_returns_nothing_unless_preferred(service: Service) -> None:
    silent = service.send("PATCH", SAW, {"stock": 1})
    told = service.send("PATCH", SAW, {"stock": 2}, prefer="return=representation")

    assert (silent.status, silent.content) == (204, b"")
    assert silent.header("etag") not in {None, told.header("etag")}
    assert (told.status, json_of(told)["stock"]) == (200, 2)
    assert told.header("preference-applied") == "return=representation"


def test_put_replaces_what_is_not_given(service: Service) -> None:
    assert service.send("PUT", SAW, {"name": "New"}).status == 204

    value = service.get(SAW)
    assert (value["name"], value["sku"], value["price"], value["stock"]) == ("New", None, None, 0)
    assert service.refusal("PUT", SAW, {"stock": 1})[0] == 400


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_of_what_is_missing_creates_it(service: Service, method: str) -> None:
    response = service.send(method, "products('new')", {"name": "x"})

    assert (response.status, response.header("location")) == (201, f"{ROOT}/products('new')")
    assert service.send(method, "products('new')", {"name": "y"}).status == 204
    minimal = service.send(method, "products('n2')", {"name": "x"}, prefer="return=minimal")
    assert (minimal.status, minimal.header("odata-entityid")) == (204, f"{ROOT}/products('n2')")
    for fields in ({"if_match": "*"}, {"if_match": '"x"'}):
        assert service.send(method, "products('n3')", {"name": "x"}, **fields).status == 412
    assert service.send(method, "products('n3')", {"name": "x"}, if_none_match="*").status == 201
    assert service.send(method, "products('n3')", {"name": "x"}, if_none_match="*").status == 412


def test_delete(service: Service) -> None:
    order = "orders('order-1')"

    assert service.ask("DELETE", order).status == 204
    assert service.refusal("DELETE", order) == (404, "NOT_FOUND")
    assert service.refusal("DELETE", "categories('tools')") == (409, "STILL_REFERENCED")
    assert service.ask("DELETE", "orders('order-2')/product/category/icon").status == 204


@pytest.mark.parametrize(
    ("method", "body"), [("PATCH", {"stock": 1}), ("PUT", {"name": "x"}), ("DELETE", None)]
)
def test_changes_under_conditions(service: Service, method: str, body: Json) -> None:
    url = "products('robot')"
    etag = service.ask("GET", url).header("etag")
    assert etag is not None

    assert service.refusal(method, url, body, if_match='"x"') == (412, "PRECONDITION_FAILED")
    assert service.refusal(method, url, body, if_none_match=etag) == (412, "PRECONDITION_FAILED")
    assert service.get(url)["@etag"] == etag
    assert service.send(method, url, body, if_match=f'"x",{etag}').status == 204


def test_conditions_can_be_required() -> None:
    with service_on(settings=replace(EVERYTHING, require_if_match=True)) as service:
        for method in ("PATCH", "DELETE"):
            assert service.refusal(method, SAW, {"stock": 1}) == (428, "PRECONDITION_REQUIRED")
        assert service.send("PATCH", SAW, {"stock": 1}, if_match="*").status == 204
        assert service.send("PATCH", "products('new')", {"name": "x"}).status == 201
        assert service.send("POST", "products", {"name": "x"}).status == 201


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({}, "name"),
        ({"name": None}, "name"),
        ({"name": 1}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "x", "nosuch": 1}, "nosuch"),
        ({"name": "x", "a/b": 1}, "a/b"),
        ({"name": "x", "price": "1"}, "price"),
        ({"name": "x", "price": 0.00001}, "price"),
        ({"name": "x", "stock": 1.5}, "stock"),
        ({"name": "x", "stock": None}, "stock"),
        ({"name": "x", "active": "true"}, "active"),
        ({"name": "x", "category_id": "nosuch"}, "category_id"),
        ({"name": "x", "_id": ""}, "_id"),
        ({"name": "x", "category@odata.bind": "nosuch('x')"}, "category@odata.bind"),
        ({"name": "x", "category@odata.bind": "products('saw')"}, "category@odata.bind"),
        ({"name": "x", "category@odata.bind": "categories"}, "category@odata.bind"),
        ({"name": "x", "category@odata.bind": ["categories('toys')"]}, "category@odata.bind"),
        ({"name": "x", "category@odata.bind": 1}, "category@odata.bind"),
        ({"name": "x", "orders@odata.bind": "orders('order-1')"}, "orders@odata.bind"),
        ({"name": "x", "nosuch@odata.bind": "x"}, "nosuch@odata.bind"),
        ({"name": "x", "category": 1}, "category"),
        ({"name": "x", "category@odata.bind": "categories('toys')/$ref"}, "category@odata.bind"),
        (
            {"name": "x", "category_id": "toys", "category@bind": "categories('tools')"},
            "category_id",
        ),
    ],
)
def test_a_property_that_does_not_fit_is_named(service: Service, body: Json, target: str) -> None:
    response = service.send("POST", "products", body)

    error = json_of(response)["error"]
    assert isinstance(error, dict)
    assert (response.status, error["code"], error["target"]) == (400, "INVALID_PROPERTY", target)
    assert len(service.keys("products")) == 3


@pytest.mark.parametrize(
    ("body", "fields", "status", "code"),
    [
        (b"", {}, 400, "INVALID_BODY"),
        (b"[]", {}, 400, "INVALID_BODY"),
        (b"{", {}, 400, "INVALID_BODY"),
        (b'{"name":"a","name":"b"}', {}, 400, "INVALID_BODY"),
        (b'{"name":"\xff"}', {}, 400, "INVALID_BODY"),
        (b"[" * 1000, {}, 400, "INVALID_BODY"),
        (b"{}", {"content_type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"{}", {"content_type": "nonsense"}, 400, "BAD_REQUEST"),
        (b"{}", {"content_type": "application/json; charset"}, 400, "BAD_REQUEST"),
        (b'"' + b"x" * (8 << 20) + b'"', {}, 413, "TOO_LARGE"),
        (b'{"name":"a","sku":"T-1"}', {}, 409, "DUPLICATE_KEY"),
        (b'{"name":"a","_id":"saw"}', {}, 409, "DUPLICATE_KEY"),
    ],
)
def test_bodies_that_are_refused(
    service: Service, body: bytes, fields: dict[str, str], status: int, code: str
) -> None:
    response = service.ask("POST", "products", body, **fields)

    assert (response.status, code_of(response)) == (status, code)


def test_annotations_are_ignored(service: Service) -> None:
    body: Json = {"@odata.type": "#Wirecheck.Product", "@etag": "x", "name": "x", "name@a.b": 1}

    assert service.send("POST", "products", body).status == 201


def test_exact_decimals_come_as_strings(service: Service) -> None:
    kind = "application/json;IEEE754Compatible=true"
    body = b'{"name":"x","price":"12345678901.2345"}'

    value = json_of(service.ask("POST", "products", body, content_type=kind, accept=kind))

    assert value["price"] == "12345678901.2345"
    wrong = service.ask("POST", "products", b'{"name":"x","price":"a"}', content_type=kind)
    assert wrong.status == 400


def test_entities_are_bound_and_created_with_others(service: Service) -> None:
    made = json_of(
        service.send(
            "POST",
            "categories",
            {
                "_id": "c",
                "name": "c",
                "products": [{"_id": "p", "name": "p"}, {"@id": "products('saw')"}],
                "products@odata.bind": ["products('robot')"],
            },
        )
    )

    assert made["_id"] == "c"
    for key in ("p", "saw", "robot"):
        assert service.get(f"products('{key}')")["category_id"] == "c"
    order: Json = {"customer": "x", "total": 1, "product": {"name": "q", "category": {"name": "d"}}}
    value = json_of(service.send("POST", "orders", order))
    assert service.get(f"orders('{value['_id']}')/product/category/name")["value"] == "d"
    product = value["product"]
    assert isinstance(product, dict)
    assert isinstance(product["category"], dict)
    assert (product["name"], product["category"]["name"]) == ("q", "d")


def test_a_relation_is_taken_away_with_null(service: Service) -> None:
    for body in ({"category": None}, {"category@odata.bind": None}):
        service.send("PATCH", SAW, {"category_id": "toys"})
        given: Json = dict(body)
        assert service.send("PATCH", SAW, given).status == 204
        assert service.get(SAW)["category_id"] is None


def test_a_raw_value_has_its_media_type(service: Service) -> None:
    url = f"{SAW}/name/$value"

    response = service.ask("PUT", url, b"x", content_type="application/octet-stream")

    assert (response.status, code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_what_can_t_be_bound_creates_nothing(service: Service) -> None:
    body: Json = {"name": "c", "products@odata.bind": ["products('nosuch')"]}

    assert service.refusal("POST", "categories", body) == (400, "INVALID_PROPERTY")
    assert len(service.keys("categories")) == 2


def test_a_related_entity_is_created_below_its_owner(service: Service) -> None:
    url = "categories('toys')/products"

    made = json_of(service.send("POST", url, {"name": "x"}))

    assert made["category_id"] == "toys"
    assert service.refusal("POST", "categories('x')/products", {"name": "x"})[0] == 404
    assert service.refusal("POST", url, {"name": "x", "category_id": "tools"})[0] == 400


def test_the_key_stays(service: Service) -> None:
    assert service.refusal("PATCH", SAW, {"_id": "other"}) == (400, "INVALID_PROPERTY")
    assert service.send("PATCH", SAW, {"_id": "saw", "stock": 3}).status == 204
    assert service.refusal("PUT", "products('n')", {"_id": "m", "name": "x"})[0] == 400
    assert service.refusal("PATCH", f"products('{'x' * 65}')", {"name": "x"})[0] == 400


def test_properties_are_changed_one_by_one(service: Service) -> None:
    assert service.send("PUT", f"{SAW}/stock", {"value": 4}).status == 204
    assert service.send("PATCH", f"{SAW}/name", {"@odata.context": "x", "value": "N"}).status == 204
    assert service.ask("DELETE", f"{SAW}/price").status == 204
    assert service.ask("PUT", f"{SAW}/sku/$value", b"S", content_type="text/plain").status == 204
    assert (
        service.ask("PUT", f"{SAW}/active/$value", b"false", content_type="text/plain").status
        == 204
    )

    value = service.get(SAW)
    assert [value[name] for name in ("stock", "name", "price", "sku", "active")] == [
        4,
        "N",
        None,
        "S",
        False,
    ]


@pytest.mark.parametrize(
    ("method", "url", "body", "status"),
    [
        ("PUT", f"{SAW}/stock", b'{"value":"x"}', 400),
        ("PUT", f"{SAW}/stock", b"{}", 400),
        ("PUT", f"{SAW}/stock", b"1", 400),
        ("DELETE", f"{SAW}/stock", b"", 400),
        ("POST", f"{SAW}/stock", b"{}", 405),
        ("PUT", f"{SAW}/stock/$value", b"x", 400),
        ("PUT", f"{SAW}/name/$value", b"\xff", 400),
        ("DELETE", "orders('x')/product", b"", 404),
        ("POST", "stockValue()", b"{}", 405),
        ("PUT", "categories('tools')/icon/$value", b"x" * 65_537, 400),
        ("PUT", "products('x')/stock", b'{"value":1}', 404),
        ("POST", SAW, b"{}", 405),
        ("PUT", "products", b"{}", 405),
        ("DELETE", "products", b"", 405),
        ("POST", "products/$count", b"{}", 405),
        ("PUT", "", b"{}", 405),
        ("POST", "$metadata", b"{}", 405),
        ("FOO", "products", b"", 501),
        ("PUT", f"{SAW}/$ref", b"{}", 405),
        ("PUT", "products('x')/category", b"{}", 404),
    ],
)
def test_changes_that_are_impossible(
    service: Service, method: str, url: str, body: bytes, status: int
) -> None:
    response = service.ask(method, url, body)

    assert response.status == status
    assert isinstance(code_of(response), str)
    assert (response.header("allow") is not None) == (status == 405)


def test_references_are_set_and_removed(service: Service) -> None:
    toys: Json = {"@odata.id": "categories('toys')"}

    assert service.send("PUT", f"{SAW}/category/$ref", toys).status == 204
    assert service.get(SAW)["category_id"] == "toys"
    assert service.ask("DELETE", f"{SAW}/category/$ref").status == 204
    assert service.get(SAW)["category_id"] is None
    url = "categories('toys')/products"
    assert service.send("POST", f"{url}/$ref", {"@id": f"{ROOT}/{SAW}"}).status == 204
    assert service.get(SAW)["category_id"] == "toys"
    assert service.ask("DELETE", f"{url}('saw')/$ref").status == 204
    assert service.ask("DELETE", f"{url}/$ref?$id=products('robot')").status == 204
    assert service.get("products('robot')")["category_id"] is None


@pytest.mark.parametrize(
    ("method", "url", "body", "status"),
    [
        ("PUT", f"{SAW}/category/$ref", {"@id": "products('saw')"}, 400),
        ("PUT", f"{SAW}/category/$ref", {"@id": "categories('nosuch')"}, 400),
        ("PUT", f"{SAW}/category/$ref", {}, 400),
        ("POST", f"{SAW}/category/$ref", {"@id": "categories('toys')"}, 405),
        ("POST", "categories('x')/products/$ref", {"@id": SAW}, 404),
        ("POST", "categories('toys')/products/$ref", {"@id": "products('nosuch')"}, 404),
        ("DELETE", "categories('toys')/products/$ref", None, 400),
        ("DELETE", "categories('toys')/products('saw')/$ref", None, 404),
        ("PUT", "categories('toys')/products/$ref", {}, 405),
    ],
)
def test_references_that_are_impossible(
    service: Service, method: str, url: str, body: Json, status: int
) -> None:
    assert service.refusal(method, url, body)[0] == status


def test_the_action_and_the_function(service: Service) -> None:
    restocked = service.send("POST", "restock", {"productId": "saw", "amount": 5})

    assert (restocked.status, json_of(restocked)["stock"]) == (200, 20)
    assert service.get("stockValue")["value"] == 899.8
    assert service.get("stockValue()")["@context"] == f"{ROOT}/$metadata#Edm.Decimal"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"productId": "saw"}, 400),
        ({"productId": "saw", "amount": "1"}, 400),
        ({"productId": "saw", "amount": 1, "x": 1}, 400),
        ({"productId": "saw", "amount": 2**31 - 1}, 400),
        ({"productId": "nosuch", "amount": 1}, 404),
    ],
)
def test_calls_of_the_action_that_are_refused(service: Service, body: Json, status: int) -> None:
    assert service.refusal("POST", "restock", body)[0] == status
    assert service.get(SAW)["stock"] == 15
