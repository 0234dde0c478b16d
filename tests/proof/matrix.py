"""All runs of the proof, made once and on all cores, each as soon as it is known to be wanted."""

import logging
import multiprocessing
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.proof.lab import Outcome, Setup, run
from tests.proof.scope import in_scope
from tests.where import MATRIX_FILE


class Matrix:
    """Outcomes by setup; asking for one that is not made yet waits for it."""

    def __init__(self, pool: ProcessPoolExecutor, folder: Path) -> None:
        self._pool = pool
        self._folder = folder
        self._futures: dict[str, Future[Outcome]] = {}

    def want(self, setups: Iterable[Setup]) -> None:
        """Begin runs that have not begun."""
        for setup in setups:
            if setup.name not in self._futures:
                self._futures[setup.name] = self._pool.submit(run, in_scope(setup), self._folder)

    def __getitem__(self, setup: Setup) -> Outcome:
        self.want([setup])
        return self._futures[setup.name].result()


@contextmanager
def open_matrix(folder: Path) -> Iterator[Matrix]:
    """Yield a matrix whose runs share the machine's cores: two each, since a run waits a lot."""
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(
        2 * (os.cpu_count() or 1), mp_context=context, initializer=logging.disable
    ) as pool:
        yield Matrix(pool, folder)
        pool.shutdown(cancel_futures=True)


def write_table(outcomes: Mapping[str, Outcome]) -> None:
    """Write which setup turns how many checks of which requirements red, one line a setup."""
    lines: list[str] = []
    for name, outcome in outcomes.items():
        counts = Counter(key[0] for key in sorted(outcome.red))
        told = " ".join(f"{row}:{count}" for row, count in counts.items())
        lines.append(f"{name}: {told or 'nothing red'}")
    MATRIX_FILE.parent.mkdir(parents=True, exist_ok=True)
    MATRIX_FILE.write_text("\n".join([*lines, ""]), encoding="utf-8")
