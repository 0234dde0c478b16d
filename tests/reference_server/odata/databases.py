"""Databases to test on: a file of SQLite, and a PostgreSQL that is thrown away."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pwd import getpwnam

import pytest

_WHERE = "/usr/lib/postgresql"
_USERS = ("postgres", "nobody")


def _program(name: str) -> str | None:
    found = shutil.which(name)
    if found is not None:
        return found
    return next((str(each) for each in sorted(Path(_WHERE).glob(f"*/bin/{name}"))), None)


def _user() -> str | None:
    """Return who runs the cluster, which root must not."""
    if os.getuid() != 0:
        return None
    for name in _USERS:
        try:
            getpwnam(name)
        except KeyError:
            continue
        return name
    pytest.skip("PostgreSQL does not run as root, and there is no other user")


@contextmanager
def postgres() -> Iterator[str]:
    """Start a cluster; gives the URL of a database in it. Skips where there is no PostgreSQL."""
    initdb, pg_ctl = _program("initdb"), _program("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("no PostgreSQL here: initdb and pg_ctl are missing")
    pytest.importorskip("psycopg", reason="the driver psycopg is missing")
    user = _user()
    with tempfile.TemporaryDirectory(prefix="wirecheck-pg-") as folder:
        data = Path(folder) / "data"
        if user is not None:
            shutil.chown(folder, user)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
        log = str(Path(folder) / "log")

        def run(*command: str) -> None:
            subprocess.run(command, check=True, user=user, cwd=folder, stdout=subprocess.DEVNULL)

        run(initdb, "-D", str(data), "-U", "wirecheck", "-A", "trust", "--no-sync", "-E", "UTF8")
        run(pg_ctl, "-D", str(data), "-w", "-l", log, "-o", options, "start")
        try:
            yield f"postgresql+psycopg://wirecheck@127.0.0.1:{port}/postgres"
        finally:
            run(pg_ctl, "-D", str(data), "-m", "immediate", "stop")
