"""Entities that a case makes in a service: what they hold, where they are, and that they go again.

Knows names of a scenario and URLs. Refuses to know how entities are made up (`Workshop`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urljoin, urlsplit

from conformance.drivers.endpoint import Endpoint
from conformance.words.json_value import Json, is_array, is_object
from conformance.words.template import UnresolvedTemplateError


@dataclass(slots=True, kw_only=True)
class Made:
    """One entity of a case.

    URLs are relative to the service root. `url` is empty as long as the key is not known; `find`
    looks for the entity by what it holds, and is empty where nothing tells it apart.
    """

    name: str
    body: Mapping[str, Json]
    url: str = ""
    find: str = ""
    was_sent: bool = False
    is_gone: bool = False


class Workshop(Protocol):
    """Makes up entities of the set that may be written to."""

    set_url: str

    def make(self, name: str) -> Made:
        """Return a valid entity; the same for the same name, and no other's."""

    def change(self, made: Made) -> Mapping[str, Json]:
        """Return a PATCH body that changes one property."""

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
    """The entities of one case, by the names that its scenario gives them."""

    endpoint: Endpoint
    workshop: Workshop | None
    unique: str
    entities: dict[str, Made] = field(default_factory=dict)

    def get(self, name: str) -> Made:
        """Return an entity, made up when it is first asked for.

        Raises:
            UnresolvedTemplateError: no set may be written to.
        """
        if name not in self.entities:
            self.entities[name] = self._shop.make(f"{self.unique}-{name}")
        return self.entities[name]

    @property
    def _shop(self) -> Workshop:
        if self.workshop is None:
            raise UnresolvedTemplateError("an entity set that may be written to")
        return self.workshop

    def resolve(self, row: Mapping[str, Json]) -> Mapping[str, Json]:
        """Turn `create`, `read` and the like of a request into its method, URL and body.

        Raises:
            UnresolvedTemplateError: the entity's URL is not known.
        """
        for verb in _VERBS:
            if verb in row:
                rest = {name: value for name, value in row.items() if name != verb}
                return {**self._request(verb, str(row[verb])), **rest}
        return row

    def _request(self, verb: str, name: str) -> dict[str, Json]:
        shop = self._shop
        made = self.get(name)
        match verb:
            case "create":
                made.was_sent = True
                return {"method": "POST", "url": shop.set_url, "json": made.body}
            case "invalid":
                made.was_sent = True
                bad = shop.invalid(f"{self.unique}-{name}")
                return {"method": "POST", "url": shop.set_url, "json": bad}
            case "clash":
                other = self.get(f"{name}-clash")
                other.was_sent = True
                bad = shop.clash(made, f"{self.unique}-{name}-clash")
                return {"method": "POST", "url": shop.set_url, "json": bad}
            case "find":
                return {"method": "GET", "url": made.find or self._url(made)}
            case "update":
                made.was_sent = True  # PATCH and PUT may create
                return {"method": "PATCH", "url": self._url(made), "json": shop.change(made)}
            case "replace":
                made.was_sent = True
                return {"method": "PUT", "url": self._url(made), "json": shop.replace(made)}
            case "delete":
                return {"method": "DELETE", "url": self._url(made)}
            case _:
                return {"method": "GET", "url": self._url(made)}

    @staticmethod
    def _url(made: Made) -> str:
        if not made.url:
            raise UnresolvedTemplateError(f"the key of {made.name!r}, which the target gives")
        return made.url

    def learn(self, name: str, location: str) -> None:
        """Take over where a created entity is."""
        made = self.entities.get(name)
        if made is not None and (url := relative_url(location, self.endpoint)):
            made.url = url


_VERBS = ("create", "invalid", "clash", "read", "find", "update", "replace", "delete")
#: Verbs after which there may be an entity.
CREATING = ("create", "invalid", "clash", "update", "replace")


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
