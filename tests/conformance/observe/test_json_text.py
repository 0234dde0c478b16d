"""Bytes read as JSON after RFC 8259, held against the slow reader and a reader of others."""

import json
import math
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.observe.defect import Defect
from conformance.observe.json_scan import MAX_TOKENS, scan
from conformance.observe.json_text import MAX_VALUES, JsonText, nesting_depth, observe_json
from conformance.words.json_value import ABSENT, Absent, Json, is_array, is_object
from tests.conformance.observe.json_texts import VALID_TEXTS, VALUES, near_texts


def stdlib_takes(text: str) -> bool:
    """Tell what the standard library says of a text, its leniencies taken away."""

    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        # The second reader; numbers stay text, since it refuses long ones for their length only.
        json.loads(text, parse_constant=refuse, parse_int=str, parse_float=str)  # noqa: TID251
    except ValueError:
        return False
    return True


def places_of(observed: JsonText) -> list[tuple[str, int]]:
    """Return code and offset of each defect."""
    return [(defect.code, defect.at) for defect in observed.defects]


@pytest.mark.parametrize(
    ("data", "value", "depth"),
    [
        pytest.param(b"0", 0, 0, id="a bare number"),
        pytest.param(b'"["', "[", 0, id="a bracket in a string"),
        pytest.param(b'"\\"{"', '"{', 0, id="a brace behind an escaped quote"),
        pytest.param(b"[]", [], 1, id="an empty array"),
        pytest.param(b'{"a":[{"b":[]}],"c":{}}', {"a": [{"b": []}], "c": {}}, 4, id="nested"),
        pytest.param('"\u00e9\U0001f600"'.encode(), "é\U0001f600", 0, id="characters of any size"),
        pytest.param(b'"\xed\x9f\xbf\xee\x80\x80"', "\ud7ff\ue000", 0, id="beside the surrogates"),
        pytest.param(b'"\\\\ud800"', "\\ud800", 0, id="a backslash, then the letters of an escape"),
    ],
)
def test_a_text_that_keeps_every_rule_has_no_defect(data: bytes, value: Json, depth: int) -> None:
    observed = observe_json(data)

    assert observed == JsonText(value=value, is_valid=True, depth=depth, defects=())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="no byte"),
        pytest.param(b" \r\n\t", id="white space"),
    ],
)
def test_an_empty_body_is_a_defect_of_its_own(data: bytes) -> None:
    observed = observe_json(data)

    detail = "expected a JSON text, saw nothing but white space"
    defect = Defect(layer="json", code="empty", at=0, detail=detail)
    assert observed == JsonText(value=ABSENT, is_valid=False, depth=0, defects=(defect,))


def test_a_byte_order_mark_is_a_defect_of_a_valid_text() -> None:
    observed = observe_json(b"\xef\xbb\xbf[1]")

    detail = "expected JSON text, saw a byte order mark (RFC 8259 section 8.1)"
    defect = Defect(layer="json", code="byte-order-mark", at=0, detail=detail)
    assert observed == JsonText(value=[1], is_valid=True, depth=1, defects=(defect,))


@pytest.mark.parametrize(
    ("data", "places"),
    [
        pytest.param(b"\xef\xbb\xbf", [("byte-order-mark", 0), ("empty", 3)], id="alone"),
        pytest.param(
            b"\xef\xbb\xbf\xef\xbb\xbf1", [("byte-order-mark", 0), ("not-json", 3)], id="twice"
        ),
        pytest.param(
            b"\xef\xbb\xbf[\xff]",
            [("byte-order-mark", 0), ("not-utf-8", 4)],
            id="before a bad byte",
        ),
        pytest.param(b"[\xef\xbb\xbf]", [("not-json", 1)], id="inside"),
    ],
)
def test_offsets_count_the_byte_order_mark(data: bytes, places: list[tuple[str, int]]) -> None:
    observed = observe_json(data)

    assert places_of(observed) == places
    assert not observed.is_valid


