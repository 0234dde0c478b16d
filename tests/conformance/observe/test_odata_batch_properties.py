"""Any bytes as a response to a batch, and what a service writes is found again."""

import json
from collections.abc import Sequence

from hypothesis import example, given
from hypothesis import strategies as st

from conformance.observe.odata_batch import SentBatch, SentRequest, observe_batch
from conformance.words.json_value import Json, is_array, is_object
from conformance.words.schema_files import validator
from tests.conformance.observe.batches import (
    FRAGMENT_BODIES,
    HTTP_PART,
    JSON_BODIES,
    MIXED,
    NOT_FOUND,
    changeset,
    json_batch,
    message,
    multipart,
    part,
    sent,
)

ROWS = ("a", "g/b#1", "g/c#2", "d#3", "h/e#4", "f")
ASKED = [
    SentBatch(format="multipart", requests=()),
    sent(*ROWS),
    sent(*ROWS, batch_format="json"),
    sent("a#1", "g/b#2", "c#3", "g/d#4", batch_format="json"),
]
CONTENT_TYPES = st.sampled_from(
    [
        MIXED,
        'multipart/mixed; boundary="b"',
        "multipart/mixed",
        "multipart/related; boundary=c",
        "application/json",
        "application/http",
        "text/html",
        "",
    ]
)
VALID = [
    multipart(
        part(message("200 OK", {"value": [{"@id": "$1"}]})),
        changeset(
            part(message("201 Created", {"ID": 1}, headers=["Location: A(1)"]), content_id="2"),
            part(message("204 No Content"), content_id="1"),
        ),
        part(message("200 OK", b"\x00\xff", headers=["Content-Length: 2"]), content_id="3"),
        part(message("400 Bad Request", NOT_FOUND), content_id="4"),
    ),
    json_batch(
        {"id": "1", "status": 201, "atomicityGroup": "g", "body": {"@id": "$1/a"}},
        {"id": "2", "status": 424, "atomicityGroup": "g", "headers": {"content-type": "a/b"}},
        {"id": "3", "status": 404, "body": NOT_FOUND},
        {"id": "4", "status": 200, "headers": {"content-type": "image/png"}, "body": "_-8"},
    ),
]
VALID.append(message("200 OK", VALID[0], headers=[f"Content-Type: {MIXED}"]))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Draw a valid response with bits flipped, its end cut off, or parts of it moved."""
    data = bytearray(draw(st.sampled_from(VALID)))
    places = st.integers(0, len(data) - 1)
    for place in draw(st.lists(places, max_size=4)):
        data[place] ^= 1 << draw(st.integers(0, 7))
    start, end = sorted((draw(places), draw(places)))
    match draw(st.sampled_from(["whole", "cut", "spliced", "doubled", "removed"])):
        case "cut":
            del data[start:]
        case "spliced":
            other = draw(st.sampled_from(VALID))
            data[start:end] = other[draw(st.integers(0, len(other))) :]
        case "doubled":
            data[end:end] = data[start:end]
        case "removed":
            del data[start:end]
        case _:
            pass
    return bytes(data)


BODIES = FRAGMENT_BODIES | JSON_BODIES | damaged()


@given(asked=st.sampled_from(ASKED), content_type=CONTENT_TYPES, body=BODIES)
@example(asked=ASKED[1], content_type=MIXED, body=b"--b\r\nHTTP/1.1 404 \r\n\r\n\r\n--b--")
@example(asked=ASKED[2], content_type=MIXED, body=multipart(changeset()))
def test_nothing_makes_it_raise_and_all_keeps_the_schema(
    asked: SentBatch, content_type: str, body: bytes
) -> None:
    batch = observe_batch(asked, content_type, body)

    document = {"outcome": "answered", "batch": batch}
    assert [error.message for error in validator("observation/odata").iter_errors(document)] == []
    assert set(_strings(batch["unanswered"])) | set(_object(batch["answers"])) == {
        one.label for one in asked.requests
    }
    assert not set(_strings(batch["unanswered"])) & set(_object(batch["answers"]))
    assert all(0 <= _number(one, "at") <= len(body) for one in _objects(batch["defects"]))


@given(asked=st.sampled_from(ASKED), content_type=CONTENT_TYPES, body=BODIES)
def test_each_response_is_an_answer_or_doubled_or_unknown(
    asked: SentBatch, content_type: str, body: bytes
) -> None:
    batch = observe_batch(asked, content_type, body)

    answers = {_number(one, "position") for one in _object(batch["answers"]).values()}
    responses = _objects(batch["responses"])
    assert [_number(one, "position") for one in responses] == list(range(len(responses)))
    assert answers <= set(range(len(responses)))
    labelled = {_number(one, "position") for one in responses if "label" in one}
    assert labelled == answers
    if batch["format"] != "none":
        spare = len(responses) - len(answers)
        unknown, doubled = batch["unknown"], batch["doubled"]
        assert is_array(unknown)
        assert len(unknown) <= spare
        assert len(unknown) == spare or doubled


STATUSES = st.sampled_from(["200 OK", "204 No Content", "404 Not Found", "500 Oh"])


@st.composite
def exchanges(draw: st.DrawFn) -> tuple[SentBatch, bytes, list[int]]:
    """Draw a multipart batch and a right answer: labels' statuses."""
    requests: list[SentRequest] = []
    parts: list[bytes] = []
    statuses: list[int] = []
    for index in range(draw(st.integers(1, 5))):
        size = draw(st.integers(0, 3))
        members = [f"r{index}-{member}" for member in range(max(1, size))]
        group = f"g{index}" if size else None
        requests += [SentRequest(label=one, group=group, wire_id=one) for one in members]
        answers = [(one, draw(STATUSES)) for one in members]
        if group is None:
            parts.append(part(message(answers[0][1]), content_id=answers[0][0]))
        elif failed := [status for _, status in answers if status[0] in "45"]:
            parts.append(part(message(failed[0], NOT_FOUND)))
            answers = [(one, failed[0]) for one in members]
        else:
            written = [part(message(status), content_id=one) for one, status in answers]
            parts.append(changeset(*draw(st.permutations(written)), boundary=f"c{index}"))
        statuses += [int(status[:3]) for _, status in answers]
    return SentBatch(format="multipart", requests=requests), multipart(*parts), statuses


