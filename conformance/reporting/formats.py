"""The formats that a report can be written in: name, file name, and the function that writes it.

A run that writes JSON and JUnit need not wait for Jinja2: what writes is imported when it is used.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Final, cast

from conformance.reporting.report import document_text
from conformance.words.catalogue import Catalogue
from conformance.words.json_value import Json

Write = Callable[[Mapping[str, Json], Catalogue], str]


def _json(document: Mapping[str, Json], _: Catalogue) -> str:
    return document_text(document)


def _from(module: str, function: str) -> Write:
    """Return a function of a module of this folder, imported at its first call."""

    def write(document: Mapping[str, Json], catalogue: Catalogue) -> str:
        found = getattr(import_module(f"conformance.reporting.{module}"), function)
        return cast("Write", found)(document, catalogue)

    return write


FORMATS: Final[Mapping[str, tuple[str, Write]]] = {
    "json": ("report.json", _json),
    "junit": ("junit.xml", _from("junit", "junit_xml")),
    "html": ("report.html", _from("html_report", "html_report")),
    "ctrf": ("ctrf.json", _from("ctrf", "ctrf_json")),
    "earl": ("earl.jsonld", _from("earl", "earl_json")),
    "sarif": ("report.sarif", _from("sarif", "sarif_json")),
    "markdown": ("report.md", _from("markdown", "markdown")),
    "badge": ("badge.svg", _from("badge", "badge_svg")),
    "shields": ("badge.json", _from("badge", "shields_json")),
}
