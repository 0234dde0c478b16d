"""What a service declares: said to be so, said not to be so, and not said."""

import pytest

from conformance.discovery.csdl import Metadata
from conformance.discovery.csdl_xml import read_csdl_xml
from conformance.discovery.odata_capabilities import (
    BatchSupport,
    PropertyCapabilities,
    ServiceCapabilities,
    SetCapabilities,
    declared_offers,
    property_capabilities,
    service_capabilities,
    set_capabilities,
)
from tests.conformance.discovery.documents import (
    SHOP,
    TRADE,
    TRAVEL,
    TWIN_XML,
    USUAL,
    edmx,
    one_type,
    schema,
)


def container(annotations: str) -> Metadata:
    """Return a document whose container has some annotations."""
    content = f'<EntityContainer Name="C">{annotations}</EntityContainer>'
    return read_csdl_xml(edmx(schema(content), references=USUAL))


def term(name: str, value: str = "") -> str:
    return f'<Annotation Term="Capabilities.{name}" {value}/>'


def record(name: str, **members: str) -> str:
    """Return a record; each member is the attribute with its value."""
    values = "".join(
        f'<PropertyValue Property="{member}" {value}/>' for member, value in members.items()
    )
    return f'<Annotation Term="Capabilities.{name}"><Record>{values}</Record></Annotation>'


def test_where_nothing_is_said_nothing_is_known() -> None:
    trade = read_csdl_xml(TRADE)

    assert service_capabilities(trade) == ServiceCapabilities()
    assert set_capabilities(trade, "Products") == SetCapabilities()
    assert set_capabilities(trade, "NoSuch") == SetCapabilities()
    assert service_capabilities(Metadata()) == ServiceCapabilities()
    assert declared_offers(trade) == {"odata.batch-support": False}


def test_the_members_of_an_empty_batch_record_have_their_defaults() -> None:
    assert service_capabilities(container(record("BatchSupport"))).batch == BatchSupport(
        supported=True,
        formats=None,
        continue_on_error=False,
        references_in_bodies=False,
        references_across=False,
        etag_references=False,
        conditions=False,
    )


def test_a_batch_record_is_read_whole() -> None:
    batch = service_capabilities(read_csdl_xml(TWIN_XML)).batch

    assert batch == BatchSupport(formats=("application/json",), etag_references=True)


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        pytest.param(term("BatchSupported"), {"batch_supported": True}, id="a tag alone is true"),
        pytest.param(
            term("BatchSupported", 'Bool="false"'), {"batch_supported": False}, id="a tag, false"
        ),
        pytest.param(
            term("BatchContinueOnErrorSupported", 'Bool="true"'),
            {"batch_continue_on_error": True},
            id="continue on error",
        ),
        pytest.param(
            term("AsynchronousRequestsSupported", 'Bool="false"'),
            {"asynchronous": False},
            id="asynchronous requests",
        ),
        pytest.param(
            term("IsolationSupported", 'EnumMember="Capabilities.IsolationLevel/Snapshot"'),
            {"snapshot": True},
            id="isolation",
        ),
        pytest.param(
            term("ConformanceLevel", 'EnumMember="X.ConformanceLevelType/Intermediate"'),
            {"conformance_level": "Intermediate"},
            id="level",
        ),
        pytest.param(record("CallbackSupported"), {"callbacks": True}, id="callbacks"),
        pytest.param(
            '<Annotation Term="Core.ODataVersions" String="4.0 4.01"/>',
            {"versions": ("4.0", "4.01")},
            id="versions",
        ),
        pytest.param(
            '<Annotation Term="Capabilities.AcceptableEncodings"><Collection>'
            "<String>gzip</String></Collection></Annotation>",
            {"encodings": ("gzip",)},
            id="encodings",
        ),
        pytest.param(
            '<Annotation Term="Capabilities.BatchSupported" Path="a"/>', {}, id="to be evaluated"
        ),
    ],
)
def test_what_the_container_declares(annotations: str, expected: dict[str, object]) -> None:
    assert service_capabilities(container(annotations)) == ServiceCapabilities(**expected)  # type: ignore[arg-type] # a table of them


