"""Event streams watched for a moment; nothing but the stream itself is asked for."""

from collections.abc import Mapping

import anyio
import pytest

from conformance.discovery.event_stream import discover_event_stream
from conformance.discovery.found import Found
from tests.conformance.drivers.sse_steps import HASTY, PATIENT, driver_of
from tests.conformance.peers import Serve, answering, closing, response, serving, silent
from tests.conformance.streams import HEAD, chunk, end, endless_events, sending, streaming

EVENT = b"data: a\n\n"


def found(serve: Serve, *, hasty: bool = False) -> Found:
    with serving(serve) as peer:
        driver = driver_of(peer, limits=HASTY if hasty else PATIENT)
        return anyio.run(discover_event_stream, driver)


@pytest.mark.parametrize(
    ("serve", "offers"),
    [
        pytest.param(streaming(), {"sse.endless": True}, id="silent and open"),
        pytest.param(streaming(b": c\n\n"), {"sse.endless": True}, id="comments"),
        pytest.param(streaming(EVENT), {"sse.endless": True, "sse.events": True}, id="events"),
        pytest.param(
            streaming(EVENT, then=end),
            {"sse.endless": False, "sse.finite": True, "sse.events": True},
            id="events and an end",
        ),
        pytest.param(
            streaming(then=end), {"sse.endless": False, "sse.finite": True}, id="only an end"
        ),
        pytest.param(
            sending(
                HEAD.replace(b"\r\n\r\n", b"\r\nAccess-Control-Allow-Credentials: true\r\n\r\n"),
                chunk(EVENT),
            ),
            {"sse.endless": True, "sse.events": True, "sse.cors-credentials": True},
            id="credentials",
        ),
    ],
)
def test_a_stream_shows_what_it_offers(serve: Serve, offers: Mapping[str, bool]) -> None:
    seen = found(serve)

    assert seen.speaks
    assert seen.answers
    assert seen.offers == offers


def test_a_stream_without_end_is_watched_to_a_bound() -> None:
    assert found(endless_events).offers["sse.events"] is True


@pytest.mark.parametrize(
    ("serve", "answers", "told"),
    [
        pytest.param(
            answering(response(b"<p>", media_type="text/html")),
            True,
            "status 200, text/html, 3 bytes: '<p>'",
            id="HTML",
        ),
        pytest.param(
            answering(b"HTTP/1.1 204 No Content\r\n\r\n"),
            True,
            "status 204, no Content-Type, an empty body",
            id="204",
        ),
        pytest.param(closing, False, "no HTTP response", id="closing"),
        pytest.param(silent, False, "no HTTP response", id="silent"),
    ],
)
def test_what_is_no_stream_is_told(serve: Serve, told: str, *, answers: bool) -> None:
    seen = found(serve, hasty=True)

    assert not seen.speaks
    assert (seen.answers, seen.first_answer) == (answers, told)


def test_only_the_stream_is_asked_for() -> None:
    with serving(streaming(EVENT)) as peer:
        anyio.run(discover_event_stream, driver_of(peer))

    assert [request.split(b" ")[0] for request in peer.requests] == [b"GET"]
