"""Key predicates and filters: values as they stand in a URL, quoted and percent-encoded.

Knows the literals of URL Conventions section 5.1.1 and ABNF.
"""

import re
from decimal import Decimal
from typing import Final
from urllib.parse import quote

from conformance.discovery.csdl import KeyPart, Metadata, Property, StructuredType
from conformance.discovery.odata_values import NUMBERS
from conformance.words.json_value import ABSENT, Absent, Json, is_number, is_object

# Apostrophes are the quotes of literals; all else but the unreserved could mean something, a colon
# among it: in the first segment of a relative URL it would end a scheme.
_SAFE: Final = "'-._~"
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_PLAIN: Final = frozenset({
    "Edm.Date", "Edm.DateTimeOffset", "Edm.Guid", "Edm.TimeOfDay",
})  # fmt: skip


def url_literal(metadata: Metadata, type_name: str, value: Json | Absent) -> str:
    """Return a value as a literal in a URL, percent-encoded; empty for one of another kind.

    Args:
        metadata: what knows type definitions and enumerations.
        type_name: the declared type.
        value: as it stands in JSON.
    """
    primitive = metadata.primitive(type_name)[0]
    literal = ""
    if isinstance(value, bool):
        literal = str(value).lower() if primitive == "Edm.Boolean" else ""
    elif is_number(value):
        literal = _number(value) if primitive in NUMBERS else ""
    elif isinstance(value, str):
        literal = _text(metadata, primitive, value)
    return quote(literal.encode("utf-8", "replace"), safe=_SAFE)


def _number(value: float | Decimal) -> str:
    return str(value).replace("E+", "e").replace("e+", "e")


def _text(metadata: Metadata, primitive: str, value: str) -> str:
    if primitive == "Edm.String":
        return "'" + value.replace("'", "''") + "'"
    if primitive in metadata.enums:
        return f"{primitive}'{value}'"
    if primitive == "Edm.Duration":
        return f"duration'{value}'"
    if primitive in _PLAIN:
        return value
    # Numbers come as text from services that keep all their digits (IEEE754Compatible).
    return value if primitive in NUMBERS and _NUMBER.fullmatch(value) else ""


def key_predicate(metadata: Metadata, entity_type: StructuredType, entity: Json) -> str:
    """Return the key of an entity in parentheses, ready for a URL; empty if it lacks a part."""
    parts: list[tuple[str, str]] = []
    for part in entity_type.key:
        declared = entity_type.property_at(part.path, metadata)
        literal = _key_literal(metadata, part, declared, entity)
        if not literal:
            return ""
        parts.append((part.name, literal))
    if len(parts) == 1:
        return f"({parts[0][1]})"
    named = ",".join(f"{quote(name, safe=_SAFE)}={literal}" for name, literal in parts)
    return f"({named})" if named else ""


def _key_literal(metadata: Metadata, part: KeyPart, declared: Property | None, entity: Json) -> str:
    value: Json | Absent = entity
    for name in part.path.split("/"):
        value = value.get(name, ABSENT) if is_object(value) else ABSENT
    return url_literal(metadata, declared.type.name, value) if declared else ""


def filter_equal(metadata: Metadata, declared: Property, value: Json) -> str:
    """Return a `$filter` option that finds a value, without `?`; empty if it has no literal."""
    literal = url_literal(metadata, declared.type.name, value)
    return f"$filter={quote(declared.name, safe=_SAFE)}%20eq%20{literal}" if literal else ""


def escaped(predicate: str) -> str:
    """Return a key predicate with one character percent-encoded that needs not be; else as it is.

    RFC 3986 section 2.3: both mean the same.
    """
    for index, character in enumerate(predicate):
        is_escape = "%" in predicate[max(0, index - 2) : index]
        in_value = index > predicate.find("=") and index > predicate.find("'")
        if character.isascii() and character.isalnum() and in_value and not is_escape:
            return f"{predicate[:index]}%{ord(character):02X}{predicate[index + 1 :]}"
    return predicate
