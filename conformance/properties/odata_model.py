"""Random batches of changes, and a model that says what is in the service after each.

A state machine for Hypothesis: it sends change sets of creations, changes and deletions, some of
which have to fail, and reads back after each batch whether all or nothing of each was done.
Knows what a change set means (Protocol 11.7.7.4, JSON Format 19.1). Refuses to know the wire.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

#: Verbs of the OData driver; `break` is a request that has to fail.
CREATE: Final = "create"
DELETE: Final = "delete"
BREAK: Final = "break"
#: What a change makes of an entity: see `state` in the driver's observation.
STATES: Final[Mapping[str, str]] = {
    CREATE: "created",
    "update": "changed",
    "update_again": "changed-again",
}
NAMES: Final = ("a", "b", "c", "d")
FORMATS: Final = ("multipart", "json")
_MAX_CHANGES: Final = 5
_MAX_SETS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One request of a change set, and the name of the entity that it is about."""

    verb: str
    name: str


ChangeSet: TypeAlias = tuple[Change, ...]
#: The state of each entity that is there, by its name.
Entities: TypeAlias = dict[str, str]


class Service(Protocol):
    """A service whose entities are those of one machine, of which none is there at first."""

    def send(self, change_sets: Sequence[ChangeSet], *, batch_format: str) -> None:
        """Send one batch of change sets."""

    def read(self, names: Sequence[str]) -> Entities:
        """Read each entity by itself, and return those that are there."""

    def close(self) -> None:
        """Delete what is left."""


def change_sets() -> st.SearchStrategy[list[ChangeSet]]:
    """Return batches of one change set or more, each of one request or more."""
    changes = st.builds(
        Change,
        verb=st.sampled_from([*STATES, DELETE, BREAK]),
        name=st.sampled_from(NAMES),
    )
    sets = st.lists(changes, min_size=1, max_size=_MAX_CHANGES).map(tuple)
    return st.lists(sets, min_size=1, max_size=_MAX_SETS)


def apply(entities: Entities, change_set: ChangeSet) -> tuple[Entities, ChangeSet, bool]:
    """Carry a change set out in the model.

    Changes and deletions of what is not there are left out: a service may create, or not mind.

    Returns:
        What is there afterwards, the change set without those, and whether it succeeded.
    """
    after = dict(entities)
    sent: list[Change] = []
    is_whole = True
    for change in change_set:
        is_there = change.name in after
        if change.verb in {CREATE, BREAK} or is_there:
            sent.append(change)
        if change.verb == BREAK or (change.verb == CREATE and is_there):
            is_whole = False
        elif change.verb == DELETE:
            after.pop(change.name, None)
        elif change.verb == CREATE or is_there:
            after[change.name] = STATES[change.verb]
    return (after if is_whole else dict(entities)), tuple(sent), is_whole


def apply_batch(
    entities: Entities, batch: Sequence[ChangeSet], *, batch_format: str
) -> tuple[Entities, list[ChangeSet]]:
    """Carry a batch out in the model; return what is there, and what of it is to be sent.

    Without a preference multipart stops at the first error, and JSON goes on (11.7.7.4, 19.4).
    """
    sent: list[ChangeSet] = []
    has_stopped = False
    for change_set in batch:
        after, wanted, is_whole = apply(entities, change_set)
        if not wanted:
            continue
        sent.append(wanted)
        if has_stopped:
            continue
        entities = after
        has_stopped = not is_whole and batch_format == FORMATS[0]
    return entities, sent


class BatchMachine(RuleBasedStateMachine):
    """Sends batches and compares; a subclass opens the service."""

    def __init__(self) -> None:
        super().__init__()
        self.entities: Entities = {}
        self.service = self.open_service()

    def open_service(self) -> Service:
        """Return a service with none of the entities."""
        raise NotImplementedError

    @rule(batch=change_sets(), batch_format=st.sampled_from(FORMATS))
    def send(self, batch: list[ChangeSet], batch_format: str) -> None:
        """Send a batch, and carry it out in the model."""
        self.entities, sent = apply_batch(self.entities, batch, batch_format=batch_format)
        if sent:
            self.service.send(sent, batch_format=batch_format)

    @invariant()
    def all_or_nothing_was_done(self) -> None:
        """Hold the service against the model."""
        seen = self.service.read(NAMES)
        assert seen == self.entities, f"expected {self.entities}, saw {seen}"

    def teardown(self) -> None:
        """Delete what the machine made."""
        self.service.close()
