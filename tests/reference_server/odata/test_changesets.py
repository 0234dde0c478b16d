"""Change sets and atomicity groups: all of it or nothing."""

from dataclasses import replace

import pytest

from reference_server.json_text import Json
from reference_server.odata.message import Request
from reference_server.odata.parts import Parts
from tests.reference_server.odata.batching import (
    JSON,
    MULTIPART,
    Answer,
    Items,
    One,
    answers,
    delete,
    flat,
    get,
    json_batch,
    multipart,
    patch,
    post,
)
from tests.reference_server.odata.service import ROOT, Service, code_of, service_on

SAW = "products('saw')"
FAILING = {
    "clash": post("products", {"name": "x", "sku": "T-1"}),
    "invalid": post("products", {"name": 5}),
    "unknown property": post("products", {"name": "x", "nosuch": 1}),
    "missing": patch("orders('x')/product", {"stock": 1}),
    "stale": patch(SAW, {"stock": 1}, if_match='"no"'),
    "referenced": delete("categories('toys')"),
    "no such set": post("nosuch", {}),
    "unbindable": post("products", {"name": "x", "category@odata.bind": "categories('nosuch')"}),
}
STATUSES = {
    "clash": 409,
    "invalid": 400,
    "unknown property": 400,
    "missing": 404,
    "stale": 412,
    "referenced": 409,
    "no such set": 404,
    "unbindable": 400,
}


def category(key: str) -> One:
    return post("categories", {"_id": key, "name": key})


@pytest.mark.parametrize("kind", FAILING)
@pytest.mark.parametrize("place", [0, 1, 3])
def test_one_that_fails_undoes_all(service: Service, form: str, kind: str, place: int) -> None:
    changes = [
        category("a"),
        patch("products('hammer')", {"stock": 1}),
        delete("orders('order-1')"),
    ]
    changes.insert(place, FAILING[kind])
    before = state(service)

    found = service.batch(form, [changes])

    assert state(service) == before
    told = next(each for each in found if each.status != 424)
    assert (told.status, told.code) == (STATUSES[kind], "CHANGESET_FAILED")


def state(service: Service) -> list[Json]:
    return [service.get(name)["value"] for name in ("categories", "products", "orders")]


@pytest.mark.parametrize("size", [1, 2, 10, 50])
def test_one_that_succeeds_is_done_whole(service: Service, form: str, size: int) -> None:
    keys = [f"new-{number}" for number in range(size)]

    found = service.batch(form, [[category(key) for key in keys]])

    assert [each.status for each in found] == [201] * size
    assert service.keys("categories") == {"tools", "toys", *keys}


def test_a_failed_change_set_is_answered_once(service: Service) -> None:
    changes = [
        One(method="POST", url="categories", body={"_id": "a", "name": "a"}, id="first"),
        One(method="POST", url="categories", body={"_id": "a", "name": "a"}, id="second"),
        One(method="POST", url="categories", body={"_id": "b", "name": "b"}, id="third"),
    ]

    (found,) = answers(service.multipart([changes]))

    assert isinstance(found, Answer)
    assert (found.status, found.headers["content-type"]) == (409, "application/json")
    assert found.json == {
        "error": {
            "code": "CHANGESET_FAILED",
            "message": "operation second failed, so that nothing was done:"
            " another row of categories has this _id",
            "target": "_id",
            "details": [
                {
                    "code": "DUPLICATE_KEY",
                    "message": "another row of categories has this _id",
                    "target": "_id",
                }
            ],
            "innererror": {
                "completedOperations": 1,
                "totalOperations": 3,
                "failedOperation": "second",
                "rollbackAttempted": True,
                "rollbackStatus": "success",
            },
        }
    }


def test_operations_without_an_id_are_counted_from_1(service: Service) -> None:
    (found,) = flat(service.multipart([[category("a"), category("a")]]))

    error = found.json["error"]
    assert isinstance(error, dict)
    inner = error["innererror"]
    assert isinstance(inner, dict)
    assert (inner["failedOperation"], inner["completedOperations"]) == ("2", 1)