@given(exchange=exchanges())
def test_a_right_multipart_answer_is_mapped_whole(
    exchange: tuple[SentBatch, bytes, list[int]],
) -> None:
    asked, body, statuses = exchange

    batch = observe_batch(asked, MIXED, body)

    answers = _object(batch["answers"])
    assert [_number(answers[one.label], "status") for one in asked.requests] == statuses
    assert batch["unanswered"] == batch["unknown"] == batch["doubled"] == []
    assert batch["missing_content_ids"] == batch["wrong_content_ids"] == []
    assert batch["in_order"] is True
    assert batch["mirrored"] is True
    assert batch["defects"] == []


@given(
    ids=st.lists(st.text(max_size=4), unique=True, min_size=1, max_size=6),
    data=st.data(),
)
def test_a_right_json_answer_is_mapped_whole_in_any_order(
    ids: Sequence[str], data: st.DataObject
) -> None:
    requests = [SentRequest(label=f"r{i}", wire_id=one) for i, one in enumerate(ids)]
    responses: list[Json] = [{"id": one, "status": 200 + i} for i, one in enumerate(ids)]

    order = data.draw(st.permutations(responses))
    batch = observe_batch(
        SentBatch(format="json", requests=requests),
        "application/json",
        json.dumps({"responses": order}).encode(),
    )

    answers = _object(batch["answers"])
    assert [_number(answers[one.label], "status") for one in requests] == [
        200 + i for i in range(len(ids))
    ]
    assert batch["in_order"] is (order == responses)
    assert batch["defects"] == []


@given(body=st.binary(max_size=40) | FRAGMENT_BODIES)
def test_a_body_in_a_part_comes_through_unchanged(body: bytes) -> None:
    written = HTTP_PART + b"\r\n" + message("200 OK", body, headers=["Content-Type: image/png"])
    boundary = "batch-that-no-fragment-holds"

    batch = observe_batch(
        sent("a"), f"multipart/mixed; boundary={boundary}", multipart(written, boundary=boundary)
    )

    assert _object(_object(batch["answers"])["a"])["size"] == len(body)
    assert batch["defects"] == []


def _object(value: Json) -> dict[str, Json]:
    assert is_object(value)
    return dict(value)


def _objects(value: Json) -> list[dict[str, Json]]:
    assert is_array(value)
    return [_object(one) for one in value]


def _strings(value: Json) -> list[str]:
    assert is_array(value)
    return [str(one) for one in value]


def _number(value: Json, name: str) -> int:
    number = _object(value)[name]
    assert isinstance(number, int)
    return number
