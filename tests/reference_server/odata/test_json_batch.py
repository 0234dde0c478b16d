"""The reader of JSON batches, which cuts objects out, against one that reads the whole."""

import json

from hypothesis import given
from hypothesis import strategies as st

from reference_server.odata.errors import ODataError
from reference_server.odata.json_batch import _request_objects

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-9, 9)
    | TEXT
    | st.sampled_from(['"requests":[{', "\\"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(TEXT | st.just("requests"), VALUES, max_size=3)
NOTES = st.dictionaries(TEXT.map(lambda each: f"@{each}"), VALUES, max_size=2)


def objects_in(text: bytes) -> list[object] | None:
    try:
        return list(_request_objects(text, max_depth=50))
    except ODataError:
        return None


@given(st.lists(OBJECTS, max_size=4), NOTES, NOTES, st.sampled_from([None, 1]))
def test_objects_are_cut_out_as_they_are(
    objects: list[object], before: dict[str, object], after: dict[str, object], indent: int | None
) -> None:
    whole = {**before, "requests": objects, **{f"{name}.": each for name, each in after.items()}}

    assert objects_in(json.dumps(whole, indent=indent).encode()) == objects
    assert objects_in(json.dumps(whole, ensure_ascii=False).encode()) == objects


@given(
    st.lists(OBJECTS, max_size=3),
    st.integers(0, 200),
    st.integers(0, 200),
    st.binary(max_size=6) | st.sampled_from([b'"', b"{", b"}", b"[", b"]", b",", b"\\", b"{}"]),
)
def test_both_refuse_the_same(objects: list[object], start: int, end: int, noise: bytes) -> None:
    text = json.dumps({"requests": objects}).encode()
    spliced = text[:start] + noise + text[end:]

    found = objects_in(spliced)

    if found is not None:
        whole = json.JSONDecoder().decode(spliced.decode())
        assert whole["requests"] == found
