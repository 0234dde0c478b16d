"""Search the reference server, or the target of the options, for what it handles wrongly.

python -m tests.fuzz [options of `wirecheck fuzz`]
"""

import subprocess
import sys

MAX_EXAMPLES = 1_000
BUDGET_S = 180


def main() -> int:
    """Return the status of the search."""
    size = ["--max-examples", str(MAX_EXAMPLES), "--budget-s", str(BUDGET_S)]
    command = [sys.executable, "-m", "conformance", "fuzz", *size, *sys.argv[1:]]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
