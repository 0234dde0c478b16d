"""The command, in a process of its own: every status, and one clear line for what is wrong."""

import json
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from conformance.words.profile import load_profile
from conformance.words.schema_files import load_checked, validator
from tests.conformance.command import (
    TIMEOUT_S,
    environment,
    report_of,
    verdicts_of,
    wirecheck,
)
from tests.conformance.peers import (
    Talk,
    answer_to,
    body_of,
    read_json,
    response,
    serving,
    speaking,
)

FEW = ("--only", "jsonrpc/speaks-jsonrpc", "--only", "id-*")


def is_valid(folder: Path) -> bool:
    load_checked(folder / "report.json", "report")
    return True


def test_a_run_without_a_fail_ends_with_0_and_writes_its_reports(
    tmp_path: Path, reference: str
) -> None:
    done = wirecheck(tmp_path, "run", reference, "--seed", "5", *FEW)

    assert done.status == 0
    assert re.search(r"^class +verdict +pass +fail +warn", done.out, re.MULTILINE)
    assert done.out.endswith("report: reports/run/report.json, reports/run/junit.xml\n")
    first, *rest, last = done.err.splitlines()
    assert re.fullmatch(r"wirecheck: judging [0-9]+ cases, 4 at once, seed 5", first)
    assert re.fullmatch(r"wirecheck: done in [0-9.]+ s", last)
    assert all(re.fullmatch(r"wirecheck: [0-9]+ of [0-9]+ cases, 0 with a fail", x) for x in rest)
    assert rest[-1].startswith("wirecheck: {0} of {0} cases".format(first.split()[2]))
    assert is_valid(tmp_path / "reports/run")
    assert (tmp_path / "reports/run/junit.xml").exists()
    assert report_of(tmp_path / "reports/run")["run"]["complete"] is True


def wrong_version(talk: Talk) -> None:
    """Answer every call well, but for the version."""
    while request := talk.request():
        call_id = json.dumps(read_json(body_of(request))["id"])
        talk.send(response(f'{{"jsonrpc":"1.9","result":true,"id":{call_id}}}'.encode()))


VERSIONS = ("--only", "jsonrpc/every-result", "--only", "jsonrpc/speaks-jsonrpc")
BASELINE = """\
format: wirecheck-baseline
version: 1
known:
  - {requirement: JSONRPC-5-04, scenario: "jsonrpc/every-*", why: known, expires: 9999-12-31}
"""


@pytest.mark.parametrize(
    ("known", "status"),
    [
        pytest.param("", 1, id="a fail"),
        pytest.param(BASELINE, 0, id="a known fail"),
        pytest.param(BASELINE.replace("5-04", "5-05"), 1, id="another fail is known"),
    ],
)
def test_a_fail_ends_with_1_unless_it_is_known(tmp_path: Path, known: str, status: int) -> None:
    (tmp_path / "known.yaml").write_text(known, encoding="utf-8")
    baseline = ["--baseline", "known.yaml"] if known else []

    with serving(wrong_version) as peer:
        done = wirecheck(tmp_path, "run", peer.url, "--quiet", *VERSIONS, *baseline)

    assert done.status == status
    assert "FAIL JSONRPC-5-04" in done.out
    assert done.err == ""


def test_where_nothing_was_tested_nothing_has_passed(tmp_path: Path) -> None:
    with serving(speaking({})) as peer:
        only = ["--only", "jsonrpc/params-by-position", "--quiet"]
        done = wirecheck(tmp_path, "run", peer.url, *only)

    assert done.status == 1
    assert done.err == "wirecheck: nothing was tested, so nothing has passed\n"


def test_a_target_that_is_lost_on_the_way_ends_with_3(tmp_path: Path) -> None:
    def mortal(talk: Talk) -> None:
        while request := talk.request():
            if b"wirecheck.nosuch.discovery" in talk.peer.requests[-1]:
                talk.peer.closing.set()
            elif talk.peer.closing.is_set() and len(talk.peer.requests) > 12:
                talk.peer.die()
                return
            talk.send(response(answer_to(body_of(request), {})))

    with serving(mortal) as peer:
        quick = ["--jobs", "2", "--timeout", "0.3", "--only", "jsonrpc/speaks-jsonrpc"]
        done = wirecheck(tmp_path, "run", peer.url, *quick, "--only", "id-*", "--only", "call-*")

    assert done.status in (1, 3)
    assert "; it did not come back\n" in done.err
    report = report_of(tmp_path / "reports/run")
    assert report["run"]["complete"] is False
    assert is_valid(tmp_path / "reports/run")


