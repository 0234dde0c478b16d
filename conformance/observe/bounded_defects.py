"""Defects gathered while bytes are read: each with its place, of each kind only so many."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from conformance.observe.defect import Defect
from conformance.observe.http import MAX_FLAWS_OF_A_CODE


class BoundedDefects:
    """Defects in the order in which they were noted.

    Of each code the first `MAX_FLAWS_OF_A_CODE` are kept; `kept` holds them.

    Args:
        layer: the format that `flaw` speaks of.
    """

    def __init__(self, layer: str) -> None:
        self._layer = layer
        self._counts: Counter[str] = Counter()
        self.kept: list[Defect] = []

    def flaw(self, code: str, at: int, detail: str) -> None:
        """Note a defect of this layer."""
        self._counts[code] += 1
        if self._counts[code] <= MAX_FLAWS_OF_A_CODE:
            self.kept.append(Defect(layer=self._layer, code=code, at=at, detail=detail))

    def take(self, defects: Iterable[Defect], *, moved_by: int = 0) -> None:
        """Note defects that another reader found, `moved_by` bytes further on than it says."""
        for defect in defects:
            self._counts[defect.code] += 1
            if self._counts[defect.code] <= MAX_FLAWS_OF_A_CODE:
                moved = replace(defect, at=defect.at + moved_by) if moved_by else defect
                self.kept.append(moved)
