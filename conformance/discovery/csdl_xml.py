"""`$metadata` as XML, written as CSDL JSON; bytes in, `Metadata` out; it never raises.

Knows EDMX and CSDL XML 4.0 and 4.01, and how their defaults differ from those of CSDL JSON: a
property is nullable in XML and not in JSON where nothing is said, a scale is 0 and not variable.
"""

from collections.abc import Iterator
from typing import Final

from conformance.discovery.csdl import Metadata, Problem
from conformance.discovery.csdl_document import read_document
from conformance.discovery.csdl_elements import Element, read_elements
from conformance.discovery.csdl_expression import read_expression, read_flag, read_integer
from conformance.words.json_value import Json

EDMX: Final = "http://docs.oasis-open.org/odata/ns/edmx"
EDM: Final = "http://docs.oasis-open.org/odata/ns/edm"
_COLLECTION: Final = "Collection("
_INTEGERS: Final = frozenset({"Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Int64"})
_OLD: Final = "http://schemas.microsoft.com/ado/"  # the namespaces of OData 1.0 to 3.0


def read_csdl_xml(data: bytes) -> Metadata:
    """Read a document.

    Args:
        data: the whole response body, decoded from any content coding.

    Returns:
        All that could be read, and the problems: those of the XML first.
    """
    root, problems = read_elements(data)
    if root is None:
        return Metadata(problems=tuple(problems))
    if root.name != "Edmx" or root.namespace != EDMX:
        detail = f"expected an Edmx element of {EDMX}, saw {root.name!r} of {root.namespace!r}"
        problems.append(Problem(code="not-edmx", where=root.where, detail=detail))
        if root.name != "Edmx":
            return Metadata(problems=tuple(problems))
    writer = _Writer(problems)
    document = writer.document(root)
    return read_document(document, writer.problems)


