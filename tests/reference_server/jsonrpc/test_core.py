"""The core: what is answered, with which error, in which shape."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.json_text import Json, read, write
from reference_server.jsonrpc.core import Core
from reference_server.jsonrpc.errors import MethodNotFoundError, RpcError
from reference_server.jsonrpc.message import Call, Id
from reference_server.jsonrpc.parts import Parts
from reference_server.settings import JsonRpcSettings
from reference_server.store import Store
from tests.reference_server.half import EVERYTHING, Half, call, half_of, notification


def error(code: int, message: str, request_id: Json = None, data: Json = None) -> Json:
    body: dict[str, Json] = {"code": code, "message": message}
    if data is not None:
        body["data"] = data
    return {"jsonrpc": "2.0", "error": body, "id": request_id}


def codes(answers: Json) -> list[tuple[Json, Json]]:
    """Return id and code of each Response, 0 for a result."""
    assert isinstance(answers, list)
    seen: list[tuple[Json, Json]] = []
    for answer in answers:
        assert isinstance(answer, dict)
        failure = answer.get("error", {"code": 0})
        assert isinstance(failure, dict)
        seen.append((answer["id"], failure["code"]))
    return seen


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        pytest.param(
            b'{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
            b'{"jsonrpc":"2.0","result":19,"id":1}',
            id="positional",
        ),
        pytest.param(
            b'{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}',
            b'{"jsonrpc":"2.0","result":-19,"id":2}',
            id="swapped",
        ),
        pytest.param(
            b'{"jsonrpc": "2.0", "method": "subtract", "params":'
            b' {"subtrahend": 23, "minuend": 42}, "id": 3}',
            b'{"jsonrpc":"2.0","result":19,"id":3}',
            id="named",
        ),
        pytest.param(
            b'{"jsonrpc": "2.0", "method": "subtract", "params":'
            b' {"minuend": 42, "subtrahend": 23}, "id": 4}',
            b'{"jsonrpc":"2.0","result":19,"id":4}',
            id="named in the other order",
        ),
        pytest.param(
            b'{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}', None, id="update"
        ),
        pytest.param(b'{"jsonrpc": "2.0", "method": "foobar"}', None, id="unknown notification"),
        pytest.param(
            b'{"jsonrpc": "2.0", "method": "foobar", "id": "1"}',
            b'{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":"1"}',
            id="unknown method",
        ),
        pytest.param(
            b'[{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},'
            b'{"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}]',
            None,
            id="batch of notifications",
        ),
    ],
)
def test_the_examples_of_section_7_are_answered_as_printed(
    half: Half, sent: bytes, answer: bytes | None
) -> None:
    assert half.service.answer(sent) == answer


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(
            b'{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]', -32700, id="object"
        ),
        pytest.param(
            b'[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},'
            b'{"jsonrpc": "2.0", "method"]',
            -32700,
            id="batch",
        ),
        pytest.param(b'{"jsonrpc": "2.0", "method": 1, "params": "bar"}', -32600, id="request"),
        pytest.param(b"[]", -32600, id="empty batch"),
        pytest.param(b"1", -32600, id="a number"),
    ],
)
def test_what_is_no_request_gets_one_object_with_id_null(
    half: Half, sent: bytes, code: int
) -> None:
    answer = half.service.answer(sent)

    assert answer is not None
    value = read(answer, max_depth=9)
    assert isinstance(value, dict)
    assert isinstance(value["error"], dict)
    assert (value["error"]["code"], value["id"]) == (code, None)


def test_the_mixed_batch_of_section_7_has_five_answers(half: Half) -> None:
    batch: Json = [
        call("sum", [1, 2, 4], "1"),
        notification("notify_hello", [7]),
        call("subtract", [42, 23], "2"),
        {"foo": "boo"},
        call("foo.get", {"name": "myself"}, "5"),
        call("get_data", None, "9"),
    ]

    answers = half.ask(batch)

    assert codes(answers) == [("1", 0), ("2", 0), (None, -32600), ("5", -32601), ("9", 0)]
    assert isinstance(answers, list)
    assert answers[4] == {"jsonrpc": "2.0", "result": ["hello", 5], "id": "9"}


@pytest.mark.parametrize(
    ("batch", "seen"),
    [
        pytest.param([1], [(None, -32600)], id="one number"),
        pytest.param([1, 2, 3], [(None, -32600)] * 3, id="three numbers"),
        pytest.param([None, True, "x"], [(None, -32600)] * 3, id="scalars"),
        pytest.param([[call("void")]], [(None, -32600)], id="nested"),
        pytest.param([call("void")], [(1, 0)], id="one call"),
        pytest.param([call("void"), 1, call("void")], [(1, 0), (None, -32600), (1, 0)], id="mix"),
        pytest.param([notification("void"), 1], [(None, -32600)], id="notification and number"),
        pytest.param([call("void", None, None)], [(None, 0)], id="null id"),
        pytest.param(
            [call("void", None, 1), call("void", None, "1")], [(1, 0), ("1", 0)], id="id types"
        ),
        pytest.param(
            [call("void"), call("fail", None, 2), call("void", None, 3)],
            [(1, 0), (2, -32603), (3, 0)],
            id="a failing one in the middle",
        ),
        pytest.param([{"id": 7}], [(7, -32600)], id="invalid with id"),
        pytest.param(
            [call("void", None, i) for i in range(1000)],
            [(i, 0) for i in range(1000)],
            id="a thousand",
        ),
    ],
)
def test_a_batch_is_answered_entry_by_entry(
    half: Half, batch: Json, seen: list[tuple[Json, Json]]
) -> None:
    assert codes(half.ask(batch)) == seen


def test_a_batch_over_the_limit_is_refused_whole(store: Store) -> None:
    half = half_of(store, dataclasses.replace(EVERYTHING, max_batch=2))

    assert codes(half.ask([call("void")] * 2)) == [(1, 0), (1, 0)]
    assert half.ask([call("void")] * 3) == error(
        -32600,
        "Invalid Request",
        data={"reason": "a batch of more than 2 entries", "max_batch": 2},
    )


def test_a_text_over_the_depth_is_a_parse_error_that_says_so(store: Store) -> None:
    half = half_of(store, dataclasses.replace(EVERYTHING, max_depth=3))

    assert half.result("echo", [[1]]) == [1]
    assert half.ask(call("echo", [[[]]])) == error(
        -32700, "Parse error", data={"reason": "nested deeper than 3"}
    )


def test_a_parse_error_tells_where(half: Half) -> None:
    answer = half.service.answer(b'{"jsonrpc":"2.0","id":7 ')

    assert answer is not None
    assert read(answer, max_depth=9) == error(
        -32700, "Parse error", data={"reason": "not JSON", "at": 24}
    )


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        pytest.param({"jsonrpc": "2.0", "method": "nosuch", "params": 1, "id": 1}, -32600, id="1"),
        pytest.param(call("nosuch", ["$7.result"]), -32601, id="2"),
        pytest.param(call("subtract", ["x"]), -32602, id="3"),
    ],
)
def test_the_most_basic_problem_decides(half: Half, request_: Json, code: int) -> None:
    assert codes([half.ask(request_)]) == [(1, code)]


@pytest.mark.parametrize(
    "method",
    [
        pytest.param("", id="empty"),
        pytest.param("rpc.nosuch", id="reserved"),
        pytest.param("Subtract", id="case"),
        pytest.param("subtract ", id="space"),
        pytest.param("__class__", id="python"),
        pytest.param("constructor", id="javascript"),
        pytest.param("x" * 10_240, id="long"),
    ],
)
def test_every_other_name_is_a_method_not_found(half: Half, method: str) -> None:
    assert half.ask(call(method, None, "e1")) == error(-32601, "Method not found", "e1")


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(notification("void"), id="known method"),
        pytest.param(notification("nosuch"), id="unknown method"),
        pytest.param(notification("subtract", ["x"]), id="bad params"),
        pytest.param(notification("fail"), id="failing method"),
        pytest.param(notification("fail_app"), id="refusing method"),
        pytest.param({**notification("void"), "ID": 1}, id="id in capitals"),
    ],
)
def test_a_notification_is_not_answered(half: Half, request_: Json) -> None:
    half.tell(request_)
    half.tell([request_])


def test_a_notification_is_carried_out(half: Half) -> None:
    half.tell(notification("incr", ["a"]))
    half.tell([notification("incr", ["a"]), notification("incr", ["a"])])

    assert half.result("count", ["a"]) == 3


def test_an_unexpected_failure_is_reported_inside_and_hidden_outside(half: Half) -> None:
    assert half.ask(call("fail")) == error(-32603, "Internal error", 1)

    [(seen, crash)] = half.crashes
    assert (seen.method, type(crash)) == ("fail", RuntimeError)


@pytest.mark.parametrize(
    "request_id",
    [
        pytest.param(b'"\\u00e9\\"\\\\"', id="escapes"),
        pytest.param(b"9007199254740993", id="beyond 2^53"),
        pytest.param(b"-9223372036854775808", id="minus 2^63"),
        pytest.param(b"1000000000000000000000000000000", id="10^30"),
        pytest.param(b"1.5", id="fraction"),
        pytest.param(b"0.1", id="tenth"),
        pytest.param(b"1e2", id="exponent"),
        pytest.param(b"1e400", id="beyond a double"),
        pytest.param(b"0.1234567890123456789", id="19 places"),
        pytest.param(b"9" * 5000, id="5000 digits"),
        pytest.param(b"null", id="null"),
        pytest.param(b'""', id="empty"),
        pytest.param(b"0", id="zero"),
    ],
)
@pytest.mark.parametrize("method", [pytest.param(b"void", id="ok"), pytest.param(b"x", id="error")])
def test_an_id_comes_back_as_it_was(half: Half, method: bytes, request_id: bytes) -> None:
    answer = half.service.answer(
        b'{"jsonrpc":"2.0","method":"' + method + b'","id":' + request_id + b"}"
    )

    assert answer is not None
    value = read(answer, max_depth=9)
    assert isinstance(value, dict)
    assert write(value["id"]) == write(read(request_id, max_depth=9))


def bare_core(result: object, *, crashes: list[Exception], parts: Parts | None = None) -> Core:
    """Make a core with one method that returns, or raises, what is given."""

    def lookup(name: str) -> object:
        if name != "m":
            raise MethodNotFoundError

        def run(_params: object) -> object:
            if isinstance(result, Exception):
                raise result
            return result

        return run

    return Core(
        lookup=lookup,  # type: ignore[arg-type] # a method may return what it must not
        on_crash=lambda _call, crash: crashes.append(crash),
        settings=JsonRpcSettings(enable_chaining=True),
        parts=parts or Parts(),
    )


def test_a_result_that_is_no_json_is_an_internal_error() -> None:
    crashes: list[Exception] = []

    answer = bare_core(float("nan"), crashes=crashes).answer(write([call("m")]))

    assert answer == write([error(-32603, "Internal error", 1)])
    assert len(crashes) == 1


def test_an_error_of_a_method_has_its_code_and_data() -> None:
    failure = RpcError(1234, "Refused", {"a": 1})

    answer = bare_core(failure, crashes=[]).answer(write(call("m")))

    assert answer == write(error(1234, "Refused", 1, {"a": 1}))


def test_parts_can_be_replaced() -> None:
    def shout(request_id: Id, result: Json) -> dict[str, Json]:
        return {"RESULT": result, "ID": request_id}

    core = bare_core(1, crashes=[], parts=Parts(result_reply=shout))

    assert core.answer(write(call("m"))) == b'{"RESULT":1,"ID":1}'


@given(
    body=st.binary(max_size=80)
    | st.lists(
        st.sampled_from(
            [
                '{"jsonrpc":"2.0"',
                '"method":"m"',
                '"id":',
                '"params":',
                "1",
                "null",
                "[",
                "]",
                "}",
                ",",
                ":",
                '"$1.result"',
                "{",
                "1e999",
                '"\\ud800"',
                "-",
            ]
        ),
        max_size=14,
    ).map(lambda pieces: "".join(pieces).encode())
)
def test_any_bytes_get_silence_or_well_formed_responses(body: bytes) -> None:
    crashes: list[Exception] = []

    answer = bare_core({"a": [None]}, crashes=crashes).answer(body)

    assert crashes == []
    if answer is not None:
        value = read(answer, max_depth=500)
        for each in value if isinstance(value, list) else [value]:
            assert isinstance(each, dict)
            assert each["jsonrpc"] == "2.0"
            assert ("result" in each) != ("error" in each)
            assert len(each) == 3
            assert "id" in each
        assert value != []


def test_a_call_says_what_it_is() -> None:
    assert Call(method="m", id=None) != Call(method="m")
