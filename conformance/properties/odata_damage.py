"""Batches that only read, and are not quite valid: broken JSON objects, broken framing, raw bytes.

How a service refuses what is broken is written nowhere (AMB-ODATA-17, -21), so no more is asked of
it than an answer that is no failure of its own. What it answers is held against all that holds of
every answer.
"""

import base64
import contextlib
import re
from collections.abc import Mapping
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.drivers.request import pieces_to_bytes
from conformance.properties.json_values import VALUES, damaged
from conformance.properties.odata_bindings import Service
from conformance.properties.odata_model import FORMATS
from conformance.properties.odata_reads import IDS
from conformance.properties.probe import Expectations, Probe, ProbeStep
from conformance.words.json_value import Json
from conformance.words.template import to_json_text

_MULTIPART, _JSON = FORMATS
_BOUNDARY: Final = "batch_wirecheck"  # the driver's, which stands in the Content-Type
_CRLF: Final = b"\r\n"
#: 501 and 503 say that something is not done, and not that the service broke.
_ANSWERED: Final[Expectations] = {
    "ODATA-11.7.1-06": {"/outcome": {"const": "answered"}},
    "ODATA-11.7.1-09": {"/http/status": {"not": {"enum": [500, 502, 504]}}},
}
_ASKED: Final[Expectations] = {"ODATA-11.7.1-09": {"/outcome": {"const": "answered"}}}
# The ids of what is broken may be broken too.
_SPARED: Final = frozenset({"ODATA-J19.4-05"})
_WRITES: Final = re.compile(rb"POST|PUT|PATCH|DELETE|MERGE", re.IGNORECASE)
_MEMBERS: Final = (
    "id",
    "method",
    "url",
    "headers",
    "body",
    "dependsOn",
    "atomicityGroup",
    "if",
    "x",
)


def _is_harmless(data: bytes) -> bool:
    """Tell whether no method that changes anything can be read out of bytes."""
    return _WRITES.search(data) is None


def _probe(kind: str, batch_format: str, data: bytes) -> Probe:
    """Return bytes as a batch; no request is known of it, so no answer is held against one."""
    raw: Json = [{"base64": base64.b64encode(data).decode("ascii")}]
    with contextlib.suppress(UnicodeDecodeError):
        raw = data.decode("utf-8").replace("${", "$${")
    batch: dict[str, Json] = {"format": batch_format, "requests": [], "raw": raw}
    step = ProbeStep(send={"batch": batch}, expect=_ANSWERED, applies=_ASKED)
    return Probe(kind=kind, steps=(step,), spared=_SPARED)


@st.composite
def _json_batch(draw: st.DrawFn, service: Service) -> dict[str, Json]:
    """Return a valid batch object of reads."""
    ids = draw(st.lists(IDS, min_size=1, max_size=3, unique=True))
    rows: list[Json] = []
    for index, one in enumerate(ids):
        row: dict[str, Json] = {"id": one, "method": "get", "url": service.readable}
        if index and draw(st.booleans()):
            row["dependsOn"] = [ids[0]]
        rows.append(row)
    return {"requests": rows}


@st.composite
def almost_valid_json(draw: st.DrawFn, service: Service) -> Probe:
    """Return a batch object with one member left out, replaced, added or doubled."""
    batch = draw(_json_batch(service))
    rows = batch["requests"]
    assert isinstance(rows, list)
    place = draw(st.integers(0, len(rows) - 1))
    name = draw(st.sampled_from(_MEMBERS))
    row = dict(rows[place])
    text = ""
    match draw(st.sampled_from(["drop", "replace", "double", "row", "rows", "whole", "beside"])):
        case "drop":
            row.pop(name, None)
        case "replace":
            row[name] = draw(VALUES)
        case "double":
            # The same member twice (RFC 8259 4): only a text can say so.
            inner = to_json_text(row)
            text = (
                f'{{"requests":[{inner[:-1]},{to_json_text(name)}:{to_json_text(draw(VALUES))}}}]}}'
            )
        case "row":
            rows = [*rows[:place], draw(VALUES), *rows[place + 1 :]]
            batch = {"requests": rows}
        case "rows":
            batch = {"requests": draw(VALUES)}
        case "beside":
            batch = {**batch, draw(st.text(max_size=8)): draw(VALUES)}
        case _:
            text = to_json_text(draw(VALUES))
    if not text:
        if batch["requests"] is rows and isinstance(rows[place], dict):
            rows = [*rows[:place], row, *rows[place + 1 :]]
            batch = {**batch, "requests": rows}
        text = to_json_text(batch)
    return _probe("almost valid JSON batch", _JSON, text.encode("utf-8", "surrogatepass"))


def _lines(service: Service, *, count: int, with_ids: bool) -> list[bytes]:
    """Return the lines of a valid multipart batch of reads, without their ends."""
    lines: list[bytes] = []
    for index in range(count):
        lines += [f"--{_BOUNDARY}".encode(), b"Content-Type: application/http"]
        lines += [f"Content-ID: {index + 1}".encode()] if with_ids else []
        lines += [b"", f"GET {service.readable} HTTP/1.1".encode(), b"Accept: application/json"]
        lines += [b"", b""]
    return [*lines, f"--{_BOUNDARY}--".encode(), b""]


