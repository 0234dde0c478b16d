"""Bindings from an OpenRPC document: of methods that it calls safe, and of no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.discovery.openrpc import bindings_from, is_openrpc, method_names
from conformance.words.bindings import complete_jsonrpc
from conformance.words.json_value import ABSENT, Absent, Json
from conformance.words.schema_files import validator


def document(*methods: Json) -> dict[str, Json]:
    return {"openrpc": "1.3.2", "info": {}, "methods": list(methods)}


def method(name: str = "m", **more: Json) -> dict[str, Json]:
    return {"name": name, "x-safe": True, **more}


def example(*pairs: tuple[str, Json], **result: Json) -> list[Json]:
    """Return the examples of a method: values by name, and the result."""
    params: list[Json] = [{"name": name, "value": value} for name, value in pairs]
    return [{"params": params, **({"result": {"value": result["result"]}} if result else {})}]


@pytest.mark.parametrize(
    ("value", "does"),
    [
        pytest.param(document(), True, id="no methods"),
        pytest.param({"openrpc": "1", "methods": [1]}, True, id="methods of any kind"),
        pytest.param({"openrpc": 1, "methods": []}, False, id="no version"),
        pytest.param({"openrpc": "1.0"}, False, id="no methods member"),
        pytest.param({"openrpc": "1.0", "methods": {}}, False, id="methods by name"),
        pytest.param([], False, id="an array"),
        pytest.param(None, False, id="null"),
        pytest.param(ABSENT, False, id="nothing"),
    ],
)
def test_a_document_is_told_by_version_and_methods(value: Json | Absent, *, does: bool) -> None:
    assert is_openrpc(value) is does


def test_names_come_in_the_order_of_the_document() -> None:
    found = document({"name": "b"}, {"name": 1}, "c", {"name": "a"}, {})

    assert method_names(found) == ["b", "a"]
    assert bindings_from(found) == {"methods": ["b", "a"]}


@pytest.mark.parametrize(
    ("more", "bindings"),
    [
        pytest.param(
            {"examples": example(("a", 1), ("b", 2), result=3)},
            {
                "positional": {"method": "m", "params": [1, 2], "result": 3},
                "named": {"method": "m", "params": {"a": 1, "b": 2}, "result": 3},
            },
            id="either way",
        ),
        pytest.param(
            {"examples": example(("a", 1)), "paramStructure": "by-position"},
            {"positional": {"method": "m", "params": [1]}},
            id="by position, without a result",
        ),
        pytest.param(
            {"examples": example(("a", 1), result=None), "paramStructure": "by-name"},
            {"named": {"method": "m", "params": {"a": 1}, "result": None}},
            id="by name, with null as result",
        ),
        pytest.param(
            {"examples": example(result=7)},
            {"no_params": {"method": "m", "result": 7}},
            id="without params",
        ),
        pytest.param(
            {"examples": [{"params": [{"value": 1}]}]},
            {"positional": {"method": "m", "params": [1]}},
            id="a value without a name",
        ),
        pytest.param(
            {"examples": [{"params": [{"name": 5, "value": 1}]}]},
            {"positional": {"method": "m", "params": [1]}},
            id="a name that is a number",
        ),
        pytest.param({"examples": []}, {}, id="no example"),
        pytest.param({"examples": ["x"]}, {}, id="an example of another kind"),
        pytest.param(
            {"params": [{"name": "a", "schema": {"type": "string"}}]},
            {"invalid_params": {"method": "m", "params": [[]]}},
            id="a string that an array is not",
        ),
        pytest.param(
            {"params": [{"name": "a", "schema": {"type": ["integer", "null"]}}]},
            {"invalid_params": {"method": "m", "params": ["wirecheck"]}},
            id="a number that text is not",
        ),
        pytest.param(
            {
                "params": [{"name": "a", "schema": {"type": "boolean"}}],
                "paramStructure": "by-name",
            },
            {"invalid_params": {"method": "m", "params": {"a": "wirecheck"}}},
            id="an invalid value by name",
        ),
        pytest.param(
            {"params": [{"name": "a", "schema": {"type": ["string", "array"]}}]},
            {},
            id="nothing that is surely invalid",
        ),
        pytest.param(
            {"params": [{"schema": {"type": "null"}}], "paramStructure": "by-name"},
            {},
            id="an invalid value by no name",
        ),
        pytest.param({"params": [{"name": "a", "schema": {}}]}, {}, id="no type"),
        pytest.param({"params": [{"name": "a"}, 1]}, {}, id="no schema"),
        pytest.param({"params": {}}, {}, id="params of another kind"),
    ],
)
def test_what_a_safe_method_shows_becomes_bindings(
    more: dict[str, Json], bindings: dict[str, Json]
) -> None:
    assert bindings_from(document({"name": "m", "x-safe": True, **more})) == {
        "methods": ["m"],
        **bindings,
    }


@pytest.mark.parametrize(
    ("one", "bindings"),
    [
        pytest.param(
            method("a.echo", params=[{"name": "value"}]), {"echo": {"method": "a.echo"}}, id="echo"
        ),
        pytest.param(
            method("echo", params=[{"name": "v"}], paramStructure="by-name"),
            {"echo": {"method": "echo", "by_name": "v"}},
            id="by name",
        ),
        pytest.param(method("echo", params=[]), {}, id="an echo of nothing"),
        pytest.param(method("echo", params=[{"name": "a"}, {"name": "b"}]), {}, id="of two values"),
        pytest.param(
            method("echo", params=[{"name": None}], paramStructure="by-name"),
            {},
            id="without a name",
        ),
        pytest.param(method("echoes", params=[{"name": "a"}]), {}, id="another name"),
    ],
)
def test_an_echo_is_told_by_its_name_and_its_one_value(
    one: dict[str, Json], bindings: dict[str, Json]
) -> None:
    assert bindings_from(document(one)) == {"methods": [one["name"]], **bindings}


@pytest.mark.parametrize(
    "safe",
    [
        pytest.param({}, id="not said"),
        pytest.param({"x-safe": False}, id="no"),
        pytest.param({"x-safe": 1}, id="a number"),
        pytest.param({"x-safe": "true"}, id="text"),
    ],
)
def test_a_method_that_is_not_called_safe_gives_its_name_only(safe: dict[str, Json]) -> None:
    shows_all: dict[str, Json] = {
        "name": "get.echo",
        "params": [{"name": "a", "schema": {"type": "string"}}],
        "examples": example(("a", "b"), result="b"),
        **safe,
    }

    assert bindings_from(document(shows_all)) == {"methods": ["get.echo"]}


def test_the_example_that_shows_most_is_taken_and_the_first_of_equals() -> None:
    found = bindings_from(
        document(
            method("one", examples=example(("a", 1))),
            method("twice", examples=example(("a", 1), ("b", 1), result=1)),
            method("two", examples=example(("a", 1), ("b", 2))),
            method("best", examples=example(("a", 1), ("b", 2), result=3)),
            method("last", examples=example(("a", 3), ("b", 4), result=5)),
            method("none", examples=example()),
            method("nothing", examples=example(result=1)),
        )
    )

    assert found["positional"] == {"method": "best", "params": [1, 2], "result": 3}
    assert found["named"] == {"method": "best", "params": {"a": 1, "b": 2}, "result": 3}
    assert found["no_params"] == {"method": "nothing", "result": 1}


NAMES = st.one_of(st.sampled_from(["a", "b", "echo", "x.echo"]), st.text(max_size=3))
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), NAMES),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=5,
)


def odd(usual: st.SearchStrategy[Json]) -> st.SearchStrategy[Json]:
    """Return what is mostly as the format says, and now and then anything."""
    return st.one_of(usual, usual, usual, VALUES)


TYPES = st.sampled_from(["string", "array", "object", "integer", "null", "nonsense"])
PARAMS = odd(
    st.lists(
        odd(
            st.fixed_dictionaries(
                {},
                optional={
                    "name": odd(NAMES),
                    "schema": odd(
                        st.fixed_dictionaries(
                            {}, optional={"type": odd(st.one_of(TYPES, st.lists(TYPES)))}
                        )
                    ),
                    "value": VALUES,
                },
            )
        ),
        max_size=3,
    )
)
METHODS = odd(
    st.fixed_dictionaries(
        {"name": odd(NAMES), "x-safe": odd(st.sampled_from([True]))},
        optional={
            "params": PARAMS,
            "paramStructure": odd(st.sampled_from(["either", "by-name", "by-position"])),
            "examples": odd(
                st.lists(
                    odd(
                        st.fixed_dictionaries(
                            {},
                            optional={
                                "params": PARAMS,
                                "result": odd(
                                    st.fixed_dictionaries({}, optional={"value": VALUES})
                                ),
                            },
                        )
                    ),
                    max_size=2,
                )
            ),
        },
    )
)


@given(methods=odd(st.lists(METHODS, max_size=4)))
def test_whatever_a_document_holds_its_bindings_are_those_of_a_profile(methods: Json) -> None:
    found = bindings_from({"openrpc": "1.3.2", "methods": methods})

    profile: dict[str, Json] = {"jsonrpc": {"url": "http://127.0.0.1/", **found}}
    errors = [error.message for error in validator("profile").iter_errors(profile)]
    assert errors == []
    complete_jsonrpc({"url": "http://127.0.0.1/", **found})
