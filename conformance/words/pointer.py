"""JSON Pointers (RFC 6901): the one path language of the suite."""

import re
from collections.abc import Sequence
from typing import Final

from conformance.words.json_value import ABSENT, Absent, Json, is_array, is_object

_INDEX: Final = re.compile(r"0|[1-9][0-9]*")


def split_pointer(pointer: str) -> tuple[str, ...]:
    """Return the unescaped tokens of a pointer; the empty pointer has none.

    Raises:
        ValueError: a pointer that is not empty and does not begin with a slash.
    """
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise ValueError(pointer)
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


def join_pointer(tokens: Sequence[str | int]) -> str:
    """Return the pointer of unescaped tokens."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in tokens)


def resolve(document: Json, tokens: Sequence[str]) -> Json | Absent:
    """Follow tokens into a document; `ABSENT` where nothing is."""
    value: Json = document
    for token in tokens:
        if is_object(value) and token in value:
            value = value[token]
        elif is_array(value) and _INDEX.fullmatch(token) and int(token) < len(value):
            value = value[int(token)]
        else:
            return ABSENT
    return value


def deepest_present(document: Json, tokens: Sequence[str]) -> tuple[str, Json]:
    """Return how far tokens lead into a document: that pointer, and what stands there."""
    value: Json = document
    for length, token in enumerate(tokens):
        below = resolve(value, [token])
        if below is ABSENT:
            return join_pointer(tokens[:length]), value
        value = below
    return join_pointer(tokens), value
