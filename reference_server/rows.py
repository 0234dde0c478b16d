"""JSON to the values of the model and back.

Knows how each kind of value is written in JSON. Refuses to know where rows are kept.
"""

import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, assert_never

from reference_server.errors import InvalidRowError
from reference_server.json_pointer import escaped
from reference_server.json_text import Json, exact_number
from reference_server.model import (
    DECIMAL_PRECISION,
    DECIMAL_SCALE,
    INTEGER_MAX,
    INTEGER_MIN,
    EntityType,
    Kind,
    Property,
    Row,
    Value,
)

# RFC 3339 date-time: full-date "T" partial-time time-offset; more than six digits would be cut.
_DATE_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
# RFC 4648, section 5; the padding may be left out.
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]*={0,2}")
_QUANTUM: Final = 4
_STEP: Final = Decimal(1).scaleb(-DECIMAL_SCALE)


def row_in(entity: EntityType, given: Mapping[str, Json]) -> Row:
    """Read a new row; what is left out gets its default, the key stays out if it is not given.

    Raises:
        InvalidRowError: an unknown, missing or wrong property, with a pointer into `given`.
    """
    row = changes_in(entity, given)
    for each in entity.properties[1:]:
        if each.name not in row:
            if each.required:
                raise InvalidRowError(f"/{each.name}", f"a value for {each.name}", "nothing")
            row[each.name] = each.default
    return row


def changes_in(entity: EntityType, given: Mapping[str, Json]) -> Row:
    """Read the properties that are given, and no more.

    Raises:
        InvalidRowError: an unknown or wrong property, with a pointer into `given`.
    """
    return {
        name: value_in(property_of(entity, name, escaped(name)), value, escaped(name))
        for name, value in given.items()
    }


def property_of(entity: EntityType, name: str, pointer: str) -> Property:
    """Find a property that a peer named.

    Raises:
        InvalidRowError: there is none; `pointer` leads to the name.
    """
    found = entity.find(name)
    if found is None:
        known = ", ".join(each.name for each in entity.properties)
        raise InvalidRowError(pointer, f"one of {known}", "an unknown name")
    return found


def value_in(wanted: Property, given: Json, pointer: str) -> Value:
    """Read one value of a property; a timestamp comes out as UTC.

    Raises:
        InvalidRowError: it is of another kind, or out of range; `pointer` leads to the value.
    """
    value = None if given is None else _READERS[wanted.kind](wanted, given)
    if value is None and not (given is None and wanted.nullable):
        expected = _expected(wanted) + (" or null" if wanted.nullable else "")
        raise InvalidRowError(pointer, expected, "null" if given is None else "another value")
    return value


def row_out(row: Mapping[str, Value]) -> dict[str, Json]:
    """Write a row: decimals as numbers of the same value, timestamps as RFC 3339 in UTC.

    What is binary comes as base64url with its padding.
    """
    return {name: _value_out(value) for name, value in row.items()}


def _value_out(value: Value) -> Json:
    if isinstance(value, Decimal):
        whole = value.to_integral_value()
        return int(whole) if whole == value else exact_number(f"{value:f}")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
    if isinstance(value, bytes):
        return base64.urlsafe_b64encode(value).decode("ascii")
    return value


def _expected(wanted: Property) -> str:
    match wanted.kind:
        case Kind.TEXT:
            size = f"{wanted.min_chars} to {wanted.max_chars}"
            return f"a String of {size} characters without U+0000"
        case Kind.INTEGER:
            return f"an integer from {INTEGER_MIN} to {INTEGER_MAX}"
        case Kind.DECIMAL:
            whole = DECIMAL_PRECISION - DECIMAL_SCALE
            return f"a Number of at most {whole} digits before and {DECIMAL_SCALE} after the point"
        case Kind.BOOLEAN:
            return "true or false"
        case Kind.TIMESTAMP:
            return "a String such as 2026-01-31T09:30:00Z"
        case Kind.BINARY:
            return f"a String in base64url of at most {wanted.max_bytes} bytes"
    assert_never(wanted.kind)


def _read_text(wanted: Property, given: Json) -> Value:
    # PostgreSQL keeps no U+0000 in text.
    if not isinstance(given, str) or "\0" in given:
        return None
    return given if wanted.min_chars <= len(given) <= wanted.max_chars else None


def _read_decimal(_wanted: Property, given: Json) -> Value:
    if isinstance(given, bool) or not isinstance(given, (int, float, Decimal)):
        return None
    number = Decimal(repr(given)) if isinstance(given, float) else Decimal(given)
    # The size first: quantize() would write out all digits of 1e999999.
    if number and not -DECIMAL_SCALE <= number.adjusted() < DECIMAL_PRECISION - DECIMAL_SCALE:
        return None
    return number if number == number.quantize(_STEP) else None


def _read_integer(_wanted: Property, given: Json) -> Value:
    number = _read_decimal(_wanted, given)
    if not isinstance(number, Decimal) or number != number.to_integral_value():
        return None
    return int(number) if INTEGER_MIN <= number <= INTEGER_MAX else None


def _read_boolean(_wanted: Property, given: Json) -> Value:
    return given if isinstance(given, bool) else None


def _read_timestamp(_wanted: Property, given: Json) -> Value:
    if not isinstance(given, str) or _DATE_TIME.fullmatch(given) is None:
        return None
    try:
        return datetime.fromisoformat(given).astimezone(UTC)
    except (ValueError, OverflowError):  # the 30th of February; year 1 in an eastern zone
        return None


def from_base64url(text: str) -> bytes | None:
    """Decode base64url; None if it is none. The padding may be there or not."""
    if _BASE64URL.fullmatch(text) is None:
        return None
    digits = text.rstrip("=")
    if len(digits) % _QUANTUM == 1 or (digits != text and len(text) % _QUANTUM):
        return None
    return base64.urlsafe_b64decode(digits + "=" * (-len(digits) % _QUANTUM))


def _read_binary(wanted: Property, given: Json) -> Value:
    value = from_base64url(given) if isinstance(given, str) else None
    return value if value is not None and len(value) <= wanted.max_bytes else None


_READERS: Final = {
    Kind.TEXT: _read_text,
    Kind.INTEGER: _read_integer,
    Kind.DECIMAL: _read_decimal,
    Kind.BOOLEAN: _read_boolean,
    Kind.TIMESTAMP: _read_timestamp,
    Kind.BINARY: _read_binary,
}
