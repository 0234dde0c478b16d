"""Members of a CSDL JSON object taken by kind; what is of another kind is listed and left out.

Also names: aliases are replaced by the namespaces that they stand for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.discovery.csdl import CAPABILITIES, CORE, VALIDATION, Problem
from conformance.words.json_value import ABSENT, Absent, Json, is_array, is_object, kind_of

# Services name vocabularies by their usual aliases and forget to include them.
_USUAL: Final = {"Core": CORE, "Capabilities": CAPABILITIES, "Validation": VALIDATION}
_SEEN_CHARACTERS: Final = 80


class Problems:
    """Problems of one document, each told once."""

    def __init__(self, found: Iterable[Problem] = ()) -> None:
        self._found = dict.fromkeys(found)

    def add(self, code: str, where: str, detail: str) -> None:
        """Note a problem."""
        self._found.setdefault(Problem(code=code, where=where, detail=detail))

    def as_tuple(self) -> tuple[Problem, ...]:
        """Return all of them, in the order in which they were found."""
        return tuple(self._found)


@dataclass(frozen=True, slots=True)
class Fields:
    """One object of a document, with its place and the list that its problems go to."""

    members: Mapping[str, Json]
    where: str
    problems: Problems

    def text(self, name: str, default: str = "") -> str:
        """Return a text member."""
        value = self.members.get(name, ABSENT)
        if isinstance(value, str):
            return value
        self._note(name, "text", value)
        return default

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a Boolean member."""
        value = self.members.get(name, ABSENT)
        if isinstance(value, bool):
            return value
        self._note(name, "true or false", value)
        return default

    def number(self, name: str) -> int | None:
        """Return an integer that is not negative; None if there is none."""
        value = self.members.get(name, ABSENT)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self._note(name, "an integer, 0 or more", value)
        return None

    def object(self, name: str) -> Mapping[str, Json]:
        """Return an object member; empty if there is none."""
        value = self.members.get(name, ABSENT)
        if is_object(value):
            return value
        self._note(name, "an object", value)
        return {}

    def array(self, name: str) -> Sequence[Json]:
        """Return an array member; empty if there is none."""
        value = self.members.get(name, ABSENT)
        if is_array(value):
            return value
        self._note(name, "an array", value)
        return ()

    def within(self, name: str, *, where: str) -> "Fields":
        """Return an object member as fields of its own."""
        return Fields(self.object(name), where, self.problems)

    def _note(self, name: str, expected: str, value: Json | Absent) -> None:
        if value is not ABSENT:
            detail = f"expected {name} to be {expected}, saw {seen(value)}"
            self.problems.add("wrong-kind", self.where, detail)


def seen(value: Json) -> str:
    """Return a value as a problem shows it: short texts whole, of the rest the kind."""
    if not isinstance(value, str):
        return f"a value of kind {kind_of(value)}"
    return repr(value if len(value) <= _SEEN_CHARACTERS else f"{value[:_SEEN_CHARACTERS]}…")


class Names:
    """Aliases of one document."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._namespaces: set[str] = {"Edm"}
        self._aliases: dict[str, str] = {}

    def learn(self, namespace: str, alias: str) -> None:
        """Take over a namespace and its alias, empty for none."""
        self._namespaces.add(namespace)
        if not alias:
            return
        known = self._aliases.setdefault(alias, namespace)
        if known != namespace:
            detail = f"expected {alias!r} to stand for one namespace, saw {known} and {namespace}"
            self._problems.add("alias-twice", "", detail)

    def qualified(self, name: str) -> str:
        """Return a dotted name with the namespace in place of its alias."""
        prefix, dot, local = name.rpartition(".")
        if not dot or prefix in self._namespaces:
            return name
        if prefix in self._aliases:
            return f"{self._aliases[prefix]}.{local}"
        if prefix in _USUAL:
            detail = f"expected the alias {prefix!r} to be declared, saw it in {name!r} only"
            self._problems.add("unknown-alias", "", detail)
            return f"{_USUAL[prefix]}.{local}"
        return name

    def target(self, path: str) -> str:
        """Return the path of a model element, its first name qualified."""
        first, slash, rest = path.partition("/")
        name, bracket, signature = first.partition("(")
        whole = self._aliases.get(name) or self.qualified(name)
        return f"{whole}{bracket}{signature}{slash}{rest}"

    @staticmethod
    def set_of(path: str) -> str:
        """Return the set that a path leads to, given with or without its container.

        Empty for a set that is contained in entities, which is none of the container's.
        """
        segments = path.split("/")
        if "." in segments[0]:
            segments = segments[1:]
        return segments[0] if len(segments) == 1 else ""
