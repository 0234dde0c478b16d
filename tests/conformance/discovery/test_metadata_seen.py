"""What an observation tells of a metadata document."""

from collections.abc import Mapping

import pytest

from conformance.discovery.metadata_seen import MAX_TOLD, describe_metadata
from conformance.words.json_value import Json, is_array, is_object
from conformance.words.schema_files import load_schema, validator
from tests.conformance.discovery.documents import SHOP, TRADE, TRAVEL, edmx, one_type, schema

XML = "application/xml"
JSON = "application/json"
KEYED = """<EntityType Name="{0}"><Key><PropertyRef Name="ID"/></Key>
    <Property Name="ID" Type="Edm.Int32" Nullable="false"/></EntityType>"""


def described(body: bytes, media_type: str = XML) -> Mapping[str, Json]:
    """Describe a document, and hold what is said against the schema of observations."""
    seen = describe_metadata(media_type, body)
    whole = load_schema("observation/odata")
    assert is_object(whole)
    observation: dict[str, Json] = {"csdl": seen}
    places = [list(one.path) for one in validator("observation/odata").iter_errors(observation)]
    assert [place for place in places if place[:1] == ["csdl"]] == []
    assert is_object(seen)
    return seen


def container(content: str, *types: str) -> bytes:
    return edmx(schema(f'{"".join(types)}<EntityContainer Name="C">{content}</EntityContainer>'))


def entity_set(name: str, type_name: str, content: str = "") -> str:
    return f'<EntitySet Name="{name}" EntityType="{type_name}">{content}</EntitySet>'


@pytest.mark.parametrize("document", [TRAVEL, TRADE, SHOP], ids=["travel", "trade", "shop"])
def test_a_whole_document_has_nothing_lost(document: bytes) -> None:
    seen = described(document, JSON if document.startswith(b"{") else XML)

    assert seen["has_container"] is True
    for name in ("untyped_sets", "keyless_sets", "lost_keys", "lost_targets", "problems"):
        assert (name, seen[name]) == (name, [])


@pytest.mark.parametrize(
    ("media_type", "body", "expected"),
    [
        pytest.param(XML, one_type(""), "xml", id="XML"),
        pytest.param("application/xml;charset=utf-8", one_type(""), "xml", id="with a charset"),
        pytest.param("", one_type(""), "xml", id="without a type"),
        pytest.param(JSON, b'{"$Version":"4.01","NS":{}}', "json", id="JSON"),
        pytest.param("", b' {"$Version":"4.01"}', "json", id="JSON without a type"),
        pytest.param(JSON, b"{}", "none", id="an object"),
        pytest.param(JSON, b"[", "none", id="broken JSON"),
        pytest.param(XML, b"<a/>", "none", id="other XML"),
        pytest.param(XML, b"<a", "none", id="broken XML"),
        pytest.param(XML, b"", "none", id="nothing"),
    ],
)
def test_the_format_is_what_could_be_read(media_type: str, body: bytes, expected: str) -> None:
    assert described(body, media_type)["format"] == expected


@pytest.mark.parametrize(
    ("content", "types", "told"),
    [
        pytest.param(entity_set("A", "NS.Lost"), "", {"untyped_sets": ["A"]}, id="no type"),
        pytest.param(
            entity_set("A", "NS.P"),
            '<ComplexType Name="P"/>',
            {"untyped_sets": ["A"]},
            id="complex type",
        ),
        pytest.param(entity_set("A", "Other.T"), "", {}, id="type of another namespace"),
        pytest.param(
            entity_set("A", "NS.T"), '<EntityType Name="T"/>', {"keyless_sets": ["A"]}, id="no key"
        ),
        pytest.param(
            entity_set("A", "NS.T"),
            KEYED.format("B") + '<EntityType Name="T" BaseType="NS.B"/>',
            {},
            id="inherited key",
        ),
        pytest.param(
            entity_set("A", "NS.T"),
            '<EntityType Name="T" BaseType="Other.B"/>',
            {},
            id="key of another namespace",
        ),
        pytest.param(
            entity_set("A", "NS.T"), '<EntityType Name="T" Abstract="true"/>', {}, id="abstract"
        ),
        pytest.param(
            entity_set("A", "NS.T"),
            '<EntityType Name="T" BaseType="NS.T"/>',
            {"keyless_sets": ["A"]},
            id="its own base",
        ),
        pytest.param(
            entity_set("A", "NS.T"),
            '<EntityType Name="T"><Key><PropertyRef Name="No"/></Key></EntityType>',
            {"lost_keys": ["A/No"]},
            id="key of nothing",
        ),
    ],
)
def test_a_set_needs_a_type_with_a_key(
    content: str, types: str, told: Mapping[str, list[str]]
) -> None:
    seen = described(container(content, types))

    for name in ("untyped_sets", "keyless_sets", "lost_keys"):
        assert (name, seen[name]) == (name, told.get(name, []))


@pytest.mark.parametrize(
    ("target", "lost"),
    [
        pytest.param("NS.C/A", [], id="a set"),
        pytest.param("NS.C", [], id="the container"),
        pytest.param("NS.T/ID", [], id="a property"),
        pytest.param("NS.C/B", ["NS.C/B"], id="no set"),
        pytest.param("Other.C/B", [], id="another container"),
    ],
)
def test_an_annotation_of_the_container_leads_somewhere(target: str, lost: list[str]) -> None:
    annotated = (
        f'<Annotations Target="{target}">'
        '<Annotation Term="Org.OData.Core.V1.Description" String="x"/></Annotations>'
    )

    seen = described(container(entity_set("A", "NS.T"), KEYED.format("T"), annotated))

    assert seen["lost_targets"] == lost


def test_what_the_container_declares_is_told() -> None:
    said = (
        '<Annotation Term="Org.OData.Core.V1.ODataVersions" String="4.0 4.01"/>'
        '<Annotation Term="Org.OData.Capabilities.V1.ConformanceLevel"><EnumMember>'
        "Org.OData.Capabilities.V1.ConformanceLevelType/Minimal</EnumMember></Annotation>"
        '<Annotation Term="Org.OData.Capabilities.V1.BatchSupported" Bool="false"/>'
        '<Annotation Term="Org.OData.Capabilities.V1.BatchContinueOnErrorSupported" Bool="true"/>'
    )
    hidden = (
        '<Annotation Term="Org.OData.Capabilities.V1.ReadRestrictions"><Record>'
        '<PropertyValue Property="Readable" Bool="false"/></Record></Annotation>'
    )

    seen = described(container(entity_set("A", "NS.T", hidden) + said, KEYED.format("T")))

    assert seen["versions"] == ["4.0", "4.01"]
    assert seen["conformance_level"] == "Minimal"
    assert seen["capabilities"] == 4
    assert seen["unreadable_sets"] == ["A"]
    assert is_array(seen["conflicts"])
    assert len(seen["conflicts"]) == 1


def test_of_each_list_the_beginning_is_told() -> None:
    sets = "".join(entity_set(f"S{number}", "NS.Lost") for number in range(MAX_TOLD + 1))

    untyped = described(container(sets))["untyped_sets"]

    assert is_array(untyped)
    assert len(untyped) == MAX_TOLD