_ODD_LINES: Final = (
    b"--batch_wirecheck",
    b"--batch_wirecheck--",
    b"--batch_wirecheck-- ",
    b"--batch_wirecheckx",
    b"Content-Type: multipart/mixed; boundary=batch_wirecheck",
    b"Content-Type: multipart/mixed; boundary=",
    b"Content-Type: multipart/mixed",
    b"Content-Type: application/http; msgtype=response",
    b"Content-Type: text/plain; charset=\xff",
    b"Content-Length: 999999999",
    b"Content-Length: -1",
    b"Content-Length: 0",
    b"Content-Length: 1e3",
    b"Transfer-Encoding: chunked",
    b"Content-Transfer-Encoding: base64",
    b"Content-ID: <1>",
    b"Content-ID:",
    b" folded",
    b": no name",
    b"no colon",
    b"GET",
    b"GET / HTTP/9.9",
    b"GET http://[ HTTP/1.1",
    b"GET %zz HTTP/1.1",
    b"GET $1 HTTP/1.1",
    b"HTTP/1.1 200 OK",
    b"\x00",
    b"\xff\xfe",
    b"X: " + b"x" * 9000,
)


@st.composite
def broken_framing(draw: st.DrawFn, service: Service) -> Probe:
    """Return a multipart batch with lines dropped, doubled, put in, moved or ended otherwise."""
    lines = _lines(service, count=draw(st.integers(1, 3)), with_ids=draw(st.booleans()))
    end = _CRLF
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(lines) - 1, 0)))
        match draw(st.sampled_from(["drop", "double", "insert", "swap", "cut", "end", "nest"])):
            case "drop":
                lines = lines[:at] + lines[at + 1 :]
            case "double":
                lines = lines[: at + 1] + lines[at:]
            case "insert":
                lines = [*lines[:at], draw(st.sampled_from(_ODD_LINES)), *lines[at:]]
            case "swap":
                lines = lines[at:] + lines[:at]
            case "cut":
                lines = lines[:at]
            case "end":
                end = draw(st.sampled_from([b"\n", b"\r", b"\r\r\n", b"\n\r", b" \r\n"]))
            case _:
                inner = [one.replace(b"batch_", b"inner_") for one in lines]
                head = b"Content-Type: multipart/mixed; boundary=inner_wirecheck"
                lines = [b"--batch_wirecheck", head, b"", *inner, b"--batch_wirecheck--", b""]
    return _probe("broken framing", _MULTIPART, end.join(lines))


@st.composite
def raw_bytes(draw: st.DrawFn, service: Service) -> Probe:
    """Return a valid batch with bytes cut, dropped or changed, or no batch at all."""
    batch_format = draw(st.sampled_from(service.formats))
    if batch_format == _JSON:
        data = to_json_text(draw(_json_batch(service))).encode()
    else:
        data = _CRLF.join(_lines(service, count=draw(st.integers(1, 2)), with_ids=True))
    for _ in range(draw(st.integers(1, 3))):
        data = draw(damaged(data))
    data = draw(st.one_of(st.just(data), st.binary(max_size=64)))
    return _probe("raw bytes", batch_format, data)


_WRONG_TYPES: Final = st.one_of(
    st.sampled_from(
        [
            "multipart/mixed",
            "multipart/mixed; charset=utf-8",
            "multipart/mixed; boundary",
            "text/plain",
            "application/http",
            "application/octet-stream",
            "application/x-www-form-urlencoded",
        ]
    ),
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8).map(
        lambda name: f"application/x-wirecheck-{name}"
    ),
)


@st.composite
def wrong_types(draw: st.DrawFn, service: Service) -> Probe:
    """Return a batch whose Content-Type is that of no batch, or lacks its boundary: 4xx."""
    batch: dict[str, Json] = {
        "format": draw(st.sampled_from(service.formats)),
        "requests": [{"label": "a", "url": service.readable}],
    }
    send: dict[str, Json] = {"headers": {"Content-Type": draw(_WRONG_TYPES)}, "batch": batch}
    expect: Mapping[str, Mapping[str, Json]] = {
        "ODATA-11.7.1-07": {"/http/status": {"minimum": 400, "maximum": 499}}
    }
    return Probe(kind="wrong Content-Type", steps=(ProbeStep(send=send, expect=expect),))


def _harmless_only(strategy: SearchStrategy[Probe]) -> SearchStrategy[Probe]:
    return strategy.filter(lambda probe: _is_harmless(_sent(probe)))


def _sent(probe: Probe) -> bytes:
    batch = probe.steps[0].send["batch"]
    assert isinstance(batch, dict)
    raw = batch["raw"]
    return pieces_to_bytes(raw)


def damage_families(service: Service) -> dict[str, SearchStrategy[Probe]]:
    """Return strategies by name, for the formats that the service has."""
    found: dict[str, SearchStrategy[Probe]] = {}
    if _JSON in service.formats:
        found["almost valid JSON batches"] = _harmless_only(almost_valid_json(service))
    if _MULTIPART in service.formats:
        found["broken framing"] = _harmless_only(broken_framing(service))
    if service.formats:
        found["raw bytes as batches"] = _harmless_only(raw_bytes(service))
        found["wrong types of batches"] = wrong_types(service)
    return found
