"""Call chaining, alone and inside the core."""

import dataclasses
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.json_text import Json, write
from reference_server.jsonrpc.chaining import (
    MAX_MARKS,
    BadReferenceError,
    Reason,
    Resolver,
    id_text,
)
from reference_server.jsonrpc.message import ABSENT, Absent, Id
from reference_server.store import Store
from tests.reference_server.half import EVERYTHING, Half, call, half_of, notification


def resolver(results: dict[Id, Json], *later: Id, max_bytes: int = 1000) -> Resolver:
    made = Resolver([*results, *later], max_bytes=max_bytes, max_depth=20)
    for request_id, result in results.items():
        made.succeeded(request_id, result)
    return made


RECORD: Json = {"a": {"b": [10, {"c": None}]}, "0": "zero", "": 1, "x.y": 2}


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        pytest.param("$1.result", RECORD, id="whole"),
        pytest.param("$1.result.a.b", [10, {"c": None}], id="names"),
        pytest.param("$1.result.a.b.0", 10, id="index"),
        pytest.param("$1.result.a.b.1.c", None, id="null"),
        pytest.param("$1.result.0", "zero", id="digits as a name"),
        pytest.param("$word.result", True, id="string id"),
        pytest.param("$a.b.result", 1, id="id with a dot"),
        pytest.param("$a.result.b.result.x", 2, id="id with the word result"),
        pytest.param("$.result", "empty", id="empty id"),
        pytest.param("$-7.result", 3, id="negative id"),
        pytest.param("$1.5.result", 4, id="fractional id"),
        pytest.param("$100.result", 5, id="id in another notation"),
        pytest.param("$$1.result", "$1.result", id="escaped"),
        pytest.param("$$", "$", id="only an escape"),
        pytest.param("$$$1.result", "$$1.result", id="escaped escape"),
        pytest.param("$5.00", "$5.00", id="money"),
        pytest.param("$", "$", id="a dollar"),
        pytest.param("$1.results", "$1.results", id="another word"),
        pytest.param("$1.result.", "$1.result.", id="empty last segment"),
        pytest.param("$1.result..a", "$1.result..a", id="empty segment"),
        pytest.param("x$1.result", "x$1.result", id="not at the start"),
        pytest.param("$1.result x", "$1.result x", id="not the whole string"),
    ],
)
def test_a_reference_becomes_its_value(reference: str, value: Json) -> None:
    results: dict[Id, Json] = {
        1: RECORD,
        "word": True,
        "a.b": 1,
        "a.result.b": {"x": 2},
        "": "empty",
        -7: 3,
        1.5: 4,
        1e2: 5,
    }

    assert resolver(results).resolve([reference]) == [value]


def test_references_are_followed_at_any_depth_in_values_but_not_in_names() -> None:
    params: Json = {"$1.result": [["$1.result"], {"a": "$1.result", "b": 1.5}], "c": None}
    assert isinstance(params, dict)

    resolved = resolver({1: 7}).resolve(params)

    assert resolved == {"$1.result": [[7], {"a": 7, "b": 1.5}], "c": None}


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        pytest.param("$nosuch.result", Reason.MISSING_REQUEST, id="no such id"),
        pytest.param("$01.result", Reason.MISSING_REQUEST, id="another text of the id"),
        pytest.param("$later.result", Reason.LATER_REQUEST, id="later"),
        pytest.param("$failed.result.x", Reason.FAILED_REQUEST, id="failed"),
        pytest.param("$1.result.x", Reason.MISSING_PATH, id="no such name"),
        pytest.param("$1.result.a.b.2", Reason.MISSING_PATH, id="index too large"),
        pytest.param("$1.result.a.b.-1", Reason.MISSING_PATH, id="negative index"),
        pytest.param("$1.result.a.b.00", Reason.MISSING_PATH, id="leading zero"),
        pytest.param("$1.result.a.b.+1", Reason.MISSING_PATH, id="signed index"),
        pytest.param("$1.result.a.b.¹", Reason.MISSING_PATH, id="digit of another kind"),
        pytest.param("$1.result.a.b." + "1" * 5000, Reason.MISSING_PATH, id="endless index"),
        pytest.param("$1.result.0.0", Reason.MISSING_PATH, id="into a text"),
        pytest.param("$1.result.x.y", Reason.MISSING_PATH, id="name with a dot"),
        pytest.param("$2.result", Reason.AMBIGUOUS_ID, id="number and string of one text"),
        pytest.param("$p.result.q.result", Reason.AMBIGUOUS_ID, id="two ways to read it"),
        pytest.param("$null.result", Reason.MISSING_REQUEST, id="the null id has no text"),
        pytest.param(
            "$" + ".result" * (MAX_MARKS + 2), Reason.MISSING_REQUEST, id="too many places to end"
        ),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused_with_its_reason(
    reference: str, reason: Reason
) -> None:
    results: dict[Id, Json] = {
        1: RECORD,
        2: 1,
        "2": 1,
        "p": {"q": {"result": 1}},
        "p.result.q": 1,
        ".result" * (MAX_MARKS + 1): 1,
        None: 1,
    }
    made = resolver(results, "later", "failed")
    made.failed("failed")
    made.failed(None)

    with pytest.raises(BadReferenceError) as caught:
        made.resolve({"x": [reference]})

    assert caught.value.code == -32602
    assert caught.value.data == {"reference": reference, "reason": reason.value}


