"""Bodies of OData responses as values, after their media types."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.observe.odata_content import (
    Content,
    essence_of,
    is_json_type,
    json_content,
    read_content,
)
from conformance.words.json_value import Json
from tests.conformance.observe.batches import JSON_VALUES


@pytest.mark.parametrize(
    ("content_type", "essence", "is_json"),
    [
        pytest.param("application/json", "application/json", True, id="JSON"),
        pytest.param(" Application/JSON ; a=b", "application/json", True, id="with a parameter"),
        pytest.param("application/problem+json", "application/problem+json", True, id="+json"),
        pytest.param("text/plain", "text/plain", False, id="text"),
        pytest.param("", "", False, id="none"),
    ],
)
def test_a_media_type_is_told_from_its_parameters(
    content_type: str, essence: str, *, is_json: bool
) -> None:
    assert essence_of(content_type) == essence
    assert is_json_type(essence) is is_json


@pytest.mark.parametrize(
    ("data", "essence", "content"),
    [
        pytest.param(b"", "application/json", Content(size=0), id="nothing"),
        pytest.param(
            b'{"a": 1}',
            "application/json",
            Content(size=8, value={"a": 1}, is_valid=True),
            id="JSON",
        ),
        pytest.param(
            b'{"a"', "application/json", Content(size=4, is_valid=False, text='{"a"'), id="broken"
        ),
        pytest.param(b"5", "text/plain", Content(size=1, text="5"), id="text"),
        pytest.param(b"<a/>", "application/atom+xml", Content(size=4, text="<a/>"), id="XML"),
        pytest.param(b"5", "image/png", Content(size=1, data=b"5"), id="binary"),
        pytest.param(
            b' {"a": 1}', "", Content(size=9, value={"a": 1}, is_valid=True), id="JSON without type"
        ),
        pytest.param(b"{a}", "", Content(size=3, text="{a}"), id="text without type"),
        pytest.param(b"\xff", "", Content(size=1, data=b"\xff"), id="bytes without type"),
        pytest.param(b"\xff", "text/plain", Content(size=1, text="\ufffd"), id="text, not UTF-8"),
    ],
)
def test_a_body_is_read_after_its_media_type(data: bytes, essence: str, content: Content) -> None:
    assert read_content(data, essence)[0] == content


def test_flaws_of_json_have_their_place_in_the_whole() -> None:
    _, defects = read_content(b'{"a":1,"a":2}', "application/json", at=100)

    assert [(one.layer, one.code, one.at) for one in defects] == [("json", "duplicate-name", 107)]


def test_text_and_bytes_are_shown_in_part() -> None:
    text, _ = read_content("é".encode() * 5000, "text/plain")
    data, _ = read_content(b"\x00" * 5000, "image/png")

    assert (text.size, text.text) == (10_000, "é" * 4096)
    assert (data.size, data.data) == (5000, b"\x00" * 3072)


@pytest.mark.parametrize(
    ("content", "members"),
    [
        pytest.param(Content(size=0), {"size": 0}, id="nothing"),
        pytest.param(
            json_content(None), {"size": 4, "body_valid": True, "body": None}, id="a null"
        ),
        pytest.param(Content(size=1, text="x"), {"size": 1, "text": "x"}, id="text"),
        pytest.param(Content(size=1, data=b"\xff"), {"size": 1, "base64": "/w=="}, id="bytes"),
    ],
)
def test_what_a_body_is_not_is_absent(content: Content, members: dict[str, Json]) -> None:
    assert content.as_json() == members


def test_the_size_of_an_inline_value_is_that_of_its_shortest_text() -> None:
    assert json_content({"a": [1, "é"]}).size == len('{"a":[1,"é"]}'.encode())


@given(value=JSON_VALUES)
def test_any_value_has_a_size(value: Json) -> None:
    content = json_content(value)

    assert content.size > 0
    assert content.value == value


@given(
    data=st.binary(max_size=30),
    essence=st.sampled_from(["", "application/json", "text/plain", "image/png"]),
)
def test_no_bytes_make_it_raise(data: bytes, essence: str) -> None:
    content, defects = read_content(data, essence, at=9)

    assert content.size == len(data)
    assert all(9 <= defect.at <= 9 + len(data) for defect in defects)
