"""The embedded reference server: a process of its own, known by its URL only."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, TextIO

from conformance.errors import TargetUnreachableError

#: What `profiles/embedded.yaml` says of the server that is not its default.
EMBEDDED_OPTIONS: Final = (
    "--heartbeat-ms=1000",
    "--max-streams-per-session=20",
    "--cors-origin=https://app.wirecheck.example",
)
_READY: Final = "listening on "
_STOP_WAIT_S: Final = 5.0


@contextmanager
def embedded_server(arguments: Sequence[str] = ()) -> Iterator[str]:
    """Start the reference server on a port that the kernel chooses; yield its origin.

    It stops with the block, and with this process whatever happens to it: it watches its stdin.

    Raises:
        TargetUnreachableError: it did not start.
    """
    command = [sys.executable, "-m", "reference_server", "serve", "--port", "0"]
    # Its log tells of the broken requests that we send it on purpose: kept for a failed start only.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(
            [*command, "--exit-with-parent", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
        )
        try:
            yield _origin_of(process, log)
        finally:
            _stop(process)


def _origin_of(process: "subprocess.Popen[str]", log: TextIO) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if line.startswith(_READY):
        return line.removeprefix(_READY).strip()
    status = process.wait(_STOP_WAIT_S)
    log.seek(0)
    last = (log.read().strip().splitlines() or ["nothing"])[-1]
    why = f"it ended with status {status} before it listened; it said: {last}"
    raise TargetUnreachableError("the embedded reference server", why)


def _stop(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdin.close()
    process.terminate()
    process.stdout.close()
    try:
        process.wait(_STOP_WAIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
