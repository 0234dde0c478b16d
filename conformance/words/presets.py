"""Presets: what all targets of one kind have in common, as a profile without its URLs."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import conformance
from conformance.errors import InputError
from conformance.words.json_value import Json, is_object
from conformance.words.profile import SURFACES
from conformance.words.schema_files import load_checked

PRESETS: Final = Path(conformance.__file__).resolve().parent / "presets"


def preset_names() -> list[str]:
    """Return the names of all presets, sorted."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


def load_preset(name: str) -> dict[str, Json]:
    """Return the profile of a preset; its surfaces have no URL.

    Raises:
        InputError: no preset of this name.
    """
    if name not in preset_names():
        raise InputError("--preset", f"one of {', '.join(preset_names())}", name)
    preset = load_checked(PRESETS / f"{name}.yaml", "preset")
    assert is_object(preset)
    profile = preset["profile"]
    assert is_object(profile)
    return dict(profile)


def under_profile(profile: Mapping[str, Json], preset: Mapping[str, Json]) -> dict[str, Json]:
    """Return a profile with its gaps filled from a preset, whose surfaces are all at one URL.

    Members of a surface and of `capabilities` are filled one by one, headers by their name; all
    others are the profile's as a whole if it has them. A surface without a URL is where the first
    one is that has it.

    Raises:
        InputError: no surface has a URL.
    """
    merged = _merged(profile, preset, depth=2)
    sections = {name: one for name in SURFACES if is_object(one := merged.get(name))}
    urls = [str(section["url"]) for section in sections.values() if "url" in section]
    if not urls:
        raise InputError("--preset", "a URL of the target", "none", "give it as the argument")
    return merged | {name: {"url": urls[0], **section} for name, section in sections.items()}


def _merged(own: Mapping[str, Json], below: Mapping[str, Json], *, depth: int) -> dict[str, Json]:
    merged = {**below, **own}
    for name in own.keys() & below.keys():
        mine, theirs = own[name], below[name]
        if is_object(mine) and is_object(theirs) and (depth > 1 or name == "headers"):
            merged[name] = _merged(mine, theirs, depth=depth - 1)
    return merged
