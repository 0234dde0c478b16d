"""The Prefer field (RFC 7240) and the preferences of OData, with and without their prefix.

Knows names and values. Refuses to know what is done about them; an unknown one is ignored.

Spec: ODATA-8.2.8-01, ODATA-8.2.8.3-01, ODATA-C40-MIN-03, ODATA-C401-MIN-01
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_PREFERENCE: Final = re.compile(
    r"[\s,]*([!#$%&'*+\-.^_`|~0-9A-Za-z]+)"
    r"(?:[ \t]*=[ \t]*(?:\"((?:[^\"\\]|\\.)*+)\"|([^\s,;\"]*)))?[^,]*"
)
_NUMBER: Final = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a peer prefers; None where it says nothing, or nothing that makes sense.

    Attributes:
        continue_on_error: go on with a batch after an error.
        max_page_size: most entities in one answer.
        representation: True for return=representation, False for return=minimal.
        respond_async: answer later.
        wait_s: but not before so many seconds.
    """

    continue_on_error: bool | None = None
    max_page_size: int | None = None
    representation: bool | None = None
    respond_async: bool = False
    wait_s: int = 0


NOTHING_PREFERRED: Final = Preferences()
_RETURNS: Final[Mapping[str, bool]] = {"representation": True, "minimal": False}
_FLAGS: Final[Mapping[str, bool]] = {"": True, "true": True, "false": False}


@lru_cache(maxsize=256)
def preferences(text: str | None) -> Preferences:
    """Read a Prefer field; of a preference given twice the first counts (RFC 7240, 2)."""
    if text is None:
        return NOTHING_PREFERRED
    given: dict[str, str] = {}
    for found in _PREFERENCE.finditer(text):
        name = found[1].lower().removeprefix("odata.")
        given.setdefault(name, (found[2] or found[3] or "").lower())
    return Preferences(
        continue_on_error=_FLAGS.get(given.get("continue-on-error", "absent")),
        max_page_size=_number(given.get("maxpagesize")) or None,
        representation=_RETURNS.get(given.get("return", "")),
        respond_async=given.get("respond-async") == "",
        wait_s=_number(given.get("wait")) or 0,
    )


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and _NUMBER.fullmatch(text) else None
