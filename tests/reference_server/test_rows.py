"""JSON and the values of the model."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.errors import InvalidRowError
from reference_server.json_text import Json
from reference_server.model import Kind, Property, Row, Value, entity_type
from reference_server.rows import changes_in, row_in, row_out, value_in


def of(kind: Kind, *, nullable: bool = False) -> Property:
    return Property(name="p", kind=kind, nullable=nullable, min_chars=1, max_chars=3)


@pytest.mark.parametrize(
    ("kind", "given_", "value"),
    [
        pytest.param(Kind.TEXT, "äöü", "äöü", id="text"),
        pytest.param(Kind.INTEGER, 2**31 - 1, 2**31 - 1, id="largest integer"),
        pytest.param(Kind.INTEGER, -(2**31), -(2**31), id="smallest integer"),
        pytest.param(Kind.INTEGER, 1e2, 100, id="integer in another notation"),
        pytest.param(Kind.DECIMAL, 0, Decimal(0), id="zero"),
        pytest.param(Kind.DECIMAL, 0.1, Decimal("0.1"), id="fraction"),
        pytest.param(Kind.DECIMAL, -99999999999.9999, Decimal("-99999999999.9999"), id="largest"),
        pytest.param(Kind.DECIMAL, Decimal("1.10000"), Decimal("1.1"), id="zeros at the end"),
        pytest.param(Kind.BOOLEAN, False, False, id="false"),
        pytest.param(
            Kind.TIMESTAMP,
            "2026-01-31T09:30:00Z",
            datetime(2026, 1, 31, 9, 30, tzinfo=UTC),
            id="instant",
        ),
        pytest.param(
            Kind.TIMESTAMP,
            "2026-01-31T00:30:00.5+01:00",
            datetime(2026, 1, 30, 23, 30, 0, 500_000, tzinfo=UTC),
            id="instant elsewhere",
        ),
    ],
)
def test_json_becomes_a_value_of_its_kind(kind: Kind, given_: Json, value: Value) -> None:
    seen = value_in(of(kind), given_, "/p")

    assert seen == value
    assert type(seen) is type(value)


@pytest.mark.parametrize(
    ("kind", "given_"),
    [
        pytest.param(Kind.TEXT, "", id="text too short"),
        pytest.param(Kind.TEXT, "abcd", id="text too long"),
        pytest.param(Kind.TEXT, "a\0", id="U+0000"),
        pytest.param(Kind.TEXT, 1, id="number for text"),
        pytest.param(Kind.INTEGER, 2**31, id="integer too large"),
        pytest.param(Kind.INTEGER, 1.5, id="fraction for an integer"),
        pytest.param(Kind.INTEGER, True, id="true for an integer"),
        pytest.param(Kind.INTEGER, "1", id="text for an integer"),
        pytest.param(Kind.DECIMAL, 0.00001, id="too fine"),
        pytest.param(Kind.DECIMAL, 1.00001, id="too fine after a digit"),
        pytest.param(Kind.DECIMAL, 10**11, id="too large"),
        pytest.param(Kind.DECIMAL, Decimal("1e999999999"), id="far too large"),
        pytest.param(Kind.DECIMAL, Decimal("1e-999999999"), id="far too fine"),
        pytest.param(Kind.DECIMAL, [], id="array for a decimal"),
        pytest.param(Kind.BOOLEAN, 0, id="zero for false"),
        pytest.param(Kind.TIMESTAMP, 0, id="number for an instant"),
        pytest.param(Kind.TIMESTAMP, "2026-01-31", id="a day"),
        pytest.param(Kind.TIMESTAMP, "2026-01-31T09:30:00", id="no zone"),
        pytest.param(Kind.TIMESTAMP, "2026-02-30T00:00:00Z", id="no such day"),
        pytest.param(Kind.TIMESTAMP, "0001-01-01T00:00:00+01:00", id="before year 1"),
        pytest.param(Kind.TIMESTAMP, "2026-01-31T09:30:00.1234567Z", id="seven digits"),
        pytest.param(Kind.TIMESTAMP, "\uff12026-01-31T09:30:00Z", id="another digit two"),
    ],
)
def test_json_of_another_kind_is_refused(kind: Kind, given_: Json) -> None:
    with pytest.raises(InvalidRowError, match=r"^/p: expected .*, saw another value$"):
        value_in(of(kind), given_, "/p")


@pytest.mark.parametrize("kind", list(Kind))
def test_null_is_a_value_only_where_it_may_be(kind: Kind) -> None:
    assert value_in(of(kind, nullable=True), None, "/p") is None
    with pytest.raises(InvalidRowError, match=r"^/p: expected [^,]*, saw null$"):
        value_in(of(kind), None, "/p")
    with pytest.raises(InvalidRowError, match=r" or null, saw another value$"):
        value_in(of(kind, nullable=True), {}, "/p")


def test_a_new_row_is_filled_up_and_changes_are_not() -> None:
    categories = entity_type("categories")

    assert row_in(categories, {"name": "a"}) == {"name": "a", "description": None, "icon": None}
    assert changes_in(categories, {"description": "b"}) == {"description": "b"}


def test_a_pointer_escapes_what_a_pointer_must() -> None:
    with pytest.raises(InvalidRowError, match=r"^/a~1b~0c: "):
        changes_in(entity_type("categories"), {"a/b~c": 1})


def test_a_row_is_written_as_json() -> None:
    row: Row = {
        "whole": Decimal("1E+1"),
        "fraction": Decimal("12.5000"),
        "instant": datetime(2026, 1, 31, 9, 30, 0, 5000, tzinfo=UTC),
        "nothing": None,
    }

    written = row_out(row)

    assert written == {
        "whole": 10,
        "fraction": 12.5,
        "instant": "2026-01-31T09:30:00.005000Z",
        "nothing": None,
    }
    assert isinstance(written["whole"], int)


@given(value=st.decimals(-(10**10), 10**10, places=4))
def test_a_decimal_survives_json(value: Decimal) -> None:
    written = row_out({"p": value})["p"]

    assert value_in(of(Kind.DECIMAL), written, "/p") == value


@given(instant=st.datetimes(timezones=st.just(UTC)))
def test_an_instant_survives_json(instant: datetime) -> None:
    assert value_in(of(Kind.TIMESTAMP), row_out({"p": instant})["p"], "/p") == instant
