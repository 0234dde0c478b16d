"""One generated exchange or several in order: what to send, and what has to hold of the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conformance.words.json_value import Json

Pointers = Mapping[str, Json]
Expectations = Mapping[str, Pointers]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeStep:
    """One `send` of the scenario language with what has to hold of its answer.

    `given`, `applies`, `expect` and `name` are those of a scenario's step; `at_most` is how often
    it is sent until all of it holds.
    """

    send: Mapping[str, Json]
    given: Pointers = field(default_factory=dict)
    applies: Expectations = field(default_factory=dict)
    expect: Expectations = field(default_factory=dict)
    name: str = ""
    at_most: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What is sent in one go, in order.

    `kind` says in a few words how it was made; `spared` are requirements that say nothing of it,
    though each other exchange is held against them; `writes` tells that data is changed.
    """

    kind: str
    steps: Sequence[ProbeStep]
    spared: frozenset[str] = frozenset()
    writes: bool = False


def single(
    kind: str,
    send: Mapping[str, Json],
    expect: Expectations,
    *,
    spared: frozenset[str] = frozenset(),
) -> Probe:
    """Return a probe of one message."""
    return Probe(kind=kind, steps=(ProbeStep(send=send, expect=expect),), spared=spared)
