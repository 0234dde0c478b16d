"""Values of annotations in CSDL XML, as they stand in CSDL JSON (chapter 14)."""

import re
from decimal import Decimal
from typing import Final

from conformance.discovery.csdl_elements import Element
from conformance.words.json_value import Json

# 18 digits hold every Edm.Int64 but the last few; more only costs time.
_INTEGER: Final = re.compile(r"\s*([+-]?[0-9]{1,18})\s*", re.ASCII)
_NUMBER: Final = re.compile(
    r"\s*([+-]?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?)\s*", re.ASCII
)
_FLAGS: Final = {"true": True, "false": False, "1": True, "0": False}
_TEXTS: Final = (
    "String", "Date", "DateTimeOffset", "Duration", "Guid", "TimeOfDay", "Binary",
    "PropertyPath", "NavigationPropertyPath", "AnnotationPath", "ModelElementPath",
    "AnyPropertyPath",
)  # fmt: skip
_CONSTANTS: Final = (*_TEXTS, "Bool", "Int", "Decimal", "Float", "EnumMember", "Path", "UrlRef")


def read_integer(text: str) -> int | None:
    """Return an integer of at most 18 digits; None for anything else."""
    found = _INTEGER.fullmatch(text)
    return int(found[1]) if found else None


def read_flag(text: str) -> bool | None:
    """Return a Boolean as XML Schema writes it; None for anything else."""
    return _FLAGS.get(text.strip(" \t\r\n").lower())


def read_expression(element: Element) -> Json:
    """Return the value of an `Annotation` or `PropertyValue`.

    One without an expression stands for its default: `True`, which all tags have. What would have
    to be evaluated is an object with one name that starts with `$`.
    """
    for name in _CONSTANTS:
        if name in element.attributes:
            return _constant(name, element.attributes[name])
    for child in element.children:
        if child.name != "Annotation":
            return _expression(child)
    return True


def _expression(element: Element) -> Json:
    match element.name:
        case "Null":
            return None
        case "Record":
            return {
                one.attributes.get("Property", ""): read_expression(one)
                for one in element.named("PropertyValue")
            }
        case "Collection":
            return [_expression(one) for one in element.children if one.name != "Annotation"]
        case name if name in _CONSTANTS:
            return _constant(name, element.text)
        case name:
            return {f"${name}": None}


def _constant(name: str, text: str) -> Json:
    match name:
        case "Bool":
            return read_flag(text)
        case "Int":
            return read_integer(text)
        case "Decimal" | "Float":
            found = _NUMBER.fullmatch(text)
            return Decimal(found[1]) if found else text
        case "EnumMember":
            # Several members, each with its type before it, are one value of a flags type.
            return ",".join(one.rpartition("/")[2] for one in text.split())
        case "Path":
            return {"$Path": text}
        case "UrlRef":
            return {"$UrlRef": text}
        case _:
            return text
