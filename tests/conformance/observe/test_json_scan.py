"""The reader that knows places: findings, and what a stack of our own makes possible."""

import pytest

from conformance.observe.json_scan import MAX_TOKENS, Finding, scan
from conformance.words.json_value import ABSENT, Json

KEPT_DEPTH = 400


def findings_of(text: str) -> list[tuple[str, int]]:
    """Return code and index of each finding."""
    _, findings = scan(text, kept_depth=KEPT_DEPTH)
    return [(one.code, one.index) for one in findings]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # RFC 8259 section 13
        pytest.param(
            '{"Image":{"Width":800,"Title":"View from 15th Floor","Animated":false,'
            '"Thumbnail":{"Url":"http://www.example.com/image/481989943","Height":125},'
            '"IDs":[116,943,234,38793]}}',
            {
                "Image": {
                    "Width": 800,
                    "Title": "View from 15th Floor",
                    "Animated": False,
                    "Thumbnail": {"Url": "http://www.example.com/image/481989943", "Height": 125},
                    "IDs": [116, 943, 234, 38793],
                }
            },
            id="the example of the RFC",
        ),
        pytest.param('"Hello world!"', "Hello world!", id="a string alone"),
        pytest.param("42", 42, id="a number alone"),
        pytest.param("true", True, id="a literal alone"),
        pytest.param("null", None, id="null"),
        pytest.param(" \t\r\n[ ] \t\r\n", [], id="white space around an empty array"),
        pytest.param("{ }", {}, id="an empty object with a space"),
        pytest.param(
            ' { "a" : [ 1 , -2.5e1 ] , "" : { } } ', {"a": [1, -25.0], "": {}}, id="white space"
        ),
        pytest.param("[[],{}]", [[], {}], id="empty ones inside"),
        pytest.param('{"a":{},"b":[]}', {"a": {}, "b": []}, id="empty ones as members"),
        pytest.param('["]","}"]', ["]", "}"], id="brackets in strings"),
    ],
)
def test_a_text_after_the_grammar_is_its_value(text: str, value: Json) -> None:
    assert scan(text, kept_depth=KEPT_DEPTH) == (value, [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param(
            r'"\"\\\/\b\f\n\r\t"', "\N{QUOTATION MARK}\\/\x08\x0c\x0a\x0d\x09", id="short"
        ),
        pytest.param(r'"\u0041\u00e9\u20AC"', "Aé€", id="by number, in either case"),
        pytest.param(r'"\u0000"', "\x00", id="NUL"),
        # RFC 8259 section 7: the G clef, U+1D11E
        pytest.param(r'"\uD834\uDD1E"', "\N{MUSICAL SYMBOL G CLEF}", id="a pair"),
        pytest.param(r'"\ud800\udc00"', "\U00010000", id="the first pair"),
        pytest.param(r'"\udbff\udfff"', "\U0010ffff", id="the last pair"),
        pytest.param(r'"\ud7ff\ue000"', "\ud7ff\ue000", id="beside the surrogates"),
    ],
)
def test_an_escape_stands_for_its_character(text: str, value: str) -> None:
    assert scan(text, kept_depth=KEPT_DEPTH) == (value, [])


@pytest.mark.parametrize(
    ("text", "value", "places"),
    [
        pytest.param(r'"a\ud800"', "a\ufffd", [2], id="high at the end"),
        pytest.param(r'"\udc00a"', "\ufffda", [1], id="low alone"),
        pytest.param(r'"\ud800\ud800"', "\ufffd\ufffd", [1, 7], id="two high"),
        pytest.param(r'"\udc00\ud800"', "\ufffd\ufffd", [1, 7], id="a pair turned round"),
        pytest.param(r'"\ud800\u0041"', "\ufffdA", [1], id="high and a letter"),
        pytest.param(r'"\ud800\ue000"', "\ufffd\ue000", [1], id="high and what follows the low"),
        pytest.param(r'"\udc00\udc00"', "\ufffd\ufffd", [1, 7], id="two low"),
        pytest.param(r'"\udfff"', "\ufffd", [1], id="the last"),
        pytest.param(r'"\ud800\n"', "\ufffd\n", [1], id="high and a short escape"),
    ],
)
def test_a_lone_surrogate_is_a_finding_in_a_valid_text(
    text: str, value: str, places: list[int]
) -> None:
    scanned, findings = scan(text, kept_depth=KEPT_DEPTH)

    assert scanned == value
    assert [(one.code, one.index) for one in findings] == [("lone-surrogate", at) for at in places]