def test_ctrl_c_leaves_a_report_of_what_was_done(tmp_path: Path) -> None:
    asked = threading.Event()

    def slow(talk: Talk) -> None:
        while request := talk.request():
            if len(talk.peer.requests) > 30:
                asked.set()
                talk.until_closed()
                return
            talk.send(response(answer_to(body_of(request), {})))

    with serving(slow) as peer:
        command = [sys.executable, "-m", "conformance", "run", peer.url, "--timeout", "60"]
        with subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert asked.wait(TIMEOUT_S)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=TIMEOUT_S)

    assert process.returncode == 130
    assert "Traceback" not in out + err
    assert err.splitlines()[-1] == (
        "wirecheck: interrupted; the report holds what was judged until then"
    )
    report = report_of(tmp_path / "reports/run")
    assert is_valid(tmp_path / "reports/run")
    assert report["run"]["complete"] is False
    assert report["run"]["duration_s"] > 0
    assert len(report["checks"]) > 0
    assert out.endswith("report: reports/run/report.json, reports/run/junit.xml\n")


def test_ctrl_c_before_anything_was_judged_is_one_line(tmp_path: Path) -> None:
    asked = threading.Event()

    def hanging(talk: Talk) -> None:
        talk.request()
        asked.set()
        talk.until_closed()

    with serving(hanging) as peer:
        command = [sys.executable, "-m", "conformance", "run", peer.url, "--timeout", "60"]
        with subprocess.Popen(
            command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True
        ) as process:
            assert asked.wait(TIMEOUT_S)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=TIMEOUT_S)

    assert (process.returncode, err) == (130, "wirecheck: interrupted\n")
    assert not (tmp_path / "reports").exists()


def test_a_seed_repeats_a_run(tmp_path: Path) -> None:
    with serving(speaking({})) as peer:
        first = wirecheck(tmp_path, "run", peer.url, "--report-dir", "one", "--only", "id-*")
        found = re.search(r"seed ([0-9]+)\n", first.err)
        assert found is not None
        again = ["--report-dir", "two", "--only", "id-*", "--seed", found[1]]
        wirecheck(tmp_path, "run", peer.url, *again)

    one, two = report_of(tmp_path / "one"), report_of(tmp_path / "two")
    assert [row["request"] for row in one["exchanges"]] == [
        row["request"] for row in two["exchanges"]
    ]
    assert verdicts_of(one) == verdicts_of(two)


def test_no_credential_is_written_anywhere(tmp_path: Path) -> None:
    def echoing(talk: Talk) -> None:
        """Give back all that was sent, header fields too, as a text and as an error of JSON-RPC."""
        while request := talk.request():
            said = request.decode("latin-1").replace("\r\n", " ").replace('"', "'")
            error = f'{{"jsonrpc":"2.0","error":{{"code":"{said}","message":"{said}"}},"id":1}}'
            talk.send(response(error.encode("latin-1", "replace"), f"X-Said: {said}"))

    profile = (
        "jsonrpc: {url: 'URL', headers: {X-Custom: p4ssword-of-mine, Cookie: 'a=c00kie-value'}}"
    )
    with serving(echoing) as peer:
        (tmp_path / "p.yaml").write_text(profile.replace("URL", peer.url), encoding="utf-8")
        header = ["--header", "Authorization: Bearer s3cret-token", "--profile", "p.yaml"]
        done = wirecheck(tmp_path, "run", *header, "--only", "id-*", "--only", "every-*")
        sent = b"".join(peer.requests)

    assert b"s3cret-token" in sent
    assert b"p4ssword-of-mine" in sent
    assert done.status == 1
    folder = tmp_path / "reports/run"
    written = (folder / "report.json").read_text(), (folder / "junit.xml").read_text()
    for text in (*written, done.out, done.err):
        assert "s3cret" not in text
        assert "p4ssword" not in text
        assert "c00kie" not in text
    assert "***" in written[0]
    assert "***" in written[1]


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"NO_COLOR": "1", "FORCE_COLOR": "1"}, id="NO_COLOR"),
        pytest.param({"PYTHONIOENCODING": "ascii"}, id="a terminal of ASCII"),
    ],
)
def test_plain_text_is_written_where_it_is_asked_for(tmp_path: Path, more: dict[str, str]) -> None:
    with serving(wrong_version) as peer:
        done = wirecheck(tmp_path, "run", peer.url, *VERSIONS, **more)

    assert done.status == 1
    assert "FAIL JSONRPC-5-04" in done.out


