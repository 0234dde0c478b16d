"""npm packages that tests need, installed once for all runs: into $LAB, or the temporary folder."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

_LAB: Final = Path(os.environ.get("LAB", Path(tempfile.gettempdir()) / "wirecheck-clients"))
_INSTALL: Final = ("npm", "install", "--no-audit", "--no-fund", "--loglevel=error")
_INSTALL_TIMEOUT_S: Final = 300


def installed(name: str, source: Path, files: Sequence[str] = ("package.json",)) -> Path:
    """Copy files of `source`, package.json among them, to a folder and install; return the folder.

    The test is skipped where node or npm is missing.
    """
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}: apt-get install nodejs npm")
    folder = _LAB / name
    wanted = {each: (source / each).read_text(encoding="utf-8") for each in files}
    done = folder / "installed.json"
    told = json.dumps(wanted)
    if done.exists() and done.read_text(encoding="utf-8") == told:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for each, text in wanted.items():
        (folder / each).write_text(text, encoding="utf-8")
    ran = subprocess.run(
        _INSTALL,
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=_INSTALL_TIMEOUT_S,
    )
    assert ran.returncode == 0, ran.stderr
    done.write_text(told, encoding="utf-8")
    return folder
