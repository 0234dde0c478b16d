"""JSON Pointers, after RFC 6901."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.words.json_value import ABSENT, Absent, Json
from conformance.words.pointer import deepest_present, join_pointer, resolve, split_pointer

# RFC 6901 section 5
DOCUMENT: dict[str, Json] = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        pytest.param("", DOCUMENT, id="the whole document"),
        pytest.param("/foo", ["bar", "baz"], id="foo"),
        pytest.param("/foo/0", "bar", id="foo 0"),
        pytest.param("/", 0, id="the empty name"),
        pytest.param("/a~1b", 1, id="a slash"),
        pytest.param("/c%d", 2, id="a percent sign"),
        pytest.param("/e^f", 3, id="a caret"),
        pytest.param("/g|h", 4, id="a bar"),
        pytest.param("/i\\j", 5, id="a backslash"),
        pytest.param('/k"l', 6, id="a quote"),
        pytest.param("/ ", 7, id="a space"),
        pytest.param("/m~0n", 8, id="a tilde"),
    ],
)
def test_the_examples_of_the_rfc_resolve(pointer: str, value: Json) -> None:
    assert resolve(DOCUMENT, split_pointer(pointer)) == value


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        pytest.param({"a": 1}, "/b", id="another name"),
        pytest.param({"a": 1}, "/a/b", id="below a number"),
        pytest.param({"a": "bc"}, "/a/0", id="below a string"),
        pytest.param(None, "/a", id="below null"),
        pytest.param([1, 2], "/2", id="behind the end"),
        pytest.param([1, 2], "/-", id="the item that is not there yet"),
        pytest.param([1, 2], "/-1", id="from the end"),
        pytest.param([1, 2], "/01", id="a leading zero"),
        pytest.param([1, 2], "/", id="an empty index"),
        pytest.param([1, 2], "/+1", id="a plus"),
        pytest.param([1, 2], "/1 ", id="a space"),
        pytest.param([1, 2], "/\u0661", id="a digit of another script"),
        pytest.param([{"a": 1}], "/0/b", id="inside an array"),
    ],
)
def test_where_nothing_is_there_is_nothing(document: Json, pointer: str) -> None:
    assert resolve(document, split_pointer(pointer)) is ABSENT


@pytest.mark.parametrize(
    ("document", "value"),
    [
        pytest.param({"a": None}, None, id="null"),
        pytest.param({"a": False}, False, id="false"),
        pytest.param({"a": []}, [], id="an empty array"),
    ],
)
def test_what_is_there_is_not_absent(document: Json, value: Json) -> None:
    assert resolve(document, ["a"]) == value


def test_an_index_is_a_name_in_an_object() -> None:
    assert resolve({"0": "a", "01": "b"}, ["01"]) == "b"


@pytest.mark.parametrize(
    ("pointer", "tokens"),
    [
        pytest.param("", (), id="empty"),
        pytest.param("/", ("",), id="one empty token"),
        pytest.param("//", ("", ""), id="two empty tokens"),
        # RFC 6901 section 4: ~1 first, then ~0, so that ~01 becomes ~1
        pytest.param("/~01", ("~1",), id="an escaped escape"),
        pytest.param("/~1~0/a", ("/~", "a"), id="both"),
    ],
)
def test_a_pointer_and_its_tokens_are_one_thing(pointer: str, tokens: tuple[str, ...]) -> None:
    assert split_pointer(pointer) == tokens
    assert join_pointer(tokens) == pointer


def test_indexes_join_as_their_digits() -> None:
    assert join_pointer(["a", 0, 10]) == "/a/0/10"


def test_a_pointer_begins_with_a_slash() -> None:
    with pytest.raises(ValueError, match=r"^a/b$"):
        split_pointer("a/b")


@pytest.mark.parametrize(
    ("tokens", "place", "there"),
    [
        pytest.param(["a", "b", "c"], "/a/b", 1, id="the last is missing"),
        pytest.param(["a", "x", "c"], "/a", {"b": 1}, id="one in the middle is missing"),
        pytest.param(["x", "b"], "", {"a": {"b": 1}}, id="the first is missing"),
        pytest.param(["a", "b"], "/a/b", 1, id="none is missing"),
        pytest.param([], "", {"a": {"b": 1}}, id="none is asked for"),
    ],
)
def test_the_deepest_place_on_the_way_is_told(tokens: list[str], place: str, there: Json) -> None:
    assert deepest_present({"a": {"b": 1}}, tokens) == (place, there)


@given(tokens=st.lists(st.text()))
@example(tokens=["~1"])
def test_tokens_survive_the_round_trip(tokens: list[str]) -> None:
    assert list(split_pointer(join_pointer(tokens))) == tokens


@given(
    tokens=st.lists(st.text("ab01", max_size=2), max_size=4),
    document=st.recursive(
        st.none() | st.integers(0, 1),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.text("ab01", max_size=2), inner, max_size=3)
        ),
    ),
)
def test_the_deepest_place_resolves_and_the_next_token_does_not(
    tokens: list[str], document: Json
) -> None:
    place, there = deepest_present(document, tokens)

    reached = split_pointer(place)
    found: Json | Absent = resolve(document, reached)
    assert found == there
    assert list(reached) == tokens[: len(reached)]
    if len(reached) < len(tokens):
        assert resolve(document, tokens[: len(reached) + 1]) is ABSENT
