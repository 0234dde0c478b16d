"""Values of OData's primitive types and enumerations, made up from a number; always the same ones.

Knows what JSON Format 4.01 section 7.1 and the facets of CSDL allow. Refuses to know entities.
"""

import base64
import datetime as dt
import hashlib
import math
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.discovery.csdl import VALIDATION, Facets, Metadata, Property, Scale
from conformance.words.json_value import ABSENT, Absent, Json, is_array, is_number, is_object

MARK: Final = "wirecheck-"
# A digest is needed behind the mark where a name has no room: 8 of 36 letters make 41 bits.
_DIGEST_LENGTH: Final = 8
LABEL_LENGTH: Final = len(MARK) + _DIGEST_LENGTH
# Databases give text without a length 255 characters or less.
_LONGEST: Final = 100
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_NOT_SLUG: Final = re.compile(r"[^A-Za-z0-9-]+")
_SMALL: Final = 100  # what rules of a business rarely refuse
_FIRST_DAY: Final = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
_DAYS: Final = 3650
_DAY_S: Final = 86_400
_HUGE: Final = 2.0**63
_DECIMAL_DIGITS: Final = 15  # every double holds as many

#: Smallest and largest value of each integer type.
INTEGERS: Final[Mapping[str, tuple[int, int]]] = {
    "Edm.Byte": (0, 255),
    "Edm.SByte": (-128, 127),
    "Edm.Int16": (-(2**15), 2**15 - 1),
    "Edm.Int32": (-(2**31), 2**31 - 1),
    "Edm.Int64": (-(2**63), 2**63 - 1),
}
NUMBERS: Final = frozenset({*INTEGERS, "Edm.Decimal", "Edm.Double", "Edm.Single"})
# Keys are large, to keep off rows that are there, and no larger than every JSON reader holds.
_KEYS: Final[Mapping[str, tuple[int, int]]] = {
    "Edm.Byte": (0, 255),
    "Edm.SByte": (0, 127),
    "Edm.Int16": (10_000, 2**15 - 1),
    "Edm.Int32": (1_000_000_000, 2**31 - 1),
    "Edm.Int64": (10**15, 2**53 - 1),
}
_POINT: Final[list[Json]] = [12.5, 41.9]
_LINE: Final[list[Json]] = [[12.5, 41.9], [12.6, 41.8]]
_RING: Final[list[Json]] = [[12.5, 41.9], [12.6, 41.9], [12.6, 41.8], [12.5, 41.9]]
_GEO: Final[Mapping[str, tuple[str, list[Json]]]] = {
    "Point": ("Point", _POINT),
    "LineString": ("LineString", _LINE),
    "Polygon": ("Polygon", [_RING]),
    "MultiPoint": ("MultiPoint", [_POINT]),
    "MultiLineString": ("MultiLineString", [_LINE]),
    "MultiPolygon": ("MultiPolygon", [[_RING]]),
    "": ("Point", _POINT),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a value is made of: text to be found again, and a number that goes with it."""

    unique: str
    number: int

    def salted(self, salt: str) -> "Source":
        """Return another source, as good."""
        other = source_of(f"{self.number}", salt)
        return Source(unique=f"{self.unique}-{salt}", number=other.number)


def source_of(seed: str, unique: str) -> Source:
    """Return the source for a name; the same for the same seed and name.

    The seed, that of a run, is part of the text: what an earlier run left is not taken for ours.
    """
    digest = hashlib.sha256(f"{seed}\0{unique}".encode("utf-8", "replace")).digest()
    text = f"{seed}-{unique}" if seed else unique
    return Source(unique=text, number=int.from_bytes(digest[:16]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the Validation vocabulary allows; `allowed` is empty where all is."""

    minimum: float | None = None
    maximum: float | None = None
    allowed: tuple[Json, ...] = ()


NO_BOUNDS: Final = Bounds()


def bounds_of(metadata: Metadata, one: Property) -> Bounds:
    """Return what is declared about the values of a property, or of its type definition."""
    if one.target not in metadata.annotations and one.type.name not in metadata.annotations:
        return NO_BOUNDS

    def say(term: str) -> Json | Absent:
        value = metadata.annotation(one.target, f"{VALIDATION}.{term}")
        named = one.type.name
        return metadata.annotation(named, f"{VALIDATION}.{term}") if value is ABSENT else value

    minimum, maximum, rows = say("Minimum"), say("Maximum"), say("AllowedValues")
    allowed = (
        [row["Value"] for row in rows if is_object(row) and "Value" in row]
        if is_array(rows)
        else []
    )
    return Bounds(
        minimum=float(minimum) if is_number(minimum) else None,
        maximum=float(maximum) if is_number(maximum) else None,
        allowed=tuple(allowed),
    )


def make_text(source: Source, max_length: int | None) -> str:
    """Return text of at most `max_length` characters that starts with the mark, if there is room.

    Where the name has no room, a digest of it stands behind the mark, or alone.
    """
    room = _LONGEST if max_length is None else min(max_length, _LONGEST)
    slug = _NOT_SLUG.sub("-", source.unique)
    text = MARK + slug
    if slug == source.unique and len(text) <= room:
        return text
    digest = _digest(source.number)
    # Names that differ in what a slug lacks have to differ still.
    text = f"{text}-{digest[:_DIGEST_LENGTH]}"
    if slug != source.unique and len(text) <= room:
        return text
    if room >= LABEL_LENGTH:
        return MARK + digest[: room - len(MARK)]
    return digest[:room]


def _digest(number: int) -> str:
    letters = []
    while number:
        number, rest = divmod(number, len(_DIGITS))
        letters.append(_DIGITS[rest])
    return "".join(letters) or "0"


def make_value(
    type_name: str,
    source: Source,
    *,
    facets: Facets,
    bounds: Bounds = NO_BOUNDS,
    is_key: bool = False,
) -> Json | Absent:
    """Return a value of a primitive type; ABSENT for a type of which none can be made.

    Args:
        type_name: of a primitive type, definitions followed (`Edm.String`).
        source: what it is made of; keys differ from one another as sources do.
        facets: of the property and its type.
        bounds: what the service allows besides.
        is_key: ask for a value that no row has yet.
    """
    if bounds.allowed:
        return bounds.allowed[source.number % len(bounds.allowed)]
    if type_name in INTEGERS:
        return _integer(type_name, source, bounds, is_key=is_key)
    if type_name.startswith(("Edm.Geography", "Edm.Geometry")):
        return _geo(type_name)
    make = _MAKERS.get(type_name)
    return make(source, facets, bounds, is_key) if make else ABSENT


def make_member(members: Sequence[str], source: Source) -> Json | Absent:
    """Return the name of a member of an enumeration; ABSENT if there is none."""
    return members[source.number % len(members)] if members else ABSENT


def _integer(type_name: str, source: Source, bounds: Bounds, *, is_key: bool) -> int:
    usual = _KEYS[type_name] if is_key else (1, _SMALL)
    return _within(usual, INTEGERS[type_name], source, bounds)


def _within(usual: tuple[int, int], limits: tuple[int, int], source: Source, bounds: Bounds) -> int:
    """Return a whole number of the usual range, which gives way to the bounds, and these to limits.

    All ranges hold both their ends.
    """
    low, high = usual
    span = high - low
    least = limits[0] if bounds.minimum is None else _whole(bounds.minimum, up=True)
    most = limits[1] if bounds.maximum is None else _whole(bounds.maximum, up=False)
    if low < least:
        low, high = least, max(high, least + span)
    if high > most:
        low, high = max(least, min(low, most - span)), most
    low, high = max(low, limits[0]), min(high, limits[1])
    return low + source.number % (high - low + 1) if low <= high else high


def _whole(number: float, *, up: bool) -> int:
    kept = max(-_HUGE, min(number, _HUGE))  # infinity is no whole number
    return math.ceil(kept) if up else math.floor(kept)


def _between(bounds: Bounds) -> float | None:
    """Return the middle of two bounds that no whole number lies between; None if one does."""
    if bounds.minimum is None or bounds.maximum is None:
        return None
    if _whole(bounds.minimum, up=True) <= _whole(bounds.maximum, up=False):
        return None
    return (bounds.minimum + bounds.maximum) / 2


def _decimal(source: Source, facets: Facets, bounds: Bounds, is_key: bool) -> Json:  # noqa: FBT001
    scale = facets.scale if isinstance(facets.scale, int) else 0
    if isinstance(facets.scale, Scale) and facets.precision != 1:
        scale = 1
    digits = _DECIMAL_DIGITS if facets.precision is None else facets.precision - scale
    digits = max(0, min(digits, _DECIMAL_DIGITS))
    if (middle := _between(bounds)) is not None:
        return round(middle, scale)
    if digits == 0:
        return 0.5 if scale else 0
    largest = 10**digits - 1
    if is_key:
        return _within((largest // 10 + 1, largest), (-largest, largest), source, bounds)
    whole = _within((1, min(_SMALL, largest)), (-largest, largest), source, bounds)
    is_free = bounds.maximum is None and bounds.minimum is None
    return whole + 0.5 if scale and is_free else whole


def _float(source: Source, _: Facets, bounds: Bounds, is_key: bool) -> Json:  # noqa: FBT001
    if (middle := _between(bounds)) is not None:
        return middle
    limits = (-(10**6), 10**6)
    whole = _within((1, limits[1] if is_key else _SMALL), limits, source, bounds)
    return float(whole) if bounds.minimum is not None or bounds.maximum is not None else whole + 0.5


def _instant(source: Source) -> dt.datetime:
    number = source.number
    return _FIRST_DAY + dt.timedelta(days=number % _DAYS, seconds=number // _DAYS % _DAY_S)


def _binary(_: Source, facets: Facets, __: Bounds, ___: bool) -> Json:  # noqa: FBT001
    data = b"wirecheck"
    kept = data if facets.max_length is None else data[: facets.max_length]
    return base64.urlsafe_b64encode(kept).decode("ascii")


def _geo(type_name: str) -> Json:
    kind = type_name.removeprefix("Edm.Geography").removeprefix("Edm.Geometry")
    if kind == "Collection":
        return {
            "type": "GeometryCollection",
            "geometries": [{"type": "Point", "coordinates": _POINT}],
        }
    name, coordinates = _GEO.get(kind, _GEO[""])
    return {"type": name, "coordinates": coordinates}


_Maker = Callable[[Source, Facets, Bounds, bool], Json]
_MAKERS: Final[Mapping[str, _Maker]] = {
    "Edm.String": lambda source, facets, _, __: make_text(source, facets.max_length),
    "Edm.PrimitiveType": lambda source, facets, _, __: make_text(source, facets.max_length),
    "Edm.Untyped": lambda source, facets, _, __: make_text(source, facets.max_length),
    "Edm.Boolean": lambda source, _, __, ___: source.number % 2 == 1,
    "Edm.Decimal": _decimal,
    "Edm.Double": _float,
    "Edm.Single": _float,
    "Edm.Binary": _binary,
    "Edm.Guid": lambda source, _, __, ___: str(uuid.UUID(int=source.number, version=4)),
    "Edm.Date": lambda source, _, __, ___: _instant(source).strftime("%Y-%m-%d"),
    "Edm.DateTimeOffset": lambda source, _, __, ___: _instant(source).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    ),
    "Edm.TimeOfDay": lambda source, _, __, ___: _instant(source).strftime("%H:%M:%S"),
    "Edm.Duration": lambda source, _, __, ___: f"PT{1 + source.number % _DAY_S}S",
}
