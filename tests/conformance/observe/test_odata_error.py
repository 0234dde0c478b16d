"""Error objects, after JSON Format 21.1 and Protocol 9.4."""

import pytest
from hypothesis import given

from conformance.observe.odata_error import read_error
from conformance.words.json_value import ABSENT, Json
from tests.conformance.observe.batches import JSON_VALUES

ERROR: dict[str, Json] = {"code": "501", "message": "Unsupported"}


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="code and message"),
        pytest.param({"target": "query"}, id="target"),
        pytest.param({"target": ""}, id="an empty target"),
        pytest.param({"target": None}, id="a null target"),
        pytest.param({"details": []}, id="no details"),
        pytest.param({"details": [{**ERROR, "target": "$search"}]}, id="details"),
        pytest.param({"innererror": {"trace": []}}, id="innererror"),
        pytest.param({"@Core.ContentID": "2"}, id="an annotation"),
        pytest.param({"extra": 1}, id="another member"),
    ],
)
def test_an_error_that_keeps_the_rules_is_valid(more: dict[str, Json]) -> None:
    error = {**ERROR, **more}

    read = read_error({"error": error})

    own = {name: value for name, value in error.items() if name not in ("@Core.ContentID", "extra")}
    assert read == {"valid": True, "problems": [], **own}


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        pytest.param([], ["expected an object with the member error, saw array"], id="an array"),
        pytest.param({}, ["expected the member error, saw an empty object"], id="an empty object"),
        pytest.param(
            {"message": "no"}, ["expected the member error, saw 'message'"], id="no error member"
        ),
        pytest.param({"error": "no"}, ["/error: expected an object, saw string"], id="a string"),
        pytest.param(
            {"error": ERROR, "value": 1, "@a.b": 2},
            ["expected error alone, saw 'value' beside it"],
            id="a member beside it",
        ),
        pytest.param(
            {"error": {"message": "no"}},
            ["/error/code: expected a string, saw absent"],
            id="no code",
        ),
        pytest.param(
            {"error": {"code": 404, "message": {"lang": "en", "value": "no"}}},
            [
                "/error/code: expected a string, saw number",
                "/error/message: expected a string, saw object",
            ],
            id="as in version 3",
        ),
        pytest.param(
            {"error": {"code": "", "message": ""}},
            [
                "/error/code: expected a string that is not empty",
                "/error/message: expected a string that is not empty",
            ],
            id="empty",
        ),
        pytest.param(
            {"error": {**ERROR, "target": 1, "details": {}, "innererror": "at line 1"}},
            [
                "/error/target: expected a string or null, saw number",
                "/error/details: expected an array, saw object",
                "/error/innererror: expected an object, saw string",
            ],
            id="wrong types",
        ),
        pytest.param(
            {"error": {**ERROR, "details": [1, {"code": "a"}]}},
            [
                "/error/details/0: expected an object, saw number",
                "/error/details/1/message: expected a string, saw absent",
            ],
            id="wrong details",
        ),
    ],
)
def test_each_broken_rule_is_told_with_its_pointer(body: Json, problems: list[str]) -> None:
    read = read_error(body)

    assert read["valid"] is False
    assert read["problems"] == problems


def test_what_is_no_json_is_named() -> None:
    read = read_error(ABSENT, seen="text/html")

    problem = "expected an object with the member error, saw text/html"
    assert read == {"valid": False, "problems": [problem]}


def test_problems_are_bounded() -> None:
    read = read_error({"error": {**ERROR, "details": [1] * 1000}})

    assert isinstance(read["problems"], list)
    assert len(read["problems"]) == 50


@given(value=JSON_VALUES)
def test_no_value_makes_it_raise(value: Json) -> None:
    read = read_error(value)

    assert read["valid"] is (read["problems"] == [])
