"""The frame of an OpenAPI 3.1 document, and what the surfaces have in common in it."""

from collections.abc import Mapping
from typing import Final

from conformance.words.json_value import Json

#: 3.1 is the first whose schemas are JSON Schema 2020-12.
VERSION: Final = "3.1.0"
REFUSED: Final = "4XX"


def make_document(
    title: str,
    *,
    origin: str,
    paths: Mapping[str, Json],
    schemas: Mapping[str, Json] | None = None,
) -> dict[str, Json]:
    """Return a document.

    Args:
        title: what is described.
        origin: `scheme://host[:port]` of the server.
        paths: path items by path, which starts with a slash.
        schemas: what `#/components/schemas/` leads to.
    """
    document: dict[str, Json] = {
        "openapi": VERSION,
        "info": {"title": title, "version": "1"},
        "servers": [{"url": origin}],
        "paths": dict(paths),
    }
    if schemas:
        document["components"] = {"schemas": dict(schemas)}
    return document


def reference(name: str) -> dict[str, Json]:
    """Return a reference to a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def body_of(schemas: Mapping[str, Json]) -> dict[str, Json]:
    """Return `content` by media type; an empty schema allows everything."""
    content: dict[str, Json] = {kind: {"schema": schema} for kind, schema in schemas.items()}
    return {"content": content}
