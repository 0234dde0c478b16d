"""JSON-RPC messages out of an answer that is an event stream."""

import pytest

from conformance.observe.event_messages import read_messages

ONE = b'{"jsonrpc":"2.0","result":1,"id":1}'
TWO = b'{"jsonrpc":"2.0","result":2,"id":2}'
LOG = b'{"jsonrpc":"2.0","method":"log","params":[]}'
ASK = b'{"jsonrpc":"2.0","method":"ask","id":7}'


def stream(*messages: bytes) -> bytes:
    return b"".join(b"event: message\ndata: " + one + b"\n\n" for one in messages)


@pytest.mark.parametrize(
    ("body", "is_batch", "text"),
    [
        pytest.param(stream(ONE), False, ONE, id="one response"),
        pytest.param(stream(LOG, ASK, ONE), False, ONE, id="behind what the server says itself"),
        pytest.param(stream(ONE, TWO), True, b"[%b,%b]" % (ONE, TWO), id="a batch, one by one"),
        pytest.param(stream(b"[%b]" % ONE), True, b"[%b]" % ONE, id="a batch as an array"),
        pytest.param(stream(ONE), True, b"[%b]" % ONE, id="a batch of one"),
        pytest.param(stream(ONE, TWO), False, b"[%b,%b]" % (ONE, TWO), id="one answer too many"),
        pytest.param(stream(LOG), False, b"", id="no response"),
        pytest.param(b": here\n\n", False, b"", id="no event"),
        pytest.param(stream(b"oops"), False, b"oops", id="no JSON"),
        pytest.param(b"data: {\ndata: }\n\n", False, b"{\n}", id="over two lines"),
        pytest.param(stream(ONE)[:-1], False, b"", id="cut before its end"),
    ],
)
def test_the_responses_of_a_stream_are_what_json_would_have_been(
    body: bytes,
    is_batch: bool,  # noqa: FBT001 - a parameter
    text: bytes,
) -> None:
    assert read_messages(body, is_batch=is_batch).text == text


def test_all_events_are_counted_and_flaws_are_told() -> None:
    messages = read_messages(stream(LOG, ONE) + b"Data: x\n\n", is_batch=False)

    assert messages.as_json() == {"events": 2, "responses": 1, "others": 1}
    assert [defect.code for defect in messages.defects] == ["wrong-case-field"]
