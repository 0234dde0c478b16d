"""Expectations held against observations: whole messages, and reasons without values of a run."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.engine.judge import Broken, CompiledPointers, kept, shown
from conformance.words.json_value import ABSENT, Json

SUMMARY = "status 200, application/json, 9 bytes: '{\"id\": 1}'"
OBSERVATION: dict[str, Json] = {
    "outcome": "answered",
    "summary": SUMMARY,
    "http": {"status": 200, "headers": {"a/b": "x"}},
    "jsonrpc": {
        "kinds": ["result"],
        "responses": [{"jsonrpc": "2.0", "id": 1, "result": {"deep": [1, 2]}}],
    },
}


def broken(pointers: dict[str, Json], observation: dict[str, Json] | None = None) -> Broken | None:
    return CompiledPointers(pointers).broken(observation or OBSERVATION)


@pytest.mark.parametrize(
    "pointers",
    [
        pytest.param({}, id="nothing asked"),
        pytest.param({"/http/status": {"const": 200}}, id="a value"),
        pytest.param({"/http/status": True}, id="anything"),
        pytest.param({"/body": False}, id="nothing there"),
        pytest.param({"/http/body/text": False}, id="nothing below what is not there"),
        pytest.param({"": {"required": ["outcome"]}}, id="the whole"),
        pytest.param({"/http/headers/a~1b": {"const": "x"}}, id="an escaped name"),
        pytest.param(
            {"/outcome": {"const": "answered"}, "/jsonrpc/kinds/0": {"const": "result"}},
            id="several parts",
        ),
    ],
)
def test_what_holds_is_not_broken(pointers: dict[str, Json]) -> None:
    assert broken(pointers) is None
    assert CompiledPointers(pointers).holds(OBSERVATION)


@pytest.mark.parametrize(
    ("pointers", "expected"),
    [
        pytest.param(
            {"/http/status": {"const": 404}},
            Broken(
                pointer="/http/status",
                reason="const:/http/status",
                message="expected 404 at /http/status, saw 200",
                expected={"const": 404},
                seen=200,
            ),
            id="another value",
        ),
        pytest.param(
            {"/jsonrpc/responses": {"items": {"properties": {"id": {"type": "string"}}}}},
            Broken(
                pointer="/jsonrpc/responses/0/id",
                reason="type:/jsonrpc/responses",
                message="expected string at /jsonrpc/responses/0/id, saw 1",
                expected={"items": {"properties": {"id": {"type": "string"}}}},
                seen=OBSERVATION["jsonrpc"]["responses"],  # type: ignore[index,call-overload]  # as it stands above
            ),
            id="a place within the value",
        ),
        pytest.param(
            {"/jsonrpc/responses/0": {"properties": {"id": False}}},
            Broken(
                pointer="/jsonrpc/responses/0",
                reason="false:/jsonrpc/responses/0",
                message="expected nothing at /jsonrpc/responses/0, saw 1",
                expected={"properties": {"id": False}},
                seen={"jsonrpc": "2.0", "id": 1, "result": {"deep": [1, 2]}},
            ),
            id="a member that must not be there",
        ),
        pytest.param(
            {"/jsonrpc": False},
            Broken(
                pointer="/jsonrpc",
                reason="present:/jsonrpc",
                message='expected nothing at /jsonrpc, saw {"kinds":["result"],"responses":'
                '[{"jsonrpc":"2.0","id":1,"result":{"deep":[1,2]}}]}',
                expected=False,
                seen=OBSERVATION["jsonrpc"],
            ),
            id="a place that must not be there",
        ),
        pytest.param(
            {"/body/size": {"const": 0}},
            Broken(
                pointer="/body/size",
                reason="missing:/body/size",
                message=f"expected something at /body/size, saw {SUMMARY}",
                expected={"const": 0},
                looked_at_nothing=True,
            ),
            id="a missing place near the top",
        ),
        pytest.param(
            {"/jsonrpc/responses/0/error/code": {"const": -32601}},
            Broken(
                pointer="/jsonrpc/responses/0/error/code",
                reason="missing:/jsonrpc/responses/0/error/code",
                message="expected something at /jsonrpc/responses/0/error/code, saw"
                ' /jsonrpc/responses/0 = {"jsonrpc":"2.0","id":1,"result":{"deep":[1,2]}}',
                expected={"const": -32601},
                looked_at_nothing=True,
            ),
            id="a missing place below",
        ),
        pytest.param(
            {"/http/status": {"const": 200}, "/outcome": {"const": "silence"}},
            Broken(
                pointer="/outcome",
                reason="const:/outcome",
                message="expected 'silence' at /outcome, saw \"answered\"",
                expected={"const": "silence"},
                seen="answered",
            ),
            id="the second part",
        ),
        pytest.param(
            {"": {"required": ["timing"]}},
            Broken(
                pointer="",
                reason="required:",
                message="expected the member 'timing' at , saw"
                ' ["http","jsonrpc","outcome","summary"]',
                expected={"required": ["timing"]},
                seen=OBSERVATION,
            ),
            id="the whole",
        ),
    ],
)
def test_what_is_broken_is_told_in_full(pointers: dict[str, Json], expected: Broken) -> None:
    assert broken(pointers) == expected
    assert not CompiledPointers(pointers).holds(OBSERVATION)


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        pytest.param("silence", "no answer came until the deadline", id="silence"),
        pytest.param("closed", "the connection was closed without an answer", id="closed"),
        pytest.param("reset", "the connection was reset without an answer", id="reset"),
        pytest.param("incomplete", "the answer began and did not end", id="incomplete"),
        pytest.param("too-large", "the answer grew beyond what is read", id="too large"),
        pytest.param("not-http", "what came is no HTTP response", id="no HTTP"),
        pytest.param("unreachable", "no connection could be made (refused)", id="unreachable"),
    ],
)
def test_where_there_was_no_answer_this_is_what_is_told(outcome: str, message: str) -> None:
    observation: dict[str, Json] = {"outcome": outcome, "summary": "no HTTP response"}
    if outcome == "unreachable":
        observation["unreachable"] = "refused"

    assert broken({"/http/status": {"const": 200}}, observation) == Broken(
        pointer="/http/status",
        reason=f"no-answer:{outcome}",
        message=message,
        expected={"const": 200},
        looked_at_nothing=True,
    )


def test_no_answer_is_what_it_is_where_none_is_expected() -> None:
    observation: dict[str, Json] = {"outcome": "silence", "summary": "no HTTP response"}

    assert broken({"/outcome": {"const": "silence"}, "/http": False}, observation) is None


@given(value=st.text(min_size=3).filter(lambda text: text not in "const:/jsonrpc/responses/0/id"))
def test_a_reason_holds_no_value_of_the_run(value: str) -> None:
    observation: dict[str, Json] = {
        "outcome": "answered",
        "jsonrpc": {"responses": [{"id": value, value: 1}]},
    }

    schemas: list[Json] = [{"const": None}, {"type": "null"}, {"enum": []}]
    for schema in schemas:
        found = broken({"/jsonrpc/responses/0/id": schema}, observation)
        assert found is not None
        assert value not in found.reason


def test_a_long_value_is_cut_in_the_message_and_in_the_report() -> None:
    text = "x" * 3_000

    found = broken({"/a": {"const": 1}}, {"outcome": "answered", "a": text})

    assert found is not None
    assert found.message == f'expected 1 at /a, saw "{"x" * 159}…'
    assert found.seen == f'"{"x" * 1_999}…'


def test_a_long_expectation_is_cut_in_the_message() -> None:
    found = broken({"/a": {"const": "y" * 200}}, {"outcome": "answered", "a": 1})

    assert found is not None
    assert found.message == f"expected '{'y' * 159}… at /a, saw 1"


def test_numbers_keep_their_value_in_messages() -> None:
    assert shown(Decimal("1E+400")) == "1E+400"
    assert shown({"a": 2**70}) == '{"a":1180591620717411303424}'


def test_a_small_value_is_kept_as_it_is() -> None:
    value: Json = {"a": [1, None]}

    assert kept(value) is value


def test_nothing_is_expected_or_seen_by_default() -> None:
    found = Broken(pointer="", reason="r", message="m")

    assert (found.expected, found.seen, found.looked_at_nothing) == (ABSENT, ABSENT, False)
