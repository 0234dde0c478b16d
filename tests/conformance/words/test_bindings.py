"""Bindings completed with all that follows from them."""

import pytest

from conformance.words.bindings import call_members, complete_jsonrpc, complete_objectql
from conformance.words.json_value import ABSENT, Absent, Json


@pytest.mark.parametrize(
    ("method", "params", "members"),
    [
        pytest.param("sum", [1, 2], '"method":"sum","params":[1,2]', id="by position"),
        pytest.param("sum", {"a": 1}, '"method":"sum","params":{"a":1}', id="by name"),
        pytest.param("sum", [], '"method":"sum","params":[]', id="empty params"),
        pytest.param("sum", ABSENT, '"method":"sum"', id="no params"),
        pytest.param('a"é', ABSENT, '"method":"a\\"é"', id="a method to escape"),
    ],
)
def test_a_call_is_written_without_its_braces(
    method: str, params: Json | Absent, members: str
) -> None:
    assert call_members(method, params) == members


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, id=name)
        for name in ("invalid_params", "failing", "application_error", "slow", "void", "no_params")
    ],
)
def test_a_call_gains_its_members_and_another_case(name: str) -> None:
    completed = complete_jsonrpc({name: {"method": "Get_Data", "params": [1], "code": -1}})

    assert completed[name] == {
        "method": "Get_Data",
        "params": [1],
        "code": -1,
        "members": '"method":"Get_Data","params":[1]',
        "other_case": "gET_dATA",
    }


@pytest.mark.parametrize(
    ("ok", "derived"),
    [
        pytest.param({"method": "a"}, "no_params", id="no params"),
        pytest.param({"method": "a", "params": []}, "no_params", id="an empty array"),
        pytest.param({"method": "a", "params": {}}, "no_params", id="an empty object"),
        pytest.param({"method": "a", "params": [1]}, "positional", id="an array"),
        pytest.param({"method": "a", "params": {"b": 1}}, "named", id="an object"),
    ],
)
def test_a_call_that_succeeds_serves_for_its_kind_of_params(
    ok: dict[str, Json], derived: str
) -> None:
    completed = complete_jsonrpc({"ok": ok})

    assert set(completed) == {"ok", derived}
    call = completed[derived]
    assert isinstance(call, dict)
    assert call["method"] == "a"


@pytest.mark.parametrize(
    "name", [pytest.param(name, id=name) for name in ("no_params", "positional", "named")]
)
def test_a_call_of_any_kind_serves_as_the_one_that_succeeds(name: str) -> None:
    params: Json = {"b": 1} if name == "named" else [1]

    completed = complete_jsonrpc({name: {"method": "a", "params": params}})

    assert set(completed) == {name, "ok"}
    assert completed["ok"] == {
        "method": "a",
        "params": params,
        "members": call_members("a", params),
        "other_case": "A",
    }


def test_what_the_profile_says_is_not_derived() -> None:
    completed = complete_jsonrpc(
        {"ok": {"method": "a", "params": [1]}, "positional": {"method": "b", "params": [2]}}
    )

    positional = completed["positional"]
    assert isinstance(positional, dict)
    assert positional["method"] == "b"


def test_params_by_position_are_varied() -> None:
    completed = complete_jsonrpc(
        {"positional": {"method": "sub", "params": [42, 23], "result": 19}}
    )

    assert completed["positional"] == {
        "method": "sub",
        "params": [42, 23],
        "result": 19,
        "members": '"method":"sub","params":[42,23]',
        "other_case": "SUB",
        "too_few": '"method":"sub","params":[42]',
        "too_many": '"method":"sub","params":[42,23,23]',
        "swapped": '"method":"sub","params":[23,42]',
        "wrong_type": '"method":"sub","params":["wirecheck",23]',
    }


def test_a_text_is_varied_by_an_array() -> None:
    completed = complete_jsonrpc({"positional": {"method": "a", "params": ["x"]}})

    positional = completed["positional"]
    assert isinstance(positional, dict)
    assert positional["wrong_type"] == '"method":"a","params":[[]]'


def test_params_by_name_are_varied() -> None:
    completed = complete_jsonrpc({"named": {"method": "sub", "params": {"From": 42, "by": [1]}}})

    assert completed["named"] == {
        "method": "sub",
        "params": {"From": 42, "by": [1]},
        "members": '"method":"sub","params":{"From":42,"by":[1]}',
        "other_case": '"method":"sub","params":{"fROM":42,"BY":[1]}',
        "values": [42, [1]],
        "reversed": '"method":"sub","params":{"by":[1],"From":42}',
        "unknown_name": '"method":"sub","params":{"From":42,"by":[1],"wirecheck_no_such_name":1}',
        "missing_name": '"method":"sub","params":{"by":[1]}',
        "wrong_type": '"method":"sub","params":{"From":"wirecheck","by":[1]}',
        "first_value": "42",
        "with_reference": '"method":"sub","params":{"From":"$1.result","by":[1]}',
    }


@pytest.mark.parametrize(
    ("echo", "head", "tail"),
    [
        pytest.param({"method": "e"}, '"method":"e","params":[', "]", id="by position"),
        pytest.param(
            {"method": "e", "by_name": "v"}, '"method":"e","params":{"v":', "}", id="by name"
        ),
    ],
)
def test_an_echo_is_cut_around_its_value(echo: dict[str, Json], head: str, tail: str) -> None:
    assert complete_jsonrpc({"echo": echo}) == {"echo": {**echo, "head": head, "tail": tail}}


def test_both_calls_of_an_effect_gain_their_members() -> None:
    completed = complete_jsonrpc(
        {"effect": {"change": {"method": "inc", "params": [1]}, "read": {"method": "get"}}}
    )

    assert completed["effect"] == {
        "change": {
            "method": "inc",
            "params": [1],
            "members": '"method":"inc","params":[1]',
            "other_case": "INC",
        },
        "read": {"method": "get", "members": '"method":"get"', "other_case": "GET"},
    }


def test_what_is_no_call_stays() -> None:
    rpc: dict[str, Json] = {"url": "u", "methods": ["a"], "examples": True}

    assert complete_jsonrpc(rpc) == rpc


@pytest.mark.parametrize(
    ("objectql", "completed"),
    [
        pytest.param(
            {"session_timeout_ms": 1001},
            {"session_timeout_ms": 1001, "half_timeout_ms": 500},
            id="a timeout",
        ),
        pytest.param({"chaining": True}, {"chaining": True}, id="no timeout"),
    ],
)
def test_half_a_session_timeout_follows_from_the_whole(
    objectql: dict[str, Json], completed: dict[str, Json]
) -> None:
    assert complete_objectql(objectql) == completed
