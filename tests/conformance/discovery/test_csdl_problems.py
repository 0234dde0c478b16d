"""What hostile or broken metadata in XML comes to: problems, never an error."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.discovery.csdl import (
    Metadata,
)
from conformance.discovery.csdl_elements import MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS
from conformance.discovery.csdl_xml import read_csdl_xml
from tests.conformance.discovery.documents import (
    SHOP,
    TRADE,
    TRAVEL,
    TWIN_XML,
    edmx,
    one_type,
    schema,
)


def codes(metadata: Metadata) -> list[str]:
    return [one.code for one in metadata.problems]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "not-xml", id="nothing"),
        pytest.param(b"<html><body>Not Found</body></html>", "not-edmx", id="a page"),
        pytest.param(b'{"$Version": "4.01"}', "not-xml", id="JSON"),
        pytest.param(b'<?xml version="1.0" encoding="x-none"?><a/>', "encoding", id="an encoding"),
        pytest.param(
            b'<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;&l;">]><a>&m;</a>',
            "doctype",
            id="entities that grow",
        ),
        pytest.param(
            b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><a>&f;</a>',
            "doctype",
            id="an external entity",
        ),
        pytest.param(b'<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>', "doctype", id="a DTD"),
        pytest.param(b"<a>&nosuch;</a>", "not-xml", id="an entity that is not declared"),
        pytest.param(b"<a>" * (MAX_DEPTH + 1), "too-deep", id="too deep"),
        pytest.param(b"<a>" * 1_000_000, "too-deep", id="deeper still"),
        pytest.param(b" " * (MAX_BYTES + 1), "too-large", id="too large"),
        pytest.param(TRADE[:-20], "not-xml", id="cut off"),
        pytest.param(
            TRADE.replace(b"odata/ns/edmx", b"odata/ns/none"), "not-edmx", id="another namespace"
        ),
        pytest.param(
            edmx('<Schema xmlns="http://schemas.microsoft.com/ado/2009/11/edm" Namespace="N"/>'),
            "other-version",
            id="a schema of version 3",
        ),
        pytest.param(edmx(schema(""), version="1.0"), "other-version", id="version 1.0"),
        pytest.param(edmx(schema("")), "no-container", id="no container"),
        pytest.param(edmx(schema("", namespace="")), "no-namespace", id="no namespace"),
        pytest.param(edmx(schema(""), schema("")), "duplicate-name", id="a schema twice"),
        pytest.param(one_type('<Property Name="ID"/>'), "duplicate-name", id="a property twice"),
        pytest.param(one_type('<Property Type="Edm.Int32"/>'), "no-name", id="no name"),
        pytest.param(one_type('<Property Name="P"/>'), "no-type", id="no type"),
        pytest.param(
            one_type('<Property Name="P" Type="NS.None"/>'), "unknown-type", id="an unknown type"
        ),
        pytest.param(
            one_type('<Property Name="P" Type="Edm.DateTime"/>'), "unknown-type", id="a V2 type"
        ),
        pytest.param(
            one_type('<Property Name="P" Type="Edm.Int32" Nullable="no"/>'),
            "wrong-kind",
            id="no Boolean",
        ),
        pytest.param(
            one_type('<NavigationProperty Name="N" Type="Edm.Int32"/>'),
            "not-an-entity-type",
            id="a way to a number",
        ),
        pytest.param(
            one_type("", annotations='<NavigationPropertyBinding Path="P" Target="None"/>'),
            "unknown-set",
            id="bound to nothing",
        ),
        pytest.param(
            one_type("", more='<EntityType Name="A" BaseType="NS.None" Abstract="true"/>'),
            "unknown-type",
            id="an unknown base",
        ),
        pytest.param(
            one_type("", more='<EntityType Name="A" BaseType="NS.A" Abstract="true"/>'),
            "base-loop",
            id="its own base",
        ),
        pytest.param(one_type("", more='<EntityType Name="A"/>'), "no-key", id="no key"),
        pytest.param(
            one_type(
                "", more='<EntityType Name="A"><Key><PropertyRef Name="X"/></Key></EntityType>'
            ),
            "unknown-key",
            id="an unknown key",
        ),
        pytest.param(
            one_type(
                "",
                more='<EntityType Name="A"><Key><PropertyRef Name="X"/></Key>'
                '<Property Name="X" Type="Edm.Double" Nullable="false"/></EntityType>',
            ),
            "bad-key-type",
            id="a key of fractions",
        ),
        pytest.param(
            one_type(
                "",
                more='<EntityType Name="A"><Key><PropertyRef Name="X"/></Key>'
                '<Property Name="X" Type="Edm.Int32"/></EntityType>',
            ),
            "nullable-key",
            id="a nullable key",
        ),
        pytest.param(
            one_type("", more='<EntityContainer Name="D"/>'), "many-containers", id="two containers"
        ),
        pytest.param(
            edmx(schema('<EntityContainer Name="C" Extends="NS.D"/>')),
            "unknown-container",
            id="extends nothing",
        ),
        pytest.param(
            edmx(
                schema(
                    '<EntityContainer Name="C"><EntitySet Name="S" EntityType="NS.N"/>'
                    "</EntityContainer>"
                )
            ),
            "unknown-type",
            id="a set of nothing",
        ),
        pytest.param(
            edmx(
                schema(
                    '<EntityContainer Name="C"><EntitySet Name="S" EntityType="Edm.EntityType"/>'
                    "</EntityContainer>"
                )
            ),
            "set-without-key",
            id="a set of anything",
        ),
        pytest.param(
            edmx(
                schema(
                    '<EntityContainer Name="C"><FunctionImport Name="F" Function="NS.F"/>'
                    "</EntityContainer>"
                )
            ),
            "unknown-operation",
            id="an import of nothing",
        ),
    ],
)
def test_what_is_wrong_with_a_document_is_told(data: bytes, code: str) -> None:
    assert code in codes(read_csdl_xml(data))


def test_too_many_elements_are_told() -> None:
    data = b"<a>" + b"<a/>" * MAX_ELEMENTS + b"</a>"

    assert codes(read_csdl_xml(data)) == ["too-large"]


def test_a_problem_tells_its_place() -> None:
    read = read_csdl_xml(one_type('<Property Name="P" Type="NS.None"/>'))

    assert [str(one) for one in read.problems] == [
        "NS.Thing/P: expected a known type of the property, saw 'NS.None'"
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_a_document_is_read_in_the_encoding_that_it_declares(encoding: str) -> None:
    text = TRADE.decode().replace("utf-8", encoding).replace("Picture", "Gemälde")

    read = read_csdl_xml(text.encode(encoding))

    assert "Gemälde" in read.structured["Model.Category"].properties


DOCUMENTS = (TRAVEL, TRADE, SHOP, TWIN_XML)


@given(data=st.binary(max_size=400))
def test_random_bytes_are_told_to_be_no_document(data: bytes) -> None:
    assert read_csdl_xml(data).problems


@given(document=st.sampled_from(DOCUMENTS), at=st.integers(0, 9_000))
def test_a_document_may_end_anywhere(document: bytes, at: int) -> None:
    read = read_csdl_xml(document[:at])

    assert at >= len(document) or "not-xml" in codes(read)


@given(
    document=st.sampled_from(DOCUMENTS),
    flips=st.lists(st.tuples(st.integers(0, 9_000), st.integers(1, 255)), min_size=1, max_size=4),
)
@example(document=TRADE, flips=[(0, 1)])
def test_flipped_bits_are_never_an_error(document: bytes, flips: list[tuple[int, int]]) -> None:
    changed = bytearray(document)
    for at, mask in flips:
        changed[at % len(changed)] ^= mask

    assert isinstance(read_csdl_xml(bytes(changed)), Metadata)


@given(
    document=st.sampled_from(DOCUMENTS),
    spoil=st.tuples(st.integers(0, 400), st.text(max_size=8)),
)
def test_attributes_may_hold_anything(document: bytes, spoil: tuple[int, str]) -> None:
    number, text = spoil
    pieces = document.decode().split('"')
    safe = "".join(f"&#{ord(one)};" for one in text if one.isprintable())
    pieces[(2 * number + 1) % len(pieces)] = safe

    assert isinstance(read_csdl_xml('"'.join(pieces).encode()), Metadata)
