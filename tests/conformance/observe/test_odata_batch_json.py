"""Response objects of JSON batches, after JSON Format 19.1 and 19.5."""

import pytest
from hypothesis import given

from conformance.observe.odata_batch_json import JsonBatch, read_json_batch
from conformance.observe.odata_content import Content
from conformance.words.json_value import Json
from tests.conformance.observe.batches import JSON_BODIES, JSON_VALUES, json_batch

ONE: dict[str, Json] = {"id": "1", "status": 200}


def told(batch: JsonBatch) -> list[tuple[str, str]]:
    return [(one.code, one.detail) for one in batch.defects]


def test_responses_are_read_in_order() -> None:
    batch = read_json_batch(
        json_batch(
            {"id": "2", "atomicityGroup": "g", "status": 204},
            {"id": "1", "status": 201, "headers": {"location": "A(1)"}, "body": {"ID": 1}},
        )
    )

    first, second = batch.replies
    assert (first.wire_id, first.group, first.status, first.part) == ("2", "g", 204, 0)
    assert (second.wire_id, second.group, second.status, second.part) == ("1", None, 201, 1)
    assert second.headers == {"location": "A(1)"}
    assert second.content == Content(size=8, value={"ID": 1}, is_valid=True)
    assert (batch.is_batch, batch.next_link, batch.odd_case, batch.defects) == (True, None, (), ())


@pytest.mark.parametrize(
    ("body", "is_batch", "defects"),
    [
        pytest.param(b'{"responses":[]}', True, [], id="no responses"),
        pytest.param(
            b"[]", False, [("not-an-object", "/: expected an object, saw array")], id="an array"
        ),
        pytest.param(
            b'{"response":[]}',
            False,
            [("no-responses", "/responses: expected an array, saw absent")],
            id="another member",
        ),
        pytest.param(
            b'{"responses":{}}',
            False,
            [("no-responses", "/responses: expected an array, saw object")],
            id="an object of responses",
        ),
        pytest.param(b'{"error":{}}', False, [], id="an error for the whole batch"),
        pytest.param(
            b'{"@odata.context":"$metadata","responses":[]}',
            True,
            [("context-in-batch", "/@odata.context: expected no context URL here")],
            id="a context",
        ),
        pytest.param(
            b'{"responses":[1]}',
            True,
            [("not-a-response", "/responses/0: expected an object, saw number")],
            id="a response that is none",
        ),
    ],
)
def test_what_stands_around_the_responses_is_checked(
    body: bytes, *, is_batch: bool, defects: list[tuple[str, str]]
) -> None:
    batch = read_json_batch(body)

    assert batch.is_batch is is_batch
    assert told(batch) == defects


def test_flaws_of_json_have_their_place() -> None:
    batch = read_json_batch(b'{"responses":[],"responses":[]}', at=100)

    assert [(one.layer, one.code, one.at) for one in batch.defects] == [
        ("json", "duplicate-name", 116)
    ]


@pytest.mark.parametrize("name", [pytest.param(n, id=n) for n in ("@nextLink", "@odata.nextLink")])
def test_a_next_link_is_found_in_either_spelling(name: str) -> None:
    assert read_json_batch(json_batch(**{name: "next"})).next_link == "next"
    assert told(read_json_batch(json_batch(**{name: 1}))) == [
        ("bad-next-link", f"/{name}: expected a URL, saw number")
    ]


@pytest.mark.parametrize(
    ("response", "wire_id", "status", "defects"),
    [
        pytest.param(
            {"status": 200},
            None,
            200,
            [("no-id", "/responses/0: expected the member id, saw none")],
            id="no id",
        ),
        pytest.param(
            {"id": 1, "status": 200},
            "1",
            200,
            [("bad-id", "/responses/0/id: expected a string, saw number")],
            id="a number as id",
        ),
        pytest.param(
            {"id": None, "status": 200},
            None,
            200,
            [("bad-id", "/responses/0/id: expected a string, saw null")],
            id="a null id",
        ),
        pytest.param(
            {**ONE, "atomicityGroup": None},
            "1",
            200,
            [("bad-group", "/responses/0/atomicityGroup: expected a string, saw null")],
            id="a null group",
        ),
        pytest.param({"id": "1", "status": 200.0}, "1", 200, [], id="the same number"),
        pytest.param(
            {"id": "1", "status": "200"},
            "1",
            200,
            [
                (
                    "bad-status",
                    '/responses/0/status: expected a number from 100 to 599, saw string "200"',
                )
            ],
            id="a string as status",
        ),
        pytest.param(
            {"id": "1", "status": 600},
            "1",
            None,
            [
                (
                    "bad-status",
                    "/responses/0/status: expected a number from 100 to 599, saw a number 600",
                )
            ],
            id="no such status",
        ),
        pytest.param(
            {"id": "1", "status": True},
            "1",
            None,
            [
                (
                    "bad-status",
                    "/responses/0/status: expected a number from 100 to 599, saw boolean true",
                )
            ],
            id="a boolean as status",
        ),
        pytest.param(
            {"id": "1"},
            "1",
            None,
            [("bad-status", "/responses/0/status: expected a number from 100 to 599, saw absent")],
            id="no status",
        ),
        pytest.param(
            {"id": "1", "status": 200.5},
            "1",
            None,
            [
                (
                    "bad-status",
                    "/responses/0/status: expected a number from 100 to 599, saw a number 200.5",
                )
            ],
            id="a fraction",
        ),
    ],
)
def test_ids_and_statuses_are_checked(
    response: Json, wire_id: str | None, status: int | None, defects: list[tuple[str, str]]
) -> None:
    batch = read_json_batch(json_batch(response))

    assert (batch.replies[0].wire_id, batch.replies[0].status) == (wire_id, status)
    assert told(batch) == defects
    assert [one.code for one in batch.replies[0].defects] == [code for code, _ in defects]


