"""A metadata document as an observation tells of it.

Pure. Knows what a document says of itself. Refuses to know what the service does.
"""

from collections.abc import Iterator
from typing import Final

from conformance.discovery.csdl import CAPABILITIES, Metadata, StructuredType
from conformance.discovery.csdl_json import read_csdl_json
from conformance.discovery.csdl_xml import read_csdl_xml
from conformance.discovery.odata_capabilities import service_capabilities, set_capabilities
from conformance.words.json_value import Json

MAX_TOLD: Final = 50  # of each list; a broken document of thousands of sets says no more by all


def describe_metadata(content_type: str, body: bytes) -> Json:
    """Return the `/csdl` part of an observation.

    Args:
        content_type: tells XML from JSON; without one the first byte does.
        body: content codings taken off.

    Spec: ODATA-DISC-02, ODATA-DISC-03, ODATA-DISC-07
    """
    is_json = "json" in content_type or body.lstrip(b" \t\r\n")[:1] == b"{"
    metadata = read_csdl_json(body) if is_json else read_csdl_xml(body)
    # Any JSON object looks like a schema, and any XML like a document without one.
    is_there = bool(metadata.version if is_json else metadata.version or metadata.schemas)
    declared = service_capabilities(metadata)
    seen: dict[str, Json] = {
        "format": ("json" if is_json else "xml") if is_there else "none",
        "version": metadata.version,
        "schemas": len(metadata.schemas),
        "has_container": metadata.container is not None,
        "sets": len(metadata.sets),
        "untyped_sets": _first(_untyped(metadata)),
        "keyless_sets": _first(_keyless(metadata)),
        "lost_keys": _first(_lost_keys(metadata)),
        "lost_targets": _first(_lost_targets(metadata)),
        "problems": _first(map(str, metadata.problems)),
        "conflicts": _first(map(str, declared.conflicts or ())),
        "capabilities": _count_capabilities(metadata),
        "versions": list(declared.versions or ()),
        "unreadable_sets": _first(
            name for name in metadata.sets if set_capabilities(metadata, name).readable is False
        ),
    }
    if declared.conformance_level is not None:
        seen["conformance_level"] = declared.conformance_level
    return seen


def _first(names: Iterator[str]) -> list[Json]:
    return [name for name, _ in zip(names, range(MAX_TOLD), strict=False)]


def _untyped(metadata: Metadata) -> Iterator[str]:
    for one in metadata.sets.values():
        declared = metadata.type_of(one)
        # A type of another namespace may stand in a document that this one refers to.
        is_here = one.type_name.rpartition(".")[0] in {each.namespace for each in metadata.schemas}
        if (declared is None and is_here) or (declared is not None and not declared.is_entity):
            yield one.name


def _keyless(metadata: Metadata) -> Iterator[str]:
    for one in metadata.sets.values():
        declared = metadata.type_of(one)
        if declared is None or not declared.is_entity or declared.is_abstract:
            continue  # an abstract type may leave its key to those that derive from it (CSDL 6.5)
        if not declared.key and _bases_are_here(metadata, declared):
            yield one.name


def _bases_are_here(metadata: Metadata, declared: StructuredType) -> bool:
    """Tell whether no base type, which might have a key, stands in another document."""
    passed: set[str] = set()
    here: StructuredType | None = declared
    while here is not None and here.base and here.name not in passed:
        passed.add(here.name)
        here = metadata.structured.get(here.base)
    return here is not None


def _lost_keys(metadata: Metadata) -> Iterator[str]:
    for one in metadata.sets.values():
        declared = metadata.type_of(one)
        for part in declared.key if declared is not None else ():
            assert declared is not None
            if declared.property_at(part.path, metadata) is None:
                yield f"{one.name}/{part.path}"


def _lost_targets(metadata: Metadata) -> Iterator[str]:
    container = metadata.container
    if container is None:
        return
    names = {*container.sets, *container.singletons, *container.imports}
    for target in metadata.annotations:
        before, slash, name = target.partition("/")
        if slash and before == container.name and name.split("/")[0] not in names:
            yield target


def _count_capabilities(metadata: Metadata) -> int:
    return sum(
        term.startswith(f"{CAPABILITIES}.")
        for annotated in metadata.annotations.values()
        for term, _ in annotated
    )
