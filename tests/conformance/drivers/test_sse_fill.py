"""Placeholders of a profile filled in."""

import pytest

from conformance.drivers.sse_fill import TRIGGER_NAMES, fill, fill_text, take, uses
from conformance.words.json_value import ABSENT, Absent, Json


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        pytest.param("/s/{session}/x", "/s/7/x", id="inside"),
        pytest.param("{session}{session}", "77", id="twice"),
        pytest.param("{other}", "{other}", id="unknown"),
        pytest.param("{}", "{}", id="empty braces"),
    ],
)
def test_a_name_in_braces_is_replaced_in_a_text(text: str, filled: str) -> None:
    assert fill_text(text, {"session": "7"}) == filled


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        pytest.param({"a": ["{id}", 1, None]}, {"a": ["7", 1, None]}, id="in depth"),
        pytest.param({"{id}": True}, {"{id}": True}, id="member names stay"),
        pytest.param({"a": "{name}", "b": 1}, {"b": 1}, id="a member without a value goes"),
        pytest.param(["{name}", 1], [1], id="an item without a value goes"),
        pytest.param("{name}", ABSENT, id="alone without a value"),
        pytest.param("x{name}", "x{name}", id="inside without a value"),
        pytest.param("{count}", 3, id="a number"),
        pytest.param("{count}!", "3!", id="a number inside"),
    ],
)
def test_all_strings_of_a_value_are_filled(value: Json, filled: Json | Absent) -> None:
    assert fill(value, {"id": "7", "count": "3"}, names=TRIGGER_NAMES) == filled


@pytest.mark.parametrize(
    ("value", "used"),
    [
        pytest.param({"a": ["/{session}"]}, True, id="used"),
        pytest.param({"a": "session"}, False, id="no braces"),
    ],
)
def test_a_placeholder_is_found_in_depth(value: Json, *, used: bool) -> None:
    assert uses(value, "session") is used


@pytest.mark.parametrize(
    ("pointer", "taken"),
    [
        pytest.param("/body/id", "7", id="text"),
        pytest.param("/body/n", "5", id="number"),
        pytest.param("/headers/x", "h", id="header"),
        pytest.param("/status", "200", id="status"),
        pytest.param("/body/flag", None, id="truth"),
        pytest.param("/body", None, id="object"),
        pytest.param("/body/none", None, id="nothing"),
    ],
)
def test_a_session_is_taken_from_an_answer(pointer: str, taken: str | None) -> None:
    answer: dict[str, Json] = {
        "status": 200,
        "headers": {"x": "h"},
        "body": {"id": "7", "n": 5, "flag": True},
    }

    assert take(answer, pointer) == taken
