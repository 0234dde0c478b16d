"""Content-Type headers."""

import time

import pytest

from reference_server.jsonrpc.media_type import refusal_of

CHARSET = "the charset has to be UTF-8"
BROKEN = "Content-Type is no media type"
OTHER = (
    "Content-Type has to be one of application/json, application/json-rpc, application/jsonrequest"
)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param("application/json", id="json"),
        pytest.param("application/json-rpc", id="json-rpc"),
        pytest.param("application/jsonrequest", id="jsonrequest"),
        pytest.param("Application/JSON; Charset=UTF-8", id="case"),
        pytest.param("application/json;charset=utf-8", id="no space"),
        pytest.param('application/json ; charset="utf-8"', id="quoted"),
        pytest.param("application/json; v=1; x=y", id="other parameters"),
        pytest.param("application/json;", id="empty parameter"),
        pytest.param('application/json; x=";charset=utf-16"', id="charset inside quotes"),
    ],
)
def test_json_in_utf_8_is_accepted(header: str) -> None:
    assert refusal_of(header.encode()) is None


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        pytest.param("text/plain", OTHER, id="text"),
        pytest.param("application/xml", OTHER, id="xml"),
        pytest.param("application/x-www-form-urlencoded", OTHER, id="form"),
        pytest.param("multipart/form-data; boundary=x", OTHER, id="multipart"),
        pytest.param("application/json5", OTHER, id="longer name"),
        pytest.param("application/json; charset=utf-16", CHARSET, id="utf-16"),
        pytest.param('application/json; x="\\""; charset=latin1', CHARSET, id="behind quotes"),
        pytest.param("json", BROKEN, id="one word"),
        pytest.param("application/json, application/json", BROKEN, id="two"),
        pytest.param("application/json charset", BROKEN, id="no semicolon"),
        pytest.param("application/json; charset =utf-8", BROKEN, id="space before ="),
        pytest.param('application/json; x="', BROKEN, id="open quotes"),
        pytest.param("é/x", BROKEN, id="no token"),
    ],
)
def test_everything_else_is_refused_with_a_reason(header: str, reason: str) -> None:
    assert refusal_of(header.encode()) == reason


@pytest.mark.parametrize("piece", ["; ", " ;", ";a=b", ' ; a="\\""', "a"])
def test_a_long_header_takes_no_longer_than_reading_it(piece: str) -> None:
    header = f"application/json{piece * 10_000}\x00".encode()
    before_s = time.process_time()

    assert refusal_of(header) is not None
    assert time.process_time() - before_s < 1
