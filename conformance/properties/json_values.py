"""JSON values and their texts, legal in every way and broken in many."""

from decimal import Decimal
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.words.json_value import Json
from conformance.words.template import to_json_text

# Lone surrogates have no UTF-8 form; they are sent by other probes.
CHARACTERS: Final = st.characters(exclude_categories=["Cs"])
TEXTS: SearchStrategy[str] = st.one_of(
    st.sampled_from(["", "a", "é", "😀", "\u2028", "\x00", '"', "\\", "/", "null", "0", " a "]),
    st.text(CHARACTERS, max_size=20),
)
NUMBERS: SearchStrategy[Json] = st.one_of(
    st.sampled_from([0, -1, 2**31, 2**53 + 1, -(2**63), 10**30, 0.5, -0.0, 1e300, 5e-324]),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([Decimal("1E400"), Decimal("1.000000000000000000001")]),
)
SCALARS: SearchStrategy[Json] = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
VALUES: SearchStrategy[Json] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)
STRUCTURES: SearchStrategy[Json] = st.one_of(
    st.lists(VALUES, max_size=4), st.dictionaries(TEXTS, VALUES, max_size=4)
)


@st.composite
def spelled(draw: st.DrawFn, value: Json) -> str:
    """Return a text of a value as another serialiser may write it: white space and escapes."""
    text = to_json_text(value)
    if draw(st.booleans()):
        text = to_json_text(value, indent=2)
    if draw(st.booleans()):
        text = "".join(_escaped(character) for character in text)
    around = st.sampled_from(["", " ", "\n", "\t", "\r\n"])
    return draw(around) + text + draw(around)


def _escaped(character: str) -> str:
    if character.isascii():
        return character
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Return bytes with one thing done to them: cut, dropped, doubled, changed or put in."""
    at = draw(st.integers(0, max(len(data) - 1, 0)))
    match draw(st.sampled_from(["cut", "drop", "double", "change", "insert", "append"])):
        case "cut":
            return data[:at]
        case "drop":
            return data[:at] + data[at + 1 :]
        case "double":
            return data[: at + 1] + data[at:]
        case "change":
            return data[:at] + draw(st.binary(min_size=1, max_size=1)) + data[at + 1 :]
        case "insert":
            return data[:at] + draw(st.binary(min_size=1, max_size=4)) + data[at:]
        case _:
            return data + draw(st.binary(min_size=1, max_size=4))
