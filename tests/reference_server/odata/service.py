"""The OData half without a network: requests in, responses out."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from reference_server.json_text import Json, read, write
from reference_server.odata.message import Request, Response
from reference_server.odata.parts import Parts
from reference_server.odata.service import ODataHandler, Surroundings, odata_service
from reference_server.query import Query
from reference_server.settings import ODataSettings, Settings, everything_on
from reference_server.store import Store
from tests.reference_server.odata.batching import (
    JSON,
    MULTIPART,
    Answer,
    Items,
    flat,
    json_batch,
    multipart,
)

EVERYTHING = everything_on(Settings()).odata
ROOT = "http://host/odata"


@dataclass(slots=True)
class Service:
    """A service; `crashes` holds what was raised that should not."""

    store: Store
    handler: ODataHandler
    crashes: list[Exception] = field(default_factory=list)

    def ask(self, method: str, url: str, body: bytes = b"", /, **headers: str) -> Response:
        """Send a request; `_` stands for `-` in names."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(method=method, url=url, root=ROOT, headers=fields, body=memoryview(body))
        response = self.handler(request)
        assert not self.crashes, self.crashes
        return response

    def get(self, url: str, **headers: str) -> dict[str, Json]:
        """Read what has to be there."""
        response = self.ask("GET", url, **headers)
        assert response.status == 200, response
        return json_of(response)

    def send(self, method: str, url: str, body: Json, **headers: str) -> Response:
        """Send JSON."""
        return self.ask(method, url, write(body), content_type="application/json", **headers)

    def refusal(self, method: str, url: str, body: Json = None, **headers: str) -> tuple[int, Json]:
        """Send what has to be refused; return status and code."""
        content = b"" if body is None else write(body)
        response = self.ask(method, url, content, **headers)
        return response.status, code_of(response)

    def multipart(self, items: Items, **headers: str) -> Response:
        """Send a batch as multipart."""
        return self.ask("POST", "$batch", multipart(items), content_type=MULTIPART, **headers)

    def json(self, items: Items, **headers: str) -> Response:
        """Send a batch as JSON."""
        return self.ask("POST", "$batch", json_batch(items), content_type=JSON, **headers)

    def batch(self, form: str, items: Items, **headers: str) -> list[Answer]:
        """Send a batch in a format; return the responses without their structure."""
        response = (self.multipart if form == "multipart" else self.json)(items, **headers)
        assert response.status == 200, response
        return flat(response)

    def keys(self, set_name: str) -> set[str]:
        """Return the keys of all entities of a set, past the service."""
        with self.store.transaction(writes=False) as work:
            return {str(row["_id"]) for row in work.find(set_name, Query(fields=("_id",)))}


def json_of(response: Response) -> dict[str, Json]:
    value = read(response.content, max_depth=100)
    assert isinstance(value, dict)
    return value


def names_in(service: Service, url: str) -> list[Json]:
    """Return the keys of a collection, in order."""
    rows = service.get(url)["value"]
    assert isinstance(rows, list)
    return [row["_id"] for row in rows if isinstance(row, dict)]


def code_of(response: Response) -> Json:
    error = json_of(response)["error"]
    assert isinstance(error, dict)
    return error["code"]


def _unmade(_request: Request) -> Response:
    raise AssertionError


@contextmanager
def service_on(
    url: str = "sqlite://",
    settings: ODataSettings = EVERYTHING,
    *,
    parts: Parts | None = None,
    start: Callable[[Callable[[], None]], None] | None = None,
) -> Iterator[Service]:
    """Open a store and put a service on it; background work is done at once if nobody says how."""
    numbers = itertools.count(1)
    lock = threading.Lock()

    def fresh_id() -> str:
        with lock:
            return f"fresh-{next(numbers)}"

    with closing(Store(url, fresh_id=fresh_id)) as store:
        service = Service(store, _unmade)
        around = Surroundings(
            store=store,
            fresh_id=fresh_id,
            start=start or (lambda work: work()),
            on_crash=lambda _request, error: service.crashes.append(error),
        )
        service.handler = odata_service(settings, around, parts or Parts())
        yield service
