"""Judge servers with faults in them, and show what turns red.

    python -m tests.proof [NAME …] [--write]

Names are those of `python -m reference_server faults`, or parts of them; none means all.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from reference_server.faults import FAULTS
from tests.proof.consequences import load_consequences, write_consequences
from tests.proof.lab import Outcome
from tests.proof.matrix import open_matrix
from tests.proof.setups import SETUPS


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--write", action="store_true", help="bring consequences.yaml up to date")
    parser.add_argument("--checks", action="store_true", help="show each red check")
    arguments = parser.parse_args()
    chosen = {
        name: setup
        for name, setup in SETUPS.items()
        if not arguments.names or any(part in name for part in arguments.names)
    }
    consequences = load_consequences()
    with tempfile.TemporaryDirectory() as folder, open_matrix(Path(folder)) as matrix:
        matrix.want(chosen.values())
        for name, setup in chosen.items():
            outcome = matrix[setup]
            also = show(name, outcome, consequences.get(name, frozenset()))
            if arguments.checks:
                for key in sorted(outcome.red):
                    print(f"  {' | '.join(key)}: {outcome.told[key]}")
            if name in FAULTS and FAULTS[name].breaks:
                consequences[name] = also
    if arguments.write:
        write_consequences({name: rows for name, rows in consequences.items() if name in FAULTS})
    return 0


def show(name: str, outcome: Outcome, known: frozenset[str]) -> frozenset[str]:
    """Print what a setup came to, where it is not as declared; return its consequences."""
    breaks = set(FAULTS[name].breaks) if name in FAULTS else set()
    red = {key[0] for key in outcome.red}
    lists = {
        "not seen": breaks - outcome.turned,
        "new": red - breaks - known,
        "gone": known - red,
    }
    told = [f"{what}: {' '.join(sorted(rows))}" for what, rows in lists.items() if rows]
    end = "; ".join(told) or "as declared"
    print(f"{name}: {len(outcome.red)} checks red; {end}", flush=True)
    return frozenset(red - breaks)


if __name__ == "__main__":
    sys.exit(main())
