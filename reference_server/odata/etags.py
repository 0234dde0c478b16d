"""ETags of entities, and the conditions that name them (Protocol 8.2.4, 8.2.5, 8.3.2).

An ETag is a digest of all values of a row, so that it is the same over both protocols, and weak,
since it stands for the entity and not for the bytes of one representation. Two of them are
compared weakly, as OData's own examples do. Refuses to know where rows come from.
"""

import re
from hashlib import blake2b
from typing import Final

from reference_server.odata.errors import Code, refused
from reference_server.odata.message import READS, Request

_DIGEST_BYTES: Final = 12
_TAG: Final = re.compile(r'[ \t]*(?:W/)?("[\x21\x23-\x7e\x80-\uffff]*")[ \t]*(?:,|\Z)')


def etag_of(fields: bytes) -> str:
    """Make the ETag of an entity whose properties are `fields`, as JSON text."""
    return f'W/"{blake2b(fields, digest_size=_DIGEST_BYTES).hexdigest()}"'


def check_conditions(request: Request, etag: str | None, *, required: bool) -> bool:
    """Hold If-Match and If-None-Match against the entity as it is; False says 304.

    Args:
        request: a request to one entity.
        etag: its current one; None if there is no entity.
        required: a change has to say which state it changes.

    Raises:
        ODataError: 400 for what is no list of ETags, 412 for a condition that does not hold, 428
            for one that is missing.

    Spec: ODATA-8.2.4-02 to ODATA-8.2.4-05, ODATA-8.2.5-02, ODATA-8.2.5-03
    """
    match, none_match = request.headers.get("if-match"), request.headers.get("if-none-match")
    if match is None and none_match is None:
        if required and etag is not None and request.method not in READS:
            raise refused(428, Code.PRECONDITION_REQUIRED, "a change needs If-Match", "If-Match")
        return True
    if match is not None and not _names(match, etag, "If-Match"):
        message = "the entity has another ETag" if etag else "there is no such entity"
        raise refused(412, Code.PRECONDITION_FAILED, message, "If-Match")
    if none_match is not None and _names(none_match, etag, "If-None-Match"):
        if request.method in READS:
            return False
        raise refused(412, Code.PRECONDITION_FAILED, "the entity has this ETag", "If-None-Match")
    return True


def _names(field: str, etag: str | None, name: str) -> bool:
    if field.strip(" \t") == "*":
        return etag is not None
    opaque = None if etag is None else etag.removeprefix("W/")
    at, found = 0, False
    while at < len(field):
        tag = _TAG.match(field, at)
        if tag is None:
            raise refused(400, Code.BAD_REQUEST, "expected ETags, or *", name)
        found = found or tag[1] == opaque
        at = tag.end()
    return found
