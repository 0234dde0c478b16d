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

_TEMPLATE: Final = re.compile(r"(\$?)\$\{([A-Za-z_]+)((?:/[^}]*)?)\}")


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
        yield str(value) if value.is_finite() else "1e9999999999999999999"
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
        for dollar, root, pointer in _TEMPLATE.findall(value):
            if not dollar:
                yield root, pointer
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
            str(expand(name, roots)) if "${" in name else name: expand(member, roots)
            for name, member in value.items()
        }
    if is_array(value):
        return [expand(item, roots) for item in value]
    return value


def _expand_text(text: str, roots: Mapping[str, Json]) -> Json:
    whole = _TEMPLATE.fullmatch(text)
    if whole and not whole.group(1):
        return _look_up(whole, roots)

    def replaced(found: re.Match[str]) -> str:
        if found.group(1):
            return found.group()[1:]
        value = _look_up(found, roots)
        return value if isinstance(value, str) else to_json_text(value)

    return _TEMPLATE.sub(replaced, text)


def _look_up(found: re.Match[str], roots: Mapping[str, Json]) -> Json:
    root, pointer = found.group(2), found.group(3)
    if root not in roots:
        return found.group()
    value = resolve(roots[root], split_pointer(pointer))
    if value is ABSENT:
        raise UnresolvedTemplateError(found.group())
    return value
