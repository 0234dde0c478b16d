"""Files of ours read as JSON values, each mistake with file and line."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.errors import InputError
from conformance.words.json_value import Json
from conformance.words.yaml_file import line_of, load_yaml, place, read_text


def write(folder: Path, text: str) -> Path:
    path = folder / "file.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def refusal(path: Path) -> str:
    """Return what loading a file is refused with."""
    with pytest.raises(InputError) as caught:
        load_yaml(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("~", None, id="null as a tilde"),
        pytest.param("null", None, id="null"),
        pytest.param("", None, id="an empty file"),
        pytest.param("a:", {"a": None}, id="nothing behind a colon"),
        pytest.param("true", True, id="true"),
        pytest.param("false", False, id="false"),
        pytest.param("0", 0, id="zero"),
        pytest.param("-12", -12, id="an integer"),
        pytest.param("9007199254740993", 9007199254740993, id="beyond 2^53"),
        pytest.param("1.50", 1.5, id="a fraction"),
        pytest.param("-1.5e-3", -0.0015, id="an exponent"),
        pytest.param("1E3", 1000.0, id="a capital exponent"),
        pytest.param("[1, [], {}]", [1, [], {}], id="a list"),
        pytest.param("- a\n- b: 1\n  c: 2", ["a", {"b": 1, "c": 2}], id="blocks"),
        pytest.param('{"a": ["\\u00e9\\n", 1e2]}', {"a": ["é\n", 100.0]}, id="JSON"),
        pytest.param("\ufeffa: 1", {"a": 1}, id="behind a byte order mark"),
        pytest.param("a: |\n  b\n  c\n", {"a": "b\nc\n"}, id="a block of text"),
        pytest.param("a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}, id="CR LF"),
        pytest.param("!!str 5", "5", id="a tag that fits"),
        pytest.param("!!float 5", 5.0, id="an integer tagged as a float"),
        pytest.param("!!int '5'", 5, id="a quoted number tagged as one"),
    ],
)
def test_what_json_has_is_read(tmp_path: Path, text: str, value: Json) -> None:
    loaded = load_yaml(write(tmp_path, text))

    assert loaded == value
    assert type(loaded) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("no", id="no"),
        pytest.param("Yes", id="yes"),
        pytest.param("on", id="on"),
        pytest.param("True", id="true in another case"),
        pytest.param("NULL", id="null in another case"),
        pytest.param("2026-01-31", id="a date"),
        pytest.param("2026-01-31T09:30:00Z", id="an instant"),
        pytest.param("12:30", id="a time"),
        pytest.param("012", id="octal"),
        pytest.param("0o17", id="octal of YAML 1.2"),
        pytest.param("0x1F", id="hexadecimal"),
        pytest.param("0b1", id="binary"),
        pytest.param("1_000", id="an underscore"),
        pytest.param("+1", id="a plus"),
        pytest.param(".5", id="a point first"),
        pytest.param("1.", id="a point last"),
        pytest.param(".inf", id="infinity"),
        pytest.param(".nan", id="no number"),
        pytest.param("1e", id="half an exponent"),
        pytest.param("1 a", id="a number and more"),
        pytest.param("truex", id="true and more"),
        pytest.param("=", id="the value sign"),
    ],
)
def test_what_json_lacks_stays_text(tmp_path: Path, text: str) -> None:
    assert load_yaml(write(tmp_path, f"a: {text}\n{text}: b\n")) == {"a": text, text: "b"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("1: a", "1", id="a number"),
        pytest.param("true: a", "true", id="true"),
        pytest.param("null: a", "null", id="null"),
        pytest.param('"<<": a', "<<", id="a quoted merge sign"),
        pytest.param("'': a", "", id="empty"),
    ],
)
def test_a_name_is_text_whatever_it_looks_like(tmp_path: Path, text: str, name: str) -> None:
    assert load_yaml(write(tmp_path, text)) == {name: "a"}


@pytest.mark.parametrize(
    ("text", "line", "name"),
    [
        pytest.param("a: 1\nb: 2\na: 3\n", 3, "a", id="on top"),
        pytest.param("x:\n  - a: 1\n    b: 2\n    b: 3\n", 4, "b", id="below"),
        pytest.param('{"a": 1,\n "b": 2,\n\n "a": 3}', 4, "a", id="in JSON"),
        pytest.param("1: a\n'1': b\n", 2, "1", id="once quoted"),
        pytest.param("c: &c {a: 1}\nd:\n  a: 1\n  <<: *c\n  a: 2\n", 5, "a", id="beside a merge"),
    ],
)
def test_a_name_twice_is_refused_with_its_second_line(
    tmp_path: Path, text: str, line: int, name: str
) -> None:
    path = write(tmp_path, text)

    assert refusal(path) == f"{path}:{line}: expected each name once in a mapping, saw {name!r}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}", {"x": 1, "y": 3}, id="own wins"),
        pytest.param(
            "a: &a {x: 1}\nc: &c {x: 2, z: 3}\nb:\n  <<: [*a, *c]",
            {"x": 1, "z": 3},
            id="the first of a list wins",
        ),
        pytest.param("a: &a [1]\nb: *a", [1], id="an alias"),
    ],
)
def test_anchors_and_merge_keys_work(tmp_path: Path, text: str, value: Json) -> None:
    loaded = load_yaml(write(tmp_path, text))

    assert isinstance(loaded, dict)
    assert loaded["b"] == value


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        pytest.param(
            "a: !!timestamp 2026-01-31",
            1,
            "a value with the tag tag:yaml.org,2002:timestamp",
            id="a date by its tag",
        ),
        pytest.param(
            "a: !!binary aGk=", 1, "a value with the tag tag:yaml.org,2002:binary", id="bytes"
        ),
        pytest.param(
            "a:\n  !!set {x, y}", 2, "a value with the tag tag:yaml.org,2002:set", id="set"
        ),
        pytest.param("a: !mine 1", 1, "a value with the tag !mine", id="a tag of one's own"),
        pytest.param(
            "a: !!python/object:os.system x",
            1,
            "a value with the tag tag:yaml.org,2002:python/object:os.system",
            id="code",
        ),
        pytest.param(
            "a: <<", 1, "a value with the tag tag:yaml.org,2002:merge", id="merge as a value"
        ),
        pytest.param("a: !!float .nan", 1, "a value that is not what its tag says", id="NaN"),
        pytest.param("a: !!int 0x10", 1, "a value that is not what its tag says", id="hexadecimal"),
        pytest.param("a: !!bool maybe", 1, "a value that is not what its tag says", id="maybe"),
        pytest.param("a: !!null x", 1, "a value that is not what its tag says", id="no null"),
        pytest.param(
            "a: !!int [1]", 1, "a value that is not what its tag says", id="a list as int"
        ),
        pytest.param(
            "a: !!str [1]", 1, "a value that is not what its tag says", id="a list as str"
        ),
        pytest.param(
            "a: !!map [1]", 1, "a value that is not what its tag says", id="a list as map"
        ),
        pytest.param(
            "a: !!seq {b: 1}", 1, "a value that is not what its tag says", id="a map as seq"
        ),
        pytest.param("a:\n- 1\n- 1e400", 3, "a number that is too large", id="beyond floats"),
        pytest.param("a: " + "9" * 5000, 1, "a number that is too large", id="5000 digits"),
        pytest.param("? [a, b]\n: c", 1, "a name that is no text", id="a list as a name"),
        pytest.param("a:\n  {{b}}: c", 2, "a name that is no text", id="braces doubled"),
        pytest.param(
            "a: {<<: {[b]: c}}", 1, "a name that is no text", id="a list as a merged name"
        ),
        pytest.param("- 1\n- &a [*a]", 2, "found unconstructable recursive node", id="a ring"),
        pytest.param("&a [*a]", 1, "found unconstructable recursive node", id="a ring on top"),
        pytest.param("&a {b: *a}", 1, "found unconstructable recursive node", id="a ring of maps"),
        pytest.param("a: *b", 1, "found undefined alias", id="an unknown alias"),
        pytest.param("a: 1\n---\nb: 2\n", 2, "but found another document", id="two documents"),
        pytest.param(
            "a: 1\n b: 2", 2, "mapping values are not allowed in this context", id="indent"
        ),
        pytest.param("a: [1,\n", 2, "did not find expected node content", id="no end"),
        pytest.param("a: '1\n", 2, "found unexpected end of stream", id="no closing quote"),
        pytest.param("a:\n\tb: 1", 2, "found character that cannot start any token", id="a tab"),
        pytest.param(
            "<<: 3",
            1,
            "expected a mapping or list of mappings for merging, but found scalar",
            id="merging a number",
        ),
        pytest.param("[" * 20_000, 1, "exceeded maximum nesting depth", id="endless brackets"),
    ],
)
def test_anything_else_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, problem: str
) -> None:
    path = write(tmp_path, text)

    assert refusal(path) == f"{path}:{line}: expected YAML, saw {problem!r}"


def test_a_control_character_is_refused_on_one_line(tmp_path: Path) -> None:
    path = write(tmp_path, "a: \x00")

    problem = (
        "unacceptable character #x0000: control characters are not allowed\\n"
        '  in "<unicode string>", position 3'
    )
    assert refusal(path) == f"{path}: expected YAML, saw '{problem}'"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"

    assert refusal(path) == f"{path}: expected a readable file, saw 'No such file or directory'"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path}: expected a readable file, saw 'Is a directory'"


def test_another_encoding_is_refused_with_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_bytes(b"a: caf\xe9")

    assert refusal(path) == f"{path}: expected UTF-8, saw 'the byte at 6'"


def test_a_file_beyond_the_bound_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    with path.open("wb") as file:
        file.truncate(33_554_433)

    assert refusal(path) == f"{path}: expected at most 33554432 bytes, saw 33554433"


def test_a_file_as_large_as_the_bound_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    with path.open("wb") as file:
        file.truncate(33_554_432)

    assert read_text(path) == "\0" * 33_554_432


def test_text_is_read_as_it_is(tmp_path: Path) -> None:
    assert read_text(write(tmp_path, "é\r\n")) == "é\r\n"


FILE = """\
# a comment
name: x
list:
  - 1
  -
    inner: 2
