"""metadata.*, action.*, system.*, rpc.discover and the examples."""

import dataclasses

import pytest

from reference_server.json_text import Json, read, write
from reference_server.jsonrpc.example_methods import MAX_COUNTERS, Counters
from reference_server.jsonrpc.methods import Method, find_method, registry
from reference_server.jsonrpc.openrpc import document
from reference_server.settings import JsonRpcSettings
from reference_server.store import Store
from tests.reference_server.half import EVERYTHING, Half, half_of

NOT_FOUND: Json = {"code": -32601, "message": "Method not found"}


def test_the_model_is_described(half: Half) -> None:
    assert half.result("metadata.list") == ["categories", "orders", "products"]
    assert half.result("metadata.get", ["nosuch"]) is None

    described = half.result("metadata.get", ["products"])

    assert isinstance(described, dict)
    assert described["name"] == "products"
    fields = described["fields"]
    assert isinstance(fields, dict)
    assert fields["_id"] == {
        "type": "text",
        "required": False,
        "nullable": False,
        "unique": True,
        "maxLength": 64,
    }
    assert fields["stock"] == {
        "type": "integer",
        "required": False,
        "nullable": False,
        "unique": False,
        "default": 0,
    }
    assert fields["category_id"] == {
        "type": "text",
        "required": False,
        "nullable": True,
        "unique": False,
        "maxLength": 64,
        "reference": "categories",
    }


def test_all_metadata_of_one_kind_comes_together(half: Half) -> None:
    objects = half.result("metadata.getAll", ["object"])
    assert isinstance(objects, list)
    assert [each["name"] for each in objects if isinstance(each, dict)] == half.result(
        "metadata.list"
    )
    assert half.result("metadata.getAll", {"metaType": "action"}) == [
        {"name": "restock", "label": "Add to the stock of a product and return it"},
        {"name": "stockValue", "label": "What the stock is worth"},
    ]
    assert half.bad_param("metadata.getAll", ["view"])[0] == "/0"


def test_an_action_is_executed_with_params_of_its_own(half: Half) -> None:
    assert half.result("action.list") == ["restock", "stockValue"]
    assert half.result("action.execute", ["stockValue"]) == 799.85

    stocked = half.result("action.execute", ["restock", {"productId": "robot", "amount": 2}])

    assert isinstance(stocked, dict)
    assert stocked["stock"] == 2


@pytest.mark.parametrize(
    ("params", "refusal"),
    [
        pytest.param(["x"], ("/0", "one of restock, stockValue", "an unknown name"), id="name"),
        pytest.param(
            ["restock", {"productId": "saw", "amount": "1"}],
            ("/1/amount", "an integer", 'the String "1"'),
            id="param",
        ),
        pytest.param(
            {"name": "restock", "params": ["saw"]},
            ("/params/1", "a value for amount", "nothing"),
            id="missing param",
        ),
    ],
)
def test_an_action_that_does_not_fit_is_refused(
    half: Half, params: Json, refusal: tuple[str, str, str]
) -> None:
    assert half.bad_param("action.execute", params) == refusal


def test_an_action_fails_like_a_method(half: Half) -> None:
    assert half.error("action.execute", ["restock", ["x", 1]]) == {
        "code": 1004,
        "message": "Record not found",
        "data": {"id": "x"},
    }
    assert half.bad_param("action.execute", ["restock", ["saw", 2**31 - 1]]) == (
        "/1/1",
        "a stock in range",
        "too much",
    )


def test_every_method_is_listed_and_described(half: Half) -> None:
    names = half.result("system.listMethods")
    assert isinstance(names, list)
    assert names == sorted(half.service.methods)
    assert [name for name in names if str(name).startswith("rpc.")] == ["rpc.discover"]

    for name in names:
        described = half.result("system.describe", [name])
        assert isinstance(described, dict)
        assert described["name"] == name


def test_an_unknown_method_is_not_described(half: Half) -> None:
    assert half.bad_param("system.describe", {"method": "x"}) == (
        "/method",
        "the name of a method",
        "an unknown name",
    )


