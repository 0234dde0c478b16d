"""Our reader of multiparts beside python-multipart, made for forms, and the library's for mail.

Where they differ, RFC 2046 section 5.1.1 says who is right; that is a row of `DIFFERENCES`. Where
ours has nothing to say of a multipart, the others have to find the same parts in it.
"""

from collections.abc import Callable, Mapping
from email import message_from_bytes
from email.message import Message
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser

from conformance.observe.multipart import Multipart, read_multipart
from tests.conformance.observe.batches import FRAGMENT_BODIES, multiparts

#: Header fields, names in lower case and values without white space around them, and the body.
Parts = list[tuple[list[tuple[str, str]], bytes]]
#: Takes a body and its boundary; None for a body that is refused.
Reader = Callable[[bytes, str], Parts | None]
FORMS: Final = "python-multipart"
MAIL: Final = "email"


class _Form:
    """What python-multipart tells of a body."""

    def __init__(self) -> None:
        self.parts: Parts = []
        self.has_ended = False
        self._name = self._value = b""

    def read(self, data: bytes, boundary: str) -> None:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._take_name,
                "on_header_value": self._take_value,
                "on_header_end": self._end_header,
                "on_part_data": self._take_body,
                "on_end": self._end,
            },
        )
        parser.write(data)
        parser.finalize()

    def _begin(self) -> None:
        self.parts.append(([], b""))

    def _take_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        name, value = self._name.decode("latin-1"), self._value.decode("latin-1")
        self.parts[-1][0].append((name.lower(), value.strip(" \t")))
        self._name = self._value = b""

    def _take_body(self, data: bytes, start: int, end: int) -> None:
        fields, body = self.parts[-1]
        self.parts[-1] = (fields, body + data[start:end])

    def _end(self) -> None:
        self.has_ended = True


def read_as_form(data: bytes, boundary: str) -> Parts | None:
    form = _Form()
    try:
        form.read(data, boundary)
    except MultipartParseError:
        return None
    return form.parts if form.has_ended else None


def read_as_mail(data: bytes, boundary: str) -> Parts | None:
    head = f'Content-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n'.encode()
    payload = message_from_bytes(head + data).get_payload()
    if not isinstance(payload, list):
        return None
    return [_mail_part(part) for part in payload if isinstance(part, Message)]


def _mail_part(part: Message) -> tuple[list[tuple[str, str]], bytes]:
    body = b"" if part.is_multipart() else part.get_payload(decode=True)
    assert isinstance(body, bytes)
    fields = [(name.lower(), value.strip(" \t")) for name, value in part.raw_items()]
    return fields, body


READERS: Final[Mapping[str, Reader]] = {FORMS: read_as_form, MAIL: read_as_mail}


def ours(whole: Multipart) -> Parts:
    return [(list(part.fields), part.body) for part in whole.parts]


def codes_of(whole: Multipart) -> list[str]:
    return [defect.code for defect in whole.defects]


# A body with the boundary b, the parts in it, the defects, and who finds others.
DIFFERENCES: Final = [
    # The grammar of a body begins with "[preamble CRLF] dash-boundary transport-padding CRLF".
    pytest.param(b"hi\r\n--b\r\n\r\na\r\n--b--", [([], b"a")], [], {FORMS}, id="a preamble"),
    # RFC 5322 section 2.2.3: "Unfolding is accomplished by simply removing any CRLF that is
    # immediately followed by WSP."
    pytest.param(
        b"--b\r\nA: 1\r\n 2\r\n\r\na\r\n--b--",
        [([("a", "1 2")], b"a")],
        [],
        {FORMS, MAIL},  # email leaves the line end in
        id="a folded field",
    ),
    # "receivers MUST be able to handle padding added by message transports"
    pytest.param(
        b"--b \r\n\r\na\r\n--b--", [([], b"a")], ["transport-padding"], {FORMS}, id="padding"
    ),
    # "The boundary delimiter MUST occur at the beginning of a line, i.e., following a CRLF"
    pytest.param(
        b"--b\r\n\r\na\r--b\r\n\r\nc\r\n--b--",
        [([], b"a\r--b\r\n\r\nc")],
        [],
        {MAIL},
        id="a delimiter behind a CR",
    ),
    # The same: LF alone ends no line. Peers take it for one, and so does ours, but tells.
    pytest.param(b"--b\n\na\n--b--", [([], b"a")], ["bare-lf"] * 3, {FORMS}, id="LF for line ends"),
    # "delimiter := CRLF dash-boundary", and after it a body-part, at least one of them
    pytest.param(b"--b--", [], ["no-part"], {MAIL}, id="no part"),
    # RFC 5322 section 2.2: a field's body is of printable ASCII, SP and HTAB.
    pytest.param(
        b"--b\r\nA: \0\r\n\r\na\r\n--b--",
        [([("a", "\0")], b"a")],
        ["bad-header-line"],
        set(),
        id="NUL in a field",
    ),
]


@pytest.mark.parametrize(("data", "parts", "codes", "others"), DIFFERENCES)
def test_where_readers_differ_ours_goes_by_the_text(
    data: bytes, parts: Parts, codes: list[str], others: set[str]
) -> None:
    whole = read_multipart(data, "b")

    assert ours(whole) == parts
    assert codes_of(whole) == codes
    assert {name for name, reader in READERS.items() if reader(data, "b") != parts} == others


@given(multipart=multiparts())
def test_readers_agree_on_well_formed_multiparts(
    multipart: tuple[str, Parts, bytes],
) -> None:
    boundary, parts, data = multipart
    written = [([(name.lower(), value) for name, value in fields], body) for fields, body in parts]

    assert ours(read_multipart(data, boundary)) == written
    for name, reader in READERS.items():
        assert reader(data, boundary) == written, name


PUT: Final = [b"", b"\r\n", b"\n", b"\r", b" ", b"\t", b"-", b":", b"\0"]


@st.composite
def nearly_multiparts(draw: st.DrawFn) -> tuple[str, bytes]:
    """Draw a multipart with a byte or two cut out, put in or replaced."""
    boundary, _, data = draw(multiparts())
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(data)))
        put = draw(st.sampled_from([*PUT, b"--" + boundary.encode()]))
        data = data[:at] + put + data[at + draw(st.integers(0, 1)) :]
    return boundary, data


def is_for_forms(whole: Multipart, data: bytes) -> bool:
    """Tell whether python-multipart can be expected to read a body: no preamble, no folds."""
    has_folds = any(
        b"\n " in part.header_block or b"\n\t" in part.header_block for part in whole.parts
    )
    return not whole.preamble and data.startswith(b"--") and not has_folds


def is_for_mail(data: bytes) -> bool:
    """Tell whether email can be expected to read a body: it takes a lone CR for a line end."""
    return b"\r" not in data.replace(b"\r\n", b"")


@given(nearly=nearly_multiparts() | st.tuples(st.just("b"), FRAGMENT_BODIES))
@example(nearly=("b", b"--b\r\nA: b\r\r\n\r\na\r\n--b--"))  # a CR is no part of a field
def test_where_ours_has_nothing_to_say_the_others_find_the_same(nearly: tuple[str, bytes]) -> None:
    boundary, data = nearly
    whole = read_multipart(data, boundary)
    if whole.defects:
        return

    if is_for_forms(whole, data):
        assert read_as_form(data, boundary) == ours(whole)
    if is_for_mail(data):
        mail = read_as_mail(data, boundary)
        assert mail is not None
        assert [body for _, body in mail] == [part.body for part in whole.parts]
