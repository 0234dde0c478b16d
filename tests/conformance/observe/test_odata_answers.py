"""Which response answers which request: by place, by Content-ID and by id, in both formats."""

import pytest

from conformance.words.json_value import Json
from tests.conformance.observe.batches import (
    FAILED,
    NOT_FOUND,
    OK,
    at,
    changeset,
    created,
    in_json,
    in_multipart,
    labels_of,
    mapped,
    message,
    part,
    sent,
)


def test_answers_are_found_by_their_place() -> None:
    batch = in_multipart(
        sent("a", "cs/b#1", "cs/c#2", "d"), OK, changeset(created("2"), created("1")), FAILED
    )

    assert mapped(batch) == {
        "a": (0, "position"),
        "b": (2, "content-id"),
        "c": (1, "content-id"),
        "d": (3, "position"),
    }
    assert labels_of(batch) == ["a", "c", "b", "d"]
    assert at(batch, "/structure") == ["single", "changeset:2", "single"]
    assert at(batch, "/statuses") == [200, 201, 201, 404]
    assert at(batch, "/groups/cs") == {
        "kind": "changeset",
        "sent": 2,
        "answered": 2,
        "statuses": [201, 201],
        "order": ["c", "b"],
        "failed": False,
    }
    assert at(batch, "/mirrored") is True
    assert at(batch, "/stopped_after") is None


def test_in_a_change_set_without_ids_the_place_tells() -> None:
    batch = in_multipart(sent("cs/a#1", "cs/b#2"), changeset(created(), created()))

    assert mapped(batch) == {"a": (0, "position"), "b": (1, "position")}
    assert at(batch, "/missing_content_ids") == ["a", "b"]


def test_a_failed_change_set_is_answered_by_one_error_for_all() -> None:
    batch = in_multipart(sent("cs/a#1", "cs/b#2", "c"), FAILED)

    assert mapped(batch) == {"a": (0, "changeset-error"), "b": (0, "changeset-error")}
    assert at(batch, "/answers/b/status") == 404
    assert at(batch, "/answers/b/label") == "b"
    assert at(batch, "/answers/b/error/valid") is True
    assert at(batch, "/groups/cs/kind") == "error"
    assert at(batch, "/groups/cs/failed") is True
    assert at(batch, "/unanswered") == ["c"]
    assert at(batch, "/stopped_after") == "a"
    assert at(batch, "/mirrored") is True
    assert at(batch, "/missing_content_ids") == []


def test_the_error_of_a_change_set_may_name_the_request_that_failed() -> None:
    error = part(message("404 Not Found", NOT_FOUND), content_id="2")

    batch = in_multipart(sent("cs/a#1", "cs/b#2"), error)

    assert labels_of(batch) == ["b"]
    assert at(batch, "/answers/a/status") == 404
    assert at(batch, "/wrong_content_ids") == []


@pytest.mark.parametrize(
    "wire_id", [pytest.param(None, id="no id"), pytest.param("2", id="its id")]
)
def test_an_error_in_a_nested_multipart_answers_all_as_well(wire_id: str | None) -> None:
    error = part(message("404 Not Found", NOT_FOUND), content_id=wire_id)

    batch = in_multipart(sent("cs/a#1", "cs/b#2"), changeset(error))

    assert at(batch, "/answers/a/status") == 404
    assert at(batch, "/answers/b/status") == 404
    assert at(batch, "/unanswered") == []
    assert at(batch, "/groups/cs/kind") == "changeset"
    assert at(batch, "/groups/cs/answered") == 1
    assert at(batch, "/mirrored") is False


def test_a_lone_success_answers_one_of_a_change_set() -> None:
    batch = in_multipart(sent("cs/a#1", "cs/b#2"), created("2"))

    assert mapped(batch) == {"b": (0, "content-id")}
    assert at(batch, "/unanswered") == ["a"]
    assert at(batch, "/groups/cs/kind") == "members"
    assert at(batch, "/mirrored") is False


def test_a_change_set_where_one_response_belongs_is_told() -> None:
    batch = in_multipart(sent("a"), changeset(created(), created()))

    assert mapped(batch) == {"a": (0, "position")}
    assert at(batch, "/unknown") == [1]
    assert at(batch, "/mirrored") is False


def test_parts_beyond_the_requests_are_unknown() -> None:
    batch = in_multipart(sent("a"), OK, part(message(), content_id="x"), OK)

    assert at(batch, "/unknown") == ["x", 2]
    assert at(batch, "/mirrored") is False


