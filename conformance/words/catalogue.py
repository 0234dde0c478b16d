"""The catalogues: what the specs demand, row by row, as loaded from `requirements/*.yaml`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, cast

import conformance
from conformance.errors import InputError
from conformance.words.json_value import Json, is_array, is_object
from conformance.words.schema_files import load_checked
from conformance.words.verdict import Level, Verdict
from conformance.words.yaml_file import place

REQUIREMENTS: Final = Path(conformance.__file__).resolve().parent / "requirements"

_BY_LEVEL: Final = {
    Level.MUST: Verdict.FAIL,
    Level.MUST_NOT: Verdict.FAIL,
    Level.IMPLIED: Verdict.FAIL,
    Level.SHOULD: Verdict.WARN,
    Level.SHOULD_NOT: Verdict.WARN,
    # A permission can't be broken: where it is not used, there is nothing to judge.
    Level.MAY: Verdict.NOT_APPLICABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One normative statement of a spec."""

    id: str
    spec: str
    section: str
    source: str
    link: str
    level: Level
    party: str
    class_name: str
    statement: str
    how_to_test: str
    needs: tuple[str, ...]
    testable: str
    limits: str = ""
    ambiguities: tuple[str, ...] = ()
    worst: str = ""
    why: str = ""
    note: str = ""
    aliases: tuple[str, ...] = ()
    edition: str

    @property
    def when_broken(self) -> Verdict:
        """The verdict of a broken expectation; `PASS` means a pass with a remark."""
        match self.worst:
            case "warn":
                return Verdict.WARN
            case "info":
                return Verdict.PASS
            case _:
                return _BY_LEVEL[self.level]

    @property
    def is_for_servers(self) -> bool:
        """Whether a server has to keep it."""
        return self.binds("server")

    def binds(self, party: str) -> bool:
        """Tell whether a party, `server` or `client`, has to keep it."""
        return self.party in (party, "both")


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """Something that a target may offer.

    `kind` tells what its absence means: `binding` untested, `feature` not applicable; `assumed`
    ones are there unless the profile says no.
    """

    name: str
    title: str
    kind: str
    add: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguity:
    """A point that the text leaves open, and how the suite reads it."""

    id: str
    topic: str
    ambiguity: str
    policy: str
    suite_should: str
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """One or several specs; look-ups by id and name."""

    titles: Mapping[str, str]
    classes: Mapping[str, str]
    capabilities: Mapping[str, Capability]
    ambiguities: Mapping[str, Ambiguity]
    requirements: Mapping[str, Requirement]

    def requirement(self, name: str) -> Requirement:
        """Return one row.

        Raises:
            InputError: no such id; the nearest one is named.
        """
        try:
            return self.requirements[name]
        except KeyError as error:
            raise InputError("requirement", "a requirement id", name, self._near(name)) from error

    def _near(self, name: str) -> str:
        import difflib  # noqa: PLC0415 - only on the way to an error message

        near = difflib.get_close_matches(name, self.requirements, n=1, cutoff=0.5)
        return f"did you mean {near[0]}?" if near else "`wirecheck list requirements` has them all"


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(map(str, value)) if is_array(value) else ()


def _read_requirement(row: Mapping[str, Json], spec: str, edition: str) -> Requirement:
    return Requirement(
        id=str(row["id"]),
        spec=spec,
        section=str(row["section"]),
        source=str(row["source"]),
        link=str(row["link"]),
        level=Level(str(row["level"])),
        party=str(row["party"]),
        class_name=str(row["class"]),
        statement=str(row["statement"]),
        how_to_test=str(row["how_to_test"]),
        needs=_texts(row["needs"]),
        testable=str(row["testable"]),
        limits=str(row.get("limits", "")),
        ambiguities=_texts(row.get("ambiguities")),
        worst=str(row.get("worst", "")),
        why=str(row.get("why", "")),
        note=str(row.get("note", "")),
        aliases=_texts(row.get("aliases")),
        edition=str(row.get("edition", edition)),
    )


def load_catalogue(path: Path) -> Catalogue:
    """Read one catalogue.

    Raises:
        InputError: not what its schema says, an id twice, or a name that it does not define.
    """
    document = load_checked(path, "catalogue")
    assert is_object(document)
    spec, edition = str(document["spec"]), str(document["edition"])
    rows = cast("list[dict[str, Json]]", document["requirements"])  # by the schema
    classes = cast("dict[str, dict[str, str]]", document["classes"])
    capabilities = cast("dict[str, dict[str, str]]", document["capabilities"])
    ambiguities = cast("list[dict[str, Json]]", document.get("ambiguities", []))
    requirements: dict[str, Requirement] = {}
    for index, row in enumerate(rows):
        requirement = _read_requirement(row, spec, edition)
        if requirement.id in requirements:
            where = place(path, f"/requirements/{index}/id")
            raise InputError(where, "each id once", requirement.id)
        requirements[requirement.id] = requirement
    catalogue = Catalogue(
        titles={spec: str(document["title"])},
        classes={name: one["title"] for name, one in classes.items()},
        capabilities={
            name: Capability(name=name, title=one["title"], kind=one["kind"], add=one["add"])
            for name, one in capabilities.items()
        },
        ambiguities={
            str(one["id"]): Ambiguity(
                id=str(one["id"]),
                topic=str(one["topic"]),
                ambiguity=str(one["ambiguity"]),
                policy=str(one["policy"]),
                suite_should=str(one["suite_should"]),
                references=_texts(one.get("references")),
            )
            for one in ambiguities
        },
        requirements=requirements,
    )
    _check_names(path, rows, catalogue, sources=document["sources"])
    return catalogue


def _check_names(
    path: Path, rows: Iterable[Mapping[str, Json]], catalogue: Catalogue, *, sources: Json
) -> None:
    assert is_object(sources)
    known: dict[str, tuple[str, Iterable[str]]] = {
        "source": ("sources", sources),
        "class": ("classes", catalogue.classes),
        "ambiguities": ("ambiguities", catalogue.ambiguities),
    }
    for index, row in enumerate(rows):
        for member, (section, names) in known.items():
            value = row.get(member, [])
            for name in [value] if isinstance(value, str) else _texts(value):
                if name not in names:
                    where = place(path, f"/requirements/{index}/{member}")
                    raise InputError(where, f"a name that the file defines in {section}", name)


@cache
def load_catalogues(folder: Path = REQUIREMENTS) -> Catalogue:
    """Read all catalogues of a folder as one.

    Raises:
        InputError: as `load_catalogue`, an id in two files, or an empty folder.
    """
    titles: dict[str, str] = {}
    classes: dict[str, str] = {}
    capabilities: dict[str, Capability] = {}
    ambiguities: dict[str, Ambiguity] = {}
    requirements: dict[str, Requirement] = {}
    for path in sorted(folder.glob("*.yaml")):
        one = load_catalogue(path)
        if twice := sorted(requirements.keys() & one.requirements.keys()):
            raise InputError(str(path), "ids that no other catalogue has", twice[0])
        titles |= one.titles
        classes |= one.classes
        capabilities |= one.capabilities
        ambiguities |= one.ambiguities
        requirements |= one.requirements
    if not requirements:
        raise InputError(str(folder), "at least one catalogue", "none")
    for row in requirements.values():
        for name in row.needs:
            if name not in capabilities:
                raise InputError(f"{folder}: {row.id}", "needs that a catalogue defines", name)
    return Catalogue(
        titles=titles,
        classes=classes,
        capabilities=capabilities,
        ambiguities=ambiguities,
        requirements=requirements,
    )
