"""The pytest face against a baseline, and what a session of part of the cases may claim."""

import datetime as dt
import json
from pathlib import Path

import pytest

from conformance.errors import InputError, RefusedError
from conformance.reporting.baseline_update import write_baseline
from conformance.reporting.certification import check_certifiable
from conformance.reporting.report_file import load_report
from tests.conformance.command import SCENARIOS, pytest_face, report_of
from tests.conformance.peers import Talk, body_of, read_json, response, serving

# One that needs no known method, and one that watches all of the run's exchanges.
VERSIONS = ("--only", "jsonrpc/every-result", "--only", "jsonrpc/speaks-jsonrpc")
KNOWN = """\
format: wirecheck-baseline
version: 1
known:
  - {requirement: JSONRPC-5-04, scenario: "jsonrpc/every-*", why: w, expires: 2099-01-01}
"""
STALE = (
    '  - {requirement: JSONRPC-1-03, scenario: "jsonrpc/speaks*", why: w, expires: 2099-01-01}\n'
)


def wrong_version(talk: Talk) -> None:
    """Answer every call well, but for the version."""
    while request := talk.request():
        call_id = json.dumps(read_json(body_of(request))["id"])
        talk.send(response(f'{{"jsonrpc":"1.9","result":true,"id":{call_id}}}'.encode()))


@pytest.mark.parametrize(
    ("baseline", "status", "told"),
    [
        pytest.param(KNOWN, 0, ["gate: green, "], id="all that fails is known"),
        pytest.param(
            KNOWN.replace("2099", "2001") + STALE,
            1,
            [
                "listed, but no longer so (1): take the entries out",
                "listed, but expired (1): mend the target",
                "gate: red, 2 findings, ",
            ],
            id="one entry is stale, and one has expired",
        ),
    ],
)
def test_a_session_ends_as_the_gate_does(
    tmp_path: Path, baseline: str, status: int, told: list[str]
) -> None:
    (tmp_path / "known.yaml").write_text(baseline, encoding="utf-8")

    with serving(wrong_version) as peer:
        done = pytest_face(
            tmp_path,
            *(str(SCENARIOS), "--target", peer.url, "--baseline", "known.yaml", *VERSIONS, "-q"),
        )

    assert done.status == status, done.out
    for line in told:
        assert sum(one.startswith(line) for one in done.out.splitlines()) == 1


def test_a_session_that_judged_nothing_has_not_passed(tmp_path: Path) -> None:
    with serving(wrong_version) as peer:
        done = pytest_face(
            tmp_path,
            str(SCENARIOS),
            "--target",
            peer.url,
            "--only",
            "jsonrpc/batch-waits-for-all",
            "-q",
        )

    assert done.status == 1, done.out
    assert "nothing was tested, so nothing has passed" in done.out.splitlines()


def test_of_a_session_of_some_cases_nothing_is_certified_or_listed(tmp_path: Path) -> None:
    with serving(wrong_version) as peer:
        pytest_face(tmp_path, str(SCENARIOS), "--target", peer.url, "-k", "speaks-jsonrpc", "-q")

    report = load_report(tmp_path / "report/report.json")
    left_out = report_of(tmp_path / "report")["run"]["options"]["left_out"]
    day = dt.date(2026, 1, 31)
    with pytest.raises(RefusedError, match=f"the run left out {left_out} cases"):
        check_certifiable(report, where="report.json", now=dt.datetime.now(tz=dt.UTC))
    with pytest.raises(InputError, match=f"saw 'a run with {left_out} left out by pytest'"):
        write_baseline(report, tmp_path / "known.yaml", report_name="report.json", today=day)
