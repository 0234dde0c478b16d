"""A CSDL JSON document, as a value, read into `Metadata`; whatever it holds, it never raises.

Knows CSDL JSON 4.01. `csdl_xml` writes what it reads in XML in the same form.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from conformance.discovery.csdl import (
    Container,
    EntitySet,
    EnumType,
    Facets,
    KeyPart,
    Metadata,
    NavigationProperty,
    Operation,
    OperationImport,
    Parameter,
    Problem,
    Property,
    Scale,
    Schema,
    StructuredType,
    TypeDefinition,
    TypeRef,
)
from conformance.discovery.csdl_fields import Fields, Names, Problems, seen
from conformance.discovery.csdl_link import link
from conformance.words.json_value import ABSENT, Json, is_array, is_object

_KINDS: Final = {
    "EntityType", "ComplexType", "EnumType", "TypeDefinition", "EntityContainer", "Term",
    "Action", "Function",
}  # fmt: skip


def read_document(document: Json, found: Iterable[Problem] = ()) -> Metadata:
    """Read a document.

    Args:
        document: a CSDL JSON document.
        found: problems that are known already; they come first.

    Returns:
        All that could be read, with the problems; never an error.
    """
    problems = Problems(found)
    if not is_object(document):
        problems.add("not-csdl", "", f"expected an object, saw {seen(document)}")
        return Metadata(problems=problems.as_tuple())
    return _Document(Fields(document, "", problems), problems).read()


class _Document:
    """Reads one document."""

    def __init__(self, root: Fields, problems: Problems) -> None:
        self._root = root
        self._problems = problems
        self._names = Names(problems)
        self._structured: dict[str, StructuredType] = {}
        self._enums: dict[str, EnumType] = {}
        self._definitions: dict[str, TypeDefinition] = {}
        self._operations: dict[str, tuple[Operation, ...]] = {}
        self._containers: dict[str, tuple[str, Container]] = {}
        self._annotations: dict[str, dict[tuple[str, str], Json]] = {}

    def read(self) -> Metadata:
        version = self._root.text("$Version")
        if not version:
            self._problems.add("no-version", "", "expected the version of CSDL, saw none")
        elif version not in {"4.0", "4.01", "4.02"}:
            detail = f"expected the version 4.0 or 4.01, saw {seen(version)}"
            self._problems.add("other-version", "", detail)
        schemas = self._read_names()
        for schema in schemas:
            self._read_schema(schema.namespace)
        for schema in schemas:
            fields = self._root.within(schema.namespace, where=schema.namespace)
            self._external(fields.within("$Annotations", where=schema.namespace))
        return link(
            Metadata(
                version=version,
                schemas=schemas,
                structured=self._structured,
                enums=self._enums,
                definitions=self._definitions,
                operations=self._operations,
                annotations=self._annotations,
            ),
            containers=self._containers,
            chosen=self._names.qualified(self._root.text("$EntityContainer")),
            problems=self._problems,
        )

    def _read_names(self) -> tuple[Schema, ...]:
        """Learn all namespaces and aliases, since a name may be used before it is declared."""
        for uri in self._root.object("$Reference"):
            reference = self._root.within("$Reference", where=uri).within(uri, where=uri)
            for included in reference.array("$Include"):
                if is_object(included):
                    fields = Fields(included, uri, self._problems)
                    self._names.learn(fields.text("$Namespace"), fields.text("$Alias"))
        schemas = []
        for name, value in self._root.members.items():
            if name.startswith("$") or "@" in name:
                continue
            if not is_object(value):
                detail = f"expected a schema, saw {seen(value)}"
                self._problems.add("wrong-kind", name, detail)
                continue
            alias = Fields(value, name, self._problems).text("$Alias")
            schemas.append(Schema(namespace=name, alias=alias))
            self._names.learn(name, alias)
        return tuple(schemas)

    def _read_schema(self, namespace: str) -> None:
        schema = self._root.within(namespace, where=namespace)
        self._annotate(namespace, schema)
        for name, value in _elements(schema):
            where = f"{namespace}.{name}"
            if is_array(value):
                self._read_overloads(where, value)
                continue
            fields = schema.within(name, where=where)
            kind = fields.text("$Kind")
            if kind not in _KINDS:
                if is_object(value):
                    detail = f"expected $Kind to name a kind of model element, saw {seen(kind)}"
                    self._problems.add("unknown-kind", where, detail)
                continue
            self._annotate(where, fields)
            match kind:
                case "EntityType" | "ComplexType":
                    self._structured[where] = self._structured_type(where, fields, kind)
                case "EnumType":
                    self._enums[where] = self._enum_type(where, fields)
                case "TypeDefinition":
                    underlying = self._names.qualified(fields.text("$UnderlyingType"))
                    self._definitions[where] = TypeDefinition(
                        name=where, underlying=underlying, facets=_facets(fields)
                    )
                case "EntityContainer":
                    extends = self._names.qualified(fields.text("$Extends"))
                    self._containers[where] = (extends, self._container(where, fields))
                case _:  # a term of a vocabulary, or an operation outside of an array of them
                    pass

    def _structured_type(self, where: str, fields: Fields, kind: str) -> StructuredType:
        properties: dict[str, Property] = {}
        navigation: dict[str, NavigationProperty] = {}
        for name, value in _elements(fields):
            inner = Fields(value if is_object(value) else {}, f"{where}/{name}", self._problems)
            if not is_object(value):
                fields.object(name)
                continue
            self._annotate(inner.where, inner)
            match inner.text("$Kind", "Property"):
                case "Property":
                    properties[name] = self._property(name, inner)
                case "NavigationProperty":
                    navigation[name] = self._navigation(name, inner)
                case other:
                    detail = f"expected a property or navigation property, saw {seen(other)}"
                    self._problems.add("unknown-kind", inner.where, detail)
        return StructuredType(
            name=where,
            is_entity=kind == "EntityType",
            base=self._names.qualified(fields.text("$BaseType")),
            is_abstract=fields.flag("$Abstract"),
            is_open=fields.flag("$OpenType"),
            has_stream=fields.flag("$HasStream"),
            key=tuple(self._key(fields)),
            properties=properties,
            navigation=navigation,
        )

    def _key(self, fields: Fields) -> Iterator[KeyPart]:
        for part in fields.array("$Key"):
            if isinstance(part, str):
                yield KeyPart(path=part, name=part.rpartition("/")[2])
            elif is_object(part) and all(isinstance(path, str) for path in part.values()):
                yield from (KeyPart(path=str(path), name=name) for name, path in part.items())
            else:
                detail = f"expected the name of a key property, saw {seen(part)}"
                self._problems.add("wrong-kind", fields.where, detail)

    def _type(self, fields: Fields, default: str = "Edm.String") -> TypeRef:
        name = self._names.qualified(fields.text("$Type", default))
        return TypeRef(name=name, is_collection=fields.flag("$Collection"))

    def _property(self, name: str, fields: Fields) -> Property:
        return Property(
            name=name,
            type=self._type(fields),
            is_nullable=fields.flag("$Nullable"),
            facets=_facets(fields),
            default=fields.members.get("$DefaultValue", ABSENT),
            target=fields.where,
        )

    def _navigation(self, name: str, fields: Fields) -> NavigationProperty:
        constraints = fields.object("$ReferentialConstraint")
        return NavigationProperty(
            name=name,
            type=self._type(fields, ""),
            is_nullable=fields.flag("$Nullable"),
            partner=fields.text("$Partner"),
            contains_target=fields.flag("$ContainsTarget"),
            constraints={
                one: other
                for one, other in constraints.items()
                if isinstance(other, str) and "@" not in one
            },
            target=fields.where,
        )

    def _enum_type(self, where: str, fields: Fields) -> EnumType:
        members: dict[str, int] = {}
        for name, value in _elements(fields):
            if isinstance(value, int) and not isinstance(value, bool):
                members[name] = value
            else:
                detail = f"expected the member {name} to be an integer, saw {seen(value)}"
                self._problems.add("wrong-kind", where, detail)
        return EnumType(
            name=where,
            underlying=fields.text("$UnderlyingType", "Edm.Int32"),
            is_flags=fields.flag("$IsFlags"),
            members=members,
        )

    def _read_overloads(self, where: str, values: Json) -> None:
        assert is_array(values)
        overloads = []
        for value in values:
            fields = Fields(value if is_object(value) else {}, where, self._problems)
            kind = fields.text("$Kind")
            if kind not in {"Action", "Function"}:
                detail = f"expected actions or functions, saw {seen(kind)}"
                self._problems.add("unknown-kind", where, detail)
                continue
            self._annotate(where, fields)
            returned = fields.members.get("$ReturnType", ABSENT)
            operation = Operation(
                name=where,
                is_action=kind == "Action",
                is_bound=fields.flag("$IsBound"),
                is_composable=fields.flag("$IsComposable"),
                parameters=tuple(self._parameters(fields)),
                returns=None
                if returned is ABSENT
                else self._type(fields.within("$ReturnType", where=where)),
            )
            overloads.append(operation)
        self._operations[where] = tuple(overloads)

    def _parameters(self, fields: Fields) -> Iterator[Parameter]:
        for value in fields.array("$Parameter"):
            inner = Fields(value if is_object(value) else {}, fields.where, self._problems)
            yield Parameter(
                name=inner.text("$Name"),
                type=self._type(inner),
                is_nullable=inner.flag("$Nullable"),
            )

    def _container(self, where: str, fields: Fields) -> Container:
        sets: dict[str, EntitySet] = {}
        singletons: dict[str, EntitySet] = {}
        imports: dict[str, OperationImport] = {}
        for name, value in _elements(fields):
            if not is_object(value):
                fields.object(name)
                continue
            inner = Fields(value, f"{where}/{name}", self._problems)
            self._annotate(inner.where, inner)
            if "$Action" in value or "$Function" in value:
                imports[name] = self._import(name, inner, is_action="$Action" in value)
                continue
            is_set = inner.flag("$Collection")
            (sets if is_set else singletons)[name] = EntitySet(
                name=name,
                type_name=self._names.qualified(inner.text("$Type")),
                is_singleton=not is_set,
                bindings=dict(self._bindings(inner)),
                is_in_service_document=inner.flag("$IncludeInServiceDocument", default=True),
                target=inner.where,
            )
        return Container(name=where, sets=sets, singletons=singletons, imports=imports)

    def _bindings(self, fields: Fields) -> Iterator[tuple[str, str]]:
        for path, target in fields.object("$NavigationPropertyBinding").items():
            if isinstance(target, str) and (bound := self._names.set_of(target)):
                yield path, bound

    def _import(self, name: str, fields: Fields, *, is_action: bool) -> OperationImport:
        called = self._names.qualified(fields.text("$Action" if is_action else "$Function"))
        overloads = self._operations_named(called)
        return OperationImport(
            name=name,
            is_action=is_action,
            overloads=tuple(one for one in overloads if not one.is_bound),
            set_name=self._names.set_of(fields.text("$EntitySet")),
            target=fields.where,
        )

    def _operations_named(self, name: str) -> tuple[Operation, ...]:
        if name not in self._operations:
            # The container may stand before the operations that it imports, or in another schema.
            namespace, _, local = name.rpartition(".")
            schema = self._root.members.get(namespace)
            values = schema.get(local) if is_object(schema) else None
            if is_array(values):
                self._read_overloads(name, values)
        return self._operations.get(name, ())

    def _annotate(self, target: str, fields: Fields) -> None:
        """File the annotations of an object under a target."""
        for name, value in fields.members.items():
            # `@A@B` annotates the annotation, `Member@A` an enumeration member: neither is needed.
            if name.startswith("@") and "@" not in name[1:]:
                term, _, qualifier = name[1:].partition("#")
                place = self._annotations.setdefault(target, {})
                place.setdefault((self._names.qualified(term), qualifier), value)

    def _external(self, annotations: Fields) -> None:
        for path in annotations.members:
            target = self._names.target(path)
            self._annotate(target, annotations.within(path, where=target))


def _elements(fields: Fields) -> Iterator[tuple[str, Json]]:
    """Yield the members that are model elements: neither `$…` nor annotations."""
    return (
        (name, value)
        for name, value in fields.members.items()
        if not name.startswith("$") and "@" not in name
    )


def _facets(fields: Fields) -> Facets:
    scale = fields.members.get("$Scale")
    named = scale.lower() if isinstance(scale, str) else ""
    return Facets(
        max_length=fields.number("$MaxLength"),
        precision=fields.number("$Precision"),
        scale=Scale(named) if named in set(Scale) else fields.number("$Scale"),
        is_unicode=fields.flag("$Unicode", default=True),
    )
