"""An HTTP/1.1 response read as it arrives, whatever it is (RFC 9112).

Takes pieces of any size and says when the response is over. It never repairs: what a lenient
client would overlook is a defect here, and reading goes on as that client would. It knows nothing
of connections; who feeds it says how the bytes ended.
"""

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conformance.observe.defect import Defect
from conformance.observe.http_head import (
    STATUS_NO_CONTENT,
    Head,
    field_flaws,
    is_status_line,
    read_head,
)

MAX_HEAD_BYTES: Final = 256 * 1024  # four times what common servers send at most
MAX_INTERIM: Final = 16  # endless 1xx responses are an endless response
MAX_FLAWS_OF_A_CODE: Final = 50  # LF alone may end each of a million lines
# RFC 9112 section 7.1: chunk-size [ chunk-ext ], where clients overlook what extensions are.
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]+)([ \t]*(?:;[^\n]*)?)")
_CHUNK_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_CHUNK_QUOTED: Final = rb'"(?:[\t\x20!#-\[\]-~\x80-\xff]|\\[\t\x20-~\x80-\xff])*"'
_CHUNK_EXTENSIONS: Final = re.compile(
    rb"(?:[ \t]*;[ \t]*%b(?:[ \t]*=[ \t]*(?:%b|%b))?)*"
    % (_CHUNK_TOKEN, _CHUNK_TOKEN, _CHUNK_QUOTED)
)
_MAX_CHUNK_DIGITS: Final = 16  # 2^64 bytes, more than any limit of ours
_DIGITS: Final = re.compile(r"[0-9]+")
_HEAD_END: Final = re.compile(rb"\r?\n\r?\n")


class Ended(StrEnum):
    """How the bytes from the peer came to an end before the response was complete."""

    CLOSED = "closed"
    RESET = "reset"
    DEADLINE = "deadline"
    LIMIT = "limit"


class Framing(StrEnum):
    """What tells where the body ends (RFC 9112 section 6.3)."""

    NONE = "none"
    LENGTH = "content-length"
    CHUNKED = "chunked"
    CLOSE = "close"


class _State(StrEnum):
    HEAD = "head"
    BODY = "body"
    CHUNK_SIZE = "chunk-size"
    CHUNK_DATA = "chunk-data"
    CHUNK_END = "chunk-end"
    TRAILERS = "trailers"
    DONE = "done"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyPiece:
    """Bytes of the body that arrived together; `at_ms` since the request was sent."""

    data: bytes
    at_ms: float


