"""Whether an entity fits its type: read off CSDL and JSON Format, apart from what makes entities.

Spec: CSDL 4.01 sections 7 to 10, JSON Format 4.01 section 7.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from conformance.discovery.csdl import Facets, Metadata, Property, Scale, StructuredType
from conformance.words.json_value import ABSENT, Json, is_array, is_number, is_object

_DATE = r"-?([1-9][0-9]{3,}|0[0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,12})?)?"
_PATTERNS = {
    "Edm.Guid": r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
    "Edm.Date": _DATE,
    "Edm.TimeOfDay": _TIME,
    "Edm.DateTimeOffset": rf"{_DATE}T{_TIME}(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])",
    "Edm.Duration": r"-?P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?",
}
_RANGES = {
    "Edm.Byte": (0, 255),
    "Edm.SByte": (-128, 127),
    "Edm.Int16": (-32768, 32767),
    "Edm.Int32": (-2147483648, 2147483647),
    "Edm.Int64": (-9223372036854775808, 9223372036854775807),
}
_GEO = {"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"}


def misfits(metadata: Metadata, type_name: str, value: Json) -> list[str]:
    """Return the paths of what does not fit a structured type: values, and required ones missing.

    The key and computed properties may be missing; what is there has to fit all the same.
    """
    return list(_object(metadata, metadata.structured[type_name], value, ""))


def _object(metadata: Metadata, declared: StructuredType, value: Json, at: str) -> Iterator[str]:
    if not is_object(value):
        yield at
        return
    control = value.get("@odata.type")
    if isinstance(control, str):
        declared = metadata.structured[control.removeprefix("#")]
    if declared.is_abstract:
        yield f"{at}@odata.type"
    for name, one in value.items():
        if name in declared.properties:
            yield from _property(metadata, declared.properties[name], one, f"{at}{name}")
        elif not name.startswith("@") and not declared.is_open:
            yield f"{at}{name}"
    for name, each in declared.properties.items():
        if name not in value and not _may_lack(metadata, each):
            yield f"{at}{name}"


def _may_lack(metadata: Metadata, one: Property) -> bool:
    """Tell whether a client may leave a property out when it creates an entity."""
    terms = metadata.annotations.get(one.target, {})
    return (
        one.is_nullable
        or one.default is not ABSENT
        or one.type.name == "Edm.Stream"
        or terms.get(("Org.OData.Core.V1.Computed", "")) is True
        or terms.get(("Org.OData.Core.V1.ComputedDefaultValue", "")) is True
        or terms.get(("Org.OData.Core.V1.Permissions", "")) == "Read"
    )


def _property(metadata: Metadata, one: Property, value: Json, at: str) -> Iterator[str]:
    if one.type.is_collection:
        if not is_array(value):
            yield at
            return
        for index, item in enumerate(value):
            yield from _value(metadata, one, item, f"{at}/{index}")
    elif value is None:
        if not one.is_nullable:
            yield at
    else:
        yield from _value(metadata, one, value, at)


def _value(metadata: Metadata, one: Property, value: Json, at: str) -> Iterator[str]:
    name, facets = one.type.name, one.facets
    if name in metadata.definitions:
        definition = metadata.definitions[name]
        name = definition.underlying
        facets = facets if facets != Facets() else definition.facets
    if name in metadata.structured:
        yield from _object(metadata, metadata.structured[name], value, f"{at}/")
    elif name in metadata.enums:
        if not isinstance(value, str) or not set(value.split(",")) <= set(
            metadata.enums[name].members
        ):
            yield at
    elif not _fits(name, facets, value):
        yield at


def _fits(name: str, facets: Facets, value: Json) -> bool:
    if name in _RANGES:
        low, high = _RANGES[name]
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    if name in _PATTERNS:
        return isinstance(value, str) and re.fullmatch(_PATTERNS[name], value) is not None
    if name.startswith("Edm.Geo"):
        return is_object(value) and (value["type"] in _GEO or "geometries" in value)
    check = _CHECKS[name]
    return check(facets, value)


def _text(facets: Facets, value: Json) -> bool:
    return isinstance(value, str) and (facets.max_length is None or len(value) <= facets.max_length)


def _binary(facets: Facets, value: Json) -> bool:
    if not isinstance(value, str):
        return False
    try:
        data = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except binascii.Error:
        return False
    return facets.max_length is None or len(data) <= facets.max_length


def _decimal(facets: Facets, value: Json) -> bool:
    if not is_number(value):
        return False
    _, digits, exponent = Decimal(str(value)).normalize().as_tuple()
    assert isinstance(exponent, int)
    behind = max(0, -exponent)
    before = max(0, len(digits) + exponent) if any(digits) else 0
    if isinstance(facets.scale, int) and behind > facets.scale:
        return False
    if facets.precision is None:
        return True
    if isinstance(facets.scale, Scale):
        return len(digits) <= facets.precision
    return before <= facets.precision - (facets.scale or 0)


_CHECKS: dict[str, Callable[[Facets, Json], bool]] = {
    "Edm.String": _text,
    "Edm.Binary": _binary,
    "Edm.Decimal": _decimal,
    "Edm.Boolean": lambda _, value: isinstance(value, bool),
    "Edm.Double": lambda _, value: is_number(value),
    "Edm.Single": lambda _, value: is_number(value),
    "Edm.PrimitiveType": lambda _, value: not is_object(value) and not is_array(value),
    "Edm.Untyped": lambda _, __: True,
}
