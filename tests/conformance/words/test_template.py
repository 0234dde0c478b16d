"""Templates replaced, typed or as text; JSON written exactly."""

import re
from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.words.json_value import Json
from conformance.words.template import (
    UnresolvedTemplateError,
    expand,
    has_template,
    templates_in,
    to_json_text,
)

ROOTS: dict[str, Json] = {
    "case": {"n": 7, "s": "text", "l": [1, "b"], "o": {"k": None}, "t": True, "a/b": 1, "": 2},
    "run": "whole",
}


@pytest.mark.parametrize(
    ("template", "value"),
    [
        pytest.param("${case/n}", 7, id="a number"),
        pytest.param("${case/s}", "text", id="a string"),
        pytest.param("${case/l}", [1, "b"], id="an array"),
        pytest.param("${case/o/k}", None, id="null"),
        pytest.param("${case/t}", True, id="true"),
        pytest.param("${case/l/1}", "b", id="an item"),
        pytest.param("${case/a~1b}", 1, id="an escaped pointer"),
        pytest.param("${case/}", 2, id="the empty name"),
        pytest.param("${run}", "whole", id="a root alone"),
    ],
)
def test_a_template_alone_keeps_its_type(template: str, value: Json) -> None:
    assert expand(template, ROOTS) == value


@pytest.mark.parametrize(
    ("template", "text"),
    [
        pytest.param("n=${case/n}", "n=7", id="a number"),
        pytest.param("${case/s}!", "text!", id="a string without quotes"),
        pytest.param("<${case/l}>", '<[1,"b"]>', id="an array as JSON"),
        pytest.param("<${case/o}>", '<{"k":null}>', id="an object as JSON"),
        pytest.param("${case/t} ", "true ", id="true as JSON"),
        pytest.param("${case/n}${case/s}", "7text", id="two"),
        pytest.param("\n${case/n}", "\n7", id="behind a line end"),
    ],
)
def test_a_template_inside_a_text_becomes_text(template: str, text: str) -> None:
    assert expand(template, ROOTS) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        pytest.param("$${case/n}", "${case/n}", id="a whole template"),
        pytest.param("a $${case/n} b", "a ${case/n} b", id="inside a text"),
        pytest.param("$${", "${", id="the sign alone"),
        pytest.param("$${1} and ${1}", "${1} and ${1}", id="what is no template"),
        pytest.param("$$${case/n}", "$${case/n}", id="behind another dollar"),
        pytest.param("$${${case/n}}", "${7}", id="around a template"),
        pytest.param("$$", "$$", id="two dollars"),
        pytest.param("$5", "$5", id="one dollar"),
    ],
)
def test_a_doubled_dollar_stands_for_the_sign(template: str, text: str) -> None:
    assert expand(template, ROOTS) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("${item/index}", id="alone"),
        pytest.param("a ${item/index} b", id="inside a text"),
        pytest.param("${item}", id="a root alone"),
    ],
)
def test_a_root_that_is_not_offered_stays(text: str) -> None:
    assert expand(text, ROOTS) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("${case/n", id="no end"),
        pytest.param("${}", id="no root"),
        pytest.param("${case-x/n}", id="a root of other characters"),
        pytest.param("{case/n}", id="no dollar"),
        pytest.param("$ {case/n}", id="a space"),
    ],
)
def test_what_is_no_template_stays(text: str) -> None:
    assert expand(text, ROOTS) == text


@pytest.mark.parametrize(
    ("template", "told"),
    [
        pytest.param("${case/nope}", "${case/nope}", id="alone"),
        pytest.param("a ${case/n/x} b", "${case/n/x}", id="inside a text"),
        pytest.param({"a": ["${case/l/2}"]}, "${case/l/2}", id="inside a value"),
        pytest.param({"${case/nope}": 1}, "${case/nope}", id="as a name"),
    ],
)
def test_a_template_that_leads_nowhere_is_an_error(template: Json, told: str) -> None:
    with pytest.raises(UnresolvedTemplateError, match=f"^{re.escape(told)}$") as caught:
        expand(template, ROOTS)

    assert caught.value.text == told


