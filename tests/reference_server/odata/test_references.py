"""References between the requests of a batch, dependencies and conditions."""

import re

import pytest

from reference_server.json_text import Json
from tests.reference_server.odata.batching import Items, One, flat, get, patch, post
from tests.reference_server.odata.service import Service

SAW = "products('saw')"


def category(key: str | None = None, request_id: str | None = "1") -> One:
    body: dict[str, Json] = {"name": "new"} if key is None else {"_id": key, "name": "new"}
    return post("categories", body, request_id)


def after(one: One, *depends_on: str) -> One:
    return One(
        method=one.method,
        url=one.url,
        id=one.id,
        body=one.body,
        headers=one.headers,
        depends_on=depends_on,
    )


def test_an_inserted_entity_is_referenced_in_urls(service: Service, form: str) -> None:
    changes = [
        category(),
        after(patch("$1", {"description": "d"}, "2"), "1"),
        after(post("$1/products", {"name": "p"}, "3"), "1"),
        after(patch("$3/category", {"icon": "AAAA"}, "4"), "3"),
    ]

    found = service.batch(form, [changes])

    assert [each.status for each in found] == [201, 204, 201, 204]
    made = service.get(found[0].headers["location"])
    assert (made["description"], made["icon"]) == ("d", "AAAA")
    assert found[2].json["category_id"] == made["_id"]


def test_references_reach_across_change_sets_and_single_requests(
    service: Service, form: str
) -> None:
    items: Items = [
        [category()],
        [after(patch("$1", {"description": "d"}, "2"), "1")],
        after(get("$1", "3"), "1", "2"),
        after(get("$3/products/$count?$filter=true", "4"), "3"),
    ]

    found = service.batch(form, items)

    assert [each.status for each in found] == [201, 204, 200, 200]
    assert found[2].json["description"] == "d"


@pytest.mark.parametrize("url", ["$1", "/odata/$1", "http://host/odata/$1"])
def test_a_reference_may_stand_behind_the_service_root(
    service: Service, form: str, url: str
) -> None:
    found = service.batch(form, [category(), after(get(url, "2"), "1")])

    assert [each.status for each in found] == [201, 200]


def test_a_reference_may_be_escaped_without_need(service: Service, form: str) -> None:
    product = post("products", {"name": "p", "category@odata.bind": "$a%2D1"}, "2")
    changes = [
        category(request_id="a-1"),
        after(patch("$%61-1", {"description": "d"}, "b"), "a-1"),
        after(product, "a-1"),
    ]

    found = service.batch(form, [changes])

    assert [each.status for each in found] == [201, 204, 201]
    assert found[2].json["category_id"] == found[0].json["_id"]


def test_keys_are_escaped_when_a_reference_is_resolved(service: Service, form: str) -> None:
    key = "a'b/c?d e:é%"

    found = service.batch(form, [category(key), after(get("$1/name", "2"), "1")])

    assert [each.status for each in found] == [201, 200]
    assert found[0].headers["location"] == (
        "http://host/odata/categories('a''b%2Fc%3Fd%20e%3A%C3%A9%25')".replace("''", "%27%27")
    )
    assert service.get(found[0].headers["location"])["_id"] == key


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_what_was_read_or_changed_can_be_referenced_too(
    service: Service, form: str, method: str
) -> None:
    body: Json = {"stock": 9} if method == "PATCH" else None

    found = service.batch(
        form, [One(method=method, url=SAW, id="1", body=body), after(get("$1/category", "2"), "1")]
    )

    assert found[1].json["_id"] == "tools"


@pytest.mark.parametrize(
    ("name", "url"), [("metadata", "$metadata"), ("batch", "$batch"), ("all", "$all")]
)
def test_system_resources_win_over_references(
    service: Service, form: str, name: str, url: str
) -> None:
    found = service.batch(form, [category(None, name), after(get(url, "2"), name)])

    alone = service.ask("GET", url) if url == "$metadata" else None
    assert alone is None or found[1].content == alone.content
    assert found[1].status == {"$metadata": 200, "$batch": 400, "$all": 501}[url]


def test_ids_are_compared_letter_by_letter(service: Service, form: str) -> None:
    items: Items = [category("lower", "a"), category("upper", "A"), after(get("$A", "3"), "A")]

    found = service.batch(form, items)

    assert found[2].json["_id"] == "upper"


def test_a_reference_to_nothing_fails(service: Service, form: str) -> None:
    changes = [category("new"), patch("$999", {"name": "x"}, "2")]

    found = service.batch(form, [changes])

    assert found[-1].code == "CHANGESET_FAILED"
    assert "new" not in service.keys("categories")


