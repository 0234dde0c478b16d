"""Calls, notifications and what is neither."""

from decimal import Decimal

import pytest

from reference_server.json_text import Json
from reference_server.jsonrpc.message import ABSENT, Call, InvalidRequest, classify, kind_of


def request(**members: Json) -> dict[str, Json]:
    return {"jsonrpc": "2.0", "method": "m", **members}


@pytest.mark.parametrize(
    "request_id",
    [
        pytest.param("abc", id="string"),
        pytest.param("", id="empty string"),
        pytest.param(0, id="zero"),
        pytest.param(-7, id="negative"),
        pytest.param(10**30, id="huge"),
        pytest.param(1.5, id="fraction"),
        pytest.param(Decimal("1e400"), id="beyond a double"),
        pytest.param(None, id="null"),
    ],
)
def test_every_string_number_and_null_is_an_id(request_id: Json) -> None:
    seen = classify(request(id=request_id))

    assert isinstance(seen, Call)
    assert seen.id == request_id
    assert type(seen.id) is type(request_id)


def test_without_an_id_it_is_a_notification() -> None:
    assert classify(request()) == Call(method="m", params=ABSENT, id=ABSENT)


def test_member_names_are_case_sensitive_and_others_do_not_count() -> None:
    seen = classify(request(ID=1, Params=[1], foo=1, result=1, error=None))

    assert seen == Call(method="m")


@pytest.mark.parametrize(
    ("value", "pointer", "expected", "seen"),
    [
        pytest.param(1, "", "an Object", "1", id="number"),
        pytest.param(None, "", "an Object", "null", id="null"),
        pytest.param([[]], "", "an Object", "an Array", id="array"),
        pytest.param({}, "/jsonrpc", 'the String "2.0"', "nothing", id="empty object"),
        pytest.param(
            {"jsonrpc": 2.0, "method": "m"}, "/jsonrpc", 'the String "2.0"', "2.0", id="number 2"
        ),
        pytest.param(
            {"jsonrpc": " 2.0", "method": "m"},
            "/jsonrpc",
            'the String "2.0"',
            'the String " 2.0"',
            id="version with a space",
        ),
        pytest.param(
            {"JSONRPC": "2.0", "method": "m"}, "/jsonrpc", 'the String "2.0"', "nothing", id="case"
        ),
        pytest.param({"jsonrpc": "2.0"}, "/method", "a String", "nothing", id="no method"),
        pytest.param(request(method=None), "/method", "a String", "null", id="null method"),
        pytest.param(
            request(params="bar"),
            "/params",
            "an Array or an Object",
            'the String "bar"',
            id="text params",
        ),
        pytest.param(
            request(params=None), "/params", "an Array or an Object", "null", id="null params"
        ),
        pytest.param(
            request(id=True), "/id", "a String, a Number or Null", "true", id="boolean id"
        ),
        pytest.param(
            request(id=[1]), "/id", "a String, a Number or Null", "an Array", id="array id"
        ),
        pytest.param(
            {"id": {}}, "/id", "a String, a Number or Null", "an Object", id="object id comes first"
        ),
    ],
)
def test_the_first_violation_is_named_and_the_id_is_null(
    value: Json, pointer: str, expected: str, seen: str
) -> None:
    assert classify(value) == InvalidRequest(id=None, pointer=pointer, expected=expected, seen=seen)


@pytest.mark.parametrize("request_id", [pytest.param(7, id="7"), pytest.param("", id="empty")])
def test_an_invalid_request_keeps_a_usable_id(request_id: Json) -> None:
    seen = classify({"jsonrpc": "2.0", "id": request_id})

    assert isinstance(seen, InvalidRequest)
    assert seen.id == request_id


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param(False, "false", id="false"),
        pytest.param("x" * 40, f'the String "{"x" * 40}"', id="short text"),
        pytest.param("x" * 41, "a String", id="long text"),
        pytest.param(10**39, "1" + "0" * 39, id="short integer"),
        pytest.param(10**40, "a Number", id="long integer"),
        pytest.param(10**5000, "a Number", id="integer beyond str()"),
        pytest.param(Decimal("9" * 5000), "a Number", id="long decimal"),
        pytest.param(Decimal("1e400"), "1E+400", id="short decimal"),
        pytest.param(ABSENT, "nothing", id="absent"),
    ],
)
def test_a_value_is_shown_in_few_words(value: Json, words: str) -> None:
    assert kind_of(value) == words


def test_absent_counts_as_false() -> None:
    assert not ABSENT
