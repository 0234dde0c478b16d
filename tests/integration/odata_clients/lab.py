"""What the tests of OData clients share: the clients, and what is stored, read past them.

Knows npm and the server's products. Refuses to know any client.
"""

import json
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from tests.npm import installed

HERE: Final = Path(__file__).parent


def modules() -> Path:
    """Install the clients; return the folder `node_modules`."""
    return installed("odata-clients-node", HERE) / "node_modules"


class Store:
    """What is there, read without the clients."""

    def __init__(self, origin: str) -> None:
        self._root = f"{origin}/odata"

    def find(self, key: str) -> dict[str, Any] | None:
        """Read one product, None where there is none."""
        wanted = quote(f"_id eq '{key}'")
        with urllib.request.urlopen(f"{self._root}/products?$filter={wanted}") as response:
            rows: list[dict[str, Any]] = json.load(response)["value"]
        return rows[0] if rows else None

    def names(self, keys: Sequence[str]) -> list[str | None]:
        """Return the name of each product, None for those that are not there."""
        return [row["name"] if (row := self.find(key)) else None for key in keys]
