"""Which entity sets may be written to, best first, and why the others may not.

Pure. What is written has to be read back and deleted again, so a set that is said to refuse one of
these is none to write to (ODATA-CAP-11).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from conformance.discovery.csdl import EntitySet, Metadata, Property
from conformance.discovery.odata_entity import EntityMaker
from conformance.discovery.odata_literals import key_predicate
from conformance.words.json_value import ABSENT

_BEST: Final = 100
_COSTS: Final = {
    "required": 5,  # each is one more rule of the business that a made-up value can break
    "composite": 10,
    "given": 20,  # without its key an entity is found again by search only
    "changeable": 15,
    "label": 15,
    "etags": 5,
    "said": 10,
}
_DRAFTS: Final = (
    "com.sap.vocabularies.Common.v1.DraftRoot",
    "com.sap.vocabularies.Common.v1.DraftNode",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteTarget:
    """An entity set as a place to write to.

    `score` is 100 for the best, and has no lower end; `rejected` says why nothing may be written
    there, and is empty where it may.
    """

    set_name: str
    score: int
    rejected: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NavigationPair:
    """Two sets of which the entities of one refer to one of the other.

    `bind` is the child's navigation property; `children` the parent's, empty for none.
    """

    parent: str
    child: str
    bind: str
    children: str = ""


def write_targets(metadata: Metadata) -> list[WriteTarget]:
    """Return all entity sets, those that may be written to first, and of these the best first."""
    found = [_judge(metadata, one) for one in metadata.sets.values()]
    return sorted(found, key=lambda one: (bool(one.rejected), -one.score))


def _judge(metadata: Metadata, entity_set: EntitySet) -> WriteTarget:
    declared = metadata.type_of(entity_set)
    if declared is None or not declared.is_entity:
        why = f"its type {entity_set.type_name} is not declared"
        return WriteTarget(set_name=entity_set.name, score=0, rejected=why)
    maker = EntityMaker(metadata, entity_set, seed="")
    if rejected := next(_hindrances(maker), ""):
        return WriteTarget(set_name=entity_set.name, score=0, rejected=rejected)
    return WriteTarget(set_name=entity_set.name, score=_score(maker))


def _hindrances(maker: EntityMaker) -> Iterator[str]:
    """Yield why nothing may be written to a set, the plainest reason first."""
    says = maker.capabilities
    for allowed, word in (
        (says.insertable, "inserts"),
        (says.readable, "reads"),
        (says.readable_by_key, "reads by key"),
        (says.deletable, "deletes"),
    ):
        if allowed is False:
            yield f"it is declared to refuse {word}"
    if says.requires_filter:
        yield "it can be read with a filter only"
    yield from _hindrances_of_type(maker)
    for one in maker.required_navigation():
        yield f"{one.name} has to lead to an entity of another set"
    for foreign in maker.sent():
        if maker.is_foreign(foreign.name):
            yield f"{foreign.name} has to name an entity of another set"
    if names := maker.unmakeable():
        yield f"no value can be made for {', '.join(names)}"


def _hindrances_of_type(maker: EntityMaker) -> Iterator[str]:
    if not maker.type.key:
        yield "its type has no key"
    if maker.type.is_abstract:
        yield f"its type {maker.type.name} is abstract and nothing derives from it"
    if maker.type.has_stream:
        yield "its entities are media streams"
    target = maker.entity_set.target
    if any(maker.metadata.annotation(target, term) is not ABSENT for term in _DRAFTS):
        yield "its entities are drafts, which become active by an action only"


def _score(maker: EntityMaker) -> int:
    says = maker.capabilities
    required = [one for one in maker.sent() if not _is_easy(maker, one)]
    score = _BEST - _COSTS["required"] * len(required)
    if len(maker.type.key) > 1:
        score -= _COSTS["composite"]
    if not maker.gives_key() or not _has_predicate(maker):
        score -= _COSTS["given"]
    if not maker.changeable():
        score -= _COSTS["changeable"]
    if maker.label is None:
        score -= _COSTS["label"]
    if says.has_etags:
        score -= _COSTS["etags"]  # each change would need a read before it
    if says.insertable and says.deletable:
        score += _COSTS["said"]
    return min(score, _BEST)


def _is_easy(maker: EntityMaker, one: Property) -> bool:
    return maker.is_key(one.name) or one is maker.label


def _has_predicate(maker: EntityMaker) -> bool:
    return bool(key_predicate(maker.metadata, maker.type, maker.valid_entity("probe")))


def navigation_pairs(metadata: Metadata, targets: Sequence[WriteTarget]) -> list[NavigationPair]:
    """Return pairs of sets that both may be written to, best children first.

    The child's navigation property is single and bound to the parent's set.

    Args:
        metadata: what declares the sets.
        targets: as `write_targets` returns them.
    """
    may = {one.set_name for one in targets if not one.rejected}
    pairs = []
    for name in (one.set_name for one in targets if not one.rejected):
        child = metadata.sets[name]
        declared = metadata.type_of(child)
        assert declared is not None  # or it could not be written to
        for one in declared.navigation.values():
            parent = child.bindings.get(one.name, "")
            if one.type.is_collection or one.contains_target or parent not in may:
                continue
            pair = NavigationPair(
                parent=parent,
                child=name,
                bind=one.name,
                children=_children(metadata, metadata.sets[parent], name, one.name),
            )
            pairs.append(pair)
    return pairs


def _children(metadata: Metadata, parent: EntitySet, child: str, bind: str) -> str:
    """Return the parent's collection that leads back to the child."""
    declared = metadata.type_of(parent)
    assert declared is not None  # a set that may be written to
    found = [
        one.name
        for one in declared.navigation.values()
        if one.type.is_collection and parent.bindings.get(one.name) == child
    ]
    partners = [name for name in found if declared.navigation[name].partner == bind]
    return next(iter([*partners, *found]), "")
