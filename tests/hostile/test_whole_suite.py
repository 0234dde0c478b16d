"""The whole suite against a server that works and now and then hangs, each time elsewhere."""

import socket
from collections.abc import Iterator
from itertools import count, cycle
from pathlib import Path
from threading import Thread
from typing import Final
from urllib.parse import urlsplit

import pytest

from conformance.drivers.embedded import embedded_server
from conformance.words.template import to_json_text
from conformance.words.verdict import Verdict
from conformance.words.yaml_file import load_yaml
from tests.conformance.peers import Peer, Serve, Talk, serving
from tests.hostile.judging import NO_SESSION, judged, sound
from tests.hostile.services import Answer, ask

#: Long enough for an answer on a busy machine: a few of very many requests are waited for.
WAIT_S: Final = 1.0
EVERY: Final = 60
#: How much of an answer is sent before the server hangs, from nothing to all but a byte.
STAGES: Final = (0.0, 0.05, 0.3, 0.6, 0.8, 0.99)
#: Streams have a connection each, and what is asked beside them shares some.
EVERY_CONNECTION: Final = 13
#: Bytes of a connection that are handed on: none, some of the head, some of a block, some blocks.
STREAM_STAGES: Final = (0, 40, 210, 330, 420)
#: All but those that open hundreds of streams, or wait half a minute for who does not read.
STREAMS: Final = ("sse/[!ds]*", "sse/st*", "OBJQL-*")
PROFILE: Final = Path(__file__).parents[2] / "conformance/profiles/embedded.yaml"
PATHS: Final = {"jsonrpc": "rpc", "odata": "odata"}


def hangs_now_and_then(origin: str) -> Serve:
    numbers, hangs = count(1), count()

    def send(talk: Talk, answer: Answer) -> None:
        whole = answer.with_body(answer.body)
        if next(numbers) % EVERY:
            talk.send(whole)
        else:
            stage = STAGES[next(hangs) % len(STAGES)]
            talk.send(whole[: int(len(whole) * stage)])
            talk.until_closed()

    def serve(talk: Talk) -> None:
        while request := talk.request():
            send(talk, ask(origin, request))

    return serve


def hands_on_until_it_hangs(origin: str) -> Serve:
    """Hand all bytes on, both ways; on some connections only so many come back."""
    stages = cycle(STREAM_STAGES)

    def serve(talk: Talk) -> None:
        address = urlsplit(origin)
        with socket.create_connection((address.hostname, address.port)) as server:
            asking = Thread(target=hand_over, args=(talk, server), daemon=True)
            asking.start()
            most = next(stages) if talk.number % EVERY_CONNECTION == 0 else None
            for piece in pieces(server, most):
                talk.send(piece)
            if most is not None:
                asking.join()

    return serve


def hand_over(talk: Talk, server: socket.socket) -> None:
    try:
        while piece := talk.some():
            server.sendall(piece)
        server.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # one of both is gone


def pieces(server: socket.socket, most: int | None) -> Iterator[bytes]:
    left = most
    while left != 0 and (piece := server.recv(65_536)):
        piece = piece if left is None else piece[:left]
        left = None if left is None else left - len(piece)
        yield piece


@pytest.mark.parametrize("surface", PATHS)
def test_a_server_that_hangs_now_and_then_is_judged_to_the_end(surface: str) -> None:
    with embedded_server() as origin, serving(hangs_now_and_then(origin)) as peer:
        session = judged({surface: f"{peer.url}{PATHS[surface]}"}, timeout_s=WAIT_S)

    assert not isinstance(session, str), session
    sound(session, peer, timeout_s=WAIT_S, may_be_lost=True)
    assert len(peer.requests) > EVERY * len(STAGES), "each stage was met"
    assert Verdict.PASS in {one.verdict for one in session.report.checks}


def test_streams_that_hang_now_and_then_are_judged_to_the_end(tmp_path: Path) -> None:
    with embedded_server() as origin, serving(hands_on_until_it_hangs(origin)) as peer:
        profile = profile_of_streams(peer, tmp_path)
        session = judged({}, timeout_s=WAIT_S, profile=profile, only=STREAMS)

    assert not isinstance(session, str), session
    sound(session, peer, timeout_s=WAIT_S, may_be_lost=True, excused={NO_SESSION})
    assert peer.connections > EVERY_CONNECTION * len(STREAM_STAGES), "each stage was met"
    assert Verdict.PASS in {one.verdict for one in session.report.checks}


def profile_of_streams(peer: Peer, folder: Path) -> Path:
    whole = load_yaml(PROFILE)
    assert isinstance(whole, dict)
    streams = whole["sse"]
    assert isinstance(streams, dict)
    path = folder / "profile.yaml"
    sse = {**streams, "url": f"{peer.url}rpc/progress/{{session}}"}
    path.write_text(to_json_text({"sse": sse}), encoding="utf-8")
    return path
