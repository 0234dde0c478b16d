"""Our JSON reader beside three others: the standard library's, simplejson and orjson.

Where they differ, RFC 8259 says who is right; that is a row of `DIFFERENCES`. On all other texts
they have to agree, on what is JSON and on its value.
"""

import json
import re
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

import orjson
import pytest
import simplejson
from hypothesis import assume, example, given

from conformance.observe.json_text import observe_json
from conformance.words.json_value import ABSENT, Json, is_array, is_number, is_object
from tests.conformance.observe.json_texts import VALID_TEXTS, near_texts

Reader = Callable[[bytes], Any]


def read_by_json(data: bytes) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(data, parse_float=Decimal)  # noqa: TID251 - it is one of those compared


def read_by_simplejson(data: bytes) -> Any:  # noqa: ANN401 - any JSON
    return simplejson.loads(data, use_decimal=True)


def read_by_orjson(data: bytes) -> Any:  # noqa: ANN401 - any JSON
    return orjson.loads(data)


READERS: Final[Mapping[str, Reader]] = {
    "json": read_by_json,
    "simplejson": read_by_simplejson,
    "orjson": read_by_orjson,
}


def takes(name: str, data: bytes) -> bool:
    """Tell whether a reader takes a text for JSON."""
    try:
        READERS[name](data)
    except (ValueError, RecursionError):  # what all three raise
        return False
    return True


JSON: Final = "JSON"
NO_JSON: Final = "no JSON"
# A text, what it is after RFC 8259, and the readers that say otherwise.
DIFFERENCES: Final = [
    # Section 6: "Numeric values that cannot be represented in the grammar below (such as Infinity
    # and NaN) are not permitted."
    pytest.param(b"NaN", NO_JSON, {"json"}, id="NaN"),
    pytest.param(b"[-Infinity]", NO_JSON, {"json"}, id="infinity"),
    # Section 8.1: "JSON text exchanged between systems that are not part of a closed ecosystem
    # MUST be encoded using UTF-8".
    pytest.param(b'\xff\xfe"\x00a\x00"\x00', NO_JSON, {"json"}, id="UTF-16 with its mark"),
    pytest.param(b"\x00{\x00}", NO_JSON, {"json"}, id="UTF-16 without a mark"),
    pytest.param(b"1\x00", NO_JSON, {"json"}, id="a NUL that makes it UTF-16"),
    # RFC 3629 section 3: "The definition of UTF-8 prohibits encoding character numbers between
    # U+D800 and U+DFFF".
    pytest.param(b'"\xed\xa0\x80"', NO_JSON, {"json"}, id="an encoded surrogate"),
    # Section 8.1: "implementations that parse JSON texts MAY ignore the presence of a byte order
    # mark rather than treating it as an error."
    pytest.param(b"\xef\xbb\xbf{}", JSON, {"orjson"}, id="a byte order mark"),
    # Section 8.2: "the ABNF in this specification allows member names and string values to contain
    # bit sequences that cannot encode Unicode characters".
    pytest.param(b'"\\ud800"', JSON, {"orjson"}, id="half a surrogate pair"),
    # Section 9: "An implementation may set limits on the maximum depth of nesting", "on the range
    # and precision of numbers". Those who see a target must not have any.
    pytest.param(b"[" * 3_000 + b"]" * 3_000, JSON, {"json", "simplejson", "orjson"}, id="depth"),
    pytest.param(b"1e400", JSON, {"orjson"}, id="a number beyond doubles"),
    pytest.param(
        b"1" * 5_000, JSON, {"json", "simplejson", "orjson"}, id="an integer of 5,000 digits"
    ),
]


@pytest.mark.parametrize(("data", "verdict", "others"), DIFFERENCES)
def test_where_readers_differ_ours_goes_by_the_text(
    data: bytes, verdict: str, others: set[str]
) -> None:
    is_json = verdict == JSON

    assert observe_json(data).is_valid is is_json
    assert {name for name in READERS if takes(name, data) is not is_json} == others


# Section 4: "many implementations report the last name/value pair only"; we do, and say so.
@pytest.mark.parametrize("name", READERS)
def test_of_a_name_used_twice_all_keep_the_last_and_only_ours_tells(name: str) -> None:
    data = b'{"a":1,"b":0,"a":2}'

    observed = observe_json(data)

    assert observed.value == READERS[name](data) == {"a": 2, "b": 0}
    assert [defect.code for defect in observed.defects] == ["duplicate-name"]


def exact(value: object) -> object:
    """Return a value with each number as the Decimal that its shortest text is."""
    if isinstance(value, bool | str) or value is None:
        return value
    if isinstance(value, dict):
        return {name: exact(one) for name, one in value.items()}
    if isinstance(value, list):
        return [exact(one) for one in value]
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)  # type: ignore[arg-type] # no other is left


def rounded(value: Json) -> Json:
    """Return a value with each number as a double, which is what orjson makes of it."""
    if is_number(value):
        return float(value)
    if is_object(value):
        return {name: rounded(one) for name, one in value.items()}
    return [rounded(one) for one in value] if is_array(value) else value


def is_alike(text: str) -> bool:
    """Tell whether a text holds nothing of what the readers are known to differ on."""
    observed = observe_json(text.encode())
    is_odd = any(defect.code in ("lone-surrogate", "not-utf-8") for defect in observed.defects)
    return not (is_odd or "NaN" in text or "Infinity" in text or text.startswith("\ufeff"))


TEXTS = VALID_TEXTS | near_texts()
_NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_LARGEST: Final = Decimal(repr(sys.float_info.max))


@given(text=TEXTS)
@example(text='"\x7f"')
@example(text='"\\u\u0661\u0662\u0663\u0664"')  # digits, but not ASCII's
@example(text="\u20281")
@example(text='{"a":1,}')
def test_readers_agree_on_what_is_json_and_on_its_value(text: str) -> None:
    assume(is_alike(text))
    data = text.encode()

    observed = observe_json(data)

    for name in ("json", "simplejson"):
        assert takes(name, data) is observed.is_valid, name
        if observed.is_valid:
            assert exact(observed.value) == exact(READERS[name](data)), name


@given(text=TEXTS)
@example(text="18446744073709551616")  # no 64 bits hold it
@example(text="1e-400")
def test_orjson_agrees_but_for_numbers_beyond_doubles(text: str) -> None:
    data = text.encode()
    assume(is_alike(text))

    observed = observe_json(data)

    if takes("orjson", data):
        assert observed.value is not ABSENT
        assert rounded(observed.value) == rounded(READERS["orjson"](data))
    else:
        assert not observed.is_valid or has_huge_number(text)


def has_huge_number(text: str) -> bool:
    """Tell whether a text holds digits that may be a number beyond doubles."""
    return any(abs(Decimal(one)) > _LARGEST for one in _NUMBER.findall(text))
