"""Batches set against what was sent: one shape for both formats."""

import pytest

from conformance.observe.odata_batch import SentRequest
from conformance.words.json_value import Json
from tests.conformance.observe.batches import (
    FAILED,
    HTTP_PART,
    MIXED,
    NOT_FOUND,
    OK,
    at,
    changeset,
    created,
    in_json,
    in_multipart,
    json_batch,
    message,
    multipart,
    observed,
    part,
    sent,
)


def test_one_answer_is_addressed_by_its_label() -> None:
    batch = in_multipart(sent("a"), OK)

    assert at(batch, "/answers/a/status") == 200
    assert at(batch, "/answers/a/body/value") == []
    assert at(batch, "/answers/a/media_type/essence") == "application/json"
    assert at(batch, "/format") == "multipart"
    assert at(batch, "/boundary") == "b"
    assert at(batch, "/closed") is True
    assert at(batch, "/lf_only") is False
    assert at(batch, "/mirrored") is True
    assert at(batch, "/structure") == ["single"]
    assert at(batch, "/defects") == []


def test_a_batch_stops_at_an_error() -> None:
    batch = in_multipart(sent("a", "b", "c"), OK, FAILED)

    assert at(batch, "/unanswered") == ["c"]
    assert at(batch, "/stopped_after") == "b"
    assert at(batch, "/mirrored") is True


def test_a_batch_that_ends_without_an_error_has_not_stopped() -> None:
    batch = in_multipart(sent("a", "b", "c"), FAILED, OK)

    assert at(batch, "/unanswered") == ["c"]
    assert at(batch, "/stopped_after") is None
    assert at(batch, "/mirrored") is False


@pytest.mark.parametrize(
    ("ids", "in_order", "evidence", "wrong"),
    [
        pytest.param(["1", "2", "3"], True, 3, [], id="in order"),
        pytest.param(["2", "1", "3"], False, 3, ["a", "b"], id="two swapped"),
        pytest.param([None, None, None], True, 0, [], id="no ids"),
        pytest.param(["2", "3", None], True, 2, ["a", "b"], id="the first left out"),
    ],
)
def test_order_is_told_by_ids(
    ids: list[str | None], evidence: int, wrong: list[str], *, in_order: bool
) -> None:
    batch = in_multipart(
        sent("a#1", "b#2", "c#3"), *(part(message(), content_id=one) for one in ids)
    )

    assert at(batch, "/in_order") is in_order
    assert at(batch, "/order_evidence") == evidence
    assert at(batch, "/wrong_content_ids") == wrong


def test_members_of_a_change_set_have_no_order() -> None:
    batch = in_multipart(
        sent("a#1", "cs/b#2", "cs/c#3"),
        part(message(), content_id="1"),
        changeset(created("3"), created("2")),
    )

    assert at(batch, "/in_order") is True


def test_a_group_without_answer_is_missing() -> None:
    batch = in_multipart(sent("a", "cs/b#1"), FAILED)

    assert at(batch, "/groups/cs") == {
        "kind": "missing",
        "sent": 1,
        "answered": 0,
        "statuses": [],
        "order": [],
    }


def test_lf_alone_is_told_as_a_whole() -> None:
    body = multipart(OK).replace(b"\r\n", b"\n")

    batch = observed(sent("a"), MIXED, body)

    assert at(batch, "/lf_only") is True
    assert at(batch, "/answers/a/status") == 200


def test_the_bytes_around_the_parts_are_measured() -> None:
    batch = observed(sent("a"), MIXED, b"before\r\n" + multipart(OK) + b"behind!")

    assert at(batch, "/preamble_size") == 6
    assert at(batch, "/epilogue_size") == 7


def test_a_missing_end_is_told() -> None:
    body = multipart(OK).removesuffix(b"--b--\r\n")

    batch = observed(sent("a"), MIXED, body)

    assert at(batch, "/closed") is False
    assert at(batch, "/defect_codes") == ["no-close-delimiter"]


def test_without_a_boundary_nothing_is_seen() -> None:
    batch = observed(sent("a"), "multipart/mixed", multipart(OK))

    assert at(batch, "/parts") == 0
    assert at(batch, "/unanswered") == ["a"]
    assert "closed" not in batch
    assert "boundary" not in batch


def test_what_is_wrong_with_bodies_is_listed_by_label() -> None:
    batch = in_multipart(
        sent("a", "b", "c", "d"),
        part(message("200 OK", b"x")),
        part(message("200 OK", b"{", headers=["Content-Type: application/json"])),
        part(message("404 Not Found", {"error": {}})),
        HTTP_PART + b"\r\nnothing",
        part(message("404 Not Found")),
    )

    assert at(batch, "/untyped_bodies") == ["a", "d"]
    assert at(batch, "/broken_bodies") == ["b"]
    assert at(batch, "/invalid_errors") == ["c", "4"]
    assert at(batch, "/without_status") == ["d"]
    assert at(batch, "/structure") == ["single", "single", "single", "no-response", "single"]


def test_versions_are_listed_once() -> None:
    parts = [part(message(headers=[f"OData-Version: {one}"])) for one in ("4.0", "4.01", "4.0")]

    assert at(in_multipart(sent("a", "b", "c"), *parts), "/versions") == ["4.0", "4.01"]


def test_leaked_references_are_listed_by_label() -> None:
    leak = part(message("204 No Content", headers=["OData-EntityId: $1"]), content_id="1")

    batch = in_multipart(sent("cs/a#1"), changeset(leak))

    assert at(batch, "/reference_leaks") == ["a odata-entityid: $1"]


