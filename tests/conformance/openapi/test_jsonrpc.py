"""What the description of a JSON-RPC endpoint lets through, both ways."""

from collections.abc import Mapping
from typing import Any

import pytest

from conformance.openapi.jsonrpc import describe_jsonrpc
from conformance.words.json_value import Json
from tests.conformance.openapi.validity import answer_schema, body_schema, is_valid

BINDINGS: Mapping[str, Json] = {
    "ok": {"method": "ping", "params": [1]},
    "slow": {"method": "sleep", "params": [300]},
}
OPENRPC: Json = {
    "openrpc": "1.3.2",
    "methods": [
        {
            "name": "get",
            "x-safe": True,
            "params": [
                {"name": "key", "required": True, "schema": {"type": "string"}},
                {"name": "depth", "schema": {"$ref": "#/components/contentDescriptors/Depth"}},
            ],
        },
        {"name": "all", "x-safe": True, "params": [{"name": "x"}], "x-variadic": True},
        {"name": "named", "x-safe": True, "params": [{"name": "x"}], "paramStructure": "by-name"},
        {"name": "put", "params": []},
        {"name": "sleep", "x-safe": True, "params": []},
        "no method",
    ],
}


def described(*, allows_writes: bool = False) -> dict[str, Any]:
    return describe_jsonrpc(
        "/rpc",
        origin="http://a",
        bindings=BINDINGS,
        openrpc=OPENRPC,
        allows_writes=allows_writes,
    )


def call(method: str, params: Json = None, **more: Json) -> dict[str, Json]:
    given: dict[str, Json] = {} if params is None else {"params": params}
    return {"jsonrpc": "2.0", "method": method, **given, **more}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(call("ping", [1], id=1), id="a bound call"),
        pytest.param(call("ping", [1]), id="a notification"),
        pytest.param(call("get", ["a"], id="x"), id="params by position"),
        pytest.param(call("get", {"key": "a", "depth": 1}, id=None), id="params by name"),
        pytest.param(call("all", [1, 2, 3, 4], id=1), id="any number of params"),
        pytest.param(call("named", {"x": 1}, id=1), id="by name only"),
        pytest.param(call("wirecheck.nosuch", id=1), id="an unknown method"),
        pytest.param([call("ping", [1], id=1), call("get", ["a"])], id="a batch"),
    ],
)
def test_a_message_that_may_be_sent_is_described(body: Json) -> None:
    document = described()

    assert is_valid(document, body_schema(document, "/rpc"), body)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(call("ping", [2], id=1), id="other params than are known to work"),
        pytest.param(call("get", [1], id=1), id="params of another type"),
        pytest.param(call("get", id=1), id="params left out"),
        pytest.param(call("get", ["a", 1, 2], id=1), id="too many params"),
        pytest.param(call("put", id=1), id="a method that is not marked as safe"),
        pytest.param(call("sleep", id=1), id="a method that takes its time"),
        pytest.param({"method": "ping", "params": [1], "id": 1}, id="no version"),
        pytest.param([], id="an empty batch"),
    ],
)
def test_what_may_not_be_sent_is_not_described(body: Json) -> None:
    document = described()

    assert not is_valid(document, body_schema(document, "/rpc"), body)


def test_with_consent_all_methods_are_described_but_slow_ones() -> None:
    document = described(allows_writes=True)
    schema = body_schema(document, "/rpc")

    assert is_valid(document, schema, call("put", id=1))
    assert not is_valid(document, schema, call("sleep", id=1))


ERROR: Json = {"code": -32601, "message": "no"}


@pytest.mark.parametrize(
    ("answer", "fits"),
    [
        pytest.param({"jsonrpc": "2.0", "id": 1, "result": None}, True, id="a null result"),
        pytest.param({"jsonrpc": "2.0", "id": None, "error": ERROR}, True, id="an error"),
        pytest.param([{"jsonrpc": "2.0", "id": 1, "result": 1}], True, id="a batch"),
        pytest.param({"jsonrpc": "2.0", "id": 1}, False, id="neither"),
        pytest.param({"jsonrpc": "2.0", "id": 1, "result": 1, "error": ERROR}, False, id="both"),
        pytest.param({"jsonrpc": "2.0", "id": 1, "error": {"code": "1"}}, False, id="a bad error"),
        pytest.param({"id": 1, "result": 1}, False, id="no version"),
        pytest.param([], False, id="an empty batch"),
    ],
)
def test_an_answer_fits_if_it_is_a_response(answer: Json, *, fits: bool) -> None:
    document = described()

    assert is_valid(document, answer_schema(document, "/rpc", "post"), answer) is fits
