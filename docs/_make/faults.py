"""Which faults prove which requirement, on either side of the wire."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from conformance.coverage import proven_by
from conformance.listing import fault_lines
from conformance.words.yaml_file import load_yaml
from tests.proof.setups import LIARS

PROOF: Final = Path(__file__).parents[2] / "tests/proof"
CLIENT_FAULTS: Final = PROOF / "clients/faults.yaml"
BROWSER_FAULTS: Final = PROOF / "clients/browser_faults.yaml"
CONSEQUENCES: Final = PROOF / "consequences.yaml"


def client_faults(path: Path = CLIENT_FAULTS) -> dict[str, list[str]]:
    """Return the faults of clients in a file by the requirements that they break."""
    rows = cast("Mapping[str, Mapping[str, list[str]]]", load_yaml(path))  # as the proof reads it
    found: dict[str, list[str]] = {}
    for name, row in rows.items():
        for requirement in row["breaks"]:
            found.setdefault(requirement, []).append(name)
    return found


def consequences(path: Path = CONSEQUENCES) -> dict[str, list[str]]:
    """Return the faults by the requirements that can't stay whole next to what they break."""
    found: dict[str, list[str]] = {}
    for name, requirements in cast("Mapping[str, list[str]]", load_yaml(path)).items():
        for requirement in requirements:
            found.setdefault(requirement, []).append(name)
    return found


def false_claims() -> dict[str, list[str]]:
    """Return by requirement the servers that say they lack what they have."""
    found: dict[str, list[str]] = {}
    for setup, requirements in LIARS:
        for requirement in requirements:
            found.setdefault(requirement, []).append(setup.name)
    return found


def all_faults() -> dict[str, list[str]]:
    """Return the faults by requirement: those made for it first, those that also break it last."""
    found: dict[str, list[str]] = {}
    for one in (
        proven_by(fault_lines()),
        client_faults(),
        client_faults(BROWSER_FAULTS),
        false_claims(),
        consequences(),
    ):
        for requirement, faults in one.items():
            found.setdefault(requirement, []).extend(faults)
    return {requirement: list(dict.fromkeys(faults)) for requirement, faults in found.items()}
