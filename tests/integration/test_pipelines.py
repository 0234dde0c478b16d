"""What pipelines run: the steps of the action, the template's script, tox and the image's file.

The lines are taken from the files and run as they stand there; only what a pipeline fills in is
filled in here. Installing is left out: the tests run in an environment that has Wirecheck.
"""

import configparser
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, cast

import pytest

from conformance.words.yaml_file import load_yaml

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
TEMPLATE = ROOT / "ci/gitlab/wirecheck.yml"
TIMEOUT_S = 120.0
FEW = "jsonrpc.json"  # a class that is judged in a second


def action() -> dict[str, Any]:
    return cast("dict[str, Any]", load_yaml(ACTION))


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the variables of a runner; `wirecheck` is where the action installs it."""
    bin_folder = folder / "temp/wirecheck/bin"
    bin_folder.mkdir(parents=True)
    # A link to the script would do, but that its first line may name a path with spaces.
    command = bin_folder / "wirecheck"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m conformance "$@"\n')
    command.chmod(0o755)
    kept = {name: v for name, v in os.environ.items() if not name.startswith(("WIRECHECK", "GIT"))}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "RUNNER_TEMP": str(folder / "temp"),
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "GITHUB_OUTPUT": str(folder / "output.txt"),
        **more,
    }


def bash(script: str, folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run lines as runners do: they stop at the first that fails."""
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def judge_by_action(folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Run the step `judge` of the action with inputs, the others at their defaults."""
    document = action()
    values = {name: str(one.get("default", "")) for name, one in document["inputs"].items()}
    assert given.keys() <= values.keys()
    values |= given
    (step,) = (one for one in document["runs"]["steps"] if one.get("id") == "judge")
    variables = {
        name: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: values[found[1]], text)
        for name, text in step["env"].items()
    }
    return bash(step["run"], folder, environment(folder, **variables))


def test_the_action_judges_a_server_and_tells_the_job(tmp_path: Path, reference: str) -> None:
    done = judge_by_action(tmp_path, url=reference, classes=f"{FEW}\n")

    assert done.returncode == 0, done.stderr
    assert "no fail" in (tmp_path / "summary.md").read_text(encoding="utf-8")
    output = (tmp_path / "output.txt").read_text().splitlines()
    assert output == ["status=0", "report-dir=wirecheck-report"]
    written = sorted(path.name for path in (tmp_path / "wirecheck-report").iterdir())
    assert written == ["junit.xml", "report.html", "report.json", "report.md"]


def test_the_action_takes_a_profile_and_a_folder(tmp_path: Path, reference: str) -> None:
    (tmp_path / "my profile.yaml").write_text(f"name: mine\njsonrpc: {{url: '{reference}'}}\n")

    done = judge_by_action(
        tmp_path,
        profile="my profile.yaml",
        classes=FEW,
        formats="json",
        jobs="2",
        **{"report-dir": "kept here"},
    )

    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "kept here/report.json").read_bytes())  # noqa: TID251
    assert report["target"]["name"] == "mine"
    assert not (tmp_path / "summary.md").exists()


@pytest.mark.parametrize(
    ("given", "status"),
    [
        pytest.param({"profile": "nowhere.yaml"}, 2, id="no such profile"),
        pytest.param({"url": "http://127.0.0.1:1/"}, 3, id="nobody listens"),
        pytest.param({"url": "$(touch broken-in)", "classes": "`touch broken-in`"}, 2, id="shell"),
    ],
)
def test_the_action_ends_as_the_command_does(
    tmp_path: Path, given: dict[str, str], status: int
) -> None:
    done = judge_by_action(tmp_path, **given)

    assert done.returncode == status, done.stderr
    assert f"status={status}" in (tmp_path / "output.txt").read_text()
    assert not (tmp_path / "broken-in").exists()


def test_an_old_report_is_not_told_as_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "wirecheck-report").mkdir()
    (tmp_path / "wirecheck-report/report.md").write_text("old")

    done = judge_by_action(tmp_path, url="http://127.0.0.1:1/")

    assert done.returncode == 3, done.stderr
    assert not (tmp_path / "summary.md").exists()


def test_each_input_of_the_action_is_used_and_each_output_comes_from_a_step() -> None:
    document = action()
    text = ACTION.read_text(encoding="utf-8")

    used = set(re.findall(r"\$\{\{ inputs\.([a-z-]+) \}\}", text))
    assert used == set(document["inputs"])
    for name, output in document["outputs"].items():
        assert output["value"] == f"${{{{ steps.judge.outputs.{name} }}}}"
    # An input inside a script would be read as shell: it goes through the environment only.
    scripts = [step["run"] for step in document["runs"]["steps"] if "run" in step]
    assert scripts
    assert not [script for script in scripts if "${{" in script]
    assert all(step["shell"] == "bash" for step in document["runs"]["steps"] if "run" in step)


def test_the_template_judges_a_server(tmp_path: Path, reference: str) -> None:
    (job,) = cast("dict[str, dict[str, Any]]", load_yaml(TEMPLATE)).values()
    given = {"WIRECHECK_ARGUMENTS": f"--target {reference} --class {FEW}"}
    variables = environment(tmp_path, **{**job["variables"], **given})
    variables["PATH"] = f"{variables['RUNNER_TEMP']}/wirecheck/bin:{variables['PATH']}"

    done = bash("\n".join(job["script"]), tmp_path, variables)

    assert done.returncode == 0, done.stderr
    folder = job["variables"]["WIRECHECK_REPORT_DIR"]
    junit = job["artifacts"]["reports"]["junit"].replace("$WIRECHECK_REPORT_DIR", folder)
    assert (tmp_path / junit).exists()
    assert job["artifacts"]["when"] == "always"


def test_the_tox_snippet_runs_the_command() -> None:
    snippet = configparser.ConfigParser(interpolation=None)
    snippet.read(ROOT / "ci/tox-wirecheck.ini")

    section = snippet["testenv:conformance"]
    assert section["commands"].startswith("wirecheck run {posargs:")
    assert section["skip_install"] == "true"


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Dockerfile in order; it has no continued lines."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    parted = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in parted]


def test_the_image_holds_what_the_wheel_is_made_of() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    sources = [one for name, rest in instructions() if name == "COPY" for one in rest.split()[:-1]]

    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    needed = {*packages, "pyproject.toml", project["project"]["readme"]}
    needed |= set(project["project"]["license-files"])
    assert set(sources) == needed
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert needed == {line[1:] for line in allowed if line.startswith("!")}


def test_the_image_starts_the_command_and_not_as_root() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = instructions()
    names = [name for name, _ in found]

    assert names[0] == "FROM"
    assert re.fullmatch(r"python:3\.[0-9]+-slim", found[0][1])
    (entry,) = (rest for name, rest in found if name == "ENTRYPOINT")
    (command,) = json.loads(entry)  # noqa: TID251 - a file of ours
    assert command in project["project"]["scripts"]
    (user,) = (rest for name, rest in found if name == "USER")
    assert user != "root"
    assert names.index("USER") > max(i for i, name in enumerate(names) if name == "RUN")