@pytest.mark.parametrize(
    ("data", "at"),
    [
        # RFC 3629 section 4, the shortest sequences that its grammar leaves out
        pytest.param(b'"\x80"', 1, id="a tail without a head"),
        pytest.param(b'"\xc3"', 1, id="a head without a tail"),
        pytest.param(b'"ab\xe2\x82"', 3, id="three bytes, one missing"),
        pytest.param(b'"\xc0\xaf"', 1, id="an overlong slash"),
        pytest.param(b'"\xe0\x80\xaf"', 1, id="an overlong slash of three bytes"),
        pytest.param(b'"\xed\xa0\x80"', 1, id="a surrogate"),
        pytest.param(b'"\xf4\x90\x80\x80"', 1, id="beyond U+10FFFF"),
        pytest.param(b'"caf\xe9"', 4, id="Latin-1"),
        pytest.param(b'{"\xc3\xa9":"\xff"}', 7, id="behind a character of two bytes"),
    ],
)
def test_bytes_that_are_no_utf_8_are_a_defect_with_their_place(data: bytes, at: int) -> None:
    observed = observe_json(data)

    detail = f"expected UTF-8, saw the byte {data[at]:#04x} (RFC 8259 section 8.1)"
    defect = Defect(layer="json", code="not-utf-8", at=at, detail=detail)
    assert observed.defects == (defect,)
    assert observed.value is ABSENT
    assert not observed.is_valid


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'\xff\xfe{\x00"\x00a\x00', id="UTF-16 LE with its mark"),
        pytest.param(b'\xfe\xff\x00{\x00"\x00a', id="UTF-16 BE with its mark"),
        pytest.param(b"{\x00}\x00", id="UTF-16 LE"),
        pytest.param(b"\x00[\x00]", id="UTF-16 BE"),
        pytest.param(b"1\x00", id="UTF-16 LE, one character"),
        pytest.param(b"\x001", id="UTF-16 BE, one character"),
        pytest.param(b"[\x00\x00\x00]\x00\x00\x00", id="UTF-32 LE"),
        pytest.param(b"\x00\x00\x00[\x00\x00\x00]", id="UTF-32 BE"),
        pytest.param(b"\xff\xfe\x00\x00[\x00\x00\x00]\x00\x00\x00", id="UTF-32 LE with its mark"),
        pytest.param(b"\x00\x00\xfe\xff\x00\x00\x00[\x00\x00\x00]", id="UTF-32 BE with its mark"),
    ],
)
def test_wider_encodings_are_recognised_by_their_first_bytes(data: bytes) -> None:
    observed = observe_json(data)

    detail = (
        f"expected UTF-8, saw the byte {data[0]:#04x}; it looks like UTF-16 or UTF-32 "
        "(RFC 8259 section 8.1)"
    )
    assert observed.defects == (Defect(layer="json", code="not-utf-8", at=0, detail=detail),)
    assert not observed.is_valid


@pytest.mark.parametrize(
    ("data", "places"),
    [
        pytest.param(b"{}\x00", [("trailing-text", 2)], id="behind the text"),
        pytest.param(b"\x00{}\x00", [("not-json", 0)], id="around the text"),
        pytest.param(b'"\x00ab"', [("not-json", 1)], id="in a string"),
        pytest.param(b"\x00", [("not-json", 0)], id="alone"),
    ],
)
def test_a_nul_is_no_sign_of_a_wider_encoding(data: bytes, places: list[tuple[str, int]]) -> None:
    assert places_of(observe_json(data)) == places


@pytest.mark.parametrize(
    ("text", "places"),
    [
        pytest.param('{"a":1,"a":2}', [("duplicate-name", 7)], id="ASCII"),
        pytest.param('{"é":1,"é":2}', [("duplicate-name", 8)], id="two bytes"),
        pytest.param('["€",{"a":1,"a":2}]', [("duplicate-name", 14)], id="three bytes"),
        pytest.param('["😀😀",{"a":1,"a":2}]', [("duplicate-name", 19)], id="four bytes, twice"),
        pytest.param('["é" "é"]', [("not-json", 6)], id="no comma"),
        pytest.param('["é"]é', [("trailing-text", 6)], id="trailing"),
        pytest.param('{"é":NaN}', [("not-a-number", 6)], id="NaN"),
        pytest.param(
            r'{"é\ud800":1,"é":1,"é":2}',
            [("lone-surrogate", 4), ("duplicate-name", 21)],
            id="two defects",
        ),
        pytest.param(
            r'{"é\ud800":1,"é\ud800":1}',
            [("lone-surrogate", 4), ("duplicate-name", 14), ("lone-surrogate", 17)],
            id="in the order of their places",
        ),
    ],
)
def test_offsets_count_bytes(text: str, places: list[tuple[str, int]]) -> None:
    assert places_of(observe_json(text.encode())) == places