def test_the_service_is_an_openrpc_document(half: Half) -> None:
    discovered = half.result("rpc.discover")

    assert isinstance(discovered, dict)
    assert discovered["openrpc"] == "1.3.2"
    assert discovered["info"] == {"title": "Wirecheck reference server", "version": "0.1.0"}
    methods = discovered["methods"]
    assert isinstance(methods, list)
    by_name = {method["name"]: method for method in methods if isinstance(method, dict)}
    assert by_name.keys() == half.service.methods.keys() - {"rpc.discover"}
    assert by_name["subtract"] == {
        "name": "subtract",
        "summary": "minuend less subtrahend",
        "paramStructure": "either",
        "params": [
            {"name": "minuend", "required": True, "schema": {"type": "number"}},
            {"name": "subtrahend", "required": True, "schema": {"type": "number"}},
        ],
        "result": {"name": "result", "schema": {"type": "number"}},
        "x-safe": True,
        "examples": [
            {
                "name": "by position",
                "params": [{"name": "minuend", "value": 42}, {"name": "subtrahend", "value": 23}],
                "result": {"name": "result", "value": 19},
            },
            {
                "name": "by name",
                "params": [{"name": "subtrahend", "value": 23}, {"name": "minuend", "value": 42}],
                "result": {"name": "result", "value": 19},
            },
        ],
    }
    summing = by_name["sum"]
    assert (summing["paramStructure"], summing["x-variadic"]) == ("by-position", True)
    assert summing["params"] == [
        {"name": "numbers", "required": False, "schema": {"type": "number"}}
    ]
    creating = by_name["object.create"]
    assert (creating["x-safe"], "examples" in creating) == (False, False)
    counting = by_name["count"]
    assert counting["params"] == [
        {
            "name": "name",
            "summary": "Which counter",
            "required": False,
            "schema": {"type": "string", "maxLength": 200, "default": "default"},
        }
    ]


def test_every_example_comes_true(half: Half) -> None:
    examples = [
        (method, example) for method in half.service.methods.values() for example in method.examples
    ]

    assert len(examples) > 5
    for method, example in examples:
        assert half.result(method.name, example.params) == example.result, method.name


def test_every_safe_method_is_marked_and_no_other(half: Half) -> None:
    unsafe = {name for name, method in half.service.methods.items() if not method.safe}

    assert unsafe == {
        "object.create",
        "object.update",
        "object.delete",
        "object.batchImport",
        "action.execute",
        "session.create",
        "session.get",
        "session.set",
        "session.destroy",
        "incr",
    }


@pytest.mark.parametrize(
    ("flag", "method"),
    [
        pytest.param("enable_examples", "subtract", id="examples"),
        pytest.param("enable_introspection", "rpc.discover", id="discover"),
        pytest.param("enable_introspection", "system.listMethods", id="list"),
    ],
)
def test_switched_off_there_is_no_such_method(store: Store, flag: str, method: str) -> None:
    off: dict[str, bool] = {flag: False}
    half = half_of(store, dataclasses.replace(EVERYTHING, **off))  # type: ignore[arg-type] # a flag

    assert half.error(method) == NOT_FOUND


def test_by_default_only_the_store_is_reached(store: Store) -> None:
    half = half_of(store, JsonRpcSettings())

    assert {name.partition(".")[0] for name in half.service.methods} == {
        "object",
        "metadata",
        "action",
    }


