"""The types of a service's metadata as JSON Schemas of their values (JSON Format 7).

Knows what a value may look like in a body. Refuses to know URLs and operations.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from conformance.discovery.csdl import (
    Facets,
    Metadata,
    Property,
    StructuredType,
    TypeRef,
)
from conformance.words.json_value import ABSENT, Json

_CORE: Final = "Org.OData.Core.V1"
# Bounds of the integer types (CSDL 3.3); of Int64 those that every JSON reader holds.
_INTEGERS: Final[Mapping[str, tuple[int, int]]] = {
    "Edm.Byte": (0, 2**8 - 1),
    "Edm.SByte": (-(2**7), 2**7 - 1),
    "Edm.Int16": (-(2**15), 2**15 - 1),
    "Edm.Int32": (-(2**31), 2**31 - 1),
    "Edm.Int64": (-(2**53) + 1, 2**53 - 1),
}
_MAX_TEXT: Final = 40  # of text that is made up, where the type allows more
_TEXT: Final = "Edm.String"
# Of a key: what stands in a URL as it is.
_KEY_TEXT: Final[dict[str, Json]] = {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,40}$"}
_FORMS: Final[Mapping[str, str]] = {
    "Edm.Guid": "^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$",
    "Edm.Date": "^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$",
    "Edm.TimeOfDay": "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,3})?$",
    "Edm.Duration": "^PT[0-9]{1,4}S$",
    "Edm.Binary": "^([A-Za-z0-9_-]{4}){0,8}$",
    "Edm.DateTimeOffset": (
        "^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
        "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,3})?Z$"
    ),
}


def entity_read(metadata: Metadata, entity_type: StructuredType) -> dict[str, Json]:
    """Return the schema of an entity in a response.

    No property is required, since `$select` may have left any out, and others may be there.
    """
    properties: dict[str, Json] = {
        one.name: value_read(metadata, one.type, is_nullable=one.is_nullable)
        for one in entity_type.properties.values()
    }
    return {"type": "object", "properties": properties}


def entity_written(
    metadata: Metadata, entity_type: StructuredType, *, is_change: bool = False
) -> dict[str, Json]:
    """Return the schema of an entity in a request; a change names no key and may leave all out."""
    keys = {part.path for part in entity_type.key}
    # What refers to another entity is made by linking it, and can't be made up.
    referring = {name for one in entity_type.navigation.values() for name in one.constraints}
    properties: dict[str, Json] = {}
    required: list[Json] = []
    for one in entity_type.properties.values():
        is_left_out = one.name in keys if is_change else one.name in referring and one.is_nullable
        if is_left_out or _is_computed(metadata, one):
            continue
        is_key = one.name in keys and one.type.name == _TEXT
        properties[one.name] = _KEY_TEXT if is_key else _value_written(metadata, one)
        has_default = one.is_nullable or one.type.is_collection or one.default is not ABSENT
        if not is_change and not has_default:
            required.append(one.name)
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def value_read(metadata: Metadata, of: TypeRef, *, is_nullable: bool) -> dict[str, Json]:
    """Return the schema of a value in a response; of one that is not known all is allowed."""
    if of.is_collection:
        items = value_read(metadata, TypeRef(name=of.name), is_nullable=True)
        return {"type": "array", "items": items}
    primitive, _ = metadata.primitive(of.name)
    kinds: list[Json] = []
    if primitive in _INTEGERS:
        kinds = ["integer"]
    elif primitive in ("Edm.Decimal", "Edm.Double", "Edm.Single"):
        kinds = ["number", "string"]  # INF and NaN are text (JSON Format 7.1)
    elif primitive == "Edm.Boolean":
        kinds = ["boolean"]
    elif primitive in (_TEXT, *_FORMS) or primitive in metadata.enums:
        kinds = ["string"]
    elif primitive in metadata.structured:
        kinds = ["object"]
    if not kinds:
        return {}
    return {"type": [*kinds, "null"] if is_nullable else kinds}


def _value_written(metadata: Metadata, one: Property) -> Json:
    if one.type.is_collection:
        return {"type": "array", "items": _made(metadata, one.type.name, one.facets)}
    made = _made(metadata, one.type.name, one.facets)
    return {"anyOf": [made, {"type": "null"}]} if one.is_nullable else made


def _made(metadata: Metadata, name: str, facets: Facets) -> dict[str, Json]:
    """Return the schema of values of one type that may be sent."""
    primitive, own = metadata.primitive(name, facets)
    if primitive in _INTEGERS:
        least, most = _INTEGERS[primitive]
        return {"type": "integer", "minimum": least, "maximum": most}
    if primitive in ("Edm.Decimal", "Edm.Double", "Edm.Single"):
        return {"type": "integer", "minimum": -9_999, "maximum": 9_999}
    if primitive == "Edm.Boolean":
        return {"type": "boolean"}
    if primitive == _TEXT:
        longest = _MAX_TEXT if own.max_length is None else min(_MAX_TEXT, own.max_length)
        return {"type": "string", "maxLength": longest}
    if primitive in _FORMS:
        return {"type": "string", "pattern": _FORMS[primitive]}
    if primitive in metadata.enums:
        return {"enum": list(metadata.enums[primitive].members)}
    if primitive in metadata.structured:
        return _complex(metadata, metadata.structured[primitive])
    return {"type": "null"}


def _complex(metadata: Metadata, of: StructuredType) -> dict[str, Json]:
    """Return the schema of a complex value, without those in it: a type may hold itself."""
    flat = {
        name: one
        for name, one in of.properties.items()
        if metadata.primitive(one.type.name)[0] not in metadata.structured
    }
    return entity_written(metadata, replace(of, properties=flat))


def key_literal(metadata: Metadata, entity_type: StructuredType) -> dict[str, Json] | None:
    """Return the schema of what stands in the parentheses of a key; None for one of several parts.

    Spec: ODATA-URL-4.3.1
    """
    if len(entity_type.key) != 1:
        return None
    declared = entity_type.property_at(entity_type.key[0].path, metadata)
    if declared is None:
        return None
    primitive, _ = metadata.primitive(declared.type.name)
    if primitive == _TEXT:
        return {"type": "string", "pattern": "^'[A-Za-z0-9_ .-]{1,40}'$"}
    if primitive in _INTEGERS:
        least, most = _INTEGERS[primitive]
        return {"type": "integer", "minimum": least, "maximum": most}
    if primitive in ("Edm.Guid", "Edm.Date"):
        return {"type": "string", "pattern": _FORMS[primitive]}
    return None


def _is_computed(metadata: Metadata, one: Property) -> bool:
    return metadata.annotation(one.target, f"{_CORE}.Computed") is True
