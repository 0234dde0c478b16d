"""What a driver is to the engine: a name, a schema for what it sees, and one thing to do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from conformance.drivers.wire import Exchange, Wire
from conformance.words.json_value import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What one step came to: an observation, and the exchanges it was made from."""

    observation: dict[str, Json]
    exchanges: Sequence[Exchange]


class Driver(Protocol):
    """Turns sends into bytes, and what came back into observations of one shape.

    `observation_schema` is the file under `schemas/` that describes that shape; expectations are
    held against it before anything is sent.
    """

    name: str
    observation_schema: str

    def open_wire(self, *, unique: str = "") -> Wire:
        """Return the connections for one case; not yet connected.

        `unique` is a word that no other case of any run has; what the case makes is named by it.
        """

    async def perform(self, wire: Wire, send: Mapping[str, Json]) -> StepResult:
        """Send what a step says, templates already replaced, and observe what comes back."""