@pytest.mark.parametrize(
    ("formats", "names"),
    [
        pytest.param("json", ["report.json"], id="json"),
        pytest.param(" junit , json", ["junit.xml", "report.json"], id="both, with spaces"),
    ],
)
def test_the_formats_that_were_asked_for_are_written(
    tmp_path: Path, formats: str, names: list[str]
) -> None:
    with serving(speaking({})) as peer:
        arguments = ["--only", "id-*", "--format", formats, "--report-dir", "r"]
        done = wirecheck(tmp_path, "run", peer.url, *arguments)

    assert sorted(path.name for path in (tmp_path / "r").iterdir()) == names
    assert {f"r/{name}" in done.out for name in names} == {True}


def test_a_profile_can_be_made_and_judged_by(tmp_path: Path, reference: str) -> None:
    made = wirecheck(tmp_path, "init", reference)
    judged = wirecheck(tmp_path, "run", "--profile", "wirecheck.yaml", "--quiet", *FEW)

    assert (made.status, made.err) == (0, "")
    assert made.out.startswith(f"wirecheck.yaml: JSON-RPC at {reference}; found ")
    profile = load_profile(tmp_path / "wirecheck.yaml", environment={})
    assert list(validator("profile").iter_errors(profile)) == []
    assert judged.status == 0


def test_a_file_that_is_in_the_way_of_a_profile_is_told(tmp_path: Path) -> None:
    (tmp_path / "wirecheck.yaml").write_text("mine", encoding="utf-8")

    done = wirecheck(tmp_path, "init", "http://127.0.0.1:1/")

    assert done.status == 2
    assert done.line == (
        "wirecheck: wirecheck.yaml: expected no file yet, saw 'one' (--force replaces it)"
    )


def test_the_reference_server_has_a_help_of_its_own(tmp_path: Path) -> None:
    done = wirecheck(tmp_path, "serve", "--help")

    assert done.status == 0
    assert "--fault" in done.out
    assert "--without" in done.out


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        pytest.param(["--version"], 0, "wirecheck ", id="version"),
        pytest.param(["--help"], 0, "run", id="help"),
        pytest.param(["list", "classes"], 0, "jsonrpc.core\t", id="list"),
        pytest.param(["explain", "JSONRPC-6-14"], 0, "JSONRPC-6-14 (", id="explain"),
    ],
)
def test_what_is_in_the_suite_is_told_without_a_target(
    tmp_path: Path, arguments: list[str], status: int, text: str
) -> None:
    done = wirecheck(tmp_path, *arguments)

    assert (done.status, done.err) == (status, "")
    assert text in done.out


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param(
            ["list", "fault"],
            "wirecheck: list: expected one of requirements, scenarios, faults, classes,"
            " saw 'fault'",
            id="list",
        ),
        pytest.param(
            ["explain", "JSONRPC-6-1"],
            "wirecheck: explain: expected a requirement, scenario or class, saw 'JSONRPC-6-1'"
            " (did you mean JSONRPC-6-",
            id="explain",
        ),
    ],
)
def test_what_is_not_in_the_suite_is_told_in_one_line(
    tmp_path: Path, arguments: list[str], line: str
) -> None:
    done = wirecheck(tmp_path, *arguments)

    assert done.status == 2
    assert done.line.startswith(line)


def test_who_reads_no_further_ends_the_list_without_a_word(tmp_path: Path) -> None:
    command = f"{sys.executable} -m conformance list requirements | head -c 10"

    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )

    assert (done.returncode, done.stderr, len(done.stdout)) == (0, "", 10)
