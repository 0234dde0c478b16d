"""A client that nobody here wrote drives the reference server: OpenUI5's ODataModel V4.

It runs in Chromium, reads and writes through `$batch` in multipart, and takes the answers apart
with its own reading of the spec. What was stored is then read past it.
"""

import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.browser import chromium
from tests.integration.odata_clients.lab import HERE, Store, modules

__all__ = ["chromium"]

# One installation and one browser serve all of them.
pytestmark = pytest.mark.xdist_group("odata clients")

_PAGE: Final = "/page/"
_UI5: Final = "ui5/"


@pytest.fixture(scope="module")
def ui5() -> Path:
    """Folder of OpenUI5's sources."""
    return modules() / "@openui5/sap.ui.core/src"


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
    assert done["messages"][0]["told"] == {
        "completedOperations": 2,
        "totalOperations": 3,
        "failedOperation": "2.0",
        "rollbackAttempted": True,
        "rollbackStatus": "success",
    }
    assert done["pending"]
    assert store.names(keys[:2]) == [None, None]


def test_a_failed_change_set_is_sent_again(page: Page, store: Store, keys: Sequence[str]) -> None:
    wrong = [{"_id": keys[0], "name": "first"}, {"_id": keys[0], "name": "second"}]
    mend = {"index": 1, "name": "_id", "value": keys[1]}

    done = page.drive("createAgain", "/products", wrong, mend)

    assert (done["before"], done["after"]) == ([False, False], [True, True])
    assert not done["pending"]
    assert store.names(keys[:2]) == ["first", "second"]


@pytest.mark.parametrize(
    ("carries_on", "last"), [(False, None), (True, "c")], ids=["stops", "carries on"]
)
def test_a_failed_change_set_ends_a_batch_unless_it_is_to_go_on(
    page: Page, store: Store, keys: Sequence[str], *, carries_on: bool, last: str | None
) -> None:
    sets = [
        [{"_id": keys[0], "name": "a"}],
        [{"_id": keys[1], "name": "b"}, {"_id": keys[0], "name": "again"}],
        [{"_id": keys[2], "name": "c"}],
    ]

    done = page.drive("createInSets", "/products", sets, {"carryOn": carries_on})

    assert done == [[True], [False, False], [carries_on]]
    assert store.names(keys[:3]) == ["a", None, last]


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


@pytest.mark.parametrize(
    ("group", "batches"), [("$auto", 2), ("$direct", 1)], ids=["in a batch", "alone"]
)
def test_a_change_is_sent_at_once(
    page: Page, store: Store, keys: Sequence[str], group: str, batches: int
) -> None:
    page.drive("create", "/products", [{"_id": keys[0], "name": "before"}])

    done = page.drive("changeAtOnce", path_of(keys[0]), {"name": "after"}, {"updateGroupId": group})

    assert [one["status"] for one in done["changes"]] == ["fulfilled"]
    assert len(page.batches) == batches
    assert store.names(keys[:1]) == ["after"]


def test_what_was_created_is_changed(page: Page, store: Store, keys: Sequence[str]) -> None:
    entity = {"_id": keys[0], "name": "before"}

    done = page.drive("createAndChange", "/products", entity, {"name": "after"})

    assert [one["status"] for one in done["changes"]] == ["fulfilled"]
    assert done["before"]["@odata.etag"] != done["after"]["@odata.etag"]
    assert store.names(keys[:1]) == ["after"]


def test_a_read_behind_a_change_set_sees_the_change(
    page: Page, store: Store, keys: Sequence[str]
) -> None:
    page.drive("create", "/products", [{"_id": keys[0], "name": "before", "price": "1"}])

    done = page.drive("changeAndRead", path_of(keys[0]), {"name": "after"}, ["name", "price"])

    assert [one["status"] for one in done["changes"]] == ["fulfilled"]
    assert (done["seen"]["name"], done["seen"]["price"]) == ("after", "1")
    sent = page.batches[-1]
    assert sent.index("PATCH products") < sent.index("GET products")
    assert store.names(keys[:1]) == ["after"]


def test_an_action_is_called_in_a_change_set(page: Page, store: Store, keys: Sequence[str]) -> None:
    page.drive("create", "/products", [{"_id": keys[0], "name": "some", "stock": 2}])

    done = page.drive("call", "/restock(...)", {"productId": keys[0], "amount": 3})

    assert [one["status"] for one in done["invoked"]] == ["fulfilled"]
    assert done["result"]["stock"] == 5
    row = store.find(keys[0])
    assert row is not None
    assert row["stock"] == 5


@pytest.mark.parametrize("is_whole", [True, False], ids=["succeeds", "fails"])
def test_what_is_created_is_changed_in_the_same_change_set(
    page: Page, store: Store, keys: Sequence[str], *, is_whole: bool
) -> None:
    json = {"Content-Type": "application/json"}
    made = {"_id": keys[0], "name": "before"}
    change = {"name": "after"} if is_whole else {"name": None}
    requests = [
        [
            {"method": "POST", "url": "products", "headers": json, "body": made},
            {"method": "PATCH", "url": "$0", "headers": json, "body": change},
        ],
        {"method": "GET", "url": path_of(keys[0])[1:], "headers": {}},
    ]

    done = page.drive("send", requests)

    assert "PATCH $0.0 HTTP/1.1" in page.batches[-1]
    if is_whole:
        assert [one["status"] for one in done[0]] == [201, 204]
        assert done[1]["status"] == 200
    else:
        assert [one["status"] for one in done] == [400]
    assert store.names(keys[:1]) == ["after" if is_whole else None]


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
