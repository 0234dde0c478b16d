"""The JSON-RPC surface opened."""

from collections.abc import Mapping

from conformance.discovery.jsonrpc import discover_jsonrpc
from conformance.drivers.endpoint import Endpoint
from conformance.drivers.jsonrpc import JsonRpcDriver
from conformance.surfaces.access import Access, Opened
from conformance.words.json_value import ABSENT, Absent, Json, is_object
from conformance.words.profile import merge_bindings


async def open_jsonrpc(endpoint: Endpoint, section: Mapping[str, Json], access: Access) -> Opened:
    """Make the driver and ask for methods."""
    driver = JsonRpcDriver(endpoint, section=section, **access.options(endpoint, section))
    found = await discover_jsonrpc(driver, known=_known_call(section))
    return Opened(
        surface="jsonrpc",
        endpoint=endpoint,
        drivers={driver.name: driver},
        section=merge_bindings(section, found.bindings),
        found=found,
        is_alive=driver.is_alive,
    )


def _known_call(section: Mapping[str, Json]) -> tuple[str, Json | Absent] | None:
    """Return method and params of the call that the profile says to succeed."""
    calls = [
        section[name] for name in ("ok", "no_params", "positional", "named") if name in section
    ]
    call = calls[0] if calls else None
    return (str(call["method"]), call.get("params", ABSENT)) if is_object(call) else None