@pytest.mark.parametrize(
    ("data", "value"),
    [
        pytest.param(b'{"a":1,"b":0,"a":2}', {"a": 2, "b": 0}, id="a name twice"),
        pytest.param(b'"\\uD800"', "\ufffd", id="a lone surrogate"),
    ],
)
def test_what_rfc_8259_leaves_to_readers_is_a_defect_of_a_valid_text(
    data: bytes, value: Json
) -> None:
    observed = observe_json(data)

    assert observed.is_valid
    assert observed.value == value
    assert len(observed.defects) == 1


def test_defects_of_one_kind_are_bounded_and_quickly_placed() -> None:
    members = b",".join([b'"a":1'] * 200_000)

    observed = observe_json(b"{" + members + b"}")

    assert observed.is_valid
    assert places_of(observed) == [("duplicate-name", 1 + 6 * n) for n in range(1, 51)]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"NaN", id="NaN"),
        pytest.param(b"Infinity", id="Infinity"),
        pytest.param(b"-Infinity", id="-Infinity"),
    ],
)
def test_the_constants_of_the_standard_library_are_no_json(data: bytes) -> None:
    observed = observe_json(data)

    assert observed.value is ABSENT
    assert places_of(observed) == [("not-a-number", 0)]


@pytest.mark.parametrize(
    ("data", "value"),
    [
        pytest.param(b"[9007199254740993]", 9007199254740993, id="beyond 2^53"),
        pytest.param(b"[1e400]", Decimal("1e400"), id="beyond floats"),
        pytest.param(b"[-1E+400]", Decimal("-1e400"), id="beyond floats, negative"),
        pytest.param(
            b"[0.1000000000000000000001]", Decimal("0.1000000000000000000001"), id="22 places"
        ),
        pytest.param(b"[1e99999999999999999999]", Decimal("Infinity"), id="beyond Decimal"),
        pytest.param(b"[" + b"7" * 5000 + b"]", Decimal("7" * 5000), id="5000 digits"),
    ],
)
def test_numbers_are_exact(data: bytes, value: Json) -> None:
    observed = observe_json(data)

    assert observed.value == [value]
    assert observed.defects == ()


@pytest.mark.parametrize(
    ("data", "depth"),
    [
        pytest.param(b"[" * 100_000, 100_000, id="never closed"),
        pytest.param(b'{"a":' * 100_000, 100_000, id="objects, never closed"),
        pytest.param(b"]" * 1000 + b"[" * 100_000, 100_000, id="behind ends without beginning"),
    ],
)
def test_a_hundred_thousand_brackets_are_counted(data: bytes, depth: int) -> None:
    observed = observe_json(data)

    assert observed.depth == depth
    assert observed.value is ABSENT


def test_pairs_of_surrogates_do_not_make_a_text_slow() -> None:
    # More than the slow way reads: it would be given up there.
    observed = observe_json(b'"' + rb"\ud83d\ude00\\ud800" * MAX_TOKENS + b'"')

    assert observed.is_valid
    assert observed.defects == ()
    assert observed.value == "\U0001f600\\ud800" * MAX_TOKENS


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"[" + b"{}," * MAX_VALUES + b"{}]", id="values"),
        pytest.param(b'""' * 2 * MAX_VALUES + b'"', id="quotes"),
        pytest.param(b"[" * (MAX_VALUES + 1), id="nested"),
    ],
)
def test_a_text_of_too_many_values_is_not_read(data: bytes) -> None:
    observed = observe_json(data)

    assert observed.value is ABSENT
    assert not observed.is_valid
    assert places_of(observed) == [("too-many-tokens", 0)]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"[" + b"0," * (MAX_VALUES - 1) + b"0]", id="as many values as are read"),
        pytest.param(b'["' + b"," * 2 * MAX_VALUES + b'"]', id="commas in a string"),
        pytest.param(b'["' + b'\\",' * MAX_VALUES + b'"]', id="commas behind escaped quotes"),
    ],
)
def test_what_only_looks_like_too_many_values_is_read(data: bytes) -> None:
    assert observe_json(data).is_valid


def test_a_text_of_any_depth_is_valid_and_kept_to_400() -> None:
    observed = observe_json(b'{"a":[' * 50_000 + b"]}" * 50_000)

    assert observed.is_valid
    assert observed.depth == 100_000
    assert depth_of(observed.value) == 401


def depth_of(value: Json | Absent) -> int:
    """Return how deeply a value nests, as far as its first items go."""
    depth = 0
    while is_array(value) or is_object(value):
        depth += 1
        items = list(value.values()) if is_object(value) else list(value)
        value = items[0] if items else None
    return depth


