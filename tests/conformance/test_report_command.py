"""`wirecheck report` and `run --format html`, in a process of their own: the files they leave."""

import json
import re
from pathlib import Path

import pytest

from conformance.reporting.report import document_text
from tests.conformance.command import wirecheck
from tests.conformance.peers import Talk, read_json, response, serving
from tests.conformance.reporting.pages import PUBLISHED, other_report, small_report

TWO = ("one", "two")


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Return a folder with two reports, each in a folder of its own."""
    for name, report in zip(TWO, (small_report(), other_report()), strict=True):
        (tmp_path / name).mkdir()
        (tmp_path / name / "report.json").write_text(document_text(report), encoding="utf-8")
    return tmp_path


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_result_is_written_beside_itself(reports: Path) -> None:
    done = wirecheck(reports, "report", "one/report.json", "--format", "html,badge")

    assert (done.status, done.err) == (0, "")
    assert done.out == "report: one/report.html, one/badge.svg\n"
    page = (reports / "one/report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "expected 1 at /id, saw 2" in page


def test_a_folder_stands_for_the_report_in_it(reports: Path) -> None:
    done = wirecheck(reports, "report", "one", "--output", "new/page.html")

    assert done.out == "report: new/page.html\n"
    assert files(reports / "new") == ["page.html"]


def test_several_results_make_one_page(reports: Path) -> None:
    done = wirecheck(reports, "report", "one/report.json", "two/report.json")

    assert (done.status, done.out, done.err) == (0, "report: comparison.html\n", "")
    page = (reports / "comparison.html").read_text(encoding="utf-8")
    assert "2 targets compared" in page
    assert 'class="v fail" title=' in page
    assert files(reports) == ["comparison.html", "one/report.json", "two/report.json"]


def test_each_of_several_results_can_have_its_own_page_with_a_link_to_it(reports: Path) -> None:
    done = wirecheck(reports, "report", ".", "--each", "-o", "out put/index.html")

    assert done.out == "report: one/report.html, two/report.html, out put/index.html\n"
    page = (reports / "out put/index.html").read_text(encoding="utf-8")
    links = set(re.findall(r'href="(\./[^"#]+)"', page))
    assert links == {"./../one/report.html", "./../two/report.html"}


def test_the_same_results_make_the_same_bytes(reports: Path) -> None:
    pages = []
    for name in ("first.html", "second.html"):
        wirecheck(reports, "report", ".", "-o", name)
        wirecheck(reports, "report", "one", "-o", f"own-{name}")
        pages.append(((reports / name).read_bytes(), (reports / f"own-{name}").read_bytes()))

    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param(
            ["none.json"], "none.json: expected a readable file, saw 'No such file", id="missing"
        ),
        pytest.param(
            ["empty"], "empty: expected a report.json in it or one folder below, saw", id="folder"
        ),
        pytest.param(
            ["one", "--format", "pdf"],
            "--format: expected some of junit, html, ",
            id="unknown format",
        ),
        pytest.param(["one", "--format", ","], "--format: expected some of ", id="no format"),
        pytest.param(["one", "--format", "json"], "--format: expected some of ", id="json"),
        pytest.param(
            [".", "--format", "junit"],
            "--format: expected html, saw 'junit' (several results make one page)",
            id="several as junit",
        ),
        pytest.param(
            ["one", "--format", "html,junit", "-o", "x"],
            "--output: expected one format to write there, saw 'html,junit'",
            id="two formats into one file",
        ),
        pytest.param(
            ["one", "-o", "two"], "--output: expected a file, saw 'the folder two'", id="a folder"
        ),
        pytest.param(
            ["one", "-o", "one/report.json"],
            "--output: expected another file than the result, saw",
            id="the result itself",
        ),
        pytest.param(["cut.json"], "cut.json:", id="cut short"),
    ],
)
def test_what_can_not_be_done_is_told_in_one_line_and_nothing_is_written(
    reports: Path, arguments: list[str], line: str
) -> None:
    (reports / "empty").mkdir()
    whole = (reports / "one/report.json").read_text(encoding="utf-8")
    (reports / "cut.json").write_text(whole[: len(whole) // 2], encoding="utf-8")
    before = files(reports)

    done = wirecheck(reports, "report", *arguments)

    assert done.status == 2
    assert done.line.startswith(f"wirecheck: {line}")
    assert files(reports) == before


def test_one_bad_result_of_several_leaves_no_page(reports: Path) -> None:
    (reports / "two/report.json").write_text("{}", encoding="utf-8")

    done = wirecheck(reports, "report", ".", "--each")

    assert done.status == 2
    assert done.line.startswith("wirecheck: two/report.json")
    assert files(reports) == ["one/report.json", "two/report.json"]


def test_the_published_reports_make_their_pages(tmp_path: Path) -> None:
    done = wirecheck(tmp_path, "report", str(PUBLISHED[0].parents[1]), "-o", "index.html")

    assert done.status == 0
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert f"{len(PUBLISHED)} targets compared" in page
    for path in PUBLISHED:
        assert read_json(path.read_bytes())["target"]["name"] in page


def test_a_run_writes_its_page_without_credentials(tmp_path: Path) -> None:
    def echoing(talk: Talk) -> None:
        """Give back all that was sent, header fields too, in an error of JSON-RPC."""
        while request := talk.request():
            said = request.decode("latin-1")
            error = {"code": said, "message": said}
            answer = {"jsonrpc": "2.0", "error": error, "id": 1}
            talk.send(response(json.dumps(answer).encode()))

    with serving(echoing) as peer:
        header = ["--header", "Authorization: Bearer s3cret-token", "--jsonrpc", peer.url]
        formats = ["--format", "html", "--report-dir", "r", "--quiet"]
        done = wirecheck(tmp_path, "run", *header, *formats, "--only", "jsonrpc/speaks-*")
        sent = b"".join(peer.requests)

    assert b"s3cret-token" in sent
    assert done.status == 1
    assert files(tmp_path / "r") == ["report.html"]
    page = (tmp_path / "r/report.html").read_text(encoding="utf-8")
    assert "s3cret" not in page
    assert "***" in page
