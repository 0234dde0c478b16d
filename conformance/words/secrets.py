"""Credentials kept out of reports and logs."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

MASK: Final = b"***"
# Values of these fields are masked wherever they stand in a head, whoever sent them.
_SECRET_FIELDS: Final = re.compile(
    rb"(?im)^((?:proxy-)?authorization|cookie|set-cookie|x-api-key|x-auth-token)"
    rb"(:[ \t]*)[^ \t\r\n][^\r\n]*"
)
_WORDS: Final = (b"authorization:", b"cookie:", b"x-api-key:", b"x-auth-token:")
_MIN_SECRET_BYTES: Final = 4  # shorter values would blank out half of a report
_SCHEME: Final = re.compile(r"^(?:basic|bearer|digest|negotiate|token)\s+", re.IGNORECASE)
_BASIC: Final = re.compile(r"^basic\s+", re.IGNORECASE)
_CUT: Final = "…".encode()  # what messages end with where they are cut short


class Secrets:
    """Masks known values and the values of fields that hold credentials.

    Args:
        values: header values and other texts that the user gave; a scheme in front of a token
            (`Bearer …`) is not part of it.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        texts = {form for value in values for text in _parts(value) for form in _forms(text)}
        # Field values go over the wire as Latin-1; a body that repeats one has it as UTF-8.
        codings = ("utf-8", "latin-1")
        encoded = {text.encode(coding, "replace") for text in texts for coding in codings}
        long_enough = (value for value in encoded if len(value) >= _MIN_SECRET_BYTES)
        self._values = sorted(long_enough, key=len, reverse=True)

    def mask(self, data: bytes) -> bytes:
        """Return bytes with every secret replaced by three asterisks."""
        for value in self._values:
            data = data.replace(value, MASK)
        if self._values and _CUT in data:
            *cut, last = data.split(_CUT)
            data = _CUT.join([*map(self._without_beginning, cut), last])
        small = data.lower()
        if not any(word in small for word in _WORDS):
            return data  # the pattern takes a hundred times as long to find nothing
        return _SECRET_FIELDS.sub(rb"\1\2" + MASK, data)

    def _without_beginning(self, data: bytes) -> bytes:
        """Mask what a cut has left of a secret: its beginning, at the end of the data."""
        for value in self._values:
            for size in range(len(value) - 1, _MIN_SECRET_BYTES - 1, -1):
                if data.endswith(value[:size]):
                    return data[:-size] + MASK
        return data

    def mask_text(self, text: str) -> str:
        """Return text with every secret replaced."""
        return self.mask(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")


def _parts(value: str) -> Iterator[str]:
    """Yield what of a header value is secret: the credentials, and a password in them by itself."""
    credentials = _SCHEME.sub("", value).strip(" \t")
    yield credentials
    if _BASIC.match(value):
        try:
            pair = base64.b64decode(credentials, validate=True).decode("utf-8", "replace")
        except ValueError:
            return
        yield pair
        yield pair.partition(":")[2]


def _forms(text: str) -> Iterator[str]:
    """Yield a text as it is, and as what repeats it may escape it: JSON, PHP's JSON, a message."""
    yield text
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield text.replace("/", "\\/")
    yield repr(text)[1:-1]
