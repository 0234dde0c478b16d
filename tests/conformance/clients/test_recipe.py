"""What the lab sends, as a scenario says it."""

import zlib

import pytest

from conformance.clients.recipe import GAP_MS, SILENT, Framer, Then, read_serve
from conformance.words.json_value import Json

PLACES = {"url": "http://127.0.0.1:1/s/x"}


def pieces_of(**row: Json) -> list[bytes]:
    (recipe,) = read_serve(row, places=PLACES)
    return [piece.data for piece in recipe.pieces]


def test_a_text_is_one_piece() -> None:
    assert pieces_of(stream="data: é\n\n") == [b"data: \xc3\xa9\n\n"]


def test_a_list_is_sent_piece_by_piece() -> None:
    stream: Json = ["a", {"base64": "/w=="}, {"text": "x", "times": 3}, ["b", "c"]]

    assert pieces_of(stream=stream) == [b"a", b"\xff", b"xxx", b"bc"]


def test_a_cut_goes_over_what_was_pieces() -> None:
    assert pieces_of(stream=["ab", "cde"], cut=2) == [b"ab", b"cd", b"e"]


def test_everywhere_sends_the_stream_once_for_each_place() -> None:
    assert pieces_of(stream="abc", everywhere=True) == [b"a", b"bc", b"ab", b"c"]


def test_a_pause_stands_before_the_piece_behind_it() -> None:
    (recipe,) = read_serve({"stream": ["a", {"pause_ms": 300}, "b", "c"]}, places=PLACES)

    assert [piece.after_ms for piece in recipe.pieces] == [0.0, 300.0, GAP_MS]


def test_a_head_says_what_the_scenario_says() -> None:
    row: Json = {"status": 301, "type": None, "headers": {"Location": "{url}/next"}, "then": "end"}

    (recipe,) = read_serve(row, places=PLACES)

    assert recipe.head_bytes() == (
        b"HTTP/1.1 301 Moved Permanently\r\nLocation: http://127.0.0.1:1/s/x/next\r\n"
        b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    assert recipe.then is Then.END


def test_204_has_no_body_and_no_framing() -> None:
    (recipe,) = read_serve({"status": 204, "type": None, "stream": "x"}, places=PLACES)

    assert recipe.head_bytes() == b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


def test_one_response_may_stand_for_several_requests() -> None:
    assert len(read_serve([{"refuse": True, "times": 3}, {}], places=PLACES)) == 4


def test_each_piece_of_a_coded_body_can_be_read_at_once() -> None:
    (recipe,) = read_serve({"coding": "gzip", "framing": "close"}, places=PLACES)
    framer, reader = Framer(recipe, coding="gzip"), zlib.decompressobj(wbits=31)

    assert [reader.decompress(framer.piece(one)) for one in (b"one", b"two")] == [b"one", b"two"]


@pytest.mark.parametrize(
    ("framing", "sent"),
    [
        pytest.param("chunked", b"3\r\nabc\r\n0\r\n\r\n", id="chunked"),
        pytest.param("close", b"abc", id="close"),
    ],
)
def test_a_body_is_framed(framing: str, sent: bytes) -> None:
    (recipe,) = read_serve({"framing": framing}, places=PLACES)
    framer = Framer(recipe)

    assert framer.piece(b"abc") + framer.end() == sent


def test_what_no_serve_foresees_is_a_silent_stream() -> None:
    assert (SILENT.status, list(SILENT.pieces), SILENT.then) == (200, [], Then.KEEP)
