"""Settings and features."""

import dataclasses
import re

import pytest

from reference_server.errors import InputError
from reference_server.settings import (
    FEATURES,
    JsonRpcSettings,
    ODataSettings,
    Settings,
    everything_on,
)


def test_every_feature_is_off_until_it_is_switched_on() -> None:
    plain, full = flags_of(Settings()), flags_of(everything_on(Settings()))

    assert plain.keys() == set(FEATURES.values())
    assert not any(plain.values())
    assert all(full.values())


def flags_of(settings: Settings) -> dict[str, bool]:
    return {
        field.name: getattr(half, field.name)
        for half in (settings.jsonrpc, settings.odata)
        for field in dataclasses.fields(half)
        if field.name.startswith("enable_")
    }


def test_a_rule_of_odata_is_no_feature() -> None:
    assert not everything_on(Settings()).odata.require_if_match


@pytest.mark.parametrize("name", ["", "1a", "a.", "a b", "a..b"])
def test_a_namespace_is_made_of_identifiers(name: str) -> None:
    line = f"namespace: expected a namespace such as Wirecheck, saw {name!r}"

    with pytest.raises(InputError, match=f"^{re.escape(line)}$"):
        ODataSettings(namespace=name)


def test_single_features_can_be_left_out() -> None:
    some = everything_on(Settings(), without=["chaining", "sessions"]).jsonrpc

    assert (some.enable_chaining, some.enable_sessions, some.enable_examples) == (
        False,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("chainin", " (did you mean 'chaining'?)", id="near"),
        pytest.param("x", "", id="far"),
    ],
)
def test_an_unknown_feature_is_told_with_the_nearest_one(name: str, hint: str) -> None:
    line = (
        "--without: expected one of async, batch, chaining, etags, examples, introspection,"
        f" progress, sessions, saw {name!r}{hint}"
    )

    with pytest.raises(InputError, match=f"^{re.escape(line)}$"):
        everything_on(Settings(), without=[name])


@pytest.mark.parametrize("path", ["rpc", "/rpc/", "", "/rpc?x"])
def test_a_base_path_is_an_absolute_path(path: str) -> None:
    line = f"base_path: expected a path such as /rpc, saw {path!r}"

    with pytest.raises(InputError, match=f"^{re.escape(line)}$"):
        JsonRpcSettings(base_path=path)


@pytest.mark.parametrize("path", ["/", "/rpc", "/a/b"])
def test_these_are_base_paths(path: str) -> None:
    assert JsonRpcSettings(base_path=path).base_path == path


@pytest.mark.parametrize("depth", [0, 401])
def test_a_number_out_of_range_is_refused(depth: int) -> None:
    line = f"max_depth: expected a number from 1 to 400, saw {depth}"

    with pytest.raises(InputError, match=f"^{re.escape(line)}$"):
        JsonRpcSettings(max_depth=depth)
