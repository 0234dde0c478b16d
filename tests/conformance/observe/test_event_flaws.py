"""What is wrong with an event stream, or of no use to a client, with its place."""

import pytest

from conformance.observe.event_flaws import MAX_BAD_SEQUENCES, text_flaws
from conformance.observe.event_lines import MAX_FLAWS_OF_A_CODE
from conformance.observe.event_record import StreamEnded, StreamLimits
from tests.conformance.observe.event_streams import BOM, bytewise, places_of, read

Places = list[tuple[str, int]]

TEXT = [
    pytest.param(b"data: a\xffb\n\n", [("invalid-utf-8", 7)], id="a byte that begins nothing"),
    pytest.param(b"data: \xc3\n\n", [("invalid-utf-8", 6)], id="a character cut by a line end"),
    pytest.param(
        b"data: \xe2\x82\xe2\x82\n\n", [("invalid-utf-8", 6), ("invalid-utf-8", 8)], id="2"
    ),
    pytest.param(
        b"data: \xc0\xaf\n\n", [("invalid-utf-8", 6), ("invalid-utf-8", 7)], id="overlong"
    ),
    pytest.param(b"data: \xed\xa0\x80\n\n", [("encoded-surrogate", 6)], id="a surrogate"),
    pytest.param(
        b"data: \xed\xa0\xbd\xed\xb8\x80\n\n",
        [("encoded-surrogate", 6), ("encoded-surrogate", 9)],
        id="a pair of surrogates",
    ),
    pytest.param(
        b"data: \xf4\x90\x80\x80\n\n",
        [("invalid-utf-8", at) for at in (6, 7, 8, 9)],
        id="beyond U+10FFFF",
    ),
    pytest.param(b": \xff\n\n", [("invalid-utf-8", 2)], id="in a comment"),
    pytest.param(b"\xff\n\n", [("invalid-utf-8", 0), ("line-without-colon", 0)], id="in a name"),
    pytest.param(b"data: \xf0\x9f\x98\x80 \xe2\x82\xac \xc3\xa9\n\n", [], id="sound text"),
]
NAMES = [
    pytest.param(BOM + b"data: a\n\n", [], id="a byte order mark at the start"),
    pytest.param(BOM + BOM + b"data: a\n\n", [("byte-order-mark", 3)], id="two"),
    pytest.param(b"data: a\n\n" + BOM + b"data: b\n\n", [("byte-order-mark", 9)], id="a later one"),
    pytest.param(b"\n" + BOM + b": b\n\n", [("byte-order-mark", 1)], id="before a comment"),
    pytest.param(b"Data: a\n\n", [("wrong-case-field", 0)], id="upper case"),
    pytest.param(b"data: a\n\n RETRY : 1\n\n", [("spaced-field-name", 9)], id="both"),
    pytest.param(b" data: a\n\n", [("spaced-field-name", 0)], id="a space before a name"),
    pytest.param(b"data : a\n\n", [("spaced-field-name", 0)], id="a space behind a name"),
    pytest.param(b"data\0: a\n\n", [("control-in-name", 4)], id="a NUL in a name"),
    pytest.param(b"\x1b[0m: a\n\n", [("control-in-name", 0)], id="an escape"),
    pytest.param(b"datum: a\n\n", [("unknown-field", 0)], id="an unknown name"),
    pytest.param(b'{"a": 1}\n\n', [("unknown-field", 0)], id="JSON"),
    pytest.param(b"hello\n\n", [("line-without-colon", 0)], id="text"),
    pytest.param(b"data\nid\nevent\n\n", [], id="known names without a colon"),
    pytest.param(b"dat\xc3\xa4: a\n\n", [("unknown-field", 0)], id="beyond ASCII"),
]
VALUES = [
    pytest.param(b"data: a\0\x01\n\n", [("control-in-value", 7)], id="control characters, once"),
    pytest.param(b"data: a\tb\n\n", [], id="a tab"),
    pytest.param(b"event: \x7f\n\n", [("control-in-value", 7)], id="DEL in a type"),
    pytest.param(b"id: 1\0\n\n", [("nul-in-id", 5)], id="a NUL in an id"),
    pytest.param(b"id: 1\x01\n\n", [("control-in-value", 5)], id="another one in an id"),
    pytest.param(b"retry\n\n", [("bad-retry", 5)], id="no retry value"),
    pytest.param(b"retry:\n\n", [("bad-retry", 6)], id="an empty retry value"),
    pytest.param(b"retry: +5\n\n", [("bad-retry", 7)], id="a sign"),
    pytest.param(b"retry: 1_000\n\n", [("bad-retry", 7)], id="an underscore"),
    pytest.param(b"retry:  5\n\n", [("bad-retry", 7)], id="two spaces"),
    pytest.param(b"retry: 5 \n\n", [("bad-retry", 7)], id="a space behind it"),
    pytest.param(b"retry: 1.5\n\n", [("bad-retry", 7)], id="a fraction"),
    pytest.param("retry: ٣\n\n".encode(), [("bad-retry", 7)], id="digits beyond ASCII"),
    pytest.param(b"retry: 99999999999999999999\n\n", [], id="20 digits"),
    pytest.param(b"retry: 999999999999999999999\n\n", [("huge-retry", 7)], id="21 digits"),
    pytest.param(b"retry: " + b"0" * 30 + b"1\n\n", [], id="leading zeros"),
]
ENDS = [
    pytest.param(b"", [], id="nothing"),
    pytest.param(b"data: a\n\n", [], id="a whole block"),
    pytest.param(b"data: a\r\r", [], id="a CR as last byte"),
    pytest.param(b"data: a\n\ndata: b\n", [("unfinished-block", 9)], id="no blank line"),
    pytest.param(
        b"data: a\n\ndata: b",
        [("unfinished-line", 9), ("unfinished-block", 9)],
        id="no line end",
    ),
    pytest.param(
        b"data: a\ndata: \xe2\x82",
        [("unfinished-block", 0), ("unfinished-line", 8), ("invalid-utf-8", 14)],
        id="within a character",
    ),
    pytest.param(
        b"\xef\xbb",
        [("invalid-utf-8", 0), ("unfinished-line", 0), ("unfinished-block", 0)],
        id="half a byte order mark",
    ),
    pytest.param(b"data: a\n\ndata: b\r\n\r\n", [("mixed-line-ends", 16)], id="another line end"),
    pytest.param(b"data: a\r\n\n", [("mixed-line-ends", 9)], id="another one in a block"),
    pytest.param(b"data: a\n\r\r\r", [("mixed-line-ends", 8)], id="noted once"),
    pytest.param(b"data: a\n\r", [("mixed-line-ends", 8)], id="a CR that is the last byte"),
]


