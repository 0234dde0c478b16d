"""A service as the model of batches drives it: change sets sent by the OData driver, data read.

Blocking, since Hypothesis is: the driver runs on a loop of its own, which the caller's portal
stands for.
"""

from collections.abc import Sequence
from itertools import count
from typing import Final

from anyio.from_thread import BlockingPortal

from conformance.drivers.odata import ODataDriver
from conformance.properties.odata_model import BREAK, ChangeSet, Entities
from conformance.words.json_value import Json, is_object

#: A set that no service has; what is sent there has to fail.
_NOWHERE: Final = "WirecheckNoSuchSet"


class DrivenService:
    """One case of the driver, as `conformance.properties.odata_model.Service`.

    Args:
        driver: has a workshop for the set that may be written to.
        portal: of the loop that the driver runs on.
        unique: no other machine's.
    """

    def __init__(self, driver: ODataDriver, portal: BlockingPortal, *, unique: str) -> None:
        self._driver = driver
        self._portal = portal
        self._wire = driver.open_wire(unique=unique)
        self._labels = count(1)
        portal.call(self._wire.__aenter__)

    def send(self, change_sets: Sequence[ChangeSet], *, batch_format: str) -> None:
        """Send one batch of change sets."""
        requests: list[Json] = []
        for index, change_set in enumerate(change_sets):
            for change in change_set:
                row: dict[str, Json] = {"label": f"r{next(self._labels)}", "group": f"g{index}"}
                if change.verb == BREAK:
                    requests.append({**row, "method": "POST", "url": _NOWHERE, "json": {}})
                else:
                    requests.append({**row, change.verb: change.name})
        batch: dict[str, Json] = {"format": batch_format, "requests": requests}
        self._portal.call(self._driver.perform, self._wire, {"batch": batch})

    def read(self, names: Sequence[str]) -> Entities:
        """Read each entity by itself, and return those that are there."""
        seen: Entities = {}
        for name in names:
            result = self._portal.call(self._driver.perform, self._wire, {"read": name})
            place = result.observation.get("odata")
            found = place.get("found") if is_object(place) else None
            assert found in {0, 1}, f"{name}: {result.observation['summary']}"
            if found and is_object(place):
                seen[name] = str(place.get("state"))
        return seen

    def close(self) -> None:
        """Delete what is left."""
        self._portal.call(self._wire.__aexit__, None, None, None)
