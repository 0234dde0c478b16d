"""Requests as bytes, right or wrong on purpose."""

import re
from decimal import Decimal

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.drivers.request import (
    Request,
    body_of_send,
    build_request,
    decode_base64,
    for_item,
    pieces_to_bytes,
)
from conformance.errors import InputError
from conformance.words.json_value import Json

DEFAULTS = [("Host", "a:80"), ("Content-Type", "application/json"), ("Accept", "text/x")]


def build(**send: Json) -> Request:
    return build_request(send, target="/rpc", default_headers=DEFAULTS)


def test_a_message_is_sent_as_json_with_its_length() -> None:
    request = build(jsonrpc={"jsonrpc": "2.0", "method": "é", "id": Decimal("1e400")})

    body = '{"jsonrpc":"2.0","method":"é","id":1E+400}'.encode()
    assert request == Request(
        method="POST",
        head=b"POST /rpc HTTP/1.1\r\nHost: a:80\r\nContent-Type: application/json\r\n"
        b"Accept: text/x\r\nContent-Length: 43\r\n\r\n",
        framed=body,
        body=body,
    )
    assert request.data == request.head + body


def test_without_a_body_neither_length_nor_type_is_sent() -> None:
    request = build(method="GET", target="/other?x=1")

    assert request.data == b"GET /other?x=1 HTTP/1.1\r\nHost: a:80\r\nAccept: text/x\r\n\r\n"
    assert request.method == "GET"
    assert request.body == b""


@pytest.mark.parametrize(
    ("send", "body"),
    [
        pytest.param({"raw": "é\r\n"}, "é\r\n".encode(), id="text"),
        pytest.param({"raw": ""}, b"", id="empty text"),
        pytest.param({"raw": ["a", ["b", ["c"]], "d"]}, b"abcd", id="lists"),
        pytest.param({"raw": []}, b"", id="an empty list"),
        pytest.param({"raw": [{"base64": "AP8="}, "x"]}, b"\x00\xffx", id="base64 in a list"),
        pytest.param({"raw": "\ud800"}, b"\xed\xa0\x80", id="a lone surrogate"),
        pytest.param({"base64": "AP8="}, b"\x00\xff", id="base64"),
        pytest.param({"base64": " AP\n8=\t"}, b"\x00\xff", id="base64 with white space"),
        pytest.param({"jsonrpc": "\ud800"}, b'"\xed\xa0\x80"', id="a surrogate as JSON"),
        pytest.param({"jsonrpc": None}, b"null", id="null"),
    ],
)
def test_a_body_is_sent_byte_by_byte(send: dict[str, Json], body: bytes) -> None:
    request = build(**send)

    assert request.framed == request.body == body
    assert f"Content-Length: {len(body)}\r\n".encode() in request.head


@pytest.mark.parametrize(
    ("pieces", "data"),
    [
        pytest.param({"text": "ab", "times": 3}, b"ababab", id="repeated"),
        pytest.param({"text": "a", "times": 3, "join": ", "}, b"a, a, a", id="joined"),
        pytest.param({"text": "a"}, b"a", id="once"),
        pytest.param({"text": "a", "times": 0, "join": ","}, b"", id="never"),
        pytest.param(
            {"text": '{"id":${item/index}}', "times": 3, "join": ","},
            b'{"id":1},{"id":2},{"id":3}',
            id="counted from one",
        ),
        pytest.param({"text": "\ud800", "times": 2}, b"\xed\xa0\x80" * 2, id="a surrogate"),
    ],
)
def test_a_piece_can_be_repeated(pieces: Json, data: bytes) -> None:
    assert pieces_to_bytes(pieces) == data
    assert pieces_to_bytes(["<", pieces, ">"]) == b"<" + data + b">"


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(1, id="a number"),
        pytest.param(None, id="null"),
        pytest.param({}, id="an empty object"),
        pytest.param({"times": 3}, id="no text"),
    ],
)
def test_another_piece_is_refused(piece: Json) -> None:
    whole = f"raw: expected a string, {{text, times, join}} or {{base64}}, saw {piece!r}"

    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        pieces_to_bytes(["a", piece])