@pytest.mark.parametrize("is_cut", [pytest.param(False, id="whole"), pytest.param(True, id="cut")])
@pytest.mark.parametrize(("stream", "places"), [*TEXT, *NAMES, *VALUES])
def test_each_flaw_has_its_place(stream: bytes, places: Places, *, is_cut: bool) -> None:
    reader = read(*bytewise(stream)) if is_cut else read(stream)

    assert places_of(reader) == places
    assert reader.defect_count == len(places)
    assert all(defect.layer == "sse" for defect in reader.defects)


@pytest.mark.parametrize(("stream", "places"), ENDS)
def test_the_end_of_a_stream_may_be_a_flaw(stream: bytes, places: Places) -> None:
    reader = read(*bytewise(stream))

    assert places_of(reader) == places


@pytest.mark.parametrize("how", [how for how in StreamEnded if how is not StreamEnded.CLOSED])
def test_what_was_cut_short_is_no_flaw(how: StreamEnded) -> None:
    reader = read(b"data: a\n\ndata: \xe2\x82", end=how)

    assert reader.defects == []


def test_flaws_of_one_code_are_counted_beyond_what_is_kept() -> None:
    reader = read(b"x: y\n" * 1000 + b"\n")

    assert [defect.at for defect in reader.defects] == [5 * at for at in range(MAX_FLAWS_OF_A_CODE)]
    assert reader.defect_count == 1000


def test_bad_sequences_of_one_line_are_looked_at_within_bounds() -> None:
    assert len(list(text_flaws(b"\xff" * 1000, at=7))) == MAX_BAD_SEQUENCES


def test_a_character_that_we_cut_ourselves_is_no_flaw() -> None:
    reader = read("data: éé\n\n".encode(), limits=StreamLimits(max_line_bytes=9))

    assert places_of(reader) == [("huge-line", 0)]


@pytest.mark.parametrize(
    ("stream", "detail"),
    [
        pytest.param(b"Data: a\n", "expected a field name in lower case, saw 'Data'", id="a name"),
        pytest.param(
            b"id: \0\n", "expected an id, saw NUL in it: clients ignore the field", id="id"
        ),
        pytest.param(b"retry: x\n", "expected ASCII digits, saw 'x'", id="retry"),
        pytest.param(b"data: \xff\n", "expected UTF-8, saw '\\xff'", id="text"),
        pytest.param(b"\r\n\n", "expected lines to end in crlf as before, saw lf", id="line ends"),
        pytest.param(
            b"x" * 100 + b": \n", f"expected data, event, id or retry, saw '{'x' * 40}'", id="long"
        ),
    ],
)
def test_a_flaw_says_what_was_expected_and_seen(stream: bytes, detail: str) -> None:
    reader = read(stream, end=StreamEnded.DEADLINE)

    assert [defect.detail for defect in reader.defects] == [detail]