def test_leaked_references_are_bounded() -> None:
    body: Json = {"value": [{"@id": "$1"}] * 100}

    batch = in_multipart(sent("a#1"), part(message("200 OK", body), content_id="1"))

    leaks = at(batch, "/reference_leaks")
    assert isinstance(leaks, list)
    assert leaks == [f"a /value/{index}/@id: $1" for index in range(50)]


def test_a_group_is_described_with_its_names() -> None:
    batch = in_json(
        sent("g/a#1", "g/b#2", "c#3", batch_format="json"),
        {"id": "2", "status": 424, "atomicityGroup": "g"},
        {"id": "1", "status": 400, "body": NOT_FOUND},
        {"id": "3", "status": 200, "atomicityGroup": "g"},
    )

    assert at(batch, "/groups/g") == {
        "kind": "members",
        "sent": 2,
        "answered": 2,
        "statuses": [424, 400],
        "order": ["b", "a"],
        "failed": True,
        "names": ["g"],
        "unnamed": 1,
        "name_is_own": False,
        "repeats_name": False,
    }


def test_a_group_that_repeats_its_name_is_told() -> None:
    batch = in_json(
        sent("g/a#1", "g/b#2", batch_format="json"),
        {"id": "1", "status": 204, "atomicityGroup": "g"},
        {"id": "2", "status": 204, "atomicityGroup": "g"},
    )

    assert at(batch, "/groups/g/name_is_own") is True
    assert at(batch, "/groups/g/repeats_name") is True


def test_a_json_batch_may_stop_at_an_error() -> None:
    batch = in_json(
        sent("a#1", "b#2", batch_format="json"), {"id": "1", "status": 404, "body": NOT_FOUND}
    )

    assert at(batch, "/stopped_after") == "a"
    assert at(batch, "/unanswered") == ["b"]


def test_odd_names_and_the_next_link_are_told() -> None:
    body = json_batch({"id": "1", "status": 200, "headers": {"ETag": "1"}}, **{"@nextLink": "more"})

    batch = observed(sent("a#1", batch_format="json"), "application/json; a=b", body)

    assert at(batch, "/header_name_case") == ["ETag"]
    assert at(batch, "/next_link") == "more"
    assert at(batch, "/answers/a/headers/etag") == "1"


def test_a_body_without_type_is_listed_only_if_it_needs_one() -> None:
    batch = in_json(
        sent("a#1", "b#2", batch_format="json"),
        {"id": "1", "status": 200, "body": {}},
        {"id": "2", "status": 200, "body": "5"},
    )

    assert at(batch, "/untyped_bodies") == ["b"]


@pytest.mark.parametrize(
    ("content_type", "body", "codes"),
    [
        pytest.param("text/html", b"<html>", [], id="HTML"),
        pytest.param("", b"", [], id="nothing"),
        pytest.param("application/json", b'{"error":{}}', [], id="an error"),
        pytest.param("application/json", b"{", ["not-json"], id="broken JSON"),
        pytest.param("application/json", b"{}", ["no-responses"], id="another object"),
    ],
)
def test_of_what_is_no_batch_nothing_is_claimed(
    content_type: str, body: bytes, codes: list[str]
) -> None:
    batch = observed(sent("a", "cs/b#1"), content_type, body)

    assert at(batch, "/format") == "none"
    assert at(batch, "/unanswered") == ["a", "b"]
    assert at(batch, "/groups/cs/kind") == "missing"
    assert at(batch, "/defect_codes") == codes
    assert {"doubled", "unknown", "in_order", "reference_leaks"}.isdisjoint(batch)


def test_the_result_of_an_asynchronous_batch_is_unwrapped() -> None:
    inner = message("200 OK", multipart(OK), headers=[f"Content-Type: {MIXED}"])

    batch = observed(sent("a"), "application/http", inner)

    assert at(batch, "/wrapped/status") == 200
    assert at(batch, "/wrapped/defect_codes") == []
    assert at(batch, "/answers/a/status") == 200
    assert at(batch, "/answers/a/at") == inner.index(b"--b") + 5


def test_a_wrapped_result_that_is_none_is_no_batch() -> None:
    batch = observed(sent("a"), "application/http", b"nothing")

    assert at(batch, "/wrapped") == {"defect_codes": ["no-status-line"]}
    assert at(batch, "/format") == "none"


def test_the_same_batch_reads_the_same_in_both_formats() -> None:
    rows = ["a#a", "g/b#b", "g/c#c"]

    as_multipart = in_multipart(
        sent(*rows),
        part(message("200 OK", {"value": [1]}), content_id="a"),
        changeset(created("b"), created("c")),
    )
    as_json = in_json(
        sent(*rows, batch_format="json"),
        {"id": "a", "status": 200, "body": {"value": [1]}},
        {"id": "b", "status": 201, "atomicityGroup": "g", "body": {"ID": 1}},
        {"id": "c", "status": 201, "atomicityGroup": "g", "body": {"ID": 1}},
    )

    for pointer in (
        "/answers/a/status",
        "/answers/b/body",
        "/answers/c/media_type",
        "/groups/g/statuses",
        "/groups/g/order",
        "/unanswered",
        "/unknown",
        "/doubled",
        "/in_order",
        "/order_evidence",
        "/stopped_after",
        "/statuses",
        "/missing_content_ids",
        "/reference_leaks",
        "/defects",
    ):
        assert at(as_multipart, pointer) == at(as_json, pointer), pointer


def test_a_request_has_defaults() -> None:
    assert SentRequest(label="a") == SentRequest(
        label="a", group=None, wire_id=None, method="GET", url=""
    )
