"""Real servers and what their published reports came to: the table of `real-servers.md`."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from conformance.words.verdict import Verdict
from conformance.words.yaml_file import read_text
from docs._make.markdown import code, plain, table

PUBLISHED: Final = Path(__file__).parents[2] / "reports/published"
#: Lines of the page between which the table stands.
BEGIN: Final = "<!-- made from reports/published by `python -m docs._make`: do not edit -->"
END: Final = "<!-- the end of what is made -->"
_CLIENTS: Final = "client-"
_HEAD: Final = (
    "server",
    "report",
    "judged",
    "kept",
    "broken",
    "warned",
    "not tested",
    "not offered",
)
_TITLES: Final[Mapping[str, str]] = {
    "jsonrpc": "JSON-RPC servers",
    "odata": "OData services",
    "sse": "Servers of event streams",
}
_PREFIXES: Final[Mapping[str, str]] = {"jsonrpc": "JSONRPC-", "odata": "ODATA-", "sse": "SSE-"}
# The worst of a requirement's checks tells what became of it, but for those that did not judge.
_ORDER: Final = (
    Verdict.FAIL,
    Verdict.ERROR,
    Verdict.WARN,
    Verdict.PASS,
    Verdict.UNTESTED,
    Verdict.NOT_APPLICABLE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One surface of a server, as its report has it.

    Attributes:
        folder: of the report, below `reports/published`.
        surface: jsonrpc, odata or sse.
        title: name and version of the server.
        date: of the run, `2026-01-31`, in UTC.
        counts: how many requirements of the surface's specification came to each verdict.
    """

    folder: str
    surface: str
    title: str
    date: str
    counts: Mapping[Verdict, int]


def judged_servers(published: Path = PUBLISHED) -> list[Judged]:
    """Return the servers with a published report, by folder; one a surface."""
    paths = sorted(published.glob("*/report.json"))
    return [
        one
        for path in paths
        if not path.parent.name.startswith(_CLIENTS)
        for one in _surfaces(path)
    ]


def server_tables(servers: Iterable[Judged]) -> Iterator[str]:
    """Yield lines: a heading and a table a surface."""
    all_of_them = list(servers)
    for surface, title in _TITLES.items():
        yield from (f"### {title}", "")
        yield from table(_HEAD, (_cells(one) for one in all_of_them if one.surface == surface))


def with_servers(text: str, lines: Iterable[str]) -> str:
    """Return a page in which the lines stand between its two marks, in place of what was there."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return "\n".join([before + BEGIN, "", *lines, END + after])


def _surfaces(path: Path) -> Iterator[Judged]:
    report: Mapping[str, Any] = json.loads(read_text(path))  # noqa: TID251 - our own file
    target = report["target"]
    for surface in target["urls"]:
        yield Judged(
            folder=path.parent.name,
            surface=surface,
            title=f"{target['name']} {target['version']}",
            date=report["run"]["started_at"].partition("T")[0],
            counts=_counts(report["checks"], _PREFIXES[surface]),
        )


def _counts(checks: Sequence[Mapping[str, Any]], prefix: str) -> dict[Verdict, int]:
    seen: dict[str, set[Verdict]] = {}
    for check in checks:
        if check["requirement"].startswith(prefix):
            seen.setdefault(check["requirement"], set()).add(Verdict(check["verdict"]))
    came_to = [next(one for one in _ORDER if one in verdicts) for verdicts in seen.values()]
    return {one: came_to.count(one) for one in _ORDER}


def _cells(one: Judged) -> list[str]:
    broken = one.counts[Verdict.FAIL] + one.counts[Verdict.ERROR]
    counts = (
        one.counts[Verdict.PASS],
        broken,
        one.counts[Verdict.WARN],
        one.counts[Verdict.UNTESTED],
        one.counts[Verdict.NOT_APPLICABLE],
    )
    return [plain(one.title), code(one.folder), one.date, *map(str, counts)]
