"""Batches as a whole, in both formats."""

import pytest

from reference_server.json_text import Json
from reference_server.settings import ODataSettings
from tests.reference_server.odata.batching import (
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
from tests.reference_server.odata.service import EVERYTHING, ROOT, Service, code_of, service_on

SAW = "products('saw')"


def category(key: str) -> Json:
    return {"_id": key, "name": key}


def test_every_kind_of_request_has_its_place_in_a_batch(service: Service, form: str) -> None:
    items = [
        get("$metadata"),
        get("/odata/"),
        get("products"),
        get(SAW),
        get("stockValue()"),
        post("restock", {"productId": "saw", "amount": 1}),
    ]

    found = service.batch(form, items)

    assert [each.status for each in found] == [200] * 6
    for one, answer in zip(items[:2], found, strict=False):
        alone = service.ask("GET", one.url)
        assert answer.content == alone.content
        assert answer.headers["content-type"] == alone.header("content-type")


def test_the_outer_status_is_200_whatever_happens_inside(service: Service, form: str) -> None:
    assert [each.status for each in service.batch(form, [get("products('x')")])] == [404]


def test_a_response_inside_equals_one_outside(service: Service, form: str) -> None:
    alone = service.ask("GET", SAW, odata_maxversion="4.0")

    (inside,) = service.batch(form, [get(SAW)], odata_maxversion="4.0")

    headers = {name.lower(): value for name, value in alone.headers}
    inside.headers.pop("content-length", None)
    assert (inside.status, inside.headers, inside.content) == (200, headers, alone.content)


def test_the_three_forms_of_a_url_are_one(service: Service, form: str) -> None:
    urls = [SAW, f"/odata/{SAW}", f"{ROOT}/{SAW}"]

    found = service.batch(form, [get(url) for url in urls])

    assert len({each.content for each in found}) == 1
    assert [each.status for each in found] == [200] * 3


def test_an_absolute_path_comes_with_a_host_field(service: Service) -> None:
    good, bad = get(f"/odata/{SAW}", host="host"), get(f"/odata/{SAW}", host="elsewhere")

    assert [each.status for each in service.batch("multipart", [good, bad])] == [200, 400]
    (elsewhere,) = service.batch("multipart", [get(f"http://elsewhere/odata/{SAW}")])
    assert (elsewhere.status, elsewhere.code) == (400, "INVALID_URL")
    (outside,) = service.batch("multipart", [get("/rpc")])
    assert outside.status == 404


def test_requests_are_carried_out_in_their_order(service: Service, form: str) -> None:
    items: Items = [
        patch(SAW, {"stock": 1}, "a"),
        One(method="GET", url=SAW, id="b", depends_on=["a"]),
        One(method="PATCH", url=SAW, id="c", body={"stock": 2}, depends_on=["b"]),
        One(method="GET", url=SAW, id="d", depends_on=["c"]),
    ]

    found = service.batch(form, items)

    assert [found[1].json["stock"], found[3].json["stock"]] == [1, 2]


def test_multipart_stops_at_the_first_error(service: Service) -> None:
    items: Items = [get(SAW), get("products('x')"), post("categories", category("new"))]

    found = service.batch("multipart", items)

    assert [each.status for each in found] == [200, 404]
    assert "new" not in service.keys("categories")


@pytest.mark.parametrize(
    "spelling",
    [
        "continue-on-error",
        "odata.continue-on-error",
        "continue-on-error=true",
        "odata.continue-on-error=true",
        "Continue-On-Error = True",
        'odata.continue-on-error="true"',
        "x-unknown=1, odata.continue-on-error",
    ],
)
def test_multipart_goes_on_if_that_is_preferred(service: Service, spelling: str) -> None:
    items: Items = [get(SAW), get("products('x')"), post("categories", category("new"))]

    response = service.multipart(items, prefer=spelling)

    assert [each.status for each in flat(response)] == [200, 404, 201]
    assert response.header("preference-applied") == "continue-on-error"
    assert "new" in service.keys("categories")


@pytest.mark.parametrize(
    "prefer",
    [
        pytest.param("continue-on-error=false", id="false"),
        pytest.param("odata.continue-on-error=false", id="prefixed"),
        pytest.param("continue-on-error=false, continue-on-error", id="the first counts"),
        pytest.param("x-continue-on-error", id="another"),
    ],
)
def test_multipart_stops_with_an_explicit_false(service: Service, prefer: str) -> None:
    items: Items = [get("products('x')"), get(SAW)]

    assert [each.status for each in service.batch("multipart", items, prefer=prefer)] == [404]


def test_json_goes_on_unless_it_is_told_not_to(service: Service) -> None:
    items: Items = [get("products('x')"), get(SAW)]

    assert [each.status for each in service.batch("json", items)] == [404, 200]
    assert [each.status for each in service.batch("json", items, prefer="continue-on-error")] == [
        404,
        200,
    ]
    found = service.batch("json", items, prefer="continue-on-error=false")
    assert [each.status for each in found] == [404]


def test_a_preference_of_one_request_does_not_steer_the_batch(service: Service) -> None:
    items: Items = [get("products('x')", prefer="continue-on-error"), get(SAW)]

    assert [each.status for each in service.batch("multipart", items)] == [404]


def test_not_modified_is_no_error(service: Service, form: str) -> None:
    etag = service.ask("GET", SAW).header("etag")
    assert etag is not None

    found = service.batch(form, [get(SAW, if_none_match=etag), get(SAW)])

    assert [each.status for each in found] == [304, 200]
    assert found[0].content == b""


def test_the_response_has_the_structure_of_the_batch(service: Service) -> None:
    items: Items = [
        get(SAW),
        [post("categories", category("a"), "1"), post("categories", category("b"), "2")],
        get("products", "named"),
    ]

    first, change_set, last = answers(service.multipart(items))

    assert isinstance(first, Answer)
    assert isinstance(last, Answer)
    assert isinstance(change_set, list)
    assert (first.id, [each.id for each in change_set], last.id) == (None, ["1", "2"], "named")
    assert [each.status for each in change_set] == [201, 201]


def test_json_answers_carry_ids_and_groups(service: Service) -> None:
    items: Items = [
        get(SAW, "one"),
        [post("categories", category("a"), "A"), post("categories", category("b"), "a")],
    ]

    found = service.batch("json", items)

    assert [(each.id, each.group) for each in found] == [
        ("one", None),
        ("A", "g1"),
        ("a", "g1"),
    ]


def test_a_multipart_batch_can_be_answered_as_json(service: Service) -> None:
    items: Items = [
        get(SAW),
        [post("categories", category("a"), "1"), post("categories", category("b"), "changeset1")],
        [post("categories", category("c"), "3")],
        get(SAW, "x"),
    ]

    response = service.multipart(items, accept="application/json")

    assert response.header("content-type") == "application/json"
    assert [(each.id, each.group, each.status) for each in flat(response)] == [
        (None, None, 200),
        ("1", "changeset2", 201),
        ("changeset1", "changeset2", 201),
        ("3", "changeset3", 201),
        ("x", None, 200),
    ]


def test_a_json_batch_can_be_answered_as_multipart(service: Service) -> None:
    items: Items = [
        get(SAW, "0"),
        [post("categories", category("a"), "1"), post("categories", category("b"), "2")],
    ]

    response = service.json(items, accept="multipart/mixed")

    assert (response.header("content-type") or "").startswith("multipart/mixed; boundary=")
    found = answers(response)
    assert [each.id for each in found if isinstance(each, Answer)] == ["0", "1", "2"]


def test_a_batch_is_posted(service: Service) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        response = service.ask(method, "$batch", multipart([get(SAW)]), content_type=MULTIPART)

        assert (response.status, response.header("allow")) == (405, "POST")


def test_a_batch_is_no_part_of_a_batch(service: Service, form: str) -> None:
    (found,) = service.batch(form, [post("$batch", {"requests": []})])

    assert found.status == 400


def test_without_the_feature_there_is_no_batch() -> None:
    with service_on(settings=ODataSettings()) as service:
        response = service.multipart([get(SAW)])

        assert (response.status, code_of(response)) == (501, "NOT_IMPLEMENTED")
        assert b"Batch" not in service.ask("GET", "$metadata").content


@pytest.mark.parametrize("version", ["4.0", "4.01"])
def test_a_batch_has_a_version_and_its_requests_inherit_it(
    service: Service, form: str, version: str
) -> None:
    send = service.multipart if form == "multipart" else service.json

    response = send([get(SAW), get(SAW, odata_maxversion="4.01")], odata_maxversion=version)

    assert response.header("odata-version") == version
    first, second = flat(response)
    assert (first.headers["odata-version"], second.headers["odata-version"]) == (version, "4.01")


def test_the_outer_response_has_no_fields_of_a_single_one(service: Service, form: str) -> None:
    send = service.multipart if form == "multipart" else service.json

    response = send([post("categories", category("new"))])

    assert [name for name, _ in response.headers] == ["OData-Version", "Content-Type"]


def test_too_many_requests_are_refused_whole() -> None:
    settings = ODataSettings(enable_batch=True, max_operations=2)
    items: Items = [
        post("categories", category("new")),
        [patch(SAW, {"stock": 1}), patch(SAW, {"stock": 2})],
    ]
    with service_on(settings=settings) as service:
        for response in (service.multipart(items), service.json(items)):
            assert (response.status, code_of(response)) == (413, "TOO_LARGE")
        assert "new" not in service.keys("categories")


def test_an_empty_json_batch_is_answered_and_an_empty_multipart_is_none(service: Service) -> None:
    assert service.json([]).content == b'{"responses":[]}'
    response = service.ask("POST", "$batch", b"--b--\r\n", content_type=MULTIPART)
    assert (response.status, code_of(response)) == (400, "MALFORMED_BATCH")


def test_a_thousand_requests_in_one_batch(service: Service, form: str) -> None:
    items: Items = [get(SAW, f"r{number}") for number in range(1000)]

    found = service.batch(form, items)

    assert [each.id for each in found] == [f"r{number}" for number in range(1000)]
    assert {each.status for each in found} == {200}


def test_a_page_of_a_batch_goes_on_outside_of_it(service: Service, form: str) -> None:
    (found,) = service.batch(form, [get("products?$count=true", prefer="odata.maxpagesize=2")])

    assert found.headers["preference-applied"] == "maxpagesize=2"
    link = found.json["@nextLink"]
    assert isinstance(link, str)
    rest = service.get(link)
    first, value = found.json["value"], rest["value"]
    assert isinstance(first, list)
    assert isinstance(value, list)
    assert (len(first), len(value), found.json["@count"], rest["@count"]) == (2, 1, 3, 3)


def test_binary_and_text_values_in_a_batch(service: Service, form: str) -> None:
    items: Items = [
        get("categories('tools')/icon/$value"),
        get("products('robot')/name/$value"),
        One(
            method="PUT",
            url="categories('toys')/icon/$value",
            raw=bytes(range(256)),
            headers={"content-type": "application/octet-stream"},
        ),
        get("categories('toys')/icon/$value"),
    ]

    found = service.batch(form, items)

    assert [each.status for each in found] == [200, 200, 204, 200]
    assert found[0].headers["content-type"] == "application/octet-stream"
    assert found[0].content.startswith(b"GIF89a")
    assert found[1].content.decode() == "Röböt 🤖"
    assert found[3].content == bytes(range(256))


def test_fields_that_have_no_place_in_a_request_are_ignored(service: Service, form: str) -> None:
    fields = {
        "authorization": "Basic eA==",
        "expect": "100-continue",
        "from": "a@b",
        "max-forwards": "0",
        "range": "bytes=0-1",
        "te": "trailers",
    }

    (found,) = service.batch(form, [One(method="GET", url=SAW, headers=fields)])

    assert (found.status, found.json["_id"]) == (200, "saw")


def test_a_snapshot_is_one_transaction(service: Service, form: str) -> None:
    items: Items = [
        patch(SAW, {"stock": 7}),
        patch("products('x-1')", {"stock": "no"}),
        [post("categories", category("a")), post("categories", category("a"))],
        get(SAW),
    ]
    prefer = "continue-on-error"

    for name in ("isolation", "odata_isolation"):
        fields = {name: "snapshot"}
        found = service.batch(form, items, prefer=prefer, **fields)

        assert found[-1].json["stock"] == 7
        assert found[1].status == 400
    assert service.get(SAW)["stock"] == 7
    assert "a" not in service.keys("categories")


def test_names_of_methods_are_not_case_sensitive_in_json(service: Service) -> None:
    items: Items = [One(method=method, url=SAW) for method in ("get", "Get", "GET")]

    assert [each.status for each in service.batch("json", items)] == [200] * 3
    (unknown,) = service.batch("json", [One(method="foo", url=SAW)])
    assert unknown.status == 501


def test_deleted_is_gone_for_later_requests(service: Service, form: str) -> None:
    found = service.batch(
        form,
        [delete("orders('order-1')", "1"), One(method="GET", url="orders('order-1')", id="2")],
    )

    assert [each.status for each in found] == [204, 404]
    assert found[0].content == b""


def test_the_settings_of_these_tests_have_every_feature() -> None:
    assert (EVERYTHING.enable_batch, EVERYTHING.enable_etags) == (True, True)
    assert json_batch([]) == b'{"requests":[]}'
