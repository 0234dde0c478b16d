"""A metadata document put together: inheritance, extended containers, and what does not fit."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from conformance.discovery.csdl import (
    Container,
    EntitySet,
    Metadata,
    StructuredType,
    TypeRef,
)
from conformance.discovery.csdl_fields import Problems

PRIMITIVE_TYPES: Final = frozenset(
    f"Edm.{name}"
    for name in (
        "Binary", "Boolean", "Byte", "Date", "DateTimeOffset", "Decimal", "Double", "Duration",
        "Guid", "Int16", "Int32", "Int64", "SByte", "Single", "Stream", "String", "TimeOfDay",
        "Geography", "GeographyPoint", "GeographyLineString", "GeographyPolygon",
        "GeographyMultiPoint", "GeographyMultiLineString", "GeographyMultiPolygon",
        "GeographyCollection", "Geometry", "GeometryPoint", "GeometryLineString",
        "GeometryPolygon", "GeometryMultiPoint", "GeometryMultiLineString",
        "GeometryMultiPolygon", "GeometryCollection",
    )
)  # fmt: skip
# Ten is a lot in real documents; a long chain costs its square to merge.
MAX_BASES: Final = 50
_ABSTRACT_TYPES: Final = frozenset(
    {"Edm.PrimitiveType", "Edm.ComplexType", "Edm.EntityType", "Edm.Untyped"}
)
# Types that may stand for a key property (CSDL 6.5), besides enumerations.
KEY_TYPES: Final = frozenset(
    f"Edm.{name}"
    for name in (
        "Boolean", "Byte", "Date", "DateTimeOffset", "Decimal", "Duration", "Guid", "Int16",
        "Int32", "Int64", "SByte", "String", "TimeOfDay",
    )
)  # fmt: skip


def link(
    raw: Metadata,
    *,
    containers: Mapping[str, tuple[str, Container]],
    chosen: str,
    problems: Problems,
) -> Metadata:
    """Return a document with bases merged in, its container chosen, and its problems.

    Args:
        raw: types as they were declared.
        containers: by name, with the name of the one that each extends.
        chosen: the name of the service's container; empty where the document does not tell.
        problems: those found so far; more are added.
    """
    structured = {name: _whole(one, raw, problems) for name, one in raw.structured.items()}
    merged = replace(raw, structured=structured)
    container = _choose(containers, chosen, problems)
    if container is not None:
        merged = replace(merged, container=container)
    for one in structured.values():
        _check_members(one, merged, problems)
    _check_container(merged, problems)
    return replace(merged, problems=problems.as_tuple())


def _whole(one: StructuredType, raw: Metadata, problems: Problems) -> StructuredType:
    """Return a type with what it inherits, base first; a base that is unknown or a loop ends it."""
    line = [one]
    while base := line[-1].base:
        above = raw.structured.get(base)
        if above is None:
            detail = f"expected the base type to be declared, saw {base!r}"
            problems.add("unknown-type", line[-1].name, detail)
            break
        if len(line) > MAX_BASES or any(above.name == each.name for each in line):
            detail = f"expected at most {MAX_BASES} base types and no loop, saw {base!r}"
            problems.add("base-loop", line[-1].name, detail)
            break
        line.append(above)
    line.reverse()
    return replace(
        one,
        key=next((each.key for each in reversed(line) if each.key), ()),
        is_open=any(each.is_open for each in line),
        has_stream=any(each.has_stream for each in line),
        properties={name: each for level in line for name, each in level.properties.items()},
        navigation={name: each for level in line for name, each in level.navigation.items()},
    )


def _choose(
    containers: Mapping[str, tuple[str, Container]], chosen: str, problems: Problems
) -> Container | None:
    if chosen and chosen not in containers:
        problems.add("unknown-container", "", f"expected the container {chosen!r}, saw none")
    if chosen not in containers:
        if not containers:
            problems.add("no-container", "", "expected an entity container, saw none")
            return None
        extended = {extends for extends, _ in containers.values()}
        ends = [name for name in containers if name not in extended]
        if len(ends) > 1:
            detail = f"expected one entity container, saw {', '.join(ends)}"
            problems.add("many-containers", "", detail)
        chosen = next(iter([*ends, *containers]))
    line = [chosen]
    while base := containers[line[-1]][0]:
        if base not in containers or base in line:
            detail = f"expected the container {base!r} of this document, and no loop"
            problems.add("unknown-container", line[-1], detail)
            break
        line.append(base)
    parts = [containers[name][1] for name in reversed(line)]
    return Container(
        name=chosen,
        sets={name: one for part in parts for name, one in part.sets.items()},
        singletons={name: one for part in parts for name, one in part.singletons.items()},
        imports={name: one for part in parts for name, one in part.imports.items()},
    )


def _is_known(name: str, types: Metadata) -> bool:
    return (
        name in PRIMITIVE_TYPES
        or name in types.structured
        or name in types.enums
        or name in types.definitions
        # Vocabularies may lend types as well, and paths are types of annotations.
        or name in _ABSTRACT_TYPES
        or (name.startswith("Edm.") and name.endswith("Path"))
    )


def _types_of(one: StructuredType) -> Iterator[tuple[str, TypeRef, str]]:
    """Yield place, type and kind of what a type declares itself."""
    own = f"{one.name}/"
    for each in one.properties.values():
        if each.target.startswith(own):
            yield each.target, each.type, "property"
    for link_ in one.navigation.values():
        if link_.target.startswith(own):
            yield link_.target, link_.type, "navigation property"


def _check_members(one: StructuredType, types: Metadata, problems: Problems) -> None:
    for where, type_, kind in _types_of(one):
        if not _is_known(type_.name, types):
            detail = f"expected a known type of the {kind}, saw {type_.name!r}"
            problems.add("unknown-type", where, detail)
        elif kind == "navigation property" and not _is_entity(type_.name, types):
            detail = f"expected the navigation property to lead to entities, saw {type_.name!r}"
            problems.add("not-an-entity-type", where, detail)
    if one.is_entity:
        _check_key(one, types, problems)


def _is_entity(name: str, types: Metadata) -> bool:
    found = types.structured.get(name)
    return name == "Edm.EntityType" or (found is not None and found.is_entity)


def _check_key(one: StructuredType, types: Metadata, problems: Problems) -> None:
    if not one.key and not one.is_abstract:
        problems.add("no-key", one.name, "expected a key on an entity type, saw none")
    for part in one.key:
        key_property = one.property_at(part.path, types)
        if key_property is None:
            detail = f"expected the key property {part.path!r} to be declared, saw none of its name"
            problems.add("unknown-key", one.name, detail)
            continue
        name = types.primitive(key_property.type.name)[0]
        is_value = name in KEY_TYPES or name in types.enums
        if _is_known(name, types) and (not is_value or key_property.type.is_collection):
            detail = f"expected a key property of a type for keys, saw {key_property.type}"
            problems.add("bad-key-type", key_property.target, detail)
        if key_property.is_nullable:
            detail = "expected a key property that is not nullable, saw a nullable one"
            problems.add("nullable-key", key_property.target, detail)


def _check_container(types: Metadata, problems: Problems) -> None:
    container = types.container
    if container is None:
        return
    for one in (*container.sets.values(), *container.singletons.values()):
        if not _is_entity(one.type_name, types):
            detail = f"expected the name of an entity type, saw {one.type_name!r}"
            problems.add("unknown-type", one.target, detail)
        elif not one.is_singleton and not _has_key(one, types):
            detail = f"expected the entity type of a set to have a key, saw {one.type_name!r}"
            problems.add("set-without-key", one.target, detail)
        _check_bindings(one, container, problems)
    for each in container.imports.values():
        if not each.overloads:
            kind = "action" if each.is_action else "function"
            problems.add("unknown-operation", each.target, f"expected an unbound {kind}, saw none")


def _has_key(one: EntitySet, types: Metadata) -> bool:
    found = types.type_of(one)
    return found is not None and bool(found.key)


def _check_bindings(one: EntitySet, container: Container, problems: Problems) -> None:
    for path, name in one.bindings.items():
        if name not in container.sets and name not in container.singletons:
            detail = f"expected {path} to be bound to a set of the container, saw {name!r}"
            problems.add("unknown-set", one.target, detail)
