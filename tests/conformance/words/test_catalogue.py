"""Catalogues read from files, and what is wrong with one told by file and line."""

import re
from pathlib import Path

import pytest

from conformance.errors import InputError
from conformance.words.catalogue import (
    Ambiguity,
    Capability,
    Requirement,
    load_catalogue,
    load_catalogues,
)
from conformance.words.verdict import Level, Verdict

CATALOGUE = """\
spec: demo
title: The demo
edition: "2026.1"
prefix: DEMO
sources:
  text: {title: A text, link: "https://example.org/"}
classes:
  demo.core: {title: The core}
capabilities:
  demo.ok: {title: a call, kind: binding, add: "ok: NAME"}
ambiguities:
  - id: AMB-DEMO-01
    topic: a point
    ambiguity: left open
    policy: warn
    suite_should: look
    references: [one, two]
requirements:
  - id: DEMO-1-01
    section: "1"
    source: text
    link: "https://example.org/#1"
    level: MUST
    party: server
    class: demo.core
    statement: It holds.
    how_to_test: Look.
    needs: [demo.ok]
    testable: "yes"
    ambiguities: [AMB-DEMO-01]
    aliases: [DEMO-0-01]
  - id: DEMO-1-02
    section: "1"
    source: text
    link: "https://example.org/#1"
    level: SHOULD
    party: client
    class: demo.core
    statement: It holds too.
    how_to_test: Look.
    needs: []
    testable: partly
    limits: not all
    worst: info
    why: it breaks
    note: disputed
    edition: "2026.2"
"""


def write(folder: Path, text: str, name: str = "demo.yaml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_row_has_all_that_the_file_says(tmp_path: Path) -> None:
    catalogue = load_catalogue(write(tmp_path, CATALOGUE))

    assert catalogue.requirement("DEMO-1-01") == Requirement(
        id="DEMO-1-01",
        spec="demo",
        section="1",
        source="text",
        link="https://example.org/#1",
        level=Level.MUST,
        party="server",
        class_name="demo.core",
        statement="It holds.",
        how_to_test="Look.",
        needs=("demo.ok",),
        testable="yes",
        ambiguities=("AMB-DEMO-01",),
        aliases=("DEMO-0-01",),
        edition="2026.1",
    )
    assert catalogue.requirement("DEMO-1-02") == Requirement(
        id="DEMO-1-02",
        spec="demo",
        section="1",
        source="text",
        link="https://example.org/#1",
        level=Level.SHOULD,
        party="client",
        class_name="demo.core",
        statement="It holds too.",
        how_to_test="Look.",
        needs=(),
        testable="partly",
        limits="not all",
        worst="info",
        why="it breaks",
        note="disputed",
        edition="2026.2",
    )


def test_names_of_a_catalogue_lead_to_what_they_stand_for(tmp_path: Path) -> None:
    catalogue = load_catalogue(write(tmp_path, CATALOGUE))

    assert catalogue.titles == {"demo": "The demo"}
    assert catalogue.classes == {"demo.core": "The core"}
    assert catalogue.capabilities == {
        "demo.ok": Capability(name="demo.ok", title="a call", kind="binding", add="ok: NAME")
    }
    assert catalogue.ambiguities == {
        "AMB-DEMO-01": Ambiguity(
            id="AMB-DEMO-01",
            topic="a point",
            ambiguity="left open",
            policy="warn",
            suite_should="look",
            references=("one", "two"),
        )
    }


def test_ambiguities_may_be_left_out(tmp_path: Path) -> None:
    start, end = CATALOGUE.index("ambiguities:"), CATALOGUE.index("requirements:")
    text = (CATALOGUE[:start] + CATALOGUE[end:]).replace("    ambiguities: [AMB-DEMO-01]\n", "")

    assert load_catalogue(write(tmp_path, text)).ambiguities == {}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param(
            "DEMO-1-02", "DEMO-1-01", ":32: expected each id once, saw 'DEMO-1-01'", id="id twice"
        ),
        pytest.param(
            "source: text\n",
            "source: other\n",
            ":21: expected a name that the file defines in sources, saw 'other'",
            id="source",
        ),
        pytest.param(
            "class: demo.core\n",
            "class: demo.other\n",
            ":25: expected a name that the file defines in classes, saw 'demo.other'",
            id="class",
        ),
        pytest.param(
            "[AMB-DEMO-01]",
            "[AMB-DEMO-01, AMB-DEMO-02]",
            ":30: expected a name that the file defines in ambiguities, saw 'AMB-DEMO-02'",
            id="ambiguity",
        ),
        pytest.param(
            "level: MUST\n",
            "level: must\n",
            ":23: expected one of 'MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY', 'implied', "
            "saw 'must'",
            id="level",
        ),
        pytest.param(
            'testable: "yes"',
            'testable: "no"',
            ":19: expected the member 'limits', saw ['aliases', 'ambiguities', 'class', "
            "'how_to_test', 'id', 'level', 'link', 'needs', 'party', 'section', 'source', "
            "'statement', 'testable']",
            id="no limits",
        ),
    ],
)
def test_a_mistake_is_told_with_file_and_line(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    path = write(tmp_path, CATALOGUE.replace(old, new, 1))

    with pytest.raises(InputError, match=f"^{re.escape(f'{path}{told}')}$"):
        load_catalogue(path)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("DEMO-1-03", "did you mean DEMO-1-02?", id="a near one"),
        pytest.param("zzz", "`wirecheck list requirements` has them all", id="none is near"),
    ],
)
def test_an_unknown_id_is_answered_with_the_nearest(tmp_path: Path, name: str, hint: str) -> None:
    catalogue = load_catalogue(write(tmp_path, CATALOGUE))

    whole = f"requirement: expected a requirement id, saw {name!r} ({hint})"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        catalogue.requirement(name)


