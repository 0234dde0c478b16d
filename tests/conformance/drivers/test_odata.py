"""What the OData driver sends and sees; each observation keeps its schema."""

import anyio
import pytest

from conformance.drivers.step import StepResult
from conformance.drivers.wire import Limits
from conformance.words.json_value import Json
from conformance.words.template import UnresolvedTemplateError
from tests.conformance.drivers.services import (
    BRISK,
    HASTY,
    MIXED,
    PATIENT,
    READ,
    at,
    driver_of,
    in_json,
    multipart,
    observed,
    performed,
    sent,
)
from tests.conformance.peers import (
    Serve,
    answering,
    body_of,
    closing,
    dripping,
    endless,
    resetting,
    response,
    serving,
    silent,
)


def test_a_read_is_a_get_below_the_service_root() -> None:
    assert sent({"url": "Things?$top=1"}) == (
        b"GET /odata/Things?$top=1 HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"
        b"Accept: application/json\r\nOData-MaxVersion: 4.01\r\nUser-Agent: wirecheck\r\n\r\n"
    )


@pytest.mark.parametrize(
    ("send", "head", "body"),
    [
        pytest.param(
            {"url": "Things", "json": {"a": 1}},
            b"POST /odata/Things HTTP/1.1",
            b'{"a":1}',
            id="JSON is posted",
        ),
        pytest.param(
            {"method": "PUT", "url": "Things(1)/a/$value", "text": "x"},
            b"PUT /odata/Things(1)/a/$value HTTP/1.1",
            b"x",
            id="text is put",
        ),
        pytest.param(
            {"method": "DELETE", "url": "Things(1)"},
            b"DELETE /odata/Things(1) HTTP/1.1",
            b"",
            id="nothing is sent with DELETE",
        ),
    ],
)
def test_a_body_comes_with_its_method(send: dict[str, Json], head: bytes, body: bytes) -> None:
    request = sent(send)

    assert request.startswith(head + b"\r\n")
    assert body_of(request) == body


def test_a_single_response_is_seen_as_one_of_odata() -> None:
    text = '{"@odata.etag":"W/\\"1\\"","value":[{"a":1}],"@odata.nextLink":"Things?$skip=1"}'

    seen = observed(answering(in_json(text)), {"url": "Things"})

    assert at(seen, "/odata/version") == "4.01"
    assert at(seen, "/odata/value_count") == 1
    assert at(seen, "/odata/etag") == 'W/"1"'
    assert at(seen, "/odata/next_link") == "Things?$skip=1"
    assert "batch" not in seen


def test_a_multipart_response_is_set_against_its_requests() -> None:
    requests: list[Json] = [READ, {"label": "b", "url": "Others"}, {"label": "c", "url": "More"}]

    seen = observed(
        answering(multipart(b'{"n":1}', b'{"n":2}')),
        {"batch": {"format": "multipart", "requests": requests}},
    )

    assert at(seen, "/batch/answers/a/body") == {"n": 1}
    assert at(seen, "/batch/answers/b/body") == {"n": 2}
    assert at(seen, "/batch/unanswered") == ["c"]


def test_a_json_response_is_set_against_its_requests() -> None:
    answer = '{"responses":[{"id":"b","status":404},{"id":"a","status":200,"body":{"n":1}}]}'

    seen = observed(
        answering(in_json(answer)),
        {"batch": {"format": "json", "requests": [READ, {"label": "b", "url": "Others"}]}},
    )

    assert at(seen, "/batch/answers/a/body") == {"n": 1}
    assert at(seen, "/batch/answers/b/status") == 404
    assert at(seen, "/batch/unanswered") == []


MONITORS = pytest.mark.parametrize(
    "location",
    [
        pytest.param("{origin}/odata/monitors/1", id="absolute"),
        pytest.param("/odata/monitors/1", id="absolute path"),
        pytest.param("monitors/1", id="relative to the root"),
    ],
)


