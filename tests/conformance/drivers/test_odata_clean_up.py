"""What a case made goes again at its end, and nothing else does."""

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import unquote

import anyio
import anyio.lowlevel
import pytest

from conformance.drivers.odata import ODataDriver
from conformance.words.json_value import Json
from tests.conformance.drivers.services import VERSION, driver_of
from tests.conformance.drivers.test_odata_entities import Shelf
from tests.conformance.peers import Talk, body_of, read_json, response, serving

_LINE = re.compile(rb"([A-Z]+) /odata/([^ ]*) HTTP/1\.1\r\n")
_KEY = re.compile(r"Things\('([^']*)'\)")
EMPTY = response(b"", VERSION, status="204 No Content")
NOT_FOUND = response(b'{"error":{"code":"404","message":"no"}}', VERSION, status="404 Not Found")

Delete = Callable[[bytes], str]


@dataclass(kw_only=True)
class Store:
    """A service with one set, whose keys are names or, without `takes_keys`, numbers.

    `deletes` returns the status of a DELETE, given its request; "" for what is usual.
    """

    takes_keys: bool = True
    tells_location: bool = True
    ignores_filters: bool = False
    creates: str = "201 Created"
    deletes: Delete = lambda request: ""  # noqa: ARG005 - a field of its own
    rows: dict[str, dict[str, Json]] = field(default_factory=dict)

    def serve(self, talk: Talk) -> None:
        while request := talk.request():
            found = _LINE.match(request)
            assert found is not None
            talk.send(self._answer(found[1].decode(), unquote(found[2].decode()), request))

    def _answer(self, method: str, url: str, request: bytes) -> bytes:
        key = _KEY.fullmatch(url)
        if method == "POST":
            return self._create(read_json(body_of(request)))
        if method == "DELETE":
            return self._delete("" if key is None else key[1], request)
        if key is None:
            return self._found(url)
        row = self.rows.get(key[1])
        return NOT_FOUND if row is None else response(_text(row), VERSION)

    def _create(self, row: dict[str, Json]) -> bytes:
        if not self.creates.startswith("2"):
            return response(b"", VERSION, status=self.creates)
        key = str(row["id"]) if self.takes_keys else str(len(self.rows) + 1)
        self.rows[key] = {**row, "id": key}
        place = [f"Location: /odata/Things('{key}')"] if self.tells_location else []
        return response(b"{}", VERSION, *place, status=self.creates)

    def _delete(self, key: str, request: bytes) -> bytes:
        if status := self.deletes(request):
            return response(b"", VERSION, status=status)
        return EMPTY if self.rows.pop(key, None) else NOT_FOUND

    def _found(self, url: str) -> bytes:
        wanted = url.partition("label eq '")[2].rstrip("'")
        rows = [r for r in self.rows.values() if self.ignores_filters or r["label"] == wanted]
        return response(_text({"value": list(rows)}), VERSION)


def _text(value: Mapping[str, object]) -> bytes:
    return repr(value).replace("'", '"').encode()


def left_by(
    store: Store, *sends: dict[str, Json], shelf: Shelf | None = None
) -> tuple[list[str], list[str]]:
    """Perform the sends of one case; return keys that are left, and what is told of it."""
    with serving(store.serve) as peer:
        driver = driver_of(peer)
        driver.workshops = {"": shelf or Shelf()}
        anyio.run(_perform, driver, sends)
    return list(store.rows), driver.left_over


async def _perform(driver: ODataDriver, sends: tuple[dict[str, Json], ...]) -> None:
    async with driver.open_wire(unique="wc1") as wire:
        for send in sends:
            await driver.perform(wire, send)


def wants_a_condition(request: bytes) -> str:
    return "" if b"If-Match: *" in request else "428 Precondition Required"


def knows_no_condition(request: bytes) -> str:
    return "409 Conflict" if b"If-Match" in request else ""