@pytest.mark.parametrize(
    ("level", "worst", "verdict"),
    [
        pytest.param("MUST", "", Verdict.FAIL, id="must"),
        pytest.param("MUST NOT", "", Verdict.FAIL, id="must not"),
        pytest.param("implied", "", Verdict.FAIL, id="implied"),
        pytest.param("SHOULD", "", Verdict.WARN, id="should"),
        pytest.param("SHOULD NOT", "", Verdict.WARN, id="should not"),
        pytest.param("MAY", "", Verdict.NOT_APPLICABLE, id="may"),
        pytest.param("MUST", "warn", Verdict.WARN, id="at worst a warning"),
        pytest.param("MUST", "info", Verdict.PASS, id="at worst a remark"),
    ],
)
def test_a_broken_row_has_the_verdict_of_its_level(
    tmp_path: Path, level: str, worst: str, verdict: Verdict
) -> None:
    row = f"level: {level}" + (f"\n    worst: {worst}" if worst else "")
    text = CATALOGUE.replace("level: MUST", row, 1)

    requirement = load_catalogue(write(tmp_path, text)).requirement("DEMO-1-01")

    assert requirement.when_broken is verdict


@pytest.mark.parametrize(
    ("party", "is_for_servers"),
    [
        pytest.param("server", True, id="server"),
        pytest.param("both", True, id="both"),
        pytest.param("client", False, id="client"),
    ],
)
def test_a_row_is_for_servers_or_not(tmp_path: Path, party: str, *, is_for_servers: bool) -> None:
    text = CATALOGUE.replace("party: server", f"party: {party}")

    row = load_catalogue(write(tmp_path, text)).requirement("DEMO-1-01")

    assert row.is_for_servers is is_for_servers


def test_catalogues_of_a_folder_are_one(tmp_path: Path) -> None:
    write(tmp_path, CATALOGUE)
    other = CATALOGUE.replace("DEMO", "OTHER").replace("demo", "other").replace("The demo", "Other")
    # A capability may be defined by another catalogue.
    write(tmp_path, other.replace("needs: []", "needs: [demo.ok]"), "other.yaml")
    (tmp_path / "notes.txt").write_text("no catalogue", encoding="utf-8")

    catalogue = load_catalogues(tmp_path)

    assert list(catalogue.requirements) == ["DEMO-1-01", "DEMO-1-02", "OTHER-1-01", "OTHER-1-02"]
    assert set(catalogue.titles) == {"demo", "other"}
    assert set(catalogue.classes) == {"demo.core", "other.core"}
    assert set(catalogue.capabilities) == {"demo.ok", "other.ok"}
    assert set(catalogue.ambiguities) == {"AMB-DEMO-01", "AMB-OTHER-01"}


def test_an_id_in_two_catalogues_is_refused(tmp_path: Path) -> None:
    write(tmp_path, CATALOGUE)
    path = write(tmp_path, CATALOGUE, "other.yaml")

    whole = f"{path}: expected ids that no other catalogue has, saw 'DEMO-1-01'"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        load_catalogues(tmp_path)


def test_a_need_that_no_catalogue_defines_is_refused(tmp_path: Path) -> None:
    write(tmp_path, CATALOGUE.replace("needs: []", "needs: [demo.nope]"))

    whole = f"{tmp_path}: DEMO-1-02: expected needs that a catalogue defines, saw 'demo.nope'"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        load_catalogues(tmp_path)


def test_a_folder_without_catalogues_is_refused(tmp_path: Path) -> None:
    whole = f"{tmp_path}: expected at least one catalogue, saw 'none'"

    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        load_catalogues(tmp_path)


def test_the_catalogues_that_we_ship_load() -> None:
    catalogue = load_catalogues()

    assert {"jsonrpc", "objectql"} <= set(catalogue.titles)
    assert catalogue.requirement("JSONRPC-4-23").level is Level.MUST