def test_a_second_answer_in_a_change_set_is_doubled() -> None:
    batch = in_multipart(sent("cs/a#1", "cs/b#2"), changeset(created("1"), created("1")))

    assert at(batch, "/doubled") == ["a"]
    assert at(batch, "/unanswered") == ["b"]


def test_a_response_too_many_in_a_change_set_is_unknown() -> None:
    batch = in_multipart(sent("cs/a#1"), changeset(created("1"), created("9"), created()))

    assert at(batch, "/unknown") == ["9", 2]
    assert at(batch, "/groups/cs/answered") == 3
    assert at(batch, "/groups/cs/order") == ["a"]


def test_an_unknown_id_in_a_change_set_is_wrong_at_its_place() -> None:
    batch = in_multipart(sent("cs/a#1", "cs/b#2"), changeset(created("1"), created("9")))

    assert mapped(batch) == {"a": (0, "content-id"), "b": (1, "position")}
    assert at(batch, "/wrong_content_ids") == ["b"]


def test_a_content_id_among_the_response_headers_is_misplaced() -> None:
    inner = part(message("201 Created", headers=["Content-ID: 2"]))

    batch = in_multipart(sent("cs/a#1", "cs/b#2"), changeset(inner, created("1")))

    assert mapped(batch) == {"a": (1, "content-id"), "b": (0, "content-id")}
    assert at(batch, "/misplaced_content_ids") == ["b"]
    assert at(batch, "/missing_content_ids") == ["b"]


def test_two_change_sets_are_two_groups() -> None:
    batch = in_multipart(sent("x/a#1", "y/b#2", "y/c#3"), FAILED, changeset(created("3")))

    assert at(batch, "/groups/x/kind") == "error"
    assert at(batch, "/groups/y/order") == ["c"]
    assert at(batch, "/unanswered") == ["b"]


def test_answers_are_found_by_id_in_any_order() -> None:
    batch = in_json(
        sent("a#1", "b#2", batch_format="json"),
        {"id": "2", "status": 204},
        {"id": "1", "status": 200, "body": {"value": []}},
    )

    assert mapped(batch) == {"a": (1, "id"), "b": (0, "id")}
    assert at(batch, "/answers/a/body/value") == []
    assert at(batch, "/answers/a/media_type/essence") == "application/json"
    assert at(batch, "/in_order") is False
    assert at(batch, "/structure") == ["json-response", "json-response"]
    assert at(batch, "/format") == "json"
    assert at(batch, "/defects") == []


def test_ids_are_compared_by_case() -> None:
    batch = in_json(sent("a#x", batch_format="json"), {"id": "X", "status": 200})

    assert at(batch, "/unknown") == ["X"]
    assert at(batch, "/unanswered") == ["a"]


def test_a_response_without_id_is_found_by_its_place_when_all_are_there() -> None:
    asked = sent("a#1", "b#2", batch_format="json")

    whole = in_json(asked, {"id": "1", "status": 200}, {"status": 200})
    partial = in_json(asked, {"status": 200})

    assert mapped(whole) == {"a": (0, "id"), "b": (1, "position")}
    assert at(whole, "/missing_content_ids") == ["b"]
    assert at(partial, "/unknown") == [0]


def test_a_second_answer_by_id_is_doubled() -> None:
    batch = in_json(
        sent("a#1", batch_format="json"), {"id": "1", "status": 200}, {"id": "1", "status": 404}
    )

    assert at(batch, "/doubled") == ["a"]
    assert at(batch, "/answers/a/status") == 200
    assert at(batch, "/unknown") == []


@pytest.mark.parametrize(
    "error",
    [
        pytest.param({"id": "g", "status": 400, "body": NOT_FOUND}, id="the group as id"),
        pytest.param({"atomicityGroup": "g", "status": 400, "body": NOT_FOUND}, id="no id at all"),
    ],
)
def test_an_error_that_names_a_group_answers_its_members(error: Json) -> None:
    batch = in_json(
        sent("g/a#1", "g/b#2", "c#3", batch_format="json"), {"id": "3", "status": 200}, error
    )

    assert mapped(batch) == {
        "c": (0, "id"),
        "a": (1, "changeset-error"),
        "b": (1, "changeset-error"),
    }
    assert at(batch, "/groups/g/kind") == "error"


def test_an_error_that_names_an_answered_group_is_unknown() -> None:
    batch = in_json(
        sent("g/a#1", "g/b#2", batch_format="json"),
        {"id": "1", "status": 200},
        {"id": "g", "status": 400, "body": NOT_FOUND},
    )

    assert at(batch, "/unknown") == ["g"]
    assert at(batch, "/unanswered") == ["b"]