@pytest.mark.parametrize(
    "depth",
    [
        pytest.param(1, id="1"),
        pytest.param(200, id="the last of the fast way"),
        pytest.param(201, id="the first of the slow way"),
        pytest.param(401, id="the last that is kept"),
    ],
)
def test_both_ways_keep_what_is_not_too_deep(depth: int) -> None:
    observed = observe_json(b"[" * depth + b"]" * depth)

    assert observed.depth == depth
    assert depth_of(observed.value) == depth
    assert observed.defects == ()


@pytest.mark.parametrize(
    ("data", "depth"),
    [
        pytest.param(b"", 0, id="nothing"),
        pytest.param(b"[[],[[]],[]]", 3, id="one after the other"),
        pytest.param(b'{"a":[{}],"b":{"c":1}}', 3, id="of both kinds"),
        pytest.param(b'{"[[[[":"\\"[[[","a":["]"]}', 2, id="in strings"),
        pytest.param(b'["\\\\",[]]', 2, id="behind an escaped backslash"),
        pytest.param(b'["\\\\\\"[[",[]]', 2, id="behind an escaped quote"),
        pytest.param(b'["]"', 1, id="an end in a string"),
        pytest.param(b'["[[[', 1, id="in a string without end"),
        pytest.param(b"]]][[", 2, id="behind ends without beginning"),
    ],
)
def test_depth_is_counted_outside_of_strings(data: bytes, depth: int) -> None:
    assert nesting_depth(data) == depth


@given(data=st.binary())
@example(data=b'"\\')
@example(data=b'{"\xff')
@example(data=b"[" * 1000 + b'"')
def test_no_bytes_make_it_raise(data: bytes) -> None:
    observed = observe_json(data)

    assert observed.is_valid == (observed.value is not ABSENT)
    assert observed.is_valid or observed.defects
    assert all(0 <= defect.at <= len(data) for defect in observed.defects)


@given(value=VALUES, cut=st.integers(0, 400), flip=st.integers(0, 3200))
def test_no_truncation_or_flipped_bit_makes_it_raise(value: Json, cut: int, flip: int) -> None:
    data = bytearray(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    data[flip // 8 % len(data)] ^= 1 << flip % 8

    for broken in (bytes(data), bytes(data[:cut])):
        observed = observe_json(broken)

        assert observed.is_valid or observed.defects


@given(value=VALUES, ascii_only=st.booleans(), indent=st.none() | st.integers(0, 2))
def test_what_json_dumps_writes_is_valid_and_read_back(
    value: Json, ascii_only: object, indent: int | None
) -> None:
    text = json.dumps(value, ensure_ascii=bool(ascii_only), indent=indent)

    observed = observe_json(text.encode())

    assert observed.is_valid
    assert observed.value == value
    assert observed.defects == ()


@given(text=VALID_TEXTS)
def test_each_text_of_the_grammar_is_valid(text: str) -> None:
    observed = observe_json(text.encode())

    assert observed.is_valid
    assert {defect.code for defect in observed.defects} <= {"duplicate-name", "lone-surrogate"}


@given(text=VALID_TEXTS | near_texts())
@example(text='{"a":1,"a":2}')
@example(text="-0")
@example(text="[1e23]")
def test_the_fast_way_and_the_slow_way_agree(text: str) -> None:
    observed = observe_json(text.encode())

    value, findings = scan(text.removeprefix("\ufeff"), kept_depth=400)

    assert repr(observed.value) == repr(value)
    codes = {defect.code for defect in observed.defects}
    # Two things that only bytes can show; a NUL near the start looks like UTF-16.
    assert codes - {"byte-order-mark", "not-utf-8"} <= {finding.code for finding in findings}
    assert bool(codes - {"byte-order-mark"}) == bool(findings)


@given(text=near_texts())
@example(text='"\x7f"')
@example(text="[1,]")
@example(text='"\t"')
def test_a_second_reader_agrees_on_what_is_valid(text: str) -> None:
    assert observe_json(text.encode()).is_valid == stdlib_takes(text.removeprefix("\ufeff"))


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_written_by_repr_is_read_back_to_the_bit(number: float) -> None:
    observed = observe_json(repr(number).encode())

    assert isinstance(observed.value, float)
    assert observed.value == number
    assert math.copysign(1, observed.value) == math.copysign(1, number)
