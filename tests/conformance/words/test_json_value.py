"""JSON values and their kinds; what is absent is not null."""

from decimal import Decimal
from types import MappingProxyType

import pytest

from conformance.words.json_value import (
    ABSENT,
    Absent,
    Json,
    is_array,
    is_number,
    is_object,
    kind_of,
)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        pytest.param(None, "null", id="null"),
        pytest.param(True, "boolean", id="true"),
        pytest.param(0, "number", id="integer"),
        pytest.param(1.5, "number", id="float"),
        pytest.param(Decimal("1e400"), "number", id="decimal"),
        pytest.param("", "string", id="string"),
        pytest.param([], "array", id="list"),
        pytest.param((), "array", id="tuple"),
        pytest.param({}, "object", id="dict"),
        pytest.param(MappingProxyType({}), "object", id="another mapping"),
        pytest.param(ABSENT, "absent", id="absent"),
    ],
)
def test_a_value_has_the_kind_that_json_gives_it(value: Json | Absent, kind: str) -> None:
    assert kind_of(value) == kind
    assert is_object(value) is (kind == "object")
    assert is_array(value) is (kind == "array")
    assert is_number(value) is (kind == "number")


def test_absent_is_false_and_shows_its_name() -> None:
    assert not ABSENT
    assert repr(ABSENT) == "ABSENT"
