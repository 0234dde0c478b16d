"""Transactions are real: in a file, in PostgreSQL, when the process dies, and when two meet."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from reference_server.json_text import Json
from reference_server.query import Query
from reference_server.store import Store
from tests.reference_server.loopback import TIMEOUT_S, Peer
from tests.reference_server.odata.batching import (
    MULTIPART,
    Items,
    One,
    flat,
    get,
    json_batch,
    multipart,
    patch,
    post,
)
from tests.reference_server.odata.databases import postgres
from tests.reference_server.odata.service import Service, json_of, service_on

HERE = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/rows.db"
        return
    url: str = request.getfixturevalue("cluster")
    yield url
    from sqlalchemy import create_engine

    from reference_server.tables import METADATA

    engine = create_engine(url)
    METADATA.drop_all(engine)
    engine.dispose()


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    with service_on(database_url) as opened:
        yield opened


def category(key: str) -> One:
    return post("categories", {"_id": key, "name": key})


def keys_in(database_url: str) -> set[str]:
    store = Store(database_url, fresh_id=lambda: "fresh")
    try:
        with store.transaction(writes=False) as work:
            return {str(row["_id"]) for row in work.find("categories", Query(fields=("_id",)))}
    finally:
        store.close()


@pytest.mark.parametrize(
    "failing",
    [
        pytest.param(post("products", {"name": "x", "sku": "T-1"}), id="clash"),
        pytest.param(post("categories", {"_id": "a", "name": "again"}), id="doubled key"),
        pytest.param(post("products", {"name": "x", "category_id": "no"}), id="no such category"),
        pytest.param(post("products", {"name": 1}), id="invalid"),
    ],
)
def test_a_change_set_that_fails_leaves_nothing(service: Service, form: str, failing: One) -> None:
    items: Items = [[category("a"), patch("products('saw')", {"stock": 1}), failing, category("b")]]

    found = service.batch(form, [*items, [category("c")]], prefer="continue-on-error")

    assert found[-1].status == 201
    assert service.keys("categories") == {"tools", "toys", "c"}
    assert service.get("products('saw')")["stock"] == 15


def test_a_refused_request_of_a_snapshot_leaves_the_others(service: Service, form: str) -> None:
    items: Items = [category("a"), category("a"), [category("b"), category("b")], category("c")]

    found = service.batch(form, items, prefer="continue-on-error", isolation="snapshot")

    assert [each.status for each in found if each.status != 424] == [201, 409, 409, 201]
    assert service.keys("categories") == {"tools", "toys", "a", "c"}


def test_nobody_sees_a_change_set_half_done(service: Service) -> None:
    """Whoever reads meanwhile sees none of it, or all."""
    seen, done = set(), threading.Event()

    def read() -> None:
        while not done.is_set():
            response = service.ask("GET", "categories/$count")
            seen.add(int(response.content))

    with ThreadPoolExecutor(1) as readers:
        reading = readers.submit(read)
        for number in range(5):
            changes: Items = [[category(f"c{number}-{place}") for place in range(20)]]
            service.batch("multipart", changes)
        done.set()
        reading.result(TIMEOUT_S)

    assert seen <= {2, 22, 42, 62, 82, 102}


def test_two_batches_on_the_same_rows_do_not_mix(service: Service) -> None:
    """Each adds 1 to two stocks; both stocks stay equal, and nothing is lost."""
    service.batch(
        "json", [patch("products('saw')", {"stock": 0}), patch("products('hammer')", {"stock": 0})]
    )
    add = [
        post("restock", {"productId": "saw", "amount": 1}),
        post("restock", {"productId": "hammer", "amount": 1}),
    ]
    start = threading.Barrier(2)

    def work() -> int:
        start.wait(TIMEOUT_S)
        done = 0
        for _ in range(20):
            statuses = [each.status for each in flat(service.multipart([add]))]
            assert statuses in ([200, 200], [503])
            done += statuses == [200, 200]
        return done

    with ThreadPoolExecutor(2) as both:
        runs = [both.submit(work) for _ in range(2)]
        done = sum(run.result(TIMEOUT_S * 3) for run in runs)

    assert done > 0
    assert service.get("products('saw')")["stock"] == done
    assert service.get("products('hammer')")["stock"] == done


def test_of_two_who_change_one_state_only_one_succeeds(service: Service) -> None:
    etag = service.ask("GET", "products('saw')").header("etag")
    assert etag is not None
    start = threading.Barrier(2)

    def work(stock: int) -> int:
        start.wait(TIMEOUT_S)
        change = [
            category(f"by-{stock}"),
            patch("products('saw')", {"stock": stock}, if_match=etag),
        ]
        return flat(service.multipart([change]))[0].status

    with ThreadPoolExecutor(2) as both:
        statuses = sorted(both.map(work, [101, 102]))

    assert statuses == [201, 412]
    assert len(service.keys("categories")) == 3


@pytest.mark.parametrize("count", [1, 3])
def test_a_process_that_is_killed_leaves_nothing(database_url: str, form: str, count: int) -> None:
    keys_in(database_url)  # the tables are there
    command = [sys.executable, "-m", "tests.reference_server.odata.blocking", database_url]
    with subprocess.Popen(
        [*command, str(count)],
        cwd=HERE,
        env={**os.environ, "PYTHONPATH": str(HERE)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            peer = Peer(int(process.stdout.readline()))
            body = (multipart if form == "multipart" else json_batch)(
                [[category(key) for key in "abcd"]]
            )
            kind = MULTIPART if form == "multipart" else "application/json"
            head = f"POST /odata/$batch HTTP/1.1\r\nHost: h\r\nContent-Type: {kind}\r\n"
            peer.send(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            assert process.stdout.readline() == "standing\n"
        finally:
            process.send_signal(signal.SIGKILL)
        process.wait(TIMEOUT_S)
        peer.close()

    assert keys_in(database_url) == {"tools", "toys"}


def test_a_file_keeps_what_was_done(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/rows.db"
    with service_on(url) as service:
        service.batch("multipart", [[category("a")], get("products")])

    assert keys_in(url) == {"tools", "toys", "a"}


@pytest.mark.parametrize(
    ("expression", "keys"),
    [
        ("price ge 12.5 and price lt 19.99", {"hammer"}),
        ("price eq 19.99", {"saw"}),
        ("not (sku eq 'T-1')", {"robot", "saw"}),
        ("indexof(name,'aw') eq 1", {"saw"}),
        ("concat(name,'x') eq 'Sawx'", {"saw"}),
        ("floor(price) eq 19 or contains(name,'%25')", {"saw"}),
        ("category/name eq 'Tools' and orders/any(o:o/total gt 20)", {"hammer"}),
        ("orders/any(o:o/placed_at eq 2026-01-31T10:30:00%2B01:00)", {"hammer"}),
        ("stock div 5 eq 3", {"saw"}),
        ("active", {"hammer", "saw"}),
    ],
)
def test_filters_mean_the_same_in_every_database(
    service: Service, expression: str, keys: set[str]
) -> None:
    url = f"products?$filter={expression}&$orderby=price%20desc".replace(" ", "%20")

    rows = service.get(url)["value"]

    assert isinstance(rows, list)
    assert {row["_id"] for row in rows if isinstance(row, dict)} == keys


def test_a_failing_read_of_a_snapshot_leaves_the_others(service: Service, form: str) -> None:
    items: Items = [category("a"), get("products?$filter=stock%20div%200%20eq%201"), category("b")]

    found = service.batch(form, items, prefer="continue-on-error", isolation="snapshot")

    assert [found[0].status, found[2].status] == [201, 201]
    assert service.keys("categories") == {"tools", "toys", "a", "b"}


def test_values_of_every_kind_come_back_the_same(service: Service) -> None:
    icon = "R0lGODlhAQABAIAAAAAAAP___yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw=="
    assert service.get("categories('tools')/icon")["value"] == icon
    order: Json = {"customer": "Ü🤖", "total": 0.1, "placed_at": "2026-03-01T01:30:00.5+02:00"}
    made = json_of(service.send("POST", "orders", order))
    assert made["placed_at"] == "2026-02-28T23:30:00.500000Z"
    assert service.get(f"orders('{made['_id']}')") == made
