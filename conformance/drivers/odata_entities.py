"""Entities that a case makes in a service: what they hold, where they are, and that they go again.

Knows names of a scenario and URLs. Refuses to know how entities are made up (`Workshop`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from conformance.drivers.endpoint import Endpoint
from conformance.words.json_value import Json, is_array, is_object
from conformance.words.template import UnresolvedTemplateError


@dataclass(slots=True, kw_only=True)
class Made:
    """One entity of a case.

    URLs are relative to the service root. `url` is empty as long as the key is not known; `find`
    looks for the entity by what it holds, and is empty where nothing tells it apart. `was_made` is
    None as long as nothing told.
    """

    name: str
    body: Mapping[str, Json]
    url: str = ""
    find: str = ""
    was_sent: bool = False
    was_made: bool | None = None
    is_gone: bool = False


class Workshop(Protocol):
    """Makes up entities of the set that may be written to."""

    set_url: str

    def make(self, name: str) -> Made:
        """Return a valid entity; the same for the same name, and no other's."""

    def change(self, made: Made) -> Mapping[str, Json]:
        """Return a PATCH body that changes one property."""

    def change_again(self, made: Made) -> Mapping[str, Json]:
        """Return a PATCH body that gives the same property a third value; empty for none."""

    def replace(self, made: Made) -> Mapping[str, Json]:
        """Return a PUT body: the whole entity, with one property changed."""

    def invalid(self, name: str) -> Mapping[str, Json]:
        """Return an entity that the service has to refuse."""

    def clash(self, made: Made, name: str) -> Mapping[str, Json]:
        """Return a valid entity but for a unique value, which is that of another one."""

    def url_of(self, entity: Mapping[str, Json]) -> str:
        """Return the URL of an entity as it was read; empty if it holds no whole key."""


@dataclass(slots=True)
class Bench:
    """The entities of one case, by the names that its scenario gives them.

    A name `ROLE/NAME` is that of an entity that the workshop of this role makes; a name without a
    role is one of the set that may be written to, which has the role "". With `states_conditions`,
    what changes or deletes an entity and names no condition has `If-Match: *`.
    """

    endpoint: Endpoint
    workshops: Mapping[str, Workshop]
    unique: str
    states_conditions: bool = False
    entities: dict[str, Made] = field(default_factory=dict)

    def get(self, name: str) -> Made:
        """Return an entity, made up when it is first asked for.

        Raises:
            UnresolvedTemplateError: no set may be written to.
        """
        if name not in self.entities:
            self.entities[name] = self.shop_of(name).make(f"{self.unique}-{_own(name)}")
        return self.entities[name]

    def shop_of(self, name: str) -> Workshop:
        """Return what makes the entity of a name.

        Raises:
            UnresolvedTemplateError: there is no set for it that may be written to.
        """
        role = name.rpartition("/")[0]
        if role not in self.workshops:
            what = f"a {role} set" if role else "an entity set"
            raise UnresolvedTemplateError(f"{what} that may be written to")
        return self.workshops[role]

    def resolve(self, row: Mapping[str, Json]) -> Mapping[str, Json]:
        """Turn `create`, `read` and the like of a request into its method, URL and body.

        A `url` of its own goes before the entity's; `with` goes into the body, and `below` is a
        path below the entity.

        Raises:
            UnresolvedTemplateError: the entity's URL is not known.
        """
        for verb in _VERBS:
            if verb in row:
                rest = {name: value for name, value in row.items() if name not in {verb, *_PARTS}}
                request = {**self._request(verb, str(row[verb]), str(row.get("url", ""))), **rest}
                if self.states_conditions and verb in _CONDITIONAL:
                    request["headers"] = _with_condition(request.get("headers"))
                if "below" in row:
                    request["url"] = f"{request['url']}/{row['below']}"
                if is_object(more := row.get("with")) and is_object(body := request.get("json")):
                    request["json"] = {**body, **more}
                return request
        return row

    def _request(self, verb: str, name: str, own_url: str) -> dict[str, Json]:
        shop = self.shop_of(name)
        made = self.get(name)
        url = own_url or (made.url if verb in _KEYLESS else self._url(made))
        match verb:
            case "create":
                made.was_sent = True
                return {"method": "POST", "url": shop.set_url, "json": made.body}
            case "invalid":
                made.was_sent = True
                bad = shop.invalid(f"{self.unique}-{_own(name)}")
                return {"method": "POST", "url": shop.set_url, "json": bad}
            case "clash":
                other = self.get(f"{name}-clash")
                other.was_sent = True
                bad = shop.clash(made, f"{self.unique}-{name}-clash")
                return {"method": "POST", "url": shop.set_url, "json": bad}
            case "find":
                return {"method": "GET", "url": made.find or self._url(made)}
            case "update" | "update_again" | "replace":
                made.was_sent = True  # PATCH and PUT may create
                method = "PUT" if verb == "replace" else "PATCH"
                return {"method": method, "url": url, "json": _changes(verb, made, shop)}
            case "delete":
                return {"method": "DELETE", "url": url}
            case _:
                return {"method": "GET", "url": url}

    def state_of(self, name: str, entity: Mapping[str, Json]) -> str:
        """Tell which values an entity has that was read: see `state` in the observation."""
        made = self.get(name)
        shop = self.shop_of(name)
        for state, change in (
            ("changed", shop.change(made)),
            ("changed-again", shop.change_again(made)),
        ):
            if change and holds(entity, change):
                return state
        return "created" if holds(entity, made.body) else "other"

    @staticmethod
    def _url(made: Made) -> str:
        if not made.url:
            raise UnresolvedTemplateError(f"the key of {made.name!r}, which the target gives")
        return made.url

    def sent(self) -> list[tuple[Made, Workshop]]:
        """Return the entities that may be there, oldest first, each with what made it up."""
        return [
            (made, self.shop_of(name))
            for name, made in self.entities.items()
            if made.was_sent and not made.is_gone
        ]

    def refused(self, name: str) -> None:
        """Take over that an entity was not created, unless it had been before."""
        made = self.get(name)
        if made.was_made is None:
            made.was_made = False

    def learn(self, name: str, location: str) -> None:
        """Take over where a created entity is."""
        made = self.entities.get(name)
        if made is not None and (url := relative_url(location, self.endpoint)):
            made.url = url


