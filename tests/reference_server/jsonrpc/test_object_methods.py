"""object.* on a store in memory with the seed rows."""

import pytest

from reference_server.json_text import Json
from reference_server.jsonrpc.object_methods import MAX_IMPORT_ROWS
from tests.reference_server.half import Half, call

SAW: Json = {
    "_id": "saw",
    "name": "Saw",
    "sku": "T-2",
    "price": 19.99,
    "stock": 15,
    "active": True,
    "category_id": "tools",
}


def ids(found: Json) -> list[Json]:
    assert isinstance(found, dict)
    assert isinstance(found["value"], list)
    return [row["_id"] for row in found["value"] if isinstance(row, dict)]


def test_a_record_is_got_by_its_id(half: Half) -> None:
    assert half.result("object.get", ["products", "saw"]) == SAW
    assert half.result("object.get", {"objectName": "orders", "id": "order-1"}) == {
        "_id": "order-1",
        "customer": "Ada",
        "total": 25,
        "placed_at": "2026-01-31T09:30:00Z",
        "product_id": "hammer",
    }


def test_a_missing_record_is_null(half: Half) -> None:
    assert half.result("object.get", ["products", "nosuch"]) is None


def test_find_without_a_query_gives_all_by_their_key(half: Half) -> None:
    found = half.result("object.find", ["products"])

    assert ids(found) == ["hammer", "robot", "saw"]
    assert isinstance(found, dict)
    assert found["count"] == 3


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        pytest.param({}, ["hammer", "robot", "saw"], id="none"),
        pytest.param({"active": True}, ["hammer", "saw"], id="equality"),
        pytest.param({"active": True, "stock": 15}, ["saw"], id="two must hold"),
        pytest.param({"sku": None}, ["robot"], id="null"),
        pytest.param([["price", "=", 12.5]], ["hammer"], id="="),
        pytest.param([["sku", "!=", "T-1"]], ["robot", "saw"], id="!= finds null too"),
        pytest.param([["sku", "!=", None]], ["hammer", "saw"], id="!= null"),
        pytest.param([["price", "<", 19.99]], ["hammer"], id="<"),
        pytest.param([["price", "<=", 19.99]], ["hammer", "saw"], id="<="),
        pytest.param([["stock", ">", 15]], ["hammer"], id=">"),
        pytest.param([["stock", ">=", 15], ["active", "=", True]], ["hammer", "saw"], id=">="),
        pytest.param([["name", "in", ["Saw", "Hammer"]]], ["hammer", "saw"], id="in"),
        pytest.param([["name", "in", []]], [], id="in nothing"),
        pytest.param([["name", "contains", "amm"]], ["hammer"], id="contains"),
        pytest.param([["name", "contains", "AMM"]], [], id="contains minds case"),
        pytest.param([["name", "contains", "%"]], [], id="contains takes no pattern"),
    ],
)
def test_filters_select_records(half: Half, filters: Json, found: list[Json]) -> None:
    assert ids(half.result("object.find", ["products", {"filters": filters}])) == found
    assert half.result("object.count", ["products", filters]) == len(found)


def test_a_query_chooses_fields_order_and_page(half: Half) -> None:
    query: Json = {
        "fields": ["name", "stock", "name"],
        "sort": [["active", "desc"], ["stock", "asc"]],
        "top": 2.0,
        "skip": 1,
    }

    assert half.result("object.find", {"objectName": "products", "query": query}) == {
        "value": [{"name": "Hammer", "stock": 40}, {"name": "Röböt 🤖", "stock": 0}],
        "count": 3,
    }


