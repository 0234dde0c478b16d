"""Batches that only read, valid in every way the spec allows, in both formats.

Each batch is unusual in one way, so that what breaks is the requirement about that way.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.properties.odata_bindings import Service
from conformance.properties.odata_model import FORMATS
from conformance.properties.probe import Expectations, Pointers, Probe, ProbeStep
from conformance.words.json_value import Json

_MULTIPART, _JSON = FORMATS
_OK: Final[Json] = {"const": 200}
_REFUSED: Final[Json] = {"minimum": 400}
_NOT_PERFORMED: Final[Json] = {"const": 424}
_SENT_ON: Final[Pointers] = {"/http/status": _OK, "/batch/next_link": False}
_MOST: Final = 6
_UNRESERVED: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
#: RFC 2046: what a boundary may hold, a space not at its end; the second needs quotes.
_PLAIN_BOUNDARY: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'+_-."
_MARKS: Final = "'()+_,-./:=? "
_ANY_BOUNDARY: Final = _PLAIN_BOUNDARY + _MARKS
_WORDS: Final = st.text("abcdefghijklmnopqrstuvwxyz ", min_size=1, max_size=20)
# Behind a dollar sign these are resources and literals of the protocol, whatever ids there are.
_TAKEN: Final = frozenset(
    {
        "batch",
        "all",
        "entity",
        "crossjoin",
        "root",
        "id",
        "metadata",
        "it",
        "this",
        "value",
        "count",
        "ref",
    }
)
#: Request identifiers (ABNF request-id).
IDS: Final = st.text(_UNRESERVED, min_size=1, max_size=12).filter(lambda one: one not in _TAKEN)


@st.composite
def _boundaries(draw: st.DrawFn) -> tuple[str, bool]:
    """Return a boundary, and whether it is written in quotes."""
    letters = draw(st.sampled_from([_ANY_BOUNDARY, _MARKS]))
    text = draw(st.text(letters, min_size=1, max_size=70)).rstrip(" ")
    text = text or "b"
    is_plain = all(one in _PLAIN_BOUNDARY for one in text)
    return text, not is_plain or draw(st.booleans())


@st.composite
def _in_any_case(draw: st.DrawFn, name: str) -> str:
    return "".join(draw(st.sampled_from([one.lower(), one.upper()])) for one in name)


@st.composite
def _prose(draw: st.DrawFn) -> str:
    """Return lines of which none can be taken for a delimiter."""
    return "".join(f"{line}\r\n" for line in draw(st.lists(_WORDS, max_size=3)))


#: What a multipart batch is unusual in, and the requirement about it.
_WAYS: Final[Mapping[str, str]] = {
    "its requests": "ODATA-11.7-04",
    "its boundary": "ODATA-11.7.7.1-02",
    "text around it": "ODATA-11.7.7.1-07",
    "forms of URLs": "ODATA-11.7.7.1-11",
    "spelling of fields": "ODATA-11.7.7.1-17",
    "transfer encoding": "ODATA-11.7.7.1-06",
}


@st.composite
def multipart_reads(draw: st.DrawFn, service: Service) -> Probe:
    """Return a multipart batch of reads, some of what is not there."""
    way = draw(st.sampled_from(list(_WAYS)))
    found = draw(st.lists(st.booleans(), min_size=1, max_size=_MOST))
    ids = draw(st.lists(st.one_of(st.none(), IDS), min_size=len(found), max_size=len(found)))
    rows = [
        _row(index, service, is_there=is_there, wire_id=None if ids.index(one) < index else one)
        for index, (is_there, one) in enumerate(zip(found, ids, strict=True))
    ]
    batch: dict[str, Json] = {"format": _MULTIPART}
    goes_on = service.goes_on and draw(st.booleans())
    match way:
        case "its boundary":
            batch["boundary"], batch["quoted"] = draw(_boundaries())
        case "text around it":
            batch["preamble"], batch["epilogue"] = draw(_prose()), draw(_prose())
        case "transfer encoding":
            batch["transfer_encoding"] = True
        case "forms of URLs":
            for row in rows:
                row["form"] = draw(st.sampled_from(["relative", "path", "absolute"]))
        case "spelling of fields":
            for row in rows:
                row["mime_headers"] = {draw(_in_any_case("content-type")): "application/http"}
                row["headers"] = {draw(_in_any_case("accept")): "application/json, */*;q=0.1"}
        case _:
            pass
    send: dict[str, Json] = {"batch": {**batch, "requests": list(rows)}}
    if goes_on:
        send["headers"] = {"Prefer": service.going_on}
    expect = _multipart_expect(found, rows, way, service, goes_on=goes_on)
    # How many answers there are, and with which ids, follows from what becomes of each request.
    is_multipart: Pointers = {"/batch/format": {"const": _MULTIPART}}
    as_wanted: Pointers = {**_SENT_ON, **is_multipart, **expect[_WAYS[way]]}
    applies = {name: as_wanted for name in expect if name not in {_WAYS[way], "ODATA-11.7.1-06"}}
    step = ProbeStep(send=send, expect=expect, applies=applies)
    return Probe(kind=f"multipart batch of reads, unusual in {way}", steps=(step,))


def _row(index: int, service: Service, *, is_there: bool, wire_id: str | None) -> dict[str, Json]:
    url = service.readable if is_there else service.missing
    row: dict[str, Json] = {"label": f"r{index}", "url": url}
    return row if wire_id is None else {**row, "id": wire_id}


def _multipart_expect(
    found: Sequence[bool],
    rows: Sequence[Mapping[str, Json]],
    way: str,
    service: Service,
    *,
    goes_on: bool,
) -> Expectations:
    """Return what holds: each request is answered in its place, up to the first that fails."""
    answered = list(found) if goes_on or all(found) else list(found[: found.index(False) + 1])
    count = len(answered)
    statuses = {f"r{index}": _OK if one else _REFUSED for index, one in enumerate(answered)}
    expect: dict[str, dict[str, Json]] = {
        "ODATA-11.7.1-06": {"/outcome": {"const": "answered"}},
        _WAYS[way]: {"/http/status": _OK, **_answers(statuses)},
        "ODATA-11.7.7.5-02": {
            "/batch/structure": {"minItems": count, "items": {"const": "single"}},
        },
    }
    if count < len(found):
        expect["ODATA-11.7.7.4-02"] = {"/batch/parts": {"maximum": count}}
    elif not all(found):
        expect["ODATA-11.7.7.4-03"] = {"/batch/parts": {"const": count}}
    if service.is_v401:
        echoed: dict[str, Json] = {
            f"/batch/answers/r{index}/id": {"const": row["id"]}
            for index, row in enumerate(rows[:count])
            if "id" in row
        }
        if echoed:
            expect["ODATA-11.7.7.4-06"] = echoed
            expect["ODATA-11.7.7.5-03"] = {"/batch/in_order": {"const": True}}
    return expect


def _answers(statuses: Mapping[str, Json]) -> dict[str, Json]:
    """Return what has to hold of the status of answers by label; one that is missing is none."""
    properties = {label: {"properties": {"status": one}} for label, one in statuses.items()}
    return {"/batch/answers": {"properties": properties}}


#: What a JSON batch is unusual in, and the requirement about it.
_JSON_WAYS: Final[Mapping[str, str]] = {
    "its requests": "ODATA-11.7-04",
    "the case of methods": "ODATA-J19.1-05",
    "forms of URLs": "ODATA-J19.1-06",
    "references": "ODATA-J19.1-07",
}


@st.composite
def json_reads(draw: st.DrawFn, service: Service) -> Probe:
    """Return a JSON batch of reads, some of what is not there, some that wait for others."""
    ways = [one for one in _JSON_WAYS if service.entity or one != "references"]
    way = draw(st.sampled_from(ways))
    ids = draw(st.lists(IDS, min_size=1, max_size=_MOST, unique=True))
    rows: list[dict[str, Json]] = []
    statuses: list[Json] = []
    for index, one in enumerate(ids):
        is_there = draw(st.booleans())
        earlier = st.lists(
            st.integers(0, max(index - 1, 0)), max_size=2 if index else 0, unique=True
        )
        waits_for = draw(earlier)
        row = _row(index, service, is_there=is_there, wire_id=one)
        if waits_for:
            row["depends_on"] = [ids[place] for place in waits_for]
        if way == "the case of methods":
            row["extra"] = {"method": draw(_in_any_case("get"))}
        elif way == "forms of URLs":
            row["form"] = draw(st.sampled_from(["relative", "path"]))
        rows.append(row)
        own = _OK if is_there else _REFUSED
        statuses.append(
            own if all(statuses[place] == _OK for place in waits_for) else _NOT_PERFORMED
        )
    if way == "references":
        # The first request brings an entity, the last one reads it through the first's id.
        rows[0] = {"label": "r0", "id": ids[0], "url": service.entity}
        statuses[0] = _OK
        label, own_id = f"r{len(ids)}", "".join(ids) + "x"
        rows.append({"label": label, "id": own_id, "url": f"${ids[0]}", "depends_on": [ids[0]]})
        return _json_probe(way, rows, [_OK, *[None] * (len(ids) - 1), _OK])
    return _json_probe(way, rows, statuses)


def _json_probe(way: str, rows: Sequence[Mapping[str, Json]], wanted: Sequence[Json]) -> Probe:
    by_kind: dict[str, dict[str, Json]] = {}
    failed_before = False
    for row, status in zip(rows, wanted, strict=True):
        if status is None:
            continue
        name = _JSON_WAYS[way]
        if status == _NOT_PERFORMED:
            name = "ODATA-J19.1-16"
        elif name == "ODATA-11.7-04" and "depends_on" in row:
            name = "ODATA-11.7.2-02"
        elif name == "ODATA-11.7-04" and failed_before:
            name = "ODATA-J19.4-03"
        failed_before |= status != _OK
        by_kind.setdefault(name, {})[str(row["label"])] = status
    base = _JSON_WAYS[way]
    expect: dict[str, dict[str, Json]] = {
        "ODATA-11.7.1-06": {"/outcome": {"const": "answered"}},
        **{name: _answers(statuses) for name, statuses in by_kind.items() if statuses},
        "ODATA-J19.4-05": {
            "/batch/unanswered": {"maxItems": 0},
            "/batch/unknown": {"maxItems": 0},
            "/batch/doubled": {"maxItems": 0},
        },
    }
    expect[base] = {"/http/status": _OK, **expect.get(base, {})}
    send: dict[str, Json] = {"batch": {"format": _JSON, "requests": [dict(one) for one in rows]}}
    applies = {name: _SENT_ON for name in expect if name not in {base, "ODATA-11.7.1-06"}}
    # A response in pieces (JSON Format 19.5) says where the other answers are.
    applies[base] = {"/batch/next_link": False}
    step = ProbeStep(send=send, expect=expect, applies=applies)
    return Probe(kind=f"JSON batch of reads, unusual in {way}", steps=(step,))


@st.composite
def references_to_nothing(draw: st.DrawFn, service: Service) -> Probe:
    """Return a batch with a read that refers to no request: it must not succeed."""
    batch_format = draw(st.sampled_from(service.formats))
    wire_id, unknown = draw(st.lists(IDS, min_size=2, max_size=2, unique=True))
    below = draw(st.sampled_from(["", "/Name", "/$value", "(1)", "?$top=1"]))
    # A name of its own, since $batch, $metadata and the like are no references.
    rows: list[Json] = [
        {"label": "a", "id": wire_id, "url": service.readable},
        {"label": "b", "id": f"{wire_id}{unknown}", "url": f"$wirecheck-{unknown}{below}"},
    ]
    send: dict[str, Json] = {"batch": {"format": batch_format, "requests": rows}}
    refused: dict[str, Json] = {
        "/outcome": {"const": "answered"},
        "/batch/answers": {"properties": {"b": {"properties": {"status": {"minimum": 400}}}}},
    }
    applies = {"ODATA-11.7.4-06": {"/http/status": _OK, "/batch/answers": {"type": "object"}}}
    step = ProbeStep(send=send, expect={"ODATA-11.7.4-06": refused}, applies=applies)
    return Probe(kind="reference to no request", steps=(step,))


_ODD_URLS: Final = st.one_of(
    st.sampled_from(
        ["http://[", "http:", "%", "%zz", "//", "/../..", "?", "#x", "*", "$", "$$", "("]
    ),
    st.text("abAB019%$'()/?=&;:@!*,~.-_[]{}|\\^", min_size=1, max_size=12),
)


@st.composite
def odd_urls(draw: st.DrawFn, service: Service) -> Probe:
    """Return a batch of a read whose URL may be none, between two that can be answered.

    The service may refuse the batch; if it does not, each request of it gets its own answer.
    No URL leads to another host (AMB-ODATA-23).
    """
    batch_format = draw(st.sampled_from(service.formats))
    # What begins with two slashes, or has them behind a scheme, names a host.
    odd = draw(_ODD_URLS.filter(lambda one: "//" not in one or one in {"//", "http://["}))
    if draw(st.booleans()):
        odd = service.readable.partition("?")[0] + odd
    rows: list[Json] = [
        {"label": "a", "id": "a", "url": service.readable},
        {"label": "odd", "id": "odd", "url": odd.replace("${", "$${")},
    ]
    expect: dict[str, Pointers] = {"ODATA-11.7.1-06": {"/outcome": {"const": "answered"}}}
    if batch_format == _JSON:
        rows.append({"label": "b", "id": "b", "url": service.readable})
        expect["ODATA-J19.4-05"] = {"/batch/unanswered": {"maxItems": 0}}
        expect["ODATA-J19.4-03"] = _answers({"a": _OK, "b": _OK})
    else:
        expect["ODATA-11.7.7.5-02"] = {"/batch/unanswered": {"maxItems": 0}}
    send: dict[str, Json] = {"batch": {"format": batch_format, "requests": rows}}
    answered = {**_SENT_ON, "/batch/format": {"const": batch_format}}
    applies = {name: answered for name in expect if name != "ODATA-11.7.1-06"}
    step = ProbeStep(send=send, expect=expect, applies=applies)
    return Probe(kind="odd URL", steps=(step,))


def read_families(service: Service) -> dict[str, SearchStrategy[Probe]]:
    """Return strategies by name, for the formats that the service has."""
    found: dict[str, SearchStrategy[Probe]] = {}
    if _MULTIPART in service.formats:
        found["multipart batches of reads"] = multipart_reads(service)
    if _JSON in service.formats:
        found["JSON batches of reads"] = json_reads(service)
    if service.formats:
        found["references to nothing"] = references_to_nothing(service)
        found["odd URLs"] = odd_urls(service)
    return found