@pytest.mark.parametrize(
    "store",
    [
        pytest.param(Store(), id="a service like any other"),
        pytest.param(Store(deletes=wants_a_condition), id="one that needs If-Match"),
        pytest.param(Store(deletes=knows_no_condition), id="one that knows no If-Match"),
    ],
)
def test_what_was_created_is_deleted(store: Store) -> None:
    assert left_by(store, {"create": "a"}, {"create": "b"}) == ([], [])


def test_what_the_service_gave_a_key_is_deleted_where_it_is() -> None:
    store = Store(takes_keys=False)

    assert left_by(store, {"create": "a"}, shelf=Shelf(gives_key=False)) == ([], [])


def test_what_was_created_without_a_place_is_found_and_deleted() -> None:
    store = Store(takes_keys=False, tells_location=False)

    assert left_by(store, {"create": "a"}, shelf=Shelf(gives_key=False)) == ([], [])


def test_rows_of_others_stay_where_filters_are_ignored() -> None:
    others: dict[str, dict[str, Json]] = {"x": {"id": "x", "label": "theirs", "size": 1}}
    store = Store(takes_keys=False, tells_location=False, ignores_filters=True, rows=dict(others))

    assert left_by(store, {"create": "a"}, shelf=Shelf(gives_key=False)) == (["x"], [])


@pytest.mark.parametrize("status", ["400 Bad Request", "500 Internal Server Error"])
def test_what_was_refused_needs_no_word(status: str) -> None:
    shelf = Shelf(gives_key=False, can_find=False)

    assert left_by(Store(creates=status), {"create": "a"}, shelf=shelf) == ([], [])


@pytest.mark.parametrize("status", ["412 Precondition Failed", "410 Gone", "404 Not Found"])
def test_what_is_not_there_is_gone(status: str) -> None:
    store = Store(creates="400 Bad Request", deletes=lambda _: status)

    assert left_by(store, {"create": "a"}) == ([], [])


def test_what_can_not_be_deleted_is_told() -> None:
    store = Store(deletes=lambda _: "403 Forbidden")

    assert left_by(store, {"create": "a"}) == (["wc1-a"], ["Things('wc1-a')"])


def test_what_can_not_be_found_is_told() -> None:
    store = Store(takes_keys=False, tells_location=False)
    shelf = Shelf(gives_key=False, can_find=False)

    assert left_by(store, {"create": "a"}, shelf=shelf) == (["1"], ["wc1-a"])


def test_what_a_case_deleted_is_not_deleted_again() -> None:
    asked: list[bytes] = []

    def counting(request: bytes) -> str:
        asked.append(request)
        return ""

    left = left_by(Store(deletes=counting), {"create": "a"}, {"delete": "a"})

    assert (left, len(asked)) == (([], []), 1)


def test_what_a_case_only_read_is_not_deleted() -> None:
    store = Store(rows={"wc1-a": {"id": "wc1-a", "label": "theirs", "size": 1}})

    assert left_by(store, {"read": "a"}) == (["wc1-a"], [])


async def _break_off(driver: ODataDriver) -> None:
    """Create something, and be interrupted as Ctrl-C does it."""
    with anyio.CancelScope() as scope:
        async with driver.open_wire(unique="wc1") as wire:
            await driver.perform(wire, {"create": "a"})
            scope.cancel()
            await anyio.lowlevel.checkpoint()


async def _crash(driver: ODataDriver) -> None:
    with suppress(ZeroDivisionError):
        async with driver.open_wire(unique="wc1") as wire:
            await driver.perform(wire, {"create": "a"})
            raise ZeroDivisionError


@pytest.mark.parametrize(
    "end", [pytest.param(_break_off, id="interrupted"), pytest.param(_crash, id="crashed")]
)
def test_what_a_case_made_goes_however_it_ends(
    end: Callable[[ODataDriver], Awaitable[None]],
) -> None:
    store = Store()

    with serving(store.serve) as peer:
        driver = driver_of(peer)
        driver.workshops = {"": Shelf()}
        anyio.run(end, driver)

    assert (list(store.rows), driver.left_over) == ([], [])
