"""Install the third-party clients, certify each, and write its report.

    python -m examples.clients [NAME …] [--publish]

Without names all of them. Reports go to reports/run/client-NAME, with --publish to
reports/published/client-NAME. What is installed goes to $LAB (default: a folder in the system's
temporary one).
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LAB = Path(os.environ.get("LAB", Path(tempfile.gettempdir()) / "wirecheck-clients"))
PYTHON = LAB / "clients-python"
NODE = LAB / "clients-node"
INSTALL_TIMEOUT_S = 600
SEED = 1
TIMEOUT_S = 8  # of a step: room for a busy machine


@dataclass(frozen=True)
class Client:
    """One client: how it is attached, and what has to be installed for it."""

    name: str
    version: str
    needs: str  # python, node or chromium
    attached: tuple[str, ...]


def python(adapter: str) -> tuple[str, str]:
    return "--command", f"{PYTHON}/bin/python {HERE}/{adapter} {{port}}"


def node(adapter: str) -> tuple[str, str]:
    return "--command", f"node {NODE}/{adapter} {{port}}"


CLIENTS = (
    Client("httpx-sse", "0.4.3", "python", python("httpx_sse_adapter.py")),
    Client("sseclient-py", "1.9.0", "python", python("sseclient_py_adapter.py")),
    Client("aiohttp-sse-client2", "0.3.0", "python", python("aiohttp_sse_client2_adapter.py")),
    Client("reconnecting-client", "", "python", python("reconnecting_client_adapter.py")),
    Client("npm-eventsource", "5.1.5", "node", node("eventsource_adapter.mjs")),
    Client("npm-eventsource-parser", "4.1.3", "node", node("eventsource_parser_adapter.mjs")),
    Client("chromium", "", "chromium", ("--browser", "chromium")),
    Client(
        "reconnecting-client-mjs",
        "",
        "chromium",
        ("--browser", "chromium", "--module", str(ROOT / "examples/reconnecting-client.mjs")),
    ),
)


def install(needs: str) -> None:
    if needs == "python":
        install_python()
    elif needs == "node":
        install_node()


def install_python() -> None:
    wanted = HERE / "requirements.txt"
    done = PYTHON / "installed.txt"
    if done.exists() and done.read_bytes() == wanted.read_bytes():
        return
    subprocess.run([sys.executable, "-m", "venv", str(PYTHON)], check=True)
    pip = [str(PYTHON / "bin/pip"), "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", str(wanted)], check=True, timeout=INSTALL_TIMEOUT_S)
    shutil.copyfile(wanted, done)


def install_node() -> None:
    NODE.mkdir(parents=True, exist_ok=True)
    wanted, done = HERE / "package.json", NODE / "package.json"
    if not (done.exists() and done.read_bytes() == wanted.read_bytes()):
        shutil.copyfile(wanted, done)
        npm = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(npm, cwd=NODE, check=True, timeout=INSTALL_TIMEOUT_S)
    # node resolves imports from where a file lies, so the adapters are copied next to node_modules.
    for adapter in HERE.glob("*.mjs"):
        shutil.copyfile(adapter, NODE / adapter.name)


def version_of(client: Client) -> str:
    if client.needs != "chromium":
        return client.version
    told = subprocess.run(["chromium", "--version"], capture_output=True, text=True, check=True)
    return told.stdout.split()[1]


def certify(client: Client, report_dir: Path) -> int:
    """Certify one client; return wirecheck's exit status."""
    install(client.needs)
    options = ["--name", client.name, "--version", version_of(client), "--seed", str(SEED)]
    options += ["--timeout", str(TIMEOUT_S)]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "conformance", "client", *client.attached, *options),
            *("--report-dir", str(report_dir), "--format", "json,html"),
        ],
        cwd=ROOT,
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    print(f"== {client.name}: status {done.returncode}")
    print("\n".join(done.stdout.splitlines()[-4:]), flush=True)
    return done.returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--publish", action="store_true")
    parser.add_argument("--install-only", action="store_true")
    arguments = parser.parse_args()
    known = [client.name for client in CLIENTS]
    if unknown := set(arguments.names) - set(known):
        parser.error(f"expected some of {', '.join(known)}, saw {', '.join(sorted(unknown))}")
    folder = ROOT / ("reports/published" if arguments.publish else "reports/run")
    statuses = []
    for client in CLIENTS:
        if arguments.names and client.name not in arguments.names:
            continue
        if arguments.install_only:
            install(client.needs)
        else:
            statuses.append(certify(client, folder / f"client-{client.name}"))
    return max((status for status in statuses if status > 1), default=0)


if __name__ == "__main__":
    sys.exit(main())
