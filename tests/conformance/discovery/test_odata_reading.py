"""What can be read of a service is found by reading it."""

import pytest

from tests.conformance.discovery.documents import (
    TRADE,
    TRAVEL,
    one_type,
)
from tests.conformance.discovery.odata_peer import (
    CHAI,
    PRODUCTS,
    ROOT,
    VERSION,
    Answer,
    Service,
    ask,
    bound,
    discover,
    in_json,
    in_xml,
)
from tests.conformance.peers import response


def test_what_can_be_read_was_read() -> None:
    found = discover(PRODUCTS)

    assert found.speaks
    read = dict(bound(found, "read"))
    assert str(read.pop("missing_entity")).startswith("Products(")
    assert read == {
        "any": "Products?$top=2",
        "set": "Products",
        "list": "Products?$top=2",
        "missing": "WirecheckNoSuchSet",
        "entity": "Products(1)",
        "escaped_entity": "Products(%31)",
        "value": "Products(1)/ProductName/$value",
        "property": "ProductName",
    }
    assert found.bindings["version"] == "4.0"


def test_a_service_without_metadata_is_read_by_what_it_says_of_itself() -> None:
    chai = '{"@odata.id":"Products(1)","ProductName":"Chai","Rating":3}'
    found = discover(
        {
            "": in_json(ROOT),
            "Products?$top=2": in_json(f'{{"value":[{chai}]}}'),
            "Products(1)": in_json(chai),
            "Products(1)/ProductName/$value": response(b"Chai", VERSION, media_type="text/plain"),
        }
    )

    assert bound(found, "read") == {
        "any": "Products?$top=2",
        "set": "Products",
        "list": "Products?$top=2",
        "missing": "WirecheckNoSuchSet",
        "entity": "Products(1)",
        "escaped_entity": "Products(%31)",
        "value": "Products(1)/ProductName/$value",
        "property": "ProductName",
    }
    assert found.workshop is None
    assert "write" not in found.bindings
    assert found.offers["odata.metadata"] is False
    assert found.notes[0].startswith("$metadata could not be read: status 404")


def test_a_service_that_can_not_be_read_offers_its_metadata_to_batches() -> None:
    found = discover({"": in_json(ROOT), "$metadata": in_xml(TRADE)})

    assert bound(found, "read") == {"any": "$metadata", "missing": "WirecheckNoSuchSet"}
    assert found.offers["odata.read"] is False
    assert found.offers["odata.entity"] is False


def test_a_set_that_takes_no_top_is_read_whole() -> None:
    answers = {
        "": in_json(ROOT),
        "$metadata": in_xml(TRADE),
        "Products": in_json(f'{{"value":[{CHAI}]}}'),
    }

    assert bound(discover(answers), "read")["list"] == "Products"


def test_a_set_with_an_entity_goes_before_an_empty_one() -> None:
    tea = '{"CategoryID":7,"CategoryName":"Tea"}'
    answers: dict[str, Answer] = {
        "": in_json(ROOT),
        "$metadata": in_xml(TRADE),
        "Products?$top=2": in_json('{"value":[]}'),
        "Categories?$top=2": in_json(f'{{"value":[{tea}]}}'),
        "Categories(7)": in_json(tea),
    }

    assert bound(discover(answers), "read")["entity"] == "Categories(7)"
    del answers["Categories(7)"]
    assert bound(discover(answers), "read")["set"] == "Products"


@pytest.mark.parametrize(
    ("one", "many", "has"),
    [
        pytest.param(in_json(CHAI), in_json(f'{{"value":[{CHAI}]}}'), True, id="in the body"),
        pytest.param(
            in_json('{"ProductID":1}', 'ETag: "a"'),
            in_json('{"value":[{"ProductID":1}]}'),
            True,
            id="in the header",
        ),
        pytest.param(
            in_json('{"ProductID":1}', 'ETag: "a"'),
            in_json('{"value":[{"ProductID":1}]}', 'ETag: "b"'),
            False,
            id="on whatever is sent",
        ),
    ],
)
def test_etags_of_entities_are_told_from_those_of_responses(
    one: bytes, many: bytes, *, has: bool
) -> None:
    found = discover(PRODUCTS | {"Products(1)": one, "Products?$top=2": many})

    assert found.offers["odata.etag"] is has


def test_bytes_and_functions_are_found_by_the_metadata() -> None:
    root = '{"@odata.context":"$metadata","value":[{"name":"Categories","url":"Categories"}]}'
    tea = '{"CategoryID":7,"CategoryName":"Tea","Picture":"AAAA"}'
    document = TRADE.replace(
        b"</EntityContainer>",
        b'<FunctionImport Name="Now" Function="Web.Model.Now"/></EntityContainer>'
        b'<Function Name="Now"><ReturnType Type="Edm.Date"/></Function>',
    )
    found = discover(
        {
            "": in_json(root),
            "$metadata": in_xml(document),
            "Categories?$top=2": in_json(f'{{"value":[{tea}]}}'),
            "Categories(7)": in_json(tea),
            "Categories(7)/Picture/$value": response(b"\0", VERSION, media_type="image/png"),
            "Now()": in_json('{"value":"2026-01-31"}'),
        }
    )

    assert bound(found, "read")["binary"] == "Categories(7)/Picture/$value"
    assert bound(found, "read")["function"] == "Now()"
    assert found.offers["odata.binary"]
    assert found.offers["odata.function"]


