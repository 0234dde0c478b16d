"""MkDocs hooks: pages that are made from data join those that people wrote."""

import json
from collections.abc import Iterator

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from conformance.cli import app
from conformance.engine.scenario import load_scenarios
from conformance.words.catalogue import load_catalogues
from conformance.words.schema_files import SCHEMAS
from conformance.words.yaml_file import read_text
from docs._make.command_page import command_names, command_page, help_texts
from docs._make.faults import all_faults
from docs._make.markdown import within_site
from docs._make.profile_page import profile_page
from docs._make.requirement_pages import requirement_pages


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made; one that stands in the folder as well is refused by MkDocs."""
    for path, text in _pages():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - MkDocs passes by name
    """Take links out that leave the site."""
    return within_site(markdown, page.file.src_uri)


def _pages() -> Iterator[tuple[str, str]]:
    yield from requirement_pages(load_catalogues(), load_scenarios(), all_faults())
    schema = json.loads(read_text(SCHEMAS / "profile.schema.json"))  # noqa: TID251 - our own file
    yield "reference/profile.md", profile_page(schema)
    yield "reference/command.md", command_page(help_texts(command_names(app)))
