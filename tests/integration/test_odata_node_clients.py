"""Two more clients that nobody here wrote drive the reference server, in Node.

SAP Cloud SDK writes multipart batches, Microsoft Graph's client JSON batches. What was stored is
then read past them.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from typing import IO, Any

import pytest

from tests.integration.odata_clients.lab import HERE, Store, modules

# One installation serves all tests of OData clients.
pytestmark = pytest.mark.xdist_group("odata clients")


class Clients:
    """The clients, in one process: they take longer to load than to do what they are asked for."""

    def __init__(self, origin: str, asked: IO[str], answered: IO[str]) -> None:
        self._origin = origin
        self._asked = asked
        self._answered = answered

    def drive(self, client: str, name: str, *arguments: object) -> Any:  # noqa: ANN401 - what a client returns
        """Call a function of a client's module."""
        print(json.dumps([client, name, [self._origin, *arguments]]), file=self._asked, flush=True)
        answer = json.loads(self._answered.readline())  # noqa: TID251 - not off a wire
        assert "done" in answer, answer
        return answer["done"]


@pytest.fixture(scope="module")
def clients(origin: str) -> Iterator[Clients]:
    """The clients, ready to be driven."""
    folder = modules().parent
    for module in HERE.glob("*.mjs"):
        # Node looks for packages beside the module.
        shutil.copyfile(module, folder / module.name)
    with subprocess.Popen(
        ["node", "main.mjs"],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Clients(origin, process.stdin, process.stdout)
        process.stdin.close()


def test_sap_reads_a_list_and_an_entity(clients: Clients) -> None:
    assert clients.drive("sap", "list", "Hammer") == ["Hammer"]

    seen = clients.drive("sap", "readOne", "hammer")

    assert (seen["id"], seen["name"], seen["price"]) == ("hammer", "Hammer", "12.5")
    assert seen["etag"]


@pytest.mark.parametrize("form", ["absolute", "relativeToService", "noPath"])
def test_sap_sends_change_sets_in_each_form_of_url(
    clients: Clients, store: Store, keys: Sequence[str], form: str
) -> None:
    name = f"Grüße, 世界 🤖 {form}"
    steps = [
        [{"verb": "create", "id": key, "name": name} for key in keys[:2]],
        [{"verb": "create", "id": keys[2], "name": name}],
        {"name": name},
    ]

    done = clients.drive("sap", "batch", steps, form)

    assert [one.get("statuses") for one in done[:2]] == [[201, 201], [201]]
    assert sorted(row["id"] for row in done[2]["rows"]) == sorted(keys[:3])
    assert store.names(keys[:3]) == [name] * 3


@pytest.mark.parametrize(
    ("last", "wanted"),
    [
        pytest.param({"verb": "create", "name": "made"}, ["after", None, "made"], id="succeeds"),
        pytest.param(
            {"verb": "create", "name": "made", "id": "hammer"},
            ["before", "before", None],
            id="fails",
        ),
    ],
)
def test_sap_sends_three_verbs_as_one_change_set(
    clients: Clients,
    store: Store,
    keys: Sequence[str],
    last: dict[str, str],
    wanted: Sequence[str | None],
) -> None:
    changed, removed, made = keys[:3]
    there = [{"verb": "create", "id": key, "name": "before"} for key in (changed, removed)]
    clients.drive("sap", "batch", [there], "noPath")
    changes = [
        {"verb": "update", "id": changed, "name": "after"},
        {"verb": "delete", "id": removed},
        {"id": made, **last},
    ]

    (done,) = clients.drive("sap", "batch", [changes], "noPath")

    assert store.names(keys[:3]) == wanted
    if wanted[0] == "after":
        assert done == {"statuses": [204, 204, 201]}
        return
    assert (done["status"], done["error"]["code"]) == (409, "CHANGESET_FAILED")
    told = {**done["error"]["innererror"]}
    # The client makes the ids up.
    assert told.pop("failedOperation")
    assert told == {
        "completedOperations": 2,
        "totalOperations": 3,
        "rollbackAttempted": True,
        "rollbackStatus": "success",
    }


def test_sap_is_told_of_a_stale_etag(clients: Clients, store: Store, keys: Sequence[str]) -> None:
    clients.drive("sap", "batch", [[{"verb": "create", "id": keys[0], "name": "a"}]], "noPath")
    # Both are read before the batch is sent, so that the second change bears an old ETag.
    steps = [[{"verb": "update", "id": keys[0], "name": name}] for name in ("b", "c")]

    done = clients.drive("sap", "batch", steps, "noPath")

    assert done[0] == {"statuses": [204]}
    assert done[1]["status"] == 412
    assert done[1]["error"]["details"][0]["code"] == "PRECONDITION_FAILED"
    assert store.names(keys[:1]) == ["b"]


def test_graph_sends_requests_that_depend_on_each_other(
    clients: Clients, store: Store, keys: Sequence[str]
) -> None:
    path = f"/products('{keys[0]}')"
    made = {"_id": keys[0], "name": "Grüße, 世界 🤖"}
    steps = [
        {"id": "1", "method": "POST", "path": "/products", "body": made},
        {"id": "2", "method": "PATCH", "path": path, "body": {"price": 2.5}, "dependsOn": ["1"]},
        {"id": "3", "path": path, "dependsOn": ["2"]},
    ]

    done = clients.drive("graph", "batch", steps)

    assert [one["status"] for one in done] == [201, 204, 200]
    assert done[1]["etag"] == done[2]["etag"] != done[0]["etag"]
    assert (done[2]["body"]["name"], done[2]["body"]["price"]) == (made["name"], 2.5)
    assert store.names(keys[:1]) == [made["name"]]


def test_graph_is_told_what_depended_on_a_failure(
    clients: Clients, store: Store, keys: Sequence[str]
) -> None:
    never = {"_id": keys[0], "name": "never"}
    steps = [
        {"id": "1", "method": "PATCH", "path": "/products('hammer')", "body": {"stock": "many"}},
        {"id": "2", "method": "POST", "path": "/products", "body": never, "dependsOn": ["1"]},
        {"id": "3", "method": "DELETE", "path": "/products('saw')", "dependsOn": ["1"]},
    ]

    done = clients.drive("graph", "batch", steps)

    assert [one["status"] for one in done] == [400, 424, 424]
    codes = [one["body"]["error"]["code"] for one in done]
    assert codes[1:] == ["FAILED_DEPENDENCY"] * 2
    assert store.names([keys[0], "saw"]) == [None, "Saw"]


def test_graph_sends_a_condition(clients: Clients, store: Store, keys: Sequence[str]) -> None:
    path = f"/products('{keys[0]}')"
    made = {"_id": keys[0], "name": "before"}
    clients.drive(
        "graph", "batch", [{"id": "1", "method": "POST", "path": "/products", "body": made}]
    )
    (seen,) = clients.drive("graph", "batch", [{"id": "1", "path": path}])
    change = {"method": "PATCH", "path": path, "headers": {"If-Match": seen["etag"]}}
    steps = [
        {**change, "id": "1", "body": {"name": "after"}},
        {**change, "id": "2", "body": {"name": "late"}},
    ]

    done = clients.drive("graph", "batch", steps)

    assert [one["status"] for one in done] == [204, 412]
    assert store.names(keys[:1]) == ["after"]
