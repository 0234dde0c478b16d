"""Rows to entities in JSON (JSON Format 4 to 13).

Knows control information and how each value is written. Refuses to know where rows come from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final
from urllib.parse import quote

from reference_server.json_text import Json, write
from reference_server.model import KEY, EntityType, Kind, Row, entity_type
from reference_server.odata.etags import etag_of
from reference_server.odata.negotiation import JsonForm, Metadata
from reference_server.odata.query_options import Asked
from reference_server.odata.schema import navigations, type_name
from reference_server.rows import row_out

# What of an RFC 3986 segment needs no escape, and no reader of OData takes for its own.
_SAFE: Final = "-._~!$*,;@"

# Kinds whose JSON value does not tell its type.
_TYPED: Final = {
    Kind.INTEGER: "Int32",
    Kind.DECIMAL: "Decimal",
    Kind.TIMESTAMP: "DateTimeOffset",
    Kind.BINARY: "Binary",
}


# No slots: what is worked out once is kept.
@dataclass(frozen=True, kw_only=True)
class Entity:
    """One row as it is told: `fields` are all its properties in JSON, the base of its ETag."""

    set_name: str
    row: Row
    fields: bytes

    @cached_property
    def etag(self) -> str:
        """Its ETag."""
        return etag_of(self.fields)

    @cached_property
    def url(self) -> str:
        """Its URL, relative to the service root."""
        return entity_url(self.set_name, str(self.row[KEY]))


def entity_of(set_name: str, row: Row) -> Entity:
    """Take a whole row."""
    return Entity(set_name=set_name, row=row, fields=write(dict(row_out(row))))


def entity_url(set_name: str, key: str) -> str:
    """Return the canonical URL of an entity, relative to the service root.

    Spec: ODATA-11.7.7.1-12
    """
    quoted = quote(key.replace("'", "''"), safe=_SAFE)
    return f"{set_name}('{quoted}')"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityWriter:
    """Writes entities for one response.

    Attributes:
        root: URL of the service root.
        etags: ETags are told.
        expanded: what `$expand` adds to an entity: names and values.
    """

    form: JsonForm
    root: str
    namespace: str
    etags: bool

    def context(self, set_name: str, asked: Asked, suffix: str = "") -> dict[str, Json]:
        """Make the control information that begins a response."""
        if self.form.metadata is Metadata.NONE:
            return {}
        url = f"{self.root}/$metadata#{set_name}{_projection(asked)}{suffix}"
        return {f"{self.form.prefix}context": url}

    def single(self, entity: Entity, asked: Asked, expanded: Mapping[str, Json]) -> bytes:
        """Write one entity as a whole response body."""
        context = self.context(entity.set_name, asked, "/$entity")
        if asked.plain and self.form.metadata is not Metadata.FULL and not self.form.exact:
            head = dict(context)
            if self.etags and head:
                head[f"{self.form.prefix}etag"] = entity.etag
            return write(head)[:-1] + b"," + entity.fields[1:] if head else entity.fields
        return write({**context, **self.value(entity, asked, expanded)})

    def collection(self, entities: Sequence[dict[str, Json]], head: dict[str, Json]) -> bytes:
        """Write a collection; `head` is what stands before the entities."""
        value: list[Json] = [*entities]
        return write({**head, "value": value})

    def value(self, entity: Entity, asked: Asked, expanded: Mapping[str, Json]) -> dict[str, Json]:
        """Make an entity as a JSON value."""
        kind = entity_type(entity.set_name)
        full = self.form.metadata is Metadata.FULL
        prefix = self.form.prefix
        written: dict[str, Json] = {}
        if full:
            written[f"{prefix}type"] = f"#{self.namespace}.{type_name(kind)}"
            written[f"{prefix}id"] = f"{self.root}/{entity.url}"
            written[f"{prefix}editLink"] = f"{self.root}/{entity.url}"
        if self.etags and self.form.metadata is not Metadata.NONE:
            written[f"{prefix}etag"] = entity.etag
        names = set(asked.select)
        for name, value in row_out(entity.row).items():
            if not names or name in names:
                if full:
                    self._add_type(written, kind, name)
                written[name] = self._exact(value, kind, name)
        if full:
            self._add_links(written, entity)
        written.update(expanded)
        return written

    def _exact(self, value: Json, kind: EntityType, name: str) -> Json:
        found = kind.find(name)
        decimal = found is not None and found.kind is Kind.DECIMAL
        return exact_text(value) if self.form.exact and decimal else value

    def _add_type(self, written: dict[str, Json], kind: EntityType, name: str) -> None:
        found = kind.find(name)
        if found is not None and found.kind in _TYPED:
            sign = "#" if self.form.prefix != "@" else ""
            written[f"{name}{self.form.prefix}type"] = f"{sign}{_TYPED[found.kind]}"

    def _add_links(self, written: dict[str, Json], entity: Entity) -> None:
        for name in navigations(entity.set_name):
            url = f"{self.root}/{entity.url}/{name}"
            written[f"{name}{self.form.prefix}associationLink"] = f"{url}/$ref"
            written[f"{name}{self.form.prefix}navigationLink"] = url


def exact_text(value: Json) -> Json:
    """Write a decimal as a string, without an exponent; null stays null."""
    if value is None:
        return None
    assert isinstance(value, (int, float, Decimal))
    return f"{Decimal(repr(value) if isinstance(value, float) else value):f}"


def _projection(asked: Asked) -> str:
    parts = list(asked.select)
    parts += [f"{each.navigation.name}{_projection(each.asked) or '()'}" for each in asked.expand]
    return f"({','.join(parts)})" if parts else ""