@pytest.mark.parametrize(
    ("request_id", "text"),
    [
        pytest.param(1, "1", id="integer"),
        pytest.param(1.0, "1", id="integral float"),
        pytest.param(-0.0, "0", id="minus zero"),
        pytest.param(0.1, "0.1", id="fraction"),
        pytest.param(10**30, "1" + "0" * 30, id="long integer"),
        pytest.param(
            Decimal("1.5000000000000000000000000001"),
            "1.5000000000000000000000000001",
            id="long fraction",
        ),
        pytest.param(Decimal("10e399"), "1E+400", id="huge"),
        pytest.param("", "", id="empty"),
        pytest.param(None, None, id="null"),
        pytest.param(ABSENT, None, id="absent"),
    ],
)
def test_equal_ids_have_one_text(request_id: Id | Absent, text: str | None) -> None:
    assert id_text(request_id) == text


def test_what_references_insert_is_bounded_over_the_batch() -> None:
    made = resolver({1: "x" * 8}, max_bytes=25)

    assert made.resolve(["$1.result", "$1.result"]) == ["x" * 8, "x" * 8]
    for _ in range(2):
        with pytest.raises(BadReferenceError) as caught:
            made.resolve(["$1.result"])
        assert caught.value.data == {"reference": "$1.result", "reason": "too-large"}


def test_doubling_entries_can_not_fill_the_memory(store: Store) -> None:
    half = half_of(store, dataclasses.replace(EVERYTHING, max_body_bytes=10_000))
    batch: list[Json] = [call("echo", ["x" * 10], 0)]
    batch += [call("echo", [[f"${i}.result", f"${i}.result"]], i + 1) for i in range(60)]

    answers = half.ask(batch)

    assert isinstance(answers, list)
    last = answers[-1]
    assert isinstance(last, dict)
    assert isinstance(last["error"], dict)
    assert last["error"]["data"] == {"reference": "$59.result", "reason": "failed-request"}


def test_insertion_can_not_nest_deeper_than_a_message_may(store: Store) -> None:
    half = half_of(store, dataclasses.replace(EVERYTHING, max_depth=6))
    batch: Json = [
        call("echo", [[[1]]], 1),  # depth of the result: 2
        call("echo", [["$1.result"]], 2),  # inside [ { [ [: 6 in all
        call("echo", [[["$1.result"]]], 3),
        call("echo", [[["$1.result.0.0"]]], 4),
    ]

    answers = half.ask(batch)

    assert isinstance(answers, list)
    assert [isinstance(each, dict) and each.get("result") for each in answers] == [
        [[1]],
        [[[1]]],
        None,
        [[1]],
    ]


def test_a_batch_passes_results_on_with_their_types(half: Half) -> None:
    batch: Json = [
        call("subtract", [42, 23], "a"),
        call("subtract", {"minuend": "$a.result", "subtrahend": 1}, 2),
        notification("incr", ["$nosuch.result"]),
        call("echo", [{"deep": ["$2.result", "$$a.result"]}], 3),
        call("subtract", ["$4.result", 1], 4),
        call("void", None, 5),
        call("echo", ["$5.result"], 6),
        {"jsonrpc": "2.0", "id": 7},
        call("echo", ["$7.result"], 8),
    ]

    answers = half.ask(batch)

    assert isinstance(answers, list)
    by_id = {each["id"]: each for each in answers if isinstance(each, dict)}
    assert by_id["a"]["result"] == 19
    assert by_id[2]["result"] == 18
    assert by_id[3]["result"] == {"deep": [18, "$a.result"]}
    assert by_id[4]["error"] == {
        "code": -32602,
        "message": "Invalid params",
        "data": {"reference": "$4.result", "reason": "later-request"},
    }
    assert by_id[6]["result"] is None
    assert by_id[8]["error"] == {
        "code": -32602,
        "message": "Invalid params",
        "data": {"reference": "$7.result", "reason": "failed-request"},
    }
    assert half.result("count", []) == 0


def test_a_call_with_a_bad_reference_is_not_made(half: Half) -> None:
    half.ask([call("incr", ["$x.result"], 1), call("incr", {"name": "$x.result"}, 2)])

    assert half.result("count", ["$x.result"]) == 0


def test_switched_off_references_are_plain_strings(store: Store) -> None:
    half = half_of(store, dataclasses.replace(EVERYTHING, enable_chaining=False))

    answers = half.ask([call("void", None, 1), call("echo", [["$1.result", "$$"]], 2)])

    assert isinstance(answers, list)
    assert answers[1] == {"jsonrpc": "2.0", "result": ["$1.result", "$$"], "id": 2}


def test_outside_a_batch_references_are_plain_strings(half: Half) -> None:
    assert half.result("echo", ["$1.result"]) == "$1.result"
    assert half.result("echo", ["$$"]) == "$$"


@given(
    params=st.recursive(
        st.none() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
        ),
    )
)
def test_escaping_every_string_changes_nothing(params: Json) -> None:
    def escaped(value: Json) -> Json:
        if isinstance(value, str):
            return "$" + value if value.startswith("$") else value
        if isinstance(value, list):
            return [escaped(each) for each in value]
        if isinstance(value, dict):
            return {name: escaped(each) for name, each in value.items()}
        return value

    assert resolver({1: 1}).resolve([escaped(params)]) == [params]


@given(
    text=st.lists(st.sampled_from(["$", ".result", ".", "1", "0", "a", "x"])).map("".join),
    result=st.sampled_from([1, [0, [1]], {"a": {"x": 1}, "0": 2}]),
)
def test_any_text_is_a_value_or_one_refusal(text: str, result: Json) -> None:
    made = resolver({1: result, "a": 1, "a.result.x": 2}, "0")

    try:
        resolved = made.resolve([text])
    except BadReferenceError as error:
        resolved = [error.data]
    [value] = resolved
    assert write(value)