@pytest.mark.parametrize(
    ("piece", "times"),
    [
        pytest.param({"text": "a", "times": -1}, -1, id="negative"),
        pytest.param({"text": "a", "times": 1.5}, 1.5, id="a fraction"),
        pytest.param({"text": "a", "times": "2"}, "2", id="text"),
        pytest.param({"text": "a" * 1023, "times": 81_921}, 81_921, id="too many"),
        pytest.param({"text": "", "times": 10**12}, 10**12, id="too many of nothing"),
        pytest.param({"text": "", "times": 10**6, "join": "a" * 100}, 10**6, id="a long join"),
    ],
)
def test_a_repetition_beyond_the_bound_is_refused_before_it_is_made(
    piece: Json, times: object
) -> None:
    whole = f"raw: expected times within the bound of a request, saw {times!r}"

    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        pieces_to_bytes(piece)


def test_a_body_is_sent_up_to_the_bound_and_refused_beyond() -> None:
    most: Json = {"text": "a" * 1023, "times": 81_920}

    assert len(pieces_to_bytes([most, "a" * 81_920])) == 83_886_080

    whole = "raw: expected at most 83886080 bytes, saw 83886081"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        pieces_to_bytes([most, "a" * 81_921])


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("AP8", id="no padding"),
        pytest.param("A", id="one letter"),
        pytest.param("AP-_", id="the alphabet of URLs"),
        pytest.param("é", id="other than ASCII"),
    ],
)
def test_what_is_no_base64_is_refused(text: str) -> None:
    whole = f"base64: expected base64, saw {text!r}"

    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        decode_base64(text)


def test_without_a_body_there_is_none() -> None:
    assert body_of_send({"method": "GET"}) is None


@pytest.mark.parametrize(
    ("body", "framed"),
    [
        pytest.param("", b"0\r\n\r\n", id="nothing"),
        pytest.param("abc", b"3\r\nabc\r\n0\r\n\r\n", id="one chunk"),
        pytest.param("abcdefg", b"7\r\nabcdefg\r\n0\r\n\r\n", id="one whole chunk"),
        pytest.param("abcdefgh", b"7\r\nabcdefg\r\n1\r\nh\r\n0\r\n\r\n", id="two chunks"),
    ],
)
def test_a_body_can_be_sent_in_chunks(body: str, framed: bytes) -> None:
    request = build(raw=body, framing="chunked")

    assert request.framed == framed
    assert request.body == body.encode()
    assert b"Transfer-Encoding: chunked\r\n" in request.head
    assert b"Content-Length" not in request.head


def test_a_body_can_be_sent_without_framing() -> None:
    request = build(raw="ab", framing="none")

    assert request.data.endswith(b"Accept: text/x\r\n\r\nab")
    assert b"Content-Length" not in request.head


def test_an_empty_length_can_be_sent() -> None:
    assert build(method="POST", framing="length").data.endswith(b"\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize(
    ("headers", "lines"),
    [
        pytest.param(
            {"X": "y"},
            b"Host: a:80\r\nContent-Type: application/json\r\nAccept: text/x\r\nX: y\r\n",
            id="added",
        ),
        pytest.param(
            {"accept": "b"},
            b"Host: a:80\r\nContent-Type: application/json\r\naccept: b\r\n",
            id="replaced, whatever its case",
        ),
        pytest.param({"Accept": None, "CONTENT-TYPE": None}, b"Host: a:80\r\n", id="removed"),
        pytest.param(
            {"Accept": ["b", "c"], "Content-Type": [], "Host": None},
            b"Accept: b\r\nAccept: c\r\n",
            id="repeated",
        ),
        pytest.param(
            {"Accept": ["b", None], "Content-Type": 7, "Host": ""},
            b"Accept: b\r\nContent-Type: 7\r\nHost: \r\n",
            id="of other types",
        ),
        pytest.param(
            {"Host": "é€", "Accept": None, "Content-Type": None}, b"Host: \xe9?\r\n", id="Latin-1"
        ),
    ],
)
def test_fields_are_added_replaced_removed_and_repeated(
    headers: dict[str, Json], lines: bytes
) -> None:
    request = build(raw="", headers=headers)

    assert request.head == b"POST /rpc HTTP/1.1\r\n" + lines + b"Content-Length: 0\r\n\r\n"


