"""Media types, in Content-Type and in Accept (RFC 9110, 8.3.1 and 12.5.1).

Knows the grammar. Refuses to know which types anyone serves.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from reference_server.odata.errors import Code, refused

_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_TYPE: Final = re.compile(rf"[ \t]*({_TOKEN})/({_TOKEN})")
# Possessive, so that a hostile field is refused in linear time.
_PARAMETER: Final = re.compile(
    rf"[ \t]*+;[ \t]*+(?:({_TOKEN})=(?:({_TOKEN})|\"((?:[^\"\\\x00-\x08\x0a-\x1f\x7f]|\\.)*+)\"))?+"
)
_ESCAPED: Final = re.compile(r"\\(.)")
_QUALITY: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")
MAX_ACCEPTED: Final = 100


@dataclass(frozen=True, slots=True)
class MediaType:
    """A type in lower case (`application/json`), its parameters under names in lower case."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    quality: float = 1.0

    @property
    def is_json(self) -> bool:
        """JSON itself, or a type that is written in it."""
        return self.name == "application/json" or (
            self.name.startswith("application/") and self.name.endswith("+json")
        )


@lru_cache(maxsize=256)
def media_type(text: str) -> MediaType:
    """Read a Content-Type.

    Raises:
        ODataError: 400, it is none, or names a parameter twice.
    """
    found, end = _media_type_at(text, 0)
    if text[end:].strip(" \t"):
        raise _malformed(text)
    return found


@lru_cache(maxsize=256)
def accepted(text: str) -> tuple[MediaType, ...]:
    """Read an Accept field: the types that may be answered, the most wanted first.

    Raises:
        ODataError: 400, it is not of the grammar.
    """
    types: list[MediaType] = []
    at = 0
    while at < len(text):
        if text[at] in ", \t":
            at += 1
            continue
        found, at = _media_type_at(text, at)
        rest = text[at:].lstrip(" \t")
        if (rest and rest[0] != ",") or len(types) == MAX_ACCEPTED:
            raise _malformed(text)
        types.append(found)
    return tuple(sorted(types, key=lambda each: -each.quality))


def _media_type_at(text: str, start: int) -> tuple[MediaType, int]:
    head = _TYPE.match(text, start)
    if head is None:
        raise _malformed(text)
    at, quality = head.end(), 1.0
    parameters: dict[str, str] = {}
    while (found := _PARAMETER.match(text, at)) is not None:
        at = found.end()
        name, plain, quoted = found.groups()
        if name is None:
            continue
        value = _ESCAPED.sub(r"\1", quoted) if plain is None else plain
        if name.lower() == "q":
            if _QUALITY.fullmatch(value) is None:
                raise _malformed(text)
            quality = float(value)
        elif name.lower() in parameters:
            raise _malformed(text)
        else:
            parameters[name.lower()] = value
    name = f"{head[1]}/{head[2]}".lower()
    return MediaType(name, parameters, quality), at


def _malformed(text: str) -> Exception:
    return refused(400, Code.BAD_REQUEST, f"expected a media type, saw {text[:100]!r}")
