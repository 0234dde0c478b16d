"""Profiles: what a user says of a target, from a file and from options."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from conformance.errors import InputError
from conformance.words.json_value import Json, is_object
from conformance.words.pointer import join_pointer
from conformance.words.schema_files import load_checked
from conformance.words.template import UnresolvedTemplateError, expand, templates_in
from conformance.words.yaml_file import place

SURFACES: Final = ("jsonrpc", "odata", "sse")
# RFC 9110 section 5.5: no control characters in a field value, and no more than one byte each.
_FIELD_VALUE: Final = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def load_profile(path: Path, *, environment: Mapping[str, str] | None = None) -> dict[str, Json]:
    """Read a profile; `${env/NAME}` is replaced from the environment.

    Raises:
        InputError: not what its schema says, a variable that is not set, or a header field that
            can't be sent.
    """
    profile = load_checked(path, "profile")
    roots: dict[str, Json] = {"env": dict(os.environ if environment is None else environment)}
    for root, _ in templates_in(profile):
        if root != "env":
            raise InputError(str(path), "${env/NAME} as the only template", "${" + root)
    try:
        expanded = expand(profile, roots)
    except UnresolvedTemplateError as error:
        hint = "set the environment variable, or write the value here"
        raise InputError(str(path), "a variable that is set", error.text, hint) from error
    assert isinstance(expanded, dict)
    for surface in SURFACES:
        if is_object(section := expanded.get(surface)):
            for name, value in headers_of(section):
                if why := _unsendable(name, value):
                    where = place(path, join_pointer([surface, "headers", name]))
                    raise InputError(where, "a header field that can be sent", why)
    return expanded


def read_header(text: str) -> tuple[str, str]:
    """Take `Name: value` apart.

    Raises:
        InputError: no colon, no field name, or a control character in the value.
    """
    name, colon, value = text.partition(":")
    value = value.strip(" \t")
    why = _unsendable(name, value) if colon else "no colon"
    if why:
        raise InputError("--header", "'Name: value'", why)
    return name, value


def _unsendable(name: str, value: str) -> str:
    """Tell why a field can't be sent; the empty string if it can.

    The value may be a credential, and so may be what stands where a name was expected: none of
    them is shown, but a name that is one.
    """
    if not _TOKEN.fullmatch(name):
        return "a name with other characters than a field name has"
    if not _FIELD_VALUE.fullmatch(value):
        return f"{name} with other characters than a field value has"
    return ""


def headers_of(section: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Return the header fields of a profile's section."""
    headers = section.get("headers")
    return [(name, str(value)) for name, value in headers.items()] if is_object(headers) else []


def secret_values(profile: Mapping[str, Json], headers: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield the values that no report may hold: those of all header fields that the user gave.

    A section's own, and those of the requests that it describes.
    """
    for _, value in headers:
        yield value
    for surface in SURFACES:
        if is_object(section := profile.get(surface)):
            for part in (section, *section.values()):
                for _, value in headers_of(part) if is_object(part) else ():
                    yield value


def merge_bindings(section: Mapping[str, Json], found: Mapping[str, Json]) -> dict[str, Json]:
    """Return a section with gaps filled from what discovery found; its own members stay."""
    return {**found, **section}


def as_url_list(profile: Mapping[str, Json]) -> dict[str, str]:
    """Return the URL of each surface that a profile names."""
    return {
        surface: str(section["url"])
        for surface in SURFACES
        if is_object(section := profile.get(surface))
    }
