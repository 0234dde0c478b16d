"""Gating and comparing as a pipeline does it: `run --baseline`, `gate`, `diff`, `run --repeat`."""

import json
import shutil
from pathlib import Path

import pytest

from conformance.words.schema_files import validator
from tests.conformance.command import Done, report_of, wirecheck
from tests.conformance.peers import Talk, body_of, read_json, response, serving

PUBLISHED = Path(__file__).parents[2] / "reports/published"
VERSIONS = ("--only", "jsonrpc/every-result", "--only", "jsonrpc/speaks-jsonrpc")


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """A report of a real server with fails and warnings."""
    path = tmp_path / "report.json"
    shutil.copy(PUBLISHED / "py-jsonrpcserver/report.json", path)
    return path


def change(path: Path, old: str, new: str, *, count: int = 1) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8", newline="\n")


def test_a_baseline_made_of_a_report_lets_that_report_pass(tmp_path: Path, result: Path) -> None:
    made = wirecheck(tmp_path, "gate", "report.json", "--write-baseline", "known.yaml")
    gated = wirecheck(tmp_path, "gate", "report.json", "--baseline", "known.yaml")

    assert (made.status, made.err) == (0, "")
    broken = sum(one["verdict"] in ("fail", "warn") for one in report_of(tmp_path)["checks"])
    assert made.out == f"known.yaml: 0 entries kept, {broken} added, 0 taken out\n"
    assert gated == Done(status=0, out=f"gate: green, {broken} known failures\n", err="")
    assert result.exists()


@pytest.mark.usefixtures("result")
def test_what_is_new_turns_the_gate_red_with_a_line_that_says_what_to_do(tmp_path: Path) -> None:
    wirecheck(tmp_path, "gate", "report.json", "--write-baseline", "known.yaml")
    change(
        tmp_path / "known.yaml",
        "  - requirement: JSONRPC-6-14\n",
        "  - requirement: JSONRPC-6-15\n",
    )

    done = wirecheck(tmp_path, "gate", "report.json", "--baseline", "known.yaml")

    assert done.status == 1
    lines = done.out.splitlines()
    assert lines[0] == (
        "fails that are not listed (1): mend the target, or list them:"
        " wirecheck gate REPORT --write-baseline FILE"
    )
    assert lines[1].startswith("  JSONRPC-6-14 jsonrpc/invalid-entry-gets-its-own-error [-]: ")
    assert "listed, but not judged (1): " in done.out
    known = sum(one["verdict"] in ("fail", "warn") for one in report_of(tmp_path)["checks"]) - 1
    assert lines[-1] == f"gate: red, 2 findings, {known} known failures"
    comment = wirecheck(
        tmp_path, "gate", "report.json", "--baseline", "known.yaml", "--format", "markdown"
    )
    assert comment.status == 1
    assert comment.out.startswith(
        f"### ❌ Wirecheck gate&#58; red, 2 findings, {known} known failures\n\nfails that are not"
    )
    assert "\n- <code>JSONRPC-6-14 jsonrpc/invalid-entry-gets-its-own-error" in comment.out


@pytest.mark.usefixtures("result")
def test_a_requirement_that_a_previous_report_tested_is_missed(tmp_path: Path) -> None:
    wirecheck(tmp_path, "gate", "report.json", "--write-baseline", "known.yaml")
    text = (tmp_path / "known.yaml").read_text(encoding="utf-8")
    (tmp_path / "known.yaml").write_text(text[: text.index("tested:")], encoding="utf-8")
    other = PUBLISHED / "py-json-rpc/report.json"

    done = wirecheck(
        tmp_path, "gate", "report.json", "--baseline", "known.yaml", "--previous", str(other)
    )

    tested = {
        one["requirement"]
        for one in report_of(PUBLISHED / "py-json-rpc")["checks"]
        if one["verdict"] in ("pass", "fail", "warn")
    }
    now = {
        one["requirement"]
        for one in report_of(tmp_path)["checks"]
        if one["verdict"] in ("pass", "fail", "warn")
    }
    missed = sorted(tested - now)
    assert done.status == (1 if missed else 0)
    assert all(f"  {name}: " in done.out for name in missed)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(
            ["gate", "nowhere.json", "--baseline", "known.yaml"],
            "nowhere.json: expected a readable file, saw 'No such file or directory'",
            id="no report",
        ),
        pytest.param(
            ["gate", "report.json"],
            "gate: expected --baseline FILE or --write-baseline FILE, saw 'both or none'",
            id="no baseline",
        ),
        pytest.param(
            ["gate", "report.json", "--baseline", "report.json"],
            "report.json:1: expected the member 'known', saw ['checks'",
            id="a report for a baseline",
        ),
        pytest.param(
            ["gate", "report.json", "--baseline", "bad.yaml"],
            "bad.yaml:4: expected the id of a requirement, saw 'JSONRPC-5-005'"
            " (did you mean JSONRPC-5-05?)",
            id="an unknown id",
        ),
        pytest.param(
            ["gate", "cut.json", "--baseline", "known.yaml"],
            "cut.json:",
            id="a report cut short",
        ),
        pytest.param(
            ["diff", "report.json", "report.json", "--format", "html"],
            "--format: expected one of text, json, markdown, saw 'html'",
            id="a format",
        ),
    ],
)
@pytest.mark.usefixtures("result")
def test_a_bad_file_is_one_line_and_status_2(
    tmp_path: Path, arguments: list[str], told: str
) -> None:
    (tmp_path / "bad.yaml").write_text(
        "format: wirecheck-baseline\nversion: 1\nknown:\n"
        "  - {requirement: JSONRPC-5-005, case: x, why: y, expires: 2099-01-01}\n",
        encoding="utf-8",
    )
    whole = (tmp_path / "report.json").read_text(encoding="utf-8")
    (tmp_path / "cut.json").write_text(whole[:5_000], encoding="utf-8")

    done = wirecheck(tmp_path, *arguments)

    assert done.status == 2
    assert done.line.startswith(f"wirecheck: {told}")


