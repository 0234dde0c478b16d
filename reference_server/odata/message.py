"""Requests and responses as values, whichever format they came in.

Knows what every other module of this half hands on. Refuses to know bytes of a connection.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, TypeAlias

from reference_server.json_text import Json

Fields: TypeAlias = Mapping[str, str]
NO_FIELDS: Final[Fields] = MappingProxyType({})

READS: Final = frozenset({"GET", "HEAD"})
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(slots=True)
class Parsed:
    """A body whose format had it read as JSON already."""

    value: Json

    def take(self) -> Json:
        """Hand the value over, once: a batch of 50 MiB would else keep it all to its end."""
        value, self.value = self.value, None
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request.

    Attributes:
        method: upper case.
        url: as it stood on the wire: absolute, an absolute path, or relative to the service root.
        root: URL of the service root that the peer used, without a slash at the end.
        headers: names in lower case; fields of one name are joined by ", ".
        body: bytes, or a value where the format of a batch had it as one; b"" for none.
        inside: it is part of a batch.
    """

    method: str
    url: str
    root: str
    headers: Fields = field(default_factory=lambda: NO_FIELDS)
    body: bytes | memoryview | Parsed = b""
    inside: bool = False

    def header(self, name: str) -> str | None:
        """Return a field, also under its prefixed name (`OData-Isolation` for `Isolation`)."""
        found = self.headers.get(name)
        return self.headers.get(f"odata-{name}") if found is None else found


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One response.

    Attributes:
        headers: in the order in which they are written; Content-Length is left to the writer.
        body: pieces to be written one after another.
        entity: URL of the entity that was created or returned, relative to the service root; None
            where there is not exactly one.
    """

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: Sequence[bytes] = field(default=())
    entity: str | None = None

    def header(self, name: str) -> str | None:
        """Return a field; `name` in any case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def length(self) -> int:
        """Bytes of the body."""
        return sum(map(len, self.body))

    @property
    def content(self) -> bytes:
        """The body in one piece."""
        return self.body[0] if len(self.body) == 1 else b"".join(self.body)

    @property
    def failed(self) -> bool:
        """A client or server error; 304 is none."""
        return self.status >= FIRST_ERROR


FIRST_ERROR: Final = 400


def merged(pairs: Iterator[tuple[str, str]]) -> dict[str, str]:
    """Put fields under names in lower case; those of one name are joined, as HTTP allows."""
    fields: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        fields[key] = f"{fields[key]}, {value}" if key in fields else value
    return fields