class _Writer:
    """Writes one document as CSDL JSON."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def document(self, root: Element) -> dict[str, Json]:
        document: dict[str, Json] = {"$Version": root.attributes.get("Version", "")}
        references: dict[str, Json] = {}
        for reference in root.named("Reference"):
            included: list[Json] = [
                _present(
                    {
                        "$Namespace": one.attributes.get("Namespace", ""),
                        "$Alias": one.attributes.get("Alias"),
                    }
                )
                for one in reference.named("Include")
            ]
            references[reference.attributes.get("Uri", reference.where)] = {"$Include": included}
        if references:
            document["$Reference"] = references
        for service in root.named("DataServices"):
            for schema in service.named("Schema"):
                self._add_schema(document, schema)
        return document

    def _add_schema(self, document: dict[str, Json], schema: Element) -> None:
        if schema.namespace != EDM:
            old = ", an older version" if schema.namespace.startswith(_OLD) else ""
            detail = f"expected a schema in {EDM}, saw {schema.namespace!r}{old}"
            self._note("other-version", schema, detail)
        namespace = schema.attributes.get("Namespace", "")
        if not namespace or namespace.startswith("$") or "@" in namespace:
            self._note("no-namespace", schema, f"expected a namespace, saw {namespace!r}")
            return
        written: dict[str, Json] = {}
        if alias := schema.attributes.get("Alias"):
            written["$Alias"] = alias
        external: dict[str, dict[str, Json]] = {}
        for one in schema.children:
            self._add_element(written, namespace, one, document)
            if one.name == "Annotations":
                target = external.setdefault(one.attributes.get("Target", ""), {})
                self._annotate(target, one, one.attributes.get("Qualifier", ""))
        self._annotate(written, schema)
        if external:
            written["$Annotations"] = external
        if namespace in document:
            self._note("duplicate-name", schema, f"expected one schema {namespace!r}, saw two")
            return
        document[namespace] = written

    def _add_element(
        self, written: dict[str, Json], namespace: str, one: Element, document: dict[str, Json]
    ) -> None:
        value: Json
        match one.name:
            case "EntityType" | "ComplexType":
                value = self._structured(one)
            case "EnumType":
                value = self._enum(one)
            case "TypeDefinition":
                under = one.attributes.get("UnderlyingType", "")
                value = {"$Kind": one.name, "$UnderlyingType": under, **_facets(one, under)}
                self._annotate(value, one)
            case "Action" | "Function":
                name = self._name(one)
                overloads = written.setdefault(name, [])
                if isinstance(overloads, list) and name:
                    overloads.append(self._operation(one))
                return
            case "EntityContainer":
                value = self._container(one)
                name = f"{namespace}.{one.attributes.get('Name', '')}"
                document.setdefault("$EntityContainer", name)
                if document["$EntityContainer"] != name:
                    # Which one is the service's, only what is extended can tell.
                    document["$EntityContainer"] = ""
            case _:
                return
        self._add(written, one, value)

    def _add(self, written: dict[str, Json], one: Element, value: Json) -> None:
        """Add what an element says under its name, unless the name is taken or none."""
        name = self._name(one)
        if name in written:
            self._note("duplicate-name", one, f"expected one {name!r} here, saw another")
        elif name:
            written[name] = value

    def _name(self, one: Element) -> str:
        name = one.attributes.get("Name", "")
        if not name or name.startswith("$") or "@" in name:
            self._note("no-name", one, f"expected a name on {one.name}, saw {name!r}")
            return ""
        return name

    def _structured(self, one: Element) -> dict[str, Json]:
        written = _present(
            {
                "$Kind": one.name,
                "$BaseType": one.attributes.get("BaseType"),
                "$Abstract": self._flag(one, "Abstract"),
                "$OpenType": self._flag(one, "OpenType"),
                "$HasStream": self._flag(one, "HasStream"),
            }
        )
        for key in one.named("Key"):
            written["$Key"] = [self._key_part(part) for part in key.named("PropertyRef")]
        for member in one.named("Property", "NavigationProperty"):
            is_property = member.name == "Property"
            value = self._property(member) if is_property else self._navigation(member)
            self._add(written, member, value)
        self._annotate(written, one)
        return written

    @staticmethod
    def _key_part(part: Element) -> Json:
        path, alias = part.attributes.get("Name", ""), part.attributes.get("Alias")
        return {alias: path} if alias else path

    def _typed(self, one: Element) -> dict[str, Json]:
        type_ = one.attributes.get("Type", "")
        if not type_:
            self._note("no-type", one, f"expected a type on {one.name}, saw none")
        is_collection = type_.startswith(_COLLECTION) and type_.endswith(")")
        name = type_[len(_COLLECTION) : -1] if is_collection else type_
        nullable = self._flag(one, "Nullable")
        if nullable is None:
            # Of a collection it would be about the items, where nothing is to be taken for granted.
            nullable = not is_collection
        return _present(
            {"$Type": name, "$Collection": is_collection or None, "$Nullable": nullable or None}
        )

    def _property(self, one: Element) -> dict[str, Json]:
        written = self._typed(one)
        written |= _facets(one, str(written["$Type"]))
        if "DefaultValue" in one.attributes:
            written["$DefaultValue"] = _default(one.attributes["DefaultValue"], written["$Type"])
        self._annotate(written, one)
        return written

    def _navigation(self, one: Element) -> dict[str, Json]:
        written: dict[str, Json] = {"$Kind": "NavigationProperty", **self._typed(one)}
        written |= _present(
            {
                "$Partner": one.attributes.get("Partner"),
                "$ContainsTarget": self._flag(one, "ContainsTarget"),
            }
        )
        constraints: dict[str, Json] = {
            each.attributes.get("Property", ""): each.attributes.get("ReferencedProperty", "")
            for each in one.named("ReferentialConstraint")
        }
        if constraints:
            written["$ReferentialConstraint"] = constraints
        self._annotate(written, one)
        return written

    def _enum(self, one: Element) -> dict[str, Json]:
        written = _present(
            {
                "$Kind": one.name,
                "$UnderlyingType": one.attributes.get("UnderlyingType"),
                "$IsFlags": self._flag(one, "IsFlags"),
            }
        )
        for number, member in enumerate(one.named("Member")):
            # Either all members have a value or none, which then counts from 0 (CSDL 10.3).
            value = member.attributes.get("Value")
            self._add(written, member, number if value is None else read_integer(value))
        self._annotate(written, one)
        return written

    def _operation(self, one: Element) -> dict[str, Json]:
        written = _present(
            {
                "$Kind": one.name,
                "$IsBound": self._flag(one, "IsBound"),
                "$IsComposable": self._flag(one, "IsComposable"),
            }
        )
        parameters: list[Json] = [
            {"$Name": each.attributes.get("Name", ""), **self._typed(each)}
            for each in one.named("Parameter")
        ]
        if parameters:
            written["$Parameter"] = parameters
        for returned in one.named("ReturnType"):
            written["$ReturnType"] = self._typed(returned)
        self._annotate(written, one)
        return written

    def _container(self, one: Element) -> dict[str, Json]:
        written = _present({"$Kind": one.name, "$Extends": one.attributes.get("Extends")})
        for each in one.named("EntitySet", "Singleton", "ActionImport", "FunctionImport"):
            attributes = each.attributes
            bindings: dict[str, Json] = {
                bound.attributes.get("Path", ""): bound.attributes.get("Target", "")
                for bound in each.named("NavigationPropertyBinding")
            }
            value = _present(
                {
                    "$Collection": each.name == "EntitySet" or None,
                    "$Type": attributes.get("EntityType") or attributes.get("Type"),
                    "$Action": attributes.get("Action"),
                    "$Function": attributes.get("Function"),
                    "$EntitySet": attributes.get("EntitySet"),
                    "$IncludeInServiceDocument": self._flag(each, "IncludeInServiceDocument"),
                    "$NavigationPropertyBinding": bindings or None,
                }
            )
            self._annotate(value, each)
            self._add(written, each, value)
        self._annotate(written, one)
        return written

    def _annotate(self, written: dict[str, Json], one: Element, qualifier: str = "") -> None:
        """Add the annotations that stand in an element."""
        for each in one.named("Annotation"):
            term = each.attributes.get("Term", "")
            own = each.attributes.get("Qualifier") or qualifier
            name = f"@{term}#{own}" if own else f"@{term}"
            written.setdefault(name, read_expression(each))

    def _flag(self, one: Element, name: str) -> bool | None:
        """Return a Boolean attribute; None if there is none or it is none."""
        text = one.attributes.get(name)
        if text is None:
            return None
        value = read_flag(text)
        if value is None:
            self._note("wrong-kind", one, f"expected {name} to be true or false, saw {text!r}")
        return value

    def _note(self, code: str, one: Element, detail: str) -> None:
        self.problems.append(Problem(code=code, where=one.where, detail=detail))


def _present(members: dict[str, Json]) -> dict[str, Json]:
    """Return what is said, without what is not."""
    return {name: value for name, value in members.items() if value is not None}


def _default(text: str, type_name: Json) -> Json:
    """Return a default value as CSDL JSON has it; text where its type is no simple one."""
    value: Json = None
    if type_name == "Edm.Boolean":
        value = read_flag(text)
    elif type_name in _INTEGERS:
        value = read_integer(text)
    return text if value is None else value


def _facets(one: Element, type_name: str) -> dict[str, Json]:
    return _present(dict(_read_facets(one, type_name)))


def _read_facets(one: Element, type_name: str) -> Iterator[tuple[str, Json]]:
    attributes = one.attributes
    for name in ("MaxLength", "Precision"):
        if name in attributes and attributes[name] != "max":
            yield f"${name}", read_integer(attributes[name])
    scale = attributes.get("Scale")
    if scale is not None:
        number = read_integer(scale)
        yield "$Scale", scale if number is None else number
    elif type_name == "Edm.Decimal":
        yield "$Scale", 0
    if "Unicode" in attributes:
        yield "$Unicode", read_flag(attributes["Unicode"])