@pytest.mark.parametrize(
    ("annotations", "count"),
    [
        pytest.param(
            record("BatchSupport", Supported='Bool="false"') + term("BatchSupported"), 1, id="tag"
        ),
        pytest.param(
            record("BatchSupport") + term("BatchContinueOnErrorSupported"), 1, id="continue"
        ),
        pytest.param(
            term("BatchSupported", 'Bool="false"') + term("BatchContinueOnErrorSupported"),
            1,
            id="tags",
        ),
        pytest.param(record("BatchSupport") + term("BatchSupported"), 0, id="none"),
    ],
)
def test_terms_that_contradict_one_another_are_told(annotations: str, count: int) -> None:
    conflicts = service_capabilities(container(annotations)).conflicts

    assert [one.code for one in conflicts] == ["capability-conflict"] * count


@pytest.mark.parametrize(
    ("annotations", "offers"),
    [
        pytest.param(
            term("BatchSupported", 'Bool="false"'),
            {
                "odata.batch-support": False,
                "odata.batch": False,
                "odata.multipart-batch": False,
                "odata.json-batch": False,
                "odata.no-batch": True,
            },
            id="no batches",
        ),
        pytest.param(
            record("BatchSupport", RequestDependencyConditionsSupported='Bool="true"')
            + term("BatchSupported", 'Bool="false"'),
            {
                "odata.batch-support": True,
                "odata.batch": True,
                "odata.continue-on-error": False,
                "odata.references-in-bodies": False,
                "odata.references-across": False,
                "odata.etag-references": False,
                "odata.conditions": True,
                "odata.no-conditions": False,
            },
            id="the record goes before the tag",
        ),
        pytest.param(
            term("ConformanceLevel", 'EnumMember="X.Y/Advanced"')
            + '<Annotation Term="Core.ODataVersions" String="4.01"/>',
            {
                "odata.batch-support": False,
                "odata.advanced": True,
                "odata.v401": True,
                "odata.batch": True,
                "odata.multipart-batch": True,
                "odata.json-batch": True,
            },
            id="an advanced service takes both formats",
        ),
        pytest.param(
            term("BatchContinueOnErrorSupported"),
            {
                "odata.batch-support": False,
                "odata.batch": True,
                "odata.continue-on-error": True,
            },
            id="continue on error implies batches",
        ),
        pytest.param(
            term("BatchContinueOnErrorSupported", 'Bool="false"'),
            {"odata.batch-support": False, "odata.continue-on-error": False},
            id="no continuing, and nothing of batches",
        ),
        pytest.param(
            term("ConformanceLevel", 'EnumMember="X.Y/Minimal"'),
            {"odata.batch-support": False, "odata.advanced": False},
            id="minimal",
        ),
        pytest.param(
            term("ConformanceLevel", 'EnumMember="X.Y/Advanced"'),
            {
                "odata.batch-support": False,
                "odata.advanced": True,
                "odata.batch": True,
                "odata.multipart-batch": True,
            },
            id="advanced, of no version",
        ),
        pytest.param(
            term("AsynchronousRequestsSupported"),
            {"odata.batch-support": False, "odata.async": True},
            id="asynchronous",
        ),
    ],
)
def test_what_is_declared_becomes_capabilities(annotations: str, offers: dict[str, bool]) -> None:
    assert declared_offers(container(annotations)) == offers


