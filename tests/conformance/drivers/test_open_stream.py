"""One stream held open: what is read when, and what is told of it in between."""

from collections.abc import Awaitable, Callable

import anyio
import pytest

from conformance.drivers.connection import open_connection
from conformance.drivers.endpoint import read_url
from conformance.drivers.open_stream import OpenStream, Wanted, is_event_stream
from conformance.drivers.request import build_request
from conformance.drivers.wire import Limits
from conformance.observe.event_record import StreamEnded
from conformance.observe.exchange import Outcome
from conformance.observe.http_head import Head
from conformance.words.pointer import resolve
from tests.conformance.peers import Peer, Serve, Talk, answering, response, serving, silent
from tests.conformance.streams import HEAD, chunk, cut, end, hold, sending, streaming

LIMITS = Limits(timeout_s=20.0, max_body_bytes=1_000_000)


def on_stream(serve: Serve, use: Callable[[OpenStream], Awaitable[None]]) -> Peer:
    """Send a request for a stream and use what comes, within a bound."""

    async def talk(peer: Peer) -> None:
        endpoint = read_url(peer.url, where="test")
        request = build_request({"method": "GET"}, target="/", default_headers=[("Host", "a")])
        connection = await open_connection(endpoint, tls=None, timeout_s=20.0)
        stream = OpenStream(
            "s", url=peer.url, request=request, connection=connection, limits=LIMITS
        )
        with anyio.fail_after(60):
            await use(stream)
            await stream.close()

    with serving(serve) as peer:
        anyio.run(talk, peer)
    return peer


def test_the_head_is_read_before_any_event() -> None:
    async def use(stream: OpenStream) -> None:
        await stream.read_head()

        assert stream.reader.head is not None
        assert stream.events is not None
        assert stream.outcome is Outcome.ANSWERED
        assert not stream.is_over

    on_stream(sending(HEAD), use)


def test_wanted_events_are_counted_from_the_record_on() -> None:
    async def use(stream: OpenStream) -> None:
        await stream.read_head()
        for number in range(1, 4):
            stream.start_record()
            await stream.read(Wanted(events=1))
            stream.pause(StreamEnded.COUNT)

            seen = stream.observe()
            assert resolve(seen, ("stream", "data")) == [str(number)]

    def serve(talk: Talk) -> None:
        talk.request()
        talk.send(HEAD)
        for number in range(1, 4):
            talk.peer.closing.wait(0.02)
            talk.send(chunk(b"data: %d\n\n" % number))
        hold(talk)

    on_stream(serve, use)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        pytest.param(Wanted(events=2), 2, id="events"),
        pytest.param(Wanted(events=1, holding="b"), 2, id="an event that holds a text"),
        pytest.param(Wanted(until="c"), 3, id="until an event holds a text"),
        pytest.param(Wanted(events=1, until="b"), 2, id="both"),
        pytest.param(Wanted(), 4, id="nothing: to the end"),
        pytest.param(Wanted(ends=True), 4, id="the end"),
        pytest.param(Wanted(until="nowhere"), 4, id="what never comes"),
    ],
)
def test_reading_stops_when_what_is_wanted_is_there(wanted: Wanted, count: int) -> None:
    def serve(talk: Talk) -> None:
        talk.request()
        talk.send(HEAD)
        for text in (b"a", b"b", b"c", b"d"):
            talk.peer.closing.wait(0.02)
            talk.send(chunk(b"data: %b\n\n" % text))
        end(talk)

    async def use(stream: OpenStream) -> None:
        await stream.read_head()
        await stream.read(wanted)
        stream.pause(StreamEnded.COUNT)

        assert stream.events is not None
        assert stream.events.record.event_count == count

    on_stream(serve, use)


def test_a_stream_that_is_over_is_read_no_more() -> None:
    async def use(stream: OpenStream) -> None:
        await stream.read_head()
        await stream.read(Wanted(ends=True))
        await stream.read(Wanted(events=5))

        assert stream.is_over
        assert resolve(stream.observe(), ("stream", "ended")) == "closed"

    on_stream(streaming(b"data: a\n\n", then=end), use)


def test_what_is_cut_in_the_middle_of_a_body_is_a_reset() -> None:
    async def use(stream: OpenStream) -> None:
        await stream.read_head()
        await stream.read(Wanted(ends=True))

        assert stream.outcome is Outcome.INCOMPLETE
        assert resolve(stream.observe(), ("stream", "ended")) == "reset"

    on_stream(streaming(b"data: a\n\n", then=cut), use)


def test_without_a_head_there_is_silence() -> None:
    async def use(stream: OpenStream) -> None:
        with anyio.move_on_after(0.1):
            await stream.read_head()

        assert stream.outcome is Outcome.SILENCE
        assert stream.observe()["outcome"] == "silence"

    on_stream(silent, use)


def test_another_body_is_told_as_one() -> None:
    async def use(stream: OpenStream) -> None:
        await stream.read_head()
        await stream.read(Wanted(ends=True))

        assert stream.events is None
        assert resolve(stream.observe(), ("body", "text")) == "{}"

    on_stream(answering(response(b"{}")), use)


def test_an_exchange_tells_what_came_since_the_last_one() -> None:
    async def use(stream: OpenStream) -> None:
        await stream.read_head()
        await stream.read(Wanted(ends=True))
        first, second = stream.exchange(), stream.exchange()

        assert first.sent.startswith(b"GET / HTTP/1.1\r\n")
        assert first.received.startswith(HEAD)
        assert (second.sent, second.received) == (b"", b"")

    on_stream(streaming(b"data: a\n\n", then=end), use)


@pytest.mark.parametrize(
    ("status", "media_type", "is_stream"),
    [
        pytest.param(200, "text/event-stream", True, id="plain"),
        pytest.param(200, "Text/Event-Stream; charset=utf-8", True, id="capitals and charset"),
        pytest.param(200, "text/event-stream;x=y", True, id="another parameter"),
        pytest.param(200, "text/event-streams", False, id="another type"),
        pytest.param(200, None, False, id="no type"),
        pytest.param(201, "text/event-stream", False, id="another status"),
    ],
)
def test_a_client_takes_200_and_the_media_type_for_a_stream(
    status: int, media_type: str | None, *, is_stream: bool
) -> None:
    fields = (("content-type", media_type),) if media_type else ()
    head = Head(version="1.1", status=status, reason="", fields=fields)

    assert is_event_stream(head) is is_stream
