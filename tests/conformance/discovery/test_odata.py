"""Services asked what they offer; nothing is sent that could change anything."""

import json

import pytest

from conformance.words.json_value import Json, is_object
from tests.conformance.discovery.documents import (
    SHOP,
    TRADE,
    TWIN_JSON,
    TWIN_XML,
    USUAL,
    edmx,
    one_type,
    schema,
)
from tests.conformance.discovery.odata_peer import (
    CHAI,
    PRODUCTS,
    REFUSED,
    ROOT,
    VERSION,
    Answer,
    ask,
    bound,
    by_accept,
    discover,
    in_json,
    in_xml,
)
from tests.conformance.peers import Serve, closing, dripping, endless, response, silent


def test_the_best_set_may_be_written_to() -> None:
    found = discover(PRODUCTS)
    write = bound(found, "write")
    valid = write["valid"]

    assert is_object(valid)
    assert write["set"] == "Products"
    assert write["unique"] == "ProductID"
    assert write["changed"] == {"ProductName": "wirecheck-sample-changed"}
    assert valid["ProductName"] == "wirecheck-sample"
    assert found.workshop is not None
    assert found.workshop.set_url == "Products"
    assert bound(found, "navigation") == {
        "parent": "Categories",
        "child": "Products",
        "bind": "Category",
        "children": "Products",
    }


def test_what_is_offered_was_tried_or_is_declared() -> None:
    assert discover(PRODUCTS).offers == {
        "odata.metadata": True,
        "odata.json-metadata": False,
        "odata.v401": False,
        "odata.batch-support": False,
        "odata.read": True,
        "odata.entity": True,
        "odata.value": True,
        "odata.binary": False,
        "odata.function": False,
        "odata.etag": True,
        "odata.no-etag": False,
        "odata.batch": True,
        "odata.multipart-batch": True,
        "odata.json-batch": True,
        "odata.both-batches": True,
        "odata.no-batch": False,
        "odata.async": False,
        "odata.write": True,
        "odata.client-keys": True,
        "odata.update": True,
        "odata.delete": True,
        "odata.invalid": True,
        "odata.unique": True,
        "odata.find": True,
        "odata.navigation": True,
    }


def test_what_the_set_declares_of_writing_is_offered() -> None:
    document = one_type(
        "",
        annotations='<Annotation Term="Core.OptimisticConcurrency"><Collection/></Annotation>'
        '<Annotation Term="Capabilities.UpdateRestrictions"><Record><PropertyValue '
        'Property="Upsertable" Bool="true"/></Record></Annotation>',
    )
    offers = discover({"": in_json("{}"), "$metadata": in_xml(document)}).offers

    assert offers["odata.etag"]
    assert offers["odata.upsert"]
    assert offers["odata.update"] is False
    assert offers["odata.find"] is False


def test_a_service_that_does_not_filter_is_not_searched() -> None:
    search = "Products?$filter=ProductName eq 'wirecheck-sample'"
    found = discover(PRODUCTS | {search: in_json(f'{{"value":[{CHAI}]}}')})

    assert found.offers["odata.find"] is False
    assert found.workshop is not None
    assert found.workshop.make("a").find == ""


def test_metadata_in_json_serves_where_there_is_no_other() -> None:
    twin = response(json.dumps(TWIN_JSON).encode(), "OData-Version: 4.01")
    found = discover({"": in_json(ROOT), "$metadata": by_accept(REFUSED, twin)})

    assert list(found.metadata.sets) == ["Items"]
    assert found.offers["odata.metadata"]
    assert found.offers["odata.json-metadata"]


def test_metadata_in_json_may_be_had_by_an_option_only() -> None:
    twin = response(json.dumps(TWIN_JSON).encode(), VERSION)
    answers = {"": in_json(ROOT), "$metadata": in_xml(TWIN_XML), "$metadata?$format=json": twin}

    assert discover(answers).offers["odata.json-metadata"]


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param("4.01", "4.01", id="4.01"),
        pytest.param("4.0", "4.0", id="4.0"),
    ],
)
def test_the_version_is_the_one_that_is_answered(version: str, expected: str) -> None:
    found = discover(
        {
            "": response(ROOT.encode(), f"OData-Version: {version}"),
            "$metadata": in_xml(TRADE),
        }
    )

    assert found.bindings["version"] == expected
    assert found.offers["odata.v401"] is (expected == "4.01")


def test_where_no_version_is_answered_the_declared_one_counts() -> None:
    content = (
        '<EntityContainer Name="C"><Annotation Term="Core.ODataVersions" String="4.01"/>'
        "</EntityContainer>"
    )
    found = discover(
        {
            "": response(ROOT.encode()),
            "$metadata": response(
                edmx(schema(content), references=USUAL), media_type="application/xml"
            ),
        }
    )

    assert found.bindings["version"] == "4.01"


