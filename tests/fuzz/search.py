"""schemathesis run on described surfaces, in a process of its own, with the suite's checks."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from conformance.cli_status import Status
from tests.fuzz.surfaces import Described

#: schemathesis' own checks that hold for these surfaces, and ours (`hooks`).
#: Left out: what a body that breaks the schema has to be refused with is each protocol's matter.
CHECKS: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "jsonrpc_answer",
    "odata_answer",
    "event_stream",
)
#: A stream stays open: each example of one takes all of its time.
MAX_STREAMS: Final = 10
_TIMEOUT_S: Final = 5.0
_STREAM_S: Final = 1.0
_ROOT: Final = Path(__file__).parents[2]


def search(
    described: Described,
    *,
    max_examples: int,
    seed: int,
    headers: Sequence[str] = (),
    options: Sequence[str] = (),
) -> int:
    """Run schemathesis on a surface, its report on standard output; return the exit status.

    Args:
        described: the surface.
        max_examples: for each operation; of streams no more than `MAX_STREAMS`.
        seed: of what is made up.
        headers: `Name: value` texts, sent with every request.
        options: more of `st run`.
    """
    is_stream = described.surface == "sse"
    examples = min(max_examples, MAX_STREAMS) if is_stream else max_examples
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", str(described.path),
        f"--url={described.origin}",
        f"--checks={','.join(CHECKS)}",
        f"--max-examples={examples}",
        f"--seed={seed}",
        "--phases=examples,coverage,fuzzing",
        f"--request-timeout={_STREAM_S if is_stream else _TIMEOUT_S}",
        "--continue-on-failure",
        "--generation-database=none",
        "--suppress-health-check=all",
        "--warnings=off",
        "--no-color",
        *(f"--header={text}" for text in headers),
        *options,
    ]  # fmt: skip
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks", "PYTHONPATH": path}
    # In the folder of the description, so that no configuration file of another place is read.
    done = subprocess.run(command, env=environment, cwd=described.path.parent, check=False)
    known = {0: Status.NO_FAIL, 1: Status.FAIL}
    return known.get(done.returncode, Status.WRONG_USAGE)
