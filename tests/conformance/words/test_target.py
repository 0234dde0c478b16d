"""Targets made of profiles: what they offer, and where templates lead."""

import pytest

from conformance.words.catalogue import Capability
from conformance.words.json_value import Json, is_object
from conformance.words.secrets import Secrets
from conformance.words.target import Target, build_target

CAPABILITIES = {
    name: Capability(name=name, title="", kind=kind, add="")
    for name, kind in [
        ("jsonrpc.batch", "assumed"),
        ("jsonrpc.ok", "binding"),
        ("jsonrpc.discover", "feature"),
    ]
}
PATHS = {"jsonrpc": ("/rpc", "a:80"), "odata": ("/odata", "b"), "sse": ("/sse", "c")}


def target_of(profile: dict[str, Json], discovered: dict[str, bool] | None = None) -> Target:
    return build_target(profile, capabilities=CAPABILITIES, paths=PATHS, discovered=discovered)


def rpc(**members: Json) -> dict[str, Json]:
    """Return a profile with these members of its JSON-RPC section."""
    return {"jsonrpc": {"url": "http://a/rpc", **members}}


def test_a_bare_url_offers_what_is_assumed() -> None:
    target = target_of(rpc())

    assert target.capabilities == ["jsonrpc", "jsonrpc.batch"]
    assert target.urls == {"jsonrpc": "http://a/rpc"}
    assert target.document == {"jsonrpc": {"url": "http://a/rpc", "path": "/rpc", "host": "a:80"}}
    assert target.name == "http://a/rpc"
    assert target.version == ""
    assert target.vendor == ""
    assert target.allows_writes is False


def test_a_profile_names_its_target() -> None:
    target = target_of({"name": "N", "version": "1", "vendor": "V", "allow_writes": True, **rpc()})

    assert (target.name, target.version, target.vendor) == ("N", "1", "V")
    assert target.allows_writes is True


def test_a_profile_without_url_has_a_name_all_the_same() -> None:
    assert target_of({}).name == "target"


def test_each_surface_stands_in_the_document_with_path_and_host() -> None:
    target = target_of({"odata": {"url": "o"}, "sse": {"url": "s"}})

    places = {
        name: {member: section[member] for member in ("url", "path", "host")}
        for name, section in target.document.items()
        if is_object(section)
    }
    assert target.urls == {"odata": "o", "sse": "s"}
    assert places == {
        "odata": {"url": "o", "path": "/odata", "host": "b"},
        "sse": {"url": "s", "path": "/sse", "host": "c"},
    }
    assert target.offers["odata"] is True
    assert target.offers["sse"] is True
    assert "jsonrpc" not in target.offers


def test_bindings_are_offered_by_their_names() -> None:
    target = target_of(
        rpc(
            ok={"method": "a"},
            invalid_params={"method": "a", "params": []},
            failing={"method": "a"},
            application_error={"method": "a"},
            slow={"method": "a"},
            echo={"method": "a"},
            void={"method": "a"},
            effect={"change": {"method": "a"}, "read": {"method": "b"}},
            methods=["a"],
            get={"query": "q"},
            max_body_bytes=1,
            cors_origin="o",
            examples=True,
        )
    )

    names = (
        "application_error cors echo effect examples failing get invalid_params max-body methods "
        "no_params ok slow void batch"
    )
    assert target.capabilities == sorted(["jsonrpc", *(f"jsonrpc.{one}" for one in names.split())])


@pytest.mark.parametrize(
    ("section", "offered"),
    [
        pytest.param(rpc(positional={"method": "a", "params": [1]}), set(), id="one value"),
        pytest.param(
            rpc(positional={"method": "a", "params": [1, 2]}), {"positional.two"}, id="two values"
        ),
        pytest.param(
            rpc(positional={"method": "a", "params": [1, 2, 1]}), set(), id="the same at both ends"
        ),
        pytest.param(
            rpc(positional={"method": "a", "params": [1], "result": None}),
            {"positional.result"},
            id="a null result",
        ),
        pytest.param(rpc(named={"method": "a", "params": {"b": 1}}), set(), id="one name"),
        pytest.param(
            rpc(named={"method": "a", "params": {"b": 1, "c": 1}, "result": 2}),
            {"named.two", "named.result"},
            id="two names and a result",
        ),
    ],
)
def test_what_a_binding_allows_to_be_judged_is_offered(
    section: dict[str, Json], offered: set[str]
) -> None:
    capabilities = target_of(section).capabilities

    finer = {one.removeprefix("jsonrpc.") for one in capabilities if one.count(".") > 1}
    assert finer == offered


@pytest.mark.parametrize(
    "value", [pytest.param(False, id="false"), pytest.param("yes", id="another type")]
)
def test_examples_are_offered_by_true_only(*, value: Json) -> None:
    assert "jsonrpc.examples" not in target_of(rpc(examples=value)).offers


def test_what_was_discovered_outweighs_what_is_assumed() -> None:
    target = target_of(rpc(), {"jsonrpc.batch": False, "jsonrpc.discover": True})

    assert target.offers["jsonrpc.batch"] is False
    assert target.offers["jsonrpc.discover"] is True


def test_what_was_declared_outweighs_what_was_discovered() -> None:
    target = target_of(
        {**rpc(), "capabilities": {"jsonrpc.batch": False, "jsonrpc.discover": False}},
        {"jsonrpc.discover": True},
    )

    assert target.capabilities == ["jsonrpc", "jsonrpc.no-batch"]
    assert target.offers["jsonrpc.discover"] is False


@pytest.mark.parametrize(
    ("declared", "no_batch"),
    [
        pytest.param({}, False, id="assumed"),
        pytest.param({"jsonrpc.batch": True}, False, id="declared"),
        pytest.param({"jsonrpc.batch": False}, True, id="denied"),
    ],
)
def test_no_batch_is_offered_where_batches_are_not(
    declared: dict[str, Json], *, no_batch: bool
) -> None:
    assert target_of({**rpc(), "capabilities": declared}).offers["jsonrpc.no-batch"] is no_batch


def test_objectql_extensions_are_offered_by_their_members() -> None:
    target = target_of(
        {**rpc(), "objectql": {"chaining": True, "sessions": False, "session_timeout_ms": 1000}}
    )

    assert target.offers["objectql.chaining"] is True
    assert target.offers["objectql.sessions"] is False
    assert target.document["objectql"] == {
        "chaining": True,
        "sessions": False,
        "session_timeout_ms": 1000,
        "half_timeout_ms": 500,
    }


def test_secrets_are_kept_and_mask_nothing_by_default() -> None:
    secrets = Secrets(["abcd"])

    target = build_target({}, capabilities={}, paths={}, secrets=secrets)

    assert target.secrets is secrets
    assert target_of({}).secrets.mask(b"abcd") == b"abcd"
