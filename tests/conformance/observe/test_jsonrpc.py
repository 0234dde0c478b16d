"""Messages sorted and set against each other, after JSON-RPC 2.0 sections 4 to 6."""

import json
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.observe.exchange import ConnectionFacts, Timing, body_of, observe_exchange
from conformance.observe.http import Ended, ResponseReader
from conformance.observe.json_text import observe_json
from conformance.observe.jsonrpc import (
    Entry,
    Kind,
    Sent,
    Shape,
    observe_jsonrpc,
    read_sent,
    shape_of,
    sort_entry,
    sort_response,
)
from conformance.words.json_value import Json, kind_of
from conformance.words.schema_files import validator


@pytest.mark.parametrize(
    ("value", "entry"),
    [
        # the calls of section 7
        pytest.param(
            {"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1},
            Entry.CALL,
            id="by position",
        ),
        pytest.param(
            {"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42}, "id": 3},
            Entry.CALL,
            id="by name",
        ),
        pytest.param(
            {"jsonrpc": "2.0", "method": "update", "params": [1, 2, 3]},
            Entry.NOTIFICATION,
            id="a notification",
        ),
        pytest.param({"jsonrpc": "2.0", "method": "foobar"}, Entry.NOTIFICATION, id="no params"),
        pytest.param({"jsonrpc": "2.0", "method": "a", "id": "1"}, Entry.CALL, id="a string id"),
        pytest.param({"jsonrpc": "2.0", "method": "a", "id": 1.5}, Entry.CALL, id="a fraction"),
        pytest.param({"jsonrpc": "2.0", "method": "a", "id": None}, Entry.CALL, id="a null id"),
        pytest.param({"jsonrpc": "2.0", "method": ""}, Entry.NOTIFICATION, id="an empty name"),
        pytest.param(
            {"jsonrpc": "2.0", "method": "a", "x": 1}, Entry.NOTIFICATION, id="another member"
        ),
        pytest.param({"jsonrpc": "2.0", "method": 1, "id": 1}, Entry.INVALID, id="method 1"),
        pytest.param(
            {"jsonrpc": "2.0", "method": 1, "params": "bar"}, Entry.INVALID, id="two mistakes"
        ),
        pytest.param({"foo": "boo"}, Entry.INVALID, id="another object"),
        pytest.param(1, Entry.INVALID, id="a number"),
        pytest.param([], Entry.INVALID, id="an array"),
        pytest.param(None, Entry.INVALID, id="null"),
        pytest.param({"jsonrpc": 2.0, "method": "a"}, Entry.INVALID, id="a number as version"),
        pytest.param({"jsonrpc": "2.00", "method": "a"}, Entry.INVALID, id="another version"),
        pytest.param({"method": "a", "id": 1}, Entry.INVALID, id="no version"),
        pytest.param({"jsonrpc": "2.0", "id": 1}, Entry.INVALID, id="no method"),
        pytest.param(
            {"jsonrpc": "2.0", "method": "a", "params": None}, Entry.INVALID, id="null params"
        ),
        pytest.param({"jsonrpc": "2.0", "method": "a", "params": "b"}, Entry.INVALID, id="text"),
        pytest.param({"jsonrpc": "2.0", "method": "a", "id": True}, Entry.INVALID, id="a true id"),
        pytest.param({"jsonrpc": "2.0", "method": "a", "id": [1]}, Entry.INVALID, id="an array id"),
        pytest.param({"jsonrpc": "2.0", "method": "a", "id": {}}, Entry.INVALID, id="an object id"),
    ],
)
def test_an_entry_is_sorted_as_a_server_has_to(value: Json, entry: Entry) -> None:
    assert sort_entry(value) is entry


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        pytest.param({"jsonrpc": "2.0", "result": 19, "id": 1}, Kind.RESULT, id="a result"),
        pytest.param({"result": None}, Kind.RESULT, id="a null result"),
        pytest.param({"error": {"code": -32600, "message": ""}}, Kind.ERROR, id="an error"),
        pytest.param({"error": None}, Kind.ERROR, id="a null error"),
        pytest.param({"result": 1, "error": None}, Kind.BOTH, id="both, as in 1.0"),
        pytest.param({"jsonrpc": "2.0"}, Kind.NEITHER, id="a version alone"),
        pytest.param({"id": None}, Kind.NEITHER, id="an id alone"),
        pytest.param({"detail": "Not Found"}, Kind.FOREIGN, id="something else"),
        pytest.param({}, Kind.FOREIGN, id="an empty object"),
        pytest.param([], Kind.NOT_AN_OBJECT, id="an array"),
        pytest.param("result", Kind.NOT_AN_OBJECT, id="a string"),
        pytest.param(None, Kind.NOT_AN_OBJECT, id="null"),
    ],
)
def test_a_response_is_sorted_by_its_members(value: Json, kind: Kind) -> None:
    assert sort_response(value) is kind


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        pytest.param(b"", Shape.NOTHING, id="empty"),
        pytest.param(b" \n", Shape.NOTHING, id="blank"),
        pytest.param(b"\xef\xbb\xbf", Shape.NOT_JSON, id="a byte order mark alone"),
        pytest.param(b"{", Shape.NOT_JSON, id="broken"),
        pytest.param(b'"\xff"', Shape.NOT_JSON, id="no UTF-8"),
        pytest.param(b"1", Shape.SCALAR, id="a number"),
        pytest.param(b"null", Shape.SCALAR, id="null"),
        pytest.param(b'""', Shape.SCALAR, id="a string"),
        pytest.param(b"{}", Shape.SINGLE, id="an object"),
        pytest.param(b"\xef\xbb\xbf{}", Shape.SINGLE, id="an object behind a mark"),
        pytest.param(b"[]", Shape.BATCH, id="an array"),
    ],
)
def test_a_body_has_a_shape(body: bytes, shape: Shape) -> None:
    assert shape_of(observe_json(body)) is shape


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        # section 7, "rpc call Batch"
        pytest.param(
            b'[{"jsonrpc":"2.0","method":"sum","params":[1,2,4],"id":"1"},'
            b'{"jsonrpc":"2.0","method":"notify_hello","params":[7]},'
            b'{"jsonrpc":"2.0","method":"subtract","params":[42,23],"id":"2"},'
            b'{"foo":"boo"},'
            b'{"jsonrpc":"2.0","method":"foo.get","params":{"name":"myself"},"id":"5"},'
            b'{"jsonrpc":"2.0","method":"get_data","id":"9"}]',
            Sent(shape=Shape.BATCH, calls=4, notifications=1, invalid=1, ids=("1", "2", "5", "9")),
            id="the batch of section 7",
        ),
        pytest.param(
            b'{"jsonrpc":"2.0","method":"a","id":1e400}',
            Sent(shape=Shape.SINGLE, calls=1, ids=(Decimal("1e400"),)),
            id="one call",
        ),
        pytest.param(
            b'{"method":"a","params":[],"id":1}',
            Sent(shape=Shape.SINGLE, invalid=1, versionless=1),
            id="a call of 1.0",
        ),
        pytest.param(b"[]", Sent(shape=Shape.BATCH), id="an empty batch"),
        pytest.param(b"[1,2,3]", Sent(shape=Shape.BATCH, invalid=3), id="a batch of numbers"),
        pytest.param(b"1", Sent(shape=Shape.SCALAR, invalid=1), id="a number"),
        pytest.param(b"", Sent(shape=Shape.NOTHING), id="nothing"),
        pytest.param(b"[", Sent(shape=Shape.NOT_JSON), id="a broken text"),
    ],
)
def test_a_body_of_ours_is_counted(body: bytes, sent: Sent) -> None:
    assert read_sent(body) == sent


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        pytest.param(b'"' + b"a" * 524_286 + b'"', Sent(shape=Shape.SCALAR, invalid=1), id="large"),
        pytest.param(b'"' + b"a" * 524_287 + b'"', Sent(shape=Shape.UNREAD), id="too large"),
        pytest.param(b"[" * 200 + b"]" * 200, Sent(shape=Shape.BATCH, invalid=1), id="deep"),
        pytest.param(b"[" * 201 + b"]" * 201, Sent(shape=Shape.UNREAD), id="too deep"),
    ],
)
def test_a_body_of_ours_is_read_back_to_a_bound(body: bytes, sent: Sent) -> None:
    assert read_sent(body) == sent