def test_problems_of_the_metadata_are_told_and_no_more_than_three() -> None:
    wrong = "".join(f'<EntityType Name="E{number}"/>' for number in range(5))
    content = f'{wrong}<EntityContainer Name="C"/>'
    found = discover({"": in_json(ROOT), "$metadata": in_xml(edmx(schema(content)))})

    assert found.notes == (
        "$metadata: NS.E0: expected a key on an entity type, saw none",
        "$metadata: NS.E1: expected a key on an entity type, saw none",
        "$metadata: NS.E2: expected a key on an entity type, saw none",
        "$metadata: problems: 2 more",
    )


def test_why_no_set_is_written_to_is_told() -> None:
    content = (
        '<EntityType Name="E" HasStream="true"><Key><PropertyRef Name="I"/></Key>'
        '<Property Name="I" Type="Edm.Int32" Nullable="false"/></EntityType>'
        '<EntityContainer Name="C"><EntitySet Name="S" EntityType="NS.E"/></EntityContainer>'
    )
    found = discover({"": in_json(ROOT), "$metadata": in_xml(edmx(schema(content)))})

    assert found.workshop is None
    assert found.notes == ("S is not written to: its entities are media streams",)


def test_what_the_profile_says_goes_before_what_is_found() -> None:
    section: dict[str, Json] = {
        "read": {"set": "Categories", "entity": "Categories(9)"},
        "entity_sets": {
            "Products": {"writable": False},
            "Categories": {"valid": {"CategoryName": "{unique}"}},
        },
        "navigation": {"parent": "A", "child": "B", "bind": "C"},
    }
    answers = PRODUCTS | {"Categories?$top=2": in_json('{"value":[]}')}

    found = discover(answers, section=section)

    assert bound(found, "read")["set"] == "Categories"
    assert bound(found, "read")["entity"] == "Categories(9)"
    assert bound(found, "write")["set"] == "Categories"
    assert found.workshop is not None
    assert found.workshop.make("a").body["CategoryName"] == "a"
    assert bound(found, "navigation") == {"parent": "A", "child": "B", "bind": "C"}


def test_sets_that_the_profile_does_not_allow_are_not_written_to() -> None:
    found = discover(PRODUCTS, section={"entity_sets": {}})

    assert found.workshop is None
    assert "navigation" not in found.bindings


def test_a_set_that_is_not_in_the_metadata_is_told() -> None:
    found = discover(PRODUCTS, section={"entity_sets": {"Orders": {"writable": True}}})

    assert found.workshop is None
    assert "entity_sets: the metadata does not describe 'Orders'" in found.notes


def test_a_set_has_the_url_that_the_service_document_gives() -> None:
    root = '{"@odata.context":"$metadata","value":[{"name":"Books","url":"shop/Books"}]}'
    found = discover({"": in_json(root), "$metadata": in_xml(SHOP)})

    assert bound(found, "write")["set"] == "shop/Books"


@pytest.mark.parametrize(
    ("root", "speaks"),
    [
        pytest.param(in_json("{}"), True, id="by its version"),
        pytest.param(response(ROOT.encode()), True, id="by its shape"),
        pytest.param(response(b'{"value":[]}'), False, id="any JSON"),
        pytest.param(response(b"[]"), False, id="an array"),
        pytest.param(response(b"<html/>", media_type="text/html"), False, id="a page"),
        pytest.param(
            response(b"", "OData-Version: 4.0", status="401 Unauthorized"), True, id="refused"
        ),
        pytest.param(response(b"", "DataServiceVersion: 3.0"), False, id="version 3"),
    ],
)
def test_a_service_is_told_by_its_answers(root: bytes, *, speaks: bool) -> None:
    missing = response(b"", status="404 Not Found")
    answers: dict[str, Answer] = {"": root, "$metadata": missing, "$metadata?$format=json": missing}

    assert discover(answers).speaks is speaks


@pytest.mark.parametrize(
    "metadata",
    [
        pytest.param(response(b'{"error":{"code":"1"}}', VERSION), id="an error"),
        pytest.param(response(ROOT.encode(), VERSION), id="a service document"),
        pytest.param(response(b"<html/>", VERSION, media_type="application/xml"), id="a page"),
        pytest.param(response(b"", VERSION, media_type="application/xml"), id="nothing"),
        pytest.param(
            response(b"\x1f\x8b\x08", VERSION, "Content-Encoding: gzip"), id="half a packed body"
        ),
    ],
)
def test_what_is_no_metadata_is_taken_for_none(metadata: bytes) -> None:
    found = discover(PRODUCTS | {"$metadata": metadata})

    assert found.speaks
    assert found.offers["odata.metadata"] is False
    assert found.workshop is None


@pytest.mark.parametrize(
    "serve", [pytest.param(endless, id="endless"), pytest.param(dripping, id="slow")]
)
def test_a_peer_that_never_ends_is_left(serve: Serve) -> None:
    found = ask(serve, timeout_s=0.2)

    assert not found.speaks


def test_a_peer_that_closes_answers_nothing() -> None:
    found = ask(closing)

    assert not found.speaks
    assert not found.answers
    assert found.first_answer == "no HTTP response (closed)"


def test_a_peer_that_is_silent_answers_nothing() -> None:
    found = ask(silent, timeout_s=0.2)

    assert not found.answers
    assert found.first_answer == "no HTTP response (silence)"