def wrong_version(talk: Talk) -> None:
    """Answer every call well, but for the version."""
    while request := talk.request():
        call_id = json.dumps(read_json(body_of(request))["id"])
        talk.send(response(f'{{"jsonrpc":"1.9","result":true,"id":{call_id}}}'.encode()))


def test_a_partial_run_writes_no_baseline_and_misses_nothing(tmp_path: Path) -> None:
    (tmp_path / "known.yaml").write_text(
        "format: wirecheck-baseline\nversion: 1\nknown:\n"
        "  - requirement: JSONRPC-5-04\n    scenario: jsonrpc/every-*\n    why: w\n"
        "    expires: 2099-01-01\n"
        "  - requirement: JSONRPC-6-14\n    scenario: jsonrpc/invalid-*\n    why: w\n"
        "    expires: 2099-01-01\n",
        encoding="utf-8",
    )
    with serving(wrong_version) as peer:
        ran = wirecheck(tmp_path, "run", peer.url, "--quiet", *VERSIONS, "--baseline", "known.yaml")
    report = "reports/run/report.json"

    written = wirecheck(tmp_path, "gate", report, "--write-baseline", "new.yaml")

    assert ran.status == 0
    assert ran.out.splitlines()[-1].startswith("gate: green, ")
    assert "note (1)\n  the run left out cases (--only jsonrpc/every-result, " in ran.out
    assert written.status == 2
    assert written.line.startswith(f"wirecheck: {report}: expected the report of a whole run, saw")
    assert not (tmp_path / "new.yaml").exists()


def test_a_known_fail_that_breaks_in_another_way_ends_a_run_with_1(tmp_path: Path) -> None:
    (tmp_path / "known.yaml").write_text(
        "format: wirecheck-baseline\nversion: 1\nknown:\n"
        "  - {requirement: JSONRPC-5-04, reason: other, why: w, expires: 2099-01-01}\n",
        encoding="utf-8",
    )

    with serving(wrong_version) as peer:
        done = wirecheck(
            tmp_path,
            *("run", peer.url, "--quiet", *VERSIONS, "--baseline", "known.yaml"),
            *("--format", "json,markdown"),
        )

    assert done.status == 1
    assert "known.yaml:4 lists fail other" in done.out
    comment = (tmp_path / "reports/run/report.md").read_text(encoding="utf-8")
    assert comment.startswith("### ❌ Wirecheck gate&#58; red, ")
    assert comment.index("#### New fails (") < comment.index("| class |")


def test_a_check_that_differs_from_time_to_time_is_flaky_and_no_pass(tmp_path: Path) -> None:
    calls = iter(range(1_000_000))

    def fickle(talk: Talk) -> None:
        while request := talk.request():
            version = "2.0" if next(calls) < 25 else "1.9"
            call_id = json.dumps(read_json(body_of(request))["id"])
            answer = f'{{"jsonrpc":"{version}","result":true,"id":{call_id}}}'
            talk.send(response(answer.encode()))

    with serving(fickle) as peer:
        done = wirecheck(tmp_path, "run", peer.url, "--quiet", *VERSIONS, "--repeat", "20")

    report = report_of(tmp_path / "reports/run")
    validator("report").validate(report)
    flaky = [one for one in report["checks"] if "flaky" in one]
    assert done.status == 1
    assert flaky
    assert all(one["verdict"] != "pass" for one in flaky)
    assert all(len(one["flaky"]["verdicts"]) == 20 for one in flaky)
    assert report["run"]["options"]["repeat"] == 20
    assert "flaky" in report["notes"][0]
    assert done.out.startswith("note: ")
    ids = {one["id"] for one in report["exchanges"]}
    assert {one["exchange"] for one in report["checks"] if "exchange" in one} <= ids


def test_two_reports_are_compared_in_three_formats(tmp_path: Path) -> None:
    old, new = (str(PUBLISHED / one / "report.json") for one in ("py-json-rpc", "npm-jayson"))

    text, data, markdown = (
        wirecheck(tmp_path, "diff", old, new, "--format", form)
        for form in ("text", "json", "markdown")
    )

    assert {one.status for one in (text, data, markdown)} == {0}
    document = json.JSONDecoder().decode(data.out)
    validator("diff").validate(document)
    assert f"new fails ({document['summary']['new-fail']})" in text.out
    assert text.out.startswith("note: ")
    assert markdown.out.startswith("### Wirecheck: what changed\n")


def test_the_formats_of_a_run_are_written_beside_each_other(tmp_path: Path) -> None:
    formats = "json,junit,html,ctrf,earl,sarif,markdown,badge,shields"

    with serving(wrong_version) as peer:
        done = wirecheck(tmp_path, "run", peer.url, "--quiet", *VERSIONS, "--format", formats)

    names = [Path(one).name for one in done.out.splitlines()[-1][len("report: ") :].split(", ")]
    assert sorted(names) == sorted(one.name for one in (tmp_path / "reports/run").iterdir())
    assert len(names) == 9
