"""metadata.*: the model, described for callers.

Knows the shapes of the ObjectQL surface. Refuses to know how rows are kept.
"""

from collections.abc import Mapping
from typing import Final

from reference_server.json_text import Json
from reference_server.jsonrpc.methods import Example, Method, Param
from reference_server.model import ENTITY_NAMES, KEY, MODEL, EntityType, Kind, Property, entity_type
from reference_server.rows import row_out

_TYPES: Final = ("action", "object")


def metadata_methods(actions: Mapping[str, Method]) -> list[Method]:
    """Make the methods; `actions` are described next to the model."""

    def get_all(meta_type: str) -> Json:
        if meta_type == "object":
            return [_described(entity_type(name)) for name in ENTITY_NAMES]
        return [{"name": name, "label": action.summary} for name, action in actions.items()]

    return [
        Method(
            name="metadata.list",
            summary="The names of all entity types",
            run=lambda: list(ENTITY_NAMES),
            result={"type": "array", "items": {"type": "string"}},
            safe=True,
            examples=(Example(name="all", params=[], result=list(ENTITY_NAMES)),),
        ),
        Method(
            name="metadata.get",
            summary="One entity type, or null if there is none",
            run=_get,
            params=(Param(name="objectName", schema={"type": "string"}),),
            result={"type": ["object", "null"]},
            safe=True,
            examples=(Example(name="none", params=["nosuch"], result=None),),
        ),
        Method(
            name="metadata.getAll",
            summary="Everything of one kind of metadata",
            run=get_all,
            params=(Param(name="metaType", schema={"type": "string", "enum": list(_TYPES)}),),
            result={"type": "array", "items": {"type": "object"}},
            safe=True,
        ),
    ]


def _get(name: str) -> Json:
    return next((_described(entity) for entity in MODEL if entity.name == name), None)


def _described(entity: EntityType) -> Json:
    fields: dict[str, Json] = {each.name: _field(each) for each in entity.properties}
    return {"name": entity.name, "fields": fields}


def _field(each: Property) -> Json:
    field: dict[str, Json] = {
        "type": each.kind.value,
        "required": each.required,
        "nullable": each.nullable,
        "unique": each.unique or each.name == KEY,
    }
    if each.kind is Kind.TEXT:
        field["maxLength"] = each.max_chars
    if each.default is not None:
        field["default"] = row_out({each.name: each.default})[each.name]
    if each.refers_to is not None:
        field["reference"] = each.refers_to
    return field
