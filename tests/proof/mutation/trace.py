"""Which case touches which line of the server: recorded once, so that a mutant meets those only."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

Line = tuple[str, int]
#: What runs before any case: the server's start.
START: Final = "start"


_Tracer = Callable[[FrameType, str, object], "_Tracer | None"]


@dataclass(slots=True)
class Touched:
    """The lines below a folder that ran, by who made them run: a case's id, or `START`."""

    folder: str
    lines: dict[str, set[Line]] = field(default_factory=dict)
    who: str = START

    def by(self, line: Line) -> set[str]:
        """Return who made a line run."""
        return {who for who, lines in self.lines.items() if line in lines}

    def switch(self, who: str) -> None:
        """Let what runs from here on be the doing of somebody else."""
        self.who = who

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch this thread and those that start in the block; many times slower."""
        before = sys.gettrace(), threading.gettrace()
        threading.settrace(self._enter)
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(before[0])
            threading.settrace(before[1])

    def _enter(self, frame: FrameType, event: str, argument: object) -> "_Tracer | None":
        if not frame.f_code.co_filename.startswith(self.folder):
            return None
        return self._line(frame, event, argument)

    def _line(self, frame: FrameType, event: str, argument: object) -> "_Tracer | None":  # noqa: ARG002 - the signature of a tracer
        self.lines.setdefault(self.who, set()).add((frame.f_code.co_filename, frame.f_lineno))
        return self._line
