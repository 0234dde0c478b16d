"""Numbers of JSON texts, equal to what the text says."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.observe.json_number import exact_integer, exact_number

INTEGERS = st.from_regex(r"-?(0|[1-9][0-9]{0,40})", fullmatch=True)
FRACTIONS = st.from_regex(
    r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,30}([eE][+-]?[0-9]{1,4})?|[eE][+-]?[0-9]{1,17})",
    fullmatch=True,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("0", 0, id="zero"),
        pytest.param("-0", 0, id="negative zero"),
        pytest.param("9007199254740993", 9007199254740993, id="beyond 2^53"),
        pytest.param("-18446744073709551617", -18446744073709551617, id="beyond 64 bits"),
    ],
)
def test_an_integer_keeps_each_digit(text: str, value: int) -> None:
    number = exact_integer(text)

    assert number == value
    assert type(number) is int


def test_an_integer_of_5000_digits_keeps_each_digit() -> None:
    text = "12345" * 1000

    number = exact_integer(text)

    assert str(number) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("0.1", 0.1, id="a tenth"),
        pytest.param("1e2", 100.0, id="exponent"),
        pytest.param("1E+2", 100.0, id="capital exponent with a sign"),
        pytest.param("-1.50", -1.5, id="negative, with a zero at the end"),
        pytest.param("1.7976931348623157e308", 1.7976931348623157e308, id="the largest float"),
    ],
)
def test_a_number_that_a_float_holds_is_a_float(text: str, value: float) -> None:
    number = exact_number(text)

    assert number == value
    assert type(number) is float


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("1e400", Decimal("1e400"), id="beyond the largest float"),
        pytest.param("-1e400", Decimal("-1e400"), id="beyond the smallest float"),
        pytest.param("1e-400", Decimal("1e-400"), id="nearer to zero than any float"),
        pytest.param(
            "0.1000000000000000000001", Decimal("0.1000000000000000000001"), id="22 places"
        ),
        pytest.param("9007199254740993.0", Decimal(9007199254740993), id="beyond 2^53"),
        pytest.param("1e999999999999999999", Decimal("1e999999999999999999"), id="18 digits"),
    ],
)
def test_any_other_number_is_a_decimal(text: str, value: Decimal) -> None:
    number = exact_number(text)

    assert number == value
    assert type(number) is Decimal


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("1e99999999999999999999", Decimal("Infinity"), id="endless"),
        pytest.param("-1e99999999999999999999", Decimal("-Infinity"), id="endless, negative"),
        pytest.param("0e99999999999999999999", Decimal(0), id="zero stays zero"),
        pytest.param("-0.00E+99999999999999999999", Decimal(0), id="negative zero stays zero"),
    ],
)
def test_an_exponent_of_twenty_digits_is_taken(text: str, value: Decimal) -> None:
    assert exact_number(text) == value


@pytest.mark.parametrize(
    ("text", "is_negative"),
    [
        pytest.param("1e-99999999999999999999", False, id="above zero"),
        pytest.param("-1e-99999999999999999999", True, id="below zero"),
    ],
)
def test_a_number_next_to_zero_is_not_zero(text: str, *, is_negative: bool) -> None:
    number = exact_number(text)

    assert number != 0
    assert (number < 0) is is_negative


@given(text=INTEGERS)
def test_an_integer_is_the_number_of_its_text(text: str) -> None:
    assert Decimal(exact_integer(text)) == Decimal(text)


@given(text=FRACTIONS)
@example(text="1e23")  # Decimal(1e23) is 99999999999999991611392
@example(text="4.9406564584124654E-324")
def test_a_fraction_is_the_number_of_its_text(text: str) -> None:
    number = exact_number(text)

    shortest = repr(number) if isinstance(number, float) else number
    assert Decimal(shortest) == Decimal(text)