STREAM = one_type('<Property Name="Icon" Type="Edm.Stream"/>')


def test_streams_are_binary() -> None:
    root = '{"@odata.context":"$metadata","value":[{"name":"Things","url":"Things"}]}'
    thing = '{"@odata.id":"Things(1)","ID":1}'
    found = discover(
        {
            "": in_json(root),
            "$metadata": in_xml(STREAM),
            "Things?$top=2": in_json(f'{{"value":[{thing}]}}'),
            "Things(1)": in_json(thing),
            "Things(1)/Icon": response(b"\0", VERSION, media_type="image/png"),
        }
    )

    assert bound(found, "read")["binary"] == "Things(1)/Icon"


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(
            'Term="Capabilities.ReadRestrictions"><Record><PropertyValue Property="Readable" '
            'Bool="false"/></Record>',
            id="no reads",
        ),
        pytest.param(
            'Term="Capabilities.FilterRestrictions"><Record><PropertyValue '
            'Property="RequiresFilter" Bool="true"/></Record>',
            id="no reads without a filter",
        ),
    ],
)
def test_a_set_that_says_that_it_can_not_be_read_is_not_read(record: str) -> None:
    document = one_type("", annotations=f"<Annotation {record}</Annotation>")
    service = Service(answers={"": in_json("{}"), "$metadata": in_xml(document)})

    found = ask(service.serve())

    assert found.offers["odata.read"] is False
    assert "GET Things" not in service.asked


def test_an_entity_may_be_elsewhere_than_its_key_says() -> None:
    thing = '{"@odata.id":"All/Things/1","ID":1}'
    found = discover(
        {
            "": in_json("{}"),
            "$metadata": in_xml(one_type("")),
            "Things?$top=2": in_json(f'{{"value":[{thing}]}}'),
            "All/Things/1": in_json(thing),
        }
    )

    assert bound(found, "read")["entity"] == "All/Things/1"
    assert "escaped_entity" not in bound(found, "read")


def test_what_its_key_and_the_service_say_alike_is_read_once() -> None:
    thing = '{"@odata.id":"Things(1)","ID":1}'
    service = Service(
        answers={
            "": in_json("{}"),
            "$metadata": in_xml(one_type("")),
            "Things?$top=2": in_json(f'{{"value":[{thing}]}}'),
        }
    )

    ask(service.serve())

    assert service.asked.count("GET Things(1)") == 1


def test_a_set_whose_type_is_missing_is_read_all_the_same() -> None:
    document = one_type("").replace(b'EntityType="NS.Thing"', b'EntityType="NS.None"')
    thing = '{"@odata.id":"Things(1)","ID":1}'
    found = discover(
        {
            "": in_json("{}"),
            "$metadata": in_xml(document),
            "Things?$top=2": in_json(f'{{"value":[{thing}]}}'),
            "Things(1)": in_json(thing),
        }
    )

    assert bound(found, "read")["entity"] == "Things(1)"
    assert found.workshop is None


def test_media_entities_are_binary() -> None:
    root = '{"@odata.context":"$metadata","value":[{"name":"Photos","url":"Photos"}]}'
    found = discover(
        {
            "": in_json(root),
            "$metadata": in_xml(TRAVEL),
            "Photos?$top=2": in_json('{"value":[{"Id":1}]}'),
            "Photos(1)": in_json('{"Id":1}'),
            "Photos(1)/$value": response(b"\0", VERSION, media_type="image/png"),
        }
    )

    assert bound(found, "read")["binary"] == "Photos(1)/$value"


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("1", id="a number"),
        pytest.param('{"url":"Products"}', id="no name"),
        pytest.param('{"name":1,"url":"Products"}', id="a number as name"),
        pytest.param('{"name":"Products","url":"http://127.0.0.2/Products"}', id="elsewhere"),
    ],
)
def test_a_service_document_may_be_wrong(row: str) -> None:
    root = f'{{"@odata.context":"$metadata","value":[{row}]}}'

    assert bound(discover(PRODUCTS | {"": in_json(root)}), "read")["set"] == "Products"


def test_a_service_of_hundreds_of_sets_is_not_read_from_end_to_end() -> None:
    rows = ",".join(f'{{"name":"S{number}","url":"S{number}"}}' for number in range(300))
    root = f'{{"@odata.context":"$metadata","value":[{rows}]}}'
    service = Service(answers={"": in_json(root), "$metadata": in_xml(TRADE)})

    ask(service.serve())

    assert len(service.asked) < 40