CHANGING = ("update", "update_again", "replace")
#: Verbs after which there may be an entity.
CREATING = ("create", "invalid", "clash", *CHANGING)
#: Verbs that change something.
WRITING = (*CREATING, "delete")
#: Verbs after whose answers it is known how many entities there are.
READING = ("read", "find")
_VERBS = (*WRITING, *READING)
_KEYLESS = frozenset({"create", "invalid", "clash", "find"})
_CONDITIONAL = frozenset({*CHANGING, "delete"})
_CONDITIONS = frozenset({"if-match", "if-none-match"})
_PARTS = frozenset({"with", "below"})


def _changes(verb: str, made: Made, shop: Workshop) -> Mapping[str, Json]:
    """Return the body of a change.

    Raises:
        UnresolvedTemplateError: nothing of the entity can be changed, or not twice.
    """
    if verb == "replace":
        return shop.replace(made)
    first, again = shop.change(made), shop.change_again(made)
    change = first if verb == "update" else again
    if not change or (verb == "update_again" and again == first):
        raise UnresolvedTemplateError(f"a change for {verb}")
    return change


def _with_condition(headers: Json) -> Json:
    """Return header fields that hold a condition; one that is null counts, and takes it away."""
    given = headers if is_object(headers) else {}
    if any(name.lower() in _CONDITIONS for name in given):
        return headers
    return {"If-Match": "*", **given}


def _own(name: str) -> str:
    return name.rpartition("/")[2]


def relative_url(location: str, endpoint: Endpoint) -> str:
    """Return a URL relative to the service root; empty for one that is not below it.

    Args:
        location: absolute, an absolute path, or relative to the root.
        endpoint: the service root.
    """
    root = endpoint.url.rstrip("/") + "/"
    try:
        path = urlsplit(urljoin(root, location)).path
    except ValueError:
        return ""
    below = urlsplit(root).path
    return path.removeprefix(below) if path.startswith(below) else ""


def request_target(location: str, endpoint: Endpoint) -> str:
    """Return the request-target of a URL on the service's host; empty for none or another's.

    Args:
        location: absolute, an absolute path, or relative to the root.
        endpoint: the service root.
    """
    try:
        parts = urlsplit(urljoin(endpoint.url.rstrip("/") + "/", location))
        is_same = (parts.scheme, parts.hostname, parts.port or endpoint.port) == (
            endpoint.scheme,
            endpoint.host,
            endpoint.port,
        )
    except ValueError:
        return ""
    if not location or not is_same:
        return ""
    return f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"


def entities_in(body: Json) -> list[Mapping[str, Json]]:
    """Return the entities of a response body: the members of `value`, or the one that it is."""
    if not is_object(body):
        return []
    value = body.get("value")
    if is_array(value):
        return [one for one in value if is_object(one)]
    return [body] if "error" not in body else []


def holds(entity: Mapping[str, Json], sent: Mapping[str, Json]) -> bool:
    """Tell whether an entity has all values that were sent; control information is left out."""
    return all(
        name in entity and _is_same(entity[name], value)
        for name, value in sent.items()
        if "@" not in name
    )


def _is_same(seen: Json, sent: Json) -> bool:
    if is_object(seen) and is_object(sent):
        return holds(seen, sent)
    if seen == sent or str(seen) == str(sent):  # a decimal may come back as text
        return True
    try:
        return datetime.fromisoformat(str(seen)) == datetime.fromisoformat(str(sent))
    except (ValueError, TypeError):  # TypeError: only one of them has an offset
        return False
