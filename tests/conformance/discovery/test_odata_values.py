"""Made-up values fit their types, are the same again, and can be recognised."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conformance.discovery.csdl import Facets, Metadata, Property, Scale, TypeRef
from conformance.discovery.csdl_link import PRIMITIVE_TYPES
from conformance.discovery.csdl_xml import read_csdl_xml
from conformance.discovery.odata_values import (
    MARK,
    Bounds,
    bounds_of,
    make_member,
    make_text,
    make_value,
    source_of,
)
from conformance.words.json_value import ABSENT, Json, is_number
from tests.conformance.discovery.csdl_checker import _property
from tests.conformance.discovery.documents import SHOP, one_type

TYPES = sorted(PRIMITIVE_TYPES - {"Edm.Stream"})


def fits(type_name: str, facets: Facets, value: Json) -> bool:
    declared = Property(
        name="P", type=TypeRef(name=type_name), is_nullable=False, facets=facets, target="T/P"
    )
    return not list(_property(Metadata(), declared, value, "P"))


@st.composite
def facets(draw: st.DrawFn) -> Facets:
    precision = draw(st.none() | st.integers(1, 40))
    scales = st.none() | st.sampled_from(Scale) | st.integers(0, precision or 10)
    return Facets(
        max_length=draw(st.none() | st.integers(0, 60)), precision=precision, scale=draw(scales)
    )


@given(
    type_name=st.sampled_from(TYPES),
    unique=st.text(max_size=60),
    facets=facets(),
    key=st.booleans(),
)
def test_a_value_fits_its_type_and_is_the_same_again(
    type_name: str, unique: str, facets: Facets, *, key: bool
) -> None:
    value = make_value(type_name, source_of("seed", unique), facets=facets, is_key=key)
    again = make_value(type_name, source_of("seed", unique), facets=facets, is_key=key)

    assert value is not ABSENT
    assert fits(type_name, facets, value), value
    assert value == again


@pytest.mark.parametrize(
    ("max_length", "text"),
    [
        pytest.param(None, "wirecheck-r1-a-b", id="no bound"),
        pytest.param(16, "wirecheck-r1-a-b", id="room for all"),
        pytest.param(0, "", id="no room"),
    ],
)
def test_text_starts_with_the_mark(max_length: int | None, text: str) -> None:
    assert make_text(source_of("r1", "a-b"), max_length) == text


def test_names_that_a_slug_makes_alike_differ_by_their_digest() -> None:
    one, other = (make_text(source_of("", name), None) for name in ("a b", "a/b"))

    assert one.startswith("wirecheck-a-b-")
    assert len(one) == len(other) == len("wirecheck-a-b-") + 8
    assert one != other


@pytest.mark.parametrize("max_length", [18, 20, 25])
def test_a_digest_stands_behind_the_mark_where_a_name_has_no_room(max_length: int) -> None:
    long = make_text(source_of("s", "a name of no short length"), max_length)
    other = make_text(source_of("s", "a name of no short lengths"), max_length)

    assert long.startswith(MARK)
    assert len(long) == max_length
    assert long != other


@given(names=st.lists(st.text(max_size=40), min_size=2, max_size=2, unique=True))
def test_keys_differ_as_names_do(names: list[str]) -> None:
    facets = Facets(max_length=12)
    one, other = (
        [
            make_value(kind, source_of("s", name), facets=facets, is_key=True)
            for kind in ("Edm.Guid", "Edm.Int64", "Edm.String")
        ]
        for name in names
    )

    assert all(a != b for a, b in zip(one, other, strict=True))


@given(
    type_name=st.sampled_from(
        ["Edm.Byte", "Edm.Int16", "Edm.Int32", "Edm.Int64", "Edm.Decimal", "Edm.Double"]
    ),
    low=st.none() | st.integers(0, 250),
    span=st.none() | st.integers(0, 300),
    key=st.booleans(),
    number=st.integers(0, 2**64),
)
def test_numbers_keep_within_their_bounds(
    type_name: str, low: int | None, span: int | None, *, key: bool, number: int
) -> None:
    high = None if span is None else (low or 0) + span
    assume(type_name != "Edm.Byte" or high is None or high <= 255)
    bounds = Bounds(minimum=low, maximum=high)

    value = make_value(
        type_name,
        source_of("s", str(number)),
        facets=Facets(precision=9, scale=2),
        bounds=bounds,
        is_key=key,
    )

    assert is_number(value)
    assert low is None or value >= low
    assert high is None or value <= high
    assert fits(type_name, Facets(precision=9, scale=2), value)


@pytest.mark.parametrize(
    ("type_name", "low", "high", "value"),
    [
        pytest.param("Edm.Double", 0.25, 0.75, 0.5, id="a fraction"),
        pytest.param("Edm.Decimal", 1.25, 1.75, 1.5, id="a decimal"),
        pytest.param("Edm.Double", 5, 5, 5.0, id="one value"),
        pytest.param("Edm.Int32", 1e300, None, 2**31 - 1, id="beyond the type"),
        pytest.param("Edm.Byte", 256, None, 255, id="beyond the smallest type"),
        pytest.param("Edm.Double", -math.inf, -3, -45.0, id="no end below"),
    ],
)
def test_narrow_bounds(type_name: str, low: float, high: float | None, value: float) -> None:
    made = make_value(
        type_name,
        source_of("s", "a"),
        facets=Facets(precision=9, scale=2),
        bounds=Bounds(minimum=low, maximum=high),
    )

    assert made == value


@pytest.mark.parametrize(
    ("facets", "value"),
    [
        pytest.param(Facets(precision=2, scale=2), 0.5, id="nothing before the point"),
        pytest.param(Facets(precision=1, scale=Scale.FLOATING), 8, id="one digit"),
        pytest.param(Facets(precision=0, scale=0), 0, id="no digit"),
        pytest.param(Facets(precision=2, scale=Scale.VARIABLE), 8.5, id="one digit each"),
    ],
)
def test_decimals_of_few_digits(facets: Facets, value: float) -> None:
    assert make_value("Edm.Decimal", source_of("s", "a"), facets=facets) == value


def test_only_allowed_values_are_made() -> None:
    bounds = Bounds(allowed=("open", "closed"))

    made = {
        make_value("Edm.String", source_of("s", str(one)), facets=Facets(), bounds=bounds)
        for one in range(30)
    }

    assert made == {"open", "closed"}


def test_bounds_are_read_from_the_annotations() -> None:
    shop = read_csdl_xml(SHOP)
    books = shop.structured["Shop.Books"].properties

    assert bounds_of(shop, books["status"]) == Bounds(allowed=("open", "closed"))
    assert bounds_of(shop, books["rating"]) == Bounds(minimum=200, maximum=202.5)
    assert bounds_of(shop, books["title"]) == Bounds()


def test_bounds_of_a_type_definition_hold_for_its_properties() -> None:
    read = read_csdl_xml(
        one_type(
            '<Property Name="P" Type="NS.D"/>',
            more='<TypeDefinition Name="D" UnderlyingType="Edm.Int32">'
            '<Annotation Term="Validation.Minimum" Int="7"/></TypeDefinition>',
        )
    )

    assert bounds_of(read, read.structured["NS.Thing"].properties["P"]) == Bounds(minimum=7)


@pytest.mark.parametrize("type_name", ["Edm.Stream", "Edm.ComplexType", "NS.None"])
def test_of_some_types_no_value_can_be_made(type_name: str) -> None:
    assert make_value(type_name, source_of("s", "a"), facets=Facets()) is ABSENT


def test_an_enumeration_gives_one_of_its_members() -> None:
    assert make_member(["A", "B"], source_of("s", "a")) in {"A", "B"}
    assert make_member([], source_of("s", "a")) is ABSENT