def test_a_single_response_is_set_against_its_call() -> None:
    sent = read_sent(b'{"jsonrpc":"2.0","method":"subtract","params":[42,23],"id":1}')

    observed = observe_jsonrpc(sent, observe_json(b'{"jsonrpc":"2.0","result":19,"id":1}'))

    response = {"jsonrpc": "2.0", "result": 19, "id": 1}
    assert observed == {
        "sent": {
            "shape": "single",
            "calls": 1,
            "notifications": 0,
            "invalid": 0,
            "versionless": 0,
            "ids": [1],
        },
        "shape": "single",
        "response": response,
        "responses": [response],
        "count": 1,
        "kinds": ["result"],
        "results": [response],
        "errors": [],
        "unanswered_ids": [],
        "unknown_ids": [],
        "doubled_ids": [],
        "without_id": 0,
    }


def test_a_batch_of_responses_is_set_against_its_calls() -> None:
    sent = Sent(shape=Shape.BATCH, calls=3, ids=(1, 2, "3"))

    observed = observe_jsonrpc(
        sent,
        observe_json(
            b'[{"result":0,"id":2},{"error":{},"id":null},{"result":0,"id":2},{"id":"1"},{"a":0},7]'
        ),
    )

    assert "response" not in observed
    assert observed["count"] == 6
    assert observed["kinds"] == [
        "result", "error", "result", "neither", "foreign", "not-an-object",
    ]  # fmt: skip
    assert observed["results"] == [{"result": 0, "id": 2}, {"result": 0, "id": 2}]
    assert observed["errors"] == [{"error": {}, "id": None}]
    assert observed["unanswered_ids"] == [1, "3"]
    assert observed["unknown_ids"] == ["1"]
    assert observed["doubled_ids"] == [2]
    assert observed["without_id"] == 2


