"""What a profile says of requests around a stream, with their placeholders filled in.

A placeholder is a name in braces, as in `http://host/streams/{session}`: profiles are read before
there is any session. Knows values only.
"""

from collections.abc import Iterable, Mapping

from conformance.words.json_value import ABSENT, Absent, Json, is_array, is_object
from conformance.words.pointer import resolve, split_pointer
from conformance.words.template import to_json_text

#: The placeholders of a trigger; where a scenario gives none, a member that is one is left out.
TRIGGER_NAMES = ("payload", "name", "id", "count")


def fill_text(text: str, values: Mapping[str, str]) -> str:
    """Replace `{name}` for each name that there is a value for."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def fill(value: Json, values: Mapping[str, str], *, names: Iterable[str] = ()) -> Json | Absent:
    """Replace placeholders in all strings of a value, member names left alone.

    A string that is nothing but a placeholder of `names` without a value is absent; so is a member
    or item that holds it. `{count}` alone becomes a number.
    """
    if isinstance(value, str):
        bare = value[1:-1] if value[:1] == "{" and value[-1:] == "}" else ""
        if bare in names and bare not in values:
            return ABSENT
        if bare == "count" and values["count"].isdigit():
            return int(values["count"])
        return fill_text(value, values)
    if is_object(value):
        members = ((name, fill(one, values, names=names)) for name, one in value.items())
        return {name: one for name, one in members if one is not ABSENT}
    if is_array(value):
        return [one for item in value if (one := fill(item, values, names=names)) is not ABSENT]
    return value


def uses(value: Json, name: str) -> bool:
    """Tell whether a value holds a placeholder."""
    return f"{{{name}}}" in to_json_text(value)


def take(answer: Mapping[str, Json], pointer: str) -> str | None:
    """Return the text or number at a pointer into `{status, headers, body}`; None if none is."""
    found = resolve(answer, split_pointer(pointer))
    if isinstance(found, bool) or not isinstance(found, str | int):
        return None
    return str(found)
