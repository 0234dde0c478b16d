"""The pages that are made: nothing of the catalogue, the schema or the command is missing."""

import configparser
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from conformance.cli import app
from conformance.coverage import sections_of
from conformance.engine.scenario import load_scenarios
from conformance.words.catalogue import load_catalogues
from conformance.words.schema_files import SCHEMAS
from docs._make.command_page import command_names, command_page
from docs._make.coverage_page import coverage_page, judged_in, reasons_in, told_of
from docs._make.faults import all_faults
from docs._make.profile_page import profile_page
from docs._make.requirement_pages import anchor_of, path_of, requirement_pages

DOCS = Path(__file__).parents[2] / "docs"
Faults = Mapping[str, Sequence[str]]


@pytest.fixture(scope="module")
def faults() -> Faults:
    return all_faults()


@pytest.fixture(scope="module")
def pages(faults: Faults) -> dict[str, str]:
    return dict(requirement_pages(load_catalogues(), load_scenarios(), faults))


def test_each_requirement_has_its_anchor_on_the_page_of_its_class(pages: dict[str, str]) -> None:
    for row in load_catalogues().requirements.values():
        heading = f"## {row.id} {{ #{anchor_of(row.id)} }}\n"
        assert pages[path_of(row.class_name)].count(heading) == 1


def test_links_between_the_pages_lead_to_anchors(pages: dict[str, str]) -> None:
    for path, text in pages.items():
        for target, anchor in re.findall(r"\]\(([\w.-]*\.md|)#([\w.-]+)\)", text):
            there = f"requirements/{target}" if target else path
            assert there in pages
            assert f"{{ #{anchor} }}" in pages[there]


def test_a_requirement_tells_how_it_is_tested_and_proven(pages: dict[str, str]) -> None:
    text = pages["requirements/jsonrpc.batch.md"]

    section = text.partition("## JSONRPC-6-14 ")[2].partition("\n## ")[0]
    assert "Level implied, for servers; when it is broken: fail." in section
    assert "(<https://www.jsonrpc.org/specification#batch>)" in section
    assert "`jsonrpc/invalid-entry-gets-its-own-error` (" in section
    assert "`one-bad-entry-spoils-the-batch`" in section
    assert "[Contest the reading](../contest.md)" in section


def test_each_ambiguity_has_its_anchor(pages: dict[str, str]) -> None:
    text = pages["requirements/ambiguities.md"]

    assert all(f"{{ #{name} }}" in text for name in load_catalogues().ambiguities)


def test_faults_name_requirements_of_the_catalogue(faults: Faults) -> None:
    assert faults
    assert set(faults) <= set(load_catalogues().requirements)


def test_the_profile_page_tells_of_each_member() -> None:
    schema = json.loads((SCHEMAS / "profile.schema.json").read_bytes())  # noqa: TID251

    text = profile_page(schema)

    for name, one in schema["properties"].items():
        assert (f"## {name}\n" in text) == ("properties" in one)
        for member in one.get("properties", {}):
            assert f"| `{member}` |" in text
    assert "| `entity_sets.NAME.writable` | boolean |" in text
    assert "| `ok.method` | string | Name of the method. Required. |" in text


def test_the_command_page_has_a_section_a_command() -> None:
    names = command_names(app)

    text = command_page(dict.fromkeys(["", *names], "as asked"))

    assert {"run", "client", "list", "certify", "serve"} <= set(names)
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [
        "wirecheck",
        *(f"wirecheck {name}" for name in names),
    ]


def report(*checks: tuple[str, str]) -> dict[str, Any]:
    return {
        "suite": {"version": "1.2"},
        "target": {"name": "a_b", "version": "3"},
        "run": {"started_at": "2026-01-31T09:30:00Z"},
        "summary": {"pass": 1, "fail": 0, "untested": 1},
        "checks": [{"requirement": r, "verdict": v, "message": f"{r}!"} for r, v in checks],
    }


def test_the_coverage_page_counts_what_runs_judged_and_gives_each_gap_its_reason() -> None:
    one = report(("JSONRPC-6-14", "pass"), ("JSONRPC-6-15", "untested"))
    found = sections_of(
        load_catalogues(), load_scenarios(), proven={"JSONRPC-6-14"}, judged=judged_in(one)
    )

    text = coverage_page(list(found), [told_of(one)], reasons_in([one]))

    assert r"- a\_b 3, by wirecheck 1.2 on 2026-01-31: 1 pass, 1 untested." in text
    batch = next(line for line in text.splitlines() if line.startswith("| 6 |"))
    assert batch.split(" | ")[4:6] == ["1", "1"]
    untested = next(line for line in text.splitlines() if "untested: JSONRPC-6-15!" in line)
    assert "[JSONRPC-6-15](requirements/jsonrpc.batch.md#JSONRPC-6-15)" in untested
    assert "no reason given" not in text


def test_the_coverage_page_in_the_tree_holds_each_section() -> None:
    text = (DOCS / "coverage.md").read_text(encoding="utf-8")

    for row in load_catalogues().requirements.values():
        assert f"\n## {row.spec}\n" in text
        assert f"\n| {row.section} | " in text


def test_the_site_is_built_strictly() -> None:
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(DOCS.parent / "tox.ini")

    assert tox["testenv:docs"]["commands"] == "mkdocs build --strict"