def test_each_request_of_a_group_needs_a_response_of_its_own() -> None:
    batch = in_json(
        sent("g/a#1", "g/b#2", batch_format="json"),
        {"id": "1", "status": 404, "body": NOT_FOUND},
    )

    assert at(batch, "/unanswered") == ["b"]


def test_a_json_answer_to_a_multipart_batch_is_found_by_id_and_order() -> None:
    batch = in_json(
        sent("a", "cs/b#1", "cs/c#2", "d"),
        {"id": "r1", "status": 200},
        {"id": "2", "status": 201, "atomicityGroup": "x"},
        {"id": "1", "status": 201, "atomicityGroup": "x"},
        {"id": "r2", "status": 404, "body": NOT_FOUND},
    )

    assert mapped(batch) == {
        "a": (0, "position"),
        "b": (2, "id"),
        "c": (1, "id"),
        "d": (3, "position"),
    }
    assert at(batch, "/in_order") is True
    assert at(batch, "/groups/cs/names") == ["x"]
    assert at(batch, "/groups/cs/name_is_own") is True
    assert at(batch, "/groups/cs/repeats_name") is False
    assert at(batch, "/unknown") == []


def test_an_error_in_place_of_a_change_set_answers_all_of_it() -> None:
    batch = in_json(
        sent("a", "cs/b#1", "cs/c#2"),
        {"id": "r1", "status": 200},
        {"id": "r2", "status": 400, "body": NOT_FOUND},
    )

    assert mapped(batch) == {
        "a": (0, "position"),
        "b": (1, "changeset-error"),
        "c": (1, "changeset-error"),
    }
    assert at(batch, "/groups/cs/kind") == "error"


def test_an_error_with_the_id_of_one_request_answers_its_change_set() -> None:
    batch = in_json(
        sent("cs/b#1", "cs/c#2", "d"),
        {"id": "2", "status": 400, "body": NOT_FOUND},
        {"id": "", "status": 200},
    )

    assert mapped(batch) == {
        "c": (0, "id"),
        "b": (0, "changeset-error"),
        "d": (1, "position"),
    }


def test_a_json_answer_to_a_multipart_batch_may_stop_at_an_error() -> None:
    batch = in_json(
        sent("a", "b", "cs/c#1"),
        {"id": "r1", "status": 200},
        {"id": "r2", "status": 404, "body": NOT_FOUND},
    )

    assert mapped(batch) == {"a": (0, "position"), "b": (1, "position")}
    assert at(batch, "/unanswered") == ["c"]
    assert at(batch, "/stopped_after") == "b"


def test_more_json_responses_than_requests_are_unknown() -> None:
    batch = in_json(sent("a"), {"id": "r1", "status": 200}, {"id": "r2", "status": 200})

    assert at(batch, "/unknown") == ["r2"]


def test_a_multipart_answer_to_a_json_batch_is_found_by_content_id() -> None:
    batch = in_multipart(
        sent("a#1", "g/b#2", "g/c#3", batch_format="json"),
        changeset(created("3"), created("2")),
        part(message(), content_id="1"),
    )

    assert mapped(batch) == {
        "a": (2, "content-id"),
        "b": (1, "content-id"),
        "c": (0, "content-id"),
    }
    assert at(batch, "/groups/g/kind") == "changeset"
    assert "mirrored" not in batch
    assert "names" not in at(batch, "/groups/g")  # type: ignore[operator]  # an object


@pytest.mark.parametrize(
    "wire_id", [pytest.param(None, id="no id"), pytest.param("3", id="its id")]
)
def test_one_error_part_answers_an_atomicity_group(wire_id: str | None) -> None:
    error = part(message("404 Not Found", NOT_FOUND), content_id=wire_id)

    batch = in_multipart(
        sent("a#1", "g/b#2", "g/c#3", batch_format="json"),
        part(message(), content_id="1"),
        error,
    )

    assert at(batch, "/answers/b/status") == 404
    assert at(batch, "/answers/c/status") == 404
    assert at(batch, "/unanswered") == []
    assert at(batch, "/unknown") == []


def test_an_error_part_that_fits_several_groups_is_unknown() -> None:
    batch = in_multipart(sent("g/a#1", "h/b#2", batch_format="json"), FAILED)

    assert at(batch, "/unknown") == [0]
    assert at(batch, "/unanswered") == ["a", "b"]
