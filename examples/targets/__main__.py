"""Install the third-party servers, judge each, and write its report.

    python -m examples.targets [NAME …] [--publish]

Without names all of them. Reports go to reports/run/NAME, with --publish to reports/published/NAME.
What is installed goes to $LAB (default: a folder in the system's temporary one).
"""

import argparse
import os
import socket
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
INSTALL_TIMEOUT_S = 600
START_TIMEOUT_S = 60
SEED = 1
TIMEOUT_S = 2


def names() -> list[str]:
    return sorted(path.parent.name for path in HERE.glob("*/profile.yaml"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def command(name: str) -> list[str]:
    kind = "python" if name.startswith("py-") else "node"
    return ["bash", str(HERE / f"start-{kind}.sh"), name]


def install(name: str) -> None:
    environment = os.environ | {"PORT": "0", "INSTALL_ONLY": "yes"}
    subprocess.run(command(name), env=environment, check=True, timeout=INSTALL_TIMEOUT_S)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start(name: str, port: int) -> "subprocess.Popen[bytes]":
    """Start a target and wait until it listens; OSError when it does not."""
    environment = os.environ | {"PORT": str(port)}
    process = subprocess.Popen(
        command(name),
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    for _ in range(START_TIMEOUT_S * 5):
        if listens(port):
            return process
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            continue
        break
    stop(process)
    raise OSError(f"{name} did not start")


def stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        os.killpg(process.pid, 15)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()


def options(name: str, report_dir: Path) -> list[str]:
    """The command line of a run."""
    profile = str(HERE / name / "profile.yaml")
    chosen = ["--profile", profile, "--report-dir", str(report_dir), "--format", "json"]
    return [*chosen, "--seed", str(SEED), "--timeout", str(TIMEOUT_S)]


def judge(name: str, report_dir: Path) -> int:
    """Judge one target; return wirecheck's exit status."""
    install(name)
    port = free_port()
    process = start(name, port)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "conformance", "run", *options(name, report_dir)],
            env=os.environ | {"PORT": str(port)},
            cwd=ROOT,
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        )
    finally:
        stop(process)
    print(f"== {name}: status {done.returncode}")
    print("\n".join(done.stdout.splitlines()[-9:]), flush=True)
    return done.returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--publish", action="store_true")
    parser.add_argument("--install-only", action="store_true")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - set(names())
    if unknown:
        parser.error(f"expected some of {', '.join(names())}, saw {', '.join(sorted(unknown))}")
    folder = ROOT / ("reports/published" if arguments.publish else "reports/run")
    statuses = []
    for name in arguments.names or names():
        if arguments.install_only:
            install(name)
        else:
            statuses.append(judge(name, folder / name))
    return max((status for status in statuses if status > 1), default=0)


if __name__ == "__main__":
    sys.exit(main())
