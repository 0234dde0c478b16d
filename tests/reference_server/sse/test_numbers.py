"""The stream that counts."""

import re

import pytest

from reference_server.sse.errors import EventError
from reference_server.sse.event import Event
from reference_server.sse.numbers import Numbers, numbers_in


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        pytest.param(b"", Numbers(), id="nothing"),
        pytest.param(b"count=1000", Numbers(count=1000), id="count"),
        pytest.param(b"interval_ms=0", Numbers(interval_ms=0), id="interval"),
        pytest.param(
            b"event=a%20b&retry=10", Numbers(event="a b", retry_ms=10), id="name and retry"
        ),
    ],
)
def test_a_query_is_read(query: bytes, numbers: Numbers) -> None:
    assert numbers_in(query) == numbers


@pytest.mark.parametrize(
    ("query", "line"),
    [
        pytest.param(b"count=0", "count: expected a number from 1 to 1000, saw '0'", id="none"),
        pytest.param(
            b"count=1001", "count: expected a number from 1 to 1000, saw '1001'", id="many"
        ),
        pytest.param(b"count=-1", "count: expected a number from 1 to 1000, saw '-1'", id="sign"),
        pytest.param(
            b"count=%D9%A1",
            "count: expected a number from 1 to 1000, saw '\u0661'",
            id="Arabic digit",
        ),
        pytest.param(
            b"count=" + b"1" * 5000,
            f"count: expected a number from 1 to 1000, saw '{'1' * 40}'",
            id="very long",
        ),
        pytest.param(
            b"x=1", "query: expected count, event, interval_ms, retry, saw 'x'", id="name"
        ),
        pytest.param(
            b"count=1&count=2",
            "query: expected each parameter once, saw one of them twice",
            id="twice",
        ),
        pytest.param(
            b"&".join([b"count=1"] * 1000),
            "query: expected parameters in UTF-8, each once, saw something else",
            id="a thousand",
        ),
        pytest.param(
            b"event=%FF",
            "query: expected parameters in UTF-8, each once, saw something else",
            id="no UTF-8",
        ),
        pytest.param(
            b"event=a%0Ab", r"event: expected a name without CR and LF, saw 'a\nb'", id="LF"
        ),
    ],
)
def test_a_bad_query_is_refused(query: bytes, line: str) -> None:
    with pytest.raises(EventError, match=f"^{re.escape(line)}$"):
        numbers_in(query)


@pytest.mark.parametrize(
    ("last_event_id", "ids"),
    [
        pytest.param(None, ["1", "2", "3"], id="none"),
        pytest.param("1", ["2", "3"], id="the first"),
        pytest.param("3", [], id="the last"),
        pytest.param("4", ["1", "2", "3"], id="too large"),
        pytest.param("x", ["1", "2", "3"], id="unknown"),
        pytest.param("9" * 5000, ["1", "2", "3"], id="very long"),
    ],
)
def test_counting_goes_on_after_the_last_id(last_event_id: str | None, ids: list[str]) -> None:
    assert [event.event_id for event in Numbers(count=3).after(last_event_id)] == ids


def test_an_event_tells_its_number() -> None:
    numbers = Numbers(count=1, event="tick", retry_ms=7)

    assert list(numbers.after(None)) == [
        Event(data='{"number":1,"count":1}', event_id="1", name="tick", retry_ms=7)
    ]
