"""The museum: real conformance bugs, and what catches each, as tables of `trust.md`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from conformance.words.catalogue import Catalogue
from conformance.words.yaml_file import load_yaml
from docs._make.faults import PROOF
from docs._make.markdown import code, link, plain, table
from docs._make.requirement_pages import anchor_of, path_of

MUSEUM: Final = PROOF / "museum.yaml"
#: Lines of the page between which the table stands.
BEGIN: Final = "<!-- made from tests/proof/museum.yaml by `python -m docs._make`: do not edit -->"
END: Final = "<!-- the end of what is made -->"
_HEAD: Final = ("bug", "seen in", "fault", "caught by")
_TITLES: Final[Mapping[str, str]] = {
    "JR": "JSON-RPC servers",
    "OD": "OData services",
    "SS": "Servers of event streams",
    "SC": "Clients of event streams",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One real bug.

    Attributes:
        name: `MUS-`, the kind of program (a key of the headings: JR, OD, SS, SC), a number.
        project: owner and name of the program; in brackets, where the thread is somewhere else.
        source: address of the public thread.
        year: when it was reported or mended.
        bug: what was wrong.
        faults: names of the faults that rebuild it.
        rows: ids of the requirements that catch it.
        unseen: why nothing can be red; empty where something is.
    """

    name: str
    project: str
    source: str
    year: int
    bug: str
    faults: tuple[str, ...]
    rows: tuple[str, ...]
    unseen: str

    @property
    def kind(self) -> str:
        """The kind of program: JR, OD, SS or SC."""
        return self.name.split("-")[1]


def load_museum(path: Path = MUSEUM) -> list[Exhibit]:
    """Return the exhibits, in the order of the file."""
    read = cast("Sequence[Mapping[str, Any]]", load_yaml(path))  # as the tests hold it
    return [
        Exhibit(
            name=str(one["id"]),
            project=str(one["project"]),
            source=str(one["source"]),
            year=int(one["year"]),
            bug=str(one["bug"]),
            faults=tuple(map(str, one.get("faults", ()))),
            rows=tuple(map(str, one.get("rows", ()))),
            unseen=str(one.get("unseen", "")),
        )
        for one in read
    ]


def museum_tables(museum: Sequence[Exhibit], catalogue: Catalogue) -> Iterator[str]:
    """Yield lines: a heading and a table a kind of program."""
    for kind, title in _TITLES.items():
        mine = [one for one in museum if one.kind == kind]
        yield from (f"### {title}", "")
        yield from table(_HEAD, (_cells(one, catalogue) for one in mine))


def with_museum(text: str, lines: Iterable[str]) -> str:
    """Return a page in which the lines stand between its two marks, in place of what was there."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join([before + BEGIN, "", *lines, END + after])


def _cells(one: Exhibit, catalogue: Catalogue) -> list[str]:
    caught = ", ".join(_row(row, catalogue) for row in one.rows)
    return [
        f"{one.name}: {plain(one.bug)}",
        f"{link(one.project, one.source)}, {one.year}",
        ", ".join(map(code, one.faults)) or "none",
        " ".join(filter(None, [caught, plain(one.unseen)])),
    ]


def _row(row: str, catalogue: Catalogue) -> str:
    return f"[{row}]({path_of(catalogue.requirement(row).class_name)}#{anchor_of(row)})"