def test_a_length_of_one_s_own_is_sent_instead_of_the_true_one() -> None:
    request = build(raw="ab", headers={"content-length": "99"})

    assert request.head.endswith(b"Accept: text/x\r\ncontent-length: 99\r\n\r\n")


def test_a_request_can_expect_a_continuation() -> None:
    request = build(raw="ab", expect_continue=True)

    assert request.expects_continue
    assert request.head.endswith(b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")


@pytest.mark.parametrize(
    ("headers", "line"),
    [
        pytest.param({}, b"Connection: close\r\n\r\n", id="of itself"),
        pytest.param(
            {"connection": "keep-alive"},
            b"connection: keep-alive\r\nContent-Length: 0\r\n\r\n",
            id="unless told otherwise",
        ),
    ],
)
def test_who_reads_to_the_end_asks_for_a_close(headers: dict[str, Json], line: bytes) -> None:
    request = build(raw="", read_to_end=True, headers=headers)

    assert request.reads_to_end
    assert request.head.endswith(line)


def test_a_request_can_ask_for_a_fresh_connection() -> None:
    assert build(fresh=True).is_fresh
    assert not build().is_fresh


@pytest.mark.parametrize(
    ("wire", "body"),
    [
        pytest.param("GET / HTTP/1.1\r\n\r\nab\r\n\r\n", b"ab\r\n\r\n", id="head and body"),
        pytest.param(["GET /", {"base64": "AA=="}], b"", id="no head"),
        pytest.param("", b"", id="nothing"),
    ],
)
def test_a_whole_request_can_be_written_by_hand(wire: Json, body: bytes) -> None:
    request = build(wire=wire, method="GET", headers={"X": "y"}, read_to_end=True)

    assert request == Request(
        method="GET", head=pieces_to_bytes(wire), framed=b"", body=body, reads_to_end=True
    )
    assert request.data == pieces_to_bytes(wire)


def test_a_repeated_send_is_counted() -> None:
    send: dict[str, Json] = {"jsonrpc": {"id": "${item/index}", "method": "m${item/index}"}}

    assert for_item(send, 3) == {"jsonrpc": {"id": 3, "method": "m3"}}


TOKENS = st.text("abcXYZ019!#$%&'*+-.^_`|~", min_size=1, max_size=8)
FIELD_VALUES = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=9
)
OWN = {"content-length", "transfer-encoding", "host", "content-type", "accept", "connection"}


@given(
    method=TOKENS,
    body=st.text(max_size=40),
    headers=st.dictionaries(
        TOKENS.filter(lambda name: name.lower() not in {*OWN, "expect"}), FIELD_VALUES, max_size=3
    ),
    framing=st.sampled_from(["length", "chunked"]),
)
def test_a_reader_of_others_gets_what_was_meant(
    method: str, body: str, headers: dict[str, Json], framing: str
) -> None:
    request = build(raw=body, method=method, headers=headers, framing=framing)

    server = h11.Connection(h11.SERVER)
    server.receive_data(request.data)
    head = server.next_event()
    received = b""
    while isinstance(event := server.next_event(), h11.Data):
        received += event.data

    assert isinstance(head, h11.Request)
    assert isinstance(event, h11.EndOfMessage)
    assert head.method == method.encode()
    assert head.target == b"/rpc"
    fields = [(name.decode(), value.decode()) for name, value in head.headers]
    assert [field for field in fields if field[0] not in OWN] == [
        (name.lower(), value) for name, value in headers.items()
    ]
    assert received == body.encode()
