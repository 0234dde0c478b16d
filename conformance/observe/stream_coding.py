"""Content codings taken off a stream as its bytes come (RFC 9110 section 8.4.1).

Knows codings whose bytes can be undone piece by piece. What can't be ends the stream there, with a
defect; a whole body has `content_coding`.
"""

import zlib
from collections.abc import Sequence
from typing import Final

from conformance.observe.defect import Defect

_WINDOW_BITS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}


class Unpacker:
    """Undoes content codings piece by piece.

    Args:
        codings: as Content-Encoding lists them, in lower case, in the order they were applied.
        max_bytes: a stream that unpacks to more is cut there: a bomb is an endless body.
    """

    def __init__(self, codings: Sequence[str], *, max_bytes: int) -> None:
        self.defects: list[Defect] = []
        self._steps: list[zlib._Decompress] = []
        self._max_bytes = max_bytes
        self._room = max_bytes
        for coding in reversed([one for one in codings if one not in ("", "identity")]):
            if coding not in _WINDOW_BITS:
                self._note("unknown-coding", f"a coding that was asked for, saw {coding[:40]!r}")
                return
            self._steps.append(zlib.decompressobj(_WINDOW_BITS[coding]))

    @property
    def is_full(self) -> bool:
        """Whether the stream came to its bound; nothing more is taken."""
        return self._room <= 0

    def feed(self, data: bytes) -> bytes:
        """Return what the next bytes unpack to, as far as they tell."""
        if not self._steps or self.is_full:
            return b"" if self._steps else data
        for step in self._steps:
            try:
                data = step.decompress(data, self._room)
            except zlib.error as error:
                if not self.defects:
                    self._note("broken-coding", f"the coding's own data, saw {error}")
                return b""
        self._room -= len(data)
        if self.is_full:
            self._note("coding-too-large", f"at most {self._max_bytes} bytes unpacked, saw more")
        return data

    def _note(self, code: str, detail: str) -> None:
        self.defects.append(Defect(layer="http", code=code, at=0, detail=f"expected {detail}"))
