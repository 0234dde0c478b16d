"""The whole suite against a server that works and now and then hangs, each time elsewhere."""

from itertools import count
from typing import Final

from conformance.drivers.embedded import embedded_server
from conformance.words.verdict import Verdict
from tests.conformance.peers import Serve, Talk, serving
from tests.hostile.judging import judged, sound
from tests.hostile.services import Answer, ask

#: Long enough for an answer on a busy machine: a few of very many requests are waited for.
WAIT_S: Final = 1.0
EVERY: Final = 60
#: How much of an answer is sent before the server hangs, from nothing to all but a byte.
STAGES: Final = (0.0, 0.05, 0.3, 0.6, 0.8, 0.99)


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


def test_a_server_that_hangs_now_and_then_is_judged_to_the_end() -> None:
    with embedded_server() as origin, serving(hangs_now_and_then(origin)) as peer:
        session = judged({"jsonrpc": f"{peer.url}rpc"}, timeout_s=WAIT_S)

    assert not isinstance(session, str), session
    sound(session, peer, timeout_s=WAIT_S, may_be_lost=True)
    assert len(peer.requests) > EVERY * len(STAGES), "each stage was met"
    assert Verdict.PASS in {one.verdict for one in session.report.checks}
