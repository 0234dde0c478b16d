"""Any bytes as a multipart, and what is written is read."""

from hypothesis import example, given
from hypothesis import strategies as st

from conformance.observe.multipart import read_boundary, read_multipart
from tests.conformance.observe.batches import BOUNDARIES, FRAGMENT_BODIES, multiparts


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
