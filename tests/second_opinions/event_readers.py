"""Readers of event streams that nobody here wrote, each as a function from pieces to events."""

import base64
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import sseclient
from httpx_sse import EventSource

from tests.npm import installed

#: Type, data and last event ID of each event.
Events = list[tuple[str, str, str]]
Reader = Callable[[Sequence[bytes]], Events]

_HERE: Final = Path(__file__).parent


class _Pieces(httpx.SyncByteStream):
    """A response body in pieces."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces


def read_by_httpx_sse(pieces: Sequence[bytes]) -> Events:
    """Read by httpx-sse."""
    response = httpx.Response(
        200, headers={"Content-Type": "text/event-stream"}, stream=_Pieces(pieces)
    )
    return [(event.event, event.data, event.id) for event in EventSource(response).iter_sse()]


def read_by_sseclient(pieces: Sequence[bytes]) -> Events:
    """Read by sseclient-py, whose users keep the last id themselves."""
    events: Events = []
    last_id = ""
    for event in sseclient.SSEClient(iter(pieces)).events():
        last_id = event.id if event.id is not None else last_id
        events.append((event.event, event.data, last_id))
    return events


class NodeReader:
    """npm eventsource-parser, in one process for all streams."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def __call__(self, pieces: Sequence[bytes]) -> Events:
        """Read the events of a stream."""
        return [(kind, data, last_id) for kind, data, last_id in self._ask(pieces)["events"]]

    def retries(self, pieces: Sequence[bytes]) -> list[int]:
        """Read the reconnection times of a stream, in milliseconds."""
        retries: list[int] = self._ask(pieces)["retries"]
        return retries

    def _ask(self, pieces: Sequence[bytes]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        asked = json.dumps([base64.b64encode(piece).decode("ascii") for piece in pieces])
        print(asked, file=self._process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())  # noqa: TID251 - node's
        return answer


@contextmanager
def node_reader() -> Iterator[NodeReader]:
    """Start node with eventsource-parser, which is installed once for all runs of the tests."""
    folder = installed("second-opinions-node", _HERE, ("package.json", "read_events.mjs"))
    with subprocess.Popen(
        ["node", "read_events.mjs"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        yield NodeReader(process)
