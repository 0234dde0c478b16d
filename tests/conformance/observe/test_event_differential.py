"""Our reader beside httpx-sse, an unrelated one, on streams that both have to read alike.

It fires events without data and takes retry values that are none; such streams are left out.
"""

from collections.abc import Iterable, Iterator

import httpx
from httpx_sse import EventSource
from hypothesis import given
from hypothesis import strategies as st

from tests.conformance.observe.event_streams import read
from tests.conformance.observe.replies import cut

TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=20
) | st.sampled_from(["a", " a", "a: b", "\u2028", "\x85", "\x0b\x0c", "{}"])


def field(name: str, value: str) -> str:
    return f"{name}: {value}\n"


OTHERS = st.one_of(
    TEXTS.map(lambda text: field("event", text)),
    TEXTS.map(lambda text: field("id", text)),
    st.integers(0, 10**6).map(lambda value: field("retry", str(value))),
    TEXTS.map(lambda text: f":{text}\n"),
    TEXTS.map(lambda text: field("other", text)),
)
DATA = TEXTS.map(lambda text: field("data", text)) | TEXTS.map(lambda text: f"data:{text}\n")
BLOCKS = st.builds(
    lambda before, data, behind: "".join([*before, *data, *behind]) + "\n",
    st.lists(OTHERS, max_size=3),
    st.lists(DATA, min_size=1, max_size=3),
    st.lists(OTHERS, max_size=2),
)
STREAMS = st.lists(BLOCKS, max_size=6).map(lambda blocks: "".join(blocks).encode())


class Pieces(httpx.SyncByteStream):
    """A response body in pieces."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces


def read_by_httpx_sse(pieces: Iterable[bytes]) -> list[tuple[str, str, str]]:
    response = httpx.Response(
        200, headers={"Content-Type": "text/event-stream"}, stream=Pieces(pieces)
    )
    return [(event.event, event.data, event.id) for event in EventSource(response).iter_sse()]


@given(stream=STREAMS, cuts=st.lists(st.integers(0, 400), max_size=6))
def test_two_readers_that_know_nothing_of_each_other_agree(stream: bytes, cuts: list[int]) -> None:
    pieces = cut(stream, cuts)

    events = read(*pieces).record.events

    assert [(event.type, event.data, event.last_event_id) for event in events] == read_by_httpx_sse(
        pieces
    )