@pytest.mark.parametrize(
    ("method", "params", "result"),
    [
        pytest.param("sum", b"[]", b"0", id="sum of nothing"),
        pytest.param("sum", b"[1,2,4]", b"7", id="sum"),
        pytest.param("sum", b"[0.1,0.2]", b"0.3", id="sum of fractions"),
        pytest.param("sum", b"[1.5,0.5]", b"2", id="whole again"),
        pytest.param("sum", b"[1e400,0.5]", b"1" + b"0" * 400 + b".5", id="mixed sizes"),
        pytest.param("sum", b"[1e9000,1]", b"1" + b"0" * 8999 + b"1", id="long integer"),
        pytest.param("sum", b"[9007199254740993,1]", b"9007199254740994", id="beyond 2^53"),
        pytest.param("subtract", b"[1e400,1e400]", b"0", id="huge, nothing left"),
        pytest.param("subtract", b"[1,-1.5]", b"2.5", id="negative"),
        pytest.param("echo", b"[null]", b"null", id="echo of null"),
        pytest.param(
            "echo",
            b'[{"a":[1,{"b":[]}],"c":null}]',
            b'{"a":[1,{"b":[]}],"c":null}',
            id="echo of a structure",
        ),
        pytest.param("echo", b"[1e400]", b"1E+400", id="echo of a huge number"),
        pytest.param("void", b"[]", b"null", id="void"),
        pytest.param("update", b'["a",{}]', b"null", id="update"),
        pytest.param("get_data", b"{}", b'["hello",5]', id="get_data"),
    ],
)
def test_an_example_method_is_exact(half: Half, method: str, params: bytes, result: bytes) -> None:
    assert write(half.result(method, read(params, max_depth=9))) == result


@pytest.mark.parametrize(
    "params",
    [
        pytest.param(b"[1e999999999999,1]", id="too long to write out"),
        pytest.param(b"[1e-999999999999,1]", id="too fine"),
    ],
)
def test_a_sum_that_would_not_be_exact_is_refused(half: Half, params: bytes) -> None:
    assert half.error("sum", read(params, max_depth=9)) == {
        "code": 1007,
        "message": "The result has too many digits",
    }


def test_echo_needs_a_value_null_among_them(half: Half) -> None:
    assert half.bad_param("echo", []) == ("/0", "a value for value", "nothing")


def test_fail_app_ends_in_an_application_error(half: Half) -> None:
    assert half.error("fail_app") == {
        "code": 1000,
        "message": "Refused on purpose",
        "data": {"kind": "example"},
    }


def test_slow_waits_as_long_as_it_is_told_within_bounds(half: Half) -> None:
    assert half.result("slow", [1500]) == 1500
    assert half.waited_s == [1.5]
    assert half.bad_param("slow", [5001]) == ("/0", "at most 5000", "5001")


def test_counters_count_under_their_names(half: Half) -> None:
    assert [half.result("incr"), half.result("incr"), half.result("incr", ["b"])] == [1, 2, 1]
    assert [half.result("count"), half.result("count", {"name": "b"})] == [2, 1]
    assert half.result("count", ["c"]) == 0
    assert half.bad_param("incr", ["x" * 201])[0] == "/0"


def test_the_oldest_counter_makes_room() -> None:
    counters = Counters()
    counters.incr("first")
    for number in range(MAX_COUNTERS):
        counters.incr(str(number))

    assert (counters.count("first"), counters.count("0")) == (0, 1)


def test_only_long_or_blocking_messages_may_block(half: Half) -> None:
    may_block = half.service.may_block

    assert not may_block(b'{"method":"void","params":["slow"]}'.replace(b'"slow"', b'"slower"'))
    assert may_block(b'{"method":"slow"}')
    assert may_block(b'{"method":"object.get"}')
    assert not may_block(b'{"method":"object_get"}')
    assert may_block(b'{"method":"sl\\u006fw"}')
    assert may_block(b" " * 65_537)


def test_two_methods_of_one_name_are_our_bug() -> None:
    method = Method(name="m", summary="", run=lambda: None)

    with pytest.raises(AssertionError, match=r"^two methods are called m$"):
        registry([method, method])
    assert find_method(registry([method]), "m") is method


def test_a_document_lists_methods_by_name() -> None:
    methods = [Method(name=name, summary="", run=lambda: None) for name in ("b", "a")]

    listed = document(methods)

    assert isinstance(listed, dict)
    assert isinstance(listed["methods"], list)
    assert [each["name"] for each in listed["methods"] if isinstance(each, dict)] == ["a", "b"]
