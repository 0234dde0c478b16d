"""Bytes to JSON and back."""

import json
from decimal import Decimal
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reference_server.errors import JsonTextError, UnwritableError
from reference_server.json_text import Json, depth_of, exact_number, read, write

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False)


def values(*, numbers: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    leaves: st.SearchStrategy[Json] = st.none() | st.booleans() | numbers | TEXTS
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
        max_leaves=20,
    )


@pytest.mark.parametrize(
    ("body", "value"),
    [
        pytest.param(b"null", None, id="null"),
        pytest.param(b" \t\r\n[ 1 , 2 ]\n", [1, 2], id="white space"),
        pytest.param(b'{"\\u0061":"\\/"}', {"a": "/"}, id="escapes"),
        pytest.param(b'"\\ud83d\\ude00"', "😀", id="surrogate pair"),
        pytest.param(b'"\\\\ud800"', "\\ud800", id="escaped backslash before ud800"),
        pytest.param(b'"a\\u0000b"', "a\0b", id="U+0000"),
        pytest.param(b"-0", 0, id="minus zero"),
        pytest.param(b"1E2", 100, id="exponent"),
        pytest.param(b"1e-2", Decimal("0.01"), id="negative exponent"),
        pytest.param(b"9007199254740993", 9007199254740993, id="beyond 2^53"),
        pytest.param(b"1e400", Decimal("1e400"), id="beyond a double"),
        pytest.param(b"1e-400", Decimal("1e-400"), id="below a double"),
        pytest.param(b"0.10000000000000000001", Decimal("0.10000000000000000001"), id="20 digits"),
    ],
)
def test_text_becomes_its_value(body: bytes, value: Json) -> None:
    seen = read(body, max_depth=10)

    if isinstance(seen, float):
        seen = Decimal(repr(seen))
    assert seen == value


@pytest.mark.parametrize(
    ("body", "reason", "at"),
    [
        pytest.param(b"", "not JSON", 0, id="empty"),
        pytest.param(b" ", "not JSON", 1, id="blank"),
        pytest.param(b'{"jsonrpc": "2.0", "method', "not JSON", 19, id="truncated"),
        pytest.param(b'"\xc3\xa9" x', "not JSON", 5, id="trailing text, counted in bytes"),
        pytest.param(b"{'a':1}", "not JSON", 1, id="single quotes"),
        pytest.param(b"\xef\xbb\xbf1", "not JSON", 0, id="byte order mark"),
        pytest.param(b"1\x00", "not JSON", 1, id="UTF-16 without mark"),
        pytest.param(b"\xff\xfe1\x00", "not UTF-8", 0, id="UTF-16 with mark"),
        pytest.param(b'"\xff"', "not UTF-8", 1, id="FF"),
        pytest.param(b'"\xed\xa0\x80"', "not UTF-8", 1, id="encoded surrogate"),
        pytest.param(b"\xc2\xa01", "not JSON", 0, id="no-break space"),
        pytest.param(b"\x0b1", "not JSON", 0, id="vertical tab"),
        pytest.param(b'"a\nb"', "not JSON", 2, id="raw line feed"),
        pytest.param(b"01", "not JSON", 1, id="leading zero"),
        pytest.param(b"0x1", "not JSON", 1, id="hexadecimal"),
        pytest.param(b"[1]//", "not JSON", 3, id="comment"),
        pytest.param(b"NaN", "NaN is no JSON number", None, id="NaN"),
        pytest.param(b"[-Infinity]", "-Infinity is no JSON number", None, id="minus infinity"),
        pytest.param(b'"\\ud800"', "a lone surrogate", None, id="lone high surrogate"),
        pytest.param(b'{"\\uDC00":1}', "a lone surrogate", None, id="lone surrogate in a name"),
        pytest.param(b'{"a":1,"\\u0061":2}', 'the member name "a" occurs twice', None, id="twice"),
        pytest.param(
            b'{"%(n)s":1,"%(n)s":2}' % {b"n": b"n" * 50},
            f'the member name "{"n" * 39}…" occurs twice',
            None,
            id="long name twice",
        ),
        pytest.param(
            b"1e1000000000000000000", "a number with an exponent out of range", None, id="exponent"
        ),
        pytest.param(b"[[[]]]", "nested deeper than 2", None, id="too deep"),
    ],
)
def test_what_is_no_strict_json_is_refused(body: bytes, reason: str, at: int | None) -> None:
    with pytest.raises(JsonTextError) as caught:
        read(body, max_depth=2)

    assert (caught.value.reason, caught.value.at) == (reason, at)