class ResponseReader:
    """Reads one final response, with the interim ones before it.

    Args:
        request_method: HEAD gets no body, whatever the header fields say.
        max_body_bytes: the body may not grow beyond it; then `is_too_large` is true.
    """

    def __init__(self, *, request_method: str, max_body_bytes: int) -> None:
        self._method = request_method
        self._max_body_bytes = max_body_bytes
        self._buffer = bytearray()
        self._at = 0  # offset of the buffer's start in the whole response
        self._state = _State.HEAD
        self._left = 0  # bytes still to come of a body or chunk
        self._body_bytes = 0
        self._trailer_bytes = 0
        self._flaws: Counter[str] = Counter()
        self.head: Head | None = None
        self.interim: list[int] = []
        self.framing = Framing.NONE
        self.declared_length: int | None = None
        self.pieces: list[BodyPiece] = []
        self.chunk_sizes: list[int] = []
        self.defects: list[Defect] = []
        self.is_too_large = False
        self.ended: Ended | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the response has ended by its own framing."""
        return self._state is _State.DONE

    @property
    def is_over(self) -> bool:
        """Whether more bytes would change nothing."""
        return self._state in (_State.DONE, _State.BROKEN) or self.is_too_large

    @property
    def got_nothing(self) -> bool:
        """Whether not one byte has come."""
        return self._at == 0 and not self._buffer

    @property
    def excess(self) -> bytes:
        """The bytes that came behind a complete response."""
        return bytes(self._buffer) if self._state is _State.DONE else b""

    @property
    def body(self) -> bytes:
        """The body so far, chunk framing taken off."""
        return b"".join(piece.data for piece in self.pieces)

    def feed(self, data: bytes, *, at_ms: float) -> None:
        """Take the next bytes; `at_ms` counts from the sending of the request."""
        self._buffer += data
        while self._step(at_ms):
            pass

    def end(self, how: Ended) -> None:
        """Take the end of the bytes; a body that ends with the connection is complete by it.

        What was too large was cut short by us, which is no flaw of the peer's.
        """
        self.ended = how
        if self.is_over:
            return
        if how is Ended.LIMIT:
            self.is_too_large = True
            return
        if how is Ended.CLOSED and self._state is _State.BODY and self.framing is Framing.CLOSE:
            self._state = _State.DONE
        elif self.head is not None:
            at = self._at + len(self._buffer)
            wanted = f"{self._left} more bytes" if self._left else "the end of the body"
            self._flaw("body-cut-short", at, f"expected {wanted}, saw the response end ({how})")

    def drain_excess(self) -> None:
        """Note bytes behind a response that allows none; call when all bytes are in."""
        if not self.excess:
            return
        assert self.head is not None  # it is complete
        if self._method == "HEAD":
            code, rule = "body-on-head", "no body on HEAD (RFC 9110 section 9.3.2)"
        elif self.head.forbids_body:
            code, rule = f"body-on-{self.head.status}", "no body (RFC 9112 section 6.3)"
        else:
            code, rule = "bytes-after-message", "the end of the response"
        self._flaw(code, self._at, f"expected {rule}, saw {len(self.excess)} more bytes")

    def _step(self, at_ms: float) -> bool:
        """Take one thing off the buffer; tell whether there was one."""
        if self.is_over:
            return False
        if self._state in (_State.BODY, _State.CHUNK_DATA):
            return self._read_body(at_ms)
        read = {
            _State.HEAD: self._read_head,
            _State.CHUNK_SIZE: self._read_chunk_size,
            _State.CHUNK_END: self._read_chunk_end,
            _State.TRAILERS: self._read_trailer,
        }[self._state]
        return read()

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        self._at += count
        return taken

    def _flaw(self, code: str, at: int, detail: str) -> None:
        self._note(Defect(layer="http", code=code, at=at, detail=detail))

    def _note(self, defect: Defect) -> None:
        self._flaws[defect.code] += 1
        if self._flaws[defect.code] <= MAX_FLAWS_OF_A_CODE:
            self.defects.append(defect)

    def _read_head(self) -> bool:
        if not self._buffer:
            return False
        if not is_status_line(bytes(self._buffer[:5])):
            seen = bytes(self._buffer[:20])
            self._flaw("not-http", self._at, f"expected a status line, saw {seen!r}")
            self._state = _State.BROKEN
            return False
        # Bytes beyond the bound are not looked at: how they were cut must not matter.
        end = _HEAD_END.search(self._buffer, 0, MAX_HEAD_BYTES)
        if end is None:
            if len(self._buffer) >= MAX_HEAD_BYTES:
                self._flaw("endless-head", self._at, f"expected a head of {MAX_HEAD_BYTES} bytes")
                self.is_too_large = True
            return False
        at = self._at
        # Not by `end.group()`: what is taken off the buffer is gone from the match too.
        taken = self._take(end.end())
        block, ending = taken[: end.start()], taken[end.start() :]
        if ending != b"\r\n\r\n":
            lone_at = at + end.start() + (2 if ending == b"\r\n\n" else 0)
            self._flaw("bare-lf", lone_at, "expected CR LF twice, saw LF (RFC 9112)")
        head, defects = read_head(block, at=at)
        for defect in defects:
            self._note(defect)
        if head is None:
            self._state = _State.BROKEN
        elif head.is_interim:
            self._note_interim(head.status)
        else:
            self.head = head
            self._choose_framing(head, at=at)
        return True

    def _note_interim(self, status: int) -> None:
        self.interim.append(status)
        if len(self.interim) > MAX_INTERIM:
            self._flaw("endless-interim", self._at, f"expected at most {MAX_INTERIM} 1xx responses")
            self.is_too_large = True

    def _choose_framing(self, head: Head, *, at: int) -> None:
        lengths = head.values("content-length")
        codings = head.elements("transfer-encoding")
        if head.status == STATUS_NO_CONTENT and lengths:
            self._flaw("length-on-204", at, "expected no Content-Length (RFC 9110 section 8.6)")
        if head.forbids_body or self._method == "HEAD":
            self._state = _State.DONE
            return
        self.declared_length = self._read_length(lengths, at=at)
        if codings and lengths:
            self._flaw("length-with-chunked", at, "expected one framing, saw two")
        if codings and codings[-1] == "chunked":
            self.framing, self._state = Framing.CHUNKED, _State.CHUNK_SIZE
        elif self.declared_length is not None and not codings:
            self.framing, self._left = Framing.LENGTH, self.declared_length
            self._state = _State.BODY if self._left else _State.DONE
        else:
            self.framing, self._state = Framing.CLOSE, _State.BODY

    def _read_length(self, values: list[str], *, at: int) -> int | None:
        if not values:
            return None
        parts = [part.strip(" \t") for value in values for part in value.split(",")]
        texts = set(parts)
        if len(texts) > 1:
            self._flaw("length-conflict", at, f"expected one length, saw {sorted(texts)}")
            return None
        if len(parts) > 1:
            # A reader may take it for one (RFC 9110 section 8.6); nobody may send it (section 5.3).
            self._flaw("doubled-length", at, f"expected one length, saw {len(parts)} of them")
        text = texts.pop()
        if not _DIGITS.fullmatch(text) or len(text) > _MAX_CHUNK_DIGITS:
            self._flaw("bad-length", at, f"expected digits in Content-Length, saw {text[:40]!r}")
            return None
        return int(text)

    def _read_body(self, at_ms: float) -> bool:
        if not self._buffer:
            return False
        room = self._max_body_bytes - self._body_bytes
        wanted = room if self.framing is Framing.CLOSE else min(self._left, room)
        data = self._take(min(wanted, len(self._buffer)))
        if data:
            self.pieces.append(BodyPiece(data=data, at_ms=at_ms))
        self._body_bytes += len(data)
        self._left = max(0, self._left - len(data))
        if self.framing is not Framing.CLOSE and not self._left:
            chunked = self._state is _State.CHUNK_DATA
            self._state = _State.CHUNK_END if chunked else _State.DONE
            return True
        self.is_too_large = bool(self._buffer)  # there was no room for what is left
        return False

    def _line(self) -> bytes | None:
        """Take one line off the buffer, without its end; None if its end has not come."""
        end = self._buffer.find(b"\n", 0, MAX_HEAD_BYTES)
        if end < 0:
            if len(self._buffer) >= MAX_HEAD_BYTES:
                self._flaw("endless-line", self._at, "expected the end of a line")
                self._state = _State.BROKEN
            return None
        at = self._at
        line = self._take(end + 1)
        if line.endswith(b"\r\n"):
            return line[:-2]
        self._flaw("bare-lf", at + end, "expected CR LF, saw LF alone (RFC 9112)")
        return line[:-1]

    def _read_chunk_size(self) -> bool:
        at = self._at
        line = self._line()
        if line is None:
            return False
        size = _CHUNK_SIZE.fullmatch(line)
        if size is None or len(size.group(1)) > _MAX_CHUNK_DIGITS:
            self._flaw("bad-chunk-size", at, f"expected a chunk size, saw {line[:40]!r}")
            self._state = _State.BROKEN
            return False
        if not _CHUNK_EXTENSIONS.fullmatch(size.group(2)):
            seen = size.group(2)[:40]
            self._flaw("bad-chunk-extension", at, f"expected ';name=value', saw {seen!r}")
        self._left = int(size.group(1), 16)
        if self._left:
            self.chunk_sizes.append(self._left)
            self._state = _State.CHUNK_DATA
        else:
            self._state = _State.TRAILERS
        return True

    def _read_chunk_end(self) -> bool:
        at = self._at
        line = self._line()
        if line is None:
            return False
        if line:
            self._flaw("bad-chunk-end", at, f"expected a line end, saw {line[:40]!r}")
            self._state = _State.BROKEN
            return False
        self._state = _State.CHUNK_SIZE
        return True

    def _read_trailer(self) -> bool:
        at, is_first = self._at, not self._trailer_bytes
        line = self._line()
        if line is None:
            return False
        self._trailer_bytes += len(line)
        for defect in field_flaws(line, at=at, is_first=is_first) if line else ():
            self._note(defect)
        if not line:
            self._state = _State.DONE
        elif self._trailer_bytes > MAX_HEAD_BYTES:
            self._flaw("endless-trailers", self._at, f"expected {MAX_HEAD_BYTES} bytes at most")
            self.is_too_large = True
        return True
