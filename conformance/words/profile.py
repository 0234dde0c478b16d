"""Profiles: what a user says of a target, from a file and from options."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from conformance.errors import InputError
from conformance.words.json_value import Json, is_array, is_object
from conformance.words.schema_files import load_checked
from conformance.words.template import UnresolvedTemplateError, expand, templates_in

SURFACES: Final = ("jsonrpc", "odata", "sse")
# RFC 9110 section 5.5: no control characters in a field value.
_FIELD_VALUE: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


def load_profile(path: Path, *, environment: Mapping[str, str] | None = None) -> dict[str, Json]:
    """Read a profile; `${env/NAME}` is replaced from the environment.

    Raises:
        InputError: not what its schema says, or a variable that is not set.
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
    return expanded


def read_header(text: str) -> tuple[str, str]:
    """Take `Name: value` apart.

    Raises:
        InputError: no colon, no field name, or a control character in the value.
    """
    name, colon, value = text.partition(":")
    value = value.strip(" \t")
    if not colon or not _TOKEN.fullmatch(name) or not _FIELD_VALUE.fullmatch(value):
        # The value may be a credential: the message shows the name only.
        raise InputError("--header", "'Name: value'", name[:40])
    return name, value


def headers_of(section: Mapping[str, Json]) -> list[tuple[str, str]]:
    """Return the header fields of a profile's section."""
    headers = section.get("headers")
    return [(name, str(value)) for name, value in headers.items()] if is_object(headers) else []


def secret_values(profile: Mapping[str, Json], headers: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield the values that no report may hold: those of all header fields that the user gave."""
    for _, value in headers:
        yield value
    for surface in SURFACES:
        if is_object(section := profile.get(surface)):
            for _, value in headers_of(section):
                yield value


def merge_bindings(section: Mapping[str, Json], found: Mapping[str, Json]) -> dict[str, Json]:
    """Return a section with gaps filled from what discovery found; its own members stay."""
    return {**found, **section}


def as_url_list(profile: Mapping[str, Json]) -> dict[str, str]:
    """Return the URL of each surface that a profile names."""
    return {
        surface: str(section["url"])
        for surface in SURFACES
        if is_object(section := profile.get(surface)) and not is_array(section)
    }
