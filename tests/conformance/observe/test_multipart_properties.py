"""Any bytes as a multipart, what is written is read, and the library's mail reader agrees."""

from email import message_from_bytes
from email.message import Message

from hypothesis import example, given
from hypothesis import strategies as st

from conformance.observe.multipart import read_boundary, read_multipart
from tests.conformance.observe.batches import FRAGMENT_BODIES

BOUNDARIES = st.text("0123456789abcXYZ'()+_,-./:=?", min_size=1, max_size=70) | st.sampled_from(
    ["b", "b b", "batch_1", "--", "b--"]
)
VALUES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=12)
NAMES = st.text("abcXYZ-0", min_size=1, max_size=8)
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=3)
CONTENTS = st.binary(max_size=30) | FRAGMENT_BODIES


@st.composite
def multiparts(draw: st.DrawFn) -> tuple[str, list[tuple[list[tuple[str, str]], bytes]], bytes]:
    """Draw a boundary, parts whose bodies don't hold it, and the multipart of them."""
    boundary = draw(BOUNDARIES)
    dashes = b"--" + boundary.encode()
    bodies = st.tuples(FIELDS, CONTENTS.filter(lambda body: dashes not in body))
    parts = draw(st.lists(bodies, min_size=1, max_size=5))
    written = b"".join(
        dashes
        + b"\r\n"
        + b"".join(f"{name}: {value}\r\n".encode() for name, value in fields)
        + b"\r\n"
        + body
        + b"\r\n"
        for fields, body in parts
    )
    return boundary, parts, written + dashes + b"--\r\n"


@given(multipart=multiparts(), preamble=st.sampled_from([b"", b"before\r\n"]))
def test_what_is_written_is_read(
    multipart: tuple[str, list[tuple[list[tuple[str, str]], bytes]], bytes], preamble: bytes
) -> None:
    boundary, parts, data = multipart

    whole = read_multipart(preamble + data + b"behind", boundary)

    assert [part.body for part in whole.parts] == [body for _, body in parts]
    assert [list(part.fields) for part in whole.parts] == [
        [(name.lower(), value) for name, value in fields] for fields, _ in parts
    ]
    assert whole.preamble == preamble.removesuffix(b"\r\n")
    assert whole.epilogue == b"behind"
    assert whole.is_closed
    assert whole.lf_ends == 0
    assert whole.defects == ()


@given(boundary=BOUNDARIES)
def test_a_quoted_boundary_is_read_as_it_was_written(boundary: str) -> None:
    read = read_boundary(f'multipart/mixed; a=b; boundary="{boundary}"; c="d;e"')

    assert read.text == boundary
    assert read.defects == ()


@given(data=FRAGMENT_BODIES, boundary=st.sampled_from(["b", "b--", "-", "c", "é", "\u20ac"]))
@example(data=b"--b\r\n:a\r\n\r\n--b--", boundary="b")
@example(data=b"\n--b\n\n\n--b", boundary="b")
def test_no_bytes_make_it_raise_and_none_are_lost(data: bytes, boundary: str) -> None:
    whole = read_multipart(data, boundary)

    assert all(0 <= defect.at <= len(data) for defect in whole.defects)
    place = 0
    for part in whole.parts:
        assert place <= part.at <= part.body_at
        assert data.startswith(part.header_block, part.at)
        assert data.startswith(part.body, part.body_at)
        place = part.body_at + len(part.body)
    assert place <= len(data)
    assert data.startswith(whole.preamble)
    assert data.endswith(whole.epilogue)


@given(content_type=st.text(max_size=40) | st.text('boundary=;" \\ab', max_size=40))
def test_no_content_type_makes_it_raise(content_type: str) -> None:
    boundary = read_boundary(content_type)

    assert boundary.text is None or boundary.text
    assert boundary.text is not None or boundary.defects


# The mail reader takes its lines by universal line ends, so bodies with a lone CR differ.
PLAIN_BODIES = st.text("ab -\n", max_size=20).map(lambda text: text.replace("\n", "\r\n").encode())


@given(
    bodies=st.lists(PLAIN_BODIES, min_size=1, max_size=4),
    boundary=st.text("abXY01'+_", min_size=1, max_size=20),
)
def test_a_second_reader_agrees_on_well_formed_multiparts(
    bodies: list[bytes], boundary: str
) -> None:
    dashes = b"--" + boundary.encode()
    written = b"".join(
        dashes + b"\r\nX-Part: yes\r\n\r\n" + body + b"\r\n"
        for body in bodies
        if dashes not in body
    )
    data = written + dashes + b"--\r\n"

    ours = [part.body for part in read_multipart(data, boundary).parts]
    head = f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'.encode()
    payload = message_from_bytes(head + data).get_payload()

    theirs = payload if isinstance(payload, list) else []
    assert ours == [_body(one) for one in theirs if isinstance(one, Message)]


def _body(part: Message) -> bytes:
    payload = part.get_payload()
    assert isinstance(payload, str)
    return payload.encode()