@MONITORS
def test_a_result_that_comes_later_is_set_against_the_batch(location: str) -> None:
    with serving(answering(in_json("", status="202 Accepted"), multipart(b'{"n":1}'))) as peer:
        _, result = performed(
            peer,
            {"batch": {"format": "multipart", "requests": [READ]}},
            {"result": location.format(origin=peer.url.rstrip("/"))},
        )

    assert at(dict(result.observation), "/batch/answers/a/body") == {"n": 1}
    assert peer.requests[1].startswith(b"GET /odata/monitors/1 HTTP/1.1\r\n")


def test_a_result_may_come_as_a_whole_message() -> None:
    inner = multipart(b'{"n":1}')

    seen = observed(
        answering(
            in_json("", status="202 Accepted"), response(inner, media_type="application/http")
        ),
        {"batch": {"format": "multipart", "requests": [READ]}},
        {"result": "monitors/1"},
    )

    assert at(seen, "/batch/wrapped/status") == 200
    assert at(seen, "/batch/answers/a/body") == {"n": 1}


def test_a_result_that_is_not_there_yet_is_no_batch() -> None:
    accepted = in_json("", status="202 Accepted")

    seen = observed(
        answering(accepted, accepted),
        {"batch": {"format": "multipart", "requests": [READ]}},
        {"result": "monitors/1"},
    )

    assert at(seen, "/http/status") == 202
    assert "batch" not in seen


@pytest.mark.parametrize("url", ["http://other.example/odata/monitors/1", ""])
def test_a_result_on_another_host_is_not_asked_for(url: str) -> None:
    with serving(answering(in_json(""))) as peer, pytest.raises(UnresolvedTemplateError):
        performed(peer, {"result": url})

    assert peer.requests == []


def test_metadata_is_described_by_who_can() -> None:
    with serving(answering(response(b"<x/>", media_type="application/xml"))) as peer:
        driver = driver_of(peer)
        driver.describe_metadata = lambda media_type, body: [media_type, len(body)]

        async def perform() -> StepResult:
            async with driver.open_wire() as wire:
                return await driver.perform(wire, {"url": "$metadata"})

        result = anyio.run(perform)

    assert result.observation["csdl"] == ["application/xml", 4]


@pytest.mark.parametrize("batch_format", ["multipart", "json"])
@pytest.mark.parametrize(
    ("serve", "outcome", "limits"),
    [
        pytest.param(closing, "closed", PATIENT, id="closes"),
        pytest.param(resetting, "reset", PATIENT, id="resets"),
        pytest.param(silent, "silence", HASTY, id="is silent"),
        pytest.param(dripping, "incomplete", BRISK, id="drips"),
        pytest.param(
            endless, "too-large", Limits(timeout_s=20.0, max_body_bytes=10_000), id="endless"
        ),
        pytest.param(answering(b"\x00\x01\x02\r\n\r\n"), "not-http", BRISK, id="is not HTTP"),
    ],
)
def test_a_broken_peer_is_an_outcome(
    serve: Serve, outcome: str, limits: Limits, batch_format: str
) -> None:
    send: dict[str, Json] = {"batch": {"format": batch_format, "requests": [READ]}}

    seen = observed(serve, send, limits=limits)

    assert seen["outcome"] == outcome
    assert "batch" not in seen


@pytest.mark.parametrize("batch_format", ["multipart", "json"])
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(response(b""), id="empty"),
        pytest.param(response(b"{}"), id="an object"),
        pytest.param(response(b'{"responses":'), id="broken JSON"),
        pytest.param(response(b"<html></html>", media_type="text/html"), id="a page"),
        pytest.param(response(b"--b", media_type=MIXED), id="half a delimiter"),
        pytest.param(response(b"--b--\r\n", media_type="multipart/mixed"), id="no boundary"),
        pytest.param(response(b"HTTP/1.1 2", media_type="application/http"), id="half a message"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", id="no type"),
    ],
)
def test_an_answer_that_is_no_batch_answers_nothing(answer: bytes, batch_format: str) -> None:
    send: dict[str, Json] = {"batch": {"format": batch_format, "requests": [READ]}}

    seen = observed(answering(answer), send)

    assert at(seen, "/batch/answers") == {}
    assert at(seen, "/batch/unanswered") == ["a"]