base: &base {a: 1}
merged:
  <<: *base
  own: 2
"""


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        pytest.param("", 2, id="the whole"),
        pytest.param("/name", 2, id="a member"),
        pytest.param("/list", 4, id="a list, where its items begin"),
        pytest.param("/list/1/inner", 6, id="inside a list"),
        pytest.param("/list/2", 4, id="the item behind the last"),
        pytest.param("/list/x", 4, id="an index that is none"),
        pytest.param("/nope/a", 2, id="a member that is not there"),
        pytest.param("/name/a", 2, id="below a text"),
        pytest.param("/merged/own", 10, id="beside a merge"),
        pytest.param("/merged/a", 9, id="a merged member"),
    ],
)
def test_a_pointer_leads_to_its_line(tmp_path: Path, pointer: str, line: int) -> None:
    path = write(tmp_path, FILE)

    assert place(path, pointer) == f"{path}:{line}"


def test_an_empty_file_has_one_line(tmp_path: Path) -> None:
    assert line_of(write(tmp_path, ""), ["a", "b"]) == 1


# YAML takes the escapes of JSON, but for pairs of surrogates.
TEXTS = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=9)
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(value=VALUES)
def test_json_is_read_as_itself(tmp_path_factory: pytest.TempPathFactory, value: Json) -> None:
    path = write(tmp_path_factory.getbasetemp(), json.dumps(value))

    assert load_yaml(path) == value


@given(data=st.binary(max_size=60))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(data)

    with contextlib.suppress(InputError):
        load_yaml(path)
