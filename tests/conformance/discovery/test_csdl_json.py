"""`$metadata` in JSON: what is read, and what broken documents come to."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.discovery.csdl import Facets, Metadata, Scale, TypeRef
from conformance.discovery.csdl_document import read_document
from conformance.discovery.csdl_elements import MAX_BYTES
from conformance.discovery.csdl_json import read_csdl_json
from conformance.discovery.odata_targets import navigation_pairs, write_targets
from conformance.words.json_value import ABSENT, Json
from tests.conformance.discovery.documents import TWIN_JSON


def codes(metadata: Metadata) -> list[str]:
    return [one.code for one in metadata.problems]


def document(**elements: Json) -> dict[str, Json]:
    """Return a document with one schema of some elements, and a container."""
    inner: dict[str, Json] = {**elements, "C": {"$Kind": "EntityContainer"}}
    return {"$Version": "4.01", "$EntityContainer": "NS.C", "NS": inner}


def entity_type(**members: Json) -> dict[str, Json]:
    return {"$Kind": "EntityType", "$Key": ["ID"], "ID": {"$Type": "Edm.Int32"}, **members}


def test_a_whole_document_is_read_without_a_problem() -> None:
    read = read_csdl_json(json.dumps(TWIN_JSON).encode())

    assert read.problems == ()
    item = read.structured["Things.V1.Item"]
    assert list(item.properties) == ["Id", "Name", "Weight", "Price", "Tags", "Size", "Sold"]
    assert item.properties["Name"].facets == Facets(max_length=30)
    assert item.properties["Tags"].type == TypeRef(name="Edm.String", is_collection=True)
    assert item.properties["Sold"].default is False
    assert item.properties["Name"].default is ABSENT
    assert item.navigation["Next"].constraints == {"NextId": "Id"}
    assert read.container is not None
    assert read.container.singletons["First"].is_singleton
    assert read.annotation("Things.V1.All/Items", "Org.OData.Capabilities.V1.TopSupported") is False


def test_what_is_said_nowhere_has_the_defaults_of_json() -> None:
    read = read_document(document(E=entity_type(P={}, D={"$Type": "Edm.Decimal"})))
    properties = read.structured["NS.E"].properties

    assert properties["P"].type.name == "Edm.String"
    assert not properties["P"].is_nullable
    assert properties["D"].facets.scale is None


def test_scales_may_be_words() -> None:
    read = read_document(document(E=entity_type(D={"$Type": "Edm.Decimal", "$Scale": "floating"})))

    assert read.structured["NS.E"].properties["D"].facets.scale is Scale.FLOATING


def test_vocabularies_may_stand_in_the_document() -> None:
    read = read_document(document(T={"$Kind": "Term", "$Type": "Core.Tag"}))

    assert read.problems == ()


def test_a_set_inside_of_entities_is_bound_to_no_set_of_the_container() -> None:
    bindings: dict[str, Json] = {"A": "S/Contained", "B": "NS.C/S", "C": 1}
    entity_set: Json = {
        "$Collection": True,
        "$Type": "NS.E",
        "$NavigationPropertyBinding": bindings,
    }
    read = read_document(
        {
            "$Version": "4.0",
            "NS": {"E": entity_type(), "C": {"$Kind": "EntityContainer", "S": entity_set}},
        }
    )

    assert read.sets["S"].bindings == {"B": "S"}


def test_an_operation_may_be_declared_behind_the_container_that_imports_it() -> None:
    read = read_document(
        {
            "$Version": "4.01",
            "NS": {
                "C": {"$Kind": "EntityContainer", "F": {"$Function": "NS.F"}},
                "F": [
                    {"$Kind": "Function", "$IsBound": True},
                    {"$Kind": "Function", "$Parameter": [{"$Name": "a"}]},
                ],
            },
        }
    )

    assert read.container is not None
    overloads = read.container.imports["F"].overloads
    assert [[one.name for one in each.parameters] for each in overloads] == [["a"]]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        pytest.param([], "not-csdl", id="an array"),
        pytest.param({}, "no-version", id="an empty object"),
        pytest.param({"$Version": "3.0"}, "other-version", id="an older version"),
        pytest.param({"$Version": 4.01}, "wrong-kind", id="a number as version"),
        pytest.param({"NS": 1}, "wrong-kind", id="a number as schema"),
        pytest.param({"$Reference": {"a": {"$Include": 1}}}, "wrong-kind", id="nothing included"),
        pytest.param(
            {"$Reference": {"a": {"$Include": [1]}}}, "no-version", id="a number included"
        ),
        pytest.param(document(E=1), "wrong-kind", id="a number as type"),
        pytest.param(
            {"NS": {"C": {"$Kind": "EntityContainer", "S": 1}}}, "wrong-kind", id="a number as set"
        ),
        pytest.param(document(E={}), "unknown-kind", id="no kind"),
        pytest.param(document(E={"$Kind": "Thing"}), "unknown-kind", id="an unknown kind"),
        pytest.param(document(E=[{"$Kind": "EntityType"}]), "unknown-kind", id="types in an array"),
        pytest.param(document(E=entity_type(P=1)), "wrong-kind", id="a number as property"),
        pytest.param(
            document(E=entity_type(P={"$Kind": "Thing"})), "unknown-kind", id="another member"
        ),
        pytest.param(
            document(E=entity_type(P={"$MaxLength": "40"})), "wrong-kind", id="a length as text"
        ),
        pytest.param(
            document(E=entity_type(P={"$MaxLength": -1})), "wrong-kind", id="a negative length"
        ),
        pytest.param(
            document(E=entity_type(P={"$Nullable": "true"})), "wrong-kind", id="a flag as text"
        ),
        pytest.param(document(E=entity_type(**{"$Key": [1]})), "wrong-kind", id="a number as key"),
        pytest.param(document(E={"$Kind": "EnumType", "A": "1"}), "wrong-kind", id="text as value"),
        pytest.param({"$EntityContainer": "NS.D"}, "unknown-container", id="another container"),
        pytest.param(
            {
                "$Reference": {
                    "a": {"$Include": [{"$Namespace": "A", "$Alias": "x"}]},
                    "b": {"$Include": [{"$Namespace": "B", "$Alias": "x"}]},
                }
            },
            "alias-twice",
            id="an alias for two",
        ),
    ],
)
def test_what_is_wrong_with_a_document_is_told(value: Json, code: str) -> None:
    assert code in codes(read_document(value))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "not-json", id="nothing"),
        pytest.param(b" " * (MAX_BYTES + 1), "too-large", id="too large"),
        pytest.param(b"<edmx:Edmx/>", "not-json", id="XML"),
        pytest.param(b'{"$Version":"4.01","$Version":"4.0"}', "not-json", id="a name twice"),
        pytest.param(b"[" * 100_000, "not-json", id="deep and broken"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, "not-csdl", id="deep"),
    ],
)
def test_what_is_no_document_is_told(data: bytes, code: str) -> None:
    assert code in codes(read_csdl_json(data))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


def _places(value: Json, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(value, dict):
        return [path]
    return [path, *(place for name in value for place in _places(value[name], (*path, name)))]


@given(place=st.sampled_from(_places(TWIN_JSON)[1:]), value=_JSON)
def test_any_member_may_be_anything(place: tuple[str, ...], value: Json) -> None:
    spoilt = copy.deepcopy(TWIN_JSON)
    here: dict[str, Json] = spoilt
    for name in place[:-1]:
        inner = here[name]
        assert isinstance(inner, dict)
        here = inner
    here[place[-1]] = value

    read = read_document(spoilt)

    targets = write_targets(read)
    assert {one.set_name for one in targets} == set(read.sets)
    assert isinstance(navigation_pairs(read, targets), list)


@given(data=st.binary(max_size=300))
def test_random_bytes_are_told_to_be_no_document(data: bytes) -> None:
    assert read_csdl_json(data).problems


@given(at=st.integers(0, 4_000))
def test_a_document_may_end_anywhere(at: int) -> None:
    data = json.dumps(TWIN_JSON).encode()

    assert at >= len(data) or codes(read_csdl_json(data[:at])) == ["not-json"]
