"""Single responses of a service."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.observe.http_head import Head
from conformance.observe.odata_response import observe_odata
from conformance.words.json_value import Json
from conformance.words.schema_files import validator
from tests.conformance.observe.batches import JSON_VALUES, NOT_FOUND

JSON_TYPE = ("content-type", "application/json;odata.metadata=minimal;IEEE754Compatible=true")


def observed(
    body: Json | bytes, *fields: tuple[str, str], status: int = 200, is_json: bool = True
) -> dict[str, Json]:
    head = Head(
        version="1.1", status=status, reason="", fields=(*([JSON_TYPE] if is_json else []), *fields)
    )
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    seen = observe_odata(head, data)
    document = {"outcome": "answered", "odata": seen}
    assert [error.message for error in validator("observation/odata").iter_errors(document)] == []
    return seen


def test_a_collection_is_described() -> None:
    body: Json = {
        "@odata.context": "$metadata#A",
        "value": [{}, {}],
        "@odata.nextLink": "A?$skip=2",
    }

    assert observed(body, ("odata-version", "4.0")) == {
        "version": "4.0",
        "media_type": {
            "essence": "application/json",
            "parameters": {"odata.metadata": "minimal", "ieee754compatible": "true"},
        },
        "metadata": "minimal",
        "ieee754_compatible": "true",
        "body_valid": True,
        "body": body,
        "next_link": "A?$skip=2",
        "value_count": 2,
        "entity": False,
    }


@pytest.mark.parametrize(
    ("body", "fields", "etag"),
    [
        pytest.param({"@etag": "W/1"}, [], "W/1", id="4.01"),
        pytest.param({"@odata.etag": "W/1"}, [], "W/1", id="4.0"),
        pytest.param({"@etag": "W/1"}, [("etag", "W/2")], "W/2", id="the header first"),
        pytest.param({"@etag": 1}, [], None, id="no string"),
        pytest.param({}, [], None, id="none"),
    ],
)
def test_an_etag_is_found_in_header_or_body(
    body: Json, fields: list[tuple[str, str]], etag: str | None
) -> None:
    assert observed(body, *fields).get("etag") == etag


@pytest.mark.parametrize(
    ("body", "status", "is_entity"),
    [
        pytest.param({"ID": 1}, 200, True, id="an entity"),
        pytest.param({"ID": 1}, 201, True, id="a new one"),
        pytest.param({"value": []}, 200, False, id="a collection"),
        pytest.param({"value": 1}, 200, False, id="a property"),
        pytest.param({"responses": []}, 200, False, id="a batch"),
        pytest.param(NOT_FOUND, 404, False, id="an error"),
        pytest.param([], 200, False, id="no object"),
        pytest.param(b"", 204, False, id="nothing"),
    ],
)
def test_an_entity_is_told_from_all_else(
    body: Json | bytes, status: int, *, is_entity: bool
) -> None:
    assert observed(body, status=status)["entity"] is is_entity


def test_an_error_is_read() -> None:
    error = observed(NOT_FOUND, status=404)["error"]

    assert error == {"valid": True, "problems": [], **NOT_FOUND["error"]}


def test_links_of_a_new_entity_are_told() -> None:
    fields = [("location", "A(1)"), ("odata-entityid", "A(2)")]

    seen = observed(b"", *fields, status=204, is_json=False)

    assert seen == {"location": "A(1)", "entity_id": "A(2)", "entity": False}


def test_all_format_parameters_are_found_in_either_spelling() -> None:
    content_type = ("content-type", "application/json; metadata=full; odata.streaming=true")

    seen = observed({}, content_type, is_json=False)

    assert (seen["metadata"], seen["streaming"]) == ("full", "true")
    assert "ieee754_compatible" not in seen


def test_broken_json_is_no_body() -> None:
    seen = observed(b"{")

    assert seen["body_valid"] is False
    assert "body" not in seen


@given(
    data=st.binary(max_size=20) | JSON_VALUES.map(lambda value: json.dumps(value).encode()),
    status=st.integers(100, 599),
    content_type=st.none() | st.text(max_size=20) | st.just("application/json"),
)
def test_nothing_makes_it_raise(data: bytes, status: int, content_type: str | None) -> None:
    fields = [] if content_type is None else [("content-type", content_type)]

    observed(data, *fields, status=status, is_json=False)