@pytest.mark.parametrize(
    ("headers", "read", "odd_case", "codes"),
    [
        pytest.param(
            {"etag": "1", "location": "a"}, {"etag": "1", "location": "a"}, [], [], id="right"
        ),
        pytest.param(None, {}, [], [], id="null"),
        pytest.param([], {}, [], ["bad-headers"], id="an array"),
        pytest.param({"ETag": "1"}, {"etag": "1"}, ["ETag"], ["header-name-case"], id="upper case"),
        pytest.param({"age": 1}, {"age": "1"}, [], ["header-not-a-string"], id="a number"),
        pytest.param(
            {"etag": "1", "ETag": "2"},
            {"etag": "1"},
            ["ETag"],
            ["header-name-case", "doubled-header"],
            id="twice",
        ),
    ],
)
def test_headers_are_checked(
    headers: Json, read: dict[str, str], odd_case: list[str], codes: list[str]
) -> None:
    batch = read_json_batch(json_batch({**ONE, "headers": headers}))

    assert batch.replies[0].headers == read
    assert list(batch.odd_case) == odd_case
    assert [one.code for one in batch.defects] == codes


@pytest.mark.parametrize(
    ("content_type", "body", "content", "codes"),
    [
        pytest.param(None, {"a": 1}, Content(size=7, value={"a": 1}, is_valid=True), [], id="JSON"),
        pytest.param(None, None, Content(size=0), [], id="null"),
        pytest.param(
            "application/json;odata.metadata=none",
            [1],
            Content(size=3, value=[1], is_valid=True),
            [],
            id="JSON with parameters",
        ),
        pytest.param("text/plain", "5é", Content(size=3, text="5é"), [], id="text"),
        pytest.param("image/png", "-_8", Content(size=2, data=b"\xfb\xff"), [], id="binary"),
        pytest.param("image/png", "-_8=", Content(size=2, data=b"\xfb\xff"), [], id="with padding"),
        pytest.param("image/png", "", Content(size=0), [], id="an empty binary"),
        pytest.param(
            "application/xml", "PGEvPg", Content(size=4, text="<a/>"), [], id="XML in base64url"
        ),
        pytest.param(
            "image/png",
            "+/8=",
            Content(size=2, data=b"\xfb\xff"),
            ["not-base64url"],
            id="the other alphabet",
        ),
        pytest.param(
            "image/png", "A", Content(size=1, text="A"), ["not-base64url"], id="no whole byte"
        ),
        pytest.param(
            "application/xml",
            "<a/>",
            Content(size=4, text="<a/>"),
            ["not-base64url"],
            id="XML as it is",
        ),
        pytest.param(
            None, "5", Content(size=1, text="5"), ["string-without-type"], id="a bare string"
        ),
        pytest.param(
            "application/json",
            '{"a":1}',
            Content(size=11, value='{"a":1}', is_valid=True),
            ["json-in-a-string"],
            id="JSON in a string",
        ),
        pytest.param(
            "text/plain",
            5,
            Content(size=1, value=5, is_valid=True),
            ["body-not-a-string"],
            id="text that is none",
        ),
    ],
)
def test_a_body_is_represented_after_its_media_type(
    content_type: str | None, body: Json, content: Content, codes: list[str]
) -> None:
    headers = {} if content_type is None else {"headers": {"content-type": content_type}}

    batch = read_json_batch(json_batch({**ONE, **headers, "body": body}))

    assert batch.replies[0].content == content
    assert [one.code for one in batch.defects] == codes


@pytest.mark.parametrize(
    ("status", "codes"),
    [
        pytest.param(200, [], id="200"),
        pytest.param(204, ["body-on-204"], id="204"),
        pytest.param(304, ["body-on-304"], id="304"),
    ],
)
def test_some_statuses_have_no_body(status: int, codes: list[str]) -> None:
    batch = read_json_batch(json_batch({"id": "1", "status": status, "body": {}}))

    assert [one.code for one in batch.defects] == codes


def test_a_bare_string_is_a_body_without_type() -> None:
    batch = read_json_batch(json_batch({**ONE, "body": "5"}, {**ONE, "body": {}}))

    assert [reply.lacks_type for reply in batch.replies] == [True, False]


def test_defects_of_one_kind_and_odd_names_are_bounded() -> None:
    headers = {f"A{number}": "" for number in range(60)}

    batch = read_json_batch(json_batch({**ONE, "headers": headers}))

    assert len(batch.odd_case) == 50
    assert [one.code for one in batch.defects] == ["header-name-case"] * 50


def test_so_many_responses_are_read_and_no_more() -> None:
    one = b'{"id":"1","status":204},'

    batch = read_json_batch(b'{"responses":[' + one * 100_001 + one[:-1] + b"]}")

    assert len(batch.replies) == 100_000
    assert told(batch) == [
        ("too-many-responses", "/responses: expected at most 100000, saw 100002")
    ]


@given(body=JSON_BODIES | JSON_VALUES.map(json_batch))
def test_no_value_makes_it_raise(body: bytes) -> None:
    batch = read_json_batch(body)

    assert batch.is_batch or not batch.replies
    assert all(defect.at <= len(body) for defect in batch.defects)
