"""One generated exchange: what to send, and what has to hold of the answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.words.json_value import Json

Expectations = Mapping[str, Mapping[str, Json]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A `send` of the scenario language with its expectations (requirement → pointer → schema).

    `kind` says in a few words how it was made.
    """

    kind: str
    send: Mapping[str, Json]
    expect: Expectations = field(default_factory=dict)
