"""The HTTP edge, byte by byte, on a real socket."""

import gzip
import logging
from contextlib import closing

import pytest

from reference_server.faults import Fault
from reference_server.json_text import read
from reference_server.jsonrpc.core import RpcHandler
from tests.reference_server.loopback import (
    NOTIFICATION,
    VOID,
    VOID_ANSWER,
    Peer,
    echo,
    head,
    post,
    refused,
    serving,
)


def test_a_result_is_200_and_json_of_the_length_announced(peer: Peer) -> None:
    peer.send(post(echo("Grüße 😀")))

    response = peer.receive()

    assert response.status == 200
    assert [field for field in response.fields if field[0] != "date"] == [
        ("content-type", "application/json"),
        ("content-length", str(len(response.body))),
    ]
    assert response.json == {"jsonrpc": "2.0", "result": "Grüße 😀", "id": 1}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="parse error"),
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="invalid request"),
        pytest.param(VOID.replace(b"void", b"nosuch"), id="unknown method"),
        pytest.param(VOID.replace(b"void", b"fail"), id="internal error"),
    ],
)
def test_an_error_is_200_and_the_connection_stays(peer: Peer, body: bytes) -> None:
    peer.send(post(body))
    response = peer.receive()
    peer.send(post(VOID))

    assert (response.status, response.field("content-type")) == (200, "application/json")
    assert peer.receive().body == VOID_ANSWER


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(NOTIFICATION, id="one"),
        pytest.param(b"[" + NOTIFICATION + b"]", id="batch"),
        pytest.param(NOTIFICATION.replace(b"void", b"fail"), id="failing"),
        pytest.param(NOTIFICATION.replace(b"void", b"nosuch"), id="unknown method"),
    ],
)
def test_nothing_to_say_is_204_with_neither_body_nor_length(peer: Peer, body: bytes) -> None:
    peer.send(post(body))
    response = peer.receive()
    peer.send(post(VOID))

    assert response.status == 204
    assert [name for name, _ in response.fields] == ["date"]
    assert peer.receive().body == VOID_ANSWER  # whatever came before it would break this


@pytest.mark.parametrize("verb", ["GET", "PUT", "DELETE", "PATCH", "TRACE"])
def test_other_verbs_are_405_and_told_what_is_allowed(peer: Peer, verb: str) -> None:
    peer.send(head(verb))
    response = peer.receive(verb=verb)
    peer.send(post(VOID))

    assert (response.status, response.field("allow")) == (405, "POST, OPTIONS")
    assert response.field("content-type") == "application/problem+json"
    assert response.json == {
        "title": "Method Not Allowed",
        "status": 405,
        "detail": "JSON-RPC takes POST",
    }
    assert peer.receive().body == VOID_ANSWER


def test_head_is_405_without_a_body(peer: Peer) -> None:
    peer.send(head("HEAD"))
    response = peer.receive(verb="HEAD")
    peer.send(post(VOID))

    assert (response.status, response.field("allow")) == (405, "POST, OPTIONS")
    assert peer.receive().body == VOID_ANSWER


def test_options_tells_what_is_allowed(peer: Peer) -> None:
    peer.send(head("OPTIONS"))
    response = peer.receive()

    assert (response.status, response.field("allow")) == (204, "POST, OPTIONS")


def test_an_unheard_of_verb_is_501(peer: Peer) -> None:
    peer.send(head("FOO"))

    response = peer.receive()

    assert (response.status, response.field("allow")) == (501, "POST, OPTIONS")


def test_a_verb_with_a_body_leaves_the_connection_usable(peer: Peer) -> None:
    peer.send(post(b"x" * 200_000).replace(b"POST", b"PUT", 1))
    assert peer.receive().status == 405
    peer.send(post(VOID))

    assert peer.receive().body == VOID_ANSWER


@pytest.mark.parametrize(
    "content_type",
    [
        pytest.param("application/json", id="json"),
        pytest.param("Application/JSON; Charset=UTF-8", id="case and charset"),
        pytest.param("application/json-rpc", id="json-rpc"),
        pytest.param("application/jsonrequest", id="jsonrequest"),
        pytest.param(None, id="none"),
    ],
)
def test_these_content_types_are_taken(peer: Peer, content_type: str | None) -> None:
    peer.send(post(VOID, "Accept: text/html", content_type=content_type))

    assert peer.receive().body == VOID_ANSWER


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        pytest.param(
            "Content-Type: text/plain",
            "Content-Type has to be one of application/json, application/json-rpc,"
            " application/jsonrequest",
            id="text",
        ),
        pytest.param(
            "Content-Type: application/json; charset=utf-16",
            "the charset has to be UTF-8",
            id="charset",
        ),
        pytest.param(
            "Content-Type: application/json\r\nContent-Type: application/json",
            "Content-Type is no media type",
            id="two",
        ),
    ],
)
def test_other_content_types_are_415_and_the_connection_stays(
    peer: Peer, field: str, reason: str
) -> None:
    peer.send(post(VOID, field, content_type=None))
    response = peer.receive()
    peer.send(post(VOID))

    assert (response.status, response.field("content-type")) == (415, "application/json")
    assert response.field("accept-encoding") is None
    assert response.json == refused(reason)
    assert peer.receive().body == VOID_ANSWER


def test_a_coded_body_is_415_and_told_what_is_accepted(peer: Peer) -> None:
    peer.send(post(gzip.compress(VOID), "Content-Encoding: gzip"))
    response = peer.receive()
    peer.send(post(VOID, "Content-Encoding: Identity"))

    assert (response.status, response.field("accept-encoding")) == (415, "identity")
    assert response.json == refused("the body has a Content-Encoding")
    assert peer.receive().body == VOID_ANSWER


def test_other_paths_are_404_in_json(peer: Peer) -> None:
    for path in ("/", "/rpc/", "/rpcs", "*"):
        peer.send(head("OPTIONS", path=path))
        response = peer.receive()
        assert (response.status, response.field("content-type")) == (
            404,
            "application/problem+json",
        )


def test_a_target_in_absolute_form_is_found(peer: Peer) -> None:
    peer.send(post(VOID, path="http://localhost/rpc"))

    assert peer.receive().body == VOID_ANSWER


def test_a_crash_of_the_core_is_answered_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def crash(_answer: RpcHandler) -> RpcHandler:
        def broken(_body: bytes) -> bytes | None:
            raise ZeroDivisionError

        return broken

    fault = Fault(name="crash", summary="", breaks=(), wrap_rpc=crash)
    with serving(faults=[fault]) as port, closing(Peer(port)) as peer:
        peer.send(post(VOID))
        response = peer.receive()

    assert response.status == 500
    assert response.json == {
        "jsonrpc": "2.0",
        "error": {"code": -32603, "message": "Internal error"},
        "id": None,
    }
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.getMessage() == f"the core failed on a body of {len(VOID)} bytes"


def test_a_failing_method_is_logged_with_its_traceback(
    peer: Peer, caplog: pytest.LogCaptureFixture
) -> None:
    peer.send(post(VOID.replace(b"void", b"fail")))

    answer = peer.receive().body

    assert b"must not reach" not in answer
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.getMessage() == "the method 'fail' failed"
    assert record.exc_info is not None


def test_a_text_of_a_mebibyte_comes_back(peer: Peer) -> None:
    peer.send(post(echo("é" * 524_288)))

    answer = read(peer.receive().body, max_depth=9)
    assert isinstance(answer, dict)
    assert answer["result"] == "é" * 524_288
