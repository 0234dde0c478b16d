"""Responses of a batch as an observation has them, and references that leak into them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.observe.odata_content import Content, json_content
from conformance.observe.odata_reply import Reply, leaked_references, reference_segments
from conformance.words.json_value import Json
from tests.conformance.observe.batches import JSON_VALUES

SEGMENTS = reference_segments(["1", "new", "metadata"])


def leaks_of(*, headers: dict[str, str] | None = None, body: Json = None) -> list[str]:
    content = json_content(body)
    return list(leaked_references(Reply(part=0, headers=headers or {}, content=content), SEGMENTS))


def test_what_was_not_seen_is_absent() -> None:
    assert Reply(part=3).describe(position=4) == {
        "position": 4,
        "part": 3,
        "in_changeset": False,
        "headers": {},
        "size": 0,
        "defect_codes": [],
    }


def test_a_response_is_described_as_it_came() -> None:
    reply = Reply(
        part=0,
        at=9,
        in_changeset=True,
        wire_id="1",
        group="g",
        mime_headers={"content-id": "1"},
        status=200,
        reason="OK",
        headers={"content-type": "text/plain;charset=utf-8"},
        declared_length=1,
        content=Content(size=1, text="5"),
    )

    assert reply.describe(position=0) == {
        "position": 0,
        "part": 0,
        "at": 9,
        "in_changeset": True,
        "id": "1",
        "group": "g",
        "mime_headers": {"content-id": "1"},
        "status": 200,
        "reason": "OK",
        "headers": {"content-type": "text/plain;charset=utf-8"},
        "declared_length": 1,
        "media_type": {"essence": "text/plain", "parameters": {"charset": "utf-8"}},
        "size": 1,
        "text": "5",
        "defect_codes": [],
    }


@pytest.mark.parametrize(
    ("content", "headers", "problem"),
    [
        pytest.param(Content(size=0), {}, "an empty body", id="empty"),
        pytest.param(
            Content(size=1, is_valid=False, text="{"),
            {"content-type": "application/json"},
            "broken JSON",
            id="broken",
        ),
        pytest.param(
            Content(size=1, text="<"), {"content-type": "text/html; a=b"}, "text/html", id="HTML"
        ),
        pytest.param(Content(size=1, text="<"), {}, "a body without Content-Type", id="no type"),
    ],
)
def test_a_failure_without_error_object_says_what_it_has_instead(
    content: Content, headers: dict[str, str], problem: str
) -> None:
    described = Reply(part=0, status=404, headers=headers, content=content).describe(position=0)

    assert described["error"] == {
        "valid": False,
        "problems": [f"expected an object with the member error, saw {problem}"],
    }


@pytest.mark.parametrize(
    ("status", "has_error"),
    [
        pytest.param(399, False, id="399"),
        pytest.param(400, True, id="400"),
        pytest.param(599, True, id="599"),
    ],
)
def test_an_error_is_read_from_400_on(status: int, *, has_error: bool) -> None:
    assert ("error" in Reply(part=0, status=status).describe(position=0)) is has_error


@pytest.mark.parametrize(
    ("url", "leaks"),
    [
        pytest.param("$1", True, id="alone"),
        pytest.param("/root/$1/Items(3)", True, id="in a path"),
        pytest.param("http://a/root/$new", True, id="absolute"),
        pytest.param("/root/%241/Items", True, id="escaped"),
        pytest.param("$1(2)", True, id="with a key"),
        pytest.param("$metadata#$1/Items", True, id="in the fragment of a context"),
        pytest.param("$metadata#Items", False, id="a system resource of the same name"),
        pytest.param("/root/A?$filter=x eq '/$1'", False, id="in a query"),
        pytest.param("/root/$12", False, id="a longer one"),
        pytest.param("/root/a$1", False, id="not a whole segment"),
        pytest.param("/root/$value", False, id="a system segment"),
    ],
)
def test_a_url_leaks_a_reference_in_its_segments_only(url: str, *, leaks: bool) -> None:
    assert leaks_of(headers={"location": url}) == ([f"location: {url}"] if leaks else [])


@pytest.mark.parametrize(
    ("body", "places"),
    [
        pytest.param({"@id": "$1"}, ["/@id: $1"], id="4.01"),
        pytest.param({"@odata.id": "$1"}, ["/@odata.id: $1"], id="4.0"),
        pytest.param(
            {"value": [{}, {"Items@odata.navigationLink": "$1/Items"}]},
            ["/value/1/Items@odata.navigationLink: $1/Items"],
            id="below",
        ),
        pytest.param({"@context": "$metadata#$1"}, ["/@context: $metadata#$1"], id="context"),
        pytest.param({"Name": "$1", "@etag": "$1"}, [], id="no URL"),
        pytest.param({"id": "$1"}, [], id="a property"),
        pytest.param({"@id": 1}, [], id="no string"),
        pytest.param(["@id", "$1"], [], id="no member"),
    ],
)
def test_control_information_is_searched_for_references(body: Json, places: list[str]) -> None:
    assert leaks_of(body=body) == places


def test_headers_that_are_urls_are_searched_for_references() -> None:
    headers = {"odata-entityid": "$1", "content-location": "$1", "link": "$1"}

    assert leaks_of(headers=headers) == ["odata-entityid: $1", "content-location: $1"]


@given(url=st.text(max_size=12) | st.text("$1/%24#?()", max_size=12), body=JSON_VALUES)
def test_nothing_makes_it_raise(url: str, body: Json) -> None:
    leaks = leaks_of(headers={"location": url}, body={"@id": url, "value": body})

    assert all(":" in leak for leak in leaks)
