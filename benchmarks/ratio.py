"""What a benchmark comes to: a measure, its baseline, and how the one compares to the other."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """Medians in one unit; `limit` is the ratio that we promise, `note` what else was counted."""

    name: str
    measured: float
    baseline: float
    baseline_name: str
    unit: str
    limit: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float:
        return self.measured / self.baseline

    @property
    def is_kept(self) -> bool:
        return self.limit is None or self.ratio <= self.limit

    def __str__(self) -> str:
        promised = "" if self.limit is None else f" (promised: at most {self.limit:g})"
        word = "" if self.is_kept else "  NOT KEPT"
        return (
            f"{self.name}: {self.measured:.3f} {self.unit}, {self.baseline_name}: "
            f"{self.baseline:.3f} {self.unit}, ratio {self.ratio:.2f}{promised}{word}"
            + (f"; {self.note}" if self.note else "")
        )


def median(values: Sequence[float]) -> float:
    return statistics.median(values)