@pytest.mark.parametrize(
    ("query", "pointer", "expected", "seen"),
    [
        pytest.param(
            {"limit": 1},
            "/1/limit",
            "one of filters, fields, sort, top, skip",
            "an unknown name",
            id="unknown member",
        ),
        pytest.param({"top": 1001}, "/1/top", "at most 1000", "1001", id="top"),
        pytest.param({"skip": -1}, "/1/skip", "at least 0", "-1", id="skip"),
        pytest.param(
            {"fields": ["nam"]},
            "/1/fields/0",
            "one of _id, name, description, icon",
            "an unknown name",
            id="field",
        ),
        pytest.param(
            {"sort": [["name", "asc"], ["x", "asc"]]},
            "/1/sort/1/0",
            "one of _id, name, description, icon",
            "an unknown name",
            id="sort field",
        ),
        pytest.param(
            {"sort": [["name", "up"]]},
            "/1/sort/0/1",
            'one of "asc", "desc"',
            'the String "up"',
            id="direction",
        ),
        pytest.param(
            {"filters": {"a/b": 1}},
            "/1/filters/a~1b",
            "one of _id, name, description, icon",
            "an unknown name",
            id="filter name",
        ),
        pytest.param(
            {"filters": {"name": 1}},
            "/1/filters/name",
            "a String of 0 to 100 characters without U+0000",
            "another value",
            id="filter value",
        ),
        pytest.param(
            {"filters": [["name", "like", "x"]]},
            "/1/filters/0/1",
            'one of "=", "!=", "<", "<=", ">", ">=", "in", "contains"',
            'the String "like"',
            id="operator",
        ),
        pytest.param(
            {"filters": [["name", "in", "x"]]},
            "/1/filters/0/2",
            "an Array of at most 100 values",
            "another value",
            id="in a text",
        ),
        pytest.param(
            {"filters": [["name", "in", ["a", 1]]]},
            "/1/filters/0/2/1",
            "a String of 0 to 100 characters without U+0000",
            "another value",
            id="in a wrong value",
        ),
        pytest.param(
            {"filters": [["description", "<", None]]},
            "/1/filters/0/2",
            "a value to compare with",
            "null",
            id="less than null",
        ),
        pytest.param(
            {"filters": [["name", "="]]},
            "/1/filters/0",
            "at least 3 entries",
            "an Array",
            id="two entries",
        ),
        pytest.param(
            {"filters": [["x", "=", 1]]},
            "/1/filters/0/0",
            "one of _id, name, description, icon",
            "an unknown name",
            id="name in a list",
        ),
    ],
)
def test_a_query_that_does_not_fit_is_refused(
    half: Half, query: Json, pointer: str, expected: str, seen: str
) -> None:
    assert half.bad_param("object.find", ["categories", query]) == (pointer, expected, seen)


def test_contains_is_for_text(half: Half) -> None:
    assert half.bad_param("object.count", ["products", [["stock", "contains", 1]]]) == (
        "/1/0/0",
        "a field of text",
        "a field of kind integer",
    )


def test_an_unknown_object_name_is_a_bad_param(half: Half) -> None:
    assert half.bad_param("object.get", {"objectName": "x", "id": "1"}) == (
        "/objectName",
        'one of "categories", "orders", "products"',
        'the String "x"',
    )


def test_a_record_is_created_with_defaults_and_a_fresh_id(half: Half) -> None:
    created = half.result("object.create", ["products", {"name": "Drill", "price": 79.9}])

    assert created == {
        "_id": "fresh-1",
        "name": "Drill",
        "sku": None,
        "price": 79.9,
        "stock": 0,
        "active": True,
        "category_id": None,
    }
    assert half.result("object.get", ["products", "fresh-1"]) == created


@pytest.mark.parametrize(
    ("data", "pointer", "expected", "seen"),
    [
        pytest.param({}, "/data/name", "a value for name", "nothing", id="missing"),
        pytest.param(
            {"name": None},
            "/data/name",
            "a String of 0 to 100 characters without U+0000",
            "null",
            id="null",
        ),
        pytest.param(
            {"name": "a", "x/y": 1},
            "/data/x~1y",
            "one of _id, name, sku, price, stock, active, category_id",
            "an unknown name",
            id="unknown",
        ),
        pytest.param(
            {"name": "a", "category_id": "nosuch"},
            "/data/category_id",
            "the _id of a row of categories",
            "another value",
            id="reference",
        ),
        pytest.param(
            {"name": "a", "_id": ""},
            "/data/_id",
            "a String of 1 to 64 characters without U+0000",
            "another value",
            id="key",
        ),
    ],
)
def test_a_record_that_does_not_fit_is_refused(
    half: Half, data: Json, pointer: str, expected: str, seen: str
) -> None:
    params: Json = {"objectName": "products", "data": data}

    assert half.bad_param("object.create", params) == (pointer, expected, seen)
    assert half.result("object.count", ["products"]) == 3


