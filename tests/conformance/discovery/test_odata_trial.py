"""Batches are tried with one read in each format."""

import pytest

from tests.conformance.discovery.documents import (
    TWIN_XML,
)
from tests.conformance.discovery.odata_peer import (
    JSON_BATCH,
    MULTIPART,
    NOT_FOUND,
    PRODUCTS,
    ROOT,
    VERSION,
    Service,
    ask,
    discover,
    in_json,
    in_xml,
)
from tests.conformance.peers import response


@pytest.mark.parametrize(
    ("multipart", "json_batch", "expected"),
    [
        pytest.param(
            MULTIPART,
            response(b"", VERSION, status="415 Unsupported Media Type"),
            {"odata.multipart-batch": True, "odata.json-batch": False, "odata.both-batches": False},
            id="multipart only",
        ),
        pytest.param(
            NOT_FOUND,
            JSON_BATCH,
            {"odata.multipart-batch": False, "odata.json-batch": True, "odata.batch": True},
            id="JSON only",
        ),
        pytest.param(
            NOT_FOUND,
            NOT_FOUND,
            {"odata.batch": False, "odata.no-batch": True},
            id="none",
        ),
        pytest.param(
            response(b"", VERSION, "Preference-Applied: odata.continue-on-error"),
            JSON_BATCH,
            {"odata.continue-on-error": True, "odata.multipart-batch": True},
            id="it goes on after an error",
        ),
        pytest.param(
            response(b"", VERSION, status="204 No Content"),
            JSON_BATCH,
            {"odata.multipart-batch": True, "odata.async": None},
            id="an answer of no use",
        ),
        pytest.param(
            response(b"", VERSION, "Preference-Applied: respond-async"),
            JSON_BATCH,
            {"odata.async": True},
            id="asynchronous, and done at once",
        ),
    ],
)
def test_batches_are_tried(
    multipart: bytes, json_batch: bytes, expected: dict[str, bool | None]
) -> None:
    offers = discover(PRODUCTS, multipart=multipart, json_batch=json_batch).offers

    assert {name: offers.get(name) for name in expected} == expected


def test_a_batch_that_gets_neither_answer_nor_refusal_says_nothing() -> None:
    broken = response(b"oops", VERSION, status="500 Internal Server Error")
    found = discover(PRODUCTS, multipart=broken, json_batch=broken)

    assert "odata.batch" not in found.offers
    assert "odata.multipart-batch" not in found.offers
    assert found.offers["odata.no-batch"] is False
    assert [note.partition(" got")[0] for note in found.notes[-2:]] == [
        "a multipart batch with one read",
        "a json batch with one read",
    ]


@pytest.mark.parametrize(
    ("location", "asked"),
    [
        pytest.param("/monitor/1?a=b", ["DELETE monitor/1?a=b"], id="a path"),
        pytest.param("http://127.0.0.2/monitor/1", [], id="elsewhere"),
        pytest.param("http://[/", [], id="no URL"),
        pytest.param("", [], id="nowhere"),
    ],
)
def test_a_batch_that_is_answered_later_is_taken_back(location: str, asked: list[str]) -> None:
    accepted = response(b"", VERSION, f"Location: {location}", status="202 Accepted")
    service = Service(answers=PRODUCTS, multipart=accepted, json=JSON_BATCH)

    found = ask(service.serve())

    assert found.offers["odata.async"]
    assert service.preferred[-1] == "respond-async"
    assert [one for one in service.asked if one.startswith("DELETE")] == asked


def test_what_is_declared_goes_before_what_is_tried() -> None:
    document = TWIN_XML.replace(
        b'<PropertyValue Property="EtagReferencesSupported" Bool="true"/>',
        b'<PropertyValue Property="Supported" Bool="false"/>',
    )
    service = Service(answers={"": in_json(ROOT), "$metadata": in_xml(document)})

    offers = ask(service.serve()).offers

    assert offers["odata.batch"] is False
    assert offers["odata.no-batch"] is True
    assert "POST $batch" not in service.asked


@pytest.mark.parametrize(
    ("taken", "spelled", "notes"),
    [
        pytest.param("get", "get", 0, id="small letters"),
        pytest.param("GET", "GET", 1, id="capitals"),
        pytest.param("Get", "get", 0, id="neither"),
    ],
)
def test_methods_are_spelled_as_the_service_takes_them(
    taken: str, spelled: str, notes: int
) -> None:
    def answer(method: str) -> bytes:
        status = 200 if method == taken else 405
        return in_json(f'{{"responses":[{{"id":"a","status":{status}}}]}}')

    service = Service(answers=PRODUCTS, json=answer)
    found = ask(service.serve())

    assert service.spelled[-1] == spelled
    assert len([note for note in found.notes if "capitals" in note]) == notes