def test_a_reference_to_what_failed_fails_with_424(service: Service, form: str) -> None:
    items: Items = [
        post("categories", {}, "1"),
        get("$1/products", "2"),
        [category("tools", "3")],
        get("$3", "4"),
    ]

    found = service.batch(form, items, prefer="continue-on-error")

    assert [each.status for each in found] == [400, 424, 409, 424]
    assert found[1].code == "FAILED_DEPENDENCY"


def test_references_in_bodies_bind_entities(service: Service, form: str) -> None:
    changes = [
        category("new"),
        after(post("products", {"name": "p", "category@odata.bind": "$1"}, "2"), "1"),
        after(post("products", {"name": "q", "category": {"@id": "$1"}}, "3"), "1"),
        after(patch("products('saw')", {"category@bind": "$1"}, "4"), "1"),
    ]

    found = service.batch(form, [changes])

    assert [each.status for each in found] == [201, 201, 201, 204]
    assert [each.json["category_id"] for each in found[1:3]] == ["new", "new"]
    assert service.get(SAW)["category_id"] == "new"


def test_values_of_bodies_are_referenced_in_queries_and_bodies(service: Service, form: str) -> None:
    items: Items = [
        get(SAW, "1"),
        after(get("products?$filter=stock%20eq%20$1/stock", "2"), "1"),
        after(get("products?$filter=name%20eq%20$1/name%20and%20sku%20ne%20'$1/name'", "3"), "1"),
        after(post("products", {"name": "$1/name", "stock": "$1/stock"}, "4"), "1"),
        after(post("products", {"name": "$2/name", "sku": "$nosuch/x"}, "5"), "1"),
    ]

    found = service.batch(form, items, prefer="continue-on-error")

    assert [names_in(each.json) for each in found[1:3]] == [["Saw"], ["Saw"]]
    assert (found[3].json["name"], found[3].json["stock"]) == ("Saw", 15)
    assert found[4].status == 400


def names_in(value: dict[str, Json]) -> list[Json]:
    rows = value["value"]
    assert isinstance(rows, list)
    return [row["name"] for row in rows if isinstance(row, dict)]


@pytest.mark.parametrize(
    ("one", "status"),
    [
        pytest.param(get("$2", "3"), 400, id="a set is no entity"),
        pytest.param(get("products?$filter=stock%20eq%20$1", "3"), 400, id="an object is no value"),
        pytest.param(get("products?$filter=stock%20eq%20$1/nosuch", "3"), 400, id="no such member"),
        pytest.param(get("products?$filter=price%20eq%20$4/price", "3"), 200, id="null"),
        pytest.param(get("products?$filter=active%20eq%20$1/active", "3"), 200, id="boolean"),
        pytest.param(get(SAW, "3", if_none_match="$2"), 400, id="a set has no etag"),
        pytest.param(patch(SAW, {"name": "$"}, "3"), 204, id="a dollar"),
        pytest.param(patch(SAW, {"category@odata.bind": "$metadata"}, "3"), 400, id="metadata"),
        pytest.param(patch(SAW, {"sku": "$x/y"}, "3"), 204, id="an unknown id is text"),
        pytest.param(patch(SAW, {"sku": ["$1/sku", {"a": "$1/sku"}]}, "3"), 400, id="nested"),
    ],
)
def test_values_that_are_none(service: Service, form: str, one: One, status: int) -> None:
    items: Items = [get(SAW, "1"), get("products", "2"), get("products('robot')", "4"), one]

    assert service.batch(form, items)[-1].status == status


def test_a_body_that_only_looks_like_a_reference_is_left_to_its_reader(service: Service) -> None:
    text = One(
        method="PUT",
        url=f"{SAW}/name/$value",
        raw=b'"$1"',
        id="2",
        headers={"content-type": "text/plain"},
    )
    broken = One(method="POST", url="categories", raw=b'{"name":"$1"', id="3")

    found = service.batch("multipart", [get(SAW, "1"), text, broken])

    assert [each.status for each in found] == [200, 204, 400]
    assert service.get(SAW)["name"] == '"$1"'


def test_literals_win_over_references_in_queries(service: Service, form: str) -> None:
    items: Items = [
        get("products('robot')", "it"),
        after(get("products?$filter=$it/stock%20eq%2015", "2"), "it"),
        after(get("products?$filter=stock%20eq%2015&$orderby=$it/name", "3"), "it"),
    ]

    found = service.batch(form, items)

    assert [names_in(each.json) for each in found[1:]] == [["Saw"], ["Saw"]]


