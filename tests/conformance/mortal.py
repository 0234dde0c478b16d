"""A mirror that a request can kill: `python -m tests.conformance.mortal PORT`.

A process of its own, for what restarts targets. Its first line on standard output tells the URL.
"""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conformance.peers import Peer, Talk, body_of, response

ROOT = Path(__file__).parents[2]


def serve(talk: Talk) -> None:
    """Answer each request with its own body; `!exit` ends the process, `!hang` all answers."""
    while request := talk.request():
        match body_of(request):
            case b"!exit":
                os._exit(1)
            case b"!hang":
                talk.peer.closing.set()
            case body:
                if not talk.peer.closing.is_set():
                    talk.send(response(body))


def command(port: int) -> str:
    """Return the shell command that starts a mirror on a port."""
    return f"cd {ROOT} && exec {sys.executable} -m tests.conformance.mortal {port}"


@contextmanager
def started() -> Iterator[int]:
    """Start a mirror on a port that the kernel chooses; yield the port."""
    with subprocess.Popen(
        command(0), shell=True, stdout=subprocess.PIPE, start_new_session=True, text=True
    ) as process:
        try:
            assert process.stdout is not None
            found = re.search(r":([0-9]+)/", process.stdout.readline())
            assert found is not None
            yield int(found[1])
        finally:
            process.kill()


def main(port: int) -> None:
    """Serve until killed."""
    peer = Peer(port=port, scheme="http", serve=serve, tls=None)
    peer.listen()
    print(peer.url, flush=True)  # noqa: T201 - its only line
    threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]))
