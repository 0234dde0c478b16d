"""A vendor's way: run, certify, hand over; and a reader's, who checks it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.command import Done, report_of, wirecheck

CLASS = "jsonrpc.batch"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the report of a run of the reference server, a key and a certificate."""
    folder = tmp_path_factory.mktemp("desk")
    ran = wirecheck(folder, "run", "--class", CLASS, "--quiet", "--report-dir", ".")
    assert ran.status == 0, ran.out + ran.err
    assert wirecheck(folder, "keygen", "key").status == 0
    done = certify(folder)
    assert done.status == 0, done.err
    return folder


def certify(folder: Path, *more: str, report: str = "report.json", name: str = CLASS) -> Done:
    return wirecheck(folder, "certify", report, "--class", name, "--key", "key", *more)


def verify(folder: Path, *more: str, file: str = "attestation.json") -> Done:
    return wirecheck(folder, "verify", file, "--public-key", "key.pub", *more)


def test_a_certificate_holds_with_its_report(desk: Path) -> None:
    done = verify(desk, "--report", "report.json")

    assert (done.status, done.err) == (0, "")
    assert "certified: jsonrpc.batch (Batches (section 6))\n" in done.out
    assert done.out.endswith("; report.json is the one that was certified\n")
    assert (desk / "certificate.html").exists()


def test_the_page_of_a_report_shows_its_certificate(desk: Path) -> None:
    page = (desk / "report.html").read_text(encoding="utf-8")

    again = page_with_certificate(desk, "--output", "again.html")

    assert (again.status, again.err) == (0, "")
    assert (desk / "again.html").read_text(encoding="utf-8") == page
    assert "Certified until <time" in page


def test_without_a_name_all_that_the_report_shows_is_certified(desk: Path) -> None:
    done = wirecheck(desk, "certify", "report.json", "--key", "key", "--output", "all/signed.json")

    assert (done.status, done.err) == (0, "")
    assert [x for x in done.out.splitlines() if x.startswith("certified: ")] == [
        "certified: jsonrpc.batch (Batches (section 6))"
    ]
    assert sorted(one.name for one in (desk / "all").iterdir()) == [
        "certificate.html",
        "report.html",
        "signed.json",
    ]


def page_with_certificate(folder: Path, *more: str, report: str = "report.json") -> Done:
    signed = ("--attestation", "attestation.json", "--public-key", "key.pub")
    return wirecheck(folder, "report", report, *signed, *more)


def test_another_report_s_certificate_is_not_shown(desk: Path) -> None:
    text = (desk / "report.json").read_text(encoding="utf-8")
    (desk / "edited.json").write_text(f"{text}\n", encoding="utf-8")

    done = page_with_certificate(desk, "--output", "edited.html", report="edited.json")

    assert done.status == 1
    assert done.line.startswith(
        "wirecheck: edited.json: refused: not the report that was certified: its SHA-256 is "
    )
    assert not (desk / "edited.html").exists()


@pytest.mark.parametrize("name", ["report.json", "attestation.json"])
def test_a_changed_byte_is_one_line_and_status_1(desk: Path, name: str) -> None:
    data = (desk / name).read_bytes()
    at = data.index(b"pass") if name == "report.json" else data.index(b'"payload"') + 40
    other = f"changed-{name}"
    (desk / other).write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])

    is_report = name == "report.json"
    done = verify(desk, "--report", other) if is_report else verify(desk, file=other)

    assert done.status == 1
    assert done.line.startswith(f"wirecheck: {other}: refused: ")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(
            lambda one: one["run"].update(complete=False), "was interrupted", id="interrupted"
        ),
        pytest.param(
            lambda one: one["run"]["options"].update(only=["x"]), "left out cases", id="partial"
        ),
        pytest.param(
            lambda one: one["suite"].update(version="9.9"), "made by wirecheck 9.9", id="foreign"
        ),
        pytest.param(
            lambda one: one["run"].update(started_at="2999-01-01T00:00:00Z"),
            "which is yet to come",
            id="the future",
        ),
    ],
)
def test_what_can_not_be_certified_is_one_line_and_status_1(
    desk: Path, change: Callable[[Any], object], told: str
) -> None:
    report = report_of(desk)
    change(report)
    (desk / "other.json").write_text(json.dumps(report), encoding="utf-8")

    done = certify(desk, "--output", "other-attestation.json", report="other.json")

    assert done.status == 1
    assert done.line.startswith("wirecheck: other.json: refused: ")
    assert told in done.line
    assert not (desk / "other-attestation.json").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        pytest.param(
            ["certify", "report.json", "--class", "jsonrpc.core", "--key", "key"],
            1,
            "report.json: jsonrpc.core: refused: the run was of other classes (jsonrpc.batch)",
            id="another class",
        ),
        pytest.param(
            ["certify", "report.json", "--class", "jsonrpc.bach", "--key", "key"],
            2,
            "--class: expected the name of a class, saw 'jsonrpc.bach'"
            " (did you mean jsonrpc.batch?)",
            id="no class",
        ),
        pytest.param(
            ["certify", "report.json", "--class", CLASS, "--key", "nokey"],
            2,
            "nokey: expected a readable file, saw 'No such file or directory'",
            id="no key",
        ),
        pytest.param(
            ["keygen", "key"],
            2,
            "key: expected a new file: a key is never overwritten, saw 'one that exists'",
            id="a key that exists",
        ),
        pytest.param(
            ["report", "report.json", "--attestation", "attestation.json"],
            2,
            "--public-key: expected a file, beside the other option, saw 'none'"
            " (a certificate is shown when its signature was checked)",
            id="a certificate that can't be checked",
        ),
        pytest.param(
            ["verify", "report.json", "--public-key", "key.pub"],
            2,
            "report.json: expected a signed envelope (DSSE) with one signature, saw [",
            id="no attestation",
        ),
        pytest.param(
            ["verify", "attestation.json", "--public-key", "report.json"],
            2,
            "report.json: expected an Ed25519 public key in PEM, saw 'another text'",
            id="no public key",
        ),
    ],
)
def test_what_is_wrong_is_one_line_and_its_status(
    desk: Path, arguments: list[str], status: int, told: str
) -> None:
    done = wirecheck(desk, *arguments)

    assert done.status == status
    assert done.line.startswith(f"wirecheck: {told}")
