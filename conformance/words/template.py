"""Templates in scenario files: `${root/pointer}` is replaced by what stands there.

Alone in a string it becomes the value with its type; inside a longer string, its text (a string as
it is, anything else as JSON). `$${` stands for `${`. A root that the caller does not offer is left
as it is: `item` belongs to the driver, which repeats things.
"""

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from conformance.words.json_value import ABSENT, Json, is_array, is_object
from conformance.words.pointer import resolve, split_pointer

_TEMPLATE: Final = re.compile(r"\$\$\{|\$\{([A-Za-z_]+)((?:/[^}]*)?)\}")
# Stands for a number with an exponent too large for Decimal, of which no more than that is known.
_ENDLESS: Final = "1e9999999999999999999"


class UnresolvedTemplateError(Exception):
    """A template leads nowhere; holds its text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def to_json_text(value: Json, *, indent: int | None = None) -> str:
    """Serialise a value; numbers keep their exact value, other characters than ASCII stay."""
    separators = (",", ":") if indent is None else None
    try:
        return json.dumps(
            value, ensure_ascii=False, separators=separators, indent=indent, allow_nan=False
        )
    except (TypeError, ValueError):
        return "".join(_exact_pieces(value))


def _exact_pieces(value: Json) -> Iterator[str]:
    if isinstance(value, Decimal):
        sign = "-" if value.is_signed() else ""
        yield str(value) if value.is_finite() else sign + _ENDLESS
    elif is_object(value):
        for index, (name, member) in enumerate(value.items()):
            yield ("," if index else "{") + json.dumps(name, ensure_ascii=False) + ":"
            yield from _exact_pieces(member)
        yield "}" if value else "{}"
    elif is_array(value):
        for index, item in enumerate(value):
            yield "," if index else "["
            yield from _exact_pieces(item)
        yield "]" if value else "[]"
    else:
        yield json.dumps(value, ensure_ascii=False)


def has_template(value: Json) -> bool:
    """Tell whether anything in a value would be replaced."""
    if isinstance(value, str):
        return "${" in value
    if is_object(value):
        return any("${" in name or has_template(member) for name, member in value.items())
    return is_array(value) and any(has_template(item) for item in value)


def templates_in(value: Json) -> Iterator[tuple[str, str]]:
    """Yield root and pointer of each template in a value, names of members included."""
    if isinstance(value, str):
        yield from (found for found in _TEMPLATE.findall(value) if found[0])
    elif is_object(value):
        for name, member in value.items():
            yield from templates_in(name)
            yield from templates_in(member)
    elif is_array(value):
        for item in value:
            yield from templates_in(item)


def expand(value: Json, roots: Mapping[str, Json]) -> Json:
    """Replace each template in a value.

    Raises:
        UnresolvedTemplateError: a template of an offered root leads nowhere.
    """
    if isinstance(value, str):
        return _expand_text(value, roots) if "${" in value else value
    if is_object(value):
        return {
            _as_text(expand(name, roots)): expand(member, roots) for name, member in value.items()
        }
    if is_array(value):
        return [expand(item, roots) for item in value]
    return value


def _expand_text(text: str, roots: Mapping[str, Json]) -> Json:
    whole = _TEMPLATE.fullmatch(text)
    if whole:
        return _look_up(whole, roots)
    return _TEMPLATE.sub(lambda found: _as_text(_look_up(found, roots)), text)


def _as_text(value: Json) -> str:
    return value if isinstance(value, str) else to_json_text(value)


def _look_up(found: re.Match[str], roots: Mapping[str, Json]) -> Json:
    root, pointer = found.groups()
    if root is None:
        return "${"
    if root not in roots:
        return found.group()
    value = resolve(roots[root], split_pointer(pointer))
    if value is ABSENT:
        raise UnresolvedTemplateError(found.group())
    return value
