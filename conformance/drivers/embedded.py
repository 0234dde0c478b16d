"""The embedded reference server: a process of its own, known by its URL only."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from conformance.errors import TargetUnreachableError

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
    process = subprocess.Popen(
        [*command, "--exit-with-parent", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        line = process.stdout.readline()
        if not line.startswith(_READY):
            why = f"it ended with status {process.wait(_STOP_WAIT_S)} before it listened"
            raise TargetUnreachableError("the embedded reference server", why)
        yield line.removeprefix(_READY).strip()
    finally:
        process.stdin.close()
        process.terminate()
        process.stdout.close()
        try:
            process.wait(_STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
