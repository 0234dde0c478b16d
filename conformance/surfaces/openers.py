"""Which surfaces there are, in the order in which a bare URL is tried as each."""

from collections.abc import Mapping
from typing import Final

from conformance.surfaces.access import Open
from conformance.surfaces.jsonrpc import open_jsonrpc
from conformance.surfaces.odata import open_odata
from conformance.surfaces.sse import open_sse

OPENERS: Final[Mapping[str, Open]] = {
    "jsonrpc": open_jsonrpc,
    "odata": open_odata,
    "sse": open_sse,
}
#: What each surface is called in messages.
TITLES: Final = {"jsonrpc": "JSON-RPC", "odata": "OData", "sse": "event stream"}
ANY_SURFACE: Final = "a JSON-RPC endpoint, an OData service or an event stream"
