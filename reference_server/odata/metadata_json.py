"""$metadata in CSDL JSON 4.01, and the service document.

Knows those notations. Refuses to know what is annotated, and why.

Spec: ODATA-DISC-01 to ODATA-DISC-07
"""

from datetime import datetime
from decimal import Decimal

from reference_server.json_text import Json, write
from reference_server.model import DECIMAL_PRECISION, DECIMAL_SCALE, MODEL, EntityType, Kind
from reference_server.model import Property as Member
from reference_server.odata import annotations, operations
from reference_server.odata.annotations import Annotations
from reference_server.odata.negotiation import JsonForm, Metadata
from reference_server.odata.schema import (
    CONTAINER,
    EDM_TYPES,
    TIMESTAMP_PRECISION,
    navigations,
    type_name,
)
from reference_server.settings import ODataSettings


def service_document(root: str, form: JsonForm) -> bytes:
    """Write the service document (JSON Format 5)."""
    value: list[Json] = [
        {"name": each.name, "kind": "EntitySet", "url": each.name} for each in MODEL
    ]
    function = operations.STOCK_VALUE
    value.append({"name": function, "kind": "FunctionImport", "url": function})
    head: dict[str, Json] = {}
    if form.metadata is not Metadata.NONE:
        head = {f"{form.prefix}context": f"{root}/$metadata"}
    return write({**head, "value": value})


def metadata_json(settings: ODataSettings) -> bytes:
    """Write the metadata document."""
    schema: dict[str, Json] = {
        type_name(entity): _entity_type(entity, settings) for entity in MODEL
    }
    product = f"{settings.namespace}.{type_name(_products())}"
    schema[operations.RESTOCK] = [
        {
            "$Kind": "Action",
            "$Parameter": [
                {"$Name": name, "$Type": EDM_TYPES[each.kind]}
                for name, each in operations.RESTOCK_PARAMETERS.items()
            ],
            "$ReturnType": {"$Type": product},
        }
    ]
    schema[operations.STOCK_VALUE] = [
        {"$Kind": "Function", "$ReturnType": {"$Type": "Edm.Decimal", "$Scale": "variable"}}
    ]
    schema[CONTAINER] = _container(settings)
    return write(
        {
            "$Version": "4.01",
            "$EntityContainer": f"{settings.namespace}.{CONTAINER}",
            "$Reference": {
                f"{url}.json": {"$Include": [{"$Namespace": namespace, "$Alias": alias}]}
                for alias, namespace, url in annotations.VOCABULARIES
            },
            settings.namespace: schema,
        }
    )


def _entity_type(entity: EntityType, settings: ODataSettings) -> Json:
    told: dict[str, Json] = {"$Kind": "EntityType", "$Key": [entity.properties[0].name]}
    for each in entity.properties:
        told[each.name] = _property(each)
    for navigation in navigations(entity.name).values():
        target = next(each for each in MODEL if each.name == navigation.target)
        written: dict[str, Json] = {
            "$Kind": "NavigationProperty",
            "$Type": f"{settings.namespace}.{type_name(target)}",
            "$Partner": navigation.partner,
        }
        if navigation.collection:
            written["$Collection"] = True
        else:
            reference = entity.find(navigation.reference)
            assert reference is not None
            written["$Nullable"] = reference.nullable
            key = target.properties[0].name
            written["$ReferentialConstraint"] = {navigation.reference: key}
        told[navigation.name] = written
    return told


def _property(each: Member) -> Json:
    told: dict[str, Json] = {}
    if each.kind is not Kind.TEXT:
        told["$Type"] = EDM_TYPES[each.kind]
    if each.nullable:
        told["$Nullable"] = True
    if each.max_chars or each.max_bytes:
        told["$MaxLength"] = each.max_chars or each.max_bytes
    if each.kind is Kind.DECIMAL:
        told |= {"$Precision": DECIMAL_PRECISION, "$Scale": DECIMAL_SCALE}
    if each.kind is Kind.TIMESTAMP:
        told["$Precision"] = TIMESTAMP_PRECISION
    if each.default is not None:
        assert not isinstance(each.default, (datetime, bytes, Decimal))
        told["$DefaultValue"] = each.default
    return {**told, **_annotations(annotations.property_annotations(each))}


def _container(settings: ODataSettings) -> Json:
    told: dict[str, Json] = {"$Kind": "EntityContainer"}
    for entity in MODEL:
        bindings: dict[str, Json] = {
            name: navigation.target for name, navigation in navigations(entity.name).items()
        }
        told[entity.name] = {
            "$Collection": True,
            "$Type": f"{settings.namespace}.{type_name(entity)}",
            "$NavigationPropertyBinding": bindings,
            **_annotations(annotations.set_annotations(settings)),
        }
    told[operations.RESTOCK] = {
        "$Action": f"{settings.namespace}.{operations.RESTOCK}",
        "$EntitySet": operations.PRODUCTS,
    }
    told[operations.STOCK_VALUE] = {
        "$Function": f"{settings.namespace}.{operations.STOCK_VALUE}",
        "$IncludeInServiceDocument": True,
    }
    return {**told, **_annotations(annotations.container_annotations(settings))}


def _products() -> EntityType:
    return next(each for each in MODEL if each.name == operations.PRODUCTS)


def _annotations(told: Annotations) -> dict[str, Json]:
    return {f"@{term}": _value(value) for term, value in told.items()}


def _value(value: annotations.Value) -> Json:
    match value:
        case annotations.Member():
            return value.name
        case list():
            return [_value(each) for each in value]
        case dict():
            return {name: _value(each) for name, each in value.items()}
        case _:
            return value
