"""What may be asked of a service: URLs that are known to read, and what may be written."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from conformance.properties.odata_model import CREATE, DELETE, FORMATS, STATES
from conformance.properties.probe import Probe, ProbeStep
from conformance.words.json_value import Json, is_object
from conformance.words.target import Target

READ: Final = "read"
FIND: Final = "find"
#: What is sent, and what of the answer has to hold.
_Sent: TypeAlias = tuple[dict[str, Json], dict[str, Json]]
_SAME_AS_ALONE: Final = "ODATA-11.7-04"
_DONE: Final[dict[str, Json]] = {"/http/status": {"enum": [200, 201, 204]}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What of a service generated batches are made of.

    `readable` answers 200 and `missing` 4xx; `entity` is empty where no single one is known.
    `formats` are those of batches. `verbs` are the changes that work alone, none without consent;
    `looks` is the verb that reads an entity again. Without `knows_keys` where an entity is, is
    known once it was created, and not before.
    """

    readable: str
    missing: str
    entity: str = ""
    formats: tuple[str, ...] = FORMATS
    is_v401: bool = False
    goes_on: bool = False
    verbs: frozenset[str] = frozenset()
    looks: str = READ
    knows_keys: bool = True
    has_invalid: bool = False

    @classmethod
    def of_target(cls, target: Target) -> "Service":
        """Take what a profile or discovery gives; changes only with consent to them."""
        offers = target.offers
        section = target.document.get("odata")
        read = section.get("read") if is_object(section) else None
        urls = read if is_object(read) else {}
        knows_keys = offers.get("odata.client-keys", False)
        can_look = knows_keys or offers.get("odata.find", False)
        may_write = target.allows_writes and can_look
        has = offers.get("odata.write", False) and offers.get("odata.delete", False)
        verbs = {CREATE, DELETE} if may_write and has else set()
        if verbs and offers.get("odata.update", False):
            verbs |= set(STATES)
        return cls(
            readable=str(urls.get("any", "$metadata")),
            missing=str(urls.get("missing", "WirecheckNoSuchSet")),
            entity=str(urls.get("entity", "")),
            formats=tuple(one for one in FORMATS if offers.get(f"odata.{one}-batch")),
            is_v401=offers.get("odata.v401", False),
            goes_on=offers.get("odata.continue-on-error", False),
            verbs=frozenset(verbs),
            looks=READ if knows_keys else FIND,
            knows_keys=knows_keys,
            has_invalid=offers.get("odata.invalid", False),
        )

    @property
    def going_on(self) -> str:
        """The preference to go on behind errors, as the service's version spells it."""
        return "continue-on-error" if self.is_v401 else "odata.continue-on-error"

    def controls(self) -> Iterator[tuple[str, Probe]]:
        """Yield what has to work before anything is judged that is made of it, each in words.

        The kind of each probe is what `without` takes.
        """
        for one in self.formats:
            batch: dict[str, Json] = {
                "format": one,
                "requests": [{"label": "a", "url": self.readable}],
            }
            answered: dict[str, Json] = {"/batch/answers/a/status": {"const": 200}}
            yield f"reading in a {one} batch", _control(one, ({"batch": batch}, answered))
        look: dict[str, Json] = {self.looks: "a"}
        created: tuple[_Sent, ...] = (({"create": "a"}, _DONE), (look, _there("created")))
        if CREATE in self.verbs:
            yield "creating an entity", _control(CREATE, *created)
        for verb, state in STATES.items():
            if verb in self.verbs and verb != CREATE:
                change: dict[str, Json] = {verb: "a"}
                steps = (*created, (change, _DONE), (look, _there(state)))
                yield f"changing an entity ({verb})", _control(verb, *steps)
        if DELETE in self.verbs:
            gone: dict[str, Json] = {"/odata/found": {"const": 0}}
            delete: dict[str, Json] = {"delete": "a"}
            steps = (*created, (delete, _DONE), (look, gone))
            yield "deleting an entity", _control(DELETE, *steps)

    def has(self, kind: str) -> bool:
        """Tell whether what a control is for is still to be sent."""
        return kind in self.formats or kind in self.verbs

    def without(self, kind: str) -> "Service":
        """Return the service without what a control showed not to work."""
        if kind in self.formats:
            return replace(self, formats=tuple(one for one in self.formats if one != kind))
        gone = self.verbs if kind in {CREATE, DELETE} else {kind}
        return replace(self, verbs=self.verbs - gone)


def _there(state: str) -> dict[str, Json]:
    return {"/odata/found": {"const": 1}, "/odata/state": {"const": state}}


def _control(kind: str, *steps: _Sent) -> Probe:
    rows = [ProbeStep(send=send, expect={_SAME_AS_ALONE: wanted}) for send, wanted in steps]
    return Probe(kind=kind, steps=rows, writes=len(steps) > 1)
