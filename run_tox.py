#!/usr/bin/env python3
"""Set up tox in `.venv-tox` and run it with the arguments given; needs Python 3.11+ only.

Also works on Debian's Python, which refuses `pip install` (PEP 668) and may lack ensurepip: then
pip itself is fetched from the package index as a wheel, which Python runs as it is.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path
from urllib.parse import urljoin, urlparse

HERE = Path(__file__).resolve().parent
HOME = Path(os.environ.get("WIRECHECK_TOX_HOME", HERE / ".venv-tox"))
TOX = "tox>=4.22,<5"
PYTHON = HOME / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def version_of(file: dict[str, str]) -> str:
    """Return the version in a wheel's name."""
    return file["filename"].split("-")[1]


def fetch_pip(folder: str) -> Path:
    """Download the newest pip wheel that the index offers; return its path."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + "/pip/"
    if urlparse(index).scheme != "https":
        sys.exit(f"run_tox.py: expected an https package index in PIP_INDEX_URL, saw {index}")
    ask = urllib.request.Request(  # noqa: S310 - https only, checked above
        index, headers={"Accept": "application/vnd.pypi.simple.v1+json"}
    )
    with urllib.request.urlopen(ask, timeout=60) as answer:  # noqa: S310
        page = json.load(answer)
    wheels = [f for f in page["files"] if f["filename"].endswith("-py3-none-any.whl")]
    plain = [f for f in wheels if version_of(f).replace(".", "").isdigit()]
    newest = max(plain, key=lambda f: [int(part) for part in version_of(f).split(".")])
    wheel = Path(folder) / newest["filename"]
    with urllib.request.urlopen(urljoin(index, newest["url"]), timeout=60) as answer:  # noqa: S310
        wheel.write_bytes(answer.read())
    return wheel


def set_up() -> None:
    """Make the environment that holds tox; a half-made one is made anew."""
    quiet = ["install", "--quiet", "--disable-pip-version-check"]
    if importlib.util.find_spec("ensurepip"):
        venv.create(HOME, with_pip=True, clear=True)
        subprocess.run([str(PYTHON), "-m", "pip", *quiet, TOX], check=True)
        return
    # Debian's python3 without python3-venv: the wheel of pip can run itself.
    venv.create(HOME, with_pip=False, clear=True)
    with tempfile.TemporaryDirectory() as folder:
        wheel = fetch_pip(folder)
        subprocess.run([str(PYTHON), f"{wheel}/pip", *quiet, "pip", TOX], check=True)


def main() -> int:
    """Run tox; return its exit status."""
    ready = HOME / "ready"
    if not ready.exists():
        print(f"run_tox.py: setting up tox in {HOME}", file=sys.stderr)
        try:
            set_up()
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"run_tox.py: tox could not be installed: {error}", file=sys.stderr)
            return 2
        ready.touch()
    return subprocess.call([str(PYTHON), "-m", "tox", *sys.argv[1:]], cwd=HERE)


if __name__ == "__main__":
    sys.exit(main())
