"""The faults of the small client, as `faults.yaml` declares them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from conformance.words.yaml_file import load_yaml

FILE = Path(__file__).with_name("faults.yaml")


@dataclass(frozen=True)
class ClientFault:
    """One way to be wrong: the rows that it turns red, and real bugs that it rebuilds."""

    name: str
    what: str
    breaks: frozenset[str]
    museum: tuple[str, ...]


def load_faults() -> dict[str, ClientFault]:
    rows = cast("dict[str, dict[str, Any]]", load_yaml(FILE))
    return {
        name: ClientFault(
            name=name,
            what=row["what"],
            breaks=frozenset(row["breaks"]),
            museum=tuple(row.get("museum", ())),
        )
        for name, row in rows.items()
    }


FAULTS = load_faults()
#: What the specification leaves to the client: it is not blamed for it.
LEGAL = ("does-not-say-what-it-accepts", "offers-no-coding")