def test_an_error_of_the_text_reads_as_one_line() -> None:
    assert str(JsonTextError("not JSON", 3)) == "not JSON at byte 3"
    assert str(JsonTextError("a lone surrogate", None)) == "a lone surrogate"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 100_000, id="arrays that never end"),
        pytest.param(b'{"":' * 100_000, id="objects that never end"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="arrays that end"),
    ],
)
def test_a_hundred_thousand_brackets_are_refused_without_recursion(body: bytes) -> None:
    with pytest.raises(JsonTextError, match=r"^nested deeper than 400$"):
        read(body, max_depth=400)


def test_the_deepest_allowed_nesting_is_read_and_written() -> None:
    body = b"[" * 400 + b"1e400" + b"]" * 400

    assert write(read(body, max_depth=400)).lower() == body.replace(b"1e400", b"1e+400")


@pytest.mark.parametrize(
    ("body", "depth"),
    [
        pytest.param(b"1", 0, id="no bracket"),
        pytest.param(b"[]", 1, id="one"),
        pytest.param(b'{"a":[],"b":[[]]}', 3, id="the deeper branch counts"),
        pytest.param(b'["[[[["]', 1, id="brackets in a string"),
        pytest.param(b'["\\"[[[["]', 1, id="behind an escaped quote"),
        pytest.param(b'["\\\\",[]]', 2, id="behind an escaped backslash"),
    ],
)
def test_depth_counts_open_brackets_outside_strings(body: bytes, depth: int) -> None:
    assert depth_of(body) == depth


def test_an_integer_of_five_thousand_digits_comes_back_whole() -> None:
    digits = b"1" + b"0" * 4999

    assert write(read(b'{"a":[%s,0.1,-%s]}' % (digits, digits), max_depth=9)) == (
        b'{"a":[%s,0.1,-%s]}' % (digits, digits)
    )


def test_a_computed_integer_beyond_the_limit_of_str_is_written() -> None:
    assert write([10**5000]) == b"[1" + b"0" * 5000 + b"]"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(float("nan"), id="NaN"),
        pytest.param([float("-inf")], id="infinity"),
        pytest.param([Decimal("NaN")], id="decimal NaN"),
        pytest.param({"a": Decimal("Infinity")}, id="decimal infinity"),
        pytest.param("\ud800", id="lone surrogate"),
        pytest.param([Decimal("1.5"), "\ud800"], id="lone surrogate next to a decimal"),
        pytest.param([{1, 2}], id="a set"),
        pytest.param([Decimal(1), {2: 3}], id="a name that is no text"),
    ],
)
def test_what_json_has_no_text_for_is_not_written(value: object) -> None:
    with pytest.raises(UnwritableError):
        write(cast("Json", value))


def test_a_value_within_itself_is_not_written() -> None:
    endless: list[Json] = []
    endless.append(endless)

    with pytest.raises(UnwritableError):
        write(endless)


def test_text_is_written_as_utf_8_without_white_space() -> None:
    assert write({"ä": ["😀", 1.5, True, None]}) == '{"ä":["😀",1.5,true,null]}'.encode()


def test_a_tuple_is_written_as_an_array_on_both_paths() -> None:
    value = cast("Json", (1, (Decimal("0.10"), ())))

    assert write(value) == b"[1,[0.10,[]]]"


@given(value=values(numbers=NUMBERS))
def test_a_value_survives_a_round_trip(value: Json) -> None:
    assert read(write(value), max_depth=100) == value


@given(value=values(numbers=NUMBERS | DECIMALS))
def test_a_number_keeps_its_value_in_a_round_trip(value: Json) -> None:
    again = read(write(value), max_depth=100)

    assert _exactly(again) == _exactly(value)


@given(number=DECIMALS)
@example(number=Decimal("1.10"))
@example(number=Decimal("1E+400"))
def test_a_fraction_is_exact(number: Decimal) -> None:
    seen = exact_number(str(number))

    assert (Decimal(repr(seen)) if isinstance(seen, float) else seen) == number


@given(value=values(numbers=NUMBERS), cut=st.integers(0, 10_000))
def test_a_text_that_is_cut_is_refused_or_a_shorter_text(value: Json, cut: int) -> None:
    body = write(value)[:cut]

    try:
        seen = read(body, max_depth=100)
    except JsonTextError:
        return
    assert write(seen)


@given(body=st.binary(max_size=60) | st.text('[]{}",:\\u0d8e-+.19ntf', max_size=60).map(str.encode))
@example(body=b'"\\')
def test_any_bytes_are_read_or_refused_and_read_no_more_than_the_standard_library(
    body: bytes,
) -> None:
    try:
        seen = read(body, max_depth=20)
    except JsonTextError:
        return

    lenient = json.JSONDecoder(parse_float=Decimal).decode(body.decode())
    assert _exactly(seen) == _exactly(lenient)


def _exactly(value: Json) -> Json:
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, list):
        return [_exactly(each) for each in value]
    if isinstance(value, dict):
        return {name: _exactly(each) for name, each in value.items()}
    return value
