"""JSON numbers as Python values that are equal to what the text says."""

from decimal import Decimal, InvalidOperation
from typing import Final

# Python refuses longer texts in int() (sys.int_info.default_max_str_digits is 4300).
_INT_DIGITS: Final = 4000
# Decimal's exponents end at 18 digits. What lies beyond them is told apart by sign and direction
# only: infinite here, or the number that is next to zero.
_NEXT_TO_ZERO: Final = Decimal("1E-1999999999999999997")


def exact_integer(text: str) -> int | Decimal:
    """Return the value of a JSON number without fraction and exponent."""
    return int(text) if len(text) <= _INT_DIGITS else Decimal(text)


def exact_number(text: str) -> float | Decimal:
    """Return the value of a JSON number with fraction or exponent.

    A float where the float's shortest form is the same number, else a Decimal: 0.1 and 1e2 are
    floats, 1e400 and 0.1000000000000000000001 are Decimals.
    """
    value = float(text)
    try:
        exact = Decimal(text)
    except InvalidOperation:
        significand = text.lower().partition("e")[0]
        is_tiny = not value and significand.strip("-0.")
        return _NEXT_TO_ZERO.copy_sign(Decimal(value)) if is_tiny else Decimal(value)
    if value in (float("inf"), float("-inf")) or Decimal(repr(value)) != exact:
        return exact
    return value
