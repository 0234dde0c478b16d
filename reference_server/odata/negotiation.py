"""Which representation a peer gets: Accept, $format and the parameters of JSON (JSON Format 3).

Knows what is offered. Refuses to know how it is written.

Spec: ODATA-8.2.1-01, ODATA-C40-MIN-02
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

from reference_server.odata.errors import Code, refused
from reference_server.odata.media_type import MediaType, accepted
from reference_server.odata.versions import Version

JSON: Final = "application/json"
XML: Final = "application/xml"
TEXT: Final = "text/plain"
OCTETS: Final = "application/octet-stream"
HTTP: Final = "application/http"

_SHORT_NAMES: Final = {"json": JSON, "xml": XML}


class Metadata(StrEnum):
    """How much control information a peer wants."""

    NONE = "none"
    MINIMAL = "minimal"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonForm:
    """How JSON is written.

    Attributes:
        exact: decimals are strings (IEEE754Compatible=true).
        content_type: what the response says it is.
        prefix: of control information: "@odata." in 4.0, "@" in 4.01.
    """

    metadata: Metadata = Metadata.MINIMAL
    exact: bool = False
    content_type: str = JSON
    prefix: str = "@"


@lru_cache(maxsize=256)
def json_form(accept: str | None, form: str | None, version: Version) -> JsonForm:
    """Choose how JSON is written.

    Args:
        accept: the Accept field.
        form: the query option $format, which wins over it.
        version: of the response.

    Raises:
        ODataError: 406, JSON is not among what is accepted; 400, neither can be read.
    """
    prefix = "@odata." if version is Version.V4 else "@"
    for wanted in _wanted(accept, form):
        if wanted.quality == 0 or wanted.name not in {JSON, "application/*", "*/*"}:
            continue
        made = _form_of(wanted.parameters, prefix)
        if made is not None:
            return made
    raise _not_acceptable(JSON)


@lru_cache(maxsize=256)
def choose(accept: str | None, form: str | None, offered: Sequence[str]) -> str:
    """Choose among media types without parameters; the first one if the peer does not care.

    Raises:
        ODataError: 406, 400.
    """
    for wanted in _wanted(accept, form):
        if wanted.quality == 0:
            continue
        for name in offered:
            if wanted.name in {name, f"{name.partition('/')[0]}/*", "*/*"}:
                return name
    raise _not_acceptable(*offered)


def _wanted(accept: str | None, form: str | None) -> Sequence[MediaType]:
    if form is not None:
        return accepted(_SHORT_NAMES.get(form, form))
    return accepted(accept or "*/*") or accepted("*/*")


def _form_of(parameters: Mapping[str, str], prefix: str) -> JsonForm | None:
    given = {name.removeprefix("odata."): value.lower() for name, value in parameters.items()}
    if given.get("charset", "utf-8") != "utf-8":
        return None
    wanted = given.get("metadata", Metadata.MINIMAL.value)
    exact = given.get("ieee754compatible", "false")
    if wanted not in set(Metadata) or exact not in {"true", "false"}:
        return None
    written = [f"{prefix[1:]}metadata={wanted}"] if "metadata" in given else []
    if exact == "true":
        written.append("IEEE754Compatible=true")
    return JsonForm(
        metadata=Metadata(wanted),
        exact=exact == "true",
        content_type=";".join([JSON, *written]),
        prefix=prefix,
    )


def _not_acceptable(*offered: str) -> Exception:
    return refused(406, Code.NOT_ACCEPTABLE, f"only {' and '.join(offered)} can be had", "Accept")
