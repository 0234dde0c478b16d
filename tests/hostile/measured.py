"""Judge targets in a process of its own, and tell after each the most memory that it ever took.

    python -m tests.hostile.measured '[["name", "jsonrpc", "http://127.0.0.1:1/"]]'

Writes a JSON object a target: `name`, `surface`, `peak_mb`, `refused` (why no connection could be
made, or empty) and `verdicts`, each once.
"""

import json
import re
import sys
from pathlib import Path

from tests.conformance.peers import read_json
from tests.hostile.judging import BASICS, LONG_S, judged, valid

_KIB_A_MB = 1024


def _peak_mb() -> int:
    # Not getrusage: what it tells begins with the size of whoever forked this process.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = re.search(r"VmHWM:\s+([0-9]+) kB", status)
    assert peak is not None
    return int(peak[1]) // _KIB_A_MB


def main(targets: str) -> None:
    """Judge what a JSON text lists."""
    for name, surface, url in read_json(targets):
        result = judged({surface: url}, timeout_s=LONG_S, only=BASICS[surface])
        verdicts: list[str] = []
        if not isinstance(result, str):
            valid(result.report.document())
            verdicts = sorted({str(one.verdict) for one in result.report.checks})
        told = {
            "name": name,
            "surface": surface,
            "peak_mb": _peak_mb(),
            "refused": result if isinstance(result, str) else "",
            "verdicts": verdicts,
        }
        sys.stdout.write(f"{json.dumps(told)}\n")


main(sys.argv[1])