@pytest.mark.parametrize(
    ("body", "results", "errors"),
    [
        pytest.param(b'{"result":1,"error":null}', 1, 0, id="as a 1.0 server writes a result"),
        pytest.param(b'{"result":null,"error":{}}', 0, 1, id="as a 1.0 server writes an error"),
        pytest.param(b'{"result":null,"error":null}', 1, 0, id="both null"),
        pytest.param(b'{"result":1,"error":{}}', 0, 1, id="both with a value"),
        pytest.param(b'{"id":1}', 0, 0, id="neither"),
    ],
)
def test_of_result_and_error_null_does_not_count(body: bytes, results: int, errors: int) -> None:
    observed = observe_jsonrpc(Sent(shape=Shape.NOTHING), observe_json(body))

    response = observed["response"]
    assert observed["results"] == [response] * results
    assert observed["errors"] == [response] * errors


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        pytest.param(b"", "nothing", id="nothing"),
        pytest.param(b"{", "not-json", id="a broken text"),
        pytest.param(b"7", "scalar", id="a scalar"),
    ],
)
def test_what_holds_no_response_answers_no_call(body: bytes, shape: str) -> None:
    observed = observe_jsonrpc(Sent(shape=Shape.SINGLE, calls=1, ids=(1,)), observe_json(body))

    assert observed["shape"] == shape
    assert observed["count"] == 0
    assert observed["unanswered_ids"] == [1]
    assert "response" not in observed


SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(1.5)
MEMBERS: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.sampled_from(["2.0", "1.0", 2]),
        "method": st.sampled_from(["a", "rpc.b", 1]),
        "params": SCALARS | st.lists(SCALARS, max_size=2) | st.just({}),
        "id": SCALARS | st.lists(SCALARS, max_size=2) | st.just({}),
        "result": SCALARS,
        "error": SCALARS | st.fixed_dictionaries({"code": SCALARS, "message": SCALARS}),
    },
)
MESSAGES = (MEMBERS | st.lists(MEMBERS | SCALARS, max_size=4)).map(
    lambda value: json.dumps(value).encode()
)
BODIES = (
    MESSAGES
    | st.binary()
    | MESSAGES.flatmap(lambda text: st.integers(0, len(text)).map(lambda at: text[:at]))
    | st.sampled_from(
        [b"[" * 1000 + b"]" * 1000, b'{"id":1e400,"id":"\\ud800"}', b"\xef\xbb\xbf{}"]
    )
)


@given(sent=BODIES, received=BODIES, status=st.sampled_from([b"200 OK", b"204 X", b"500 "]))
@example(sent=b"", received=b"[" * 1000 + b"]" * 1000, status=b"200 OK")
@example(sent=b'{"jsonrpc":"2.0","method":"a","id":1}', received=b"", status=b"200 OK")
def test_an_observation_of_any_two_bodies_keeps_its_schema(
    sent: bytes, received: bytes, status: bytes
) -> None:
    reader = ResponseReader(request_method="POST", max_body_bytes=10_000)
    reader.feed(b"HTTP/1.1 " + status + b"\r\nContent-Type: a/b;c=d\r\n\r\n" + received, at_ms=1)
    reader.end(Ended.CLOSED)
    body, _ = body_of(reader, max_bytes=10_000)

    text = observe_json(body)
    observation = observe_exchange(
        reader,
        body=body,
        timing=Timing(first_byte_ms=1.0, total_ms=2.0),
        connection=ConnectionFacts(reused=False, closed_by_peer=True),
        defects=[*reader.defects, *text.defects],
    )
    observation["json"] = {
        "valid": text.is_valid,
        "kind": kind_of(text.value),
        "depth": text.depth,
        "defect_codes": [defect.code for defect in text.defects],
    }
    observation["jsonrpc"] = observe_jsonrpc(read_sent(sent), text)

    errors = validator("observation/jsonrpc").iter_errors(observation)
    assert [error.message for error in errors] == []


@given(sent=MESSAGES)
def test_a_server_that_echoes_ids_leaves_no_call_unanswered(sent: bytes) -> None:
    counted = read_sent(sent)
    answer = json.dumps([{"result": 0, "id": one} for one in counted.ids])

    observed = observe_jsonrpc(counted, observe_json(answer.encode()))

    assert observed["unanswered_ids"] == []
    assert observed["unknown_ids"] == []
    assert observed["doubled_ids"] == []
    assert observed["count"] == counted.calls
