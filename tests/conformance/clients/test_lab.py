"""The lab on a real port: what it sends, notes and survives."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import anyio
import pytest

from conformance.clients.lab import Lab, open_lab
from conformance.clients.observation import observe_play
from conformance.clients.play import MAX_ATTEMPTS, Ended, Play
from conformance.clients.recipe import read_serve
from conformance.words.json_value import Json

TIMEOUT_S = 20.0
GET = "GET /s/case{} HTTP/1.1\r\nHost: x\r\n{}\r\n"


def in_lab(body: Callable[[Lab, Play], Awaitable[None]], *serve: Json) -> Play:
    """Run a body against a lab with one case, whose responses are given."""
    plays: list[Play] = []

    async def run() -> None:
        with anyio.fail_after(TIMEOUT_S):
            async with open_lab() as lab:
                play = lab.new_play("case")
                play.serve(read_serve(list(serve), places={"url": lab.stream_url(play)}))
                play.ready.set()
                plays.append(play)
                await body(lab, play)

    anyio.run(run)
    return plays[0]


async def ask(lab: Lab, request: str) -> bytes:
    """Send a request and read until the lab closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
    try:
        writer.write(request.encode())
        return await reader.read()
    finally:
        writer.close()


def test_a_stream_is_sent_and_ended() -> None:
    answers: list[bytes] = []

    async def body(lab: Lab, play: Play) -> None:
        answers.append(await ask(lab, GET.format("", "Last-Event-ID: …\r\n")))
        await play.wait_until(lambda: play.attempts[0].ended is Ended.LAB)

    play = in_lab(body, {"stream": "data: a\n\n", "then": "end"})

    assert answers[0].startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
    assert answers[0].endswith(b"\r\n\r\n9\r\ndata: a\n\n\r\n0\r\n\r\n")
    request = observe_play(play)["requests"]
    assert isinstance(request, list)
    assert request[0]["last_event_id_hex"] == "e280a6"


@pytest.mark.parametrize(
    "row",
    [
        pytest.param({"stream": "data: a\n\n", "then": "reset"}, id="in the middle"),
        pytest.param({"refuse": True, "then": "reset"}, id="before a response"),
    ],
)
def test_a_reset_is_a_network_error(row: Json) -> None:
    async def body(lab: Lab, play: Play) -> None:
        del play
        with pytest.raises(ConnectionResetError):
            await ask(lab, GET.format("", ""))

    in_lab(body, row)


def test_a_client_that_leaves_is_noticed() -> None:
    async def body(lab: Lab, play: Play) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
        writer.write(GET.format("", "").encode())
        await reader.readuntil(b"data: a\n\n")
        writer.close()
        await play.wait_until(lambda: play.attempts[0].ended is Ended.CLIENT)

    in_lab(body, {"stream": "data: a\n\n"})


def test_reports_are_put_in_the_order_of_their_numbers() -> None:
    async def body(lab: Lab, play: Play) -> None:
        for number, data in ((2, "b"), (1, "a")):
            text = f'{{"kind": "event", "event": {{"data": "{data}"}}}}'
            head = f"POST /c/case/{number} HTTP/1.1\r\nConnection: close\r\n"
            reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
            writer.write(f"{head}Content-Length: {len(text)}\r\n\r\n{text}".encode())
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 202 ")
            writer.close()
        await play.wait_until(lambda: len(play.reports) == 2)

    play = in_lab(body)

    assert observe_play(play)["events"] == [
        {"type": "message", "data": "a", "id": ""},
        {"type": "message", "data": "b", "id": ""},
    ]


@pytest.mark.parametrize(
    ("request_text", "status"),
    [
        pytest.param("GET /s/../../etc/passwd HTTP/1.1\r\n\r\n", 404, id="a path out of it"),
        pytest.param("GET /s/other HTTP/1.1\r\n\r\n", 404, id="no such case"),
        pytest.param("POST /c/case/x HTTP/1.1\r\n\r\n", 404, id="a report without number"),
        pytest.param("\x16\x03\x01 no HTTP\r\n\r\n", 400, id="no HTTP"),
    ],
)
def test_what_is_no_use_gets_a_clear_status(request_text: str, status: int) -> None:
    async def body(lab: Lab, play: Play) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.port)
        writer.write(request_text.encode("latin-1"))
        answer = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        assert answer.startswith(f"HTTP/1.1 {status} ".encode())
        assert play.attempts == []

    in_lab(body)


def test_an_id_of_a_megabyte_and_half_requests_do_no_harm() -> None:
    async def body(lab: Lab, play: Play) -> None:
        halves = [await asyncio.open_connection("127.0.0.1", lab.port) for _ in range(50)]
        for _, writer in halves:
            writer.write(b"GET /s/ca")
        answer = await ask(lab, GET.format("", f"Last-Event-ID: {'x' * 2**20}\r\n"))
        assert answer.endswith(b"0\r\n\r\n")
        assert len(play.attempts[0].incoming.values("last-event-id")[0]) == 2**20
        for _, writer in halves:
            writer.close()

    in_lab(body, {"stream": "", "then": "end"})


def test_a_client_that_never_reads_is_let_go_when_its_case_is_over() -> None:
    async def body(lab: Lab, play: Play) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", lab.port, limit=1024)
        writer.write(GET.format("", "").encode())
        await reader.readuntil(b"\r\n\r\n")
        lab.drop(play)
        await play.wait_until(lambda: play.attempts[0].ended is Ended.LAB)
        with contextlib.suppress(ConnectionResetError):
            await reader.read()
        writer.close()

    in_lab(body, {"stream": [{"text": "x", "times": 32 * 2**20}]})


def test_a_client_that_never_stops_is_cut_off() -> None:
    async def body(lab: Lab, play: Play) -> None:
        for _ in range(MAX_ATTEMPTS):
            await ask(lab, GET.format("", ""))
        with pytest.raises(ConnectionResetError):
            await ask(lab, GET.format("", ""))
        assert len(play.attempts) == MAX_ATTEMPTS

    in_lab(body, {"status": 204, "type": None, "then": "end", "times": MAX_ATTEMPTS})