def test_a_finding_names_the_surrogate_and_its_paragraph() -> None:
    _, findings = scan(r'"\uDEAD"', kept_depth=KEPT_DEPTH)

    detail = "expected a pair, saw the lone surrogate U+DEAD (RFC 8259 section 8.2)"
    assert findings == [Finding(code="lone-surrogate", index=1, detail=detail)]


@pytest.mark.parametrize(
    ("text", "value", "places"),
    [
        pytest.param('{"a":1,"a":2}', {"a": 2}, [7], id="twice"),
        pytest.param('{"a":1,"a":2,"a":3}', {"a": 3}, [7, 13], id="three times"),
        pytest.param(r'{"a":1,"\u0061":2}', {"a": 2}, [7], id="once escaped"),
        pytest.param('[{"a":1},{"a":2}]', [{"a": 1}, {"a": 2}], [], id="in two objects"),
        pytest.param('{"a":{"a":1}}', {"a": {"a": 1}}, [], id="one inside the other"),
        pytest.param('{"b":{"a":1,"a":2}}', {"b": {"a": 2}}, [12], id="inside"),
        pytest.param('{"a":1,"A":2}', {"a": 1, "A": 2}, [], id="in another case"),
    ],
)
def test_a_name_used_twice_is_a_finding_and_the_last_is_kept(
    text: str, value: Json, places: list[int]
) -> None:
    scanned, findings = scan(text, kept_depth=KEPT_DEPTH)

    assert scanned == value
    assert [(one.code, one.index) for one in findings] == [("duplicate-name", at) for at in places]


@pytest.mark.parametrize(
    ("text", "code", "index"),
    [
        pytest.param("", "empty", 0, id="nothing"),
        pytest.param(" \n", "empty", 0, id="blank"),
        pytest.param("[1] x", "trailing-text", 4, id="a word behind"),
        pytest.param("{}{}", "trailing-text", 2, id="a second text"),
        pytest.param("1 2", "trailing-text", 2, id="a second number"),
        pytest.param("01", "trailing-text", 1, id="a leading zero"),
        pytest.param("1.", "trailing-text", 1, id="a point without digits"),
        pytest.param("1e", "trailing-text", 1, id="an exponent without digits"),
        pytest.param("0x1", "trailing-text", 1, id="hexadecimal"),
        pytest.param("[1", "not-json", 2, id="an array without end"),
        pytest.param("[1,", "not-json", 3, id="an array that ends in a comma"),
        pytest.param("[", "not-json", 1, id="an array that only begins"),
        pytest.param("[1,]", "not-json", 3, id="a comma before the end of an array"),
        pytest.param("[,1]", "not-json", 1, id="a comma before the first item"),
        pytest.param("[1 2]", "not-json", 3, id="no comma between items"),
        pytest.param("[1}", "not-json", 2, id="an array closed as an object"),
        pytest.param('{"a":1]', "not-json", 6, id="an object closed as an array"),
        pytest.param("]", "not-json", 0, id="an end without beginning"),
        pytest.param("{", "not-json", 1, id="an object that only begins"),
        pytest.param('{"a"', "not-json", 4, id="an object that ends behind a name"),
        pytest.param('{"a":', "not-json", 5, id="an object that ends behind a colon"),
        pytest.param('{"a":1', "not-json", 6, id="an object without end"),
        pytest.param('{"a":1,}', "not-json", 7, id="a comma before the end of an object"),
        pytest.param('{"a" 1}', "not-json", 5, id="no colon"),
        pytest.param("{a:1}", "not-json", 1, id="a name without quotes"),
        pytest.param("{'a':1}", "not-json", 1, id="a name in single quotes"),
        pytest.param("{1:2}", "not-json", 1, id="a number as a name"),
        pytest.param("+1", "not-json", 0, id="a plus"),
        pytest.param("-", "not-json", 0, id="a minus alone"),
        pytest.param(".5", "not-json", 0, id="a point first"),
        pytest.param("\u0661", "not-json", 0, id="a digit of another script"),
        pytest.param("True", "not-json", 0, id="a literal in another case"),
        pytest.param("truely", "not-json", 0, id="a literal and more"),
        pytest.param("undefined", "not-json", 0, id="undefined"),
        pytest.param("// a\n1", "not-json", 0, id="a comment"),
        pytest.param("\u00a01", "not-json", 0, id="white space that is none"),
        pytest.param("\ufeff1", "not-json", 0, id="a second byte order mark"),
        pytest.param("NaN", "not-a-number", 0, id="NaN"),
        pytest.param("Infinity", "not-a-number", 0, id="Infinity"),
        pytest.param("[-Infinity]", "not-a-number", 1, id="-Infinity"),
        pytest.param('"a', "not-json", 0, id="a string without end"),
        pytest.param('["a', "not-json", 1, id="a string without end in an array"),
        pytest.param('"a\nb"', "not-json", 2, id="a line end in a string"),
        pytest.param('"a\x00"', "not-json", 2, id="NUL in a string"),
        pytest.param('"a\x1f"', "not-json", 2, id="the last control character"),
        pytest.param(r'"\x41"', "not-json", 1, id="an unknown escape"),
        pytest.param(r'"\u12"', "not-json", 1, id="an escape with two digits"),
        pytest.param(r'"\u12 4"', "not-json", 1, id="an escape with a space"),
        pytest.param(r'"\U0041"', "not-json", 1, id="an escape with a capital"),
        pytest.param('"\\', "not-json", 1, id="a backslash at the end"),
        pytest.param(r'"\ud800\u12"', "not-json", 7, id="a high surrogate, a broken escape"),
    ],
)
def test_a_broken_text_is_told_with_its_place(text: str, code: str, index: int) -> None:
    value, findings = scan(text, kept_depth=KEPT_DEPTH)

    assert value is ABSENT
    assert (findings[-1].code, findings[-1].index) == (code, index)


