"""What a service's `$metadata` says, as values: types, sets, operations, annotations.

Knows the words of CSDL 4.0 and 4.01. Refuses to know in which format they were written, and what
follows from them. All names are qualified by the namespace, never by an alias.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from conformance.words.json_value import ABSENT, Absent, Json

CORE: Final = "Org.OData.Core.V1"
CAPABILITIES: Final = "Org.OData.Capabilities.V1"
VALIDATION: Final = "Org.OData.Validation.V1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a metadata document.

    `code` is kebab-case and stable; `where` is a line of XML (`line 12`), or the path of a model
    element (`NS.Type/Property`); empty for the document as a whole.
    """

    code: str
    where: str
    detail: str

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.detail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeRef:
    """A type by its qualified name, or a collection of it."""

    name: str
    is_collection: bool = False

    def __str__(self) -> str:
        return f"Collection({self.name})" if self.is_collection else self.name


class Scale(StrEnum):
    """Scales that are no number (CSDL 7.2.4)."""

    VARIABLE = "variable"
    FLOATING = "floating"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """What bounds the values of a primitive type (CSDL 7.2).

    None says that nothing is said: any length in characters or octets, any precision in digits or
    in digits of a second.
    """

    max_length: int | None = None
    precision: int | None = None
    scale: int | Scale | None = None
    is_unicode: bool = True


NO_FACETS: Final = Facets()


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A structural property. `default` is ABSENT where there is none; null is a default.

    `target` is what an annotation on it is filed under: `NS.Type/Name` of the declaring type.
    """

    name: str
    type: TypeRef
    is_nullable: bool
    facets: Facets = NO_FACETS
    default: Json | Absent = ABSENT
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationProperty:
    """A navigation property. `constraints` leads from dependent to principal properties."""

    name: str
    type: TypeRef
    is_nullable: bool
    partner: str = ""
    contains_target: bool = False
    constraints: Mapping[str, str] = field(default_factory=dict)
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPart:
    """One property of a key: its path in the entity, and its name in key predicates."""

    path: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuredType:
    """An entity or complex type with all that it inherits, base type first."""

    name: str
    is_entity: bool
    base: str = ""
    is_abstract: bool = False
    is_open: bool = False
    has_stream: bool = False
    key: tuple[KeyPart, ...] = ()
    properties: Mapping[str, Property] = field(default_factory=dict)
    navigation: Mapping[str, NavigationProperty] = field(default_factory=dict)

    def property_at(self, path: str, types: "Metadata") -> Property | None:
        """Return the property at a path, which may lead through complex types; None if unknown."""
        here: StructuredType | None = self
        found: Property | None = None
        for name in path.split("/"):
            found = here.properties.get(name) if here else None
            here = types.structured.get(found.type.name) if found else None
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumType:
    """An enumeration: its members and their values."""

    name: str
    underlying: str = "Edm.Int32"
    is_flags: bool = False
    members: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeDefinition:
    """Another name for a primitive type, with facets of its own."""

    name: str
    underlying: str
    facets: Facets = NO_FACETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of an action or function; the first of a bound one is what it is bound to."""

    name: str
    type: TypeRef
    is_nullable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One overload of an action or function."""

    name: str
    is_action: bool
    is_bound: bool = False
    is_composable: bool = False
    parameters: tuple[Parameter, ...] = ()
    returns: TypeRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitySet:
    """An entity set, or a singleton.

    `bindings` leads from paths of navigation properties to names of sets in the same container.
    """

    name: str
    type_name: str
    is_singleton: bool = False
    bindings: Mapping[str, str] = field(default_factory=dict)
    is_in_service_document: bool = True
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationImport:
    """An action or function that can be called from the service root, with its overloads."""

    name: str
    is_action: bool
    overloads: tuple[Operation, ...] = ()
    set_name: str = ""
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """The entity container, with all that it extends."""

    name: str
    sets: Mapping[str, EntitySet] = field(default_factory=dict)
    singletons: Mapping[str, EntitySet] = field(default_factory=dict)
    imports: Mapping[str, OperationImport] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """One schema of a document, by namespace and alias (empty for none)."""

    namespace: str
    alias: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """A whole metadata document.

    `annotations` holds values by target path, then by `(term, qualifier)`. A value stands as in
    CSDL JSON: records as objects, enum members as text without their type, paths as text; an
    expression that has to be evaluated is an object with one name that starts with `$`.
    `version` is empty where the document does not tell. `problems` are in the document's order.
    """

    version: str = ""
    schemas: tuple[Schema, ...] = ()
    structured: Mapping[str, StructuredType] = field(default_factory=dict)
    enums: Mapping[str, EnumType] = field(default_factory=dict)
    definitions: Mapping[str, TypeDefinition] = field(default_factory=dict)
    operations: Mapping[str, tuple[Operation, ...]] = field(default_factory=dict)
    container: Container | None = None
    annotations: Mapping[str, Mapping[tuple[str, str], Json]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def sets(self) -> Mapping[str, EntitySet]:
        """The entity sets by name; none where there is no container."""
        return self.container.sets if self.container else {}

    def annotation(self, target: str, term: str, qualifier: str = "") -> Json | Absent:
        """Return the value of an annotation; ABSENT if there is none.

        Args:
            target: the path of a model element.
            term: qualified by its namespace, `Org.OData.Core.V1.Computed`.
            qualifier: without `#`.
        """
        return self.annotations.get(target, {}).get((term, qualifier), ABSENT)

    def type_of(self, entity_set: EntitySet) -> StructuredType | None:
        """Return the entity type of a set or singleton; None if the document lacks it."""
        return self.structured.get(entity_set.type_name)

    def primitive(self, name: str, facets: Facets = NO_FACETS) -> tuple[str, Facets]:
        """Follow a type definition to the primitive type under it, and its facets."""
        definition = self.definitions.get(name)
        if definition is None:
            return name, facets
        own, under = facets, definition.facets
        return definition.underlying, Facets(
            max_length=under.max_length if own.max_length is None else own.max_length,
            precision=under.precision if own.precision is None else own.precision,
            scale=under.scale if own.scale is None else own.scale,
            is_unicode=own.is_unicode and under.is_unicode,
        )

    def derived(self, name: str) -> Iterator[StructuredType]:
        """Yield the types that have a type among their bases, in the document's order."""
        for one in self.structured.values():
            base, seen = one.base, {one.name}
            while base and base not in seen:
                if base == name:
                    yield one
                    break
                seen.add(base)
                above = self.structured.get(base)
                base = above.base if above else ""