def test_members_of_a_failed_group_are_all_answered(service: Service) -> None:
    found = service.batch("json", [[category("a"), category("a"), category("b")]])

    assert [(each.status, each.code, each.group) for each in found] == [
        (424, "FAILED_DEPENDENCY", "g0"),
        (409, "CHANGESET_FAILED", "g0"),
        (424, "FAILED_DEPENDENCY", "g0"),
    ]


def test_a_failed_change_set_stops_a_multipart_batch(service: Service) -> None:
    items: Items = [[category("a")], [category("a")], [category("b")]]

    found = flat(service.multipart(items))

    assert [each.status for each in found] == [201, 409]
    assert service.keys("categories") == {"tools", "toys", "a"}


def test_a_failed_change_set_leaves_the_others(service: Service, form: str) -> None:
    items: Items = [[category("a")], [category("b"), category("a")], [category("c")], get(SAW)]

    service.batch(form, items, prefer="continue-on-error")

    assert service.keys("categories") == {"tools", "toys", "a", "c"}


def test_a_change_set_holds_no_reads(service: Service) -> None:
    (found,) = flat(service.multipart([[category("a"), get(SAW)]]))

    assert found.status == 400
    assert "a" not in service.keys("categories")


def test_an_atomicity_group_may_hold_reads(service: Service) -> None:
    found = service.batch("json", [[category("a"), get("categories('a')"), category("b")]])

    assert [each.status for each in found] == [201, 200, 201]


def test_a_later_operation_sees_what_earlier_ones_did(service: Service, form: str) -> None:
    changes = [
        category("a"),
        patch("categories('a')", {"description": "b"}),
        post("categories('a')/products", {"_id": "p", "name": "p"}),
        delete("products('p')"),
        delete("categories('a')"),
        category("a"),
    ]

    found = service.batch(form, [changes])

    assert [each.status for each in found] == [201, 204, 201, 204, 204, 201]


def test_a_crash_of_ours_undoes_a_change_set_too(form: str) -> None:
    def crash(*_given: object, **_options: object) -> bool:
        raise ZeroDivisionError

    with service_on(parts=Parts(check_conditions=crash)) as service:
        body = (multipart if form == "multipart" else json_batch)(
            [[category("a"), patch(SAW, {"stock": 1})]]
        )
        request = Request(
            method="POST",
            url="$batch",
            root=ROOT,
            headers={"content-type": MULTIPART if form == "multipart" else JSON},
            body=memoryview(body),
        )

        found = flat(service.handler(request))

        assert {each.status for each in found} <= {500, 424}
        assert [type(each) for each in service.crashes] == [ZeroDivisionError]
        assert "a" not in service.keys("categories")
        alone = (multipart if form == "multipart" else json_batch)([patch(SAW, {"stock": 1})])
        (crashed,) = flat(service.handler(replace(request, body=memoryview(alone))))
        assert (crashed.status, crashed.code) == (500, "INTERNAL_ERROR")


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(One(method="DELETE", url=SAW, body={}), id="body of a delete"),
        pytest.param(
            One(method="PUT", url=f"{SAW}/name/$value", body={"a": 1}), id="json as raw value"
        ),
    ],
)
def test_a_member_whose_body_can_t_be_taken_fails_the_group(service: Service, broken: One) -> None:
    found = service.batch("json", [[category("a"), broken]])

    assert [each.status for each in found] in ([424, 400], [424, 415])
    assert "a" not in service.keys("categories")


def test_what_was_created_over_one_protocol_is_read_over_the_other(service: Service) -> None:
    with service.store.transaction() as work:
        work.insert("categories", {"_id": "rpc", "name": "rpc", "description": None, "icon": None})

    (found,) = service.batch("json", [get("categories('rpc')")])

    assert found.json["name"] == "rpc"


def test_errors_inside_are_whole_odata_errors(service: Service, form: str) -> None:
    (found,) = service.batch(form, [get("products('x')")])

    assert found.headers["content-language"] == "en"
    assert found.json == {
        "error": {"code": "NOT_FOUND", "message": "there is no such entity in products"}
    }
    assert code_of(service.ask("GET", "products('x')")) == "NOT_FOUND"
