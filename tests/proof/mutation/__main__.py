# ruff: noqa: T201 - a command prints
"""Judge the suite by mutants of the reference server.

    python -m tests.proof.mutation [--module NAME …] [--jobs N] [--limit N] [--report FILE]

A module's name stands for all below it, too; without one, what the catalogue is about is judged.
What has a reason to live is taken to live. Exits with 1 when fewer than nine in ten are killed of
those that a client could tell from the unchanged server.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.proof.lab import SEED
from tests.proof.mutation.campaign import (
    FOLDER,
    PACKAGE,
    fate_of,
    judge_all,
    mutants_in,
    prepare,
)
from tests.proof.mutation.excuse import load_reasons, reason_of
from tests.proof.mutation.fate import Fate, last_of_each, read_fates
from tests.proof.mutation.mutants import Mutant
from tests.proof.mutation.parts import PROTOCOLS, part_of
from tests.proof.mutation.table import Row, rows_of_modules, rows_of_parts, survivors_of, table
from tests.proof.setups import HEALTHY

_PROTOCOLS: Final = ("jsonrpc", "odata", "sse")
# What the methods do, and how they describe themselves, is the application's; a log in Redis needs
# a Redis. Both are judged by name only.
_APPLICATION: Final = (
    "jsonrpc.action_methods",
    "jsonrpc.example_methods",
    "jsonrpc.filters",
    "jsonrpc.metadata_methods",
    "jsonrpc.object_methods",
    "jsonrpc.openrpc",
    "jsonrpc.schema_check",
    "jsonrpc.stream_actions",
    "jsonrpc.system_methods",
    "sse.redis_log",
)
_LEAST: Final = 0.9


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--module", action="append", default=[], metavar="NAME")
    parser.add_argument("--jobs", type=int, default=2, help="mutants at a time (default: 2)")
    parser.add_argument("--limit", type=int, help="judge so many, drawn at random")
    parser.add_argument("--report", type=Path, help="write a line of JSON for each mutant here")
    parser.add_argument("--again", type=Path, help="judge only those that a report has as living")
    parser.add_argument("--reasoned", action="store_true", help="also what has a reason to live")
    parser.add_argument("--setup", action="append", default=[], help="only these (default: all)")
    parser.add_argument("--whole", action="store_true", help="all cases for each: very slow")
    parser.add_argument("--thorough", action="store_true", help="all cases that touch it: slow")
    parser.add_argument("--show", nargs="+", type=Path, help="judge nothing, show reports")
    arguments = parser.parse_args()
    if arguments.show:
        return conclude(last_of_each(read_fates(arguments.show)))
    return run(arguments)


def run(arguments: argparse.Namespace) -> int:
    """Judge mutants; return the exit status."""
    setups = [one for one in HEALTHY if not arguments.setup or one.name in arguments.setup]
    mutants, left_out = chosen(arguments)
    began_s = time.monotonic()
    fates: list[Fate] = []
    if arguments.report:
        arguments.report.write_text("", encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        ground = prepare(setups, Path(folder), jobs=arguments.jobs)
        print(f"ready after {time.monotonic() - began_s:.0f} s, {len(mutants)} mutants", flush=True)
        judged = judge_all(
            mutants,
            ground,
            jobs=arguments.jobs,
            whole=arguments.whole,
            thorough=arguments.thorough,
        )
        for fate in judged:
            fates.append(fate)
            show(fate, len(fates), len(mutants))
            if arguments.report:
                with arguments.report.open("a", encoding="utf-8") as file:
                    file.write(fate.as_line())
    print(f"{time.monotonic() - began_s:.0f} s")
    return conclude([*fates, *(fate_of(one) for one in left_out)])


def chosen(arguments: argparse.Namespace) -> tuple[list[Mutant], list[Mutant]]:
    """Return the mutants to judge, and those that are left out because they have a reason."""
    modules = protocol_modules(arguments.module)
    mutants = [*mutants_in(modules)]
    if arguments.again:
        lived = {fate.name for fate in read_fates([arguments.again]) if not fate.killed_by}
        mutants = [one for one in mutants if one.name in lived]
    left_out: list[Mutant] = []
    if not arguments.reasoned:
        reasons = load_reasons()
        left_out = [one for one in mutants if reason_of(one, reasons)]
        mutants = [one for one in mutants if not reason_of(one, reasons)]
    # In any order, so that what is done by a given time tells of the whole.
    random.Random(SEED).shuffle(mutants)
    return mutants[: arguments.limit], left_out


def protocol_modules(names: Sequence[str] = ()) -> list[str]:
    """Return the modules that names stand for, or what the catalogue is about, sorted."""
    apart = {f"{PACKAGE}.{name}" for name in _APPLICATION} - {*names}
    if names:
        return [one for one in modules_of(names) if one not in apart]
    protocols = modules_of([f"{PACKAGE}.{name}" for name in _PROTOCOLS])
    return [one for one in protocols if one not in apart and part_of(one) in PROTOCOLS]


def modules_of(names: Sequence[str]) -> list[str]:
    """Return the modules that names stand for, sorted."""
    found = []
    for path in sorted(Path(FOLDER).rglob("*.py")):
        parts = path.relative_to(Path(FOLDER).parent).with_suffix("").parts
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if any(module == name or module.startswith(f"{name}.") for name in names):
            found.append(module)
    return found


def show(fate: Fate, number: int, of: int) -> None:
    """Print a mutant that lives, and now and then how far it is."""
    if not fate.killed_by:
        print(f"{fate.module}:{fate.line}: {fate.change} ({fate.cases} cases)")
        print(f"  - {fate.before}\n  + {fate.after}", flush=True)
    if number % 100 == 0:
        print(f"{number} of {of}", flush=True)


def conclude(fates: Sequence[Fate]) -> int:
    """Print the table and what lives; return the exit status."""
    reasons = load_reasons()
    modules = rows_of_modules(fates, reasons)
    print(table(modules, of="module"))
    for line in survivors_of(fates, reasons):
        print(line)
    print(table(rows_of_parts(fates, reasons), of="part"))
    return 0 if Row.total("all", modules).strict >= _LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
