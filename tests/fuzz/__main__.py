"""Search the reference server, or a target, for what it handles wrongly.

python -m tests.fuzz [--target URL] [--max-examples N] [--seed N]

Two searches: schemathesis on OpenAPI descriptions of what the target offers, and the suite's own
generators (`wirecheck fuzz`).
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from conformance.cli_status import Status
from conformance.errors import InputError, TargetUnreachableError
from conformance.session import RunOptions, embedded_target
from tests.fuzz.search import search
from tests.fuzz.surfaces import describe

MAX_EXAMPLES: Final = 200
BUDGET_S: Final = 180  # of the suite's own generators


def main(arguments: Sequence[str]) -> int:
    """Return the worse status of the two searches."""
    asked = _parser().parse_args(arguments)
    try:
        found = _by_schemathesis(asked)
    except (InputError, TargetUnreachableError) as error:
        print(f"fuzz: {error}", file=sys.stderr)  # noqa: T201 - a command's error
        return Status.WRONG_USAGE if isinstance(error, InputError) else Status.UNREACHABLE
    return max(found, _by_own_generators(asked))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fuzz", description=(__doc__ or "").partition("\n")[0])
    for name in ("target", "jsonrpc", "odata", "sse"):
        parser.add_argument(f"--{name}", metavar="URL", help="what to search; else our own server")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="describes the target")
    parser.add_argument("--header", action="append", default=[], metavar="'K: V'")
    parser.add_argument("--allow-writes", action="store_true", help="data may be changed")
    parser.add_argument("--max-examples", type=int, default=MAX_EXAMPLES, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where descriptions are left")
    return parser


def _by_schemathesis(asked: argparse.Namespace) -> int:
    options = RunOptions(
        url=asked.target,
        jsonrpc=asked.jsonrpc,
        odata=asked.odata,
        sse=asked.sse,
        profile=asked.profile,
        allow_writes=asked.allow_writes,
        headers=tuple(asked.header),
    )
    with embedded_target(options) as target, tempfile.TemporaryDirectory() as made:
        folder = asked.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        return max(
            search(
                described,
                max_examples=asked.max_examples,
                seed=asked.seed,
                headers=asked.header,
            )
            for described in describe(target, folder)
        )


def _by_own_generators(asked: argparse.Namespace) -> int:
    """Run `wirecheck fuzz`, on the embedded server where no target is named."""
    command = [sys.executable, "-m", "conformance", "fuzz", f"--budget-s={BUDGET_S}"]
    command += [f"--max-examples={asked.max_examples}", f"--seed={asked.seed}"]
    for name in ("target", "jsonrpc", "odata", "sse", "profile"):
        if (value := getattr(asked, name)) is not None:
            command.append(f"--{name}={value}")
    command += [f"--header={text}" for text in asked.header]
    command += ["--allow-writes"] if asked.allow_writes else []
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
