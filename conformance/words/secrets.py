"""Credentials kept out of reports and logs."""

import re
from collections.abc import Iterable
from typing import Final

MASK: Final = b"***"
# Values of these fields are masked wherever they stand in a head, whoever sent them.
_SECRET_FIELDS: Final = re.compile(
    rb"(?im)^((?:proxy-)?authorization|cookie|set-cookie|x-api-key|x-auth-token)"
    rb"(:[ \t]*)[^ \t\r\n][^\r\n]*"
)
_MIN_SECRET_BYTES: Final = 4  # shorter values would blank out half of a report
_SCHEME: Final = re.compile(r"^(?:basic|bearer|digest|negotiate|token)\s+", re.IGNORECASE)


class Secrets:
    """Masks known values and the values of fields that hold credentials.

    Args:
        values: header values and other texts that the user gave; a scheme in front of a token
            (`Bearer …`) is not part of it.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        texts = {_SCHEME.sub("", value).strip(" \t") for value in values}
        # Field values go over the wire as Latin-1; a body that repeats one has it as UTF-8.
        codings = ("utf-8", "latin-1")
        encoded = {text.encode(coding, "replace") for text in texts for coding in codings}
        long_enough = (value for value in encoded if len(value) >= _MIN_SECRET_BYTES)
        self._values = sorted(long_enough, key=len, reverse=True)

    def mask(self, data: bytes) -> bytes:
        """Return bytes with every secret replaced by three asterisks."""
        for value in self._values:
            data = data.replace(value, MASK)
        return _SECRET_FIELDS.sub(rb"\1\2" + MASK, data)

    def mask_text(self, text: str) -> str:
        """Return text with every secret replaced."""
        return self.mask(text.encode("utf-8", "surrogatepass")).decode("utf-8", "replace")
