"""A client that nobody here wrote drives the reference server: OpenUI5's ODataModel V4.

It runs in Chromium, reads and writes through `$batch` in multipart, and takes the answers apart
with its own reading of the spec. What was stored is then read past it.
"""

import json
import mimetypes
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest

from conformance.drivers.embedded import embedded_server
from tests.browser import chromium

__all__ = ["chromium"]

# One installation and one browser serve all of them.
pytestmark = pytest.mark.xdist_group("odata clients")

HERE: Final = Path(__file__).parent / "odata_clients"
_INSTALL: Final = ("npm", "install", "--no-audit", "--no-fund", "--loglevel=error")
_PAGE: Final = "/page/"
_UI5: Final = "ui5/"


@pytest.fixture(scope="module")
def ui5(request: pytest.FixtureRequest) -> Path:
    """Folder of OpenUI5's sources, installed once and kept with pytest's cache."""
    if shutil.which("npm") is None:
        pytest.skip("needs npm: apt-get install npm")
    folder: Path = request.config.cache.mkdir("wirecheck-odata-clients")
    wanted = (HERE / "package.json").read_text(encoding="utf-8")
    installed = folder / "installed.json"
    if not installed.exists() or installed.read_text(encoding="utf-8") != wanted:
        (folder / "package.json").write_text(wanted, encoding="utf-8")
        done = subprocess.run(_INSTALL, cwd=folder, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        installed.write_text(wanted, encoding="utf-8")
    return folder / "node_modules/@openui5/sap.ui.core/src"


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Origin of a reference server of this module's own."""
    with embedded_server() as made:
        yield made


class Page:
    """The page of OpenUI5, which counts as the server's own; `batches` holds what it sent."""

    def __init__(self, page: Any, origin: str, ui5: Path) -> None:  # noqa: ANN401 - Playwright is optional
        self._page = page
        self._ui5 = ui5
        self.batches: list[str] = []
        self.types: list[str] = []
        page.route(f"**{_PAGE}**", self._give)
        page.on("request", self._note)
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(f"{origin}{_PAGE}page.html")

    def _give(self, route: Any) -> None:  # noqa: ANN401 - see above
        name = route.request.url.split(_PAGE, 1)[1].split("?")[0]
        path = self._ui5 / name.removeprefix(_UI5) if name.startswith(_UI5) else HERE / name
        if path.is_file():
            kind = mimetypes.guess_type(path.name)[0]
            route.fulfill(path=path, content_type=f"{kind or 'text/plain'};charset=utf-8")
        else:
            route.fulfill(status=404)

    def _note(self, request: Any) -> None:  # noqa: ANN401 - see above
        if request.url.endswith("/odata/$batch"):
            self.batches.append(request.post_data)
            self.types.append(request.headers["content-type"])

    def drive(self, name: str, *arguments: object) -> Any:  # noqa: ANN401 - what a page returns
        """Call a function of drive.js."""
        self.batches.clear()
        return self._page.evaluate("([name, all]) => drive[name](...all)", [name, arguments])


@pytest.fixture(scope="module")
def page(chromium: Any, origin: str, ui5: Path) -> Page:  # noqa: ANN401 - see above
    """The page, which takes seconds to load, for all tests."""
    context = chromium.new_context()
    context.set_default_timeout(30_000)
    return Page(context.new_page(), origin, ui5)


@pytest.fixture
def keys(request: pytest.FixtureRequest) -> Sequence[str]:
    """Keys that no other test has."""
    return [f"{request.node.name.removeprefix('test_')[:50]}-{index}" for index in range(4)]


class Store:
    """What is there, read without the client."""

    def __init__(self, origin: str) -> None:
        self._root = f"{origin}/odata"

    def find(self, key: str) -> dict[str, Any] | None:
        """Read one product, None where there is none."""
        wanted = quote(f"_id eq '{key}'")
        with urllib.request.urlopen(f"{self._root}/products?$filter={wanted}") as response:
            rows: list[dict[str, Any]] = json.load(response)["value"]
        return rows[0] if rows else None

    def names(self, keys: Sequence[str]) -> list[str | None]:
        """Return the name of each product, None for those that are not there."""
        return [row["name"] if (row := self.find(key)) else None for key in keys]


@pytest.fixture
def store(origin: str) -> Store:
    """The products of the server."""
    return Store(origin)


def path_of(key: str) -> str:
    return f"/products('{key}')"


@pytest.mark.parametrize(
    ("group", "batches"), [("$auto", 1), ("$direct", 0)], ids=["in a batch", "alone"]
)
@pytest.mark.parametrize("version", ["4.0", "4.01"])
def test_a_collection_is_read(page: Page, group: str, batches: int, version: str) -> None:
    options = {"groupId": group, "odataVersion": version}
    wanted = {"$orderby": "name", "$count": True, "$expand": "category", "$filter": "price gt 1"}

    seen = page.drive("list", "/products", wanted, options)

    rows = [(row["name"], row["category"]["name"]) for row in seen["rows"][:2]]
    assert rows == [("Hammer", "Tools"), ("Saw", "Tools")]
    assert seen["count"] >= len(rows)
    assert len(page.batches) == batches


def test_a_batch_is_multipart(page: Page) -> None:
    page.drive("list", "/products", {})

    assert page.types[-1].startswith("multipart/mixed")


def test_text_beyond_ascii_comes_back(page: Page, store: Store, keys: Sequence[str]) -> None:
    page.drive("create", "/products", [{"_id": keys[0], "name": "Grüße, 世界 🤖"}])

    assert page.drive("readOne", path_of(keys[0]))["name"] == "Grüße, 世界 🤖"
    assert store.names(keys[:1]) == ["Grüße, 世界 🤖"]


def test_a_change_set_is_carried_out(page: Page, store: Store, keys: Sequence[str]) -> None:
    entities = [{"_id": key, "name": f"of {key}", "price": "1.5"} for key in keys[:3]]

    done = page.drive("create", "/products", entities)

    assert done["carriedOut"] == [True] * 3
    assert all(row["@odata.etag"] for row in done["rows"])
    assert not done["pending"]
    assert page.batches[-1].count("POST products HTTP/1.1") == len(entities)
    assert store.names(keys[:3]) == [row["name"] for row in entities]


def test_a_failed_change_set_leaves_nothing(page: Page, store: Store, keys: Sequence[str]) -> None:
    wrong = [
        {"_id": keys[0], "name": "first"},
        {"_id": keys[1], "name": "second"},
        {"_id": keys[0], "name": "a key that is there by then"},
    ]

    done = page.drive("create", "/products", wrong)

    assert done["carriedOut"] == [False] * 3
    codes = [message["code"] for message in done["messages"]]
    assert codes == ["CHANGESET_FAILED", "DUPLICATE_KEY"]
    assert done["pending"]
    assert store.names(keys[:2]) == [None, None]


def test_a_failed_change_set_is_sent_again(page: Page, store: Store, keys: Sequence[str]) -> None:
    wrong = [{"_id": keys[0], "name": "first"}, {"_id": keys[0], "name": "second"}]
    mend = {"index": 1, "name": "_id", "value": keys[1]}

    done = page.drive("createAgain", "/products", wrong, mend)

    assert (done["before"], done["after"]) == ([False, False], [True, True])
    assert not done["pending"]
    assert store.names(keys[:2]) == ["first", "second"]


def test_change_sets_of_a_batch_stand_alone(page: Page, store: Store, keys: Sequence[str]) -> None:
    good = [{"_id": keys[0], "name": "a"}, {"_id": keys[1], "name": "b"}]
    bad = [{"_id": keys[2], "name": "c"}, {"_id": keys[0], "name": "again"}]

    done = page.drive("createInSets", "/products", [good, bad])

    assert done == [[True, True], [False, False]]
    assert page.batches[-1].count("boundary=changeset") == len(done)
    assert store.names(keys[:3]) == ["a", "b", None]


def test_a_change_bears_the_etag(page: Page, store: Store, keys: Sequence[str]) -> None:
    page.drive("create", "/products", [{"_id": keys[0], "name": "before"}])

    done = page.drive("change", path_of(keys[0]), {"name": "after", "price": "2.25"})

    assert [one["status"] for one in done["changes"]] == ["fulfilled"] * 2
    assert "If-Match:" in page.batches[-1]
    assert store.names(keys[:1]) == ["after"]


def test_a_change_of_what_changed_is_refused(page: Page, store: Store, keys: Sequence[str]) -> None:
    page.drive("create", "/products", [{"_id": keys[0], "name": "before"}])

    done = page.drive("change", path_of(keys[0]), {"name": "late"}, {"name": "meanwhile"})

    assert [(one["httpStatus"], one["code"]) for one in done["changes"]] == [
        (412, "PRECONDITION_FAILED")
    ]
    assert store.names(keys[:1]) == ["meanwhile"]


def test_a_deletion_is_carried_out(page: Page, store: Store, keys: Sequence[str]) -> None:
    page.drive("create", "/products", [{"_id": keys[0], "name": "there"}])

    done = page.drive("remove", path_of(keys[0]))

    assert [one["status"] for one in done["removed"]] == ["fulfilled"]
    assert store.names(keys[:1]) == [None]


@pytest.mark.parametrize("is_whole", [True, False], ids=["succeeds", "fails"])
def test_three_verbs_are_one_change_set(
    page: Page, store: Store, keys: Sequence[str], *, is_whole: bool
) -> None:
    changed, removed, made = keys[:3]
    there = [{"_id": key, "name": "before"} for key in (changed, removed)]
    page.drive("create", "/products", there)
    steps = {
        "change": path_of(changed),
        "values": {"name": "after"},
        "remove": path_of(removed),
        "create": {"_id": made if is_whole else changed, "name": "made"},
    }

    done = page.drive("mixed", "/products", steps)

    assert done["carriedOut"] == [is_whole]
    assert done["pending"] is not is_whole
    wanted = ["after", None, "made"] if is_whole else ["before", "before", None]
    assert store.names(keys[:3]) == wanted