@pytest.mark.parametrize(
    ("data", "field"),
    [
        pytest.param({"_id": "saw", "name": "a"}, "_id", id="key"),
        pytest.param({"name": "a", "sku": "T-2"}, "sku", id="unique field"),
    ],
)
def test_a_duplicate_is_an_application_error(half: Half, data: Json, field: str) -> None:
    assert half.error("object.create", ["products", data]) == {
        "code": 1005,
        "message": "Duplicate key",
        "data": {"objectName": "products", "field": field},
    }


def test_an_update_changes_what_is_given_and_returns_the_record(half: Half) -> None:
    assert isinstance(SAW, dict)
    changed: Json = {**SAW, "stock": 14, "price": None}

    assert half.result("object.update", ["products", "saw", {"stock": 14, "price": None}]) == (
        changed
    )
    assert half.result("object.update", ["products", "saw", {}]) == changed
    assert half.result("object.update", ["products", "saw", {"_id": "saw", "sku": "T-2"}]) == (
        changed
    )


def test_an_update_is_refused_as_a_creation_would_be(half: Half) -> None:
    assert half.bad_param("object.update", ["products", "saw", {"_id": "x"}]) == (
        "/2/_id",
        "the key as it is",
        "another key",
    )
    assert half.error("object.update", ["products", "saw", {"sku": "T-1"}]) == {
        "code": 1005,
        "message": "Duplicate key",
        "data": {"objectName": "products", "field": "sku"},
    }
    assert half.error("object.update", ["products", "x", {"stock": 1}]) == {
        "code": 1004,
        "message": "Record not found",
        "data": {"objectName": "products", "id": "x"},
    }


def test_a_deletion_tells_whether_there_was_a_record(half: Half) -> None:
    assert half.result("object.delete", ["products", "robot"]) == {"deleted": True}
    assert half.result("object.delete", ["products", "robot"]) == {"deleted": False}
    assert half.error("object.delete", ["products", "saw"]) == {
        "code": 1006,
        "message": "Record still referenced",
        "data": {"objectName": "products", "id": "saw"},
    }


def test_an_import_is_all_or_nothing(half: Half) -> None:
    good: Json = [{"_id": "a", "name": "A"}, {"name": "B"}]
    bad: Json = [{"name": "C"}, {"name": 1}]
    taken: Json = [{"name": "D"}, {"_id": "a", "name": "E"}]

    assert half.result("object.batchImport", ["categories", good, "session"]) == {
        "imported": 2,
        "ids": ["a", "fresh-1"],
    }
    pointer, _, _ = half.bad_param("object.batchImport", ["categories", bad])
    error = half.error("object.batchImport", {"objectName": "categories", "records": taken})

    assert pointer == "/1/1/name"
    assert isinstance(error, dict)
    assert error["code"] == 1005
    assert half.result("object.count", ["categories"]) == 4


def test_an_import_is_bounded(half: Half) -> None:
    records: Json = [{}] * (MAX_IMPORT_ROWS + 1)

    assert half.bad_param("object.batchImport", ["categories", records]) == (
        "/1",
        f"at most {MAX_IMPORT_ROWS} entries",
        "an Array",
    )


def test_a_batch_creates_and_refers_to_what_it_created(half: Half) -> None:
    batch: Json = [
        call("object.create", ["categories", {"name": "New"}], "c"),
        call("object.create", ["products", {"name": "P", "category_id": "$c.result._id"}], "p"),
        call("object.get", ["products", "$p.result._id"], "g"),
    ]

    answers = half.ask(batch)

    assert isinstance(answers, list)
    assert isinstance(answers[2], dict)
    assert isinstance(answers[2]["result"], dict)
    assert answers[2]["result"]["category_id"] == "fresh-1"