def test_delete_is_no_control_character_of_the_grammar() -> None:
    assert scan('"\x7f"', kept_depth=KEPT_DEPTH) == ("\x7f", [])


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        pytest.param("[1 2]", "expected ',' or ']', saw '2]'", id="array"),
        pytest.param('{"a":1;}', "expected ',' or '}', saw ';}'", id="object"),
        pytest.param("[1,2", "expected ',' or ']', saw the end of the text", id="the end"),
        pytest.param("{,}", "expected a name in quotes, saw ',}'", id="name"),
        pytest.param('{"a"=1}', "expected ':', saw '=1}'", id="colon"),
        pytest.param("[}", "expected a value, saw '}'", id="value"),
        pytest.param(r'"\q"', r"""expected a legal escape, saw '\\q"'""", id="escape"),
        pytest.param('"abc', "expected '\"' or an escape, saw the end of the text", id="string"),
        pytest.param("1 abcdefghijklmnop", "expected the end, saw 'abcdefghijkl'", id="cut short"),
        pytest.param("", "expected a JSON text, saw nothing but white space", id="empty"),
    ],
)
def test_a_finding_tells_what_was_expected_and_seen(text: str, detail: str) -> None:
    _, findings = scan(text, kept_depth=KEPT_DEPTH)

    assert [one.detail for one in findings] == [detail]


def test_findings_before_the_break_are_kept() -> None:
    assert findings_of(r'{"a":"\ud800","a":}') == [
        ("lone-surrogate", 6),
        ("duplicate-name", 14),
        ("not-json", 18),
    ]


def test_a_text_that_breaks_a_rule_all_over_keeps_fifty_findings_of_it() -> None:
    duplicates = ",".join(['"a":1'] * 200)
    surrogates = r"\ud800" * 200

    codes = [code for code, _ in findings_of(f'{{{duplicates},"b":"{surrogates}"}}')]

    assert codes == ["duplicate-name"] * 50 + ["lone-surrogate"] * 50


def test_values_below_the_kept_depth_are_cut_off() -> None:
    value, findings = scan('[[[1]],{"a":[2]},3]', kept_depth=1)

    cut = "… deeper than is kept here"
    assert value == [[cut], {"a": cut}, 3]
    assert findings == []


def test_a_hundred_thousand_brackets_are_no_recursion() -> None:
    value, findings = scan("[" * 100_000 + "]" * 100_000, kept_depth=2)

    assert value == [[["… deeper than is kept here"]]]
    assert findings == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f'"{chr(92)}n{(chr(92) + "n") * MAX_TOKENS}"', id="escapes"),
        pytest.param("[" * MAX_TOKENS * 2, id="brackets"),
    ],
)
def test_a_text_that_would_take_for_ever_is_given_up(text: str) -> None:
    value, findings = scan(text, kept_depth=KEPT_DEPTH)

    assert value is ABSENT
    assert [one.code for one in findings] == ["too-many-tokens"]
    assert findings[0].detail == "expected at most 500000 tokens in such a text, saw more"
