"""Batches that change data: what the model of change sets says of them, as scenarios.

The model is that of `conformance.properties.odata_model`, and so are the random change sets. Here
their outcome is written down beforehand, as what each entity has to be when it is read again, so
that a find is a list of steps that can be sent again by anyone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.properties.odata_bindings import Service
from conformance.properties.odata_model import (
    BREAK,
    CREATE,
    DELETE,
    FORMATS,
    Change,
    ChangeSet,
    Entities,
    apply,
    change_sets,
)
from conformance.properties.odata_reads import IDS
from conformance.properties.probe import Probe, ProbeStep
from conformance.words.json_value import Json

_MULTIPART, _JSON = FORMATS
_JSON_TYPE: Final = "application/json"
_ATOMIC: Final = {_MULTIPART: "ODATA-11.7.7.4-04", _JSON: "ODATA-J19.1-12"}
_STOPS: Final = "ODATA-11.7.7.4-02"
_GOES_ON: Final = {_MULTIPART: "ODATA-11.7.7.4-03", _JSON: "ODATA-J19.4-03"}
_KEPT: Final = {_MULTIPART: "ODATA-11.7.7.4-07", _JSON: "ODATA-J19.1-12"}
#: A group that is not said to have succeeded, in whatever way it is answered.
_FAILED: Final[Json] = {"not": {"required": ["failed"], "properties": {"failed": {"const": False}}}}
_SUCCEEDED: Final[Json] = {"required": ["failed"], "properties": {"failed": {"const": False}}}
_IS_ANSWERED: Final[Json] = {
    "required": ["http"],
    "properties": {"http": {"properties": {"status": {"const": 200}}}},
}
_MOST_BATCHES: Final = 3
#: Not beyond it: each batch is followed by a read of each entity that it was about.
_MOST_CREATED: Final = 4


@dataclass(slots=True)
class _Story:
    """Batches as they are sent one after another, and what is there after each."""

    service: Service
    entities: Entities = field(default_factory=dict)
    steps: list[ProbeStep] = field(default_factory=list)
    labels: int = 0

    def tell(self, batch: Sequence[ChangeSet], *, batch_format: str, goes_on: bool) -> None:
        """Add a batch and the reads behind it; nothing where nothing of it can be sent."""
        before = dict(self.entities)
        told: dict[str, str] = {}  # entity → the requirement that says what becomes of it
        groups: dict[str, Json] = {}
        rows: list[Json] = []
        has_failed = has_stopped = False
        for group, change_set in enumerate(certain(batch, self.service, before, batch_format)):
            after, wanted, is_whole = apply(self.entities, change_set)
            if not wanted:
                continue
            rows += [self._row(change, f"g{group}") for change in wanted]
            touched = [one.name for one in wanted if one.verb != BREAK]
            if has_stopped:
                told |= {name: _STOPS for name in touched if name not in told}
                continue
            groups[f"g{group}"] = _SUCCEEDED if is_whole else _FAILED
            name = _GOES_ON[batch_format] if has_failed and is_whole else _ATOMIC[batch_format]
            told |= dict.fromkeys(touched, name)
            self.entities = after
            has_failed |= not is_whole
            has_stopped = has_failed and not goes_on
        if rows:
            self._send(rows, groups, batch_format=batch_format, prefers=goes_on)
            untouched = dict.fromkeys(before.keys() - told.keys(), _KEPT[batch_format])
            self._read(sorted({**told, **untouched}.items()))

    def _row(self, change: Change, group: str) -> Json:
        self.labels += 1
        row: dict[str, Json] = {"label": f"r{self.labels}", "group": group}
        if change.verb != BREAK:
            return {**row, change.verb: change.name}
        if self.service.has_invalid and change.name in "ab":
            return {**row, "invalid": f"bad-{self.labels}"}
        return {**row, "method": "POST", "url": self.service.missing, "json": {}}

    def _send(
        self, rows: Sequence[Json], groups: dict[str, Json], *, batch_format: str, prefers: bool
    ) -> None:
        """Add a batch; what comes behind it is judged where its groups ended as they have to.

        Who refuses what is valid, or takes what is not, has another fault than these.
        """
        send: dict[str, Json] = {"batch": {"format": batch_format, "requests": list(rows)}}
        if prefers and batch_format == _MULTIPART:
            send["headers"] = {"Prefer": self.service.going_on}
        ended: Json = {"batch": {"properties": {"groups": {"properties": groups}}}}
        given: dict[str, Json] = {
            "": {"anyOf": [{"not": _IS_ANSWERED}, {"properties": ended}]},
        }
        answered: dict[str, Json] = {
            "/outcome": {"const": "answered"},
            "/http/status": {"const": 200},
        }
        self.steps.append(ProbeStep(send=send, given=given, expect={"ODATA-11.7.1-06": answered}))

    def _read(self, told: Iterable[tuple[str, str]]) -> None:
        for name, requirement in told:
            state = self.entities.get(name)
            wanted: dict[str, Json] = {"/odata/found": {"const": 0 if state is None else 1}}
            if state is not None:
                wanted["/odata/state"] = {"const": state}
            step = ProbeStep(send={self.service.looks: name}, expect={requirement: wanted})
            self.steps.append(step)


def certain(
    batch: Sequence[ChangeSet], service: Service, before: Entities, batch_format: str
) -> list[ChangeSet]:
    """Return of a batch that whose outcome the specification says for certain.

    Within a change set the order is the service's (Protocol 11.7.7.4), so each entity is in it
    once; in JSON so is the order of groups (JSON Format 19.4), so there it is in the batch once.
    What the service gives a key to can't be changed in the batch that creates it, and may be
    created twice.
    """
    kept: list[ChangeSet] = []
    used: set[str] = set()
    created: set[str] = set() if service.knows_keys else set(before)
    for change_set in batch:
        if batch_format == _MULTIPART:
            used = set()
        changes: list[Change] = []
        for one in change_set:
            is_clear = one.name not in used and one.verb in service.verbs
            if not service.knows_keys:
                is_clear &= (one.name in created) == (one.verb != CREATE)
                is_clear &= one.verb == CREATE or one.name in before
            if one.verb == BREAK:
                changes.append(one)
            elif is_clear:
                used.add(one.name)
                changes.append(one)
                if not service.knows_keys and one.verb == CREATE:
                    created.add(one.name)
        kept.append(tuple(changes))
    return kept


@st.composite
def changes(draw: st.DrawFn, service: Service) -> Probe:
    """Return batches of change sets, some of which have to fail, and reads behind each of them."""
    story = _Story(service)
    batches = st.lists(
        st.tuples(change_sets(), st.sampled_from(service.formats), st.booleans()),
        min_size=1,
        max_size=_MOST_BATCHES,
    )
    for batch, batch_format, prefers in draw(batches):
        goes_on = batch_format == _JSON or (service.goes_on and prefers)
        story.tell(batch, batch_format=batch_format, goes_on=goes_on)
    return Probe(kind="change sets and reads", steps=tuple(story.steps), writes=True)


#: Requests that a change set should not hold, or that can't succeed; a service may take them too.
_NOWHERE: Final = "WirecheckNoSuchSet"
_POSTED: Final[Mapping[str, Json]] = {"method": "POST", "url": _NOWHERE, "json": {}}
_ODD: Final[Sequence[Mapping[str, Json]]] = (
    {"method": "GET", "url": "$metadata"},
    {"method": "FROB", "url": _NOWHERE},
    {"method": "POST", "url": _NOWHERE, "text": "{", "headers": {"Content-Type": _JSON_TYPE}},
    {"method": "POST", "url": _NOWHERE, "raw": [{"base64": "//79AA=="}]},
    {**_POSTED, "json": [1]},
    {**_POSTED, "headers": {"Content-Type": "text/x"}},
    {**_POSTED, "url": "http://["},
    {**_POSTED, "url": "$batch", "json": {"requests": []}},
    {"method": "PATCH", "url": "$wirecheck-none", "json": {}},
    {"method": "DELETE", "url": "$wirecheck-none"},
)
_ODD_PARTS: Final[Sequence[Mapping[str, Json]]] = (
    {"mime_headers": {"Content-Type": None}},
    {"mime_headers": {"Content-Type": "text/plain"}},
    {"mime_headers": {"Content-ID": "a b"}},
    {"mime_headers": {"Content-ID": None}},
    {"mime_headers": {"Content-Transfer-Encoding": "base64"}},
    {"extra": {"method": 7}},
    {"extra": {"url": None}},
    {"extra": {"dependsOn": ["nobody"]}},
    {"extra": {"headers": []}},
    {"extra": {"id": "$absent"}},
)


@st.composite
def odd_change_sets(draw: st.DrawFn, service: Service) -> Probe:
    """Return a change set of creations with one odd request: all creations are there, or none."""
    batch_format = draw(st.sampled_from(service.formats))
    count = draw(st.integers(2, _MOST_CREATED))
    ids = draw(st.lists(IDS, min_size=count + 1, max_size=count + 1, unique=True))
    rows: list[Json] = [
        {"label": f"c{index}", "id": ids[index], "group": "g", "create": f"c{index}"}
        for index in range(count)
    ]
    odd: dict[str, Json] = {"label": "odd", "id": ids[count], "group": "g"}
    odd |= draw(st.sampled_from(_ODD))
    if draw(st.booleans()):
        odd |= draw(st.sampled_from(_ODD_PARTS))
    rows.insert(draw(st.integers(0, count)), odd)
    batch: dict[str, Json] = {"format": batch_format, "requests": rows}
    sent = ProbeStep(
        send={"batch": batch},
        expect={"ODATA-11.7.1-06": {"/outcome": {"const": "answered"}}},
    )
    requirement = _ATOMIC[batch_format]
    first = ProbeStep(
        name="first",
        send={service.looks: "c0"},
        given={"/odata/found": {"enum": [0, 1]}},
    )
    same: dict[str, Json] = {"/odata/found": {"const": "${steps/first/odata/found}"}}
    others = [
        ProbeStep(send={service.looks: f"c{index}"}, expect={requirement: same})
        for index in range(1, count)
    ]
    steps = (sent, first, *others)
    spared = frozenset({"ODATA-J19.4-05"})
    return Probe(kind="change set with an odd request", steps=steps, spared=spared, writes=True)


def write_families(service: Service) -> dict[str, SearchStrategy[Probe]]:
    """Return strategies by name; none without consent."""
    if not {CREATE, DELETE} <= service.verbs or not service.formats:
        return {}
    return {
        "change sets": changes(service).filter(lambda probe: bool(probe.steps)),
        "odd change sets": odd_change_sets(service),
    }
