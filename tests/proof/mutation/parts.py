"""The parts that the server's protocol code is judged by.

Knows which module belongs where. The service of OData is what batches are run on: it keeps URL
conventions, query options, formats and metadata, which are no subject of the catalogue, so its
score is told apart.
"""

from typing import Final

JSONRPC: Final = "JSON-RPC"
SSE: Final = "SSE"
BATCHES: Final = "OData: batches, change sets, references"
PROTOCOL: Final = "OData: headers, conditions, errors, jobs"
SERVICE: Final = "OData: URLs, queries, formats, metadata"
#: In the order of the tables.
PARTS: Final = (JSONRPC, SSE, BATCHES, PROTOCOL, SERVICE)
#: Those that the catalogue is about.
PROTOCOLS: Final = (JSONRPC, SSE, BATCHES, PROTOCOL)
# fmt: off
_BATCHES: Final = frozenset({
    "batch", "batches", "call", "changesets", "http_message", "json_batch", "message", "multipart",
    "multipart_batch", "parts", "references", "runner", "units",
})
_PROTOCOL: Final = frozenset({
    "conditions", "errors", "etags", "http", "jobs", "media_type", "monitors", "negotiation",
    "preferences", "service", "versions",
})
# fmt: on


def part_of(module: str) -> str:
    """Return the part that a module of the reference server belongs to."""
    _, area, *names = module.split(".")
    if area != "odata":
        return JSONRPC if area == "jsonrpc" else SSE
    name = names[0] if names else ""
    if name in _BATCHES:
        return BATCHES
    return PROTOCOL if name in _PROTOCOL else SERVICE
