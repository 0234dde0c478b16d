"""Params and signatures."""

from decimal import Decimal

import pytest

from reference_server.json_text import Json
from reference_server.jsonrpc.binding import bind, carry_out
from reference_server.jsonrpc.errors import InvalidParamsError, ParamError
from reference_server.jsonrpc.message import ABSENT, Absent, Params
from reference_server.jsonrpc.methods import Method, Param

TWO = Method(
    name="two",
    summary="",
    run=lambda a, b: [a, b],
    params=(
        Param(name="a/~", schema={"type": "number"}),
        Param(name="b", schema={"type": "object"}, required=False, default={"default": True}),
    ),
)
NONE = Method(name="none", summary="", run=lambda: None)
MANY = Method(
    name="many",
    summary="",
    run=lambda *values: list(values),
    params=(Param(name="values", schema={"type": "integer"}, required=False),),
    variadic=True,
)


@pytest.mark.parametrize(
    ("method", "params", "values"),
    [
        pytest.param(TWO, [1, {}], [1, {}], id="by position"),
        pytest.param(TWO, [1], [1, {"default": True}], id="by position with a default"),
        pytest.param(TWO, {"b": {}, "a/~": 1}, [1, {}], id="by name, in any order"),
        pytest.param(TWO, {"a/~": 1.5}, [1.5, {"default": True}], id="by name with a default"),
        pytest.param(NONE, ABSENT, [], id="no params, absent"),
        pytest.param(NONE, [], [], id="no params, empty array"),
        pytest.param(NONE, {}, [], id="no params, empty object"),
        pytest.param(MANY, [1, 2.0, Decimal("1e400")], [1, 2.0, Decimal("1e400")], id="variadic"),
        pytest.param(MANY, ABSENT, [], id="variadic, absent"),
        pytest.param(MANY, {}, [], id="variadic, empty object"),
    ],
)
def test_params_become_values_in_the_order_of_the_signature(
    method: Method, params: Params | Absent, values: list[Json]
) -> None:
    assert bind(method, params).values == values


@pytest.mark.parametrize(
    ("method", "params", "pointer", "expected", "seen"),
    [
        pytest.param(TWO, ["x"], "/0", "a Number", 'the String "x"', id="wrong kind by position"),
        pytest.param(TWO, [True], "/0", "a Number", "true", id="a boolean is no number"),
        pytest.param(TWO, {"a/~": None}, "/a~1~0", "a Number", "null", id="null is no default"),
        pytest.param(TWO, [], "/0", "a value for a/~", "nothing", id="missing by position"),
        pytest.param(TWO, {}, "/a~1~0", "a value for a/~", "nothing", id="missing by name"),
        pytest.param(TWO, ABSENT, "/a~1~0", "a value for a/~", "nothing", id="missing, absent"),
        pytest.param(TWO, [1, {}, 3], "/2", "at most 2 values", "3 values", id="too many"),
        pytest.param(
            TWO, {"a/~": 1, "B": {}}, "/B", "one of a/~, b", "an unknown name", id="unknown name"
        ),
        pytest.param(
            TWO,
            {"a/~": 1, "b": {}, "c": 0},
            "/c",
            "one of a/~, b",
            "an unknown name",
            id="one name more",
        ),
        pytest.param(NONE, {"c": 0}, "/c", "no params", "an unknown name", id="name for nobody"),
        pytest.param(NONE, [0], "/0", "at most 0 values", "1 values", id="value for nobody"),
        pytest.param(MANY, [1, 1.5], "/1", "an integer", "1.5", id="variadic, second is wrong"),
        pytest.param(MANY, [1, Decimal("1.5")], "/1", "an integer", "1.5", id="variadic, decimal"),
        pytest.param(MANY, {"values": 1}, "", "an Array", "an Object", id="variadic by name"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_pointer(
    method: Method, params: Params | Absent, pointer: str, expected: str, seen: str
) -> None:
    with pytest.raises(InvalidParamsError) as caught:
        bind(method, params)

    assert caught.value.data == {"pointer": pointer, "expected": expected, "seen": seen}


@pytest.mark.parametrize(
    ("params", "pointer"),
    [pytest.param([1], "/0/x", id="position"), pytest.param({"a": 1}, "/a/x", id="name")],
)
def test_a_handler_that_refuses_a_param_by_name_gets_its_pointer(
    params: Params, pointer: str
) -> None:
    def refuse(_value: Json) -> Json:
        raise ParamError("a", "/x", "less", "more")

    method = Method(name="m", summary="", run=refuse, params=(Param(name="a", schema={}),))

    with pytest.raises(InvalidParamsError) as caught:
        carry_out(method, bind(method, params))

    assert caught.value.data == {"pointer": pointer, "expected": "less", "seen": "more"}


def test_a_handler_that_refuses_a_variadic_param_points_at_all_of_them() -> None:
    def refuse(*_values: Json) -> Json:
        raise ParamError("values", "", "less", "more")

    method = Method(name="m", summary="", run=refuse, params=MANY.params, variadic=True)

    with pytest.raises(InvalidParamsError) as caught:
        carry_out(method, bind(method, [1]))

    assert caught.value.pointer == ""
