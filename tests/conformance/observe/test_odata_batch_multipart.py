"""Multipart batch responses, after Protocol 11.7.7."""

import pytest

from conformance.observe.odata_batch_multipart import MultipartBatch, Unit, read_multipart_batch
from tests.conformance.observe.batches import (
    HTTP_PART,
    MIXED,
    changeset,
    message,
    multipart,
    part,
    places_of,
)

OK = part(message())


def statuses_of(unit: Unit) -> list[int | None]:
    return [reply.status for reply in unit.replies]


def shape_of(batch: MultipartBatch) -> list[tuple[bool, list[int | None]]]:
    return [(unit.is_nested, statuses_of(unit)) for unit in batch.units]


def test_responses_and_change_sets_are_told_apart() -> None:
    created = part(message("201 Created", headers=["Location: A(1)"]), content_id="1")
    body = multipart(OK, changeset(created, part(message("204 No Content"), content_id="2")), OK)

    batch = read_multipart_batch(MIXED, body)

    assert shape_of(batch) == [(False, [200]), (True, [201, 204]), (False, [200])]
    first, second = batch.units[1].replies
    assert (first.wire_id, first.part, first.in_changeset) == ("1", 1, True)
    assert first.headers == {"location": "A(1)"}
    assert first.mime_headers == {"content-type": "application/http", "content-id": "1"}
    assert second.wire_id == "2"
    assert first.at is not None
    assert body.startswith(created, first.at)
    assert (batch.boundary, batch.nested_depth, batch.mismatches) == ("b", 1, 0)
    assert batch.defects == ()


def test_a_content_id_among_the_response_headers_is_kept_apart() -> None:
    body = multipart(part(message(headers=["Content-ID: 1"])))

    reply = read_multipart_batch(MIXED, body).units[0].replies[0]

    assert (reply.wire_id, reply.inner_id, reply.any_id) == (None, "1", "1")


def test_offsets_count_from_the_outermost_body_at_any_depth() -> None:
    inner = part(message("200 OK", b"{", headers=["Content-Type: application/json"]))
    body = multipart(changeset(inner))

    batch = read_multipart_batch(MIXED, body, at=100)

    assert places_of(batch.defects) == [("not-json", 100 + body.index(b"{") + 1)]
    assert [one.code for one in batch.units[0].replies[0].defects] == ["not-json"]


@pytest.mark.parametrize(
    ("content_type", "codes"),
    [
        pytest.param("multipart/mixed", ["no-boundary"], id="no boundary"),
        pytest.param('multipart/mixed; boundary="b', ["unclosed-quote"], id="an unclosed quote"),
        pytest.param("multipart/mixed; boundary=c", ["no-delimiter"], id="another boundary"),
        pytest.param("multipart/related; boundary=b", ["not-mixed"], id="not mixed"),
    ],
)
def test_flaws_of_the_content_type_come_first(content_type: str, codes: list[str]) -> None:
    batch = read_multipart_batch(content_type, multipart(OK))

    assert [one.code for one in batch.defects][: len(codes)] == codes


@pytest.mark.parametrize(
    ("content", "status", "places"),
    [
        pytest.param(message(), 200, [
            ("no-header-block", 5), ("part-not-http", 5)
        ], id="no headers"),
        pytest.param(b"\r\n" + message(), 200, [("part-not-http", 5)], id="an empty block"),
        pytest.param(
            b"Content-Type: text/plain\r\n\r\n" + message(), 200, [("part-not-http", 5)], id="text"
        ),
        pytest.param(
            b"Content-Type: text/plain\r\n\r\nhello", None, [("part-not-http", 5)], id="no message"
        ),
        pytest.param(
            HTTP_PART + b"\r\nhello", None, [("no-status-line", 39)], id="no status line"
        ),
        pytest.param(b"Content-Type: application/http; msgtype=response\r\n\r\n" + message(), 200, [
        ], id="a parameter"),
    ],
)  # fmt: skip
def test_a_part_that_is_no_response_is_read_as_far_as_it_is_one(
    content: bytes, status: int | None, places: list[tuple[str, int]]
) -> None:
    batch = read_multipart_batch(MIXED, multipart(content))

    assert statuses_of(batch.units[0]) == [status]
    assert places_of(batch.defects) == places


def test_a_part_without_message_is_content_of_its_own_type() -> None:
    body = multipart(b"Content-Type: text/plain\r\n\r\nhello")

    reply = read_multipart_batch(MIXED, body).units[0].replies[0]

    assert reply.content.text == "hello"
    assert reply.default_type == "text/plain"


def test_wrong_lengths_are_counted() -> None:
    wrong = part(message("200 OK", b"ab", headers=["Content-Length: 1"]))
    right = part(message("200 OK", b"ab", headers=["Content-Length: 2"]))

    assert read_multipart_batch(MIXED, multipart(wrong, changeset(right, wrong))).mismatches == 2


def test_a_change_set_in_a_change_set_is_flattened_and_told() -> None:
    body = multipart(changeset(OK, changeset(OK, OK, boundary="d"), OK))

    batch = read_multipart_batch(MIXED, body)

    assert shape_of(batch) == [(True, [200, 200, 200, 200])]
    assert batch.nested_depth == 2
    assert [one.code for one in batch.defects] == ["nested-changeset"]


def test_the_depth_of_change_sets_is_bounded() -> None:
    inner = OK
    for depth in range(8):
        inner = changeset(inner, boundary=f"level{depth}")

    batch = read_multipart_batch(MIXED, multipart(inner))

    assert shape_of(batch) == [(True, [])]
    assert batch.nested_depth == 4


def test_a_change_set_without_boundary_has_no_responses() -> None:
    body = multipart(b"Content-Type: multipart/mixed\r\n\r\n" + multipart(OK, boundary="c"))

    batch = read_multipart_batch(MIXED, body)

    assert shape_of(batch) == [(True, [])]
    assert places_of(batch.defects) == [("no-boundary", 5)]


def test_line_ends_are_counted_at_any_depth() -> None:
    body = multipart(changeset(OK)).replace(b"\r\n", b"\n")

    batch = read_multipart_batch(MIXED, body)

    assert (batch.crlf_ends, batch.lf_ends) == (0, 10)


def test_parts_of_change_sets_are_bounded() -> None:
    one = b"--c\r\n\r\na\r\n"
    head = b"Content-Type: multipart/mixed; boundary=c\r\n\r\n"
    large = head + one * 60_000 + b"--c--"

    batch = read_multipart_batch(MIXED, multipart(large, large))

    assert sum(len(unit.replies) for unit in batch.units) < 100_000
    assert batch.defects[-1].code == "too-many-parts"
