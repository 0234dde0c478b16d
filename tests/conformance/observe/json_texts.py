"""JSON texts as the grammar of RFC 8259 allows them, and texts that are nearly so."""

from hypothesis import strategies as st

from conformance.words.json_value import Json

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
VALUES: st.SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
WHITE_SPACE = st.text(" \t\n\r", max_size=2)
NUMBERS = st.from_regex(
    r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?", fullmatch=True
)
UNITS = st.integers(0, 0xFFFF).map(lambda unit: f"\\u{unit:04x}")
SHORT_ESCAPES = st.sampled_from(['\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"])
PLAIN = st.characters(min_codepoint=0x20, exclude_characters='"\\', exclude_categories=["Cs"])
STRINGS = st.lists(PLAIN | UNITS | SHORT_ESCAPES, max_size=6).map(
    lambda parts: '"' + "".join(parts) + '"'
)


def _joined(pieces: list[str], start: str, end: str) -> str:
    return start + ",".join(pieces) + end


def _arrays(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(inner, max_size=4).map(lambda items: _joined(items, "[", "]"))


def _objects(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.tuples(WHITE_SPACE, STRINGS, WHITE_SPACE, inner).map(
        lambda parts: f"{parts[0]}{parts[1]}{parts[2]}:{parts[3]}"
    )
    return st.lists(members, max_size=4).map(lambda each: _joined(each, "{", "}"))


def _spaced(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(WHITE_SPACE, inner, WHITE_SPACE).map("".join)


LITERALS = st.sampled_from(["true", "false", "null"])
# Everything that the grammar allows: any white space, escape and number, names used twice.
VALID_TEXTS = _spaced(
    st.recursive(
        _spaced(LITERALS | NUMBERS | STRINGS),
        lambda inner: _spaced(_arrays(inner) | _objects(inner)),
        max_leaves=10,
    )
)


@st.composite
def near_texts(draw: st.DrawFn) -> str:
    """Draw a valid text with one place cut out, doubled or replaced."""
    text = draw(VALID_TEXTS)
    at = draw(st.integers(0, len(text)))
    put = draw(st.text('[]{}:,"\\/ue0123456789.-+Etruefalsn \t\n\r\x00\x1fé\ufeff', max_size=3))
    return text[:at] + put + text[at + draw(st.integers(0, 3)) :]
