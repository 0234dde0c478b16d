"""System query options to what is asked of a set (URL Conventions 5.1).

Knows $filter, $orderby, $top, $skip, $count, $select, $expand and $skiptoken. Refuses to know SQL
beyond the clauses that it hands on.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ColumnElement

from reference_server.model import entity_type
from reference_server.odata.errors import Code, refused
from reference_server.odata.filters import filter_of, order_of
from reference_server.odata.schema import Navigation, navigations
from reference_server.odata.separated import separated

MAX_EXPAND_DEPTH: Final = 4
# What fits every database's OFFSET.
MAX_NUMBER: Final = 2**31 - 1

_NUMBER: Final = re.compile(r"[0-9]{1,10}")
_ALIAS: Final = re.compile(r"('(?:[^']|'')*')|(@[A-Za-z_][A-Za-z0-9_]*)")
_ITEM: Final = re.compile(r"([^()/]+)(/\$ref|/\$count)?(?:\((.*)\))?", re.DOTALL)
_COLLECTION: Final = frozenset(
    {"$filter", "$orderby", "$top", "$skip", "$count", "$select", "$expand", "$skiptoken"}
)
_ENTITY: Final = frozenset({"$select", "$expand"})
_ANY: Final = frozenset({"$format"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """One navigation property that is written out; `form` is "", "/$ref" or "/$count"."""

    navigation: Navigation
    form: str
    asked: "Asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of a set; no `select` means all properties, None no limit."""

    where: ColumnElement[bool] | None = None
    order: Sequence[ColumnElement[Any]] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    select: tuple[str, ...] = ()
    expand: tuple[Expansion, ...] = ()
    delivered: int = 0

    @property
    def plain(self) -> bool:
        """Entities are written whole, and nothing beside."""
        return not self.select and not self.expand


NOTHING_ASKED: Final = Asked()


@dataclass(frozen=True, slots=True)
class _Reader:
    set_name: str
    options: Mapping[str, str]
    depth: int = 0
    aliases: Mapping[str, str] = field(default_factory=dict)


def asked_of(set_name: str, options: Mapping[str, str], *, collection: bool) -> Asked:
    """Read the options of a request to a set, or to one entity of it.

    Raises:
        ODataError: 400 for what is wrong, 501 for an option that is not implemented.
    """
    if not options:
        return NOTHING_ASKED
    allowed = (_COLLECTION if collection else _ENTITY) | _ANY
    for name in options:
        if name.startswith("$") and name not in allowed:
            known = name in _COLLECTION | _ANY
            status, code = (400, Code.INVALID_QUERY) if known else (501, Code.NOT_IMPLEMENTED)
            raise refused(status, code, f"{name} is not possible here", name)
    aliases = {name: value for name, value in options.items() if name.startswith("@")}
    return _asked(_Reader(set_name, options, aliases=aliases))


def refuse_options(options: Mapping[str, str], *, but: Sequence[str] = ("$format",)) -> None:
    """Refuse system query options at a resource that has none.

    Raises:
        ODataError: 400.
    """
    for name in options:
        if name.startswith("$") and name not in but:
            raise refused(400, Code.INVALID_QUERY, f"{name} is not possible here", name)


def _asked(reader: _Reader) -> Asked:
    options, set_name = reader.options, reader.set_name
    where = options.get("$filter")
    order = options.get("$orderby")
    return Asked(
        where=None if where is None else filter_of(set_name, _unaliased(where, reader.aliases)),
        order=() if order is None else order_of(set_name, _unaliased(order, reader.aliases)),
        top=_number(options, "$top"),
        skip=_number(options, "$skip") or 0,
        count=_flag(options, "$count"),
        select=tuple(_selected(set_name, options.get("$select"))),
        expand=tuple(_expanded(reader)),
        delivered=_number(options, "$skiptoken") or 0,
    )


def _unaliased(text: str, aliases: Mapping[str, str]) -> str:
    def value_of(found: re.Match[str]) -> str:
        # An alias without a value is null (URL Conventions 5.3).
        return found[1] or aliases.get(found[2], "null")

    return _ALIAS.sub(value_of, text)


def _number(options: Mapping[str, str], name: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if _NUMBER.fullmatch(text) is None or int(text) > MAX_NUMBER:
        raise refused(400, Code.INVALID_QUERY, f"expected a number, saw {text[:50]!r}", name)
    return int(text)


def _flag(options: Mapping[str, str], name: str) -> bool:
    text = options.get(name, "false").lower()
    if text not in {"true", "false"}:
        raise refused(400, Code.INVALID_QUERY, "expected true or false", name)
    return text == "true"


def _selected(set_name: str, text: str | None) -> Iterator[str]:
    if text is None:
        return
    names = [each.strip() for each in text.split(",")]
    for name in names:
        known = entity_type(set_name).find(name) or navigations(set_name).get(name)
        if name != "*" and known is None:
            message = f"there is no property {name[:100]!r}"
            raise refused(400, Code.INVALID_QUERY, message, "$select")
    if "*" not in names:
        yield from dict.fromkeys(names)


def _expanded(reader: _Reader) -> Iterator[Expansion]:
    text = reader.options.get("$expand")
    if text is None:
        return
    if reader.depth == MAX_EXPAND_DEPTH:
        message = f"nested deeper than {MAX_EXPAND_DEPTH}"
        raise refused(400, Code.INVALID_QUERY, message, "$expand")
    known = navigations(reader.set_name)
    seen = set()
    for item in separated(text, ","):
        found = _ITEM.fullmatch(item.strip())
        name = found[1] if found else item
        if found is None or (name != "*" and name not in known) or name in seen:
            message = f"no navigation property {item[:100]!r}, or it is given twice"
            raise refused(400, Code.INVALID_QUERY, message, "$expand")
        seen.add(name)
        for each in known if name == "*" else [name]:
            yield _expansion(known[each], found[2] or "", found[3], reader)


def _expansion(navigation: Navigation, form: str, inside: str | None, reader: _Reader) -> Expansion:
    options: dict[str, str] = {}
    for pair in separated(inside, ";") if inside else ():
        name, _, value = pair.strip().partition("=")
        options[name if name.startswith("$") else f"${name}"] = value
    allowed = _COLLECTION - {"$skiptoken"} if navigation.collection else _ENTITY
    for name in options:
        if name not in allowed:
            message = f"{name[:50]} is not possible in $expand of {navigation.name}"
            raise refused(400, Code.INVALID_QUERY, message, "$expand")
    if form == "/$count" and not navigation.collection:
        raise refused(400, Code.INVALID_QUERY, "only collections are counted", "$expand")
    inner = _Reader(navigation.target, options, reader.depth + 1, reader.aliases)
    return Expansion(navigation=navigation, form=form, asked=_asked(inner))
