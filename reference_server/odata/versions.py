"""OData-Version and OData-MaxVersion.

Knows 4.0 and 4.01. Refuses to know what differs between them.

Spec: ODATA-8.1.5-01, ODATA-8.1.5-02, ODATA-8.2.7-01
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from reference_server.odata.errors import Code, refused
from reference_server.odata.message import Fields

_NUMBER: Final = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})")


class Version(StrEnum):
    """The versions of the protocol that are spoken here."""

    V4 = "4.0"
    V401 = "4.01"


#: What a peer hears that names no version.
LATEST: Final = Version.V401

_KNOWN: Final[Mapping[str, Version]] = {each.value: each for each in Version}


def version_of(headers: Fields, inherited: Version = LATEST) -> Version:
    """Choose the version of the response: the greatest that OData-MaxVersion allows.

    Without it, that of the request's own OData-Version, or else `inherited`.

    Raises:
        ODataError: 400, a version is unknown, or below 4.0.
    """
    stated, most = headers.get("odata-version"), headers.get("odata-maxversion")
    if stated is None and most is None:
        return inherited
    if stated is not None and stated not in _KNOWN:
        raise _unsupported("OData-Version", stated)
    if most is None:
        return inherited if stated is None else _KNOWN[stated]
    number = _NUMBER.fullmatch(most)
    if number is None or int(number[1]) < int(Version.V4[0]):
        raise _unsupported("OData-MaxVersion", most)
    return Version.V4 if most == Version.V4.value else Version.V401


def _unsupported(field: str, seen: str) -> Exception:
    return refused(
        400, Code.UNSUPPORTED_VERSION, f"expected version 4.0 or 4.01, saw {seen[:20]!r}", field
    )