def test_values_are_replaced_at_any_depth_and_the_rest_stays() -> None:
    value: Json = {"a": ["${case/n}", 1, None, {"b": "x${case/n}"}], "c": (True, 1.5), "d": "e"}

    assert expand(value, ROOTS) == {
        "a": [7, 1, None, {"b": "x7"}],
        "c": [True, 1.5],
        "d": "e",
    }


def test_names_are_replaced_by_text() -> None:
    value: Json = {"${case/s}": 1, "${case/n}": 2, "${case/t}": 3, "x${case/l}": 4, "$${y}": 5}

    assert expand(value, ROOTS) == {"text": 1, "7": 2, "true": 3, 'x[1,"b"]': 4, "${y}": 5}


def test_what_was_put_in_is_not_expanded_again() -> None:
    roots: dict[str, Json] = {"case": {"a": "${case/b}", "b": 1}}

    assert expand(["${case/a}", "x${case/a}"], roots) == ["${case/b}", "x${case/b}"]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        pytest.param("${case/n} ${run}", [("case", "/n"), ("run", "")], id="two in a text"),
        pytest.param({"${a}": {"b": ["${c/d}"]}}, [("a", ""), ("c", "/d")], id="names, values"),
        pytest.param("$${case/n}", [], id="escaped"),
        pytest.param("text", [], id="none"),
        pytest.param([1, None, True], [], id="other types"),
    ],
)
def test_templates_in_a_value_are_listed(value: Json, found: list[tuple[str, str]]) -> None:
    assert list(templates_in(value)) == found


@pytest.mark.parametrize(
    ("value", "holds_one"),
    [
        pytest.param("${a}", True, id="a text"),
        pytest.param({"${a}": 1}, True, id="a name"),
        pytest.param({"b": ["${a}"]}, True, id="a value below"),
        pytest.param("$${a}", True, id="an escape is replaced too"),
        pytest.param({"a": ["b", 1]}, False, id="none"),
        pytest.param(1, False, id="a number"),
    ],
)
def test_whether_anything_is_replaced_is_known_before(value: Json, *, holds_one: bool) -> None:
    assert has_template(value) is holds_one


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"a": [1, 1.5, None, True]}, '{"a":[1,1.5,null,true]}', id="no spaces"),
        pytest.param('é\u2028"\\\n\x00', '"é\u2028\\"\\\\\\n\\u0000"', id="characters"),
        pytest.param(9007199254740993, "9007199254740993", id="beyond 2^53"),
        pytest.param(Decimal("1e400"), "1E+400", id="beyond floats"),
        pytest.param([Decimal("0.10")], "[0.10]", id="a decimal"),
        pytest.param(
            {"a": {"b": (Decimal(1), "x", None)}, "é": {}},
            '{"a":{"b":[1,"x",null]},"é":{}}',
            id="mixed",
        ),
        pytest.param([Decimal(1), [], {}], "[1,[],{}]", id="empty ones"),
        pytest.param(Decimal("Infinity"), "1e9999999999999999999", id="an endless number"),
        pytest.param(Decimal("-Infinity"), "-1e9999999999999999999", id="a negative one"),
        pytest.param(MappingProxyType({"a": 1}), '{"a":1}', id="another mapping"),
    ],
)
def test_json_is_written_exactly(value: Json, text: str) -> None:
    assert to_json_text(value) == text


def test_json_can_be_indented() -> None:
    assert to_json_text({"a": [1, {}]}, indent=2) == '{\n  "a": [\n    1,\n    {}\n  ]\n}'


@given(text=st.text("${}/case n1"))
@example(text="$$${")
@example(text="${case/$${")
def test_doubling_each_sign_gives_the_text_itself(text: str) -> None:
    assert expand(text.replace("${", "$${"), ROOTS) == text


@given(text=st.text(), name=st.text())
def test_any_value_can_be_put_in(text: str, name: str) -> None:
    roots: dict[str, Json] = {"case": {"value": text}}

    assert expand({name.replace("${", "$${"): ["${case/value}"]}, roots) == {name: [text]}
    assert expand("<${case/value}>", roots) == f"<{text}>"
