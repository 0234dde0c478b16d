"""What the tests of OData batches share: writing responses byte by byte, and any of their kind."""

import json
from collections.abc import Sequence

from hypothesis import strategies as st

from conformance.observe.defect import Defect
from conformance.observe.odata_batch import SentBatch, SentRequest, observe_batch
from conformance.words.json_value import Json, is_array, is_object
from conformance.words.pointer import resolve, split_pointer
from conformance.words.schema_files import validator

MIXED = "multipart/mixed; boundary=b"
HTTP_PART = b"Content-Type: application/http\r\n"
NOT_FOUND = {"error": {"code": "NotFound", "message": "no such entity"}}


def places_of(defects: Sequence[Defect]) -> list[tuple[str, int]]:
    return [(defect.code, defect.at) for defect in defects]


def message(
    status: str = "200 OK", body: Json | bytes = None, *, headers: Sequence[str] = ()
) -> bytes:
    """Write one HTTP response; a JSON body brings its Content-Type."""
    data = body if isinstance(body, bytes) else b""
    lines = [f"HTTP/1.1 {status}", *headers]
    if body is not None and not isinstance(body, bytes):
        data = json.dumps(body).encode()
        lines.append("Content-Type: application/json")
    return "\r\n".join([*lines, "", ""]).encode() + data


def part(content: bytes, *, content_id: str | None = None) -> bytes:
    """Write one application/http part, without delimiters."""
    own = b"" if content_id is None else f"Content-ID: {content_id}\r\n".encode()
    return HTTP_PART + own + b"\r\n" + content


def multipart(*parts: bytes, boundary: str = "b") -> bytes:
    """Write parts with the delimiters around them."""
    dashes = b"--" + boundary.encode()
    return b"".join(dashes + b"\r\n" + one + b"\r\n" for one in parts) + dashes + b"--\r\n"


def changeset(*parts: bytes, boundary: str = "c") -> bytes:
    """Write a part that is a change set, without delimiters around it."""
    head = f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n".encode()
    return head + multipart(*parts, boundary=boundary)


def json_batch(*responses: Json, **members: Json) -> bytes:
    """Write the response object of a JSON batch."""
    return json.dumps({"responses": list(responses), **members}).encode()


def sent(*requests: str, batch_format: str = "multipart") -> SentBatch:
    """Describe a batch: `label`, `label#id` with an id, `group/label#id` in a group."""
    rows = []
    for request in requests:
        name, _, wire_id = request.partition("#")
        group, _, label = name.rpartition("/")
        rows.append(SentRequest(label=label, group=group or None, wire_id=wire_id or None))
    return SentBatch(format=batch_format, requests=rows)


OK = part(message("200 OK", {"value": []}))
FAILED = part(message("404 Not Found", NOT_FOUND))


def observed(asked: SentBatch, content_type: str, body: bytes) -> dict[str, Json]:
    """Observe a response, and hold what comes of it against the schema."""
    batch = observe_batch(asked, content_type, body)
    document = {"outcome": "answered", "batch": batch}
    assert [error.message for error in validator("observation/odata").iter_errors(document)] == []
    return batch


def in_multipart(asked: SentBatch, *parts: bytes) -> dict[str, Json]:
    return observed(asked, MIXED, multipart(*parts))


def in_json(asked: SentBatch, *responses: Json) -> dict[str, Json]:
    return observed(asked, "application/json", json_batch(*responses))


def at(batch: dict[str, Json], pointer: str) -> object:
    return resolve(batch, split_pointer(pointer))


def mapped(batch: dict[str, Json]) -> dict[str, tuple[object, object]]:
    """Return, for each label, where its answer stands and what told so."""
    answers = batch["answers"]
    assert is_object(answers)
    return {
        label: (answer["position"], answer["mapped_by"])
        for label, answer in answers.items()
        if is_object(answer)
    }


def labels_of(batch: dict[str, Json]) -> list[object]:
    """Return the label of each response, None where it has none."""
    responses = batch["responses"]
    assert is_array(responses)
    return [response.get("label") for response in responses if is_object(response)]


def created(wire_id: str | None = None) -> bytes:
    return part(message("201 Created", {"ID": 1}), content_id=wire_id)


FRAGMENTS = st.sampled_from(
    [
        b"--b\r\n",
        b"--b--\r\n",
        b"--b--",
        b"--b \r\n",
        b"--b---\r\n",
        b"--bx\r\n",
        b"--c\r\n",
        b"--c--\r\n",
        b"--",
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        HTTP_PART,
        b"Content-Type: multipart/mixed; boundary=c\r\n",
        b'content-type: multipart/mixed; boundary="b',
        b"Content-Type: text/plain\n",
        b"Content-ID: 1\r\n",
        b"Content-ID: 2\n",
        b" folded\r\n",
        b"no header\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 404 Not Found\n",
        b"HTTP/1.1 204\r\n",
        b"GET /a HTTP/1.1\r\n",
        b"Content-Length: 7\r\n",
        b"Content-Type: application/json\r\n",
        b"Location: $1/a\r\n",
        b'{"a":1}',
        b'{"error":{"code":"","message":1}}',
        b"\xff\x00",
    ]
)
# Mostly what a batch is made of, in any order: plain random bytes never reach a part.
FRAGMENT_BODIES = st.lists(FRAGMENTS | st.binary(max_size=3), max_size=24).map(b"".join)
MEMBERS = st.sampled_from(
    [
        "responses",
        "id",
        "status",
        "headers",
        "body",
        "atomicityGroup",
        "error",
        "code",
        "message",
        "details",
        "@context",
        "@nextLink",
        "@id",
        "Content-Type",
        "content-type",
        "location",
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-5, 700)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3)
    | st.sampled_from(["1", "2", "g", "200", "text/plain", "image/png", "YQ", "Y+==", "$1/a", "{}"])
)
JSON_VALUES: st.SearchStrategy[Json] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(MEMBERS, inner, max_size=5),
    max_leaves=14,
)
RESPONSES = st.dictionaries(MEMBERS, JSON_VALUES, max_size=6)
JSON_BODIES = st.one_of(
    JSON_VALUES, st.lists(RESPONSES, max_size=5).map(lambda rows: {"responses": rows})
).map(lambda value: json.dumps(value).encode())


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
    fields = FIELDS.filter(
        lambda rows: not any(f"{name}: ".encode().startswith(dashes) for name, _ in rows)
    )
    bodies = st.tuples(fields, CONTENTS.filter(lambda body: dashes not in body))
    parts = draw(st.lists(bodies, min_size=1, max_size=5))
    written = b"".join(
        dashes
        + b"\r\n"
        + b"".join(f"{name}: {value}\r\n".encode() for name, value in rows)
        + b"\r\n"
        + body
        + b"\r\n"
        for rows, body in parts
    )
    return boundary, parts, written + dashes + b"--\r\n"