def test_a_list_of_formats_leaves_the_others_open() -> None:
    offers = declared_offers(read_csdl_xml(TWIN_XML))

    assert offers["odata.json-batch"] is True
    assert offers["odata.multipart-batch"] is True  # as the level has it
    formats = container(
        '<Annotation Term="Capabilities.BatchSupport"><Record><PropertyValue '
        'Property="SupportedFormats"><Collection><String>multipart/mixed;x=y</String></Collection>'
        "</PropertyValue></Record></Annotation>"
    )
    assert declared_offers(formats)["odata.multipart-batch"] is True
    assert "odata.json-batch" not in declared_offers(formats)


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        pytest.param(
            record("InsertRestrictions"), {"insertable": True}, id="an empty record allows inserts"
        ),
        pytest.param(
            record("UpdateRestrictions", UpdateMethod='EnumMember="H/PATCH H/PUT"'),
            {"updatable": True, "upsertable": False, "update_methods": ("PATCH", "PUT")},
            id="methods",
        ),
        pytest.param(
            record("UpdateRestrictions", Upsertable='Bool="true"', Updatable='Bool="false"'),
            {"updatable": False, "upsertable": True},
            id="upserts",
        ),
        pytest.param(
            record("DeleteRestrictions", Deletable='Bool="false"'),
            {"deletable": False},
            id="no deletes",
        ),
        pytest.param(
            record("DeleteRestrictions", Deletable='Path="canDelete"'), {}, id="it depends"
        ),
        pytest.param(
            record("ReadRestrictions", Readable='Bool="false"'),
            {"readable": False, "readable_by_key": False},
            id="no reads",
        ),
        pytest.param(
            '<Annotation Term="Capabilities.ReadRestrictions"><Record><PropertyValue '
            'Property="Readable" Bool="false"/><PropertyValue Property="ReadByKeyRestrictions">'
            "<Record/></PropertyValue></Record></Annotation>",
            {"readable": False, "readable_by_key": True},
            id="reads by key",
        ),
        pytest.param(
            '<Annotation Term="Capabilities.InsertRestrictions"><Record><PropertyValue '
            'Property="NonInsertableProperties"><Collection><PropertyPath>A</PropertyPath>'
            "<PropertyPath>B/C</PropertyPath></Collection></PropertyValue></Record></Annotation>",
            {"insertable": True, "non_insertable": ("A", "B/C")},
            id="properties",
        ),
        pytest.param(
            record("FilterRestrictions", Filterable='Bool="false"'),
            {"filterable": False, "requires_filter": False},
            id="no filters",
        ),
        pytest.param(
            term("TopSupported", 'Bool="false"') + term("SkipSupported"),
            {"top": False, "skip": True},
            id="top and skip",
        ),
        pytest.param(
            '<Annotation Term="Core.Permissions" EnumMember="Core.Permission/Read"/>',
            {"insertable": False, "updatable": False, "upsertable": False, "deletable": False},
            id="read only",
        ),
    ],
)
def test_what_a_set_declares(annotations: str, expected: dict[str, object]) -> None:
    read = read_csdl_xml(one_type("", annotations=annotations))

    assert set_capabilities(read, "Things") == SetCapabilities(**expected)  # type: ignore[arg-type] # a table of them


def test_sets_with_etags_are_told_by_optimistic_concurrency() -> None:
    travel = read_csdl_xml(TRAVEL)

    assert set_capabilities(travel, "People").has_etags is True
    assert set_capabilities(travel, "Airports").has_etags is None


def test_filter_functions_of_the_container_hold_for_its_sets() -> None:
    functions = (
        '<Annotation Term="Capabilities.FilterFunctions"><Collection><String>{}</String>'
        "</Collection></Annotation>"
    )
    whole = one_type("").replace(
        b'<EntityContainer Name="C">',
        b'<EntityContainer Name="C">' + functions.format("contains").encode(),
    )

    assert set_capabilities(read_csdl_xml(whole), "Things").filter_functions == ("contains",)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param("Shop.Books/ID", {"has_computed_default": True}, id="a computed default"),
        pytest.param(
            "Shop.Books/createdAt", {"is_computed": True, "is_immutable": True}, id="managed"
        ),
        pytest.param("Shop.Books/isbn", {"is_immutable": True}, id="immutable"),
        pytest.param("Shop.Books/title", {}, id="plain"),
    ],
)
def test_what_a_property_declares(target: str, expected: dict[str, bool]) -> None:
    read = property_capabilities(read_csdl_xml(SHOP), target)

    assert read == PropertyCapabilities(**expected)


def test_a_property_that_may_only_be_read_is_not_writable() -> None:
    read = property_capabilities(read_csdl_xml(TRAVEL), "Travel.Service.Person/UserName")

    assert read == PropertyCapabilities(is_readable=True, is_writable=False)
