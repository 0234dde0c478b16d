"""The error object of an OData response, read strictly (JSON Format 21.1, Protocol 9.4).

Knows what the members have to be. Refuses to know which status asks for an error.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from conformance.words.json_value import ABSENT, Absent, Json, is_array, is_object, kind_of

MAX_PROBLEMS: Final = 50
_OWN: Final = ("code", "message", "target", "details", "innererror")


def read_error(body: Json | Absent, *, seen: str = "no JSON") -> dict[str, Json]:
    """Return `valid`, `problems` and the members of the error object as the peer sent them.

    Args:
        body: the response's body; absent when it is no JSON.
        seen: what the body is instead.

    Spec: ODATA-9.4-01, ODATA-9.4-02
    """
    problems: list[str] = []
    members: dict[str, Json] = {}
    for problem in _problems(body, seen):
        if len(problems) == MAX_PROBLEMS:
            break
        problems.append(problem)
    error = body.get("error") if is_object(body) else None
    if is_object(error):
        members = {name: error[name] for name in _OWN if name in error}
    return {"valid": not problems, "problems": list(problems), **members}


def _problems(body: Json | Absent, seen: str) -> Iterator[str]:
    """Yield each broken rule with its pointer."""
    if not is_object(body):
        what = seen if body is ABSENT else kind_of(body)
        yield f"expected an object with the member error, saw {what}"
        return
    if "error" not in body:
        yield f"expected the member error, saw {_names(body)}"
        return
    others = [name for name in body if name != "error" and "@" not in name]
    if others:
        yield f"expected error alone, saw {_names(dict.fromkeys(others))} beside it"
    error = body["error"]
    if not is_object(error):
        yield f"/error: expected an object, saw {kind_of(error)}"
        return
    yield from _shared(error, "/error")
    details = error.get("details", ABSENT)
    if is_array(details):
        yield from _details(details)
    elif details is not ABSENT:
        yield f"/error/details: expected an array, saw {kind_of(details)}"
    inner = error.get("innererror", ABSENT)
    if inner is not ABSENT and not is_object(inner):
        yield f"/error/innererror: expected an object, saw {kind_of(inner)}"


def _details(details: Sequence[Json]) -> Iterator[str]:
    for index, one in enumerate(details):
        place = f"/error/details/{index}"
        if is_object(one):
            yield from _shared(one, place)
        else:
            yield f"{place}: expected an object, saw {kind_of(one)}"


def _shared(error: Mapping[str, Json], place: str) -> Iterator[str]:
    """Check what an error and each of its details have in common."""
    for name in ("code", "message"):
        value = error.get(name, ABSENT)
        if not isinstance(value, str):
            yield f"{place}/{name}: expected a string, saw {kind_of(value)}"
        elif not value:
            yield f"{place}/{name}: expected a string that is not empty"
    target = error.get("target", None)
    if target is not None and not isinstance(target, str):
        yield f"{place}/target: expected a string or null, saw {kind_of(target)}"


def _names(members: Mapping[str, Json]) -> str:
    shown = ", ".join(repr(name[:40]) for name in list(members)[:5])
    return shown or "an empty object"