def test_etags_are_referenced(service: Service, form: str) -> None:
    items: Items = [
        get(SAW, "1"),
        after(patch(SAW, {"stock": 1}, "2", if_match="$1"), "1"),
        after(patch(SAW, {"stock": 2}, "3", if_match="$1"), "1"),
        after(patch(SAW, {"stock": 3}, "4", if_match="$2"), "2"),
        after(get(SAW, "5", if_none_match="$4"), "4"),
        after(patch(SAW, {"stock": 4}, "6", if_match="$x"), "4"),
    ]

    found = service.batch(form, items, prefer="continue-on-error")

    assert [each.status for each in found] == [200, 204, 412, 204, 304, 400]


def test_no_url_of_a_response_holds_a_reference(service: Service, form: str) -> None:
    items: Items = [
        category(),
        after(post("$1/products", {"name": "p"}, "2"), "1"),
        after(get("$1/products?$count=true", "3", prefer="maxpagesize=1"), "1", "2"),
        after(get("$2?$expand=category", "4", accept="application/json;metadata=full"), "2"),
        after(post("$1/products", {"name": "q"}, "5", prefer="return=minimal"), "1"),
        after(get("$1/products", "6", prefer="maxpagesize=1"), "5"),
    ]

    response = service.multipart(items) if form == "multipart" else service.json(items)

    assert [each.status for each in flat(response)] == [201, 201, 200, 200, 204, 200]
    assert re.search(rb"/\$[0-9]", response.content) is None
    link = flat(response)[5].json["@nextLink"]
    assert isinstance(link, str)
    assert names_in(service.get(link)) != []


def test_dependents_of_a_failure_are_not_carried_out(service: Service) -> None:
    items: Items = [
        get("products('x')", "1"),
        after(category("a", "2"), "1"),
        after(category("b", "3"), "2"),
        [after(category("c", "4"), "1"), category("d", "5")],
        after(category("e", "6"), "g3"),
        category("f", "7"),
    ]

    found = service.batch("json", items)

    assert [each.status for each in found] == [404, 424, 424, 424, 424, 424, 201]
    assert service.keys("categories") == {"tools", "toys", "f"}


def test_a_group_that_succeeded_satisfies_its_dependents(service: Service) -> None:
    items: Items = [
        [category("a", "1"), after(post("$1/products", {"name": "p"}, "2"), "1")],
        after(get("$2", "3"), "g0", "2"),
    ]

    assert [each.status for each in service.batch("json", items)] == [201, 201, 200]


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("$1/$succeeded", 200),
        ("$1/$succeeded eq true", 200),
        ("not $1/$succeeded", 424),
        ("$0/$succeeded eq false", 200),
        ("$g0/$succeeded", 424),
        ("$2/$succeeded", 200),
        ("$1/stock gt 14 and $1/name eq 'Saw'", 200),
        ("$1/stock gt 14.5 and $1/price lt 20", 200),
        ("$1/stock gt 15 or $1/sku eq null", 424),
        ("$1/nosuch eq null", 200),
        ("$0/stock gt 1", 424),
        ("$0/stock ne 1", 200),
        ("$1/name eq '$1/name'", 424),
        ("($1/stock ge 15) and ($1/stock le 15)", 200),
        ("not ($1/stock lt -1)", 200),
        ("true", 200),
        ("$1/stock", 400),
        ("$1", 400),
        ("stock gt 1", 400),
        ("$1/stock gt 'a'", 400),
        ("", 400),
        ("contains($1/name,'a')", 400),
        ("true and " * 200 + "true", 400),
    ],
)
def test_a_condition_decides(service: Service, condition: str, status: int) -> None:
    items: Items = [
        [category("tools", "x")],
        get("products('x')", "0"),
        get(SAW, "1"),
        get(SAW, "2"),
        One(method="GET", url=SAW, id="3", condition=condition, depends_on=["0", "1", "2"]),
    ]

    found = service.batch("json", items)

    assert found[-1].status == status


def test_a_condition_that_fails_in_a_group_fails_the_group(service: Service) -> None:
    conditional = One(
        method="POST", url="categories", id="2", body={"name": "x"}, condition="$0/$succeeded"
    )

    found = service.batch("json", [get("products('x')", "0"), [category("a", "1"), conditional]])

    assert [each.status for each in found] == [404, 424, 424]
    assert "a" not in service.keys("categories")
