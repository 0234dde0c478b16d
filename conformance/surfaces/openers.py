"""Which surfaces there are, in the order in which a bare URL is tried as each."""

from collections.abc import Mapping
from typing import Final

from conformance.surfaces.access import Open
from conformance.surfaces.jsonrpc import open_jsonrpc

OPENERS: Final[Mapping[str, Open]] = {"jsonrpc": open_jsonrpc}
#: What each surface is called in messages.
TITLES: Final = {"jsonrpc": "JSON-RPC", "odata": "OData", "sse": "event stream"}
