"""An OData service as operations, made of its `$metadata`.

Knows resource paths, system query options and what has to come back (Protocol 11, URL
Conventions 4 and 5). What a batch holds is `odata_batch`'s.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from conformance.discovery.csdl import EntitySet, Metadata, StructuredType
from conformance.openapi.document import REFUSED, body_of, make_document, reference
from conformance.openapi.odata_batch import batch_operation
from conformance.openapi.odata_types import entity_read, entity_written, key_literal
from conformance.words.json_value import Json, is_object

TAG: Final = "odata"
_JSON: Final = "application/json"
_MOST_ROWS: Final = 20
_ERROR: Final[dict[str, Json]] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string"},
                "message": {"type": "string"},
                "target": {"type": ["string", "null"]},
                "details": {"type": "array", "items": {"type": "object"}},
                "innererror": {"type": "object"},
            },
        }
    },
}
# Each response of a service states its version (Protocol 8.1.5).
_VERSION: Final[dict[str, Json]] = {
    "OData-Version": {"required": True, "schema": {"type": "string", "enum": ["4.0", "4.01"]}}
}


def describe_odata(
    root: str,
    *,
    origin: str,
    metadata: Metadata,
    bindings: Mapping[str, Json],
    allows_writes: bool = False,
) -> dict[str, Json]:
    """Return the document of a service.

    Args:
        root: the request-target of the service root.
        origin: `scheme://host[:port]`.
        metadata: of the service.
        bindings: the profile's section, gaps filled by discovery.
        allows_writes: describe what changes entities too.
    """
    base = root.rstrip("/")
    paths: dict[str, Json] = {
        f"{base}/": {"get": _read("service", _SERVICE)},
        f"{base}/$metadata": {"get": _metadata()},
        f"{base}/$batch": {
            "post": _operation(
                "batch", **batch_operation(metadata, bindings, allows_writes=allows_writes)
            )
        },
    }
    schemas: dict[str, Json] = {"Error": _ERROR}
    for entity_set in metadata.sets.values():
        entity_type = metadata.type_of(entity_set)
        if entity_type is not None:
            schemas[f"{entity_set.name}Entity"] = entity_read(metadata, entity_type)
            paths |= _of_set(base, metadata, entity_set, entity_type, bindings, allows_writes)
    return make_document("OData service", origin=origin, paths=paths, schemas=schemas)


#: A service document (JSON Format 5).
_SERVICE: Final[dict[str, Json]] = {
    "type": "object",
    "required": ["value"],
    "properties": {
        "value": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "url"],
                "properties": {"name": {"type": "string"}, "url": {"type": "string"}},
            },
        }
    },
}


def _of_set(
    base: str,
    metadata: Metadata,
    entity_set: EntitySet,
    entity_type: StructuredType,
    bindings: Mapping[str, Json],
    allows_writes: bool,  # noqa: FBT001 - passed on
) -> dict[str, Json]:
    """Return the path items of a set and of its entities."""
    name = entity_set.name
    entity = reference(f"{name}Entity")
    rows: dict[str, Json] = {
        "type": "object",
        "required": ["value"],
        "properties": {"value": {"type": "array", "items": entity}},
    }
    options = [*_options(entity_type), *_shape_options(entity_type)]
    of_set: dict[str, Json] = {"get": _read(f"{name}-list", rows, parameters=options)}
    of_entity: dict[str, Json] = {
        "get": _read(f"{name}-read", entity, parameters=_shape_options(entity_type))
    }
    if allows_writes:
        of_set["post"] = _written(f"{name}-create", entity_written(metadata, entity_type), entity)
        changed = entity_written(metadata, entity_type, is_change=True)
        of_entity["patch"] = _written(f"{name}-change", changed, entity)
        of_entity["delete"] = _operation(f"{name}-delete", responses={"204": _nothing("Gone")})
    paths: dict[str, Json] = {f"{base}/{name}": of_set}
    key = _key(metadata, name, entity_type, bindings)
    if key is not None:
        of_entity["parameters"] = [
            {"name": "key", "in": "path", "required": True, "schema": key},
        ]
        paths[f"{base}/{name}({{key}})"] = of_entity
    return paths


def _key(
    metadata: Metadata, name: str, entity_type: StructuredType, bindings: Mapping[str, Json]
) -> Json:
    """Return the schema of a key: that of an entity which is there, or any other."""
    made = key_literal(metadata, entity_type)
    known = _known_key(name, bindings)
    if not known:
        return made
    there: dict[str, Json] = {"type": "string", "enum": [known]}
    return there if made is None else {"anyOf": [there, made]}


def _known_key(name: str, bindings: Mapping[str, Json]) -> str:
    read = bindings.get("read")
    url = str(read.get("entity", "")) if is_object(read) else ""
    if not url.startswith(f"{name}(") or not url.endswith(")") or "%" in url:
        return ""
    return url.removeprefix(f"{name}(").removesuffix(")")


def _options(entity_type: StructuredType) -> Iterator[Json]:
    """Yield the query options that choose rows (URL Conventions 5.1)."""
    names = list(entity_type.properties)
    orders: list[Json] = [f"{name}{way}" for name in names for way in ("", " asc", " desc")]
    filters: list[Json] = [f"{name} {what} null" for name in names for what in ("eq", "ne")]
    filters += [f"not ({one})" for one in filters]
    rows: dict[str, Json] = {"type": "integer", "minimum": 0, "maximum": _MOST_ROWS}
    # Always there, since each entity that is made up makes the answer without it longer.
    yield _option("$top", rows, is_required=True)
    yield _option("$skip", rows)
    yield _option("$count", {"type": "string", "enum": ["true", "false"]})
    if names:
        yield _option("$orderby", {"type": "string", "enum": orders})
        yield _option("$filter", {"type": "string", "enum": filters})


def _shape_options(entity_type: StructuredType) -> list[Json]:
    """Return the query options that choose what is shown of an entity."""
    names: list[Json] = list(entity_type.properties)
    links: list[Json] = list(entity_type.navigation)
    options: list[Json] = []
    if names:
        options.append(_option("$select", {"type": "string", "enum": [*names, "*"]}))
    if links:
        options.append(_option("$expand", {"type": "string", "enum": links}))
    return options


def _option(name: str, schema: Json, *, is_required: bool = False) -> Json:
    return {"name": name, "in": "query", "required": is_required, "schema": schema}


def _operation(
    name: str, *, responses: Mapping[str, Json], **more: Json | list[Json]
) -> dict[str, Json]:
    """Return an operation; whatever is refused is an error object (Protocol 9.4)."""
    refused: dict[str, Json] = {
        "description": "An error",
        "headers": _VERSION,
        **body_of({_JSON: reference("Error")}),
    }
    return {
        "operationId": name,
        "tags": [TAG],
        **more,
        # 501 says that the service does not know the feature (Protocol 9.3.1), and no more.
        "responses": {**responses, REFUSED: refused, "501": refused},
    }


def _read(name: str, schema: Json, *, parameters: list[Json] | None = None) -> dict[str, Json]:
    answered: dict[str, Json] = {
        "description": "What was asked for",
        "headers": _VERSION,
        **body_of({_JSON: schema}),
    }
    return _operation(name, responses={"200": answered}, parameters=parameters or [])


def _metadata() -> dict[str, Json]:
    document: dict[str, Json] = {"type": "object", "required": ["$Version"]}
    answered: dict[str, Json] = {
        "description": "The metadata",
        "headers": _VERSION,
        **body_of({"application/xml": {}, _JSON: document}),
    }
    return _operation("metadata", responses={"200": answered})


def _written(name: str, schema: Json, entity: Json) -> dict[str, Json]:
    done: dict[str, Json] = {
        "description": "Done",
        "headers": _VERSION,
        **body_of({_JSON: entity}),
    }
    asked: dict[str, Json] = {"required": True, **body_of({_JSON: schema})}
    responses: dict[str, Json] = {"200": done, "201": done, "204": _nothing("Done")}
    return _operation(name, responses=responses, requestBody=asked)


def _nothing(told: str) -> dict[str, Json]:
    return {"description": told, "headers": _VERSION}
