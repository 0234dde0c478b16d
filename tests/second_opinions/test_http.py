"""Our reader of responses beside h11.

It raises where the sender broke a rule that it minds, and goes on without a word where it does not;
ours goes on and says so. What both can read they have to read alike.
"""

import re
from collections.abc import Sequence
from typing import Final

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.observe.http import Ended, ResponseReader
from tests.conformance.observe.replies import CHUNKED, OK, STREAMS, cut, read

TOKENS = st.text(
    "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789!#$%&'*+-.^_`|~", min_size=1, max_size=8
)
FIELD_VALUES = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_categories=["Cc"])
    | st.sampled_from(" \t"),
    max_size=12,
).map(lambda text: text.strip(" \t"))
FRAMING_NAMES = {"content-length", "transfer-encoding", "connection"}
FIELDS = st.lists(
    st.tuples(TOKENS.filter(lambda name: name.lower() not in FRAMING_NAMES), FIELD_VALUES),
    max_size=4,
)
EXTENSIONS = st.sampled_from([b"", b";a", b'; a="b"', b";a=b;c=d"])


@st.composite
def responses(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """Draw a well-formed response, and what follows it on the connection."""
    fields = draw(FIELDS)
    status = draw(st.integers(200, 599))
    reason = draw(FIELD_VALUES)
    chunks = draw(st.lists(st.binary(min_size=1, max_size=20), max_size=4))
    framing = draw(st.sampled_from(["length", "chunked", "close"]))
    body = b"".join(chunks)
    if framing == "chunked":
        body = b"".join(
            b"%x%b\r\n%b\r\n" % (len(chunk), draw(EXTENSIONS), chunk) for chunk in chunks
        )
        trailers = b"".join(b"%b: %b\r\n" % field for field in _encoded(draw(FIELDS)))
        body += b"0\r\n" + trailers + b"\r\n"
        fields.append(("Transfer-Encoding", "chunked"))
    elif framing == "length":
        fields.append(("Content-Length", str(len(body))))
    lines = [b"HTTP/1.1 %d %b" % (status, reason.encode("latin-1"))]
    lines += [b"%b: %b" % field for field in _encoded(fields)]
    excess = b"" if framing == "close" else draw(st.binary(max_size=5))
    if status in (204, 304):
        body, excess = b"", b""
    return b"\r\n".join([*lines, b"", body]), excess


def _encoded(fields: Sequence[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in fields]


def read_by_h11(data: bytes) -> tuple[h11.Response, bytes, bytes] | None:
    """Return head, body and what is left of a response that the peer ends by closing; None: no."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="POST", target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    head: h11.Response | None = None
    body = b""
    closed = False
    try:
        connection.receive_data(data)
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif event is h11.NEED_DATA and not closed:
                connection.receive_data(b"")
                closed = True
            elif not isinstance(event, h11.InformationalResponse):
                return None
    except h11.RemoteProtocolError:
        return None
    assert head is not None
    return head, body, connection.trailing_data[0]


CUTS = st.lists(st.integers(1, 200), max_size=12)
# Defects beside the message, or of a field that both pass over.
BESIDE: Final = frozenset({"bytes-after-message", "length-on-204"})


@given(response=responses(), cuts=CUTS)
def test_both_agree_on_well_formed_responses(
    response: tuple[bytes, bytes], cuts: list[int]
) -> None:
    data, excess = response

    reader = read(*cut(data + excess, cuts), end=Ended.CLOSED)
    theirs = read_by_h11(data + excess)

    assert theirs is not None
    head, body, left = theirs
    assert reader.head is not None
    assert reader.is_complete
    assert reader.head.status == head.status_code
    assert reader.head.reason.encode("latin-1") == head.reason
    assert _encoded(reader.head.fields) == list(head.headers)
    assert reader.body == body
    assert reader.excess == left == excess
    assert codes_of(reader) <= BESIDE


def codes_of(reader: ResponseReader) -> set[str]:
    return {defect.code for defect in reader.defects}


# A response, the defects that it has to us, and whether h11 takes it without a word.
DIFFERENCES: Final = [
    # RFC 9112 section 2.2: "a recipient MAY recognize a single LF as a line terminator"; a sender
    # has to send CRLF.
    pytest.param(b"HTTP/1.1 200 OK\n\r\n", {"bare-lf"}, "taken", id="LF alone"),
    # RFC 9112 section 5.2: "A sender MUST NOT generate a message that includes line folding".
    pytest.param(OK + b"a: b\r\n c\r\n\r\n", {"folded-header"}, "taken", id="a fold"),
    # RFC 9112 section 4: "A server MUST send the space that separates the status-code from the
    # reason-phrase even when the reason-phrase is absent".
    pytest.param(b"HTTP/1.1 200\r\n\r\n", {"bad-status-line"}, "taken", id="no second space"),
    # RFC 9110 section 5.5: field-vchar = VCHAR / obs-text, and DEL is neither.
    pytest.param(OK + b"a: \x7f\r\n\r\n", {"bad-header-line"}, "taken", id="DEL in a value"),
    # RFC 9110 section 15: "Values outside the range 100..599 are invalid."
    pytest.param(b"HTTP/1.1 999 Odd\r\n\r\n", {"bad-status-code"}, "taken", id="status 999"),
    # RFC 9112 section 6.1: "A server MUST NOT send a Transfer-Encoding header field in any response
    # with a status code of 1xx (Informational) or 204"; section 6.3: nothing follows its head.
    pytest.param(b"HTTP/1.1 204 No\r\n\r\nab", {"body-on-204"}, "taken", id="a body on 204"),
    # RFC 9112 section 6.2: "A sender MUST NOT send a Content-Length header field in any message
    # that contains a Transfer-Encoding header field."
    pytest.param(
        CHUNKED.removesuffix(b"\r\n") + b"Content-Length: 9\r\n\r\n1\r\na\r\n0\r\n\r\n",
        {"length-with-chunked"},
        "taken",
        id="two framings",
    ),
    # RFC 9110 section 8.6: of "the same decimal value repeated" a recipient "MAY either reject the
    # message as invalid or replace that invalid field value with a single valid Content-Length".
    pytest.param(
        OK + b"Content-Length: 1, 1\r\n\r\na", {"doubled-length"}, "taken", id="a length twice"
    ),
    # RFC 9112 section 7.1.1: chunk-ext begins with BWS ";", so white space alone is none ...
    pytest.param(
        CHUNKED + b"1 \r\na\r\n0\r\n\r\n",
        {"bad-chunk-extension"},
        "taken",
        id="space behind a size",
    ),
    # ... and white space before it, which h11 refuses, is "bad", yet part of the grammar.
    pytest.param(CHUNKED + b"1 ;a\r\na\r\n0\r\n\r\n", set(), "refused", id="space before a name"),
    # RFC 9112 section 6.3: "If a Transfer-Encoding header field is present in a response and the
    # chunked transfer coding is not the final encoding, the message body length is determined by
    # reading the connection until it is closed by the server." h11 knows chunked only.
    pytest.param(OK + b"Transfer-Encoding: gzip\r\n\r\na", set(), "refused", id="another coding"),
]


@pytest.mark.parametrize(("data", "codes", "verdict"), DIFFERENCES)
def test_where_they_differ_ours_goes_by_the_text(
    data: bytes, codes: set[str], verdict: str
) -> None:
    reader = read(data, end=Ended.CLOSED)
    theirs = read_by_h11(data)

    assert reader.is_complete
    assert codes_of(reader) == codes
    assert ("refused" if theirs is None else "taken") == verdict
    if theirs is not None:
        assert reader.body == theirs[1]


# What h11 passes over: see `DIFFERENCES`.
PASSED_OVER: Final = BESIDE | {
    "bad-chunk-extension",
    "bad-header-line",
    "bad-status-code",
    "bad-status-line",
    "bare-lf",
    "body-on-204",
    "body-on-304",
    "doubled-length",
    "folded-header",
    "length-with-chunked",
}
_SPACED_EXTENSION: Final = re.compile(rb"\n[0-9A-Fa-f]+[ \t]+;")
INSERTED: Final = [b"\r\n", b"\n", b"\r", b" ", b":", b";", b"0", b"\x7f", b"\0", b"\r\n "]
FIELDS_INSERTED: Final = [b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n"]


@st.composite
def nearly_responses(draw: st.DrawFn) -> bytes:
    """Draw a well-formed response with a byte or two cut out, put in or replaced."""
    data, excess = draw(responses())
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(data)))
        put = draw(st.sampled_from([b"", *INSERTED, *FIELDS_INSERTED]))
        data = data[:at] + put + data[at + draw(st.integers(0, 1)) :]
    return data + excess


def is_refused_by_h11_alone(data: bytes, reader: ResponseReader) -> bool:
    """Tell whether a response holds what only h11 minds: another coding, a space before a `;`."""
    codings = reader.head.elements("transfer-encoding") if reader.head else []
    return not set(codings) <= {"chunked"} or _SPACED_EXTENSION.search(data) is not None


@given(data=STREAMS | nearly_responses())
@example(data=CHUNKED + b"0\r\nno field\r\n\r\n")  # no trailer is one without a colon
@example(data=OK + b"Content-Length: 1\r\r\n\r\na")  # nor a number one with a CR
@example(data=b"HTTP/1.1 083 \r\n\r\n")  # nor this a status
def test_what_h11_takes_is_read_alike_and_what_it_refuses_has_a_defect(data: bytes) -> None:
    reader = read(data, end=Ended.CLOSED)
    theirs = read_by_h11(data)

    if theirs is None:
        is_broken = not reader.is_complete or codes_of(reader) - BESIDE
        assert is_broken or is_refused_by_h11_alone(data, reader)
        return
    head, body, _ = theirs
    assert reader.is_complete
    assert codes_of(reader) <= PASSED_OVER
    assert reader.head is not None
    assert reader.head.status == head.status_code
    assert reader.body == body
    if codes_of(reader) <= BESIDE:
        assert _encoded(reader.head.fields) == list(head.headers)
