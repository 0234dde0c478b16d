"""A target as scenarios see it: capabilities, and the document behind `${target/…}`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from conformance.words.bindings import complete_jsonrpc, complete_objectql
from conformance.words.catalogue import Capability
from conformance.words.event_stream_target import complete_sse, sse_offers
from conformance.words.json_value import Json, is_array, is_object
from conformance.words.secrets import Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One target, ready to be judged.

    `offers` says of each capability whether the target has it; a name that is not in it is not
    known. `document` is what `${target/…}` leads into.
    """

    name: str
    version: str = ""
    vendor: str = ""
    urls: Mapping[str, str]
    document: Mapping[str, Json]
    offers: Mapping[str, bool]
    allows_writes: bool = False
    secrets: Secrets = field(default_factory=Secrets)

    @property
    def capabilities(self) -> list[str]:
        """Names of what the target offers, sorted."""
        return sorted(name for name, offered in self.offers.items() if offered)


_JSONRPC_BINDINGS: Final = (
    "ok", "no_params", "positional", "named", "invalid_params", "failing", "application_error",
    "slow", "echo", "void", "effect", "methods", "get",
)  # fmt: skip


def build_target(
    profile: Mapping[str, Json],
    *,
    capabilities: Mapping[str, Capability],
    paths: Mapping[str, tuple[str, str]],
    discovered: Mapping[str, bool] | None = None,
    secrets: Secrets | None = None,
) -> Target:
    """Make a target of a profile whose discovered parts have been filled in.

    Args:
        profile: by `schemas/profile.schema.json`.
        capabilities: all that there are, for the assumed ones.
        paths: for each surface, its request-target and Host.
        discovered: what discovery saw to be there (true) or not (false).
        secrets: what reports must not hold.
    """
    document: dict[str, Json] = {}
    offers = {name: True for name, one in capabilities.items() if one.kind == "assumed"}
    offers |= dict(discovered or {})
    urls: dict[str, str] = {}
    for surface in ("jsonrpc", "odata", "sse"):
        section = profile.get(surface)
        if not is_object(section):
            continue
        urls[surface] = str(section["url"])
        path, host = paths[surface]
        document[surface] = {**section, "path": path, "host": host}
        offers[surface] = True
    if is_object(rpc := document.get("jsonrpc")):
        completed = complete_jsonrpc(rpc)
        document["jsonrpc"] = completed
        offers |= _jsonrpc_offers(completed)
    if is_object(sse := document.get("sse")):
        document["sse"] = complete_sse(sse, str(sse["path"]))
        section = profile.get("sse")
        offers |= sse_offers(section if is_object(section) else {})
    if is_object(objectql := profile.get("objectql")):
        document["objectql"] = complete_objectql(objectql)
        offers |= {f"objectql.{name}": bool(value) for name, value in objectql.items()}
        for name in ("chaining", "sessions", "progress"):
            offers[f"objectql.no-{name}"] = objectql.get(name) is False
    if is_object(declared := profile.get("capabilities")):
        offers |= {name: value is True for name, value in declared.items()}
    offers["jsonrpc.no-batch"] = offers.get("jsonrpc.batch") is False
    return Target(
        name=str(profile.get("name", "") or next(iter(urls.values()), "target")),
        version=str(profile.get("version", "")),
        vendor=str(profile.get("vendor", "")),
        urls=urls,
        document=document,
        offers=offers,
        allows_writes=profile.get("allow_writes") is True,
        secrets=secrets or Secrets(),
    )


def _jsonrpc_offers(rpc: Mapping[str, Json]) -> dict[str, bool]:
    offers = {f"jsonrpc.{name}": True for name in _JSONRPC_BINDINGS if name in rpc}
    for name in ("positional", "named"):
        binding = rpc.get(name)
        if is_object(binding):
            params = binding["params"]
            several = (is_array(params) or is_object(params)) and len(params) > 1
            if is_array(params):
                several = several and params[0] != params[-1]
            offers[f"jsonrpc.{name}.result"] = "result" in binding
            offers[f"jsonrpc.{name}.two"] = several
    offers = {name: True for name, offered in offers.items() if offered}
    if rpc.get("examples") is True:
        offers["jsonrpc.examples"] = True
    if "max_body_bytes" in rpc:
        offers["jsonrpc.max-body"] = True
    if "cors_origin" in rpc:
        offers["jsonrpc.cors"] = True
    return offers
