"""$metadata in CSDL XML 4.01.

Knows that notation. Refuses to know what is annotated, and why.

Spec: ODATA-DISC-02 to ODATA-DISC-07, ODATA-C40-ADV-03
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import assert_never
from xml.sax.saxutils import quoteattr

from reference_server.model import DECIMAL_PRECISION, DECIMAL_SCALE, MODEL, EntityType, Kind
from reference_server.model import Property as Member
from reference_server.odata import annotations, operations
from reference_server.odata.annotations import Annotations
from reference_server.odata.schema import (
    CONTAINER,
    EDM_TYPES,
    TIMESTAMP_PRECISION,
    navigations,
    type_name,
)
from reference_server.settings import ODataSettings


def metadata_xml(settings: ODataSettings) -> bytes:
    """Write the metadata document."""
    return "".join(_document(settings)).encode("utf-8")


def _document(settings: ODataSettings) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield '<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">'
    for alias, namespace, url in annotations.VOCABULARIES:
        yield f'<edmx:Reference Uri="{url}.xml">'
        yield f'<edmx:Include Namespace="{namespace}" Alias="{alias}"/></edmx:Reference>'
    yield "<edmx:DataServices>"
    namespace = quoteattr(settings.namespace)
    yield f'<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace={namespace}>'
    for entity in MODEL:
        yield from _entity_type(entity, settings)
    yield from _operations(settings)
    yield from _container(settings)
    yield "</Schema></edmx:DataServices></edmx:Edmx>"


def _entity_type(entity: EntityType, settings: ODataSettings) -> Iterator[str]:
    yield f'<EntityType Name="{type_name(entity)}">'
    yield f'<Key><PropertyRef Name="{entity.properties[0].name}"/></Key>'
    for each in entity.properties:
        yield _element("Property", _facets(each), annotations.property_annotations(each))
    for navigation in navigations(entity.name).values():
        target = next(each for each in MODEL if each.name == navigation.target)
        kind = f"{settings.namespace}.{type_name(target)}"
        named = {"Name": navigation.name, "Partner": navigation.partner}
        if navigation.collection:
            yield _element("NavigationProperty", {**named, "Type": f"Collection({kind})"}, {})
        else:
            reference = entity.find(navigation.reference)
            assert reference is not None
            nullable = "true" if reference.nullable else "false"
            attributes = _attributes({**named, "Type": kind, "Nullable": nullable})
            key = target.properties[0].name
            yield f"<NavigationProperty{attributes}><ReferentialConstraint"
            yield f' Property="{navigation.reference}" ReferencedProperty="{key}"/>'
            yield "</NavigationProperty>"
    yield "</EntityType>"


def _facets(each: Member) -> dict[str, str]:
    facets = {"Name": each.name, "Type": EDM_TYPES[each.kind]}
    facets["Nullable"] = "true" if each.nullable else "false"
    if each.max_chars:
        facets["MaxLength"] = str(each.max_chars)
    if each.max_bytes:
        facets["MaxLength"] = str(each.max_bytes)
    if each.kind is Kind.DECIMAL:
        facets |= {"Precision": str(DECIMAL_PRECISION), "Scale": str(DECIMAL_SCALE)}
    if each.kind is Kind.TIMESTAMP:
        facets["Precision"] = str(TIMESTAMP_PRECISION)
    if each.default is not None:
        assert not isinstance(each.default, (datetime, bytes))
        facets["DefaultValue"] = str(each.default).lower()
    return facets


def _operations(settings: ODataSettings) -> Iterator[str]:
    product = f"{settings.namespace}.{type_name(_products())}"
    yield f'<Action Name="{operations.RESTOCK}">'
    for name, each in operations.RESTOCK_PARAMETERS.items():
        yield _element(
            "Parameter", {"Name": name, "Type": EDM_TYPES[each.kind], "Nullable": "false"}, {}
        )
    yield f'<ReturnType Type="{product}" Nullable="false"/></Action>'
    yield f'<Function Name="{operations.STOCK_VALUE}">'
    yield '<ReturnType Type="Edm.Decimal" Nullable="false" Scale="variable"/></Function>'


def _products() -> EntityType:
    return next(each for each in MODEL if each.name == operations.PRODUCTS)


def _container(settings: ODataSettings) -> Iterator[str]:
    yield f'<EntityContainer Name="{CONTAINER}">'
    for entity in MODEL:
        kind = f"{settings.namespace}.{type_name(entity)}"
        yield f'<EntitySet Name="{entity.name}" EntityType="{kind}">'
        for navigation in navigations(entity.name).values():
            yield f'<NavigationPropertyBinding Path="{navigation.name}"'
            yield f' Target="{navigation.target}"/>'
        yield _annotations(annotations.set_annotations(settings))
        yield "</EntitySet>"
    action, function = operations.RESTOCK, operations.STOCK_VALUE
    yield f'<ActionImport Name="{action}" Action="{settings.namespace}.{action}"'
    yield f' EntitySet="{operations.PRODUCTS}"/>'
    yield f'<FunctionImport Name="{function}" Function="{settings.namespace}.{function}"'
    yield ' IncludeInServiceDocument="true"/>'
    yield _annotations(annotations.container_annotations(settings))
    yield "</EntityContainer>"


def _element(name: str, attributes: Mapping[str, str], inside: Annotations) -> str:
    opened = f"<{name}{_attributes(attributes)}"
    return f"{opened}>{_annotations(inside)}</{name}>" if inside else f"{opened}/>"


def _attributes(attributes: Mapping[str, str]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())


def _annotations(told: Annotations) -> str:
    return "".join(_valued(f'Annotation Term="{term}"', value) for term, value in told.items())


def _valued(opening: str, value: annotations.Value) -> str:
    """Write an element that has a value: as an attribute, or as an element inside."""
    name = opening.partition(" ")[0]
    match value:
        case bool():
            return f'<{opening} Bool="{str(value).lower()}"/>'
        case str():
            return f"<{opening} String={quoteattr(value)}/>"
        case annotations.Member():
            return f'<{opening} EnumMember="{value.type_name}/{value.name}"/>'
        case list():
            return f"<{opening}><Collection>{''.join(map(_entry, value))}</Collection></{name}>"
        case dict():
            return _record(opening, value)
    assert_never(value)


def _record(opening: str, value: dict[str, annotations.Value]) -> str:
    name = opening.partition(" ")[0]
    inside = "".join(
        _valued(f'PropertyValue Property="{each}"', inner) for each, inner in value.items()
    )
    return f"<{opening}><Record>{inside}</Record></{name}>"


def _entry(value: annotations.Value) -> str:
    assert isinstance(value, str)
    return f"<String>{value}</String>"
